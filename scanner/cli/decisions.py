"""`missedbcc decisions`: read back what people typed into workbooks, without writing a new one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from scanner.cli.case_folder import CaseFolder
from scanner.cli.doubts import with_doubts
from scanner.cli.exits import Exit, told
from scanner.cli.hand_over import open_counts
from scanner.cli.lines import counted
from scanner.cli.manifests import Left, short_facts
from scanner.cli.options import (
    CaseOption,
    ConfigOption,
    DecisionsPasswordOption,
    JsonOption,
    SettleOption,
    WorkbooksArgument,
)
from scanner.cli.output import Output
from scanner.cli.read_back import counts, must_be_files, new_decisions, password_of, read_back, say, say_open
from scanner.cli.settings import settings_of
from scanner.cli.taking import taking
from scanner.decision import Decisions

if TYPE_CHECKING:
    from scanner.store.store import Store


@told()
def decisions(
    workbooks: WorkbooksArgument = None,
    *,
    case: CaseOption = None,
    config: ConfigOption = None,
    password: DecisionsPasswordOption = None,
    settle: SettleOption = False,
    json: JsonOption = False,
) -> None:
    """Read back the decisions that people typed into workbooks.

    Every workbook of the case that changed since it was written or last read is read, and each FILE, which may have
    come back by mail; what was found in a FILE is said first. Nothing is written into them. `scan` and `report` do the
    same before they write the next workbook. What is no answer (“next week” for a date) stays in the case word for word
    and stands in the column Conflict of the next workbook until the question is answered or the cell is emptied. Where
    two workbooks answer differently, type the right answer into the newest one, or let what stands stand with --settle:
    this also closes, as not taken, all that was typed and is no answer.

    The exit code is 3 where a workbook could not be used, or a cell could not be understood, in this reading; all the
    rest was read. Else it is 0, also where dates were taken that are not plausible, or where somebody has a workbook
    open, which is read as it was saved last: these are only told.
    """
    from scanner.review import review  # noqa: PLC0415 - a help text must not pay for it

    files = tuple(workbooks or ())
    settings = settings_of(config, case=case)
    folder = CaseFolder(settings.case)
    folder.must_exist()
    must_be_files(files)
    secret = password_of(password, None, settings.password)
    words = Output(json=json)
    with folder.opened() as store, taking(store, folder, settings, "decisions") as held:
        readings = read_back(store, folder, files, secret)
        still_open = say_open(store, folder, files)
        runs = [run.id for run in store.runs()]
        readings = with_doubts(readings, review(store))
        stands = _stands(store)
        ended = stands if settle else Decisions()
        if settle:
            store.settle(datetime.now(UTC))
            stands = _stands(store)
        if runs and (readings or ended.conflicts or ended.refusals):
            done = {"settled": len(ended.conflicts), "not taken": len(ended.refusals)}
            facts = short_facts(store.matter().name, {**counts(readings), **done})
            held.leave(Left("decisions", runs[-1], facts))
    for reading in readings:
        if reading.named:
            words.data(reading.line())
    say(readings, words)
    for reading in readings:
        words.object("workbook", reading.fields())
    code = Exit.INCOMPLETE if any(reading.error or reading.problems for reading in readings) else Exit.CLEAN
    changed = sum(reading.changed and reading.error is None for reading in readings)
    words.data(f"{new_decisions(readings)} from {counted(changed, 'changed workbook')}.")
    if ended.conflicts:
        words.data(f"{counted(len(ended.conflicts), 'conflict')} settled: what stood goes on to stand.")
    if ended.refusals:
        words.data(f"{counted(len(ended.refusals), 'cell')} closed as not taken: no workbook shows what was typed.")
    if stands.conflicts:
        words.data(f"{counted(len(stands.conflicts), 'conflict')} open: the next workbook shows both answers.")
    if stands.refusals:
        words.data(f"{counted(len(stands.refusals), 'cell')} not taken: the next workbook shows what was typed.")
    words.result(
        code,
        {
            **counts(readings),
            "open_workbooks": still_open,
            "settled": len(ended.conflicts),
            "closed_refusals": len(ended.refusals),
            **open_counts(stands),
        },
    )
    raise typer.Exit(code)


def _stands(store: Store) -> Decisions:
    return store.ledger().decisions(store.incident_ids().aliases)
