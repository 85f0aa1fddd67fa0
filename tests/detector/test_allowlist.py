"""Which exposures an allowlist entry covers, and that it stops when it expires."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

import pytest

from scanner.detector.allowlist import allowance
from scanner.policy import Allowed

TODAY = date(2026, 11, 22)
ENTRY = Allowed(reason="The attendees agreed", owner="events team", expires=date(2027, 1, 31))
AUTHORS = ("events@mail.corp.example",)
SUBJECTS = ("Attendees of  the FORUM 2026",)
DOMAINS = ("firm.example", "uk.firm.example", "shop.example")


def allowed(
    *entries: Allowed,
    ids: Collection[str] = ("i1", "i0"),
    authors: Collection[str] = AUTHORS,
    subjects: Collection[str] = SUBJECTS,
    domains: Collection[str] = DOMAINS,
) -> tuple[Allowed | None, tuple[str, ...]]:
    return allowance(entries, ids=ids, authors=authors, subjects=subjects, domains=domains, today=TODAY)


def covers(entry: Allowed, domains: Collection[str] = DOMAINS) -> bool:
    found, told = allowed(entry, domains=domains)
    assert told == ()
    return found == entry


@pytest.mark.parametrize(
    "entry",
    [
        replace(ENTRY, incident="i1"),
        replace(ENTRY, incident="i0"),
        replace(ENTRY, author="events@mail.corp.example"),
        replace(ENTRY, author="@mail.corp.example"),
        replace(ENTRY, author="@corp.example"),
        replace(ENTRY, subject="attendees of the forum"),
        replace(ENTRY, audience=("firm.example", "shop.example", "other.example")),
        replace(
            ENTRY, incident="i1", author="@corp.example", subject="forum", audience=("firm.example", "shop.example")
        ),
    ],
)
def test_an_entry_covers_what_meets_all_its_conditions(entry: Allowed) -> None:
    assert covers(entry)


@pytest.mark.parametrize(
    "entry",
    [
        ENTRY,  # no condition at all would allow everything
        replace(ENTRY, incident="i2"),
        replace(ENTRY, author="other@mail.corp.example"),
        replace(ENTRY, author="@orp.example"),
        replace(ENTRY, author="@corp.example.invalid"),
        replace(ENTRY, subject="forum 2027"),
        replace(ENTRY, audience=("firm.example",)),
        replace(ENTRY, audience=("uk.firm.example", "shop.example")),
        replace(ENTRY, incident="i1", subject="forum 2027"),
    ],
)
def test_an_entry_spares_everything_else(entry: Allowed) -> None:
    assert not covers(entry)


def test_an_audience_of_which_no_domain_is_known_is_not_covered() -> None:
    assert not covers(replace(ENTRY, audience=("firm.example",)), domains=())


def test_a_message_without_an_author_is_nobodys() -> None:
    entry = replace(ENTRY, author="@corp.example")
    assert allowed(entry, authors=()) == (None, ())


def test_every_author_subject_and_domain_must_be_covered() -> None:
    assert allowed(replace(ENTRY, author="@corp.example"), authors=(*AUTHORS, "ann@else.example"))[0] is None
    assert allowed(replace(ENTRY, subject="forum"), subjects=(*SUBJECTS, "Something else"))[0] is None


def test_an_entry_is_in_force_until_the_end_of_its_last_day() -> None:
    entry = replace(ENTRY, incident="i1", expires=TODAY)
    assert covers(entry)
    expired = replace(entry, expires=date(2026, 11, 21))
    found, told = allowed(expired)
    assert found is None
    assert told == (
        "It was allowed until 2026-11-21 (events team: The attendees agreed); that has expired, so it is open again.",
    )


def test_an_entry_in_force_counts_beside_an_expired_one() -> None:
    old = replace(ENTRY, incident="i1", expires=date(2020, 1, 1))
    new = replace(ENTRY, incident="i0")
    found, told = allowed(old, new)
    assert found == new
    assert told == ()


def test_an_expired_entry_that_would_not_cover_is_not_told() -> None:
    old = replace(ENTRY, incident="i9", expires=date(2020, 1, 1))
    assert allowed(old) == (None, ())
