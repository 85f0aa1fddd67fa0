"""How candidates are kept: each message once, with all its keys and all its places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from scanner.envelope import Envelope, Mark
from scanner.store.facts import to_bytes, to_envelope
from scanner.store.tables import location, message, message_key

_CHUNK = 500
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Place:
    """The folder that a stretch was read from: the id of its row, and which reading of it this is."""

    folder: int
    reading: int


@dataclass(slots=True)
class _Same:
    """One message: what is new of it, and the rows that hold what was known of it."""

    copies: list[Envelope] = field(default_factory=list)
    rivals: list[Envelope] = field(default_factory=list)  # the copies that rows which give way had shown
    keys: set[str] = field(default_factory=set)
    rows: set[int] = field(default_factory=set)
    stays: int = 0


def upsert(connection: Connection, table: sa.Table, rows: Sequence[dict[str, object]], *key: str) -> None:
    """Insert rows; where one with the same key columns stands, give it the other columns of the new one."""
    if rows:
        connection.execute(_upsert(connection.dialect.name, table, tuple(rows[0]), key), rows)


@lru_cache(maxsize=64)
def _upsert(dialect: str, table: sa.Table, columns: tuple[str, ...], key: tuple[str, ...]) -> sa.Insert:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table)
    others = {name: statement.excluded[name] for name in columns if name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=others)


def chunks(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """The items in lists that are short enough for one statement."""
    rest = iter(items)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def keep(connection: Connection, place: Place, candidates: Sequence[Envelope]) -> None:
    """Keep the candidates: a message seen before gets another place, and the more telling of its copies."""
    if not candidates:
        return
    keys = [envelope.identities for envelope in candidates]
    owners = _owners(connection, {key for own in keys for key in own})
    messages = _group(candidates, keys, owners)
    _number(connection, messages)
    _join(connection, messages)
    _write(connection, messages)
    rows = [{"key": key, "message": same.stays} for same in messages for key in same.keys]
    upsert(connection, message_key, rows, "key")
    _keep_places(connection, place, messages)


def most_telling(copies: Iterable[Envelope]) -> Envelope:
    """The copy that says most, the same one in whatever order different copies come.

    The copy that lies among sent mail comes before others, any copy before a draft, and one that names more recipients
    (the sender's own copy holds the Bcc) before one that names fewer; what remains is decided by digest and place.
    Of two readings of one copy in one place the first given is taken.
    """
    return min(copies, key=_rank)


def _rank(envelope: Envelope) -> tuple[bool, bool, int, int, str, str, str, str]:
    place = envelope.locator
    return (
        Mark.SENT not in envelope.marks,
        Mark.DRAFT in envelope.marks,
        -len(envelope.recipients),
        len(envelope.defects),
        envelope.digest,
        place.account,
        place.folder,
        place.key,
    )


def _owners(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    """The rows of the messages that hold these keys."""
    found: dict[str, int] = {}
    for chunk in chunks(keys):
        query = sa.select(message_key.c.key, message_key.c.message).where(message_key.c.key.in_(chunk))
        found.update((key, number) for key, number in connection.execute(query))
    return found


def _group(candidates: Sequence[Envelope], keys: Sequence[tuple[str, ...]], owners: dict[str, int]) -> list[_Same]:
    """The copies by message. Two groups become one as soon as a copy holds a key, or a key's row, of both."""
    groups: dict[str | int, _Same] = {}
    for envelope, own in zip(candidates, keys, strict=True):
        marks: list[str | int] = [*own, *(owners[key] for key in own if key in owners)]
        found = {id(groups[mark]): groups[mark] for mark in marks if mark in groups}
        same, *others = found.values() or [_Same()]
        same.copies.append(envelope)
        same.keys.update(own)
        same.rows.update(mark for mark in marks if isinstance(mark, int))
        for other in others:
            same.copies += other.copies
            same.keys |= other.keys
            same.rows |= other.rows
        groups.update(dict.fromkeys([*same.keys, *same.rows], same))
    return list({id(same): same for same in groups.values()}.values())


def _number(connection: Connection, messages: Iterable[_Same]) -> None:
    """Give each message its row: the oldest of those it had, else a new one."""
    last = connection.scalar(sa.select(sa.func.max(message.c.id))) or 0
    for same in messages:
        if same.rows:
            same.stays = min(same.rows)
        else:
            last += 1
            same.stays = last


def _join(connection: Connection, messages: Iterable[_Same]) -> None:
    """Let the row that stays take over what hung on the others; the copies that these held are judged again."""
    for same in messages:
        gone = same.rows - {same.stays}
        if gone:
            for table in (message_key, location):
                connection.execute(sa.update(table).where(table.c.message.in_(gone)).values(message=same.stays))
            facts = connection.scalars(sa.select(message.c.facts).where(message.c.id.in_(gone)))
            same.rivals += map(to_envelope, facts)
            connection.execute(sa.delete(message).where(message.c.id.in_(gone)))


def _write(connection: Connection, messages: Sequence[_Same]) -> None:
    """Write the most telling copy of each message, where it is not the one that stands there."""
    standing: dict[int, bytes] = {}
    for chunk in chunks(same.stays for same in messages if same.rows):
        query = sa.select(message.c.id, message.c.facts).where(message.c.id.in_(chunk))
        standing.update((number, facts) for number, facts in connection.execute(query))
    rows: list[dict[str, object]] = []
    for same in messages:
        before = standing.get(same.stays)
        best = most_telling([*same.copies, *same.rivals, *([to_envelope(before)] if before else ())])
        facts = to_bytes(best)
        if facts != before:
            rows.append({"id": same.stays, "date": best.date, "digest": best.digest, "facts": facts})
    upsert(connection, message, rows, "id")


def _keep_places(connection: Connection, place: Place, messages: Iterable[_Same]) -> None:
    rows: list[dict[str, object]] = [
        {
            "folder": place.folder,
            "key": envelope.locator.key,
            "reading": place.reading,
            "message": same.stays,
            "digest": envelope.digest,
        }
        for same in messages
        for envelope in same.copies
    ]
    upsert(connection, location, rows, "folder", "key", "reading")
