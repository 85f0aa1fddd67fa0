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
from scanner.store.engine import open_file
from scanner.store.migrations import migrate
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


def earlier(case: Path, *purged: str) -> Path:
    """A copy as an update of a case of revision 0006 leaves it, in which these had been purged."""
    path = case / "missedbcc-case/case.sqlite.before-0007"
    engine = open_file(path)
    with engine.begin() as connection:
        migrate(connection, "0006")
        for one in purged:
            connection.exec_driver_sql("INSERT INTO purged_key VALUES (?)", (one,))
    engine.dispose()
    return path


@pytest.mark.parametrize("words", [("--workbooks", "9999"), ("--cleared", "99999"), ("--closed", "99999")])
def test_a_copy_that_tells_of_what_was_purged_goes_at_the_next_purge(case: Path, words: tuple[str, str]) -> None:
    copy = earlier(case)
    assert missedbcc(case, "purge", *words, "--yes").err.startswith("Nothing is old enough")
    assert copy.exists()
    copy.unlink()
    earlier(case, "a hash without the secret")
    assert missedbcc(case, "purge", *words, "--dry-run").out.endswith(
        f"  copy of the database: {copy.relative_to(case)}\n"
    )
    assert missedbcc(case, "purge", *words, "--yes").code == 0
    assert not copy.exists()
    assert messages(case) == 3
    with open_store(case / "missedbcc-case/case.sqlite") as store:
        assert [(one.kind, one.count) for one in purges(store)] == [("copies of the database from before an update", 1)]
    assert missedbcc(case, "verify").code == 0
    (manifest,) = (case / "missedbcc-case/manifests").glob("*purge*.json")
    assert '"case.sqlite.before-0007"' in manifest.read_text()


def test_status_names_each_copy_with_its_age_and_how_it_goes(case: Path) -> None:
    assert "before an update" not in missedbcc(case, "status").out
    copy = earlier(case)
    then = (datetime.now(UTC) - timedelta(days=12)).timestamp()
    os.utime(copy, (then, then))
    (line,) = [line for line in missedbcc(case, "status").out.splitlines() if "before an update" in line]
    assert line.startswith("case.sqlite.before-0007: the database from before an update, 12 days old. It holds what")
    copy.unlink()
    earlier(case, "a hash without the secret")
    done = missedbcc(case, "status")
    assert "Who has it can find out whether a message was purged: `missedbcc purge` removes it" in done.out
    (told,) = [one for one in missedbcc(case, "status", "--json").objects if one["event"] == "copy"]
    assert (Path(told["path"]).name, told["tells_of_purged"]) == (copy.name, True)
    assert done.code == missedbcc(case, "status", "--json").code == 0


def test_a_time_that_no_calendar_holds_is_refused(case: Path) -> None:
    done = missedbcc(case, "purge", "--yes", "--cleared", "9999999")
    assert (done.code, "is not in the range" in done.err) == (2, True)


def test_while_a_scan_goes_on_nothing_is_purged(case: Path) -> None:
    with open_store(case / "missedbcc-case/case.sqlite") as store, store.scanning():
        done = missedbcc(case, "purge", *DAYS, "--yes")
    assert done.code == 1
    assert "Another command is writing" in done.err
    assert messages(case) == 3


def test_the_config_says_how_long_things_are_kept(case: Path) -> None:
    assert missedbcc(case, "purge").code == 2
    (case / "missedbcc.toml").write_text("[retention]\ncleared = 99999\n")
    assert missedbcc(case, "purge").err.startswith("Nothing is old enough")
    done = missedbcc(case, "purge", "--cleared", "1", "--yes", "--json")
    kinds = {line["kind"]: line["count"] for line in done.objects if line["event"] == "purge"}
    assert kinds["messages that belong to no incident"] == 1
    assert done.objects[-1] == {"event": "result", "case": "missedbcc-case", "error": None, "exit_code": 0}
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


def test_a_dry_run_names_each_file_with_its_kind_and_removes_nothing(case: Path) -> None:
    folder = case / "missedbcc-case"
    shutil.copy(folder / "case.sqlite", folder / "case.sqlite.before-0001")
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.xlsx")}
    done = missedbcc(case, "purge", *DAYS, "--workbooks", "0", "--dry-run")
    assert (done.code, done.err) == (0, "Nothing was removed.\n")
    named = [line.strip() for line in done.out.splitlines() if line.startswith("  ")]
    assert [line.partition(": ")[0] for line in named][-1] == "copy of the database"
    assert all(
        line.partition(": ")[0] in ("workbook", "table beside a workbook", "copy of the database") for line in named
    )
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.xlsx")} == before
    assert messages(case) == 3
    objects = missedbcc(case, "purge", *DAYS, "--dry-run", "--json").objects
    assert [(one["kind"], Path(one["path"]).name) for one in objects if one["event"] == "file"] == [
        ("copy of the database", "case.sqlite.before-0001")
    ]


def test_a_workbook_of_another_name_goes_with_its_tables_and_nothing_else_of_that_folder(case: Path) -> None:
    made = case / "missedbcc-case"
    assert missedbcc(case, "report", "--output", made / "for-legal.xlsx", "--format", "csv").code == 0
    tables = sorted(path for path in (made / "for-legal-csv").iterdir())
    assert tables
    (made / "for-legal-csv" / "mine.txt").write_text("a note")
    (made / "other.xlsx").write_bytes(b"of somebody else")
    missedbcc(case, "scan", "Sent.mbox", "--internal", "corp.example")
    missedbcc(case, "report", "--output", made / "newest.xlsx")
    with closing(sqlite3.connect(made / "case.sqlite")) as database, database:
        database.execute("UPDATE run SET started = datetime(started, '-90 days')")
    done = missedbcc(case, "purge", "--workbooks", "30", "--yes", "--json")
    assert done.code == 0
    gone = {Path(one["path"]).name for one in done.objects if one["event"] == "file"}
    assert {"for-legal.xlsx", *(path.name for path in tables)} <= gone
    assert [path.name for path in (made / "for-legal-csv").iterdir()] == ["mine.txt"]
    assert workbooks(case) == ["missedbcc-run-0004.xlsx", "newest.xlsx", "other.xlsx"]
    assert "for-legal.xlsx: It was purged" in missedbcc(case, "verify").out


def test_workbooks_written_elsewhere_are_named_and_stay(case: Path) -> None:
    (case / "legal").mkdir()
    for name in ("kept.xlsx", "moved.xlsx"):
        assert missedbcc(case, "report", "--output", case / "legal" / name).code == 0
    (case / "legal/moved.xlsx").unlink()
    assert "Not ours" not in missedbcc(case, "purge", "--cleared", "36500", "--dry-run").err
    done = missedbcc(case, "purge", *DAYS, "--yes")
    assert done.code == 0
    told = [line for line in done.err.splitlines() if line.startswith("Not ours to delete: ")]
    assert [line.partition(" was ")[0].rpartition("/")[2] for line in told] == ["kept.xlsx", "moved.xlsx"]
    assert "is not there now" in told[1]
    assert (case / "legal/kept.xlsx").is_file()
    manifests = sorted((case / "missedbcc-case").rglob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    written = [text for path in manifests if '"purge"' in (text := path.read_text())]
    assert len(written) == 1
    assert '"workbooks written elsewhere, not removed":2' in written[0].replace(": ", ":")
    assert "legal/kept" not in written[0]


def test_the_registry_of_ids_keeps_no_identity_of_what_went(case: Path) -> None:
    database = case / "missedbcc-case/case.sqlite"

    def registered() -> list[tuple[str, str]]:
        with closing(sqlite3.connect(database)) as found:
            return found.execute("SELECT message, incident FROM incident ORDER BY id").fetchall()

    def identities() -> set[str]:
        with closing(sqlite3.connect(database)) as found:
            return {row[0] for row in found.execute("SELECT identity FROM message")}

    before, whole = registered(), identities()
    assert missedbcc(case, "purge", *DAYS, "--yes").code == 0
    after = registered()
    gone = whole - identities()
    assert len(gone) == 1
    assert [name for _, name in after] == [name for _, name in before]  # no id is given twice
    assert {message for message, _ in after} & gone == set()
    kept = b"".join(path.read_bytes() for path in database.parent.glob("case.sqlite*"))
    assert not [identity for identity in gone if identity.encode() in kept]
