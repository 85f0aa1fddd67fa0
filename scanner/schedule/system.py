"""The system's scheduler itself: which one there is, and how files and commands reach it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from scanner.errors import ScheduleError
from scanner.schedule.cron import with_block, without_block
from scanner.schedule.job import Plan, System
from scanner.whole_file import whole_file

_SECONDS: Final = 60.0
_MODE: Final = 0o644  # no secret stands in a unit, and the system must be able to read it
_RUNNING: Final = Path("/run/systemd/system")  # sd_booted(3)


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


def put(plan: Plan) -> None:
    """Write what the plan says and make the system take notice. Raises ScheduleError."""
    for path, content in plan.files:
        _write(path, content)
    if plan.block:
        _write_crontab(with_block(read_crontab(), plan.name, plan.block))
    if not plan.by_hand:
        for command in plan.start:
            run(command)


def take_away(stop: Sequence[Sequence[str]], files: Iterable[Path], cron_name: str) -> None:
    """Undo it: the first command, then the files, then the other commands. Raises ScheduleError.

    Where none of the files is there any more, the system knows nothing that commands could stop.
    """
    there = [path for path in files if path.exists()]
    stop = stop if there else ()
    for command in stop[:1]:
        run(command)
    for path in there:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise ScheduleError(f"{path} cannot be removed: {error.strerror}.", "Remove it by hand.") from None
    if cron_name:
        rest, taken = without_block(read_crontab(), cron_name)
        if taken:
            _write_crontab(rest)
    for command in stop[1:]:
        run(command)


def read_crontab() -> str:
    """The user's crontab, "" where there is none. Raises ScheduleError."""
    answer = _answer(("crontab", "-l"))
    return answer.stdout if answer.returncode == 0 else ""


def run(command: Sequence[str]) -> None:
    """Run a command of the scheduler. Raises ScheduleError where it fails."""
    answer = _answer(command)
    if answer.returncode != 0:
        why = " ".join(answer.stderr.split())[:300]
        line = " ".join(command)
        raise ScheduleError(f"`{line}` failed: {why or f'code {answer.returncode}'}", f"Run it by hand: {line}")


def _write_crontab(text: str) -> None:
    answer = _answer(("crontab", "-"), text)
    if answer.returncode != 0:
        why = " ".join(answer.stderr.split())[:300]
        raise ScheduleError(f"crontab refused the new table: {why}", "The old one stands; add the lines by hand.")


def _answer(command: Sequence[str], text: str = "") -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - no shell; the words are ours
            command, input=text, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except FileNotFoundError:
        raise ScheduleError(
            f"The program {command[0]} is not there.", "Choose another scheduler with --on, or use --into DIR."
        ) from None
    except subprocess.TimeoutExpired:
        raise ScheduleError(f"{command[0]} gave no answer.", "Run it by hand: " + " ".join(command)) from None


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
