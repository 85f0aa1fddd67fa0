"""Which messages are one incident, and which are not."""

from __future__ import annotations

import random
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detector.joining import joined
from scanner.detector.member import Member
from tests.detector.members import DAY, HOUR, member
from tests.growth import assert_linear

OTHER = "ben@company.example"


def groups(*members: Member) -> list[set[str]]:
    """The groups, each as the names of its messages."""
    return [{members[index].message for index in group} for group in joined(members)]


ONE = {
    "batches of one mailing": (
        member("a", range(40)),
        member("b", range(40, 80), after=HOUR),
        member("c", range(80, 120), after=2 * HOUR),
    ),
    "numbered batches": (
        member("a", range(40), subject="Price change (1/2)"),
        member("b", range(40, 80), after=HOUR, subject="Price change (2/2)"),
    ),
    "a recall that sends the list again": (
        member("a", range(30)),
        member("b", range(30), after=HOUR, subject="Recall: Notice"),
    ),
    "a correction to a few more": (
        member("a", range(30)),
        member("b", range(32), after=5 * HOUR, subject="Correction: the date", writer="ann@company.example"),
    ),
    "an accumulating Cc": (
        member("a", range(12), subject="Monday"),
        member("b", range(15), subject="Tuesday", after=DAY),
        member("c", range(19), subject="Wednesday", after=2 * DAY),
    ),
    "one word to several lists at one go": (
        member("a", range(40), subject="Update"),
        member("b", range(40, 80), subject="Update", after=HOUR / 2),
    ),
    "a list reused by a colleague": (
        member("a", range(50), subject="Farewell"),
        member("b", range(50), subject="Also goodbye", after=20 * DAY, writer=OTHER),
    ),
    "an apology in Bcc": (
        member("a", range(30)),
        member("b", (), hidden=range(30), subject="Sorry for our message", after=DAY),
    ),
    "a hidden mailing before the visible one": (
        member("a", (), hidden=range(90), subject="Inquiry"),
        member("b", range(90), subject="Correction: inquiry", after=HOUR),
    ),
    "a mailing repeated to a list that grows": (
        member("a", range(13)),
        member("b", range(55), after=6 * DAY),
        member("c", range(20, 265), after=13 * DAY),
    ),
    "messages without a date": (member("a", range(30), after=None), member("b", range(30), after=None)),
}

SEVERAL = {
    "two mailings of different people and subjects": (
        member("a", range(30)),
        member("b", range(50, 80), subject="Other"),
    ),
    "one subject long after": (member("a", range(30)), member("b", range(50, 80), after=30 * DAY)),
    "the same list after most of a year": (
        member("a", range(30), subject="Summer"),
        member("b", range(30), subject="Winter", after=300 * DAY),
    ),
    "a talk with a few of many": (
        member("a", range(300)),
        member("b", range(8), subject="Your project", after=3 * DAY),
    ),
    "one subject a week later, to others": (
        member("a", range(30)),
        member("b", range(20, 60), after=7 * DAY),
    ),
    "half of a colleague's list": (
        member("a", range(40)),
        member("b", range(20, 60), subject="Something else", after=DAY, writer=OTHER),
    ),
    "two threads of one subject": (
        member("a", range(20), subject="Re: Meeting", reply=True),
        member("b", range(30, 50), subject="Re: Meeting", reply=True, after=HOUR),
    ),
    "one word to two teams on one day": (
        member("a", range(7), subject="Update"),
        member("b", range(10, 17), subject="Update", after=5 * HOUR),
    ),
    "work with two teams": (
        member("a", range(7), subject="Agenda of the next project meeting"),
        member("b", range(10, 17), subject="Agenda of the next project meeting", after=5 * HOUR),
    ),
    "no people in common, no subject": (member("a", range(9), subject=""), member("b", range(10, 19), subject="")),
}


@pytest.mark.parametrize("members", ONE.values(), ids=ONE)
def test_is_one_incident(members: tuple[Member, ...]) -> None:
    assert groups(*members) == [{one.message for one in members}]


@pytest.mark.parametrize("members", SEVERAL.values(), ids=SEVERAL)
def test_are_several(members: tuple[Member, ...]) -> None:
    assert groups(*members) == [{one.message} for one in members]


def test_the_same_again_long_after_an_apology_is_a_new_incident() -> None:
    first = member("first", range(30))
    apology = member("apology", (), hidden=range(30), subject="Our apologies", after=DAY)
    soon = member("soon", range(30), subject="Spring offer", after=20 * DAY)
    again = member("again", range(30), subject="Summer offer", after=100 * DAY)
    assert groups(first, apology, again) == [{"first", "apology"}, {"again"}]
    assert groups(first, apology, soon) == [{"first", "apology", "soon"}]
    assert groups(first, again) == [{"first", "again"}]


def test_a_group_begins_with_its_earliest_message() -> None:
    late, early = member("late", range(30), after=HOUR), member("early", range(30))
    assert joined((late, early)) == [[1, 0]]


_PEOPLE = st.sets(st.integers(0, 40), min_size=1, max_size=20)
_SUBJECTS = st.sampled_from(("Notice", "Notice (2)", "Recall: Notice", "Other", ""))
_MEMBERS = st.lists(
    st.builds(
        lambda people, after, subject, writer: ("", people, after, subject, writer),
        _PEOPLE,
        st.one_of(st.none(), st.floats(0, 400 * DAY)),
        _SUBJECTS,
        st.sampled_from(("ann@company.example", OTHER)),
    ),
    max_size=8,
)


@given(_MEMBERS, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(
    facts: list[tuple[str, set[int], float | None, str, str]], chance: random.Random
) -> None:
    members = [
        member(f"m{number}", people, after=after, subject=subject, writer=writer)
        for number, (_, people, after, subject, writer) in enumerate(facts)
    ]
    shuffled = list(members)
    chance.shuffle(shuffled)
    assert groups(*members) == groups(*shuffled)
    assert sorted(index for group in joined(members) for index in group) == list(range(len(members)))


def test_the_work_grows_with_the_mail() -> None:
    def mail(count: int) -> list[Member]:
        chance = random.Random(5)  # noqa: S311 - the same mail in every run
        made = []
        for number in range(count):
            people = {int(200 * chance.random() ** 2) for _ in range(12)}  # some people stand on very many messages
            one = member(
                f"m{number}", people, after=number * HOUR, subject=f"Subject {chance.randrange(count)} of many"
            )
            one.hidden = array("I")
            made.append(one)
        return made

    assert_linear(lambda size: joined(mail(size)), 150)
