"""Whether an installed timer starts anything: show, check and status ask systemd itself, and say where it is silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.cli.schedule_job import job_name
from tests.cli.command import mail, missedbcc
from tests.cli.schedulers import fake_schedulers

INSTALL = ("schedule", "install", "--on", "systemd-user")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return fake_schedulers(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("variable", "word", "level", "active"),
    [
        ("IS_ENABLED", "enabled", "ok", True),
        ("IS_ENABLED", "enabled-runtime", "failed", False),
        ("IS_ENABLED", "masked", "failed", False),
        ("IS_ACTIVE", "failed", "failed", False),
        ("IS_ACTIVE", "inactive", "failed", False),
        ("IS_ACTIVE", "", "warning", None),
        ("IS_ENABLED", "", "warning", None),
    ],
)
def test_systemd_is_asked_whether_the_timer_runs(
    here: Path, monkeypatch: pytest.MonkeyPatch, variable: str, word: str, level: str, active: bool | None
) -> None:
    mail(here / "Sent.mbox")
    assert missedbcc(here, *INSTALL, "--yes").code == 0
    monkeypatch.setenv(variable, word)
    shown = missedbcc(here, "schedule", "show", "--json")
    assert shown.objects[0]["active"] is active
    assert (shown.objects[0]["next"] is None) is (active is False)
    assert shown.code == (0 if active else 1)
    checked = missedbcc(here, "check", "--json")
    (line,) = [one for one in checked.objects if one.get("subject") == "schedule"]
    assert (line["level"], line["active"]) == (level, active)
    assert checked.code == (1 if active is False else 0)


def test_where_systemd_cannot_be_asked_it_is_said(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mail(here / "Sent.mbox")
    assert missedbcc(here, *INSTALL, "--yes").code == 0
    monkeypatch.setenv("BROKEN", "is-")
    timer = f"{job_name(here / 'missedbcc-case')}.timer"
    shown = missedbcc(here, "schedule", "show")
    assert shown.code == 1
    assert "if it is active, the next run is due Monday" in shown.out
    assert f"Whether {timer} starts anything could not be told: " in shown.out
    assert "no bus here" in shown.out
    assert f"Run by hand: systemctl --user status {timer}" in shown.err
    checked = missedbcc(here, "check")
    assert checked.code == 0
    assert "warning  schedule: systemd-user, every Monday at 06:00; next Monday" in checked.out
    assert "could not be told" in checked.out


def test_a_systemctl_that_hangs_is_not_waited_for(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert missedbcc(here, *INSTALL, "--yes").code == 0
    monkeypatch.setattr("scanner.schedule.standing._SECONDS", 0.2)
    (here.parent / "bin/systemctl").write_text("#!/bin/sh\nexec sleep 60\n")
    shown = missedbcc(here, "schedule", "show")
    assert shown.code == 1
    assert "could not be told: systemctl gave no answer." in shown.out


@pytest.mark.parametrize(
    ("variable", "word", "next_run", "also"),
    [
        ("IS_ACTIVE", "active", ", by systemd-user, every Monday at 06:00\n", ""),
        ("IS_ACTIVE", "inactive", "Next run: none\n", ".timer is inactive, so nothing starts the scan.\n"),
        ("BROKEN", "is-", ", by systemd-user, every Monday at 06:00, if that is active\n", "could not be told: "),
    ],
)
def test_status_asks_whether_the_timer_runs(
    here: Path, monkeypatch: pytest.MonkeyPatch, variable: str, word: str, next_run: str, also: str
) -> None:
    mail(here / "Sent.mbox")
    assert missedbcc(here, *INSTALL, "--yes").code == 0
    assert missedbcc(here, "scan").code in {0, 4}
    monkeypatch.setenv(variable, word)
    done = missedbcc(here, "status")
    assert (done.code, next_run in done.out, also in done.out) == (0, True, True)
    (told,) = [one for one in missedbcc(here, "status", "--json").objects if one["event"] == "schedule"]
    assert told["active"] is {"active": True, "inactive": False, "is-": None}[word]
    assert (told["next"] is None) is (word == "inactive")
