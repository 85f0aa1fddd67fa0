"""Units of systemd, as systemd itself reads them."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest

from scanner.errors import SettingsError
from scanner.schedule import Job, System, plan_of
from scanner.schedule.systemd import calendar, service, timer
from scanner.unattended import Cadence, Every, Weekday
from tests.needed import program
from tests.schedule.jobs import ODD_NAMES, PLAIN, odd

CADENCES = [
    Cadence(),
    Cadence(Every.DAY, at=time(23, 59)),
    Cadence(Every.MONTH, day=28),
    Cadence(weekday=Weekday.SUNDAY),
]


def analyze(*words: str | Path) -> str:
    done = subprocess.run(
        [program("systemd-analyze", "systemd"), *words], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def write(job: Job, system: System, folder: Path) -> list[Path]:
    plan = plan_of(job, system, folder)
    for path, content in plan.files:
        path.write_bytes(content)
    return [path for path, _ in plan.files]


@pytest.mark.parametrize("cadence", CADENCES)
def test_systemd_understands_every_moment(cadence: Cadence) -> None:
    answer = analyze("calendar", calendar(cadence))
    (following,) = [line for line in answer.splitlines() if "Next elapse:" in line]
    assert f"{cadence.at:%H:%M}:00" in following
    if cadence.every is Every.WEEK:
        assert f" {cadence.weekday.short} " in following


@pytest.mark.parametrize("system", [System.USER, System.SYSTEM])
@pytest.mark.parametrize("name", ["plain", *ODD_NAMES])
def test_systemd_finds_no_fault(tmp_path: Path, system: System, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))  # that a user has who is signed in
    words = ("verify", "--man=no", *(("--user",) if system is System.USER else ()))
    assert analyze(*words, *write(odd(name), system, tmp_path)) == ""


@pytest.mark.parametrize("name", ODD_NAMES)
def test_each_word_reaches_the_program_as_it_is(tmp_path: Path, name: str) -> None:
    """systemd's own reading of the line, as `systemctl show` would tell it."""
    line = next(line for line in service(odd(name), whole=True).splitlines() if line.startswith("ExecStart="))
    assert unquoted(line.removeprefix("ExecStart=")) == list(odd(name).command)


def unquoted(line: str) -> list[str]:
    """By systemd.syntax(7): quotes and backslashes as a shell, then %% and $$ are one each."""
    return [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(line)]


@pytest.mark.parametrize("user", ["root", "scan"])
def test_the_whole_system_is_well_guarded_from_the_service(tmp_path: Path, user: str) -> None:
    unit, _ = write(replace(PLAIN, run_as=user), System.SYSTEM, tmp_path)
    analyze("security", "--offline=true", "--threshold=25", "--no-pager", unit)  # of 100; without guards it is 96


def test_root_may_read_what_others_keep_to_themselves_and_nothing_more() -> None:
    ours = service(replace(PLAIN, run_as="root"), whole=True).splitlines()
    assert "User=root" in ours
    assert [line for line in ours if "Capabilit" in line] == [
        "AmbientCapabilities=",
        "CapabilityBoundingSet=CAP_DAC_READ_SEARCH",
    ]
    assert "CapabilityBoundingSet=" in service(replace(PLAIN, run_as="scan"), whole=True).splitlines()


def test_nothing_runs_as_root_unasked(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="needs a user to run as") as caught:
        plan_of(replace(PLAIN, run_as=""), System.SYSTEM, tmp_path)
    assert "--run-as root" in caught.value.hint
    assert "User=" not in service(replace(PLAIN, run_as=""), whole=False)


def test_missed_runs_are_made_up_for_and_neighbours_do_not_start_at_once() -> None:
    text = timer(PLAIN)
    assert "Persistent=true\n" in text
    assert "RandomizedDelaySec=30min\n" in text


def test_a_user_s_unit_asks_for_nothing_that_only_root_may() -> None:
    text = service(PLAIN, whole=False)
    assert "NoNewPrivileges=yes" in text
    for name in ("Protect", "Private", "Capabilit", "ReadWritePaths", "User=", "network-online"):
        assert name not in text


def test_the_service_may_write_where_the_case_is_and_nowhere_else() -> None:
    text = service(odd("two words"), whole=True)
    assert "ProtectSystem=strict\n" in text
    assert 'ReadWritePaths="/srv/two words/case" "/srv/two words/log"\n' in text
    assert "LoadCredential=mail:/srv/two words/pw\n" in text
    assert "PrivateTmp=yes" in text
    assert "PrivateTmp=yes" not in service(replace(PLAIN, folder=Path("/tmp/x")), whole=True)  # noqa: S108
    assert "User=scan\n" in service(replace(PLAIN, run_as="scan"), whole=True)


@pytest.mark.parametrize("name", ["a\nExecStart=/bin/sh", "a\tb", "a ", "a\\", "\x7f"])
def test_a_name_that_no_unit_can_carry_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        plan_of(replace(PLAIN, folder=Path("/srv") / name), System.SYSTEM, tmp_path)
    assert "\n" not in str(caught.value)
