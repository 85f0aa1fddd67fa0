"""What people typed is read back, whatever they and their programs did to the workbook around it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from reports import write_workbook
from reports.decisions import read_decisions
from reports.language import in_language, words
from reports.layout import Column, Line, Prose, Sheet, Style, Table
from reports.package import write_package
from reports.phrases import sections
from reports.presentation import Presentation
from reports.questions import EARLIER_TITLES, SHEETS, SUBJECTS, TITLES, WITHHELD
from reports.sheets import affected_people, decisions, incidents
from scanner.decision import About, Answer, Kind, Question
from tests.reports.example import clean_case
from tests.reports.returned import CASE, EXPECTED, MADE, PEOPLE, ROWS, answers, by_libreoffice, said, written


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return written(tmp_path / "book.xlsx", ROWS, PEOPLE)


def changed(path: Path, change: Callable[[Workbook], object]) -> Path:
    book = load_workbook(path)
    change(book)
    book.save(path)
    return path


def column_of(sheet: Worksheet, question: Question) -> int:
    return next(cell.column for row in sheet.iter_rows() for cell in row if cell.value == TITLES[question])


def type_into(sheet: Worksheet, subject: str, question: Question, value: object) -> None:
    row = next(cell.row for cells in sheet.iter_rows() for cell in cells if cell.value == subject)
    sheet.cell(row, column_of(sheet, question)).value = value  # type: ignore[assignment]


def test_a_workbook_that_nobody_touched_says_what_was_written(path: Path) -> None:
    back = read_decisions(path)
    assert (back.case, back.edition, back.problems) == (CASE, 3, ())
    assert said(back) == EXPECTED
    assert len(back.answers) == 2 * 5 + 2 * 2  # empty cells are answers too


@pytest.mark.parametrize("title", [*EARLIER_TITLES, *map(str.upper, EARLIER_TITLES)])
def test_a_title_of_an_earlier_version_is_understood(tmp_path: Path, title: str) -> None:
    assert EARLIER_TITLES.keys().isdisjoint(TITLES.values())
    table = Table(
        "Incidents",
        (Column("Incident", 17), Column(title, 21, Style.HUMAN_MOMENT)),
        [Line(("INC-00000001", datetime(2026, 11, 20, 9, 30, tzinfo=UTC)))],
        "",
    )
    told = Prose((Line((f"MBCC-{CASE}-0003",)),))
    path = tmp_path / "old.xlsx"
    with path.open("wb") as file:
        write_package(file, [Sheet("Incidents", (told, table))], MADE)
    assert said(read_decisions(path)) == {("INC-00000001", Question.AWARE_SINCE): "2026-11-20T09:30:00+00:00"}


@pytest.mark.libreoffice
def test_libreoffice_changes_nothing(path: Path) -> None:
    saved = by_libreoffice(path)
    assert said(read_decisions(saved)) == EXPECTED
    assert answers(read_decisions(saved)) == answers(read_decisions(path))


def test_a_sheet_that_goes_on_in_another_is_read_whole(tmp_path: Path) -> None:
    rows = [(f"I-{number:08}", "open", None, None, None, None) for number in range(20)]
    back = read_decisions(written(tmp_path / "long.xlsx", rows, capacity=8))
    assert len(said(back)) == 20


def _move_columns(book: Workbook) -> None:
    sheet = book["Decisions"]
    for row in sheet.iter_rows():
        values = [cell.value for cell in row][::-1]
        for cell, value in zip(row, values, strict=True):
            cell.value = value


def _sort_rows(book: Workbook) -> None:
    sheet = book["Decisions"]
    one, other = ([cell.value for cell in sheet[row]] for row in (5, 6))
    for row, values in ((5, other), (6, one)):
        for cell, value in zip(sheet[row], values, strict=True):
            cell.value = value


def _hide(book: Workbook) -> None:
    for sheet in book:
        sheet.row_dimensions[5].hidden = True
        sheet.column_dimensions["B"].hidden = True
        sheet.sheet_state = "hidden" if sheet.title != "Decisions" else "visible"


def _rename(book: Workbook) -> None:
    for number, sheet in enumerate(list(book)):
        sheet.title = f"Blatt {number}"
    book.create_sheet("Notes", 0)["A1"] = "For legal: nothing"


def _insert(book: Workbook) -> None:
    sheet = book["Decisions"]
    sheet.insert_cols(2, 2)
    sheet["B7"] = "see below"
    sheet.insert_rows(1, 3)
    sheet["A1"] = "Meeting of Monday"
    sheet.merge_cells("A1:F1")
    sheet.append(["total", None, None, None])


def _spaces(book: Workbook) -> None:
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value[1:2] == "-":
                    cell.value = f"\u00a0{cell.value} \u200b"
                elif isinstance(cell.value, str) and cell.value.startswith("For legal"):
                    cell.value = f" {cell.value.upper()}:\n"


@pytest.mark.parametrize("change", [_move_columns, _sort_rows, _hide, _rename, _insert, _spaces])
def test_what_people_do_around_the_answers_changes_none(path: Path, change: Callable[[Workbook], object]) -> None:
    back = read_decisions(changed(path, change))
    assert (said(back), back.problems) == (EXPECTED, ())


def test_a_row_or_column_that_is_gone_is_no_answer(path: Path) -> None:
    def less(book: Workbook) -> None:
        sheet = book["Decisions"]
        sheet.delete_cols(column_of(sheet, Question.NOTE))
        sheet.delete_rows(6)

    back = read_decisions(changed(path, less))
    assert back.problems == ()
    assert not any(answer.question is Question.NOTE or answer.subject == "I-BBBBBBBB" for answer in back.answers)
    assert Answer("I-AAAAAAAA", Question.BAND, "") in back.answers


def test_an_emptied_cell_is_an_answer(path: Path) -> None:
    changed(path, lambda book: type_into(book["Decisions"], "I-AAAAAAAA", Question.NOTE, None))
    assert Answer("I-AAAAAAAA", Question.NOTE, "") in read_decisions(path).answers


@pytest.mark.parametrize("code", ["de", "fr"])
def test_other_languages_are_understood(path: Path, code: str) -> None:
    titles, choices = sections(code)["columns"], sections(code)["choices"]
    withheld = words(code)(WITHHELD)
    assert withheld != WITHHELD

    def translated(book: Workbook) -> None:
        for sheet in book:
            for row in sheet.iter_rows():
                for cell in row:
                    said = str(cell.value)
                    cell.value = titles.get(said) or choices.get(said, "").upper() or cell.value
        sheet = book["Decisions"]
        sheet["C5"] = withheld

    back = read_decisions(changed(path, translated))
    assert back.problems == ()
    expected = {cell: value for cell, value in EXPECTED.items() if value != "call them"}
    assert said(back) == expected
    assert ("I-AAAAAAAA", Question.NOTE) not in answers(back)  # what was withheld is no answer


@pytest.mark.parametrize(
    ("question", "value", "says"),
    [
        (Question.STATUS, "done", "open, in review, confirmed, false alarm, closed"),
        (Question.BAND, "enormous", "low, medium, high, very high"),
        (Question.PEOPLE_TOLD, "02/03/2026", "2026-03-02"),
        (Question.PEOPLE_TOLD, "yesterday", "2026-03-02"),
        (Question.AWARE_SINCE, "2026-02-30", "2026-03-02 14:30"),
        (Question.NOTE, "=A1", "formula"),
    ],
)
def test_what_cannot_be_understood_names_its_cell(path: Path, question: Question, value: object, says: str) -> None:
    changed(path, lambda book: type_into(book["Decisions"], "I-AAAAAAAA", question, value))
    back = read_decisions(path)
    (problem,) = back.problems
    assert problem.startswith("Decisions, cell ")
    assert says in problem
    assert str(value) not in problem or question is Question.PEOPLE_TOLD
    assert ("I-AAAAAAAA", question) not in answers(back)
    assert ("I-BBBBBBBB", Question.BAND) in answers(back)


def test_a_text_of_any_characters_comes_back_as_it_was_shown(tmp_path: Path) -> None:
    texts = ["=1+1", "_x0041_ stays", "a\nb", "\u202eright", "<&>", "é" * 100, "-5", "'quoted"]
    rows = [(f"I-{number:08}", None, text, None, None, None) for number, text in enumerate(texts)]
    first = said(read_decisions(written(tmp_path / "one.xlsx", rows)))
    again = [(subject, None, text, None, None, None) for (subject, _), text in first.items()]
    assert said(read_decisions(written(tmp_path / "two.xlsx", again))) == first
    assert len(first) == len(texts)
    assert set(texts) - set(first.values()) == {"\u202eright"}


def test_an_answer_in_a_row_without_an_id_is_told(path: Path) -> None:
    changed(path, lambda book: book["Decisions"].append(["a new one", "open"]))
    back = read_decisions(path)
    assert said(back) == EXPECTED
    assert back.problems == ("Decisions, cell B7: the row names no incident, so it was not read.",)


def test_a_lost_column_of_ids_is_told(path: Path) -> None:
    changed(path, lambda book: book["Affected people"].delete_cols(1))
    back = read_decisions(path)
    assert ("P-00000001", Question.PERSON_NOTE) not in answers(back)
    assert back.problems == (
        "The sheet “Affected people” has lost its column Person: its answers were not read. "
        "Give the workbook again as it was written, or type those answers into the newest one.",
    )


def test_each_sheet_that_people_fill_is_known_by_what_is_asked_there() -> None:
    asked = {
        "Incidents": {column.question for column in incidents.COLUMNS},
        "Affected people": {column.question for column in affected_people.COLUMNS},
        "Decisions": {column.question for column in decisions.COLUMNS},
    }
    assert {sheet: questions - {None} for sheet, questions in asked.items()} == SHEETS
    assert set.union(*map(set, SHEETS.values())) == {*Question}


@pytest.mark.parametrize("code", ["en", "de", "fr"])
@pytest.mark.parametrize("lost", SHEETS)
def test_a_lost_sheet_is_told_and_the_others_are_read(tmp_path: Path, code: str, lost: str) -> None:
    path = tmp_path / "book.xlsx"
    told = Prose((Line((f"MBCC-{CASE}-0003",)),))
    sheets = [Sheet("Read me first", (told,), (20, 20))]
    for sheet, questions in SHEETS.items():
        about = next(iter(questions)).about
        texts = sorted(question for question in questions if question.kind is Kind.TEXT)
        columns = (Column(SUBJECTS[about], 17), *(Column(TITLES[each], 14, Style.HUMAN) for each in texts))
        row = Line(("P-00000001" if about is About.PERSON else "I-AAAAAAAA", *map(str, texts)))
        sheets.append(Sheet(sheet, (told, Table(sheet.split()[0], columns, [row], ""))))
    with path.open("wb") as file:
        write_package(file, [in_language(sheet, code) for sheet in sheets], MADE)
    assert read_decisions(path).problems == ()
    called = words(code)(lost)
    back = read_decisions(changed(path, lambda book: book.remove(book[called])))
    assert back.problems == (
        f"The sheet “{called}”, or each of its columns for answers, is gone: no answer of it was read. "
        "Give the workbook again as it was written, or type those answers into the newest one.",
    )
    asked = {question for question in Question if question.kind is Kind.TEXT}
    assert {question for _, question in answers(back)} == asked - SHEETS[lost]


def test_many_problems_are_told_in_short(tmp_path: Path) -> None:
    rows = [(f"I-{number:08}", "nonsense", None, None, None, None) for number in range(80)]
    back = read_decisions(written(tmp_path / "x.xlsx", rows))
    assert (len(back.problems), back.problems[-1]) == (51, "There are 30 more of them.")


@pytest.mark.parametrize("redacted", [False, True])
def test_a_workbook_without_an_incident_has_lost_no_sheet(tmp_path: Path, *, redacted: bool) -> None:
    book = write_workbook(clean_case(), tmp_path / "clean.xlsx", Presentation("de", redacted=redacted))
    assert read_decisions(book).problems == ()
