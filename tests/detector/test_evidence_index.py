"""What received mail tells of messages of ours: what they answer, what came back, and who stood together before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scanner.detector.evidence_index import Evidence, Trace
from scanner.detector.history import Known
from scanner.detector.internal import Border
from scanner.detector.member import Member
from scanner.detector.parties import Parties
from scanner.detector.people import People
from scanner.envelope import Locator, Mark
from scanner.policy import InternalDomain, Policy
from scanner.received import Received
from tests.detector.members import DAY, HOUR, START, member
from tests.growth import assert_linear

US = Policy(internal=(InternalDomain("company.example"),))
WRITER = "ann@company.example"
REPORT = frozenset({Mark.REPORT})


def person(number: int) -> str:
    return f"person{number}@firm{number}.example"


def by(
    author: int | str | None,
    people: Iterable[int] = (),
    *,
    after: float | None = -HOUR,
    subject: str = "notice",
    answers: tuple[str, ...] = (),
    message_id: str | None = None,
    marks: frozenset[Mark] = frozenset(),
    undelivered: Iterable[int] = (),
    name: str = "",
) -> Received:
    """A message that came in, by one of the people or by somebody else, some seconds after the start."""
    writer = person(author) if isinstance(author, int) else author
    listed = {*map(person, people), WRITER, *([writer] if writer else [])}
    return Received(
        identity=name or f"{writer} {after} {subject} {answers} {message_id}",
        locator=Locator("account", "Inbox", "1"),
        date=None if after is None else datetime.fromtimestamp(START + after, UTC),
        author=writer,
        people=tuple(sorted(listed)),
        message_id=message_id,
        answers=answers,
        subject=subject,
        marks=marks,
        undelivered=tuple(map(person, undelivered)),
    )


def evidence(*received: Received) -> Evidence:
    """Of these messages; the people have their own numbers."""
    people = People(Parties(US))
    for number in range(100):
        assert people.of_address(person(number)) == number
    return Evidence(received, people, Border(US).holds)


def answer(people: Iterable[int], *answers: str, after: float = 0.0) -> Member:
    return member("reply", people, reply=True, subject="Re: Notice", answers=answers, after=after)


def returned(message: Member, *received: Received) -> list[Received]:
    """What came back after a message, without the people, of whom no more is kept."""
    found = list(evidence(*received).answers_to(message))
    assert all(one.people == () for one in found)
    return [one for one in received if replace(one, people=()) in found]


def test_what_is_no_reply_began_its_own_list() -> None:
    assert evidence().trace(member("a", range(12)), {}) == Trace(12, found=True)


def test_the_list_of_a_reply_is_that_of_what_it_names() -> None:
    known = evidence(by(0, range(8), message_id="p"), by(50, range(20, 30), message_id="q"))
    assert known.trace(answer(range(12), "p"), {}) == Trace(4, found=True)
    assert known.trace(answer((*range(12), 20, 21), "p", "q"), {}) == Trace(4, found=True)
    assert known.trace(answer(range(12), "gone"), {}) == Trace(0, found=False)


def test_the_list_of_a_reply_without_names_is_that_of_its_subject_by_somebody_on_it() -> None:
    message = answer(range(12))
    assert evidence(by(0, range(9))).trace(message, {}) == Trace(3, found=True)
    for strange in (
        by(50, range(9)),  # nobody on the list
        by(0, range(9), subject="other"),
        by(0, range(9), after=HOUR),
        by(0, range(9), after=-61 * DAY),
        by(0, range(9), after=None),
    ):
        assert evidence(strange).trace(message, {}) == Trace(0, found=False)
    assert evidence(by(0, range(9))).trace(answer(range(12), "gone"), {}) == Trace(0, found=False)


def test_a_message_of_ours_is_what_a_reply_answers_too_but_never_itself() -> None:
    parent = member("parent", range(10), message_id="ours")
    message = answer(range(12), "ours")
    assert evidence().trace(message, {"ours": parent}) == Trace(2, found=True)
    assert evidence().trace(message, {"ours": message}) == Trace(0, found=False)


def test_who_stood_together_before_was_not_added() -> None:
    known = evidence(by(0, range(4), message_id="p"), by(7, range(4, 10), after=-DAY, subject="else"))
    assert known.trace(answer(range(12), "p"), {}) == Trace(2, found=True)


def test_answers_name_the_message_or_bear_its_subject() -> None:
    message = member("a", range(12), hidden=(30,), message_id="ours")
    named = by(60, after=400 * DAY, answers=("other", "ours"), subject="anything")
    titled = by(3, after=DAY)
    hidden = by(30, after=2 * DAY)
    strange = (
        by(60, after=DAY),  # not on the list
        by(4, after=DAY, answers=("other",)),  # it answers something else
        by(5, after=61 * DAY),
        by(6, after=-DAY),
        by(7, after=DAY, subject="other"),
        by(8, after=None),
    )
    assert returned(message, *strange, named, titled, hidden) == [named, titled, hidden]
    assert returned(replace(message, message_id=None), named) == []


def test_each_answer_comes_once() -> None:
    message = member("a", range(12), message_id="ours")
    bounce = by("mailer-daemon@firm1.example", after=HOUR, answers=("ours",), marks=REPORT, undelivered=(1, 2))
    assert len(list(evidence(bounce).answers_to(message))) == 1


@pytest.mark.parametrize(
    ("bounce", "ours"),
    [
        ({}, True),
        ({"undelivered": (50,)}, False),
        ({"undelivered": (50, 1)}, True),
        ({"undelivered": ()}, False),
        ({"after": 7 * DAY}, False),
        ({"after": -HOUR}, False),
        ({"after": None}, False),
        ({"answers": ("other",), "subject": "delivery status"}, False),
        ({"answers": ("other",)}, True),  # it bears the subject, and conversions give new names
        ({"answers": ("ours",), "undelivered": ()}, True),
        ({"marks": frozenset()}, False),
    ],
)
def test_bounces_are_of_somebody_on_the_list_soon_after(bounce: dict[str, object], ours: bool) -> None:
    message = member("a", range(12), message_id="ours")
    facts: dict[str, object] = {"after": HOUR, "marks": REPORT, "undelivered": (1,), **bounce}
    one = by("mailer-daemon@firm1.example", **facts)  # type: ignore[arg-type]
    assert returned(message, one) == ([one] if ours else [])


def test_only_mail_by_outsiders_shows_who_knew_whom() -> None:
    def known(*received: Received) -> Known:
        return evidence(*received).known((1, 2, 3), START)

    assert known(by(1, (1, 2), subject="")).known_to == (1, 1, 0)
    assert known(by("ben@company.example", (1, 2))).known_to == (0, 0, 0)
    assert known(by(None, (1, 2))).known_to == (0, 0, 0)
    assert known(by(1, (1, 2), marks=REPORT)).known_to == (0, 0, 0)
    assert known(by(1, (1, 2), after=HOUR)).known_to == (0, 0, 0)
    assert evidence(by(1, (1, 2), after=HOUR)).known((1, 2), None).known_to == (1, 1)


def test_an_answer_to_a_list_that_we_began_proves_only_whom_it_adds() -> None:
    ours = member("ours", range(10), message_id="ours", after=-100 * DAY)
    by_name = by(3, (*range(10), 20, 21), after=-99 * DAY, answers=("ours",), subject="else")
    by_subject = by(3, (*range(10), 20, 21), after=-99 * DAY)
    for one in (by_name, by_subject):
        known = evidence(one)
        assert known.known((1, 2, 20, 21), START).known_to == (3, 3, 3, 3)
        known.discount([ours])
        assert known.known((1, 2, 20, 21), START).known_to == (0, 0, 1, 1)
        known.discount([replace(ours, reply=True)])  # a list that somebody else began
        assert known.known((1, 2, 20, 21), START).known_to == (3, 3, 3, 3)


def test_the_work_grows_with_the_mail() -> None:
    def ask(count: int) -> None:
        received = [
            by(
                number % 50,
                after=number * HOUR,
                marks=REPORT if number % 2 else frozenset(),
                undelivered=(90,),
                name=str(number),
            )
            for number in range(count)
        ]
        known = evidence(*received)
        for number in range(count):
            message = member("a", range(3), after=number * HOUR)
            list(known.answers_to(message))
            known.trace(answer(range(3), after=number * HOUR), {})

    assert_linear(ask, 60)


def test_a_mailing_whose_bounces_come_back_each_day_costs_what_its_messages_cost() -> None:
    def ask(count: int) -> None:
        days = [number * 24 * HOUR for number in range(count)]
        bounces = (by(None, after=day + HOUR, marks=REPORT, undelivered=(1,), name=str(day)) for day in days)
        known = evidence(*bounces)
        for day in days:
            assert list(known.answers_to(member("a", range(3), after=day)))

    assert_linear(ask, 150)
