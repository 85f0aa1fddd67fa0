"""The quick way to rows gives what the plain way to each cell gives, and links have their room."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from reports import heights, links
from reports.cells import cell
from reports.heights import lines_of
from reports.language import in_language
from reports.layout import Column, Line, Prose, Sheet, Style, Table, Value
from reports.links import Links
from reports.package import write_package
from reports.rows import RowWriter
from reports.sheets import read_me_first
from reports.shell import Made
from reports.summary import Findings, extent, totals
from tests.reports import example
from tests.reports.hostile import HOSTILE
from tests.reports.test_cells import FORMATS

START = datetime(2024, 2, 5, 9, tzinfo=UTC)
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.integers(-3, 3),
    st.integers(),
    st.floats(),
    st.sampled_from([0.0, 1.0, -0.0]),
    st.text(st.characters(exclude_categories=()), max_size=30),
    st.sampled_from(HOSTILE),
    st.timedeltas(timedelta(-70_000), timedelta(70_000)).map(START.__add__),
)


def writer(width: float = 12.0) -> RowWriter:
    return RowWriter(("A", "B"), (Style.TEXT, Style.DATE), (width, width), FORMATS)


@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=20))
def test_a_row_holds_the_cells_that_its_values_make(rows: list[tuple[Value, Value]]) -> None:
    made = writer()
    for number, (first, second) in enumerate(rows + rows, start=1):
        row = made.row(number, (first, second), {})
        cells = cell(f"A{number}", first, Style.TEXT, FORMATS) + cell(f"B{number}", second, Style.DATE, FORMATS)
        assert row.partition(">")[2] == f"{cells}</row>"


def test_what_a_column_remembers_is_bounded() -> None:
    made = writer()
    for number in range(1, 10_000):
        made.row(number, (f"person{number}@b.example", "n" * 500), {})
    assert [len(column) for column in made._columns] == [9_999 - 4 * 2_048, 0]


def test_a_cell_that_looks_unlike_its_column() -> None:
    made = writer()
    row = made.row(1, ("a", "b"), {1: Style.ALERT})
    assert cell("B1", "b", Style.ALERT, FORMATS) in row
    assert cell("B2", "b", Style.DATE, FORMATS) in made.row(2, ("a", "b"), {})


@given(st.text(max_size=60), st.floats(5, 60))
def test_the_short_cut_counts_as_many_lines_as_the_long_way(text: str, width: float) -> None:
    assert lines_of(text, Style.TEXT, width) == heights._lines(text, width * heights._FILLED)


@pytest.mark.parametrize(
    ("text", "style", "width", "lines"),
    [
        ("20260901.diabetes-newsletter@foundation.fernhill.example", Style.CODE, 36, 3),  # broken at the hyphen as well
        ("a" * 64, Style.CODE, 36, 2),
        ("a" * 40, Style.CODE, 40, 2),
        ("a" * 40, Style.TEXT, 40, 1),
        ("ab-cdefgh ij", Style.TEXT, 7, 3),
        ("mbox/one mbox/two", Style.TEXT, 8, 2),
    ],
)
def test_a_row_is_tall_enough_wherever_its_text_is_broken(text: str, style: Style, width: float, lines: int) -> None:
    assert lines_of(text, style, width) == lines


def elements(held: Links) -> list[str]:
    return [each.decode() for each in held.elements()]


def test_neighbours_that_lead_to_one_place_are_one_link() -> None:
    held = Links()
    for row, leads_to in enumerate(["'A'!A1", "'A'!A1", "'B'!A1", "'A'!A1"], start=2):
        assert held.add(1, row, leads_to)
        assert held.add(3, row, "'C'!A9")
    assert held.add(1, 9, "'A'!A1")  # rows between have no link
    assert [each.split('"')[1] for each in elements(held)] == ["A2:A3", "C2:C5", "A4", "A5", "A9"]


def test_a_link_cannot_leave_its_attribute() -> None:
    held = Links()
    held.add(1, 2, """'a" & <b>'!A1""")
    assert elements(held) == ["""<hyperlink ref="A2" location="'a&quot; &amp; &lt;b>'!A1"/>"""]


def test_more_links_than_a_worksheet_holds_leave_plain_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "MOST_LINKS", 3)
    table = Table(
        "People",
        (Column("Incident", 12, Style.LINK), Column("People", 12, Style.NUMBER_LINK)),
        (Line((f"INC-{n}", n), links={0: f"'People'!A{n + 1}", 1: "'People'!A1"}) for n in range(1, 5)),
        "none",
    )
    target = BytesIO()
    write_package(target, [Sheet("People", (table,))], Made("t", "c", "d", START, "i"))
    sheet: Any = load_workbook(target)["People"]
    assert [bool(sheet.cell(row, 1).hyperlink) for row in range(2, 6)] == [True, True, False, False]
    assert [bool(sheet.cell(row, 2).hyperlink) for row in range(2, 6)] == [True] * 4
    assert [sheet.cell(row, 1).font.underline for row in range(2, 6)] == ["single", "single", None, None]
    assert [sheet.cell(row, 1).value for row in range(2, 6)] == ["INC-1", "INC-2", "INC-3", "INC-4"]


@pytest.mark.parametrize(("incidents", "people", "told"), [(8_191, 65_530, False), (8_192, 1, True), (1, 65_531, True)])
def test_where_a_sheet_may_have_too_many_links_that_is_said_first_in_every_language(
    incidents: int, people: int, *, told: bool
) -> None:
    case = example.full_case()
    found = replace(totals(case), incidents=incidents, people=people, names=0)
    made = read_me_first.sheet(case, Findings(found, extent(case)))
    for code, label in (("en", "Links"), ("de", "Links"), ("fr", "Liens")):
        prose = in_language(made, code).blocks[0]
        assert isinstance(prose, Prose)
        said = [line.values[1] for line in prose.lines if line.values[0] == label]
        assert len(said) == told
        assert not told or ("only so many links" in str(said)) == (code == "en")
