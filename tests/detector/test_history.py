"""Who stood beside whom in mail that others wrote, and what it costs to know."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detector.history import History, Known
from tests.growth import assert_linear

NOON = datetime(2024, 3, 15, 12, 0, tzinfo=UTC)
LISTS = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(0, 6)), st.sets(st.integers(0, 12), max_size=8)), max_size=12
)
PEOPLE = st.lists(st.integers(0, 14), unique=True, max_size=10)


def after(days: float) -> datetime:
    return NOON + timedelta(days=days)


def history(*messages: tuple[float | None, tuple[int, ...]]) -> History:
    made = History()
    for days, people in messages:
        made.add(None if days is None else after(days), people)
    return made


def test_those_who_stood_together_in_one_message_cover_the_list() -> None:
    found = history((1, (1, 2, 3, 4)), (2, (4, 5))).known([1, 2, 3, 4, 5], after(3))
    assert (found.cover, found.covered) == (0.8, frozenset((1, 2, 3, 4)))
    assert found.known_to == (3, 3, 3, 4, 1)
    assert found.pairs == pytest.approx(7 / 10)


def test_people_of_many_pairs_need_no_one_message() -> None:
    found = history((1, (1, 2)), (1, (2, 3)), (1, (1, 3))).known([1, 2, 3], after(3))
    assert (found.pairs, found.known_to) == (1.0, (2, 2, 2))
    assert found.cover == pytest.approx(2 / 3)


@pytest.mark.parametrize("days", [3.0, 4.0, None])
def test_what_came_later_at_the_same_time_or_nobody_knows_when_precedes_nothing(days: float | None) -> None:
    assert history((days, (1, 2))).known([1, 2], after(3)) == Known(0.0, frozenset(), 0.0, (0, 0))
    assert history((days, (1, 2))).known([1, 2], None).cover == 1.0


def test_one_of_them_alone_in_a_message_was_shown_to_nobody() -> None:
    assert history((1, (1, 8, 9))).known([1, 2], after(3)) == Known(0.0, frozenset(), 0.0, (0, 0))


@pytest.mark.parametrize("people", [[], [1], [1, 1]])
def test_fewer_than_two_people_have_no_pairs(people: list[int]) -> None:
    assert history((1, (1, 2))).known(people, None) == Known(0.0, frozenset(), 0.0, (0,) * len(people))


def test_a_message_that_is_added_after_a_question_counts_for_the_next() -> None:
    made = history((1, (1, 2)))
    assert made.known([1, 3], None).cover == 0
    made.add(after(2), [1, 3])
    assert made.known([1, 3], None).cover == 1


@given(LISTS, PEOPLE, st.integers(0, 7))
def test_the_answer_is_that_of_looking_at_every_pair(
    messages: list[tuple[int | None, set[int]]], people: list[int], day: int
) -> None:
    made = History()
    for when, listed in messages:
        made.add(None if when is None else after(when), listed)
    before = [listed & set(people) for when, listed in messages if when is not None and when < day]
    pairs = {pair for listed in before for pair in combinations(sorted(listed), 2)}
    largest = max((len(listed) for listed in before if len(listed) > 1), default=0)
    found = made.known(people, after(day))
    assert found.known_to == tuple(sum(person in pair for pair in pairs) for person in people)
    assert found.cover * len(people) == pytest.approx(largest)
    assert len(found.covered) == largest
    assert not largest or any(found.covered == listed for listed in before)
    assert found.pairs * len(people) * (len(people) - 1) == pytest.approx(2 * len(pairs))


@given(LISTS, PEOPLE, st.data())
def test_neither_the_order_of_the_mail_nor_that_of_the_people_matters(
    messages: list[tuple[int | None, set[int]]], people: list[int], data: st.DataObject
) -> None:
    one, other = History(), History()
    for when, listed in messages:
        one.add(None if when is None else after(when), listed)
    for when, listed in data.draw(st.permutations(messages)):
        other.add(None if when is None else after(when), sorted(listed, reverse=True))
    turned = data.draw(st.permutations(people))
    first, second = one.known(people, after(5)), other.known(turned, after(5))
    assert (first.cover, first.pairs) == (second.cover, second.pairs)
    assert dict(zip(people, first.known_to, strict=True)) == dict(zip(turned, second.known_to, strict=True))


@pytest.mark.parametrize("same", [False, True], ids=["different people", "the same people"])
def test_many_messages_cost_linear_time(same: bool) -> None:
    def work(size: int) -> object:
        made = History()
        for number in range(size):
            made.add(after(number), range(20) if same else range(number % 97, number % 97 + 20))
        return [made.known(range(start, start + 30), after(size)) for start in range(4)]

    assert_linear(work, 250)


def test_a_long_list_of_people_costs_linear_time() -> None:
    made = History()
    for number in range(2_000):
        made.add(after(number), range(number * 3, number * 3 + 40))

    assert_linear(lambda size: made.known(range(size), None), 300)


def test_it_stays_small() -> None:
    messages = 2_000
    tracemalloc.start()
    made = History()
    for number in range(messages):
        made.add(after(number / 1440), range(number % 4_000, number % 4_000 + 20))
    made.known(range(30), None)
    size, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size * 100_000 / messages < 60_000_000
    assert peak * 100_000 / messages < 120_000_000
