"""`missedbcc status`: what a case holds, without reading mail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from scanner.case import Outcome, Run, read_whole
from scanner.cli.account_ages import account_ages
from scanner.cli.case_folder import CaseFolder
from scanner.cli.cut_short import Untold, untold
from scanner.cli.exits import Exit, told
from scanner.cli.hand_over import open_answers, open_counts
from scanner.cli.lateness import Punctuality, age, cadence_of
from scanner.cli.lines import folder_fields, folder_line
from scanner.cli.old_files import show_copies
from scanner.cli.options import CaseOption, ConfigOption, JsonOption
from scanner.cli.output import JsonValue, Output, printable
from scanner.cli.progress import masked
from scanner.cli.settings import settings_of
from scanner.cli.unwritten import Unwritten, lacks_one, unwritten
from scanner.config import Config
from scanner.coverage import ChosenBy
from scanner.telling.pending import Pending, ToTell

if TYPE_CHECKING:
    from scanner.decision import Decisions
    from scanner.store.store import Store


@told()
def status(*, case: CaseOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Show what the runs of a case read, what is missing, and when the next run is due.

    No mail is read, and nothing is written: the case may lie where you may only read. The exit code is 3 where
    something was not read to its end, the workbook of the last run was not written, or the last complete run, or an
    account of the config, is older than the schedule says, else 0.
    """
    settings = settings_of(config, case=case)
    folder = CaseFolder(settings.case)
    folder.must_exist()
    output = Output(json=json)
    busy = folder.is_held()
    with folder.looked_into() as store:
        whole = _show(store, folder, output)
        whole &= _show_workbook(unwritten(store, busy=busy or folder.is_held()), output)
        runs = list(store.runs())
        _show_due(store, folder, settings, output)
    show_copies(folder, output)
    late = _show_ages(settings, runs, output)
    late |= _show_schedule(settings, Punctuality.of(runs), output)
    code = Exit.INCOMPLETE if late or not whole else Exit.CLEAN
    output.result(code, {"case": str(folder.path)})
    raise typer.Exit(code)


def _show(store: Store, folder: CaseFolder, output: Output) -> bool:
    from scanner.review import review  # noqa: PLC0415 - a help text must not pay for it
    from scanner.store.purge import purges  # noqa: PLC0415

    runs, workbooks, pending = list(store.runs()), dict(store.workbooks()), ToTell(folder.to_tell).runs()
    for run in runs:
        lacking = ", without a workbook" if lacks_one(run, workbooks) else ""
        output.data(printable(f"{_run_line(run)}{lacking}"))
        written = folder.path / workbooks[run.id] if workbooks.get(run.id) else None
        workbook = str(written) if written and written.is_file() else None
        output.object("run", {**_run_fields(run), "workbook": workbook, "pending": _pending(run, pending)})
    for trouble in runs[-1].troubles if runs else ():
        output.data(f"  {printable(trouble)}")
    _show_notices([*Untold(workbooks, pending).before(runs[:-1]), *runs[-1:]], output)
    for line in filter(None, untold(runs, pending)):
        output.data(line)
    complete = [run for run in runs if run.outcome is Outcome.COMPLETE]
    output.data(f"Last complete run: {_with_age(complete[-1]) if complete else 'none'}")
    case = review(store)
    _show_open(case.decisions(), output)
    for coverage in case.coverage():
        if coverage.chosen_by is ChosenBy.NOT_SENT and not coverage.trouble:
            continue
        output.data(printable(folder_line(coverage)))
        output.object("folder", folder_fields(coverage))
    for one in purges(store):
        output.data(f"Purged {one.at:%Y-%m-%d}: {one.kind}, from before {one.before}: {one.count:,}")
        fields: dict[str, JsonValue] = {"kind": one.kind, "count": one.count, "before": one.before.isoformat()}
        output.object("purged", {"at": one.at.isoformat(), **fields})
    return read_whole(case)


def _show_notices(runs: Sequence[Run], output: Output) -> None:
    """What a reader should know of the last run, although nothing may be missing; no addresses.

    Of those before it that nobody was told of, too: a telling counts their alarms with those of the last one.
    """
    for run in runs:
        earlier = "" if run is runs[-1] else f"Run {run.id}: "
        for sentence in map(masked, run.notices):
            output.data(f"  {earlier}{printable(sentence)}")
            output.object("notice", {"run": run.id, "sentence": sentence})


def _show_open(decisions: Decisions, output: Output) -> None:
    """The answers that wait for somebody, as they were read back last."""
    for line in open_answers(decisions):
        output.data(line)
    output.object("decisions", open_counts(decisions))


def _show_workbook(missing: Unwritten | None, output: Output) -> bool:
    """Whether the last run has its workbook."""
    if missing is None:
        return True
    output.data(f"{missing.sentence} {missing.hint}")
    output.object("workbook", missing.fields())
    return False


def _show_due(store: Store, folder: CaseFolder, settings: Config, output: Output) -> None:
    """What is kept longer than the config says: nothing is removed without `missedbcc purge`."""
    from scanner.cli.purge import due  # noqa: PLC0415 - few cases say how long anything is kept

    lines = due(store, folder, settings.unattended.retention)
    for kind, count, before in lines:
        output.data(f"Kept longer than [retention] says: {kind}, from before {before}: {count:,}")
        output.object("due", {"kind": kind, "count": count, "before": before.isoformat()})
    if lines:
        output.data("To remove that, run: missedbcc purge")


def _show_ages(settings: Config, runs: Sequence[Run], output: Output) -> bool:
    """Whether an account of the config is older than the schedule says."""
    names = [account.name for account in settings.accounts]
    ages = account_ages(runs, names, cadence_of(settings), datetime.now(UTC))
    for one in ages:
        output.data(printable(one.sentence))
        output.object("account", one.fields())
    return any(one.late for one in ages)


def _show_schedule(settings: Config, punctuality: Punctuality, output: Output) -> bool:
    """What is due, and whether something is overdue."""
    from scanner.schedule import read_installed  # noqa: PLC0415
    from scanner.schedule.standing import Standing, standing_of  # noqa: PLC0415

    now = datetime.now(UTC)
    folder = CaseFolder(settings.case)
    installed = read_installed(folder.schedule)
    standing = standing_of(installed, folder.path) if installed else Standing(None)
    cadence = cadence_of(settings)
    late = punctuality.sentence(cadence, now)
    following = cadence.after(now.astimezone()) if cadence and standing.runs is not False else None
    if late:
        output.data(late)
    if installed:
        by = f"{installed.system}, {cadence}{'' if standing.runs else ', if that is active'}"
        output.data(f"Next run: {f'{following:%A %Y-%m-%d %H:%M}, by {by}' if following else 'none'}")
        for line in filter(None, (standing.sentence, standing.hint)):
            output.data(f"  {printable(line)}")
    elif cadence:
        output.data(f"Next run: the config says {cadence}, but no schedule is installed by missedbcc")
    complete = punctuality.complete
    output.object(
        "schedule",
        {
            "cadence": str(cadence) if cadence else None,
            "installed": str(installed.system) if installed else None,
            "active": standing.runs,
            "next": following.isoformat() if following else None,
            "last_complete": complete.isoformat() if complete else None,
            "age_seconds": int((now - complete).total_seconds()) if complete else None,
            "late": bool(late),
        },
    )
    return bool(late)


def _with_age(run: Run) -> str:
    return f"run {run.id}, {_moment(run.started)}, {age(run.finished or run.started, datetime.now(UTC))} old"


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
        "alarms": dict(Counter(str(alarm) for alarm in run.alarms)),
        "gate": dict(asdict(run.policy.gate)),
    }


def _pending(run: Run, pending: Mapping[int, Pending]) -> str | None:
    """How far the telling of a run came that has ended; None where all was told, or nobody is to be told."""
    return str(pending[run.id]) if run.outcome and run.id in pending else None


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
