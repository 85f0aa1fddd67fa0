"""How received mail and the ids of incidents are kept: each message and each id once."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scanner.envelope import Locator, Mark
from scanner.received import Received
from scanner.store.chunks import chunks
from scanner.store.facts import from_moment, sound, to_moment
from scanner.store.keeping import insert_new, upsert
from scanner.store.keys_gone import gone
from scanner.store.tables import incident, incident_alias, received

if TYPE_CHECKING:
    from scanner.incident import Registry

FORMAT: Final = 1
"""The number that each kept record begins with; a new layout gets a new number and keeps the reader of the old."""


def keep_received(connection: Connection, found: Iterable[Received]) -> None:
    """Keep each message of which no copy is kept yet."""
    rows: list[dict[str, object]] = [
        {"identity": one.identity, "date": one.date, "message_id": one.message_id, "facts": received_bytes(one)}
        for one in {one.identity: one for one in reversed(list(found))}.values()
    ]
    purged = gone(connection, {str(row["identity"]) for row in rows})
    kept = [row for row in reversed(rows) if row["identity"] not in purged]
    insert_new(connection, received, kept, "identity")


def received_numbers(connection: Connection) -> list[int]:
    """The rows of all messages, oldest first and those without a date last, then by identity."""
    kept = received.c
    return list(connection.scalars(sa.select(kept.id).order_by(kept.date.is_(None), kept.date, kept.identity)))


def read_received(connection: Connection, numbers: Sequence[int]) -> Iterator[Received]:
    """The messages of these rows, in their order."""
    query = sa.select(received.c.id, received.c.facts).where(received.c.id.in_(numbers))
    rows = {number: facts for number, facts in connection.execute(query)}
    return (to_received(rows[number]) for number in numbers if number in rows)


def received_ids(connection: Connection) -> frozenset[str]:
    """Every Message-ID among them."""
    return frozenset(connection.scalars(sa.select(received.c.message_id).where(received.c.message_id.is_not(None))))


def register(connection: Connection, ids: Mapping[str, str], aliases: Mapping[str, str]) -> None:
    """Write the ids of messages and what became of old ids; those that stand there and are not named stay.

    A message that gets another id gets a new row: rows stand in the order in which ids were given.
    """
    standing = registry(connection).ids
    new: list[dict[str, object]] = [
        {"message": key, "incident": value} for key, value in ids.items() if standing.get(key) != value
    ]
    for chunk in chunks(row["message"] for row in new if row["message"] in standing):
        connection.execute(sa.delete(incident).where(incident.c.message.in_(chunk)))
    upsert(connection, incident, new, "message")
    rows: list[dict[str, object]] = [{"alias": alias, "incident": now} for alias, now in sorted(aliases.items())]
    upsert(connection, incident_alias, rows, "alias")


def registry(connection: Connection) -> Registry:
    """Everything that was registered."""
    from scanner.incident import Registry  # noqa: PLC0415 - a scan alone asks for no incidents

    ids = connection.execute(sa.select(incident.c.message, incident.c.incident).order_by(incident.c.id))
    aliases = connection.execute(sa.select(incident_alias).order_by(incident_alias.c.alias))
    return Registry({row.message: row.incident for row in ids}, {row.alias: row.incident for row in aliases})


def received_bytes(one: Received) -> bytes:
    """The message as compressed JSON."""
    facts = [
        FORMAT,
        one.identity,
        [one.locator.account, one.locator.folder, one.locator.key],
        from_moment(one.date),
        one.author,
        one.people,
        one.message_id,
        one.answers,
        one.subject,
        sorted(one.marks),
        one.undelivered,
    ]
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 1)


@sound
def to_received(kept: bytes) -> Received:
    """The message that `received_bytes` was given."""
    facts: list[Any] = json.loads(zlib.decompress(kept).decode("utf-8", "surrogatepass"))
    return Received(
        identity=facts[1],
        locator=Locator(*facts[2]),
        date=to_moment(facts[3]),
        author=facts[4],
        people=tuple(facts[5]),
        message_id=facts[6],
        answers=tuple(facts[7]),
        subject=facts[8],
        marks=frozenset(map(Mark, facts[9])),
        undelivered=tuple(facts[10]),
    )
