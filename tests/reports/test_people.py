"""Everybody who is affected, each message that showed them, and everybody who saw it, as the workbook lists them."""

from __future__ import annotations

from datetime import datetime

import pytest
from openpyxl import Workbook, load_workbook

from reports import write_workbook
from tests.reports import example
from tests.reports.tables import rows_of


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    return load_workbook(write_workbook(example.full_case(), tmp_path_factory.mktemp("people") / "full.xlsx"))


def test_every_person_has_one_row(full: Workbook) -> None:
    rows = rows_of(full["Affected people"], "AffectedPeople")
    case = example.full_case()
    people = {each.key: each for incident in case.held_incidents for each in incident.affected}
    with_address = sorted(each.address for each in people.values() if each.address)
    assert [row["Address"] for row in rows] == [*with_address, "(address unknown)"]
    assert rows[-1]["Display name"] == rows[-1]["All names shown"] == "Only A Name"
    row = next(row for row in rows if row["Address"] == "first.last1@freemail.example")
    assert {title: value for title, value in row.items() if not title.startswith("For legal")} == {
        "Person": case.person_id("first.last1@freemail.example"),
        "Address": "first.last1@freemail.example",
        "Display name": "First1 Last1",
        "Higher risk": "no",
        "Sensitive subjects": None,
        "Incidents": "INC-00000001",
        "Number of incidents": 1,
        "Status of the incidents": "open",
        "All names shown": "First1 Last1",
        "Party": "first.last1@freemail.example",
        "Free-mail": "yes",
        "Role account": "no",
        "Full name shown": "yes",
        "Country": "not known",
        "Country told from the domain": "unknown",
        "Fields": "To",
        "First shown": datetime(2020, 7, 21, 14, 3, 25),  # noqa: DTZ001 - cells have no zone; it is UTC
        "Last shown": datetime(2020, 7, 21, 14, 3, 25),  # noqa: DTZ001
        "Times shown": 1,
        "Seen by outsiders": 270,
        "Seen by insiders": 9,
        "Seen by Bcc readers": 1,
        "Already known to": 0,
        "Delivered": "not known to have failed",
        "Conflict": None,
    }


def test_every_person_stands_with_each_message_that_showed_them(full: Workbook) -> None:
    rows = rows_of(full["Person × message"], "PersonAndMessage")
    case = example.full_case()
    exposures = [(incident, each) for incident in case.held_incidents for each in incident.exposures]
    expected = [(incident.id, case.person_id(one.key)) for incident, each in exposures for one in each.affected]
    assert [(row["Incident"], row["Person"]) for row in rows] == expected
    ours = [row for row in rows if row["Incident"] == "INC-00000004"]
    assert [row["What the message is"] for row in ours] == ["original"] * 20 + ["batch"] * 20 + ["apology"] * 20
    assert [row["Delivered"] for row in ours].count("no") == 2  # the one whom a bounce names, in both messages


def test_every_viewer_has_a_row_with_their_standing(full: Workbook) -> None:
    rows = rows_of(full["Viewers"], "Viewers")
    case = example.full_case()
    assert len(rows) == sum(len(incident.viewers) for incident in case.held_incidents)
    hidden = [row for row in rows if row["In Bcc"] == "yes"]
    assert {(row["Address"], row["Standing"]) for row in hidden} == {("observer@partner.example", "affiliate")}
    assert {row["Person, if affected too"] for row in hidden} == {None}
    known = {row["Person"] for row in rows_of(full["Affected people"], "AffectedPeople")}
    outsiders = [row for row in rows if row["Standing"] == "outsider" and row["Address"] != "only a name"]
    assert all(row["Person, if affected too"] in known for row in outsiders)
