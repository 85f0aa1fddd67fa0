"""A job as a task of the Windows Task Scheduler, written out for the user to import."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from scanner.schedule.job import MARK, Job, Plan, System, refuse
from scanner.unattended import Cadence, Every

NAMESPACE: Final = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def plan(job: Job, folder: Path) -> Plan:
    """The task, in a folder, and how it is imported."""
    refuse(job, "", "a task of Windows")
    file = folder / f"{job.name}.xml"
    return Plan(
        System.WINDOWS,
        job.name,
        ((file, task(job)),),
        start=(("schtasks", "/Create", "/TN", job.name, "/XML", str(file)),),
        stop=(("schtasks", "/Delete", "/TN", job.name, "/F"),),
        by_hand=True,
        notes=("To run while nobody is signed in, add /RU and /RP to the first command.",),
    )


def question(name: str) -> tuple[str, ...]:
    """What shows whether the Task Scheduler knows a task."""
    return ("schtasks", "/Query", "/TN", name)


def task(job: Job) -> bytes:
    """The file, in UTF-16 as schtasks reads it. A missed run is made up for; a second beside the first is not begun."""
    root = ET.Element("Task", {"version": "1.2", "xmlns": NAMESPACE})
    _put(root, "RegistrationInfo", {"Description": f"missedbcc, {job.cadence}. {MARK}"})
    trigger = ET.SubElement(ET.SubElement(root, "Triggers"), "CalendarTrigger")
    _put(trigger, "", {"StartBoundary": f"2026-01-01T{job.cadence.at:%H:%M}:00", "RandomDelay": "PT30M"})
    _add_moments(trigger, job.cadence)
    principal = ET.SubElement(ET.SubElement(root, "Principals"), "Principal", {"id": "Author"})
    _put(principal, "", {"LogonType": "InteractiveToken", "RunLevel": "LeastPrivilege"})
    _put(
        root,
        "Settings",
        {
            "MultipleInstancesPolicy": "IgnoreNew",
            "DisallowStartIfOnBatteries": "false",
            "StartWhenAvailable": "true",
            "RunOnlyIfNetworkAvailable": "true",
            "ExecutionTimeLimit": "PT0S",
            "Priority": "7",
        },
    )
    action = ET.SubElement(ET.SubElement(root, "Actions", {"Context": "Author"}), "Exec")
    program, *words = job.command
    values = {"Command": program, "Arguments": subprocess.list2cmdline(words), "WorkingDirectory": str(job.folder)}
    _put(action, "", values)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-16", xml_declaration=True)
    return text


def _add_moments(trigger: ET.Element, cadence: Cadence) -> None:
    if cadence.every is Every.DAY:
        _put(trigger, "ScheduleByDay", {"DaysInterval": "1"})
    elif cadence.every is Every.WEEK:
        week = _put(trigger, "ScheduleByWeek", {"WeeksInterval": "1"})
        ET.SubElement(ET.SubElement(week, "DaysOfWeek"), cadence.weekday.name.capitalize())
    else:
        month = ET.SubElement(trigger, "ScheduleByMonth")
        ET.SubElement(ET.SubElement(month, "DaysOfMonth"), "Day").text = str(cadence.day)
        months = ET.SubElement(month, "Months")
        for name in _MONTHS:
            ET.SubElement(months, name)


def _put(parent: ET.Element, name: str, values: dict[str, str]) -> ET.Element:
    """Values as elements below a new element, or below the parent itself where the name is empty."""
    element = ET.SubElement(parent, name) if name else parent
    for key, value in values.items():
        ET.SubElement(element, key).text = value
    return element
