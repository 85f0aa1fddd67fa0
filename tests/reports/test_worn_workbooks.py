"""Workbooks of earlier versions, and cells as people and programs leave them: each is read, or refused by its name."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.worksheet.formula import ArrayFormula

from reports.decisions import read_decisions
from reports.phrases import sections
from reports.questions import TITLES
from scanner.decision import Answer, Question, Readback
from scanner.errors import ReportError
from tests.growth import assert_linear
from tests.reports.returned import CASE, EXPECTED, PEOPLE, ROWS, said, written
from tests.reports.test_decisions import changed, column_of, type_into

ONE, OTHER = "I-AAAAAAAA", "I-BBBBBBBB"
STATUS, NOTE, TOLD, AWARE = Question.STATUS, Question.NOTE, Question.PEOPLE_TOLD, Question.AWARE_SINCE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return written(tmp_path / "book.xlsx", ROWS, PEOPLE)


def refused(back: Readback) -> list[tuple[str, Question, str, str]]:
    return [(one.subject, one.question, one.value, one.place) for one in back.refused]


def test_each_answer_bears_the_place_of_its_cell(path: Path) -> None:
    places = {(one.subject, one.question): one.place for one in read_decisions(path).answers}
    assert places[ONE, STATUS] == "Decisions!B5"
    assert places[OTHER, Question.BAND] == "Decisions!F6"
    assert places["P-00000001", Question.PERSON_NOTE] == "Affected people!C2"
    assert places[OTHER, STATUS] == ""  # of an empty cell nobody asks


def test_ids_in_other_letters_are_the_same_ids(path: Path) -> None:
    def lower(book: Workbook) -> None:
        for sheet in book:
            for row in sheet.iter_rows():
                for cell in row:
                    if isinstance(cell.value, str) and cell.value[1:2] == "-":
                        cell.value = cell.value.lower() if cell.value[0] == "I" else cell.value.upper()

    back = read_decisions(changed(path, lower))
    assert (said(back), back.problems) == (EXPECTED, ())


def test_without_the_sheet_decisions_the_others_are_read(path: Path) -> None:
    def less(book: Workbook) -> None:
        book["Affected people"]["F1"] = f"MBCC-{CASE}-0003"
        del book["Decisions"]

    back = read_decisions(changed(path, less))
    assert said(back) == {("P-00000001", Question.PERSON_NOTE): "moved away"}
    assert (
        "The sheet “Decisions”, or each of its columns for answers, is gone: no answer of it was read."
        in back.problems[-1]
    )


def test_a_row_that_was_copied_and_filled_again_gives_both_answers_with_their_cells(path: Path) -> None:
    def copied(book: Workbook) -> None:
        sheet = book["Decisions"]
        sheet.append([cell.value for cell in sheet[5]])
        sheet.cell(sheet.max_row, column_of(sheet, STATUS)).value = "closed"

    back = read_decisions(changed(path, copied))
    statuses = [(one.value, one.place) for one in back.answers if (one.subject, one.question) == (ONE, STATUS)]
    assert statuses == [("open", "Decisions!B5"), ("closed", "Decisions!B7")]


def test_of_merged_cells_only_the_first_answers_and_the_others_are_named(path: Path) -> None:
    def merged(book: Workbook) -> None:
        sheet = book["Decisions"]
        sheet["B5"] = "closed"
        sheet.merge_cells("B5:B6")
        sheet.merge_cells("A3:F3")  # above the table
        sheet.merge_cells("C7:F9")  # below it, and empty

    back = read_decisions(changed(path, merged))
    expected = {**EXPECTED, (ONE, STATUS): "closed"}
    assert said(back) == expected
    assert (OTHER, STATUS) not in {(one.subject, one.question) for one in back.answers}
    assert refused(back) == [(OTHER, STATUS, "closed", "Decisions!B6")]
    assert back.problems == (
        "Decisions, cell B6: For legal: status holds no answer of its own. Type the answer itself.",
    )


def test_cells_of_one_row_that_were_merged_answer_one_question(path: Path) -> None:
    def merged(book: Workbook) -> None:
        sheet = book["Decisions"]
        type_into(sheet, ONE, NOTE, "see the minutes")
        sheet.merge_cells("C5:D5")

    back = read_decisions(changed(path, merged))
    assert said(back)[ONE, NOTE] == "see the minutes"
    assert refused(back) == [(ONE, TOLD, "see the minutes", "Decisions!D5")]


def test_merged_cells_without_a_value_are_empty_ones(path: Path) -> None:
    changed(path, lambda book: book["Decisions"].merge_cells("E5:E6"))
    back = read_decisions(path)
    assert (said(back), back.problems) == (EXPECTED, ())
    assert Answer(ONE, AWARE, "") in back.answers


@pytest.mark.parametrize(
    ("value", "typed"),
    [("=TODAY()", "=TODAY()"), ("=IF(A1>0,1,2)", "=IF(A1>0,1,2)"), (ArrayFormula("D5", "=SUM(1)"), "=SUM(1)")],
)
def test_a_formula_is_refused_and_kept_as_it_was_typed(path: Path, value: object, typed: str) -> None:
    changed(path, lambda book: type_into(book["Decisions"], ONE, TOLD, value))
    back = read_decisions(path)
    assert refused(back) == [(ONE, TOLD, typed, "Decisions!D5")]
    assert back.problems == ("Decisions, cell D5: For legal: people told on holds a formula. Type the answer itself.",)


def test_an_error_is_refused_by_its_name(path: Path) -> None:
    def broken(book: Workbook) -> None:
        type_into(book["Decisions"], ONE, NOTE, "#REF!")
        book["Decisions"]["C5"].data_type = "e"

    assert refused(read_decisions(changed(path, broken))) == [(ONE, NOTE, "#REF!", "Decisions!C5")]


def test_rich_text_is_read_as_its_letters(path: Path) -> None:
    rich = CellRichText("call ", TextBlock(InlineFont(b=True), "them"), " twice")
    status = CellRichText(TextBlock(InlineFont(i=True), "clo"), "sed")
    changed(path, lambda book: type_into(book["Decisions"], ONE, NOTE, rich))
    book = load_workbook(path, rich_text=True)
    type_into(book["Decisions"], ONE, STATUS, status)
    book.save(path)
    back = read_decisions(path)
    assert (said(back)[ONE, NOTE], said(back)[ONE, STATUS], back.problems) == ("call them twice", "closed", ())


@pytest.mark.parametrize(
    ("question", "value", "answer"),
    [
        (TOLD, "20.11.2026", "2026-11-20"),
        (TOLD, "20. 11. 2026", "2026-11-20"),
        (TOLD, "20/11/2026", "2026-11-20"),
        (TOLD, "20 novembre 2026", "2026-11-20"),
        (TOLD, "1er décembre 2026", "2026-12-01"),
        (TOLD, "20. November 2026", "2026-11-20"),
        (AWARE, "20.11.2026 14:30", "2026-11-20T14:30:00+00:00"),
        (NOTE, "007", "007"),
        (NOTE, 7, "7"),
        (STATUS, " Closed\u00a0", "closed"),
        (STATUS, "FALSE  ALARM", "false alarm"),
    ],
)
def test_what_can_be_read_in_one_way_is_read(path: Path, question: Question, value: object, answer: str) -> None:
    changed(path, lambda book: type_into(book["Decisions"], ONE, question, value))
    back = read_decisions(path)
    assert (said(back)[ONE, question], back.problems) == (answer, ())


@pytest.mark.parametrize(
    ("question", "value", "typed"),
    [
        (TOLD, "46341", "46341"),
        (TOLD, "11/12/2026", "11/12/2026"),
        (TOLD, "le 20 novembre", "le 20 novembre"),
        (TOLD, "20.11.26", "20.11.26"),
        (AWARE, "2026-11-20 halb drei", "2026-11-20 halb drei"),
        (STATUS, 1, "1"),
        (STATUS, True, "TRUE"),
    ],
)
def test_what_can_be_read_in_two_ways_is_kept_and_refused_with_its_cell(
    path: Path, question: Question, value: object, typed: str
) -> None:
    changed(path, lambda book: type_into(book["Decisions"], ONE, question, value))
    back = read_decisions(path)
    ((subject, asked, kept, place),) = refused(back)
    assert (subject, asked, kept) == (ONE, question, typed)
    (problem,) = back.problems
    assert problem.startswith(f"Decisions, cell {place.partition('!')[2]}: {TITLES[question]} ")


def test_a_date_that_spreadsheets_count_wrong_is_refused(path: Path) -> None:
    def early(book: Workbook) -> None:
        type_into(book["Decisions"], ONE, TOLD, 15)
        book["Decisions"]["D5"].number_format = "yyyy-mm-dd"

    back = read_decisions(changed(path, early))
    assert back.problems == (
        "Decisions, cell D5: For legal: people told on holds a date that cannot be told for sure. "
        "Type the answer itself.",
    )


def test_a_column_of_a_newer_version_is_told_once_where_it_was_filled(path: Path) -> None:
    def newer(book: Workbook) -> None:
        sheet = book["Decisions"]
        sheet["H4"], sheet["I4"] = "For legal: insurer told on", "For legal:  not filled"
        sheet["H5"] = sheet["H6"] = "2026-11-20"

    back = read_decisions(changed(path, newer))
    assert said(back) == EXPECTED
    assert back.problems == (
        "Decisions, cell H5: this version does not know the column “For legal: insurer told on”, so nothing in it was "
        "read. A newer version may have written the workbook.",
    )


@pytest.mark.parametrize("code", ["de", "fr"])
def test_a_refusal_names_columns_and_words_as_the_workbook_has_them(path: Path, code: str) -> None:
    columns, choices = sections(code)["columns"], sections(code)["choices"]

    def translated(book: Workbook) -> None:
        type_into(book["Decisions"], ONE, STATUS, "xyz")
        book["Decisions"].append(["nobody", "open"])
        book["Affected people"].delete_cols(1)
        for sheet in book:
            for row in sheet.iter_rows():
                for cell in row:
                    cell.value = columns.get(str(cell.value)) or cell.value

    status, strange, lost = sorted(read_decisions(changed(path, translated)).problems)
    title = " ".join(columns[TITLES[STATUS]].split())
    offered = ", ".join(choices[word] for word in ("open", "in review", "confirmed", "false alarm", "closed"))
    assert status == f"Decisions, cell B5: {title} can only be one of: {offered}; or empty."
    assert strange == f"Decisions, cell B7: the row names no {columns['Incident']}, so it was not read."
    assert f"has lost its column {columns['Person']}:" in lost


def test_a_number_where_a_date_is_asked_for_is_refused(path: Path) -> None:
    def number(book: Workbook) -> None:
        type_into(book["Decisions"], ONE, TOLD, 46341)
        book["Decisions"]["D5"].number_format = "General"

    assert refused(read_decisions(changed(path, number))) == [(ONE, TOLD, "46341", "Decisions!D5")]


def merge(path: Path, *ranges: str) -> None:
    """Merge cells in the first sheet as it is written, which openpyxl does cell by cell."""
    merged = "".join(f'<mergeCell ref="{one}"/>' for one in ranges)
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(b"</sheetData>", f"</sheetData><mergeCells>{merged}</mergeCells>".encode())
    with zipfile.ZipFile(path, "w") as package:
        for part, octets in parts.items():
            package.writestr(part, octets)


def test_reading_merged_cells_takes_time_in_proportion(tmp_path: Path) -> None:
    def work(number: int) -> None:
        rows = [(f"I-{row:08}", "open", None, None, None, None) for row in range(number)]
        path = written(tmp_path / "many.xlsx", rows)
        merge(path, *(f"B{row}:B{row + 1}" for row in range(5, 5 + number, 2)))
        assert len(read_decisions(path).refused) == number // 2

    assert_linear(work, 100)


def test_a_merged_cell_of_all_that_lies_below_the_answers_harms_nothing(path: Path) -> None:
    merge(path, "A7:XFD1048576")
    back = read_decisions(path)
    assert (said(back), back.problems) == (EXPECTED, ())


def test_merged_cells_that_lie_on_one_another_are_damage(path: Path) -> None:
    merge(path, *(f"A{row}:F2000" for row in (2, 4) for _ in range(300)), *(f"A2:F{row}" for row in range(9, 600)))
    with pytest.raises(ReportError, match="damaged"):
        read_decisions(path)
