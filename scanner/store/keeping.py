"""How candidates are kept: each message once, with all its keys and all its places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scanner.envelope import Envelope, Mark
from scanner.identity import sibling_key
from scanner.store.chunks import chunks
from scanner.store.copies import Copy, telling
from scanner.store.keys_gone import gone
from scanner.store.retrieval import first_readings
from scanner.store.tables import further, location, message, message_key, untraced

if TYPE_CHECKING:
    from sqlalchemy.dialects import sqlite

_REPLY, _QUOTED = Mark.REPLY, Mark.QUOTED
_ANSWERS = frozenset((Mark.REPLY, Mark.FORWARD, Mark.REPORT))  # what may quote a list


@dataclass(frozen=True, slots=True)
class Place:
    """The folder that a stretch was read from: the id of its row, which reading of it this is, and when that was.

    `ends_again` is whether a reading from its start, which is not its first, comes to its end with this stretch.
    """

    folder: int
    reading: int
    read: datetime | None = None
    ends_again: bool = False


@dataclass(slots=True)
class _Same:
    """One message: its new copies, those that were kept, and the rows that keep them. `stays` is the oldest row."""

    new: list[Copy] = field(default_factory=list)
    held: list[Copy] = field(default_factory=list)
    seen: list[Copy] = field(default_factory=list)  # again, to the letter, what is held
    rows: set[int] = field(default_factory=set)
    stays: int = 0
    identity: str = ""
    into: _Same | None = None  # the message that it turned out to be

    @property
    def final(self) -> _Same:
        same = self
        while same.into is not None:
            same = same.into
        return same

    @property
    def copies(self) -> list[Copy]:
        return [*self.new, *self.held]


def upsert(connection: Connection, table: sa.Table, rows: Sequence[dict[str, object]], *key: str) -> None:
    """Insert rows; where one with the same key columns stands, give it the other columns of the new one."""
    if rows:
        connection.execute(_upsert(connection.dialect.name, table, tuple(rows[0]), key), rows)


def insert_new(connection: Connection, table: sa.Table, rows: Sequence[dict[str, object]], *key: str) -> None:
    """Insert rows; where one with the same key columns stands, it stays as it is."""
    if rows:
        statement = _insert_of(connection.dialect.name)(table)
        connection.execute(statement.on_conflict_do_nothing(index_elements=key), rows)


@cache
def _insert_of(dialect: str) -> Callable[[sa.Table], sqlite.Insert]:
    # Only the one that is used: to load the other dialect takes as long as to read 1,000 messages.
    insert: Callable[[sa.Table], sqlite.Insert] = import_module(f"sqlalchemy.dialects.{dialect}").insert
    return insert


@lru_cache(maxsize=64)
def _upsert(dialect: str, table: sa.Table, columns: tuple[str, ...], key: tuple[str, ...]) -> sa.Insert:
    statement = _insert_of(dialect)(table)
    others = {name: statement.excluded[name] for name in columns if name not in key}
    if not others:
        return statement.on_conflict_do_nothing(index_elements=key)
    return statement.on_conflict_do_update(index_elements=key, set_=others)


def keep(connection: Connection, place: Place, candidates: Sequence[Envelope]) -> None:
    """Keep the candidates: a message seen before gets another place, and what this copy says of people is added."""
    if not candidates:
        return
    found = [Copy(envelope) for envelope in candidates]
    owners = _owners(connection, {key for copy in found for key in copy.keys.sought})
    found = _without_purged(connection, found, owners)
    messages = _grouped(found, _standing(connection, {row for rows in owners.values() for row in rows}))
    _number(connection, messages, owners)
    _give_way(connection, messages)
    _write(connection, messages)
    rows: list[dict[str, object]] = [
        {"key": key, "message": same.stays}
        for same in messages
        for key in {key for copy in (same.copies if len(same.rows) > 1 else same.new) for key in copy.keys.kept}
    ]
    upsert(connection, message_key, rows, "key", "message")
    upsert(connection, untraced, [{"message": same.stays} for same in messages if _asks(same)], "message")
    _keep_places(connection, place, messages)


def find_again(connection: Connection, place: Place, envelopes: Sequence[Envelope]) -> None:
    """Of messages that are no candidates: those that are kept get another place, as the case knows where they lie."""
    if not envelopes:
        return
    found = [Copy(envelope) for envelope in envelopes]
    owners = _owners(connection, {key for copy in found for key in copy.keys.sought})
    standing = {same.stays: same for same in _standing(connection, {row for rows in owners.values() for row in rows})}
    for copy in found:
        for row in {row for key in copy.keys.sought for row in owners.get(key, ())}:
            if any(map(copy.is_of_the_message_of, standing[row].held)):
                standing[row].seen.append(copy)
    _keep_places(connection, place, [same for same in standing.values() if same.seen])
    answers = {envelope.locator.key for envelope in envelopes if not _ANSWERS.isdisjoint(envelope.marks)}
    _find_quoted_again(connection, place, answers)


def _find_quoted_again(connection: Connection, place: Place, keys: Iterable[str]) -> None:
    """What is kept since the answers under these keys quoted it stays where it is: with other settings nobody looks."""
    here, held = location.c, (location.c.key, location.c.message, location.c.digest, location.c.retrieved)
    for chunk in chunks(keys):
        query = sa.select(*held).where(here.folder == place.folder, here.key.in_(chunk), here.reading < place.reading)
        rows = connection.execute(query).mappings().all()
        known = _standing(connection, {row["message"] for row in rows})
        quoted = {same.stays for same in known if all(_QUOTED in copy.envelope.marks for copy in same.held)}
        again = [{"folder": place.folder, "reading": place.reading, **row} for row in rows if row["message"] in quoted]
        insert_new(connection, location, again, "folder", "key", "reading")


def _without_purged(connection: Connection, found: list[Copy], owners: dict[str, list[int]]) -> list[Copy]:
    """The copies that are not of purged messages; what a message owns that is kept was not purged."""
    purged = gone(connection, {key for copy in found for key in copy.keys.sought} - owners.keys())
    return [copy for copy in found if purged.isdisjoint(copy.keys.sought)] if purged else found


def _asks(same: _Same) -> bool:
    """Whether it is a new message, and a reply: the source may know what it answers."""
    if same.rows:
        return False
    return any(_REPLY in copy.envelope.marks and _QUOTED not in copy.envelope.marks for copy in same.new)


def _owners(connection: Connection, keys: Iterable[str]) -> dict[str, list[int]]:
    """The rows of the messages that stand under these keys."""
    found: dict[str, list[int]] = {}
    for chunk in chunks(keys):
        query = sa.select(message_key.c.key, message_key.c.message).where(message_key.c.key.in_(chunk))
        for key, number in connection.execute(query):
            found.setdefault(key, []).append(number)
    return found


def _standing(connection: Connection, numbers: Iterable[int]) -> list[_Same]:
    """The messages of these rows, as they are kept."""
    known: dict[int, _Same] = {}
    for chunk in chunks(sorted(numbers)):
        columns = (message.c.id, message.c.identity, message.c.facts)
        for row in connection.execute(sa.select(*columns).where(message.c.id.in_(chunk))):
            held = [Copy.stored(row.facts)]
            known[row.id] = _Same(held=held, rows={row.id}, stays=row.id, identity=row.identity)
        query = sa.select(further.c.message, further.c.facts).where(further.c.message.in_(chunk))
        for number, facts in connection.execute(query.order_by(further.c.message, further.c.number)):
            known[number].held.append(Copy.stored(facts))
    return list(known.values())


def _grouped(found: Sequence[Copy], standing: Sequence[_Same]) -> list[_Same]:
    """The new copies by message; a message that was kept is among the answers only if a new copy is of it.

    Two messages become one as soon as a copy is of both.
    """
    index: dict[str, list[tuple[Copy, _Same]]] = {}
    for same in standing:
        for copy in same.held:
            _enter(index, copy, same)
    messages: dict[int, _Same] = {}
    for copy in found:
        near = {id(entry[0]): entry for key in copy.keys.sought for entry in index.get(key, ())}
        again = next((its.final for other, its in near.values() if other.envelope == copy.envelope), None)
        if again is not None:
            again.seen.append(copy)
            messages[id(again)] = again
            continue
        mine = _Same([copy])
        known = False
        for other, its in near.values():
            theirs = its.final
            if theirs is not mine and copy.is_of_the_message_of(other):
                mine = _joined(theirs, mine)
            known = known or (theirs is mine.final and other.stands_for(copy))
        messages[id(mine)] = mine
        if not known:
            _enter(index, copy, mine)
    return [same for same in messages.values() if same.final is same]


def _enter(index: dict[str, list[tuple[Copy, _Same]]], copy: Copy, same: _Same) -> None:
    for key in copy.keys.kept:
        index.setdefault(key, []).append((copy, same))


def _joined(one: _Same, other: _Same) -> _Same:
    """One message of two; that of the older row stays, else the one that was found first."""
    stays, goes = (other, one) if other.rows and (not one.rows or other.stays < one.stays) else (one, other)
    stays.new += goes.new
    stays.held += goes.held
    stays.seen += goes.seen
    stays.rows |= goes.rows
    goes.into = stays
    return stays


def _number(connection: Connection, messages: Iterable[_Same], owners: dict[str, list[int]]) -> None:
    """Give each new message its row and, once for ever, its identity."""
    last = connection.scalar(sa.select(sa.func.max(message.c.id))) or 0
    given: set[str] = set()
    for same in messages:
        if same.rows:
            continue
        last += 1
        same.stays = last
        first = telling(same.new)[0]
        same.identity = first.keys.content
        if same.identity in owners or same.identity in given:  # of another message with the same content
            same.identity = sibling_key(same.identity, first.envelope.digest)
        given.add(same.identity)


def _give_way(connection: Connection, messages: Iterable[_Same]) -> None:
    """Let the row that stays take over what hung on the others."""
    for same in messages:
        gone = same.rows - {same.stays}
        if gone:
            connection.execute(sa.update(location).where(location.c.message.in_(gone)).values(message=same.stays))
            for table in (message_key, further, untraced):
                connection.execute(sa.delete(table).where(table.c.message.in_(gone)))
            connection.execute(sa.delete(message).where(message.c.id.in_(gone)))


def _write(connection: Connection, messages: Sequence[_Same]) -> None:
    """Write what the copies of each message say, where it is not what stands there."""
    rows: list[dict[str, object]] = []
    others: list[dict[str, object]] = []
    cleared: list[int] = []
    for same in messages:
        if not same.new and len(same.rows) == 1:
            continue
        best, *rest = telling(same.copies)
        facts = [copy.facts for copy in (best, *rest)]
        if same.rows == {same.stays} and facts == [copy.facts for copy in same.held]:
            continue
        kept = {"identity": same.identity, "facts": facts[0]}
        rows.append({"id": same.stays, "date": best.envelope.date, "digest": best.envelope.digest, **kept})
        others += [{"message": same.stays, "number": number, "facts": text} for number, text in enumerate(facts[1:])]
        if len(same.held) > 1:
            cleared.append(same.stays)
    upsert(connection, message, rows, "id")
    for chunk in chunks(cleared):
        connection.execute(sa.delete(further).where(further.c.message.in_(chunk)))
    upsert(connection, further, others, "message", "number")


def _keep_places(connection: Connection, place: Place, messages: Sequence[_Same]) -> None:
    known = {copy.envelope.locator.key for same in messages if same.rows for copy in (*same.new, *same.seen)}
    before = first_readings(connection, place.folder, known) if known else {}
    rows: list[dict[str, object]] = [
        {
            "folder": place.folder,
            "key": copy.envelope.locator.key,
            "reading": place.reading,
            "message": same.stays,
            "digest": copy.envelope.digest,
            "retrieved": before.get((copy.envelope.locator.key, copy.envelope.digest), place.read),
        }
        for same in messages
        for copy in (*same.new, *same.seen)
    ]
    upsert(connection, location, rows, "folder", "key", "reading")
