"""Property lists of launchd and tasks of Windows, read back by the standard library; and what is remembered."""

from __future__ import annotations

import plistlib
import stat
from datetime import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from scanner.schedule import Installed, System, plan_of, read_installed, sha256_of, write_installed
from scanner.schedule.windows import NAMESPACE
from scanner.unattended import Cadence, Every, Weekday
from tests.schedule.jobs import ODD_NAMES, PLAIN, odd


@pytest.mark.parametrize("name", ODD_NAMES)
def test_launchd_gets_every_word_as_it_is(tmp_path: Path, name: str) -> None:
    ((path, content),) = plan_of(odd(name), System.LAUNCHD, tmp_path).files
    told = plistlib.loads(content)
    assert told["ProgramArguments"] == list(odd(name).command)
    assert told["WorkingDirectory"] == str(odd(name).folder)
    assert path.name == f"{told['Label']}.plist"
    assert told["StartCalendarInterval"] == {"Hour": 6, "Minute": 0, "Weekday": 1}
    assert told["Umask"] == 0o077


@pytest.mark.parametrize(
    ("cadence", "moment"),
    [
        (Cadence(weekday=Weekday.SUNDAY), {"Hour": 6, "Minute": 0, "Weekday": 0}),
        (Cadence(Every.DAY, at=time(5, 7)), {"Hour": 5, "Minute": 7}),
        (Cadence(Every.MONTH, day=9), {"Hour": 6, "Minute": 0, "Day": 9}),
    ],
)
def test_launchd_knows_when(tmp_path: Path, cadence: Cadence, moment: dict[str, int]) -> None:
    job = PLAIN.__class__(PLAIN.name, PLAIN.command, PLAIN.folder, PLAIN.case, cadence)
    ((_, content),) = plan_of(job, System.LAUNCHD, tmp_path).files
    assert plistlib.loads(content)["StartCalendarInterval"] == moment


def task(job_name: str, cadence: Cadence, folder: Path) -> ET.Element:
    job = odd(job_name)
    job = job.__class__(job.name, job.command, job.folder, job.case, cadence)
    ((_, content),) = plan_of(job, System.WINDOWS, folder).files
    assert content.startswith((b"\xff\xfe", b"\xfe\xff"))
    return ET.fromstring(content)  # noqa: S314 - our own


def text(task: ET.Element, *names: str) -> str | None:
    return task.findtext("/".join(f"{{{NAMESPACE}}}{name}" for name in names))


@pytest.mark.parametrize("name", ODD_NAMES)
def test_windows_gets_every_word_as_it_is(tmp_path: Path, name: str) -> None:
    told = task(name, Cadence(), tmp_path)
    assert text(told, "Actions", "Exec", "Command") == "/bin/echo"
    assert text(told, "Actions", "Exec", "WorkingDirectory") == f"/srv/{name}"
    arguments = text(told, "Actions", "Exec", "Arguments") or ""
    quoted = name.replace('"', '\\"')
    assert arguments.endswith(f'"{quoted}"' if " " in name else quoted)
    assert text(told, "Settings", "StartWhenAvailable") == "true"
    assert text(told, "Settings", "MultipleInstancesPolicy") == "IgnoreNew"


def test_windows_knows_when(tmp_path: Path) -> None:
    days = {f"{{{NAMESPACE}}}{name}" for name in ("Sunday", "Day", "ScheduleByDay")}
    for cadence, tag in (
        (Cadence(weekday=Weekday.SUNDAY), "Sunday"),
        (Cadence(Every.MONTH, day=9), "Day"),
        (Cadence(Every.DAY), "ScheduleByDay"),
    ):
        told = task("x", cadence, tmp_path)
        assert {one.tag for one in told.iter()} & days == {f"{{{NAMESPACE}}}{tag}"}
        assert (text(told, "Triggers", "CalendarTrigger", "StartBoundary") or "").endswith("T06:00:00")


def test_what_is_remembered_comes_back_and_is_its_owner_s_alone(tmp_path: Path) -> None:
    unit = tmp_path / "a.service"
    unit.write_bytes(b"x")
    installed = Installed(
        System.USER, "missedbcc-1", Cadence(Every.MONTH, Weekday.FRIDAY, 3, time(4, 5)), {unit: sha256_of(b"x")}
    )
    file = tmp_path / "schedule.json"
    write_installed(file, installed)
    assert read_installed(file) == installed
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert installed.changed() == []
    unit.write_bytes(b"y")
    assert installed.changed() == [unit]
    for other in ("", "[]", "{}", '{"format": 2}', '{"format": 1, "every": "weekly"}', "null"):
        file.write_text(other)
        assert read_installed(file) is None
    assert read_installed(tmp_path / "none") is None
