"""What `missedbcc check` says of the case itself, and of what happens when nobody watches; no server is asked."""

from __future__ import annotations

import os
import shlex
from collections.abc import Container, Iterator
from datetime import datetime
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scanner.case import Outcome
from scanner.cli.account_ages import account_ages
from scanner.cli.case_folder import CaseFolder
from scanner.cli.check_secrets import secret_findings
from scanner.cli.cut_short import untold
from scanner.cli.exits import Exit
from scanner.cli.finding import Finding, Level
from scanner.cli.lateness import Punctuality, age, cadence_of
from scanner.cli.lines import counted, place
from scanner.cli.output import JsonValue
from scanner.cli.schedule_job import giving
from scanner.cli.unwritten import unwritten
from scanner.config import Config
from scanner.errors import StoreError
from scanner.schedule.job import ROOT, System
from scanner.telling.pending import ToTell
from scanner.unattended import Cadence, Telling

if TYPE_CHECKING:
    from scanner.schedule import Installed
    from scanner.store.store import Store

_NOT_DONE: Final = "Scan now, and look at why the scheduler did not: `missedbcc schedule show`."
_NOT_SCHEDULED: Final = (
    "Scan now; `missedbcc schedule install` lets the system do so, where nothing else starts the scan."
)


def case_findings(settings: Config, now: datetime, until: float = inf) -> Iterator[Finding]:
    """Its database, its runs and how old the last complete one is, its schedule, its secrets, and who is told.

    Secrets are waited for `until` then (`time.monotonic`).
    """
    from scanner.schedule import read_installed  # noqa: PLC0415 - a help text must not pay for it

    folder = CaseFolder(settings.case)
    installed = read_installed(folder.schedule)
    if folder.database.is_file():
        busy = folder.is_held()
        try:
            with folder.opened() as store:
                pending = ToTell(folder.to_tell).runs()
                yield from _state(store, cadence_of(settings), now, pending, scheduled=installed is not None)
                yield from _ages(settings, store, now)
                if missing := unwritten(store, busy=busy or folder.is_held()):
                    yield Finding(Level.WARNING, "workbook", missing.sentence, missing.hint, missing.fields())
        except StoreError as error:
            yield Finding(Level.FAILED, "case", str(error), error.hint, code=Exit.FAILED)
    user = (installed.run_as or ROOT) if installed and installed.system is System.SYSTEM else ""
    if installed is not None:
        yield from _schedule(installed, folder.path, now)
    if user:
        yield from _case_closed(folder, user)
    yield from secret_findings(settings, until)
    yield from _telling(settings, user)


def allow_findings(settings: Config, now: datetime) -> Iterator[Finding]:
    """Entries of the allowlist that have ended: what they covered is reported again."""
    for number, entry in enumerate(settings.policy.allowed, start=1):
        if entry.expires < now.date():
            sentence = f"Entry {number} ({entry.reason}) expired on {entry.expires}: what it covers is reported again."
            facts: dict[str, JsonValue] = {"entry": number, "expired": entry.expires.isoformat()}
            yield Finding(Level.WARNING, "allow", sentence, "Remove the entry, or give it a new day.", facts)


def _state(
    store: Store, cadence: Cadence | None, now: datetime, pending: Container[int], *, scheduled: bool
) -> Iterator[Finding]:
    runs = list(store.runs())
    if not runs:
        yield Finding(Level.OK, "runs", "No scan has been begun.")
        return
    punctuality = Punctuality.of(runs)
    complete = punctuality.complete
    facts: dict[str, JsonValue] = {
        "runs": len(runs),
        "last_outcome": str(runs[-1].outcome) if runs[-1].outcome else None,
        "last_complete": complete.isoformat() if complete else None,
        "age_seconds": int((now - complete).total_seconds()) if complete else None,
    }
    told = f"{counted(len(runs), 'run')}; " + (
        f"the last complete one is {age(complete, now)} old." if complete else "none of them was complete."
    )
    if late := punctuality.sentence(cadence, now):
        hint = _NOT_DONE if scheduled else _NOT_SCHEDULED
        yield Finding(Level.FAILED, "runs", late, hint, facts, Exit.FAILED)
    elif runs[-1].outcome is not Outcome.COMPLETE:
        ended = str(runs[-1].outcome) if runs[-1].outcome else "killed, or goes on now"
        hint = "Scan again: it goes on where the last run ended."
        yield Finding(Level.WARNING, "runs", f"{told} The last run: {ended}.", hint, facts)
    else:
        yield Finding(Level.OK, "runs", told, facts=facts)
    sentence, hint = untold(runs, pending)
    if sentence:
        yield Finding(Level.WARNING, "tell", sentence, hint)
    open_folders = [one for one in store.coverage() if not one.complete]
    if open_folders:
        names = [place(one.account, one.folder) for one in open_folders]
        sentence = f"{counted(len(names), 'folder')} not read to the end: {', '.join(names[:3])}"
        hint = "`missedbcc status` says why for each."
        yield Finding(
            Level.WARNING, "coverage", sentence + ("." if len(names) < 4 else ", ..."), hint, {"folders": [*names]}
        )


def _ages(settings: Config, store: Store, now: datetime) -> Iterator[Finding]:
    names = [account.name for account in settings.accounts]
    for one in account_ages(list(store.runs()), names, cadence_of(settings), now):
        fine = one.configured and not one.late
        hint = (
            "" if fine else f"Scan it: missedbcc scan {one.name}" if one.configured else "Name it again, if it counts."
        )
        yield Finding(Level.OK if fine else Level.WARNING, "age", f"{one.sentence}.", hint, one.fields())


def _schedule(installed: Installed, case: Path, now: datetime) -> Iterator[Finding]:
    from scanner.schedule.standing import NOT_ASKED, standing_of  # noqa: PLC0415

    standing = standing_of(installed, case)
    following = installed.cadence.after(now.astimezone())
    facts: dict[str, JsonValue] = {
        "system": str(installed.system),
        "next": None if standing.runs is False else following.isoformat(),
        "active": standing.runs,
    }
    planned = f"{installed.system}, {installed.cadence}; next {following:%A %Y-%m-%d %H:%M}"
    if standing.runs is False:
        yield Finding(Level.FAILED, "schedule", standing.sentence, standing.hint, facts, Exit.FAILED)
    elif standing.changed:
        yield Finding(Level.WARNING, "schedule", standing.sentence, standing.hint, facts)
    elif standing.runs is None:
        level = Level.OK if installed.system in NOT_ASKED else Level.WARNING  # which each time would help nobody
        sentence = f"{planned}, if it is active. {standing.sentence}"
        yield Finding(level, "schedule", sentence, standing.hint, facts)
    else:
        yield Finding(Level.OK, "schedule", f"{planned}.", facts=facts)


def _telling(settings: Config, user: str) -> Iterator[Finding]:
    wanted = settings.unattended
    if wanted.telling:
        yield from _not_trusting(wanted.telling)
        ways = [name for name in ("mail", "webhook", "services") if getattr(wanted.telling, name)]
        yield Finding(Level.OK, "tell", f"After a run, by {', '.join(ways)} ({wanted.telling.when}); not tried here.")
    places = (("log", wanted.log), ("metrics", wanted.metrics.file if wanted.metrics else None))
    for subject, file in places:
        if file:
            ours = _writable(subject, file)
            closed = list(_place_closed(subject, file.absolute(), user)) if user and not ours.hint else []
            yield from closed or [ours]


def _not_trusting(telling: Telling) -> Iterator[Finding]:
    """A file of certificates that is not there, or is none, so that nobody would be told."""
    from scanner.telling.failure import CannotTell  # noqa: PLC0415
    from scanner.telling.trust import trusting  # noqa: PLC0415

    for way, table in ((telling.mail, "[tell.mail]"), (telling.webhook, "[tell.webhook]")):
        if not way:
            continue
        try:
            trusting(way.ca_file, table)
        except CannotTell as failure:
            sentence = f"{str(failure)[0].upper()}{str(failure)[1:]}."
            yield Finding(Level.FAILED, "tell", sentence, "Name a PEM file that is there.", code=Exit.USAGE)


def _writable(subject: str, file: Path) -> Finding:
    """Whether a file can be written; a metrics file is put in place of the old one, so its folder counts."""
    place_of = file if subject == "log" and file.exists() else file.absolute().parent
    if os.access(place_of, os.W_OK) and not file.is_dir():
        return Finding(Level.OK, subject, f"{file} can be written.")
    hint = f"Make {place_of} writable."
    if file.is_dir():
        hint = "It is a folder: name a file."
    elif not place_of.exists():
        hint = f"Make the folder {place_of} first."
    return Finding(Level.FAILED, subject, f"{file} cannot be written.", hint, code=Exit.FAILED)


def _case_closed(folder: CaseFolder, user: str) -> Iterator[Finding]:
    """Where the folder of the case, or the database that somebody else made there, is not for the user to write."""
    for path in (folder.path, folder.database):
        if closed := _closed("case", path, user, f"Give {user} the whole folder: {giving(folder.path, user)}"):
            yield closed
            return


def _place_closed(subject: str, file: Path, user: str) -> Iterator[Finding]:
    """Where a file, or its folder, is not for the user to write; a metrics file is put in place of the old one."""
    folder = file.parent
    hint = f"Let {user} write there, as by: setfacl -m u:{user}:rwx {shlex.quote(str(folder))}"
    closed = _closed(subject, folder, user, hint)
    if subject == "log" and file.exists():
        closed = _closed(subject, file, user, f"Give {user} the file: {giving(file, user)}")
    if closed:
        yield closed


def _closed(subject: str, path: Path, user: str, hint: str) -> Finding | None:
    """Where whoever checks may write, but not the user of the scheduled scan."""
    from scanner.schedule.may_write import may_write  # noqa: PLC0415

    if may_write(path, user) is not False:
        return None
    sentence = f"{path} cannot be written by {user}, as whom the scheduled scan runs, by its owner and mode."
    return Finding(Level.FAILED, subject, sentence, hint, code=Exit.FAILED)
