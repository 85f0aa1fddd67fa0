"""Ten questions that a data protection officer asks, answered from the cells of the workbook of the samples alone."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.reports.tables import rows_of
from tests.sampling.__main__ import SAMPLES
from tests.sampling.expected import INCIDENTS, LETTERS, LISTS, beside, listed

PROBABLE = {name: one for name, one in INCIDENTS.items() if one["class"] == "probable exposure"}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    case = tmp_path_factory.mktemp("questions") / "case"
    settings = ["--config", "sample_mailboxes/missedbcc.toml", "--case", str(case)]
    command = [sys.executable, "-m", "scanner", "scan", "sample_mailboxes", *settings]
    answer = subprocess.run(command, cwd=SAMPLES.parent, capture_output=True, text=True, check=False, timeout=600)
    assert answer.returncode == 4, answer.stderr
    return load_workbook(Path(answer.stdout.strip()))


@cache
def subject_of(story: str) -> str:
    told = [*map(beside, LETTERS), *(one for file in LISTS.values() for one in listed(file))]
    return next(str(one.envelope["subject"]) for one in told if one.story == story)


def register(book: Workbook, story: str) -> dict[str, Any]:
    """The row of the incident whose message has the subject of this story."""
    (row,) = [row for row in rows_of(book["Incidents"], "Incidents") if row["Subject"] == subject_of(story)]
    return row


def told(book: Workbook) -> dict[str, Any]:
    return {str(row[0].value): row[1].value for row in book["Read me first"].iter_rows() if row[0].value}


def moment(value: object) -> datetime:
    assert isinstance(value, datetime)
    return value


def test_1_how_much_was_found_and_was_everything_read(book: Workbook) -> None:
    said = told(book)
    assert said["Incidents"] == len(PROBABLE) == 39
    assert str(said["COMPLETE"]).startswith("All mail in the 10 folders searched was read")
    assert said["New since the last report"] == "39 incidents: 39 new, 0 changed, 0 reopened, 0 known."


def test_2_what_happened_and_for_how_long(book: Workbook) -> None:
    row = register(book, "diabetes-newsletter")
    assert row["What they are"] == "1 original, 1 recall, 1 apology"
    events = [each for each in rows_of(book["Timeline"], "Timeline") if each["Incident"] == row["Incident"]]
    assert [each["What"] for each in events] == ["original", "recall", "apology"]
    assert moment(events[1]["When"]) - moment(events[0]["When"]) == timedelta(minutes=19)
    assert row["First sent"] == events[0]["When"]
    assert row["Last sent"] == events[-1]["When"]


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ("mental-health-rides", {"Disclosed entries": 540, "Affected people": 264, "Told by name": 166}),
        (
            "mental-health-rides",
            {"With a full name": 115, "With part of a name": 51, "Reached, bounces taken off": 255},
        ),
        ("clinic-exhibition-1", {"Affected people": 1781, "Disclosed entries": 1781}),
        ("stranded-riders-1", {"Affected people": 265, "Disclosed entries": 313}),
        ("advisory-group", {"Affected people": 105, "With a full name": 65}),
        ("heart-study", {"Affected people": 19, "Told by name": 7}),
    ],
)
def test_3_how_many_are_affected_reached_and_told_by_name(book: Workbook, story: str, expected: dict[str, int]) -> None:
    row = register(book, story)
    assert {title: row[title] for title in expected} == expected


def test_4_who_could_see_it(book: Workbook) -> None:
    row = register(book, "compensation-newsletter")
    assert (row["Viewers"], row["Outsiders among viewers"], row["Internal among viewers"]) == (251, 248, 3)
    viewers = [each for each in rows_of(book["Viewers"], "Viewers") if each["Incident"] == row["Incident"]]
    assert Counter(each["Standing"] for each in viewers) == {"outsider": 248, "internal": 3}
    affected = {each["Person"] for each in rows_of(book["Affected people"], "AffectedPeople")}
    assert {each["Person, if affected too"] for each in viewers if each["Standing"] == "outsider"} <= affected


def test_5_whom_do_i_write_to(book: Workbook) -> None:
    people = rows_of(book["Affected people"], "AffectedPeople")
    addresses = [row["Address"] for row in people if row["Address"] != "(address unknown)"]
    assert len(addresses) == len(set(addresses)) == told(book)["Affected people, each once"]
    assert addresses == sorted(map(str, addresses))
    concerned: Counter[str] = Counter()
    for row in people:
        concerned.update(str(row["Incidents"]).split("\n"))
    known = {row["Subject"]: row["Incident"] for row in rows_of(book["Incidents"], "Incidents")}
    expected = {name: one["people"] for name, one in PROBABLE.items() if subject_of(name) in known}
    assert {name: concerned[str(known[subject_of(name)])] for name in expected} == expected
    # Two followed a mail in Bcc under another subject, and a quotation has the subject of the answer that it lies in.
    assert PROBABLE.keys() - expected.keys() == {"newsletter-hidden", "witness-hearing", "tandem-day-quoted"}


def test_6_who_was_not_reached(book: Workbook) -> None:
    row = register(book, "mental-health-rides")
    people = rows_of(book["Affected people"], "AffectedPeople")
    bounces = [each for each in rows_of(book["Timeline"], "Timeline") if each["Incident"] == row["Incident"]]
    named = [str(each["Not reached: persons"]).split("\n") for each in bounces if each["Not reached: persons"]]
    assert [len(each) for each in named] == [9]
    delivered = {each["Person"]: str(each["Delivered"]) for each in people}
    assert all(delivered[person].startswith("no ") or delivered[person] == "no" for person in named[0])


def test_7_how_grave_is_it_and_what_is_it_like(book: Workbook) -> None:
    row = register(book, "support-circle")
    assert (row["Affected people"], row["Sensitive subjects"]) == (15, "health")
    assert row["Severity score"] >= 3
    assert str(row["Severity band"]).startswith(str(row["Band that stands"]))
    assert "decides nothing" in str(row["How the severity was computed"])
    assert "decides nothing" in str(row["How this one differs"])
    plain = register(book, "price-list-part-1")
    assert (plain["Severity band"], plain["Closest published case"]) == (
        "low",
        "EDPB Guidelines 9/2022, annex B, a mailing",
    )


def test_8_how_long_do_i_have(book: Workbook) -> None:
    for row in rows_of(book["Incidents"], "Incidents"):
        assert row["For legal: aware since (UTC)"] is None
        assert str(row["Deadline"]).startswith("Computed when the cell “For legal: aware since (UTC)” is filled")
        assert "72 hours from when a human knew" in str(row["Rules"])
        assert moment(row["Found by the tool"]) > moment(row["Last sent"])


def test_9_what_was_set_aside_and_what_could_not_be_seen(book: Workbook) -> None:
    cleared = rows_of(book["Considered and cleared"], "ConsideredAndCleared")
    assert Counter(row["Class"] for row in cleared) == Counter(
        one["class"] for name, one in INCIDENTS.items() if name not in PROBABLE
    )
    assert all(row["Reasons"] for row in cleared)
    allowed = rows_of(book["Considered and cleared"], "Allowlist")
    assert [(row["State"], row["Owner"]) for row in allowed] == [
        ("in force", "Tomasz Wieczorek"),
        ("expired", "Tomasz Wieczorek"),
    ]
    assert "Mail sent by applications" in told(book)
    assert all(row["State"] == "complete" for row in rows_of(book["Coverage"], "Coverage"))


def test_10_what_is_left_for_me_to_decide(book: Workbook) -> None:
    said = told(book)
    assert said["Incidents by status"] == "39 open."
    oldest = register(book, "recall-of-brakes")
    assert f"the oldest is {oldest['Incident']}, first sent 2026-01-08 06:45 UTC" in str(said["Not yet settled"])
    rows = rows_of(book["Decisions"], "Decisions")
    assert [row["Incident"] for row in rows] == [row["Incident"] for row in rows_of(book["Incidents"], "Incidents")]
    lists = book["Decisions"].data_validations.dataValidation
    assert sorted(str(rule.sqref).partition(":")[0][0] for rule in lists if rule.type == "list") == ["F", "J"]
