"""A job as a property list of launchd (macOS), written out for the user to load."""

from __future__ import annotations

import os
import plistlib
from pathlib import Path

from scanner.schedule.job import Job, Plan, System, refuse
from scanner.unattended import Cadence, Every


def plan(job: Job, folder: Path) -> Plan:
    """The property list, in a folder, and how launchd takes notice of it."""
    refuse(job, "", "a property list")
    file = folder / f"{job.name}.plist"
    domain = _domain()
    return Plan(
        System.LAUNCHD,
        job.name,
        ((file, plist(job)),),
        start=(("launchctl", "bootstrap", domain, str(file)),),
        stop=(("launchctl", "bootout", f"{domain}/{job.name}"),),
        by_hand=True,
        notes=("launchd makes up for a run that was missed while the machine slept, not for one while it was off.",),
    )


def plist(job: Job) -> bytes:
    """The file (launchd.plist(5)); the umask is a decimal number there."""
    return plistlib.dumps(
        {
            "Label": job.name,
            "ProgramArguments": list(job.command),
            "WorkingDirectory": str(job.folder),
            "StartCalendarInterval": _moment(job.cadence),
            "ProcessType": "Background",
            "LowPriorityIO": True,
            "Umask": 0o077,
            "StandardErrorPath": str(job.case / "schedule.log"),
        }
    )


def question(name: str) -> tuple[str, ...]:
    """What shows whether launchd knows a job."""
    return ("launchctl", "print", f"{_domain()}/{name}")


def _domain() -> str:
    return f"gui/{os.getuid() if hasattr(os, 'getuid') else 501}"


def _moment(cadence: Cadence) -> dict[str, int]:
    moment = {"Hour": cadence.at.hour, "Minute": cadence.at.minute}
    if cadence.every is Every.WEEK:
        moment["Weekday"] = (cadence.weekday + 1) % 7  # 0 is Sunday
    if cadence.every is Every.MONTH:
        moment["Day"] = cadence.day
    return moment
