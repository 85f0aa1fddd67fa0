"""`missedbcc decisions`: read back what people typed into workbooks, without writing a new one."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from scanner.cli.case_folder import CaseFolder
from scanner.cli.exits import Exit, told
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
from scanner.cli.read_back import counts, must_be_files, password_of, read_back, say
from scanner.cli.settings import settings_of
from scanner.cli.taking import taking


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
    come back by mail. Nothing is written into them. `scan` and `report` do the same before they write the next
    workbook. Where two workbooks answer differently, type the right answer into the newest one, or let what stands
    stand with --settle. The exit code is 3 where a workbook or a cell could not be understood, else 0.
    """
    files = tuple(workbooks or ())
    settings = settings_of(config, case=case)
    folder = CaseFolder(settings.case)
    folder.must_exist()
    must_be_files(files)
    secret = password_of(password, None, settings.password)
    words = Output(json=json)
    with folder.opened() as store, taking(store, folder, settings, "decisions") as taken:
        readings = read_back(store, folder, files, secret)
        runs = [run.id for run in store.runs()]
        settled = store.settle(datetime.now(UTC)) if settle else 0
        facts = short_facts(store.matter().name, {**counts(readings), "settled": settled})
        open_conflicts = len(store.ledger().decisions(store.incident_ids().aliases).conflicts)
        if runs and (readings or settled):
            taken.leave(Left("decisions", runs[-1], facts))
    say(readings, words)
    for reading in readings:
        words.object("workbook", reading.fields())
    code = Exit.INCOMPLETE if any(reading.error or reading.problems for reading in readings) else Exit.CLEAN
    read = sum(reading.read for reading in readings)
    words.data(f"{counted(read, 'new decision')} from {counted(len(readings), 'changed workbook')}.")
    if settled:
        words.data(f"{counted(settled, 'conflict')} settled: what stood goes on to stand.")
    if open_conflicts:
        words.data(f"{counted(open_conflicts, 'conflict')} open: the next workbook shows both answers.")
    words.object(
        "result", {**counts(readings), "settled": settled, "open_conflicts": open_conflicts, "exit_code": int(code)}
    )
    raise typer.Exit(code)
