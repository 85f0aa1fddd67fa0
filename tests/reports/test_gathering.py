"""People gathered over all incidents, each once, and kept on disk where they are many."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.people import best_name, persons, sightings
from reports.spool import Spool
from scanner.exposure import Identifiable
from tests.reports import example, tables


def test_a_person_of_several_incidents_has_one_row_with_what_all_of_them_say() -> None:
    mailing = example.mailing()
    person = mailing.affected[3]  # whom a bounce names
    again = replace(
        person,
        names=("Somebody Else",),
        free_mail=person.free_mail,
        identifiable=Identifiable.CLEAR,
        seen_by_outsiders=5_000,
        seen_by_insiders=0,
        known_to=7,
        times=4,
    )
    other = replace(example.full_case().held_incidents[2], affected=(again,), contexts=())
    case = replace(example.full_case(), held_incidents=(mailing, other))
    (row,) = [row for row in tables.rows(case, "affected_people") if row["Address"] == person.address]
    assert row["Incidents"] == f"{mailing.id}\n{other.id}"
    assert (row["Number of incidents"], row["Times shown"]) == (2, person.times + 4)
    assert (row["Seen by outsiders"], row["Seen by insiders"]) == (5_000, person.seen_by_insiders)
    assert (row["Already known to"], row["Full name shown"]) == (7, "yes")
    assert row["Delivered"] == "no in some, see Person × message"
    assert row["Sensitive subjects"] == "health"
    assert set(row["All names shown"].split("\n")) == {*person.names, "Somebody Else"}
    totals = tables.findings(case).totals
    assert totals.people == len({each.key for each in (*mailing.affected, again)})
    assert totals.reached == totals.people


def test_a_person_of_one_incident_is_told_as_one_of_several_is() -> None:
    mailing = example.mailing()
    contexts = (("health",), ("health",))
    for seen in sightings(0, mailing):
        (alone,) = persons([seen], contexts)
        (twice,) = persons([seen, seen._replace(incident=1)], contexts)
        assert (twice.times, twice.undelivered) == (2 * alone.times, 2 * alone.undelivered)
        assert replace(twice, incidents=(0,), times=alone.times, undelivered=alone.undelivered) == alone


@pytest.mark.parametrize(
    ("names", "best"),
    [
        (("ann", "Ann Lee", "A. Lee"), "Ann Lee"),
        (("ann",), "ann"),
        (("ann@example.com", "ann"), "ann"),
        (("x y " * 40, "Ann"), "Ann"),
        (("=HYPERLINK(1) now\u202e",), ""),
        ((), ""),
    ],
)
def test_a_letter_begins_with_a_name_that_is_one(names: tuple[str, ...], best: str) -> None:
    assert best_name(names) == best


def test_higher_risk_needs_a_sensitive_subject_and_a_name() -> None:
    mailing = example.mailing()
    rows = {row["Address"]: row["Higher risk"] for row in tables.rows(example.full_case(), "affected_people")}
    for person in mailing.affected:
        told = not person.role and person.identifiable is not Identifiable.NO
        assert rows[person.address] == ("yes" if told else "no")
    plain = example.full_case().held_incidents[0].affected
    assert {rows[person.address] for person in plain} == {"no"}


def test_records_are_the_same_at_every_reading_in_memory_and_on_disk() -> None:
    items = [(number, f"name {number}\udc80") for number in range(1_000)]
    for most in (0, 1, 500, 2_000):
        spool = Spool(iter(items), most)
        assert len(spool) == 1_000
        assert list(spool) == list(spool) == items
        assert list(zip(spool, spool, strict=True)) == [(item, item) for item in items]


def test_an_empty_spool_gives_nothing() -> None:
    assert list(Spool[int]()) == []
