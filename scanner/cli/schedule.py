"""`missedbcc schedule`: let the system's scheduler start the scan, and show what was written for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from scanner.cli.case_folder import CaseFolder
from scanner.cli.exits import Exit, told
from scanner.cli.options import CaseOption, ConfigOption, JsonOption
from scanner.cli.output import Output, printable
from scanner.cli.schedule_job import Wishes, cadence_from, job_of, place_notes, secret_notes
from scanner.cli.schedule_standing import agreed, remove, show
from scanner.cli.settings import settings_of
from scanner.config import Config
from scanner.errors import SettingsError
from scanner.schedule.job import Job, Plan, System
from scanner.unattended import Cadence, Every


class Action(StrEnum):
    """What `schedule` does."""

    INSTALL = "install"
    SHOW = "show"
    REMOVE = "remove"


_ON: Final = "The scheduler: systemd of the user or of the machine, cron, launchd of macOS, Task Scheduler of Windows."
_INTO: Final = "With install: write the files there, show the commands that make them work, and start nothing."


@told()
def schedule(  # noqa: PLR0913 - one parameter for each option
    action: Annotated[Action, typer.Argument(help="What to do.")],
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SOURCE]...", show_default=False, help="As of scan. [default: every account]"),
    ] = None,
    *,
    case: CaseOption = None,
    config: ConfigOption = None,
    every: Annotated[Every | None, typer.Option(help="How often.", show_default="weekly, or the config's")] = None,
    weekday: Annotated[str, typer.Option(metavar="DAY", help="Where weekly.", show_default="monday")] = "",
    day: Annotated[int | None, typer.Option(min=1, max=28, help="Where monthly.", show_default="1")] = None,
    time: Annotated[str, typer.Option(metavar="HH:MM", help="When, local time.", show_default="06:00")] = "",
    on: Annotated[System | None, typer.Option(help=_ON, show_default="the one that is there")] = None,
    into: Annotated[Path | None, typer.Option(metavar="DIR", show_default=False, help=_INTO)] = None,
    credential: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=FILE", show_default=False, help="A credential that systemd hands over; repeat it."),
    ] = None,
    run_as: Annotated[
        str,
        typer.Option(
            metavar="USER", show_default=False, help="Whose rights a system-wide service has; it must have one."
        ),
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: JsonOption = False,
) -> None:
    """Let the system start the scan by itself: install, show or remove.

    install shows every line that it will write and asks before it writes them. To install again changes what is there.
    remove takes away what install wrote, and nothing else; a file that somebody changed since stays. No secret is ever
    written: a service reads its secrets from files, commands, or credentials of systemd. With systemd, a run that was
    missed while the machine was off is made up for.
    """
    settings = settings_of(config, case=case)
    output = Output(json=json)
    folder = CaseFolder(settings.case)
    if action is Action.SHOW:
        raise typer.Exit(show(folder, output))
    if action is Action.REMOVE:
        output.result(Exit.CLEAN, {"removed": remove(folder, output, yes=yes)})
        return
    wishes = Wishes(every, weekday, day, time, on, into, tuple(credential or ()), run_as)
    output.result(Exit.CLEAN, {"written": _install(settings, sources or [], wishes, output, yes=yes)})


def _install(settings: Config, sources: Sequence[str], wishes: Wishes, output: Output, *, yes: bool) -> bool:
    """Show what is to be written, ask, and write it; gives whether it was. Raises SettingsError, ScheduleError."""
    from scanner.schedule import Installed, plan_of, read_installed, sha256_of, write_installed  # noqa: PLC0415
    from scanner.schedule.elsewhere import cron_file  # noqa: PLC0415
    from scanner.schedule.system import folder_of, found_system, put, table_of  # noqa: PLC0415

    cadence_from(wishes, Cadence())  # a slip is told before what the machine lacks
    system = wishes.on or found_system()
    job = job_of(settings, sources, wishes, system)
    folder = CaseFolder(settings.case)
    target = wishes.into.absolute() if wishes.into else folder_of(system)
    plan = plan_of(job, system, target)
    if wishes.into:
        plan = replace(plan, by_hand=True)
    standing = read_installed(folder.schedule)
    if standing and (standing.system, standing.name) != (system, plan.name):
        raise SettingsError(
            f"This case is scheduled by {standing.system} already.", "Run `missedbcc schedule remove` first."
        )
    places = place_notes(job, folder, settings.unattended.log)
    for note in (*plan.notes, *secret_notes(settings, system), *places):
        output.tell(f"Note: {note}")
    _show_plan(plan, job, output, target if wishes.into else None)
    if not yes and not agreed("Write this?"):
        output.tell("Nothing was written.")
        return False
    written = plan
    if wishes.into and plan.block:
        written = replace(plan, files=((cron_file(plan, target), plan.block.encode()),), block="")
    table = table_of(written)
    folder.make()
    if not wishes.into:  # before anything is written, so that `remove` can undo what fails half-way
        digests = {path: sha256_of(content) for path, content in plan.files}
        block = sha256_of(plan.block.encode("utf-8", "surrogateescape")) if plan.block else ""
        installed = Installed(system, plan.name, job.cadence, digests, job.run_as, block, str(job.case))
        write_installed(folder.schedule, installed)
    put(written, table)
    if wishes.into:
        output.tell(
            f"Written to {target}, and nowhere else: nothing runs before somebody has run the commands above, and "
            "`schedule show` and `remove` know nothing of it."
        )
        return True
    done = "Written; now run the commands above." if plan.by_hand else "Installed."
    following = job.cadence.after(datetime.now().astimezone())
    later = ", or up to half an hour later" if system.spreads else ""
    output.tell(f"{done} The next run is due {following:%A %Y-%m-%d %H:%M}{later}.")
    return True


def _show_plan(plan: Plan, job: Job, output: Output, into: Path | None) -> None:
    from scanner.schedule.elsewhere import commands, cron_file, spoken  # noqa: PLC0415

    for path, content in plan.files:
        output.data(printable(f"--- {path}"))
        text = content.decode("utf-16" if path.suffix == ".xml" else "utf-8")
        for line in text.expandtabs(4).splitlines():
            output.data(printable(line))
    if plan.block:
        output.data(printable(f"--- {cron_file(plan, into) if into else 'crontab'}"))
        for line in plan.block.splitlines():
            output.data(printable(line))
    to_run = commands(plan, into) if into else tuple(spoken(plan.system, command) for command in plan.start)
    for command in to_run:
        output.data(printable(f"{'--- run by hand:' if plan.by_hand else '--- then run:'} {command}"))
    output.object(
        "schedule",
        {
            "system": str(plan.system),
            "name": plan.name,
            "cadence": str(job.cadence),
            "files": [str(path) for path, _ in plan.files],
            "commands": [*to_run],
        },
    )
