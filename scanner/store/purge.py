"""How messages leave a case: their bytes go, and so much stays that they are not taken for new when met again.

What stays of a message are hashes over all its parts at once (author, minute, subject, everybody shown), from which
none of the parts can be had or tried by itself. Of the registry of ids, where nothing is ever looked up again, a hash
with the secret of the case stays: it only keeps the id from being given to another incident.

What stays of purged answers says more: a hash, without the secret, of the id of the incident or person and the number
of an edition. The id of a person is a hash of one address with the secret, which lies in the same case. So whoever has
the case and tries an address learns whether answers on that person were purged: it is pseudonymous, and personal data.
Workbooks that stand elsewhere are not ours to remove.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from scanner.errors import StoreError
from scanner.store.chunks import chunks
from scanner.store.decisions import matter
from scanner.store.engine import sentences
from scanner.store.keeping import insert_new
from scanner.store.keys_gone import answers_until, hashed, purge, purged_key
from scanner.store.tables import (
    answer,
    edition,
    further,
    incident,
    location,
    message,
    message_key,
    received,
    shown,
    untraced,
)

if TYPE_CHECKING:
    from scanner.store.store import Store

__all__ = ["Purged", "purge_answers", "purge_evidence", "purge_messages", "purges", "purging", "record"]


@dataclass(frozen=True, slots=True)
class Purged:
    """One line of the record: when, what kind of things, how many, and from before which day they were."""

    at: datetime
    kind: str
    count: int
    before: date


def purge_messages(connection: Connection, identities: Collection[str]) -> int:
    """Delete messages with their copies, places and keys; a hash of each key stays. Gives how many there were.

    The ids of incidents that they had stay given.
    """
    total, secret = 0, matter(connection).secret
    for chunk in chunks(sorted(identities)):
        numbers = list(connection.scalars(sa.select(message.c.id).where(message.c.identity.in_(chunk))))
        keys = connection.scalars(sa.select(message_key.c.key).where(message_key.c.message.in_(numbers)))
        _remember(connection, keys)
        for table in (location, message_key, further, untraced):
            connection.execute(sa.delete(table).where(table.c.message.in_(numbers)))
        connection.execute(sa.delete(message).where(message.c.id.in_(numbers)))
        connection.execute(sa.delete(shown).where(shown.c.incident.in_(chunk)))
        for identity in connection.scalars(sa.select(incident.c.message).where(incident.c.message.in_(chunk))).all():
            unnamed = hashed(identity, secret)
            connection.execute(sa.update(incident).where(incident.c.message == identity).values(message=unnamed))
        total += len(numbers)
    return total


def purge_evidence(connection: Connection, identities: Collection[str]) -> int:
    """Delete received messages; a hash of each identity stays. Gives how many there were."""
    total = 0
    for chunk in chunks(sorted(identities)):
        here = received.c.identity.in_(chunk)
        names = list(connection.scalars(sa.select(received.c.identity).where(here)))
        _remember(connection, names)
        connection.execute(sa.delete(received).where(here))
        total += len(names)
    return total


def purge_answers(connection: Connection, subjects: Collection[str]) -> int:
    """Delete what people decided about these incidents and people. Gives how many answers there were.

    A hash of each stays, so that nothing comes back from the workbooks that were written until now.
    """
    latest = connection.scalar(sa.select(sa.func.max(edition.c.number))) or 0
    _remember(connection, (answers_until(subject, latest) for subject in subjects))
    total = 0
    for chunk in chunks(sorted(subjects)):
        here = answer.c.subject.in_(chunk) | answer.c.typed.in_(chunk)
        total += connection.execute(sa.delete(answer).where(here)).rowcount
    return total


def record(connection: Connection, purged: Iterable[Purged]) -> None:
    """Write lines of the record; those that count nothing are left out."""
    rows: list[dict[str, object]] = [
        {"at": one.at, "kind": one.kind, "amount": one.count, "before": one.before.isoformat()}
        for one in purged
        if one.count
    ]
    if rows:
        connection.execute(purge.insert(), rows)


def purges(store: Store) -> list[Purged]:
    """The whole record, oldest first."""
    with store._reading() as connection:
        rows = connection.execute(sa.select(purge).order_by(purge.c.id)).all()
    return [Purged(row.at, row.kind, row.amount, date.fromisoformat(row.before)) for row in rows]


@contextmanager
def purging(store: Store) -> Iterator[Connection]:
    """One transaction in which things are purged; afterwards the files hold nothing of what was deleted."""
    with store._writing() as connection:
        yield connection
    with sentences(store.path):
        _erase(store._engine)


def _remember(connection: Connection, keys: Iterable[str]) -> None:
    rows: list[dict[str, object]] = [{"key": hashed(key)} for key in keys]
    insert_new(connection, purged_key, rows, "key")


_SQLITE: Final = "sqlite"


def _erase(engine: Engine) -> None:
    """Write the database anew, so that nothing of what was deleted is left in its files. Raises StoreError."""
    if engine.dialect.name != _SQLITE:
        return
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StoreError(
            "What was purged is gone from the case, but not yet from its files: another program reads the database.",
            "Run the same command again when that has ended.",
        )
