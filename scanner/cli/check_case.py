"""What `missedbcc check` says of the case itself, and of what happens when nobody watches; no server is asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scanner.case import Outcome
from scanner.cli.account_ages import account_ages
from scanner.cli.case_folder import CaseFolder
from scanner.cli.cut_short import UNTOLD, UNTOLD_HINT, is_untold
from scanner.cli.exits import Exit
from scanner.cli.finding import Finding, Level
from scanner.cli.lateness import Punctuality, age, cadence_of
from scanner.cli.lines import counted, place
from scanner.cli.output import JsonValue
from scanner.cli.unwritten import unwritten
from scanner.config import Config
from scanner.errors import SettingsError, StoreError
from scanner.unattended import Cadence

if TYPE_CHECKING:
    from scanner.store.store import Store

_NAMED: Final = 3


def case_findings(settings: Config, now: datetime) -> Iterator[Finding]:
    """Its database, its runs and how old the last complete one is, its schedule, and who is told."""
    folder = CaseFolder(settings.case)
    if folder.database.is_file():
        busy = folder.is_held()
        try:
            with folder.opened() as store:
                yield from _state(store, cadence_of(settings), now)
                yield from _ages(settings, store, now)
                if missing := unwritten(store, busy=busy or folder.is_held()):
                    yield Finding(Level.WARNING, "workbook", missing.sentence, missing.hint, missing.fields())
        except StoreError as error:
            yield Finding(Level.FAILED, "case", str(error), error.hint, code=Exit.FAILED)
    yield from _schedule(folder, now)
    yield from _telling(settings)


def allow_findings(settings: Config, now: datetime) -> Iterator[Finding]:
    """Entries of the allowlist that have ended: what they covered is reported again."""
    for number, entry in enumerate(settings.policy.allowed, start=1):
        if entry.expires < now.date():
            sentence = f"Entry {number} ({entry.reason}) expired on {entry.expires}: what it covers is reported again."
            facts: dict[str, JsonValue] = {"entry": number, "expired": entry.expires.isoformat()}
            yield Finding(Level.WARNING, "allow", sentence, "Remove the entry, or give it a new day.", facts)


def _state(store: Store, cadence: Cadence | None, now: datetime) -> Iterator[Finding]:
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
        hint = "Scan now, and look at why the scheduler did not: `missedbcc schedule show`."
        yield Finding(Level.FAILED, "runs", late, hint, facts, Exit.FAILED)
    elif runs[-1].outcome is not Outcome.COMPLETE:
        ended = str(runs[-1].outcome) if runs[-1].outcome else "killed, or goes on now"
        hint = "Scan again: it goes on where the last run ended."
        yield Finding(Level.WARNING, "runs", f"{told} The last run: {ended}.", hint, facts)
    else:
        yield Finding(Level.OK, "runs", told, facts=facts)
    if is_untold(runs):
        yield Finding(Level.WARNING, "tell", UNTOLD, UNTOLD_HINT)
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


def _schedule(folder: CaseFolder, now: datetime) -> Iterator[Finding]:
    from scanner.schedule import read_installed  # noqa: PLC0415 - a help text must not pay for it

    installed = read_installed(folder.schedule)
    if installed is None:
        return
    following = installed.cadence.after(now.astimezone())
    facts: dict[str, JsonValue] = {"system": str(installed.system), "next": following.isoformat()}
    if changed := installed.changed():
        sentence = f"{changed[0]} is gone, or was changed since it was written."
        yield Finding(Level.WARNING, "schedule", sentence, "Run: missedbcc schedule install", facts)
    else:
        sentence = f"{installed.system}, {installed.cadence}; next {following:%A %Y-%m-%d %H:%M}."
        yield Finding(Level.OK, "schedule", sentence, facts=facts)


def _telling(settings: Config) -> Iterator[Finding]:
    wanted = settings.unattended
    if wanted.secrets:
        from scanner.connectors.credentials import secret_of  # noqa: PLC0415

        for reference in wanted.secrets:
            try:
                secret_of(reference)
            except SettingsError as error:
                yield Finding(Level.FAILED, "tell", str(error), error.hint, code=Exit.USAGE)
    if wanted.telling:
        ways = [name for name in ("mail", "webhook", "services") if getattr(wanted.telling, name)]
        yield Finding(Level.OK, "tell", f"After a run, by {', '.join(ways)} ({wanted.telling.when}); not tried here.")
    places = (("log", wanted.log), ("metrics", wanted.metrics.file if wanted.metrics else None))
    for subject, file in places:
        if file:
            yield _writable(subject, file)


def _writable(subject: str, file: Path) -> Finding:
    """Whether a file can be written; a metrics file is put in place of the old one, so its folder counts."""
    place_of = file if subject == "log" and file.exists() else file.absolute().parent
    if os.access(place_of, os.W_OK) and not file.is_dir():
        return Finding(Level.OK, subject, f"{file} can be written.")
    return Finding(Level.FAILED, subject, f"{file} cannot be written.", f"Make {place_of} writable.", code=Exit.FAILED)
