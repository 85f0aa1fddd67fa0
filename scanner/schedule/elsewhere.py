"""Files of a schedule that were written into a folder, and the commands that bring them to where they work."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from scanner.schedule.job import Plan, System

_HOMES = {
    System.USER: "~/.config/systemd/user",
    System.SYSTEM: "/etc/systemd/system",
    System.LAUNCHD: "~/Library/LaunchAgents",
}


def cron_file(plan: Plan, folder: Path) -> Path:
    """Where the lines for the crontab are written."""
    return folder / f"{plan.name}.cron"


def spoken(system: System, command: Sequence[str]) -> str:
    """A command as it is typed on the system that it is for."""
    return subprocess.list2cmdline(command) if system is System.WINDOWS else shlex.join(command)


def commands(plan: Plan, folder: Path) -> tuple[str, ...]:
    """What a person runs in a shell to make the files of a plan, which lie in this folder, work."""
    if plan.system is System.CRON:
        return (_joined_to_the_table(cron_file(plan, folder)),)
    there = _HOMES.get(plan.system)
    if there is None:
        return tuple(spoken(plan.system, command) for command in plan.start)
    files = shlex.join([str(path) for path, _ in plan.files])
    copied = f"mkdir -p {there} && cp {files} {there}/"
    if plan.system is System.LAUNCHD:
        return copied, f"launchctl bootstrap gui/$(id -u) {there}/{plan.files[0][0].name}"
    return (copied, *map(shlex.join, plan.start))


def _joined_to_the_table(lines: Path) -> str:
    """One command that keeps a copy of the table, and stops where the table can neither be read nor is missing."""
    new, old, said = (shlex.quote(f"{lines}{end}") for end in ("", ".before", ".said"))
    read = f"LC_ALL=C crontab -l >{old} 2>{said} || grep -q 'no crontab for' {said}"
    return f"{{ {read}; }} && cat {old} {new} | crontab -"
