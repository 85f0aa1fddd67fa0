"""`missedbcc status`: what a case holds, without reading mail."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import typer

from scanner.case import Outcome, Run, read_whole
from scanner.cli.case_folder import CaseFolder
from scanner.cli.exits import Exit, told
from scanner.cli.lines import folder_fields, folder_line
from scanner.cli.options import CaseOption, ConfigOption, JsonOption
from scanner.cli.output import JsonValue, Output, printable
from scanner.cli.settings import settings_of
from scanner.coverage import ChosenBy

if TYPE_CHECKING:
    from scanner.store.store import Store


@told()
def status(*, case: CaseOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Show what the runs of a case read.

    No mail is read. The exit code is 3 where something was not read to its end, else 0.
    """
    folder = CaseFolder(settings_of(config, case=case).case)
    folder.must_exist()
    output = Output(json=json)
    with folder.opened() as store:
        code = _show(store, output)
    output.object("result", {"case": str(folder.path), "exit_code": int(code)})
    raise typer.Exit(code)


def _show(store: Store, output: Output) -> Exit:
    from scanner.review import review  # noqa: PLC0415 - a help text must not pay for it

    runs = list(store.runs())
    for run in runs:
        output.data(printable(_run_line(run)))
        output.object("run", _run_fields(run))
    complete = [run for run in runs if run.outcome is Outcome.COMPLETE]
    output.data(f"Last complete run: {f'{complete[-1].id}, {_moment(complete[-1].started)}' if complete else 'none'}")
    case = review(store)
    for coverage in case.coverage():
        if coverage.chosen_by is ChosenBy.NOT_SENT and not coverage.trouble:
            continue
        output.data(printable(folder_line(coverage)))
        output.object("folder", folder_fields(coverage))
    return Exit.CLEAN if read_whole(case) else Exit.INCOMPLETE


def _run_line(run: Run) -> str:
    ended = str(run.outcome) if run.outcome else "killed or still running"
    return f"Run {run.id}: {_moment(run.started)}, {', '.join(run.sources) or 'no source'}: {ended}"


def _run_fields(run: Run) -> dict[str, JsonValue]:
    """A run for programs; moments are in UTC, ISO 8601."""
    return {
        "run": run.id,
        "started": run.started.isoformat(),
        "finished": run.finished.isoformat() if run.finished else None,
        "version": run.version,
        "outcome": str(run.outcome) if run.outcome else None,
        "sources": list(run.sources),
        "troubles": list(run.troubles),
        "gate": dict(asdict(run.policy.gate)),
    }


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
