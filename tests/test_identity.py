"""Copies of one message agree on their keys, whatever a store did to them; different messages do not."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.identity import compatible, content_key, message_key, normalised_subject
from tests.growth import assert_linear

NOON = datetime(2024, 3, 15, 12, 0, tzinfo=UTC)
VISIBLE = ("a@one.example", "b@two.example")


@pytest.mark.parametrize(
    "copy",
    [
        (NOON + timedelta(seconds=59), "Price list", VISIBLE),
        (NOON.astimezone(timezone(timedelta(hours=5, minutes=30))), "Price list", VISIBLE),
        (NOON, "PRICE  LIST", VISIBLE),
        (NOON, "Price\r\n list", VISIBLE),
        (NOON, "Ｐrice list", VISIBLE),  # a full-width letter, as some programs send
        (NOON, "Price list", VISIBLE[::-1]),
        (NOON, "Price list", VISIBLE * 2),
    ],
)
def test_what_stores_change_does_not_change_the_content_key(copy: tuple[datetime, str, tuple[str, ...]]) -> None:
    date, subject, visible = copy
    assert content_key("ann@corp.example", date, subject, visible) == content_key(
        "ann@corp.example", NOON, "Price list", VISIBLE
    )


@pytest.mark.parametrize(
    "other",
    [
        ("bob@corp.example", NOON, "Price list", VISIBLE),
        ("ann@corp.example", NOON + timedelta(minutes=1), "Price list", VISIBLE),
        ("ann@corp.example", NOON, "Price list 2", VISIBLE),
        ("ann@corp.example", NOON, "Price list", VISIBLE[:1]),
        ("ann@corp.example", NOON, "Price list", ("a@one.exampleb@two.example",)),
    ],
)
def test_another_message_has_another_key(other: tuple[str, datetime, str, tuple[str, ...]]) -> None:
    assert content_key(*other) != content_key("ann@corp.example", NOON, "Price list", VISIBLE)


def test_without_a_date_there_is_no_content_key() -> None:
    assert content_key("ann@corp.example", None, "Price list", VISIBLE) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("m1@corp.example", "<m1@corp.example>", True),
        ("m1@corp.example", " m1@CORP.example ", True),
        ("m1@corp.example", "M1@corp.example", False),  # the left side is case-sensitive (RFC 5322 §3.6.4)
        ("m1@corp.example", "m1@other.example", False),
        ("no-at-sign", "no-at-sign", True),
    ],
)
def test_message_ids_agree_when_they_name_the_same(one: str, other: str, same: bool) -> None:
    assert (message_key(one) == message_key(other)) is same


@pytest.mark.parametrize("missing", [None, ""])
def test_a_message_without_an_id_has_no_key(missing: str | None) -> None:
    assert message_key(missing) is None


@given(st.text(st.characters(exclude_categories=()), max_size=30))
def test_any_subject_can_be_normalised_and_hashed(subject: str) -> None:
    normal = normalised_subject(subject)
    assert not any(character.isspace() for character in normal)
    assert content_key(subject, NOON, subject, [subject]) == content_key(subject, NOON, f" {subject} ", [subject])


@given(st.text(max_size=300))
def test_compatible_text_is_nfkc_where_no_letter_has_many_marks(text: str) -> None:
    assert compatible(text) == unicodedata.normalize("NFKC", text)
    long = f"{text} {'x' * 300}"
    assert compatible(long) == unicodedata.normalize("NFKC", long)


def test_a_run_of_marks_costs_what_its_length_costs() -> None:
    marks = "\u0301\u0323"  # two that normalising puts in another order
    assert compatible("a" + marks * 200) != "a" + marks * 200
    assert_linear(lambda size: normalised_subject("a" + marks * size), 5_000)
