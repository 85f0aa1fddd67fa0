"""How messages leave a case: their bytes go, and so much stays that they are not taken for new when met again.

All that stays are hashes with the secret of the case, so what they are of can be tried only by whoever has the case.
Those of a message are over all its parts at once (author, minute, subject, everybody shown), from which none of the
parts can be had or tried by itself; that in the registry of ids only keeps the id from being given to another incident.

What stays of purged answers says more: a hash of the id of the incident or person and the number of an edition. The id
of a person is a hash of one address with the secret, which lies in the same case. So whoever has the case and tries an
address learns whether answers on that person were purged: it is pseudonymous, and personal data.
Workbooks that stand elsewhere are not ours to remove.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from scanner.errors import StoreError
from scanner.store.chunks import chunks
from scanner.store.engine import sentences
from scanner.store.evidence import registry
from scanner.store.keeping import insert_new
from scanner.store.keys_gone import answers_until, cell_of_nobody, hashed, purge, purged_key, secret_of
from scanner.store.logged import NO_ANSWER
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

__all__ = [
    "Purged",
    "cells_of_nobody",
    "purge_answers",
    "purge_cells",
    "purge_evidence",
    "purge_messages",
    "purges",
    "purging",
    "record",
]


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
    total, secret = 0, secret_of(connection)
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


def cells_of_nobody(store: Store, before: date) -> frozenset[tuple[int, ...]]:
    """What was typed about no incident that the case knows, last read before this day: the rows of each cell."""
    log = sa.select(answer).where(answer.c.effect.in_([str(effect) for effect in NO_ANSWER])).order_by(answer.c.id)
    cells: dict[tuple[int, str, str, str], list[sa.Row[Any]]] = {}
    with store._reading() as connection:
        ids = registry(connection)
        known = {*ids.ids.values(), *ids.aliases}
        for row in connection.execute(log):
            cells.setdefault((row.edition, row.source, row.typed, row.question), []).append(row)
    return frozenset(
        tuple(row.id for row in rows)
        for rows in cells.values()
        if all(row.subject not in known and not row.subject.startswith("P-") for row in rows)
        and max(row.read for row in rows).date() < before
    )


def purge_cells(connection: Connection, cells: Collection[tuple[int, ...]]) -> None:
    """Delete these cells; a hash of each stays, so that its workbook does not bring it back."""
    for chunk in chunks(sorted(number for cell in cells for number in cell)):
        rows = connection.execute(sa.select(answer).where(answer.c.id.in_(chunk))).all()
        _remember(connection, (cell_of_nobody(row.typed, row.question, row.value, row.edition) for row in rows))
        connection.execute(sa.delete(answer).where(answer.c.id.in_(chunk)))


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
    secret = secret_of(connection)
    rows: list[dict[str, object]] = [{"key": hashed(key, secret)} for key in keys]
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
