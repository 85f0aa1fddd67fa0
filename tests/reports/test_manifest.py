"""What a manifest keeps of a workbook: facts are told from human cells, whoever saved the file in whatever order."""

from __future__ import annotations

import random
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from reports import write_workbook
from reports.layout import Column, Line, Prose, Sheet, Style, Table
from reports.manifest import Facts, Ledger
from reports.package import write_package
from reports.row_digests import SIZE, Digests, ranks, read, row_digest, written
from reports.shell import Made
from reports.workbook_check import Changes, changes
from scanner.errors import ReportError
from tests.needed import program
from tests.reports import example
from tests.reports.hostile import HOSTILE
from tests.reports.test_libreoffice import converted

MADE = Made("title", "missedbcc", "", datetime(2026, 11, 22, tzinfo=UTC), "id")


def kept(ledger: Ledger, path: Path) -> tuple[list[Facts], Path]:
    rows = path.with_suffix(".rows")
    rows.write_bytes(b"".join(ledger.octets()))
    return ledger.facts(), rows


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Facts], Path]:
    ledger = Ledger()
    path = write_workbook(example.full_case(), tmp_path_factory.mktemp("whole") / "whole.xlsx", ledger=ledger)
    return path, *kept(ledger, path)


def edited(whole: tuple[Path, list[Facts], Path], tmp_path: Path, edit: Callable[[Workbook], object]) -> Changes:
    path, facts, rows = whole
    book = load_workbook(path)
    edit(book)
    other = tmp_path / "edited.xlsx"
    book.save(other)
    return changes(other, facts, rows)


def header(sheet: Worksheet, begin: str) -> tuple[int, int]:
    """Row and column of the first cell whose text begins so."""
    rows = enumerate(sheet.iter_rows(values_only=True), start=1)
    return next((row, at) for row, values in rows for at, v in enumerate(values, start=1) if str(v).startswith(begin))


def column(sheet: Worksheet, title: str) -> int:
    return header(sheet, title)[1]


def under(sheet: Worksheet, title: str) -> Cell:
    """The first cell of a column."""
    row, found = header(sheet, title)
    cell = sheet.cell(row + 1, found)
    assert isinstance(cell, Cell)
    return cell


def human(sheet: Worksheet) -> tuple[int, int]:
    """The first human cell."""
    row, found = header(sheet, "For legal: ")
    return row + 1, found


def test_what_was_heard_is_what_can_be_read(whole: tuple[Path, list[Facts], Path]) -> None:
    path, facts, rows = whole
    assert changes(path, facts, rows) == Changes()
    assert {sheet["title"] for sheet in facts} == set(load_workbook(path).sheetnames)
    assert rows.stat().st_size == SIZE * sum(t["rows"] + t["cells"] for sheet in facts for t in sheet["tables"])


@pytest.mark.libreoffice
def test_libreoffice_saves_the_same_facts(whole: tuple[Path, list[Facts], Path], tmp_path: Path) -> None:
    path, facts, rows = whole
    copy = tmp_path / "whole.xlsx"
    copy.write_bytes(path.read_bytes())
    found = changes(converted(program("soffice", "libreoffice-calc"), copy, "xlsx"), facts, rows)
    assert found == Changes(saved_by=found.saved_by)
    assert re.fullmatch(r"LibreOffice/[0-9.]+", found.saved_by)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("missedbcc", ""),
        ("missedbcc Compatible / Openpyxl 3.1.5", ""),  # as an earlier version wrote it
        ("Microsoft Excel", "Microsoft Excel"),
        ("Microsoft Excel Compatible / Openpyxl 3.1.5", "Microsoft Excel Compatible / Openpyxl 3.1.5"),
        (f"LibreOffice/7.1.4.2$Windows_X86_64 LibreOffice_project/{'a5' * 20}", "LibreOffice/7.1.4.2"),
        ("Tables &amp; more", "Tables & more"),
        ("", ""),
    ],
)
def test_a_program_is_named_as_it_names_itself(
    whole: tuple[Path, list[Facts], Path], tmp_path: Path, said: str, named: str
) -> None:
    path, facts, rows = whole
    with zipfile.ZipFile(path) as package, zipfile.ZipFile(tmp_path / "again.xlsx", "w") as again:
        for name in package.namelist():
            part = package.read(name)
            if name == "docProps/app.xml":
                assert b"<Application>missedbcc</Application></Properties>" in part
                part = part.replace(b">missedbcc<", f">{said}<".encode())
            again.writestr(name, part)
    assert changes(tmp_path / "again.xlsx", facts, rows) == Changes(saved_by=named)


def test_human_cells_are_counted_and_are_no_facts(whole: tuple[Path, list[Facts], Path], tmp_path: Path) -> None:
    def fill(book: Workbook) -> None:
        sheet = book["Incidents"]
        row, at = human(sheet)
        sheet.cell(row, at).value = datetime(2026, 11, 1)  # noqa: DTZ001 - cells have no zone
        sheet.cell(row + 1, at).value = "yesterday"
        people = book["Affected people"]
        people.cell(*human(people)).value = "by letter"

    found = edited(whole, tmp_path, fill)
    assert (dict(found.answers), found.of_facts) == ({"Incidents": 2, "Affected people": 1}, False)


def test_sorted_rows_and_moved_columns_are_the_same_facts(
    whole: tuple[Path, list[Facts], Path], tmp_path: Path
) -> None:
    def shuffle(book: Workbook) -> None:
        for title in ("Incidents", "Affected people", "Timeline", "Viewers"):
            sheet = book[title]
            top, _ = header(sheet, "Incident" if title != "Affected people" else "Person")
            cells = sheet.iter_rows(min_row=top)
            head, *rows = [[(c.value, c.data_type, c.number_format) for c in row] for row in cells]
            order = list(range(len(head)))
            random.Random(7).shuffle(order)  # noqa: S311 - any order will do
            random.Random(8).shuffle(rows)  # noqa: S311
            sheet.tables.clear()
            for number, row in enumerate([head, *rows], start=top):
                for at, place in enumerate(order, start=1):
                    cell = sheet.cell(number, at)
                    cell.value, cell.data_type, cell.number_format = row[place]

    assert not edited(whole, tmp_path, shuffle).of_facts


def test_changed_facts_are_told_sheet_by_sheet(whole: tuple[Path, list[Facts], Path], tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        people = book["Affected people"]
        people.cell(3, column(people, "Seen by outsiders")).value = 1
        people.cell(9, column(people, "Address")).value = "nobody@freemail.example"
        evidence = book["Evidence"]
        evidence.delete_rows(header(evidence, "Incident")[0] + 1)
        book["Read me first"].cell(3, 2).value = "All is well."
        coverage = book["Coverage"]
        last = next(row for row in range(coverage.max_row, 0, -1) if coverage.cell(row, 1).value)
        coverage.cell(last, 2).value = "Nothing."

    found = edited(whole, tmp_path, change)
    assert dict(found.facts) == {"Affected people": 2, "Evidence": 1, "Read me first": 1, "Coverage": 1}
    assert not found.answers


def test_values_exchanged_between_two_columns_are_a_change(
    whole: tuple[Path, list[Facts], Path], tmp_path: Path
) -> None:
    def exchange(book: Workbook) -> None:
        sheet = book["Affected people"]
        one, other = (under(sheet, t) for t in ("Seen by outsiders", "Seen by insiders"))
        one.value, other.value = other.value, one.value

    assert dict(edited(whole, tmp_path, exchange).facts) == {"Affected people": 1}


def test_a_formula_in_place_of_a_fact_is_a_change(whole: tuple[Path, list[Facts], Path], tmp_path: Path) -> None:
    def compute(book: Workbook) -> None:
        sheet = book["Affected people"]
        cell = under(sheet, "Seen by outsiders")
        cell.value = f"={cell.value}+0"

    assert dict(edited(whole, tmp_path, compute).facts) == {"Affected people": 1}


def test_sheets_and_columns_that_go_or_come_are_told(whole: tuple[Path, list[Facts], Path], tmp_path: Path) -> None:
    def rebuild(book: Workbook) -> None:
        del book["Timeline"]
        book.create_sheet("My notes")["A1"] = "a note"
        sheet = book["Incidents"]
        top, _ = human(sheet)
        sheet.cell(top - 1, sheet.max_column + 1).value = "My own column"
        sheet.cell(top, sheet.max_column).value = "a thought"
        evidence = book["Evidence"]
        evidence.delete_cols(column(evidence, "Message-ID"))

    found = edited(whole, tmp_path, rebuild)
    assert (found.missing, found.added) == (("Timeline",), ("My notes",))
    assert dict(found.answers) == {"Incidents": 1}
    assert found.facts["Evidence"] > 1


def test_a_table_without_rows_and_one_over_many_sheets(tmp_path: Path) -> None:
    columns = (Column("Name", 10), Column("Number", 10, Style.NUMBER), Column("Note", 10, Style.HUMAN))
    lines = [Line((f"one {number}", number, None)) for number in range(50)]
    sheets = [
        Sheet("Long", (Prose([Line(("above",))]), Table("Long", columns, lines, "none"), Prose([Line(("below", 2))]))),
        Sheet("Empty", (Table("Empty", columns, (), "There is none."),)),
    ]
    ledger, path = Ledger(), tmp_path / "long.xlsx"
    with path.open("wb") as stream:
        write_package(stream, map(ledger.listening, sheets), MADE, capacity=20)
    facts, rows = kept(ledger, path)
    assert len(load_workbook(path).sheetnames) > 3
    assert changes(path, facts, rows) == Changes()
    book = load_workbook(path)
    book["Long (2)"].cell(5, 2).value = 77
    book["Long (2)"].cell(5, 3).value = "a note"
    book["Empty"].cell(2, 1).value = "There is one."
    book.save(path)
    assert dict(changes(path, facts, rows).facts) == {"Long": 1, "Empty": 1}


@pytest.mark.parametrize("spoil", [lambda o: o[:-1], lambda o: o + b"\0" * SIZE, lambda o: bytes([o[0] ^ 1]) + o[1:]])
def test_digests_of_rows_that_are_not_those_that_were_written(
    whole: tuple[Path, list[Facts], Path], tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    path, facts, rows = whole
    other = tmp_path / "other.rows"
    other.write_bytes(spoil(rows.read_bytes()))
    with pytest.raises(ValueError, match="digest"):
        changes(path, facts, other)


def test_a_file_that_is_no_workbook_is_damaged(whole: tuple[Path, list[Facts], Path], tmp_path: Path) -> None:
    path, facts, rows = whole
    octets = path.read_bytes()
    for number, content in enumerate([b"", b"PK", octets[: len(octets) // 2], b"<html>", octets[5000:]]):
        file = tmp_path / f"{number}.xlsx"
        file.write_bytes(content)
        with pytest.raises(ReportError):
            changes(file, facts, rows)


VALUES: list[Any] = [
    *HOSTILE, "", None, 0, -1, 1 / 3, 0.1 + 0.2, 1e-9, 2**53, 2**53 + 1, float("inf"), True,
    "_x000D_", "_x005F_x000D_", "a\rb", "a\r\nb", "x" * 40_000, "=1+1", "1", "1.50", "2026-01-01",
    datetime(2020, 7, 6, 23, 59, 59, 999_999, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC),
    datetime(1900, 2, 28, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
]  # fmt: skip


def test_a_value_is_read_as_it_was_written(tmp_path: Path) -> None:
    columns = (Column("Value", 10, Style.TEXT), Column("Date", 10, Style.DATE))
    lines = [Line((f"{number}", value) if isinstance(value, datetime) else (value,)) for number, value in
             enumerate(VALUES) if value is not True]  # fmt: skip
    ledger, path = Ledger(), tmp_path / "values.xlsx"
    with path.open("wb") as stream:
        write_package(stream, [ledger.listening(Sheet("Values", (Table("Values", columns, lines, ""),)))], MADE)
    assert changes(path, *kept(ledger, path)) == Changes()


@given(st.lists(st.binary(min_size=SIZE, max_size=SIZE)), st.randoms(use_true_random=False))
def test_digests_have_no_order_and_know_how_often(found: list[bytes], chance: random.Random) -> None:
    one, other = Digests(b"".join(found)), Digests()
    mixed = [*found]
    chance.shuffle(mixed)
    for digest in mixed:
        other.add(digest)
    assert (one.hexdigest(), len(one), one.differ(other)) == (other.hexdigest(), len(found), (0, 0))
    assert b"".join(one.octets()) == b"".join(sorted(found))
    if found:
        other.add(found[0])
        assert one.differ(other) == (0, 1)
        assert one.hexdigest() != other.hexdigest()


@given(st.lists(st.text(), unique=True))
def test_ranks_do_not_depend_on_the_order(titles: list[str]) -> None:
    assert dict(zip(titles, ranks(titles), strict=True)) == dict(zip(titles[::-1], ranks(titles[::-1]), strict=True))


@given(st.lists(st.tuples(st.integers(0, 9), st.text())), st.lists(st.tuples(st.integers(0, 9), st.text())))
def test_rows_that_differ_have_other_digests(one: list[tuple[int, str]], other: list[tuple[int, str]]) -> None:
    said, beside = ([cell for cell in row if cell[1]] for row in (one, other))
    assert (row_digest(one) == row_digest(other)) is (said == beside)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_a_number_with_fifteen_digits_is_the_same_number(number: float) -> None:
    assert written(number) == read(float(f"{number:.15g}"))
