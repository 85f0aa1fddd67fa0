"""`missedbcc schedule`: let the system's scheduler start the scan, and show what was written for it."""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from scanner.account import Account, SecretKind, SecretReference, is_credential_name
from scanner.cli.case_folder import CaseFolder
from scanner.cli.exits import Exit, told
from scanner.cli.options import CaseOption, ConfigOption, JsonOption
from scanner.cli.output import Output, printable
from scanner.cli.settings import settings_of
from scanner.config import Config
from scanner.config.upkeep import clock_of, weekday_of
from scanner.errors import SettingsError
from scanner.schedule.job import Job, Plan, System
from scanner.unattended import Cadence, Every

if TYPE_CHECKING:
    from scanner.schedule import Installed


class Action(StrEnum):
    """What `schedule` does."""

    INSTALL = "install"
    SHOW = "show"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line says of a schedule; None and empty mean: as the config says, or as usual."""

    every: Every | None = None
    weekday: str = ""
    day: int | None = None
    at: str = ""
    on: System | None = None
    into: Path | None = None
    credentials: tuple[str, ...] = ()
    run_as: str = ""


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
        str, typer.Option(metavar="USER", show_default=False, help="Whose rights a system-wide service has.")
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
        raise typer.Exit(_show(folder, output))
    if action is Action.REMOVE:
        raise typer.Exit(_remove(folder, output, yes=yes))
    wishes = Wishes(every, weekday, day, time, on, into, tuple(credential or ()), run_as)
    raise typer.Exit(_install(settings, sources or [], wishes, output, yes=yes))


def _install(settings: Config, sources: Sequence[str], wishes: Wishes, output: Output, *, yes: bool) -> Exit:
    from scanner.schedule import Installed, plan_of, sha256_of, write_installed  # noqa: PLC0415
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
    standing = _installed(folder)
    if standing and (standing.system, standing.name) != (system, plan.name):
        raise SettingsError(
            f"This case is scheduled by {standing.system} already.", "Run `missedbcc schedule remove` first."
        )
    for note in (*plan.notes, *_secret_notes(settings, system), *_place_notes(job, folder)):
        output.tell(f"Note: {note}")
    _show_plan(plan, job, output, target if wishes.into else None)
    if not yes and not _agreed("Write this?"):
        output.tell("Nothing was written.")
        return Exit.CLEAN
    written = plan
    if wishes.into and plan.block:
        written = replace(plan, files=((cron_file(plan, target), plan.block.encode()),), block="")
    table = table_of(written)
    folder.make()
    if not wishes.into:  # before anything is written, so that `remove` can undo what fails half-way
        digests = {path: sha256_of(content) for path, content in plan.files}
        write_installed(folder.schedule, Installed(system, plan.name, job.cadence, digests))
    put(written, table)
    if wishes.into:
        output.tell(
            f"Written to {target}, and nowhere else: nothing runs before somebody has run the commands above, and "
            "`schedule show` and `remove` know nothing of it."
        )
        return Exit.CLEAN
    done = "Written; now run the commands above." if plan.by_hand else "Installed."
    following = job.cadence.after(datetime.now().astimezone())
    output.tell(f"{done} The next run is due {following:%A %Y-%m-%d %H:%M}, or up to half an hour later.")
    return Exit.CLEAN


def job_of(settings: Config, sources: Sequence[str], wishes: Wishes, system: System) -> Job:
    """The scan that is to run. Raises SettingsError where it could not."""
    if not settings.accounts and not sources:
        raise SettingsError("There is nothing to scan: no account is configured.", "Name a SOURCE, or write a config.")
    names = {account.name for account in settings.accounts}
    case, file = settings.case.absolute(), settings.file.absolute() if settings.file else None
    words = [word if word in names else str(Path(word).absolute()) for word in sources]
    command = (
        *_program(),
        "scan",
        "--quiet",
        *(("--config", str(file)) if file else ()),
        *("--case", str(case)),
        *(("--", *words) if words else ()),
    )
    unattended = settings.unattended
    places = [path for path in (unattended.log, unattended.metrics.file if unattended.metrics else None) if path]
    writable = tuple(dict.fromkeys([case, *(path.absolute().parent for path in places)]))
    return Job(
        job_name(case),
        command,
        file.parent if file else Path.cwd(),
        case,
        cadence_from(wishes, settings.unattended.cadence or Cadence()),
        writable,
        _credentials(settings, wishes, system),
        wishes.run_as,
    )


def job_name(case: Path) -> str:
    """One name for each case folder, so that several cases have timers of their own."""
    word = re.sub(r"[^a-z0-9]+", "-", case.name.lower()).strip("-")[:24]
    digest = hashlib.sha256(str(case).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"missedbcc-{digest}" if word in {"", "missedbcc-case"} else f"missedbcc-{word}-{digest}"


def cadence_from(wishes: Wishes, usual: Cadence) -> Cadence:
    """How often, with what the command line says in place of what is usual. Raises SettingsError."""
    weekday, at = weekday_of(wishes.weekday), clock_of(wishes.at)
    every = wishes.every or usual.every
    problems = []
    if wishes.weekday and weekday is None:
        problems.append(f"--weekday {wishes.weekday}: a weekday such as monday was expected")
    if wishes.at and at is None:
        problems.append(f"--time {wishes.at}: a time of day such as 06:00 was expected")
    if wishes.weekday and every is not Every.WEEK:
        problems.append(f"--weekday means something only where it is weekly, not {every}")
    if wishes.day and every is not Every.MONTH:
        problems.append(f"--day means something only where it is monthly, not {every}: add --every monthly")
    if problems:
        raise SettingsError("This is no schedule.", "See missedbcc schedule --help.", tuple(problems))
    return Cadence(
        every, usual.weekday if weekday is None else weekday, wishes.day or usual.day, usual.at if at is None else at
    )


def _program() -> tuple[str, ...]:
    """This program by its full path: a scheduler has no PATH of ours."""
    beside = shutil.which("missedbcc", path=str(Path(sys.executable).parent))
    return (beside,) if beside else (sys.executable, "-P", "-m", "scanner")


def _credentials(settings: Config, wishes: Wishes, system: System) -> tuple[tuple[str, Path], ...]:
    given: dict[str, Path] = {}
    for text in wishes.credentials:
        name, sign, file = text.partition("=")
        if not sign or not is_credential_name(name) or not file:
            raise SettingsError(f"--credential {name}: NAME=FILE was expected.", "As in --credential mail=/etc/mail.pw")
        given[name] = Path(file).absolute()
    asked = {one.place for one in _secrets(settings) if one.kind is SecretKind.CREDENTIAL}
    if (asked or given) and system not in {System.USER, System.SYSTEM}:
        raise SettingsError(f"Only systemd hands over credentials, not {system}.", "Keep the secrets in files.")
    if missing := sorted(asked - set(given)):
        hint = " ".join(f"--credential {name}=FILE" for name in missing)
        raise SettingsError(f"The config asks for the credential {', '.join(missing)}.", f"Say where it lies: {hint}")
    return tuple(sorted(given.items()))


def _secrets(settings: Config) -> Iterator[SecretReference]:
    for account in settings.accounts:
        yield from _secrets_of(account)
    yield from settings.unattended.secrets


def _secrets_of(account: Account) -> Iterable[SecretReference]:
    server, tenant = account.server, account.graph
    found: list[SecretReference | None] = [server.secret] if server else []
    if server and server.oauth:
        found += [server.oauth.secret, server.oauth.certificate]
    if tenant:
        found += [tenant.sign_in.secret, tenant.sign_in.passphrase]
    return [one for one in found if one is not None]


def _secret_notes(settings: Config, system: System) -> Iterator[str]:
    """What a scheduled run will not find, although a scan by hand does."""
    instead = "file:PATH" + (" or credential:NAME" if system in {System.USER, System.SYSTEM} else "")
    for one in dict.fromkeys(_secrets(settings)):
        if one.kind is SecretKind.ENVIRONMENT:
            yield f"a scheduled run does not have your environment, so not {one}; keep the secret as {instead}."
        elif one.kind is SecretKind.KEYRING:
            yield f"a scheduled run finds {one} only while you are signed in; {instead} is always there."


def _place_notes(job: Job, folder: CaseFolder) -> Iterator[str]:
    """What must be there before the first run, and is not."""
    for path in job.writable:
        if path != folder.path.absolute() and not path.is_dir():
            yield f"the folder {path} does not exist; make it before the first run."
    for name, path in job.credentials:
        if not path.exists():
            yield f"the file {path} of the credential {name} is not there, or not for you to see."
    if job.run_as:
        yield f"{job.run_as} must be able to read the config and to write {job.case}."


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


def _show(folder: CaseFolder, output: Output) -> Exit:
    installed = _installed(folder)
    if installed is None:
        output.data("No schedule is installed for this case.")
        output.object("result", {"installed": False, "exit_code": int(Exit.CLEAN)})
        return Exit.CLEAN
    changed = _changed(installed)
    following = installed.cadence.after(datetime.now().astimezone())
    output.data(f"{installed.system}: {installed.cadence}; the next run is due {following:%A %Y-%m-%d %H:%M}.")
    for path in installed.files:
        note = ": gone, or changed since it was written" if path in changed else ""
        output.data(printable(f"{path}{note}"))
    if installed.system is System.CRON:
        output.data(f"crontab: {'the lines are gone' if changed else f'the lines of {installed.name}'}")
    code = Exit.FAILED if changed else Exit.CLEAN
    if changed:
        output.tell("To write it anew, run `missedbcc schedule install` again.")
    output.object(
        "result",
        {
            "installed": True,
            "system": str(installed.system),
            "name": installed.name,
            "cadence": str(installed.cadence),
            "next": following.isoformat(),
            "files": [str(path) for path in installed.files],
            "changed": [str(path) for path in changed],
            "exit_code": int(code),
        },
    )
    return code


def _remove(folder: CaseFolder, output: Output, *, yes: bool) -> Exit:
    from scanner.schedule.elsewhere import spoken  # noqa: PLC0415
    from scanner.schedule.system import take_away  # noqa: PLC0415

    installed = _installed(folder)
    if installed is None:
        output.tell("No schedule is installed for this case; nothing is removed.")
        return Exit.CLEAN
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
    if not yes and not _agreed("Do this?"):
        output.tell("Nothing was removed.")
        return Exit.CLEAN
    take_away(() if by_hand else stop, ours, installed.name if installed.system is System.CRON else "")
    folder.schedule.unlink(missing_ok=True)
    for path in changed:
        output.tell(f"{path} was changed since it was written, so it stays; remove it by hand.")
    output.tell("Removed.")
    return Exit.CLEAN


def _stop(installed: Installed) -> tuple[tuple[str, ...], ...]:
    from scanner.schedule import plan_of  # noqa: PLC0415

    job = Job(installed.name, ("missedbcc",), Path("/"), Path("/"), installed.cadence)
    return plan_of(job, installed.system, Path("/")).stop


def _changed(installed: Installed) -> list[Path]:
    if installed.system is not System.CRON:
        return installed.changed()
    from scanner.schedule.cron import without_block  # noqa: PLC0415
    from scanner.schedule.system import read_crontab  # noqa: PLC0415

    return [] if without_block(read_crontab(), installed.name)[1] else [_CRONTAB]


_CRONTAB: Final = Path("crontab")


def _installed(folder: CaseFolder) -> Installed | None:
    from scanner.schedule import read_installed  # noqa: PLC0415

    return read_installed(folder.schedule)


def _agreed(question: str) -> bool:
    """What a person says on a terminal; no where nobody is asked."""
    if not sys.stdin.isatty():
        raise SettingsError("Nobody can be asked here.", "Look through what is shown above, then add --yes.")
    typer.echo(f"{question} [y/N] ", nl=False, err=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
