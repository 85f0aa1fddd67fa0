"""The system's scheduler itself: which one there is, and how files and commands reach it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from scanner.errors import ScheduleError
from scanner.schedule.cron import refuse_torn, with_block, without_block
from scanner.schedule.job import Plan, System
from scanner.schedule.systemd import stopped_by_hand
from scanner.whole_file import whole_file

_SECONDS: Final = 60.0
_MODE: Final = 0o644  # no secret stands in a unit, and the system must be able to read it
_RUNNING: Final = Path("/run/systemd/system")  # sd_booted(3)
LIST: Final = ("crontab", "-l")
"""What shows the user's table."""
_NO_TABLE: Final = "no crontab for"  # of Vixie's crontab and its heirs, with code 1


def found_system() -> System:
    """The scheduler of this machine. Raises ScheduleError where there is none."""
    if sys.platform == "win32":
        return System.WINDOWS
    if sys.platform == "darwin":
        return System.LAUNCHD
    if _RUNNING.is_dir():
        return System.SYSTEM if os.geteuid() == 0 else System.USER
    if shutil.which("crontab"):
        return System.CRON
    raise ScheduleError(
        "There is neither systemd nor cron on this machine.",
        "Choose one with --on, write its files with --into DIR, and take them where they are to run.",
    )


def folder_of(system: System) -> Path:
    """Where the files of a scheduler stand; not for cron."""
    home = Path.home()
    if system is System.USER:
        return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "systemd/user"
    if system is System.SYSTEM:
        return Path("/etc/systemd/system")
    return home / "Library/LaunchAgents" if system is System.LAUNCHD else Path.cwd()


def table_of(plan: Plan) -> str:
    """The whole crontab as the plan makes it, "" where the plan is not for cron. Writes nothing; raises ScheduleError.

    Asked before anything is written, so that a table that cannot be read is never replaced.
    """
    if not plan.block:
        return ""
    table = read_crontab()
    refuse_torn(table, plan.name)
    return with_block(table, plan.name, plan.block)


def put(plan: Plan, table: str) -> None:
    """Write what the plan says, and the `table_of` it, and make the system take notice. Raises ScheduleError."""
    for path, content in plan.files:
        _write(path, content)
    if table:
        _write_crontab(table)
    if not plan.by_hand:
        run(plan.start)


def take_away(stop: Sequence[Sequence[str]], files: Iterable[Path], cron_name: str) -> None:
    """Undo it: the first command, then the files, then the other commands. Raises ScheduleError.

    Where none of the files is there any more, the system knows nothing that commands could stop. Where the first
    command fails, the files go all the same, and the error names what remains to be run.
    """
    there = [path for path in files if path.exists()]
    stop = stop if there else ()
    failed = _failure_of(stop[:1])
    for path in there:
        _unlink(path)
    if cron_name:
        rest, taken = without_block(read_crontab(), cron_name)
        if taken:
            _write_crontab(rest)
    if failed:
        unit = stop[0][-1]
        _unlink(there[0].parent / "timers.target.wants" / unit)  # what enabling made; the command would take it away
        remaining = stopped_by_hand(stop)
        raise ScheduleError(
            f"{failed} The files are removed; only a timer that was loaded before may still start the scan.",
            f"Run by hand: {' && '.join(map(shlex.join, remaining))}",
        )
    run(stop[1:])


def _failure_of(commands: Sequence[Sequence[str]]) -> str:
    try:
        run(commands)
    except ScheduleError as error:
        return str(error)
    return ""


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ScheduleError(
            f"{path} cannot be removed: {error.strerror}.", "Run this again as a user who may remove it."
        ) from None


def read_crontab() -> str:
    """The user's crontab, of which lines shall be changed. Raises ScheduleError where it cannot be read."""
    table, why = crontab()
    if why:
        raise ScheduleError(
            f"The crontab cannot be read, so it is left as it is: {why}",
            "Run `crontab -l` by hand. Where there really is no table yet, make one with `crontab -e`, then repeat "
            "this.",
        )
    return table


def crontab(seconds: float = _SECONDS) -> tuple[str, str]:
    """The user's crontab, "" where crontab says that there is none; and why it cannot be read, "" where it can.

    Raises ScheduleError where crontab itself is not there, or gives no answer.
    """
    answer = answered(LIST, seconds=seconds)
    if answer.returncode == 0:
        return answer.stdout, ""
    if answer.returncode == 1 and not answer.stdout and _NO_TABLE in answer.stderr:
        return "", ""
    return "", f"`{shlex.join(LIST)}` failed: {said(answer)}"


def run(commands: Sequence[Sequence[str]]) -> None:
    """Run commands of the scheduler. Raises ScheduleError where one fails, with all those that remain to be run."""
    for number, command in enumerate(commands):
        remaining = f"Run by hand: {' && '.join(map(shlex.join, commands[number:]))}"
        if "--user" in command:  # its manager is reached through what a login sets up
            remaining += "  (signed in as yourself, not through sudo or su)"
        try:
            answer = answered(command)
        except ScheduleError as error:
            raise ScheduleError(str(error), remaining) from None
        if answer.returncode != 0:
            raise ScheduleError(f"`{shlex.join(command)}` failed: {said(answer)}", remaining)


def _write_crontab(text: str) -> None:
    answer = answered(("crontab", "-"), text)
    if answer.returncode != 0:
        raise ScheduleError(
            f"crontab refused the new table: {said(answer)}", "The old one stands; add the lines by hand."
        )


def said(answer: subprocess.CompletedProcess[str]) -> str:
    """Why a command failed, in its own words, in one line."""
    return " ".join(answer.stderr.split())[:300] or f"code {answer.returncode}"


def answered(command: Sequence[str], text: str = "", *, seconds: float = _SECONDS) -> subprocess.CompletedProcess[str]:
    """What a program answers to `text`, in the C locale, whatever its code. Raises ScheduleError without an answer."""
    try:
        done = subprocess.run(  # noqa: S603 - no shell; the words are ours
            command,
            input=text.encode("utf-8", "surrogateescape"),
            capture_output=True,
            env={**os.environ, "LC_ALL": "C", "LANGUAGE": ""},  # what it says is read
            timeout=seconds,
            check=False,
        )
    except FileNotFoundError:
        raise ScheduleError(
            f"The program {command[0]} is not there.", "Choose another scheduler with --on, or use --into DIR."
        ) from None
    except OSError as error:
        raise ScheduleError(
            f"The program {command[0]} cannot be started: {error.strerror}.", "Make it executable, or use --into DIR."
        ) from None
    except subprocess.TimeoutExpired:
        raise ScheduleError(f"{command[0]} gave no answer.", f"Run by hand: {shlex.join(command)}") from None
    # A table may hold any octets, and each line that is not ours goes back as it came.
    told = done.stdout.decode("utf-8", "surrogateescape")
    return subprocess.CompletedProcess(command, done.returncode, told, done.stderr.decode("utf-8", "replace"))


def _write(path: Path, content: bytes) -> None:
    """Write a file at once: the system never meets half of it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path, _MODE) as stream:
            stream.write(content)
    except OSError as error:
        raise ScheduleError(
            f"{path} cannot be written: {error.strerror}.",
            "Use --on systemd-user or --into DIR, or ask an administrator.",
        ) from None
