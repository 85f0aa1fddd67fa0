"""What a spreadsheet program finds around the cells: lists, prompts, bands, charts, headers and properties."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import fields, replace
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from reports import write_workbook
from reports.entry import Lists, Sayings
from reports.language import words
from reports.layout import MAX_TITLE, Chart, Column, Line, Sheet, Style, Table, page_title
from reports.package import write_package
from reports.shell import MARK_PROPERTY, Made
from tests.reports import example, manners
from tests.reports.hostile import HOSTILE


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return manners.workbook(tmp_path_factory.mktemp("manners") / "x.xlsx")


@pytest.fixture(scope="module")
def book(path: Path) -> Workbook:
    return load_workbook(path)


def validations(sheet: Any) -> dict[str, Any]:
    return {str(each.sqref): each for each in sheet.data_validations.dataValidation}


def test_choices_are_lists_that_other_text_may_leave(book: Workbook) -> None:
    found = validations(book["Register"])
    status = found["E2:E6"]
    assert (status.type, status.formula1) == ("list", '"open,in review,closed"')
    assert (status.errorStyle, status.showErrorMessage, status.allow_blank) == ("warning", True, True)
    assert (status.promptTitle, status.prompt, status.showInputMessage) == ("Status", "Where it stands.", True)
    assert not status.showDropDown  # which hides the arrow
    assert status.error == Sayings().not_offered


def test_long_lists_and_commas_come_from_a_hidden_sheet(book: Workbook) -> None:
    found = validations(book["Register"])
    assert found["F2:F6"].formula1 == "'Lists'!$A$1:$A$3"
    assert found["G2:G6"].formula1 == "'Lists'!$B$1:$B$30"
    lists = book["Lists"]
    assert lists.sheet_state == "hidden"
    assert [cell.value for cell in lists["A"] if cell.value] == list(manners.COMMAS)
    assert [cell.value for cell in lists["B"]] == list(manners.LONG)
    assert book.sheetnames == ["Register", "More", "Lists"]


def test_a_workbook_without_long_lists_has_no_hidden_sheet() -> None:
    assert load_workbook(written(one_cell(Column("Status", 9, choices=manners.STATUS)))).sheetnames == ["One"]


def test_days_and_moments_ask_for_a_date(book: Workbook) -> None:
    sheet = book["Register"]
    found = validations(sheet)
    for cells, said in (("H2:H6", Sayings().not_a_day), ("I2:I6", Sayings().not_a_moment)):
        assert (found[cells].type, found[cells].operator, found[cells].formula1) == (
            "date",
            "greaterThanOrEqual",
            "36526",
        )
        assert (found[cells].errorStyle, found[cells].error) == ("warning", said)
    assert (sheet["H2"].is_date, sheet["H2"].number_format) == (True, "yyyy\\-mm\\-dd")
    assert "UTC" in sheet["I2"].number_format
    assert found["J2:J6"].type is None
    assert found["J2:J6"].prompt == "Anything."


def test_bands_are_rules_and_the_longest_word_counts(book: Workbook) -> None:
    rules = {
        str(cells.sqref): [(rule.type, rule.text, rule.formula[0], rule.dxf, rule.stopIfTrue) for rule in cells.rules]
        for cells in book["Register"].conditional_formatting
    }
    severity = rules["D2:D6"]
    assert [(kind, text) for kind, text, *_ in severity] == [
        ("beginsWith", "high, but"),
        ("beginsWith", 'say "no"'),
        ("beginsWith", "high"),
    ]
    assert severity[1][2] == 'LEFT(D2,LEN("say ""no"""))="say ""no"""'
    assert all(stops for *_, stops in severity)
    high, plain = severity[2][3], severity[0][3]
    assert (high.font.b, high.fill.bgColor.rgb) == (True, "00FCE4D6")
    assert not plain.font.b
    assert high.font.name is high.font.sz is None  # which a rule cannot change
    assert [text for _, text, *_ in rules["E2:E6"]] == ["open"]


def test_a_chart_draws_its_table_and_says_so_in_words(path: Path) -> None:
    with zipfile.ZipFile(path) as package:
        names = package.namelist()
        chart = package.read("xl/charts/chart1.xml").decode()
        drawing = package.read("xl/drawings/drawing1.xml").decode()
    assert [name for name in names if "/charts/" in name] == ["xl/charts/chart1.xml"]  # none of a table without lines
    assert set(re.findall("<(?:c:)?f>([^<]*)</", chart)) == {"'Register'!$B$2:$B$6", "'Register'!$C$2:$C$6"}
    assert "People by month &amp; more" in chart
    assert 'descr="People by month &amp; more: People, Month (A1:J6)"' in drawing
    ElementTree.fromstring(drawing)  # noqa: S314 - our own XML


def test_each_chart_of_a_report_begins_a_printed_page(tmp_path: Path) -> None:
    book = load_workbook(write_workbook(example.full_case(), tmp_path / "full.xlsx"))
    sheet: Any = book["Read me first"]
    ends = [end.id for end in sheet.row_breaks.brk]
    headings = [sheet.cell(end + 1, 1).value for end in ends]
    assert headings == ["Exposures by month", "People by incident"]
    assert [chart.anchor._from.row for chart in sheet._charts] == [end + 1 for end in ends]  # counting from 0
    assert not any(each.row_breaks.brk for each in book if each is not sheet)


def test_mark_and_properties_are_in_the_file(book: Workbook, path: Path) -> None:
    properties = book.properties
    assert properties.title == "People shown to others"
    assert (properties.subject, properties.keywords, properties.language) == ("Incidents", "mail, personal data", "en")
    assert (properties.identifier, properties.creator) == ("run 7", "missedbcc")
    kept: Any = book
    assert {each.name: each.value for each in kept.custom_doc_props.props} == {MARK_PROPERTY: manners.MARK}
    with zipfile.ZipFile(path) as package:
        assert b"<Company/>" in package.read("docProps/app.xml") or b"Company" not in package.read("docProps/app.xml")
    for sheet in book:
        header, footer = sheet.oddHeader, sheet.oddFooter
        assert header
        assert footer
        assert header.right.text == manners.MARK
        assert footer.right.text == "Page &P of &N"


def test_a_mark_cannot_be_a_code_of_the_header() -> None:
    target = written(one_cell(Column("a", 9)), replace(manners.MADE, mark='&P&"Wingdings"&D & co'))
    with zipfile.ZipFile(target) as package:
        header = re.search(b"<oddHeader>(.*?)</oddHeader>", package.read("xl/worksheets/sheet1.xml"))
    assert header
    assert header[1].decode() == '&amp;R&amp;&amp;P&amp;&amp;"Wingdings"&amp;&amp;D &amp;&amp; co'


def test_sheets_are_not_protected_so_that_rows_can_be_sorted(book: Workbook) -> None:
    assert not any(sheet.protection.sheet for sheet in book)


def test_a_table_goes_on_with_its_manners_on_a_further_page(tmp_path: Path) -> None:
    book = load_workbook(manners.workbook(tmp_path / "x.xlsx", count=10, capacity=6))
    assert book.sheetnames == [
        "Register",
        "Register (2)",
        "More",
        "Lists",
        "Lists (2)",
        "Lists (3)",
        "Lists (4)",
        "Lists (5)",
    ]
    for title in ("Register", "Register (2)"):
        sheet: Any = book[title]
        assert [table.ref for table in sheet.tables.values()] == ["A1:J6"]
        assert "E2:E6" in validations(sheet)
        assert {str(cells.sqref) for cells in sheet.conditional_formatting} == {"D2:D6", "E2:E6"}
        (chart,) = sheet._charts
        assert chart.series[0].val.numRef.f == f"'{title}'!$C$2:$C$6"


def test_the_same_sheets_give_the_same_bytes(tmp_path: Path, path: Path) -> None:
    assert manners.workbook(tmp_path / "again.xlsx").read_bytes() == path.read_bytes()


def test_the_name_of_a_further_page_fits() -> None:
    assert page_title("n" * MAX_TITLE, 0) == "n" * MAX_TITLE
    assert page_title("n" * MAX_TITLE, 11) == "n" * (MAX_TITLE - 5) + " (12)"


def one_cell(column: Column, value: str = "x", bands: dict[str, Style] | None = None) -> Sheet:
    table = Table("One", (column,), [Line((value,))], "none", {0: bands or {}})
    return Sheet("One", (table,), charts=(Chart(column.title, "One", column.title, column.title, "C3"),))


def written(sheet: Sheet, made: Made = manners.MADE) -> BytesIO:
    target = BytesIO()
    write_package(target, [sheet], made)
    return target


def parts_of(target: BytesIO) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(target) as package:
        for name in package.namelist():
            yield name, package.read(name)


def assert_safe(text: str) -> None:
    """A text of a stranger, wherever a workbook can show one, leaves it well formed and holds no cell formula."""
    column = Column(text or "a", 12, choices=(text or "a", "b"), prompt=text)
    sayings = Sayings(footer=text, unusual=text, not_offered=text)
    made = Made(text, text, text, manners.MOMENT, text, text, text, text, sayings=sayings)
    target = written(one_cell(column, text, {text or "a": Style.ALERT}), made)
    for name, part in parts_of(target):
        root = ElementTree.fromstring(part)  # noqa: S314 - our own XML
        if name.startswith("xl/worksheets/sheet"):
            assert not root.findall(".//{*}f")
            header = re.search("<oddHeader>(.*?)</oddHeader>", part.decode(), re.DOTALL)
            assert header is None or len(header[1].replace("&amp;", "&")) <= 255
    book = load_workbook(target)
    for validation in book["One"].data_validations.dataValidation:
        assert len(validation.formula1 or "") <= 257
        assert len(validation.prompt or "") <= 255
        assert len(validation.promptTitle or "") <= 32
    (title,) = [column.name for column in next(iter(book["One"].tables.values())).tableColumns]
    # openpyxl resolves the escape _x005F_ in the names of columns and not in cells; Excel does in both.
    assert title == str(book["One"]["A1"].value).replace("_x005F_", "_")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_safe_everywhere(text: str) -> None:
    assert_safe(text)


@settings(max_examples=40)  # each makes a whole workbook
@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_any_text_is_safe_everywhere(text: str) -> None:
    assert_safe(text)


@given(st.lists(st.text(max_size=40), min_size=1, max_size=20).map(tuple))
def test_a_list_of_choices_can_be_read_back(choices: tuple[str, ...]) -> None:
    lists = Lists()
    source = lists.source(choices)
    if source.startswith('"'):
        assert tuple(source[1:-1].replace('""', '"').split(",")) == choices
        assert len(source) <= 257
    else:
        assert source == f"'Lists'!$A$1:$A${len(choices)}"
        assert lists.source(choices) == source
        assert bool(lists)


@pytest.mark.parametrize("code", ["fr", "de"])
def test_what_stands_outside_of_cells_is_translated_too(code: str) -> None:
    english = Sayings()
    said = english.passed_through(words(code))
    for one in fields(Sayings):
        assert getattr(said, one.name) != getattr(english, one.name)
    assert said.page_of.count("&") == 2
    assert "2026-03-02 14:30" in said.not_a_moment
    assert len(said.unusual) <= 32
