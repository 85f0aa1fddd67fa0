"""What puts an incident before another, each term beside the one that must not count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from scanner.detector.points import points_of
from scanner.detector.traits import Tone, Traits
from tests.detector.test_classes import MAILING, of, traits

BULK, WORK, PERSONAL = (frozenset((tone,)) for tone in (Tone.BULK, Tone.WORK, Tone.PERSONAL))


def score(figures: Traits) -> int:
    return sum(point.value for point in points_of(figures))


@pytest.mark.parametrize(
    ("people", "value"), [(9, 0), (10, 10), (19, 10), (20, 20), (30, 30), (49, 30), (50, 40), (100, 50), (5000, 50)]
)
def test_more_people_come_first(people: int, value: int) -> None:
    assert score(of(people, known_pairs=0.4)) == value + 8


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ({"known_pairs": 0.0}, 15),
        ({"known_pairs": 0.2}, 15),
        ({"known_pairs": 0.21}, 8),
        ({"known_pairs": 0.51}, 0),
        ({"known_pairs": 0.71}, -15),
        ({"tones": BULK}, 10),
        ({"tones": WORK}, -10),
        ({"tones": WORK | BULK}, 10),
        ({"tones": PERSONAL}, -15),
        ({"tones": PERSONAL, "consumers": 15}, -20),
        ({"tones": PERSONAL | BULK}, -5),
        ({"consumers": 23}, 0),
        ({"consumers": 24}, 20),
        ({"consumers": 14, "tones": BULK}, 10),
        ({"consumers": 15, "tones": BULK}, 30),
        ({"contexts": ("health",)}, 25),
        ({"replies": 1}, -30),
        ({"replies": 1, "messages": 2}, 0),
        ({"largest": 0.5}, -10),
        ({"largest": 0.8}, -25),
        ({"cover": 0.8}, -15),
        ({"same_list": 7, "messages": 9}, 0),
        ({"same_list": 8, "messages": 9}, -10),
        ({"insiders": 19}, 0),
        ({"insiders": 20}, 5),
        ({"recalled": True}, 15),
        ({"apologised": True}, 15),
        ({"apologised": True, "recalled": True}, 15),
        ({"corrected": True}, 0),
        ({"hidden_twin": True}, 10),
        ({"batches": 5}, 10),
        ({"forwards": 1}, 0),
    ],
)
def test_each_term_counts_once_and_where_it_should(change: dict[str, Any], value: int) -> None:
    neutral = replace(MAILING, known_pairs=0.6)
    assert score(replace(neutral, **change)) - score(neutral) == value


@given(traits())
def test_every_point_has_a_value_and_a_sentence(figures: Traits) -> None:
    points = points_of(figures)
    assert all(point.value and point.reason.endswith(".") and "@" not in point.reason for point in points)
    assert len({point.reason for point in points}) == len(points)
