"""Decisions go out in a workbook and come back: from the case folder, through LibreOffice, by mail, and by mistake."""

from __future__ import annotations

import errno
import io
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from reports.questions import SUBJECTS, TITLES
from scanner.decision import Decisions, Question, Status
from scanner.review import review
from scanner.store import open_store
from tests.cli.command import CANARY, Ended, mail, message, missedbcc
from tests.reports.returned import by_libreoffice

SENT = "Sent.mbox"
CASE = "missedbcc-case"
FIRST = Path(CASE, "missedbcc-run-0001.xlsx")
STATUS, NOTE, TOLD = Question.STATUS, Question.NOTE, Question.PEOPLE_TOLD


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """The folder with a case of two incidents, the larger first."""
    mail(tmp_path / SENT)
    assert missedbcc(tmp_path, "scan", SENT).code == 4
    return tmp_path


def place_of(sheet: Worksheet, question: Question) -> tuple[int, int, int]:
    """The header row, the column of ids, and the column of the question."""
    title = SUBJECTS[question.about]
    for row in sheet.iter_rows():
        columns = {cell.value: cell.column for cell in row if isinstance(cell.value, str)}
        if TITLES[question] in columns and title in columns:
            return int(row[0].row or 0), columns[title], columns[TITLES[question]]
    raise AssertionError(f"{sheet.title} has no column {TITLES[question]}")


SHEETS = {
    **dict.fromkeys((STATUS, NOTE, TOLD, Question.OWNER), "Decisions"),
    **dict.fromkeys((Question.AWARE_SINCE, Question.AUTHORITY_TOLD), "Incidents"),
}


def answer(book: Workbook, question: Question, value: object, nth: int = 1) -> str:
    """Type into the row of the nth incident, or person; gives the id."""
    sheet = book[SHEETS.get(question, "Affected people")]
    header, ids, column = place_of(sheet, question)
    sheet.cell(header + nth, column).value = value  # type: ignore[assignment]
    return str(sheet.cell(header + nth, ids).value)


def typed(path: Path, *answers: tuple[Question, object], nth: int = 1) -> str:
    book = load_workbook(path)
    names = [answer(book, question, value, nth) for question, value in answers]
    book.save(path)
    return names[-1]


def encrypted(path: Path) -> None:
    inside = io.BytesIO(path.read_bytes())
    with path.open("wb") as file:
        import_module("msoffcrypto.format.ooxml").OOXMLFile(inside).encrypt("a secret of ours", file)


def standing(folder: Path) -> Decisions:
    with open_store(folder / CASE / "case.sqlite") as store:
        return review(store).decisions()


def taken(folder: Path, *files: Path | str) -> dict[str, Any]:
    done = missedbcc(folder, "decisions", "--json", *files)
    told: dict[str, Any] = done.objects[-1]
    assert told["event"] == "result"
    assert done.code == told["exit_code"]
    return told


def test_what_legal_types_stands_in_the_next_workbook(case: Path) -> None:
    one = typed(case / FIRST, (STATUS, "Closed"), (NOTE, f"ask {CANARY}@x.example"), (TOLD, datetime(2026, 11, 20)))  # noqa: DTZ001
    typed(case / FIRST, (Question.AWARE_SINCE, "2026-11-19 08:30"))
    person = typed(case / FIRST, (Question.PERSON_TOLD, "20.11.2026"))
    done = missedbcc(case, "scan", SENT)
    assert done.code == 0
    assert f"Read 5 new decisions from {FIRST}." in done.err
    assert CANARY not in done.err
    decisions = standing(case)
    assert decisions.status(one) is Status.CLOSED
    assert decisions.of(one)[NOTE] == f"ask {CANARY}@x.example"
    assert decisions.of(one)[TOLD] == decisions.of(person)[Question.PERSON_TOLD] == "2026-11-20"
    assert decisions.aware_since(one) == datetime(2026, 11, 19, 8, 30, tzinfo=UTC)
    again = taken(case, case / done.workbook)
    assert (again["read"], again["problems"]) == (0, 0)
    book = load_workbook(case / done.workbook)
    header, _, column = place_of(book["Decisions"], STATUS)
    assert [book["Decisions"].cell(header + row, column).value for row in (1, 2)] == ["closed", None]


def _sorted(book: Workbook) -> None:
    sheet = book["Decisions"]
    header, _, _ = place_of(sheet, STATUS)
    one, other = ([cell.value for cell in sheet[header + row]] for row in (1, 2))
    for row, values in ((1, other), (2, one)):
        for cell, value in zip(sheet[header + row], values, strict=True):
            cell.value = value
    sheet.auto_filter.ref = None


def _moved(book: Workbook) -> None:
    sheet = book["Decisions"]
    header, _, _ = place_of(sheet, STATUS)
    for cells in sheet.iter_rows(min_row=header):
        values = [cell.value for cell in cells][::-1]
        for cell, value in zip(cells, values, strict=True):
            cell.value = value


def _worn(book: Workbook) -> None:
    book["Decisions"].title = "What we said"
    del book["Timeline"]
    book["What we said"].insert_rows(1, 2)
    book.create_sheet("Scratch", 0)["A1"] = TITLES[STATUS]
    book["Affected people"].row_dimensions[3].hidden = True


@pytest.mark.libreoffice
@pytest.mark.parametrize("change", [lambda book: None, _sorted, _moved, _worn])
def test_libreoffice_saves_what_was_typed(case: Path, change: Callable[[Workbook], None]) -> None:
    one = typed(case / FIRST, (STATUS, "confirmed"), (NOTE, "-1 is no sum,\nnor is this"), (TOLD, "2026-11-20"))
    book = load_workbook(case / FIRST)
    change(book)
    book.save(case / FIRST)
    shutil.copy(by_libreoffice(case / FIRST), case / FIRST)
    told = taken(case)
    assert (told["read"], told["conflicts"]) == (3, 0)
    expected = {STATUS: "confirmed", NOTE: "-1 is no sum,\nnor is this", TOLD: "2026-11-20"}
    assert standing(case).answers == {one: expected}
    assert taken(case)["read"] == 0


@pytest.mark.parametrize(("words", "status"), [(["--language", "de"], "ABGESCHLOSSEN"), (["--redacted"], "closed")])
def test_an_edition_in_another_form_is_read_like_any_other(case: Path, words: list[str], status: str) -> None:
    typed(case / FIRST, (STATUS, "in review"), (NOTE, "a private note"), (TOLD, "2026-11-20"))
    typed(case / FIRST, (Question.PERSON_NOTE, "moved away"))
    edition = case / missedbcc(case, "report", *words).workbook
    before = standing(case)
    book = load_workbook(edition)
    book.save(edition)  # other bytes, and nothing typed
    assert (taken(case)["read"], taken(case)["problems"]) == (0, 0)
    for row in book.worksheets[-1].iter_rows():
        for cell in row:
            if cell.value in {"in review", "in Prüfung"}:
                cell.value = status
    book.save(edition)
    assert (taken(case)["read"], taken(case)["problems"]) == (1, 0)
    (one,) = (incident for incident, said in before.answers.items() if STATUS in said)
    assert standing(case).status(one) is Status.CLOSED
    assert standing(case).of(one)[NOTE] == "a private note"


@pytest.mark.libreoffice
def test_libreoffice_alone_says_nothing(case: Path) -> None:
    typed(case / FIRST, (STATUS, "open"), (Question.AWARE_SINCE, "2026-11-19 08:30"))
    second = missedbcc(case, "report").workbook
    shutil.copy(by_libreoffice(case / second), case / second)
    assert taken(case) == {
        "event": "result",
        "read": 0,
        "conflicts": 0,
        "problems": 0,
        "odd_dates": 0,
        "unreadable": 0,
        "open_workbooks": 0,
        "settled": 0,
        "closed_refusals": 0,
        "open_conflicts": 0,
        "open_refusals": 0,
        "error": None,
        "exit_code": 0,
    }


def test_a_copy_that_comes_by_mail_may_contradict(case: Path) -> None:
    (case / "mail").mkdir()
    shutil.copy(case / FIRST, case / "mail/back.xlsx")
    one = typed(case / FIRST, (STATUS, "closed"))
    typed(case / "mail/back.xlsx", (STATUS, "confirmed"), (NOTE, f"tell {CANARY}"))
    done = missedbcc(case, "report", "--json", "--decisions", "mail/back.xlsx")
    assert done.code == 0
    assert done.objects[-1]["decisions"] == {
        "read": 3,
        "conflicts": 1,
        "problems": 0,
        "odd_dates": 0,
        "unreadable": 0,
    }
    notice, still_open = done.told
    assert still_open["sentence"].startswith("Open: 1 answer in conflict. ")
    assert notice["sentence"].startswith(f"mail/back.xlsx: “status” of {one}")
    assert "“confirmed”" in notice["sentence"]
    assert CANARY not in done.err
    assert standing(case).status(one) is Status.CLOSED
    (conflict,) = standing(case).conflicts
    assert (conflict.kept, conflict.other) == ("closed", "confirmed")
    told = "Open: 1 answer in conflict. The columns Conflict say which: type the right answers beside them, or run"
    assert told in missedbcc(case, "report").err
    newest = case / done.objects[-1]["workbook"]
    texts = [str(cell.value) for row in load_workbook(newest)["Decisions"].iter_rows() for cell in row]
    assert any("confirmed" in text and "closed" in text for text in texts)
    for _ in range(2):
        assert taken(case, "mail/back.xlsx")["open_conflicts"] == 1
    shutil.copytree(case, case / "again")
    assert "1 conflict settled" in missedbcc(case / "again", "decisions", "--settle").out
    assert (standing(case / "again").conflicts, standing(case / "again").status(one)) == ((), Status.CLOSED)
    typed(newest, (STATUS, "confirmed"))
    assert (taken(case)["open_conflicts"], standing(case).status(one)) == (0, Status.CONFIRMED)


def test_what_only_agrees_is_no_new_decision(case: Path) -> None:
    (case / "mail").mkdir()
    shutil.copy(case / FIRST, case / "mail/back.xlsx")
    for path in (case / FIRST, case / "mail/back.xlsx"):
        typed(path, (STATUS, "closed"))
    done = missedbcc(case, "decisions", "mail/back.xlsx")
    assert f"Read 1 new decision from {FIRST}." in done.err
    assert "Read 0 new decisions (1 more said what stood already) from mail/back.xlsx." in done.err


def test_a_cell_that_cannot_be_understood_is_told_once_until_the_file_changes(case: Path) -> None:
    one = typed(case / FIRST, (STATUS, "perhaps"), (NOTE, "x"))
    told = taken(case)
    assert (told["read"], told["problems"], told["exit_code"]) == (1, 1, 3)
    told = taken(case)
    assert (told["read"], told["problems"], told["exit_code"]) == (0, 0, 0)
    typed(case / FIRST, (NOTE, "y"))
    told = taken(case)
    assert (told["read"], told["problems"], told["exit_code"]) == (1, 1, 3)
    typed(case / FIRST, (STATUS, "closed"))
    assert taken(case)["exit_code"] == 0
    assert standing(case).status(one) is Status.CLOSED


def test_a_workbook_that_was_written_elsewhere_is_read_there(case: Path) -> None:
    (case / "legal").mkdir()
    missedbcc(case, "report", "--output", "legal/out.xlsx")
    one = typed(case / "legal/out.xlsx", (STATUS, "confirmed"))
    assert "Read 1 new decision from" in missedbcc(case, "scan", SENT).err
    assert standing(case).status(one) is Status.CONFIRMED


def test_a_trial_takes_no_decisions(case: Path) -> None:
    trial = missedbcc(case, "report", "--gate", "13").workbook
    assert taken(case)["unreadable"] == 0  # nobody typed into it
    typed(case / trial, (STATUS, "closed"))
    done = missedbcc(case, "scan", SENT)
    assert done.code == 0
    assert f"{trial} was written to try other settings, and takes no decisions." in done.err
    assert standing(case).answers == {}


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:5000]), "damaged"),
        (lambda path: path.write_bytes(b"Incident;Status\n"), "is no workbook"),
        (encrypted, "is encrypted"),
    ],
)
def test_a_workbook_that_cannot_be_read_is_told_and_tried_again(
    case: Path, spoil: Callable[[Path], object], says: str
) -> None:
    one = typed(case / FIRST, (STATUS, "closed"))
    whole = (case / FIRST).read_bytes()
    spoil(case / FIRST)
    for _ in range(2):
        done = missedbcc(case, "scan", SENT)
        assert done.code == 0
        assert says in done.err
    assert (taken(case)["unreadable"], taken(case)["exit_code"]) == (1, 3)
    (case / FIRST).write_bytes(whole)
    assert taken(case)["read"] == 1
    assert standing(case).status(one) is Status.CLOSED


def test_the_password_is_a_reference_and_is_never_shown(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = typed(case / FIRST, (STATUS, "closed"))
    encrypted(case / FIRST)
    monkeypatch.setenv("BOOK", "a wrong one")
    wrong = missedbcc(case, "decisions", "--decisions-password", "env:BOOK")
    assert wrong.code == 3
    assert "encrypted with another password" in wrong.err
    named = missedbcc(case, "decisions", "--decisions-password", "a secret of ours")
    assert named.code == 2
    assert "secret of ours" not in named.err
    unset = missedbcc(case, "decisions", "--decisions-password", "env:NOT_THERE")
    assert (unset.code, "NOT_THERE is not set" in unset.err) == (3, True)
    monkeypatch.setenv("BOOK", "a secret of ours")
    assert missedbcc(case, "decisions", "--decisions-password", "env:BOOK").out.startswith("1 new decision")
    assert standing(case).status(one) is Status.CLOSED


def test_a_workbook_of_another_case_changes_nothing(case: Path) -> None:
    missedbcc(case, "scan", SENT, "--case", "other")
    typed(case / "other/missedbcc-run-0001.xlsx", (STATUS, "closed"))
    done = missedbcc(case, "decisions", "other/missedbcc-run-0001.xlsx")
    assert done.code == 3
    assert "belongs to another case" in done.err
    assert standing(case).answers == {}


def test_a_workbook_without_a_mark_is_told_once(case: Path) -> None:
    Workbook().save(case / CASE / "notes.xlsx")
    assert "does not say which case" in missedbcc(case, "report").err
    assert "notes.xlsx" not in missedbcc(case, "report").err


def test_a_named_workbook_must_be_there_before_anything_is_read(tmp_path: Path) -> None:
    mail(tmp_path / SENT)
    done = missedbcc(tmp_path, "scan", SENT, "--decisions", "nowhere.xlsx")
    assert (done.code, done.out) == (2, "")
    assert "nowhere.xlsx is not there." in done.err
    os.mkfifo(tmp_path / "pipe.xlsx")
    (tmp_path / "folder.xlsx").mkdir()
    for name, says in (("pipe.xlsx", "is no regular file"), ("folder.xlsx", "is a folder.")):
        done = missedbcc(tmp_path, "scan", SENT, "--decisions", name)
        assert (done.code, done.out) == (2, "")
        assert f"{name} {says}" in done.err
        assert "is not there" not in done.err
    assert not (tmp_path / CASE).exists()


def test_what_was_not_read_back_is_never_written_over(case: Path) -> None:
    missedbcc(case, "report", "--output", "out.xlsx")
    typed(case / "out.xlsx", (STATUS, "closed"), (NOTE, "x"))
    before = (case / "out.xlsx").read_bytes()
    for command in (["report"], ["scan", SENT]):
        done = missedbcc(case, *command, "--output", "out.xlsx")
        assert done.code == 2
        assert "out.xlsx is there already, and it holds 2 decisions that were not read back" in done.err
    assert (case / "out.xlsx").read_bytes() == before
    assert standing(case).answers == {}
    missedbcc(case, "decisions", "out.xlsx")
    assert "may hold decisions" in missedbcc(case, "report", "--output", "out.xlsx").err


def test_a_change_to_what_was_settled_reopens_it(case: Path) -> None:
    one = typed(case / FIRST, (STATUS, "false alarm"))
    assert missedbcc(case, "scan", SENT).code == 0
    more = message(3, 31).replace(b"Message-ID: <3@", b"Message-ID: <3b@").replace(b"10:00", b"10:05")
    with (case / SENT).open("ab") as stream:
        stream.write(b"From sales@corp.example Mon Jul  6 10:00:00 2020\n" + more + b"\n")
    done = missedbcc(case, "scan", "--json", SENT)
    told = done.objects[-1]
    assert (done.code, told["reopened"], told["known"], told["new"], told["changed"]) == (4, 1, 1, 0, 0)
    assert standing(case).status(one) is Status.FALSE_ALARM
    assert missedbcc(case, "scan", SENT).code == 0


def test_a_workbook_that_fails_shows_nothing_and_takes_everything(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    one = typed(case / FIRST, (STATUS, "closed"))
    with monkeypatch.context() as patch:
        patch.setattr("reports.workbook.write_package", full)
        assert missedbcc(case, "scan", SENT).code == 1
    assert standing(case).status(one) is Status.CLOSED
    done = missedbcc(case, "report", "--json")
    assert done.objects[-1]["edition"] == 3  # the second was begun and never finished


@pytest.mark.parametrize("place", ["file/for-legal.xlsx", "nowhere/for-legal.xlsx"])
def test_an_output_that_cannot_be_written_stops_the_scan_before_it_begins(tmp_path: Path, place: str) -> None:
    mail(tmp_path / SENT)
    (tmp_path / "file").touch()
    failed = missedbcc(tmp_path, "scan", SENT, "--output", place)
    assert (failed.code, failed.out) == (2, "")
    assert f"there is no folder {Path(place).parent}" in failed.err
    assert not (tmp_path / CASE).exists()


def test_without_a_case_the_command_says_what_to_do(tmp_path: Path) -> None:
    done: Ended = missedbcc(tmp_path, "decisions")
    assert done.code == 2
    assert "missedbcc scan" in done.err
