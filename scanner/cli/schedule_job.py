"""The scan that `missedbcc schedule install` writes down: its command, when, its credentials, and what it lacks."""

from __future__ import annotations

import hashlib
import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner.account import Account, SecretKind, SecretReference, is_credential_name
from scanner.cli.case_folder import CaseFolder
from scanner.config import Config
from scanner.config.upkeep import clock_of, weekday_of
from scanner.errors import SettingsError
from scanner.schedule.job import ROOT, Job, System
from scanner.unattended import Cadence, Every


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


def job_of(settings: Config, sources: Sequence[str], wishes: Wishes, system: System) -> Job:
    """The scan that is to run. Raises SettingsError where it could not."""
    if not settings.accounts and not sources:
        raise SettingsError("There is nothing to scan: no account is configured.", "Name a SOURCE, or write a config.")
    if wishes.run_as and system is not System.SYSTEM:
        raise SettingsError(
            f"--run-as means something only with --on systemd, not {system}.", "The scan runs as whoever installs it."
        )
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
    yield from settings.own_secrets
    yield from settings.unattended.secrets


def _secrets_of(account: Account) -> Iterable[SecretReference]:
    server, tenant = account.server, account.graph
    found: list[SecretReference | None] = [server.secret] if server else []
    if server and server.oauth:
        found += [server.oauth.secret, server.oauth.certificate]
    if tenant:
        found += [tenant.sign_in.secret, tenant.sign_in.passphrase]
    return [one for one in found if one is not None]


def secret_notes(settings: Config, system: System) -> Iterator[str]:
    """What a scheduled run will not find, although a scan by hand does."""
    instead = "file:PATH" + (" or credential:NAME" if system in {System.USER, System.SYSTEM} else "")
    for one in dict.fromkeys(_secrets(settings)):
        if one.kind is SecretKind.ENVIRONMENT:
            yield f"a scheduled run does not have your environment, so not {one}; keep the secret as {instead}."
        elif one.kind is SecretKind.KEYRING:
            yield f"a scheduled run finds {one} only while you are signed in; {instead} is always there."


def place_notes(job: Job, folder: CaseFolder, log: Path | None) -> Iterator[str]:
    """What must be there before the first run, and is not; or is, and is closed to the user of the service."""
    for path in job.writable:
        if path != folder.path.absolute() and not path.is_dir():
            yield f"the folder {path} does not exist; make it before the first run."
    for name, path in job.credentials:
        if not path.exists():
            yield f"the file {path} of the credential {name} is not there, or not for you to see."
    if job.run_as:
        yield from _user_notes(job, folder, log)


def giving(path: Path, user: str) -> str:
    """The command that gives a file, or a folder with all in it, to a user."""
    return shlex.join(["chown", *(() if path.is_file() else ("-R",)), user, str(path.absolute())])


def _user_notes(job: Job, folder: CaseFolder, log: Path | None) -> Iterator[str]:
    """What the user of the service cannot do, as far as owners and modes tell."""
    from scanner.schedule.may_write import is_us, known, may_write  # noqa: PLC0415

    user = job.run_as
    if not known(user):
        yield f"this machine has no user {user}."
    if user != ROOT:
        yield f"{user} must be able to read the config and to write {job.case}."
    if not folder.path.exists() and not is_us(user):
        give = giving(job.case, user)
        yield f"the case folder will be made, and belong to you; before the first run: {give}"
    for path in job.writable:
        if may_write(path, user) is False:
            yield f"{user} may not write into {path}, by owner and mode, so what belongs there will not be written."
    if may_write(job.case / folder.database.name, user) is False:
        yield f"{user} may not write to the case database, by owner and mode; first: {giving(job.case, user)}"
    if log and may_write(log, user) is False:
        yield f"{user} may not write to {log.absolute()}, by owner and mode; first: {giving(log, user)}"
