"""The command `purge`: what it shows, what it removes, what it leaves, and that the next scan finds nothing anew."""

from __future__ import annotations

import os
import shutil
import sqlite3
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner.errors import StoreError
from scanner.store import open_store
from scanner.store.purge import purges
from tests.cli.command import CANARY, mail, message, missedbcc

DAYS = ("--cleared", "365")


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A case of three messages of 2020: one below the gate, two incidents; and three runs with a workbook each."""
    mail(tmp_path / "Sent.mbox", [1, 6, 12, 30])
    for _ in range(3):
        missedbcc(tmp_path, "scan", "Sent.mbox", "--internal", "corp.example")
    return tmp_path


def messages(folder: Path) -> int:
    with open_store(folder / "missedbcc-case/case.sqlite") as store:
        return sum(1 for _ in store.candidates())


def workbooks(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "missedbcc-case").glob("*.xlsx"))


def test_it_shows_and_asks_before_anything_goes(case: Path) -> None:
    done = missedbcc(case, "purge", *DAYS)
    assert done.code == 2
    assert "add --yes" in done.err
    assert done.out.startswith("Messages that belong to no incident, from before 20")
    assert done.out.endswith(": 1\n")
    assert messages(case) == 3


def test_what_went_is_gone_recorded_and_not_found_again(case: Path) -> None:
    incidents = missedbcc(case, "report", "--json").objects[0]["incidents"]
    assert missedbcc(case, "purge", *DAYS, "--yes").code == 0
    assert messages(case) == 2
    files = [path for path in (case / "missedbcc-case").rglob("*") if path.is_file() and path.suffix != ".xlsx"]
    gone = f"{CANARY}.1.".encode()
    assert not [path for path in files if gone in path.read_bytes()]
    with open_store(case / "missedbcc-case/case.sqlite") as store:
        (line,) = purges(store)
    assert (line.kind, line.count) == ("messages that belong to no incident", 1)
    again = missedbcc(case, "scan", "Sent.mbox", "--internal", "corp.example", "--json").objects[-1]
    assert (again["new"], again["incidents"], again["missing"]) == (0, incidents, 0)
    assert missedbcc(case, "purge", *DAYS, "--yes").err.startswith("Nothing is old enough")
    shutil.copy(case / "Sent.mbox", case / "Copy.mbox")  # read from its start, as a folder with a new UIDVALIDITY is
    copy = missedbcc(case, "scan", "Copy.mbox", "--internal", "corp.example", "--json").objects[-1]
    assert (copy["new"], copy["incidents"]) == (0, incidents)
    assert messages(case) == 2


def test_a_folder_that_is_read_whole_each_time_brings_nothing_back(tmp_path: Path) -> None:
    for name in ("cur", "new", "tmp"):
        (tmp_path / "box/.Sent" / name).mkdir(parents=True)
        (tmp_path / "box" / name).mkdir()
    (tmp_path / "box/.Sent/cur/1:2,S").write_bytes(message(1, 6))
    words = ("scan", "box", "--internal", "corp.example")
    assert missedbcc(tmp_path, *words).code == 0
    assert messages(tmp_path) == 1
    assert missedbcc(tmp_path, "purge", *DAYS, "--yes").code == 0
    assert missedbcc(tmp_path, *words).code == 0
    assert messages(tmp_path) == 0


def age(folder: Path, days: int) -> None:
    """Let the runs and files be older."""
    with closing(sqlite3.connect(folder / "missedbcc-case/case.sqlite")) as case, case:
        case.execute("UPDATE run SET started = datetime(started, ?)", [f"-{days} days"])
    then = (datetime.now(UTC) - timedelta(days=days)).timestamp()
    for path in (folder / "missedbcc-case").iterdir():
        os.utime(path, (then, then))


def saved_by_excel(path: Path) -> None:
    """As a spreadsheet program leaves it: its own name in the properties."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts["docProps/core.xml"] = parts["docProps/core.xml"].replace(
        b"<cp:lastModifiedBy>missedbcc<", b"<cp:lastModifiedBy>Jo Legal<"
    )
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)


def test_old_workbooks_go_but_not_the_latest_nor_one_that_somebody_saved(case: Path) -> None:
    saved_by_excel(case / "missedbcc-case/missedbcc-run-0001.xlsx")
    (case / "missedbcc-case/notes.xlsx").touch()
    age(case, 40)
    assert missedbcc(case, "purge", "--workbooks", "41", "--yes").err.startswith("Nothing is old enough")
    done = missedbcc(case, "purge", "--workbooks", "30", "--yes")
    assert "missedbcc-run-0001.xlsx stays: it was changed" in done.err
    assert workbooks(case) == ["missedbcc-run-0001.xlsx", "missedbcc-run-0003.xlsx", "notes.xlsx"]
    assert messages(case) == 3


def test_a_copy_from_before_an_update_goes_with_what_it_holds(case: Path) -> None:
    copy = case / "missedbcc-case/case.sqlite.before-0002"
    shutil.copy(case / "missedbcc-case/case.sqlite", copy)
    assert missedbcc(case, "purge", "--workbooks", "0", "--yes").code == 0
    assert copy.exists()
    assert missedbcc(case, "purge", *DAYS, "--yes").code == 0
    assert not copy.exists()


def test_while_a_scan_goes_on_nothing_is_purged(case: Path) -> None:
    with open_store(case / "missedbcc-case/case.sqlite") as store, store.scanning():
        done = missedbcc(case, "purge", *DAYS, "--yes")
    assert done.code == 1
    assert "Another scan is writing" in done.err
    assert messages(case) == 3


def test_the_config_says_how_long_things_are_kept(case: Path) -> None:
    assert missedbcc(case, "purge").code == 2
    (case / "missedbcc.toml").write_text("[retention]\ncleared = 99999\n")
    assert missedbcc(case, "purge").err.startswith("Nothing is old enough")
    done = missedbcc(case, "purge", "--cleared", "1", "--yes", "--json")
    kinds = {line["kind"]: line["count"] for line in done.objects if line["event"] == "purge"}
    assert kinds["messages that belong to no incident"] == 1
    assert done.objects[-1] == {"event": "result", "case": "missedbcc-case", "exit_code": 0}
    assert missedbcc(case, "purge", "--case", "none", *DAYS).code == 2


def test_the_digests_of_rows_go_with_their_workbook_and_the_case_is_as_it_was_written(case: Path) -> None:
    age(case, 40)
    assert missedbcc(case, "report").code == 0
    assert missedbcc(case, "purge", "--workbooks", "30", "--yes").code == 0
    rows = {path.name for path in (case / "missedbcc-case/manifests").glob("*.rows")}
    assert rows == {"run-0003.rows", "run-0003-report-2.rows"}
    assert missedbcc(case, "verify").code == 0


def test_no_file_goes_where_the_record_cannot_be_written(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> None:
        raise StoreError("The disk is full.", "")

    age(case, 40)
    monkeypatch.setattr("scanner.store.purge.record", failing)
    assert missedbcc(case, "purge", "--workbooks", "30", "--yes").code == 1
    assert len(workbooks(case)) == 3
