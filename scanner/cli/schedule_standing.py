"""`missedbcc schedule show` and `remove`: what stands of an installed schedule, and taking it away."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from scanner.cli.case_folder import CaseFolder
from scanner.cli.exits import Exit
from scanner.cli.output import Output, printable
from scanner.errors import ScheduleError, SettingsError
from scanner.schedule.job import ROOT, Job, System

if TYPE_CHECKING:
    from scanner.schedule import Installed
    from scanner.schedule.standing import Standing


def show(folder: CaseFolder, output: Output) -> Exit:
    """Say what was installed, and what of it stands."""
    from scanner.schedule import read_installed  # noqa: PLC0415 - a help text must not pay for it
    from scanner.schedule.standing import NOT_ASKED, standing_of  # noqa: PLC0415

    installed = read_installed(folder.schedule)
    if installed is None:
        output.data("No schedule is installed for this case.")
        output.result(Exit.CLEAN, {"installed": False})
        return Exit.CLEAN
    standing = standing_of(installed, folder.path)
    following = installed.cadence.after(datetime.now().astimezone())
    output.data(f"{installed.system}: {installed.cadence}; {_due(standing, following)}.")
    for path in installed.files:
        note = ": gone, or changed since it was written" if path in standing.changed else ""
        output.data(printable(f"{path}{note}"))
    if installed.system is System.CRON and standing.runs:
        output.data(f"crontab: the lines of {installed.name}")
    if standing.sentence:
        output.data(printable(standing.sentence))
        output.tell(printable(standing.hint))
    untold = standing.runs is None and installed.system not in NOT_ASKED
    code = Exit.FAILED if standing.changed or standing.runs is False or untold else Exit.CLEAN
    output.result(
        code,
        {
            "installed": True,
            "system": str(installed.system),
            "name": installed.name,
            "cadence": str(installed.cadence),
            "next": None if standing.runs is False else following.isoformat(),
            "active": standing.runs,
            "files": [str(path) for path in installed.files],
            "changed": [str(path) for path in standing.changed],
            "sentence": standing.sentence,
            "hint": standing.hint,
        },
    )
    return code


def _due(standing: Standing, following: datetime) -> str:
    if standing.runs is False:
        return "nothing starts it"
    due = f"the next run is due {following:%A %Y-%m-%d %H:%M}"
    return due if standing.runs else f"if it is active, {due}"


def remove(folder: CaseFolder, output: Output, *, yes: bool) -> bool:
    """Show what is to be taken away, ask, and take it away; gives whether it was. Raises ScheduleError."""
    from scanner.schedule import read_installed  # noqa: PLC0415
    from scanner.schedule.elsewhere import spoken  # noqa: PLC0415
    from scanner.schedule.system import take_away  # noqa: PLC0415

    installed = read_installed(folder.schedule)
    if installed is None:
        output.tell("No schedule is installed for this case; nothing is removed.")
        return False
    if _is_of_another(installed, folder):
        folder.schedule.unlink()
        output.tell(
            printable(f"{folder.path} is a copy of {installed.case}, whose schedule stays; only the copy of it goes.")
        )
        return False
    changed = [path for path in installed.changed() if path.exists()]
    ours = [path for path in installed.files if path not in changed]
    stop = _stop(installed)
    for path in ours:
        output.data(printable(f"--- remove {path}"))
    if installed.system is System.CRON:
        output.data(f"--- remove the lines of {installed.name} from the crontab")
    by_hand = installed.system in {System.LAUNCHD, System.WINDOWS}
    for command in stop:
        typed = spoken(installed.system, command)
        output.data(printable(f"{'--- run by hand:' if by_hand else '--- run:'} {typed}"))
    if not yes and not agreed("Do this?"):
        output.tell("Nothing was removed.")
        return False
    take_away(() if by_hand else stop, ours, installed.name if installed.system is System.CRON else "")
    if installed.system is System.CRON:
        _refuse_left_over(installed.name, folder.path.absolute())
    folder.schedule.unlink(missing_ok=True)
    for path in changed:
        output.tell(f"{path} was changed since it was written, so it stays; remove it by hand.")
    output.tell("Removed.")
    return True


def _is_of_another(installed: Installed, folder: CaseFolder) -> bool:
    """Whether a case that is still there has this schedule, so that this folder is a copy of it."""
    from scanner.schedule import read_installed  # noqa: PLC0415

    if installed.is_of(folder.path):
        return False
    theirs = read_installed(CaseFolder(Path(installed.case)).schedule)
    return theirs is not None and theirs.name == installed.name


def _refuse_left_over(name: str, case: Path) -> None:
    from scanner.schedule.cron import left_over  # noqa: PLC0415
    from scanner.schedule.system import read_crontab  # noqa: PLC0415

    if numbers := left_over(read_crontab(), name, case):
        shown = ", ".join(map(str, numbers))
        lines = "Line" if len(numbers) == 1 else "Lines"
        stays = "scans this case, or marks" if len(numbers) == 1 else "scan this case, or mark"
        raise ScheduleError(
            f"{lines} {shown} of the crontab {stays} its schedule, not as it was written; it was left alone.",
            "Run `crontab -e`, remove what is left, then repeat this.",
        )


def _stop(installed: Installed) -> tuple[tuple[str, ...], ...]:
    from scanner.schedule import plan_of  # noqa: PLC0415

    job = Job(installed.name, ("missedbcc",), Path("/"), Path("/"), installed.cadence, run_as=installed.run_as or ROOT)
    return plan_of(job, installed.system, Path("/")).stop


def agreed(question: str) -> bool:
    """What a person says on a terminal; no where nobody is asked."""
    if not sys.stdin.isatty():
        raise SettingsError("Nobody can be asked here.", "Look through what is shown above, then add --yes.")
    typer.echo(f"{question} [y/N] ", nl=False, err=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
