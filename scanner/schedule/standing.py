"""Whether an installed schedule stands, and whether it starts anything, asked of the scheduler itself."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scanner.errors import ScheduleError
from scanner.schedule import launchd, windows
from scanner.schedule.cron import moments, without_block
from scanner.schedule.installed import Installed, sha256_of
from scanner.schedule.job import System
from scanner.schedule.system import LIST, answered, crontab, said
from scanner.schedule.systemd import control, start_commands

_SECONDS: Final = 10.0  # for each question
_MISSING: Final = "No such file"  # what systemctl before version 254 says in place of a word
_ANEW: Final = "Run: missedbcc schedule install"
_MOVED: Final = "Run for this folder: missedbcc schedule remove, then missedbcc schedule install"
CRONTAB: Final = Path("crontab")
NOT_ASKED: Final = (System.LAUNCHD, System.WINDOWS)
"""Of these nobody can find out here: `runs` is None, and nothing has failed."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of a schedule.

    `runs` is whether the scheduler starts the scan, None where that could not be told. `sentence` says what is wrong or
    not known, and `hint` what to do; both are "" where all is well. `changed` are the files that are gone, or that
    somebody has changed since.
    """

    runs: bool | None
    sentence: str = ""
    hint: str = ""
    changed: tuple[Path, ...] = ()


def standing_of(installed: Installed, case: Path) -> Standing:
    """What became of it now. The scheduler is only asked, and never for longer than some seconds.

    `case` is the folder that holds what was remembered.
    """
    if not installed.is_of(case):
        why = f"What is scheduled scans {installed.case}, and not this folder: the case was moved, or copied, here."
        return Standing(runs=False, sentence=why, hint=_MOVED)
    if installed.system is System.CRON:
        return _of_cron(installed)
    changed = tuple(installed.changed())
    runs, sentence, hint = _imported(installed)
    if runs is not False and changed:
        sentence, hint = f"{changed[0]} is gone, or was changed since it was written.", _ANEW
    elif runs is False and any(not path.exists() for path in changed):
        hint = _ANEW  # what is not there cannot be started
    return Standing(runs, sentence, hint, changed)


def _of_cron(installed: Installed) -> Standing:
    try:
        table, failed = crontab(_SECONDS)
    except ScheduleError as error:
        table, failed = "", str(error)
    if failed:
        told = f"Whether the lines of {installed.name} are in the crontab could not be told: {failed}"
        return Standing(None, told, f"Run by hand: {shlex.join(LIST)}")
    block = without_block(table, installed.name)[1]
    lines = block.splitlines()
    if not lines:
        why = f"The lines of {installed.name} are not in the crontab, so nothing starts the scan."
        return Standing(runs=False, sentence=why, hint=_ANEW, changed=(CRONTAB,))
    live = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not live:
        why = f"The lines of {installed.name} in the crontab are all comments, so nothing starts the scan."
        return Standing(runs=False, sentence=why, hint=_ANEW, changed=(CRONTAB,))
    as_written = not installed.block or sha256_of(block.encode("utf-8", "surrogateescape")) == installed.block
    if not as_written or not live[0].startswith(f"{moments(installed.cadence)} "):
        why = f"The lines of {installed.name} in the crontab were changed since they were written."
        return Standing(runs=True, sentence=why, hint=_ANEW, changed=(CRONTAB,))
    return Standing(runs=True)


def _imported(installed: Installed) -> tuple[bool | None, str, str]:
    if installed.system in NOT_ASKED:
        where = launchd if installed.system is System.LAUNCHD else windows
        ask = where.question(installed.name)
        return None, f"Whether {installed.system} knows it is not asked here.", f"See by hand: {' '.join(ask)}"
    return _of_systemd(installed)


def _of_systemd(installed: Installed) -> tuple[bool | None, str, str]:
    """Enabled is that it will start after the next boot or login, active that it does so now; both are needed."""
    timer = f"{installed.name}.timer"
    start = " && ".join(map(shlex.join, start_commands(installed.system, installed.name)))
    for question, wanted in (("is-enabled", "enabled"), ("is-active", "active")):
        command = (*control(installed.system), question, timer)
        word, why = _word(command)
        if not word:
            told = f"Whether {timer} starts anything could not be told: {why}"
            return None, told, f"Run by hand: {shlex.join((*control(installed.system), 'status', timer))}"
        if word != wanted:
            return False, f"{timer} is {word}, so nothing starts the scan.", f"Run: {start}"
    return True, "", ""


def _word(command: tuple[str, ...]) -> tuple[str, str]:
    """The one word that systemctl answers, "" and a sentence where there is none."""
    try:
        answer = answered(command, seconds=_SECONDS)
    except ScheduleError as error:
        return "", str(error)
    word = answer.stdout.strip()
    if not word and _MISSING in answer.stderr:
        word = "not-found"
    return word[:40], f"`{shlex.join(command)}` failed: {said(answer)}"
