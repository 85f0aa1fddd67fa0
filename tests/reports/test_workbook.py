"""The workbook as openpyxl and plain XML readers find it."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.utils import get_column_letter, range_boundaries

from reports import SHEETS, write_workbook
from reports.questions import title_of
from reports.workbook import write
from scanner.case import Outcome
from scanner.coverage import ChosenBy, Coverage
from scanner.decision import Question
from tests.reports import example
from tests.reports.tables import column_of, rows_of

TITLES = [
    "Read me first",
    "Incidents",
    "Affected people",
    "Person × message",
    "Viewers",
    "Timeline",
    "Considered and cleared",
    "Coverage",
    "Evidence",
    "Decisions",
]
LEGIBLE = 320  # characters across a page of A4 or Letter in landscape: letters of 5 points
CASES = {"full": example.full_case, "clean": example.clean_case, "failed": example.failed_case}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workbooks")


@pytest.fixture(scope="module")
def full(folder: Path) -> Workbook:
    return load_workbook(write_workbook(example.full_case(), folder / "full.xlsx"))


def read_me(book: Workbook) -> dict[str, object]:
    return {str(row[0].value): row[1].value for row in book["Read me first"].iter_rows() if row[0].value}


def whole_text(path: Path, under: str = "") -> str:
    with zipfile.ZipFile(path) as package:
        return "".join(package.read(name).decode() for name in package.namelist() if name.startswith(under))


def test_the_sheets_stand_in_their_order(full: Workbook) -> None:
    assert full.sheetnames == TITLES
    assert len(SHEETS) == len(TITLES)


@pytest.mark.parametrize("name", CASES)
def test_no_formula_no_outside_link_no_word_of_law(folder: Path, name: str) -> None:
    path = write_workbook(CASES[name](), folder / f"{name}.xlsx")
    text = whole_text(path)
    for formula in ("<f>", "<f "):
        assert formula not in whole_text(path, "xl/worksheets/")  # in charts these are names of ranges
    assert "External" not in text
    assert "externalLink" not in text
    assert "breach" not in text.lower()
    assert "must notify" not in text.lower()
    cells = [cell for sheet in load_workbook(path) for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "inlineStr"}


@pytest.mark.parametrize("name", CASES)
def test_every_page_can_be_read_and_printed(folder: Path, name: str) -> None:
    book = load_workbook(write_workbook(CASES[name](), folder / f"{name}.xlsx"))
    for sheet in book:
        assert sheet.freeze_panes
        assert sheet.print_title_rows
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToWidth == 1
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.sheet_properties.pageSetUpPr
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert not sheet.merged_cells.ranges
        for table in sheet.tables.values():
            assert table.autoFilter
            assert table.autoFilter.ref == table.ref
            assert len(sheet[table.ref]) >= 2  # Excel repairs a table without a row
            assert [cell.value for cell in sheet[table.ref][0]] == [column.name for column in table.tableColumns]
    assert [sheet.sheet_view.tabSelected for sheet in book].count(True) == 1


def _bounds(cells: str) -> Any:
    """First column and row, last column and row; the stubs think of ranges without an end."""
    return range_boundaries(cells)


@pytest.mark.parametrize("name", CASES)
def test_what_is_printed_is_all_of_it_and_legible_on_a4_or_letter(folder: Path, name: str) -> None:
    book: Any = load_workbook(write_workbook(CASES[name](), folder / f"{name}.xlsx"))
    several = {}
    for sheet in book:
        assert sheet.page_setup.paperSize == 9
        assert (sheet.oddFooter.center.text, sheet.oddFooter.right.text) == ("&A", "Page &P of &N")
        parts = [part.rpartition("!")[2] for part in sheet.print_area.split(",")] if sheet.print_area else []
        bounds = [_bounds(part) for part in parts] or [(1, 1, sheet.max_column, sheet.max_row)]
        columns = [number for left, _, right, _ in bounds for number in range(left, right + 1)]
        assert columns == [*range(1, sheet.max_column + 1)]
        assert {(top, bottom) for _, top, _, bottom in bounds} == {(1, sheet.max_row)}
        widths = {number: sheet.column_dimensions[get_column_letter(number)].width for number in columns}
        again = range(1, _bounds(sheet.print_title_cols.replace("$", ""))[2] + 1) if parts else ()
        for left, _, right, _ in bounds:
            assert sum(widths[number] for number in {*again, *range(left, right + 1)}) < LEGIBLE, (sheet.title, left)
        several[sheet.title] = len(parts)
    assert {title: count for title, count in several.items() if count} == {"Incidents": 6, "Affected people": 3}
    groups = [cell.column for cell in book["Incidents"][1] if cell.value]
    starts = [_bounds(part.rpartition("!")[2])[0] for part in book["Incidents"].print_area.split(",")]
    assert set(starts) == {*groups} - {groups[1]}  # a part is one group of columns, and the first of two


def test_the_figures_of_an_incident(full: Workbook) -> None:
    survey = rows_of(full["Incidents"], "Incidents")[0]
    people = example.full_case().held_incidents[0].affected
    assert survey["Affected people"] == 271
    assert survey["Shown by name only"] == 0
    assert survey["Disclosed entries"] == sum(len(each.fields) for each in people) == 326
    assert survey["Counted people"] == 240
    assert survey["Role accounts"] == 31
    assert survey["Free-mail share"] == pytest.approx(180 / 271)
    assert (survey["Told by name"], survey["With a full name"], survey["With part of a name"]) == (240, 120, 120)
    assert survey["Affected people by country"] == "not known: 271"
    assert survey["Viewers"] == 273
    assert (survey["Outsiders among viewers"], survey["Internal among viewers"]) == (271, 1)
    assert (survey["Affiliates among viewers"], survey["Bcc among viewers"]) == (1, 1)
    assert survey["Copies found"] == 3
    assert survey["First sent"] == datetime(2020, 7, 21, 14, 3, 25)  # noqa: DTZ001 - cells have no zone; it is UTC
    assert survey["Author"] == "User research <research@handset.example>"


def test_dates_say_their_zone(full: Workbook) -> None:
    sheet = full["Incidents"]
    for title in ("First sent", "Last sent", "Found by the tool"):
        cell = sheet.cell(3, column_of(sheet, "Incidents", title))
        assert isinstance(cell, Cell)
        assert cell.is_date
        assert '"' in cell.number_format
        assert "UTC" in cell.number_format


def test_cells_for_humans_are_marked_and_empty(full: Workbook) -> None:
    asked: list[str] = []
    for sheet in full:
        for name in sheet.tables:
            rows = rows_of(sheet, name)
            human = [title for title in rows[0] if title.startswith("For legal: ")]
            asked += human
            assert all(row[title] is None for row in rows for title in human)
    assert sorted(asked) == sorted(title_of(question) for question in Question)


def test_links_lead_to_the_first_row_and_back(full: Workbook) -> None:
    incidents = full["Incidents"]
    leads_to = {
        "Incident": "Person × message",
        "Affected people": "Person × message",
        "Viewers": "Viewers",
        "Messages": "Timeline",
        "Copies found": "Evidence",
        "Status": "Decisions",
    }
    for row in range(3, 7):
        for column, name in leads_to.items():
            link = incidents.cell(row, column_of(incidents, "Incidents", column)).hyperlink
            assert link is not None
            assert link.target is None
            assert link.location is not None
            title, _, target = link.location.rpartition("!")
            sheet = full[name]
            assert title == f"'{name}'"
            assert sheet[target].value == incidents[f"A{row}"].value
            assert sheet.cell(sheet[target].row - 1, 1).value != incidents[f"A{row}"].value
    for name in ("Person × message", "Viewers", "Timeline", "Evidence", "Decisions"):
        (table,) = full[name].tables.values()
        for first, *_ in full[name][table.ref][1:]:
            assert first.hyperlink is not None
            assert first.hyperlink.location is not None
            assert incidents[first.hyperlink.location.rpartition("!")[2]].value == first.value


def test_hostile_names_arrive_as_harmless_text(full: Workbook) -> None:
    sheet = full["Affected people"]
    column = column_of(sheet, "AffectedPeople", "All names shown") - 1
    named = {str(row[1].value): row[column] for row in sheet.iter_rows(min_row=2)}
    people = example.hostile_incident().affected
    compared = 0
    for each in people:
        if not each.names or each.address is None:
            continue
        cell, name = named[each.address], each.names[0]
        assert cell.data_type == "s"
        if name.isprintable() and len(name) < 1_000 and "_x" not in name:
            assert cell.value == name
            compared += 1
        if name.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")):
            assert cell.quotePrefix
    assert compared > 15


def test_coverage_adds_up_and_names_what_is_missing(full: Workbook) -> None:
    rows = rows_of(full["Coverage"], "Coverage")
    states = {(row["Account"], row["Folder"]): row["State"] for row in rows}
    assert states["press office", "Sent"] == "incomplete"
    assert states["research", "Sent Items"] == "complete"
    assert states["research", "Drafts"] == "left out"
    broken = next(row for row in rows if row["State"] == "incomplete")
    assert (broken["Expected"], broken["Read"], broken["Unreadable"], broken["Missing"]) == (1_000, 700, 12, 288)
    assert len(rows_of(full["Coverage"], "UnreadableMessages")) == 12
    text = " ".join(str(cell.value) for row in full["Coverage"].iter_rows() for cell in row)
    for blind_spot in ("Mail sent by applications", "Hidden recipients (Bcc)", "Deleted and archived mail"):
        assert blind_spot in text


def test_evidence_names_every_copy(full: Workbook) -> None:
    rows = rows_of(full["Evidence"], "Evidence")
    assert [row["Folder"] for row in rows[:3]] == ["Sent Items", "Copies/1", "Copies/2"]
    assert re.fullmatch("[0-9a-f]{64}", str(rows[0]["SHA-256 of the header as read"]))
    assert [row["SHA-256 of the header as read"] for row in rows[1:3]] == ["1" * 64, "2" * 64]
    assert [row["How it was found"] for row in rows[:3]] == ["read", "further copy", "further copy"]
    hostile = next(row for row in rows if row["Incident"] == "INC-00000003")
    assert hostile["Unread text of address fields"] == "To: someone at nowhere; @@\nCc: =2+5 \\u202e"
    assert "no Message-ID" in str(hostile["Defects"])
    assert hostile["Sent"] == "unknown"


def test_read_me_tells_of_gaps_and_guesses_first(full: Workbook) -> None:
    said = read_me(full)
    assert list(said)[1:3] == ["New since the last report", "INCOMPLETE"]
    assert said["New since the last report"] == "4 incidents: 4 new, 0 changed, 0 reopened, 0 known."
    assert "288 messages missing" in str(said["INCOMPLETE"])
    assert "press office" in str(said["Not read"])
    assert "please confirm" in str(said["Internal domains"])
    assert "PROPOSED" in str(said["Please confirm"])
    assert "No finding is not proof of absence" in str(said["Limits"])
    assert str(said["Considered and cleared"]).startswith("3 incidents of other classes")
    assert "3 messages fewer" in str(said["To know"])
    assert said["Incidents"] == 4
    assert said["Messages in them"] == 6
    assert said["Affected people, each once"] == 366
    assert said["of them reached, bounces taken off"] == 365
    assert said["Shown by name only, each once"] == 1


def test_nothing_found_is_said_with_what_was_read(folder: Path) -> None:
    book = load_workbook(write_workbook(example.clean_case(), folder / "clean.xlsx"))
    said = read_me(book)
    assert list(said)[2] == "COMPLETE"
    assert said["Result"] == "No probable exposure was found."
    assert str(said["Considered and cleared"]).startswith("Nothing: no other message that was read named 5 outsiders")
    assert book["Considered and cleared"]["A2"].value == "Nothing else was considered."
    assert said["COMPLETE"] == (
        "All mail in the one folder searched was read: 15,301 messages, none unreadable, none missing."
    )
    assert said["Messages read"] == 15_301
    assert "Please confirm" not in said
    assert book["Affected people"]["A2"].value == "No probable exposure was found."


def test_nothing_read_is_said_first_and_never_looks_clean(folder: Path) -> None:
    book = load_workbook(write_workbook(example.failed_case(), folder / "failed.xlsx"))
    said = read_me(book)
    assert list(said)[1] == "NOTHING WAS READ"
    assert "refused the login" in str(said["Not read"])
    assert said["Result"] == said["Considered and cleared"] == "No mail was read."
    assert "Incidents" not in said
    coverage = [str(row[0].value) for row in book["Coverage"].iter_rows()]
    assert coverage[0] == "NOTHING WAS READ"
    assert any("refused the login" in line for line in coverage)
    assert "None." not in coverage
    assert book["Incidents"]["A3"].value == "No mail was read."


@pytest.mark.parametrize("outcome", [None, Outcome.STOPPED, Outcome.FAILED, Outcome.INCOMPLETE])
def test_a_run_that_did_not_end_well_is_never_complete(folder: Path, outcome: Outcome | None) -> None:
    case = replace(example.clean_case(), held_runs=(example.run(1), example.run(2, outcome)))
    said = read_me(load_workbook(write_workbook(case, folder / "stopped.xlsx")))
    assert list(said)[2] == "INCOMPLETE"


def test_a_case_without_a_run_says_so(folder: Path) -> None:
    said = read_me(load_workbook(write_workbook(example.ExampleCase(example.policy()), folder / "new.xlsx")))
    assert list(said)[1] == "NOTHING WAS READ"
    assert said["Runs"] == "None: nothing was searched yet."


def test_a_folder_that_does_not_say_its_size(folder: Path) -> None:
    unstated = Coverage("research", "Sent.mbox", ChosenBy.ARCHIVE, None, 12, finished=True)
    case = replace(example.clean_case(), held_coverage=(unstated,))
    book = load_workbook(write_workbook(case, folder / "unstated.xlsx"))
    assert rows_of(book["Coverage"], "Coverage")[0]["Expected"] == "not stated"
    said = read_me(book)
    assert "1 of 1 folders" in str(said["Size not stated"])
    assert "Messages expected" not in said
    assert "none missing" not in str(said["COMPLETE"])


def test_the_same_case_gives_the_same_bytes(folder: Path) -> None:
    one = write_workbook(example.full_case(), folder / "one.xlsx").read_bytes()
    other = write_workbook(example.full_case(), folder / "other.xlsx").read_bytes()
    assert one == other


def test_properties_are_of_the_run_and_name_no_machine(full: Workbook) -> None:
    assert full.properties.title == "missedbcc: who was shown to whom"
    assert full.properties.creator == full.properties.lastModifiedBy == "missedbcc"
    assert full.properties.modified == datetime(2026, 11, 21, 8, 4, 14)  # noqa: DTZ001 - openpyxl gives UTC bare
    assert full.properties.identifier is not None
    assert full.properties.identifier.startswith("run 2, version 0.1.0")


@cache
def _all_addresses() -> list[str]:
    """In the order of Person × message."""
    return [
        each.address or "(address unknown)"
        for incident in example.full_case().incidents()
        for exposure in incident.exposures
        for each in exposure.affected
    ]


def test_a_sheet_that_is_full_goes_on_in_another(folder: Path) -> None:
    path = write(example.full_case(), folder / "split.xlsx", SHEETS, capacity=101)
    book = load_workbook(path)
    parts = [title for title in book.sheetnames if title.startswith("Person × message")]
    assert parts == ["Person × message", *(f"Person × message ({number})" for number in range(2, 5))]
    names = ["PersonAndMessage", *(f"PersonAndMessage_{number}" for number in range(2, 5))]
    found = [row["Address"] for title, name in zip(parts, names, strict=True) for row in rows_of(book[title], name)]
    assert found == _all_addresses()
    assert max(sheet.max_row for sheet in book) <= 101
    _check_links(book)


def _check_links(book: Workbook) -> None:
    """Wherever a link of the register leads, the incident itself stands."""
    for cells in book["Incidents"].iter_rows(min_row=3):
        for linked in cells:
            if linked.hyperlink is not None:
                title, _, target = str(linked.hyperlink.location).rpartition("!")
                assert book[title.strip("'")][target].value == cells[0].value


@pytest.mark.parametrize("capacity", [3, 4, 5, 7, 12, 28])
def test_no_row_is_lost_however_small_a_sheet_is(folder: Path, capacity: int) -> None:
    case = replace(example.full_case(), held_incidents=(example.full_case().held_incidents[2],))
    book = load_workbook(write(case, folder / "small.xlsx", SHEETS, capacity=capacity))
    addresses = {
        kind: [
            row["Address"] for sheet in book for name in sheet.tables if kind in name for row in rows_of(sheet, name)
        ]
        for kind in ("AffectedPeople", "PersonAndMessage")
    }
    unreadable = [name for sheet in book for name in sheet.tables if "Unreadable" in name for _ in rows_of(sheet, name)]
    people = [each.address for each in case.held_incidents[0].affected]
    assert addresses == {"AffectedPeople": sorted(map(str, people)), "PersonAndMessage": people}
    assert len(unreadable) == 12
    assert len({name.lower() for sheet in book for name in sheet.tables}) == sum(len(sheet.tables) for sheet in book)
