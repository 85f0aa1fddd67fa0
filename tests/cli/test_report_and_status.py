"""What `report` and `status` make of a case that a scan left."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.cli.command import ended, mail, missedbcc, start
from tests.needed import full_disk


def cells(workbook: Path) -> list[list[str]]:
    """Every row of every sheet, without the marks of editions."""
    book = load_workbook(workbook)
    rows = (row for sheet in book for row in sheet.iter_rows(values_only=True))
    return [[re.sub(r"MBCC-\w+-\d+", "MBCC", str(value)) for value in row] for row in rows]


@pytest.fixture
def case(tmp_path: Path) -> Path:
    mail(tmp_path / "Sent.mbox", [1, 6, 12, 30])
    assert missedbcc(tmp_path, "scan", "Sent.mbox").code == 4
    (tmp_path / "Sent.mbox").unlink()
    return tmp_path


def test_the_workbook_is_written_again_without_the_mail(case: Path) -> None:
    first = case / "missedbcc-case/missedbcc-run-0001.xlsx"
    ended = missedbcc(case, "report")
    assert ended.code == 0
    assert ended.workbook == Path("missedbcc-case/missedbcc-run-0001-2.xlsx")
    assert "New: 2. Found 2 incidents" in ended.err
    assert cells(case / ended.workbook) == cells(first)
    assert missedbcc(case, "report").workbook.name == "missedbcc-run-0001-3.xlsx"


def test_a_name_that_a_workbook_had_is_given_to_no_other(case: Path) -> None:
    book = case / "missedbcc-case/missedbcc-run-0001.xlsx"
    book.rename(case / "kept elsewhere.xlsx")
    assert missedbcc(case, "report").workbook.name == "missedbcc-run-0001-2.xlsx"


def test_status_names_what_the_last_run_could_not_read(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    mail(tmp_path / "mail/Sent.mbox", [12])
    (tmp_path / "mail/old.mbox").symlink_to("nowhere")
    assert missedbcc(tmp_path, "scan", "mail", "--internal", "corp.example").code == 3
    ended = missedbcc(tmp_path, "status")
    assert (ended.code, "mail/old.mbox: " in ended.out) == (3, True)


@pytest.mark.parametrize(("gate", "incidents"), [(5, 3), (6, 3), (13, 1), (31, 0)])  # of three that were kept
def test_another_gate_judges_what_was_kept_anew(case: Path, gate: int, incidents: int) -> None:
    ended = missedbcc(case, "report", "--json", "--gate", str(gate), "--output", "new.xlsx")
    (told,) = ended.objects
    cleared = told.pop("cleared")
    assert (told["workbook"], told["incidents"], told["exit_code"]) == ("new.xlsx", incidents, 0)
    assert (told["edition"], told["decisions"]["read"]) == (0, 0)
    assert cleared["below the gate"] == sum(cleared.values()) == 3 - incidents


def test_what_the_scan_did_not_keep_is_not_hidden(case: Path) -> None:
    ended = missedbcc(case, "report", "--gate", "3")
    assert ended.code == 3
    assert "Sent.mbox: It was read with other settings" in ended.err
    assert ended.workbook.name == "missedbcc-run-0001-2.xlsx"


def test_a_folder_of_an_earlier_scan_with_a_higher_gate_is_not_complete(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox", [4])
    mail(tmp_path / "Sent2.mbox", [5, 4])
    assert missedbcc(tmp_path, "scan", "Sent.mbox", "--internal", "corp.example").code == 0
    lower = missedbcc(tmp_path, "scan", "Sent2.mbox", "--internal", "corp.example", "--gate", "3")
    assert lower.code == 3
    assert "Sent.mbox: It was read with other settings" in lower.err
    for command in (["report", "--gate", "3"], ["report"], ["status"]):
        ended = missedbcc(tmp_path, *command)
        assert ended.code == 3
        assert "Sent.mbox: " in ended.out + ended.err
        assert "read with other settings" in ended.out + ended.err
    again = missedbcc(tmp_path, "scan", "Sent.mbox", "Sent2.mbox", "--internal", "corp.example", "--gate", "3")
    assert again.code == 4  # the message of 4 outsiders in the first is new
    assert missedbcc(tmp_path, "report").code == 0


def test_another_internal_domain_is_added_to_those_of_the_last_run(tmp_path: Path) -> None:
    """A sent folder, and a proposal: colleagues that were not known before are none of the affected any more."""
    (tmp_path / "box").mkdir()
    mail(tmp_path / "box" / "Junk", [1])
    mail(tmp_path / "box" / "Sent", [1, 6, 12, 30])
    assert missedbcc(tmp_path, "scan", "box").code == 4
    ended = missedbcc(tmp_path, "report", "--json", "--internal", "freemail1.example")
    assert (ended.code, ended.objects[0]["incidents"]) == (0, 2)
    ended = missedbcc(tmp_path, "report", "--json", *(f"--internal=freemail{number}.example" for number in range(12)))
    assert (ended.code, ended.objects[0]["incidents"]) == (0, 1)


def test_another_internal_domain_may_make_more_of_an_archive_ours(tmp_path: Path) -> None:
    mail(tmp_path / "archive.mbox", [12])
    assert missedbcc(tmp_path, "scan", "archive.mbox", "--internal", "corp.example").code == 4
    ended = missedbcc(tmp_path, "report", "--internal", "freemail1.example")
    assert ended.code == 3
    assert "archive.mbox: It was read with other settings" in ended.err
    assert "Found 1 incident;" in ended.err
    assert "Some mail was not read" not in ended.err
    assert "All mail was read, some of it with other settings: `missedbcc scan` with these settings" in ended.err
    said = next(row[1] for row in cells(tmp_path / ended.workbook) if row[0] == "INCOMPLETE")
    assert said.startswith("All mail was read, but that of 1 folder with other settings: messages that were not kept")


@pytest.mark.parametrize(
    "words", [["--internal", "de.corp.example"], ["--internal", "corp.example"], ["--gate", "20"]], ids=" ".join
)
def test_settings_that_can_only_keep_less_leave_nothing_to_read(tmp_path: Path, words: list[str]) -> None:
    mail(tmp_path / "archive.mbox", [12])
    assert missedbcc(tmp_path, "scan", "archive.mbox", "--internal", "corp.example").code == 4
    ended = missedbcc(tmp_path, "report", *words)
    assert (ended.code, "settings" in ended.err) == (0, False)
    assert "COMPLETE" in {row[0] for row in cells(tmp_path / ended.workbook)}


def test_where_mail_was_not_read_either_that_is_said_first(tmp_path: Path) -> None:
    mail(tmp_path / "archive.mbox", [12])
    (tmp_path / "old.mbox").symlink_to("nowhere")
    assert missedbcc(tmp_path, "scan", ".", "--internal", "corp.example").code == 3
    ended = missedbcc(tmp_path, "report", "--internal", "freemail1.example")
    assert ended.code == 3
    assert "Some mail was not read" in ended.err
    assert "All mail was read" not in ended.err
    said = next(row[1] for row in cells(tmp_path / ended.workbook) if row[0] == "INCOMPLETE")
    assert "1 folder read with other settings" in said


def test_a_run_that_did_not_end_well_is_told_as_the_workbook_tells_it(case: Path) -> None:
    mail(case / "Sent.mbox", [1, 6, 12, 30])
    (case / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert missedbcc(case, "report").code == missedbcc(case, "status").code == 0
    assert missedbcc(case, "scan", "Sent.mbox", "picture.png").code == 3
    assert missedbcc(case, "report").code == missedbcc(case, "status").code == 3


def test_status_tells_runs_and_folders(case: Path) -> None:
    ended = missedbcc(case, "status")
    assert ended.code == 0
    assert "Run 1: " in ended.out
    assert "Last complete run: run 1, " in ended.out
    assert "4 of 4 read" in ended.out or "4 read" in ended.out


def test_status_for_programs(case: Path) -> None:
    run, notice, _, answers, folder, schedule, result = missedbcc(case, "status", "--json").objects
    assert answers == {"event": "decisions", "open_conflicts": 0, "open_refusals": 0}
    assert (run["event"], run["run"], run["outcome"], run["gate"]["exposure"]) == ("run", 1, "complete", 10)
    assert (notice["event"], notice["run"], run["alarms"]) == ("notice", 1, {})
    assert (folder["event"], folder["read"], folder["complete"]) == ("folder", 4, True)
    assert (schedule["cadence"], schedule["next"], schedule["late"]) == (None, None, False)
    assert 0 <= schedule["age_seconds"] < 3600
    assert result == {"event": "result", "case": "missedbcc-case", "error": None, "exit_code": 0}


def test_status_of_a_case_that_was_not_read_to_its_end(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert missedbcc(tmp_path, "scan", "Sent.mbox", "picture.png").code == 3
    ended = missedbcc(tmp_path, "status")
    assert ended.code == 3
    assert "incomplete" in ended.out
    assert "Last complete run: none" in ended.out


@pytest.mark.parametrize("how", ["emptied", "taken away"])
def test_no_new_case_is_begun_beside_the_manifests_of_another(case: Path, how: str) -> None:
    database = case / "missedbcc-case" / "case.sqlite"
    if how == "emptied":
        database.write_bytes(b"")
    else:
        database.unlink()
    mail(case / "Sent.mbox")
    before = sorted((case / "missedbcc-case").rglob("*"))
    done = missedbcc(case, "scan", "Sent.mbox")
    assert (done.code, done.out) == (1, "")
    assert "is empty or gone, and manifests of its runs lie beside it." in done.err
    assert sorted((case / "missedbcc-case").rglob("*")) == before


def test_status_of_a_case_that_waits_for_its_run(case: Path) -> None:
    (case / "missedbcc.toml").write_text('[schedule]\nevery = "weekly"\n')
    done = missedbcc(case, "status")
    assert done.code == 0
    assert re.search("run 1, .+ UTC, (less than a minute|[0-9]+ minutes?) old", done.out)
    assert "Next run: the config says every Monday at 06:00, but no schedule is installed" in done.out
    with closing(sqlite3.connect(case / "missedbcc-case/case.sqlite")) as database, database:
        database.execute("UPDATE run SET started = datetime(started, '-15 days'), finished = started")
        database.execute("UPDATE run SET finished = started")
    late = missedbcc(case, "status")
    assert late.code == 3
    assert "The last complete run is 15 days old; the schedule says every Monday at 06:00." in late.out
    assert missedbcc(case, "status", "--json").objects[-2]["late"] is True


def test_status_tells_what_was_purged(case: Path) -> None:
    assert missedbcc(case, "purge", "--cleared", "0", "--yes").code == 0
    done = missedbcc(case, "status")
    assert done.code == 0
    assert ": messages that belong to no incident, from before 20" in done.out
    (purged,) = [line for line in missedbcc(case, "status", "--json").objects if line["event"] == "purged"]
    assert (purged["kind"], purged["count"]) == ("messages that belong to no incident", 1)


@pytest.mark.parametrize("command", ["report", "status"])
def test_without_a_case_both_say_what_to_do(tmp_path: Path, command: str) -> None:
    ended = missedbcc(tmp_path, command)
    assert ended.code == 2
    assert "There is no case in missedbcc-case." in ended.err
    assert "missedbcc scan" in ended.err
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_case_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "missedbcc-case").mkdir()
    (tmp_path / "missedbcc-case/case.sqlite").write_bytes(b"something else" * 100)
    ended = missedbcc(tmp_path, "status")
    assert ended.code == 1
    assert "is not a case database" in ended.err


def test_status_of_a_scan_that_was_killed_before_it_wrote_anything(tmp_path: Path) -> None:
    (tmp_path / "missedbcc-case").mkdir()
    (tmp_path / "missedbcc-case/case.sqlite").touch()
    done = missedbcc(tmp_path, "status")
    assert done.code == 3, done.err
    assert "Last complete run: none" in done.out
    assert [path.name for path in (tmp_path / "missedbcc-case").iterdir()] == ["case.sqlite"]


def test_status_changes_nothing_and_blames_no_case_for_an_output_that_fails(case: Path) -> None:
    def everything() -> dict[str, tuple[int, int]]:
        kept = [path for path in (case / "missedbcc-case").rglob("*") if path.is_file()]
        return {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in kept}

    before = everything()
    with full_disk().open("w") as full:
        done = ended(start(case, "status", stdout=full))
    assert done.code
    assert "No space left" in done.err
    assert "case database" not in done.err
    assert everything() == before
