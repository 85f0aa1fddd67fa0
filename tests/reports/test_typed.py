"""What a cell may say in answer to a question, and what is never guessed."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.cells import fitted
from reports.spreadsheet import Value
from reports.typed import Misunderstood, Words, answer_of
from scanner.decision import Question


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-03-02", "2026-03-02"),
        (" 2.3.2026 ", "2026-03-02"),
        ("02. 03. 2026", "2026-03-02"),
        ("13/03/2026", "2026-03-13"),
        ("3/13/2026", "2026-03-13"),
        ("3/3/2026", "2026-03-03"),
        ("2 March 2026", "2026-03-02"),
        ("March 2, 2026", "2026-03-02"),
        ("2. März 2026", "2026-03-02"),
        ("1er août 2026", "2026-08-01"),
        ("2026-03-02 UTC", "2026-03-02"),
        (datetime(2026, 3, 2), "2026-03-02"),  # noqa: DTZ001 - a cell has no zone
        ("", ""),
        ("  ", ""),
        (None, ""),
    ],
)
def test_days_are_read_where_there_is_one_way_to(value: Value | None, day: str) -> None:
    assert answer_of(Question.PEOPLE_TOLD, value, Words()) == day


@pytest.mark.parametrize(
    "value", ["2.3.26", "2/3/2026", "32.1.2026", "2026", "1.1.1700", "2026-03-02 at noon", 1.5, True]
)
def test_days_are_never_guessed(value: Value) -> None:
    assert isinstance(answer_of(Question.PEOPLE_TOLD, value, Words()), Misunderstood)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (datetime(2026, 3, 2, 14, 30), "2026-03-02T14:30:00+00:00"),  # noqa: DTZ001 - a cell has no zone
        ("2026-03-02T14:30:00+02:00", "2026-03-02T12:30:00+00:00"),
        ("2026-03-02 14:30 UTC", "2026-03-02T14:30:00+00:00"),
        ("2.3.2026, 14:30", "2026-03-02T14:30:00+00:00"),
        ("2026-03-02", "2026-03-02T00:00:00+00:00"),
        ("2026-03-02T14:30:15Z", "2026-03-02T14:30:15+00:00"),
    ],
)
def test_moments_are_in_utc(value: Value, moment: str) -> None:
    assert answer_of(Question.AWARE_SINCE, value, Words()) == moment


@pytest.mark.parametrize(
    ("value", "text"),
    [(7.0, "7"), (2.5, "2.5"), (True, "TRUE"), (" a\r\nb ", "a\nb"), (1e300, "1e+300"), ("(Withheld)", None)],
)
def test_what_is_no_text_is_kept_as_one(value: Value, text: str | None) -> None:
    assert answer_of(Question.NOTE, value, Words()) == text


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_what_was_read_is_read_the_same_from_the_next_workbook(text: str) -> None:
    once = answer_of(Question.NOTE, text, Words(withheld=frozenset()))
    assert isinstance(once, str)
    assert answer_of(Question.NOTE, fitted(once), Words(withheld=frozenset())) == once
