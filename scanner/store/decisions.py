"""How decisions, the workbooks they were typed into, and what those showed are kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scanner.store import tables
from scanner.store.evidence import registry
from scanner.store.keeping import upsert
from scanner.store.keys_gone import answers_until, cell_of_nobody, gone
from scanner.store.logged import Edition, Effect, Logged, Taken
from scanner.store.records import Matter

# What answers and showings are made of is loaded where they are read: a scan alone reads none.
if TYPE_CHECKING:
    from scanner.decision import Answer, Question, Readback
    from scanner.store.answers import Ledger
    from scanner.store.showings import Showing, Showings


def matter(connection: Connection) -> Matter:
    """What tells this case from every other."""
    row = connection.execute(sa.select(tables.matter.c.name, tables.matter.c.secret)).one()
    return Matter(row.name, row.secret)


def ledger(connection: Connection) -> Ledger:
    """The whole log, and the workbooks that showed parts of it."""
    from scanner.decision import Question  # noqa: PLC0415 - see above
    from scanner.store.answers import Ledger  # noqa: PLC0415

    known = tables.edition.c
    editions = connection.execute(sa.select(known.number, known.run, known.baseline))
    log = connection.execute(sa.select(tables.answer).order_by(tables.answer.c.id))
    return Ledger(
        (
            Logged(
                row.id,
                row.subject,
                row.typed,
                Question(row.question),
                row.value,
                row.edition,
                row.source,
                row.read,
                Effect(row.effect),
                row.place or "",
            )
            for row in log
        ),
        (Edition(row.number, row.run, row.baseline) for row in editions),
    )


def take(connection: Connection, readback: Readback, source: str, read: datetime) -> Taken:
    """Write what is new in a workbook to the log."""
    taken = judged(connection, readback, source, read)
    _write(connection, (*taken.changes, *taken.refused))
    return taken


def judged(connection: Connection, readback: Readback, source: str, read: datetime) -> Taken:
    """What is new in a workbook, without what was purged since it was written."""
    ids = registry(connection)
    known = {*ids.ids.values(), *ids.aliases}
    purged, cells = _purged(connection, readback), _purged_cells(connection, readback, known)

    def stays(one: Answer) -> bool:
        return one.subject not in purged and (one.subject, one.question, one.value) not in cells

    rest = replace(
        readback,
        answers=tuple(filter(stays, readback.answers)),
        refused=tuple(filter(stays, readback.refused)),
    )
    taken = ledger(connection).take(rest, source, read, ids.aliases, known)
    gone = (one for one in (*readback.answers, *readback.refused) if not stays(one))
    return replace(taken, purged=sum(bool(one.value) for one in gone))


def _purged_cells(connection: Connection, readback: Readback, known: Collection[str]) -> set[tuple[str, Question, str]]:
    """What a workbook says of no incident that the case knows, and was purged."""
    keys = {
        cell_of_nobody(one.subject, one.question, one.value, readback.edition): (one.subject, one.question, one.value)
        for one in (*readback.answers, *readback.refused)
        if one.value and one.subject not in known and not one.subject.startswith("P-")
    }
    return {keys[key] for key in gone(connection, keys.keys())}


def _purged(connection: Connection, readback: Readback) -> set[str]:
    """The incidents and people of a workbook whose answers were purged when this edition, or a later one, was there."""
    latest = connection.scalar(sa.select(sa.func.max(tables.edition.c.number))) or 0
    keys = {
        answers_until(subject, number): subject
        for subject in {answer.subject for answer in (*readback.answers, *readback.refused)}
        for number in range(readback.edition, latest + 1)
    }
    return {keys[key] for key in gone(connection, keys.keys())}


def settle(connection: Connection, read: datetime) -> int:
    """Write that what stands is right, wherever something is open; gives how many conflicts and refusals there were."""
    rows = ledger(connection).settle(read)
    _write(connection, rows)
    return len(rows)


def join(connection: Connection, became: Mapping[str, str]) -> None:
    """Let what was decided on incidents that are part of others from now on be decided on those."""
    if became:
        _write(connection, ledger(connection).join(became))


def begin_edition(connection: Connection, run: int, written: datetime, name: str) -> int:
    """The number of the next workbook. It is given although the workbook may never be finished: no two share one."""
    known = tables.edition.c
    number = (connection.scalar(sa.select(sa.func.max(known.number))) or 0) + 1
    ends = (connection.scalar(sa.select(sa.func.max(one))) or 0 for one in (tables.answer.c.id, known.baseline))
    baseline = max(ends)  # where the last answers were purged, that of an earlier workbook is greater
    row = {"number": number, "run": run, "written": written, "baseline": baseline, "name": name, "digest": ""}
    connection.execute(tables.edition.insert(), row)
    return number


def finish_edition(connection: Connection, number: int, digest: str, shown: Iterable[Showing]) -> None:
    """Write the digest of a workbook, and what it shows where that is not what was shown last."""
    known = tables.edition.c
    connection.execute(sa.update(tables.edition).where(known.number == number).values(digest=digest))
    columns = tables.shown.c
    run = connection.scalar(sa.select(known.run).where(known.number == number)) or 0
    here = set(connection.scalars(sa.select(columns.incident).where(columns.run == run)))
    earlier = showings(connection, run)
    rows: list[dict[str, object]] = []
    for one in shown:
        last = earlier.last((one.incident,))
        if one.incident in here or last is None or (last.facts, last.klass) != (one.facts, one.klass):
            rows.append(asdict(one))
    upsert(connection, tables.shown, rows, "incident", "run")


def workbooks(connection: Connection) -> list[tuple[int, str]]:
    """The run and the name of each workbook that was written to its end.

    The name is "" for the runs of an earlier version, which wrote workbooks and noted nothing of them.
    """
    runs = connection.scalars(sa.select(tables.run.c.id).where(tables.run.c.id < _noted_since(connection)))
    known = tables.edition.c
    rows = connection.execute(sa.select(known.run, known.name).where(known.digest != "").order_by(known.number))
    return [*((run, "") for run in runs), *((row.run, row.name) for row in rows)]


def _noted_since(connection: Connection) -> int:
    """The first run of which it is known whether it has a workbook; 0 where that is so of all.

    Earlier versions noted neither their workbooks nor when they read a message, which tells a case of theirs.
    """
    if not connection.scalar(sa.select(sa.exists().where(tables.location.c.retrieved.is_(None)))):
        return 0
    first = connection.scalar(sa.select(sa.func.min(tables.edition.c.run)))
    return (connection.scalar(sa.select(sa.func.max(tables.run.c.id))) or 0) + 1 if first is None else int(first)


def known_digests(connection: Connection, source: str) -> frozenset[str]:
    """The digests of all workbooks as they were written, and of one file as it was last read."""
    written = connection.scalars(sa.select(tables.edition.c.digest).where(tables.edition.c.digest != ""))
    read = connection.scalars(sa.select(tables.reading.c.digest).where(tables.reading.c.source == source))
    return frozenset((*written, *read))


def showings(connection: Connection, before: int) -> Showings:
    """The showings of all runs before this one."""
    from scanner.incident import Class  # noqa: PLC0415 - see above
    from scanner.store.showings import Showing, Showings  # noqa: PLC0415

    query = sa.select(tables.shown).where(tables.shown.c.run < before)
    return Showings(Showing(row.incident, row.run, row.facts, Class(row.klass)) for row in connection.execute(query))


def _write(connection: Connection, rows: Iterable[Logged]) -> None:
    values = [{name: getattr(row, name) for name in row.__slots__} for row in rows]
    if values:
        connection.execute(tables.answer.insert(), values)
