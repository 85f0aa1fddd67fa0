"""A scan of one account makes no other one younger; and an account that left the config is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import mail, missedbcc
from tests.cli.test_late import age

FIRST = '[account.first]\ntype = "mbox"\npath = "first.mbox"\n'
SECOND = '[account.second]\ntype = "mbox"\npath = "second.mbox"\n'
THIRD = '[account.third]\ntype = "mbox"\npath = "third.mbox"\n'
WEEKLY = '[organisation]\ninternal = ["corp.example"]\n[schedule]\nevery = "weekly"\n'
LATE = "; that is longer ago than the schedule says"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Two accounts, both read once, 90 days ago."""
    mail(tmp_path / "first.mbox")
    mail(tmp_path / "second.mbox")
    (tmp_path / "missedbcc.toml").write_text(WEEKLY + FIRST + SECOND)
    assert missedbcc(tmp_path, "scan").code == 4
    assert LATE not in missedbcc(tmp_path, "status").out
    age(tmp_path, 90)
    return tmp_path


def test_a_scan_of_one_account_does_not_hide_the_age_of_the_other(here: Path) -> None:
    missedbcc(here, "scan", "second")
    told = missedbcc(here, "status")
    assert told.code == 3
    assert "first: last read without trouble: 90 days ago, " in told.out
    assert [line[:6] for line in told.out.splitlines() if line.endswith(LATE)] == ["first:"]
    ages = [one for one in missedbcc(here, "status", "--json").objects if one["event"] == "account"]
    assert [(one["account"], one["late"], one["configured"]) for one in ages] == [
        ("first", True, True), ("second", False, True),
    ]  # fmt: skip
    checked = missedbcc(here, "check").out
    assert "warning  age: first: last read without trouble: 90 days ago" in checked
    assert "age: second" in checked
    assert missedbcc(here, "scan").code == 0
    assert missedbcc(here, "status").code == 0


def test_an_account_that_met_trouble_was_not_read(here: Path) -> None:
    (here / "first.mbox").unlink()
    assert missedbcc(here, "scan").code == 3
    told = missedbcc(here, "status").out
    assert [line[:6] for line in told.splitlines() if line.endswith(LATE)] == ["first:"]


def test_an_account_that_left_the_config_is_said_so_with_its_date(here: Path) -> None:
    (here / "missedbcc.toml").write_text(WEEKLY + FIRST)
    assert missedbcc(here, "scan").code == 0
    told = missedbcc(here, "status")
    assert told.code == 0
    gone = "second: not in the config, so that a scan without its name passes it by; last read without trouble: 90 days"
    assert gone in told.out
    assert f"warning  age: {gone}" in missedbcc(here, "check").out


def test_an_account_that_is_new_in_the_config_is_not_late(here: Path) -> None:
    assert missedbcc(here, "scan").code == 0
    mail(here / "third.mbox")
    (here / "missedbcc.toml").write_text(WEEKLY + FIRST + SECOND + THIRD)
    told = missedbcc(here, "status")
    assert (told.code, "third: not scanned yet\n" in told.out) == (0, True)
    (third,) = [one for one in missedbcc(here, "status", "--json").objects if one.get("account") == "third"]
    assert (third["late"], third["last_read"], third["configured"]) == (False, None, True)


def test_an_account_that_was_to_be_read_and_never_was_is_late_from_the_first_such_run_on(here: Path) -> None:
    (here / "missedbcc.toml").write_text(WEEKLY + FIRST + SECOND + THIRD)
    assert missedbcc(here, "scan").code == 3
    assert "third: last read without trouble: never\n" in missedbcc(here, "status").out
    age(here, 90)
    assert f"third: last read without trouble: never{LATE}\n" in missedbcc(here, "status").out
