"""Runs that were missed, mail that went, and files that are no mail: what the commands say of them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from scanner.case import Outcome, Run
from scanner.cli.lateness import Punctuality
from scanner.errors import ReportError
from scanner.policy import Policy
from scanner.unattended import Cadence
from tests.cli.command import mail, message, missedbcc
from tests.cli.test_ended_early import manifests

SCAN = ("scan", "box", "--internal", "corp.example")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A Maildir of three messages that was scanned once, and is to be scanned every week."""
    for name in ("cur", "new", "tmp"):
        (tmp_path / "box/.Sent" / name).mkdir(parents=True)
        (tmp_path / "box" / name).mkdir()
    for number in range(1, 4):
        (tmp_path / f"box/.Sent/cur/{number}:2,S").write_bytes(message(number))
    (tmp_path / "missedbcc.toml").write_text('[schedule]\nevery = "weekly"\n')
    assert "missed" not in missedbcc(tmp_path, *SCAN).err
    return tmp_path


def age(folder: Path, days: int) -> None:
    statement = "UPDATE run SET started = datetime('now', :ago), finished = datetime('now', :ago)"
    with closing(sqlite3.connect(folder / "missedbcc-case/case.sqlite")) as database, database:
        database.execute(statement, {"ago": f"-{days} days"})


def test_a_missed_run_is_said_by_the_next_one_and_kept_with_it(here: Path) -> None:
    age(here, 8)
    assert "missed" not in missedbcc(here, *SCAN, "--quiet").err
    age(here, 21)
    sentence = (
        "Runs were missed before this one. The last complete run was 21 days before it; the schedule says every Monday"
    )
    done = missedbcc(here, *SCAN, "--quiet")
    assert done.err.startswith(sentence)
    with closing(sqlite3.connect(here / "missedbcc-case/case.sqlite")) as database:
        (notices,) = database.execute("SELECT notices FROM run ORDER BY id DESC LIMIT 1").fetchone()
    assert "Runs were missed before this one." in notices
    assert list(manifests(here).values())[-1]["done"] == {"lateness noted": 1}
    assert "missed" not in missedbcc(here, *SCAN, "--quiet").err


def test_runs_that_came_and_were_incomplete_were_not_missed() -> None:
    now = datetime(2026, 11, 23, 6, tzinfo=UTC)
    runs = [
        Run(4 - week, now - timedelta(weeks=week), None, "0.1.0", Policy(), (), (), Outcome.INCOMPLETE)
        for week in (4, 3, 2, 1)
    ]
    never = "No run before it was complete, in 28 days; the schedule says every Monday at 06:00."
    assert Punctuality.of(runs).before(Cadence(), now) == never
    assert Punctuality.of(runs[:2]).before(Cadence(), now) == f"Runs were missed before this one. {never}"
    assert Punctuality.of(runs).sentence(Cadence(), now).startswith("No run was ever complete, in 28 days; ")
    whole = replace(runs[0], outcome=Outcome.COMPLETE)
    old = "The last complete run was 28 days before it; the schedule says every Monday at 06:00."
    assert Punctuality.of([whole, *runs[1:]]).before(Cadence(), now) == old
    assert Punctuality.of([whole]).before(Cadence(), now) == f"Runs were missed before this one. {old}"
    assert Punctuality.of([whole]).sentence(Cadence(), now).startswith("The last complete run is 28 days old; ")


def test_a_run_that_fails_is_none_of_those_before_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise ReportError("The disk is full.")

    age(here, 21)
    monkeypatch.setattr(import_module("scanner.cli.scan"), "hand_over", fail)
    done = missedbcc(here, *SCAN, "--quiet")
    assert done.code == 1
    assert "Runs were missed before this one. " in done.err


def test_what_went_since_is_no_share_of_what_is_there(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox", [1, 2, 3])
    words = ("scan", "Sent.mbox", "--internal", "corp.example")
    missedbcc(tmp_path, *words)
    with closing(sqlite3.connect(tmp_path / "missedbcc-case/case.sqlite")) as database, database:
        database.execute("UPDATE folder SET gone = 1, expected = 2")
    assert "Sent.mbox: 3 read, 1 no longer there\n" in missedbcc(tmp_path, "status").out
    folder = next(one for one in missedbcc(tmp_path, "status", "--json").objects if one["event"] == "folder")
    assert (folder["read"], folder["gone"], folder["expected"], folder["missing"]) == (3, 1, 2, 0)


def test_check_gives_one_line_for_all_files_that_are_no_mail(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters/1.eml").write_bytes(message(1))
    for number in range(8):
        (tmp_path / f"letters/{number}.json").write_text("{}")
    done = missedbcc(tmp_path, "check", "letters")
    assert done.out.count("no mail that we know") == 1
    assert "warning  files: 8 files are not read. " in done.out
    assert ", and 3 more" in done.out
    assert "letters: 1 message (whole archive given)." in done.out
    (files,) = [
        one for one in missedbcc(tmp_path, "check", "letters", "--json").objects if one.get("subject") == "files"
    ]
    assert len(files["paths"]) == 8


def test_an_account_that_did_not_open_is_told_without_counts(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox", [1, 2, 3])
    (tmp_path / "missedbcc.toml").write_text(
        '[organisation]\ninternal = ["corp.example"]\n[account.here]\ntype = "mbox"\npath = "Sent.mbox"\n'
        '[account.gone]\ntype = "mbox"\npath = "gone.mbox"\n'
    )
    assert missedbcc(tmp_path, "scan").code == 3
    told = missedbcc(tmp_path, "status")
    assert told.code == 3
    assert any(line.startswith("gone: not read: ") for line in told.out.splitlines())
    assert "here: Sent.mbox: 3 read\n" in told.out
    assert "Last complete run: none" in told.out
