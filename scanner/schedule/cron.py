"""A job as two comments and a line in the user's crontab, for systems without systemd."""

from __future__ import annotations

import shlex
from pathlib import Path

from scanner.errors import ScheduleError
from scanner.schedule.job import MARK, Job, Plan, System, refuse
from scanner.unattended import Cadence, Every

_NOTE = "cron does not make up for runs that were missed while the machine was off; the next run says so."


def plan(job: Job) -> Plan:
    """The block for the crontab. Raises SettingsError."""
    refuse(job, "\\", "a crontab")  # of two cron programs one takes a backslash away and the other does not
    return Plan(System.CRON, job.name, block=block(job), notes=(_NOTE,))


def block(job: Job) -> str:
    """The lines, with the marks between which they stand."""
    command = f"cd {shlex.quote(str(job.folder))} && umask 077 && exec {shlex.join(job.command)}"
    escaped = command.replace("%", "\\%")  # an unescaped one ends the command (crontab(5))
    return f"{_begin(job.name)}\n# {MARK}\n{moments(job.cadence)} {escaped}\n{_end(job.name)}\n"


def moments(cadence: Cadence) -> str:
    """The five fields: minute, hour, day of month, month, day of week (0 is Sunday)."""
    at = f"{cadence.at.minute} {cadence.at.hour}"
    if cadence.every is Every.WEEK:
        return f"{at} * * {(cadence.weekday + 1) % 7}"
    return f"{at} * * *" if cadence.every is Every.DAY else f"{at} {cadence.day} * *"


def with_block(table: str, name: str, lines: str) -> str:
    """The crontab with the lines in place of those that stood there under the name; every other line stays."""
    rest, _ = without_block(table, name)
    gap = "" if not rest or rest.endswith("\n") else "\n"
    return f"{rest}{gap}{lines}"


def without_block(table: str, name: str) -> tuple[str, str]:
    """The crontab without the lines under the name, and those lines ("" where there are none)."""
    kept: list[str] = []
    taken: list[str] = []
    inside = False
    for line in table.splitlines(keepends=True):
        inside = inside or line.rstrip("\n") == _begin(name)
        (taken if inside else kept).append(line)
        inside = inside and line.rstrip("\n") != _end(name)
    if inside:  # the end is gone: whose the lines behind the beginning are, nobody knows
        return table, ""
    return "".join(kept), "".join(taken)


def left_over(table: str, name: str, case: Path) -> list[int]:
    """The numbers of the lines, from 1, that belong to the name or scan the case, although no marks enclose them."""
    scans = f" --case {shlex.quote(str(case))} ".replace("%", "\\%")
    return [
        number
        for number, line in enumerate(table.splitlines(), start=1)
        if line in {_begin(name), _end(name)} or (not line.lstrip().startswith("#") and scans in f"{line} ")
    ]


def refuse_torn(table: str, name: str) -> None:
    """Raise ScheduleError where one mark of the name stands without the other: new lines would run beside old ones."""
    rest, _ = without_block(table, name)
    for line in rest.splitlines():
        if line in {_begin(name), _end(name)}:
            raise ScheduleError(
                f"In the crontab `{line}` stands without the line that belongs to it.",
                "Run `crontab -e`, remove what is left of the old lines, then repeat this.",
            )


def _begin(name: str) -> str:
    return f"# BEGIN {name}"


def _end(name: str) -> str:
    return f"# END {name}"
