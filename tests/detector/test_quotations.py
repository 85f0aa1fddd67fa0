"""Which quotations repeat a message that was found, and whom they show besides."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import replace

import pytest

from scanner.detector.member import Member
from scanner.detector.quotations import Quotation, repeats, without_quotations
from tests.detector.members import DAY, HOUR, member
from tests.growth import assert_linear

SENT = member("sent", range(20), message_id="m@company.example")


def quotation(people: Iterable[int], *, after: float | None = 0.0, subject: str = "Notice", name: str = "q") -> Member:
    return member(name, people, after=after, subject=subject, quoted=True)


REPEATS = {
    "the same": quotation(range(20)),
    "in another zone": quotation(range(20), after=5.5 * HOUR),
    "without its seconds": quotation(range(20), after=-40),
    "without a date": quotation(range(20), after=None),
    "with a few lost and a few found": quotation(range(1, 22)),
    "of an inexact clock": quotation(range(20), after=700),
    "cut short": quotation(range(6), after=HOUR),
    "with names only": quotation((), after=HOUR),
    "by its Message-ID": replace(quotation(range(50, 60), after=9 * DAY), message_id="m@company.example"),
}
DOES_NOT = {
    "days later": quotation(range(20), after=3 * DAY),
    "another subject": quotation(range(20), subject="Other"),
    "another writer": replace(quotation(range(20)), writers=("ben@company.example",)),
    "other people of the same minute": quotation(range(20, 40)),
    "a larger list": quotation(range(60)),
    "few of them, at another time": quotation(range(6), after=1000),
    "few of them, without a date": quotation(range(6), after=None),
}


@pytest.mark.parametrize("quoted", REPEATS.values(), ids=REPEATS)
def test_repeats(quoted: Member) -> None:
    assert repeats(quoted, SENT)
    members, quotations = without_quotations((SENT, quoted))
    assert [one.message for one in members] == ["sent"]
    assert quotations == (Quotation("q", 0),)


@pytest.mark.parametrize("quoted", DOES_NOT.values(), ids=DOES_NOT)
def test_does_not_repeat(quoted: Member) -> None:
    assert not repeats(quoted, SENT)
    assert without_quotations((SENT, quoted)) == ([SENT, quoted], ())


def test_messages_that_were_found_never_repeat_one_another() -> None:
    again = replace(SENT, message="again")
    assert without_quotations((SENT, again)) == ([SENT, again], ())


def test_the_message_has_the_people_of_its_quotations_once() -> None:
    sent = member("sent", range(20), hidden=(20, 30))
    counted = array("I", range(1, 21))
    quoted = replace(quotation(range(21)), counted=array("I", (*counted, 99)))  # 99 is shown by name only
    ((united,), _) = without_quotations((sent, quoted))
    assert list(united.shown) == list(united.counted) == list(range(21))
    assert list(united.hidden) == [30]


def test_of_several_quotations_the_one_that_shows_most_stays() -> None:
    small, large = quotation(range(10), name="small"), quotation(range(12), after=HOUR, name="large")
    members, quotations = without_quotations((small, large))
    assert ([one.message for one in members], quotations) == (["large"], (Quotation("small", 0),))


def test_a_quotation_belongs_to_the_message_that_it_is_most_like() -> None:
    daily = [member(f"m{number}", range(20), after=number * DAY) for number in range(40)]
    quotations = [quotation(range(20), after=number * DAY + HOUR, name=f"q{number}") for number in range(40)]
    mail = sorted((*daily, *quotations), key=lambda one: one.when or 0.0)
    members, found = without_quotations(mail)
    assert members == daily
    assert found == tuple(Quotation(f"q{number}", number) for number in range(40))


def test_the_work_grows_with_the_mail() -> None:
    def mail(count: int) -> list[Member]:
        sent = [member(f"m{number}", range(9 * number, 9 * number + 9), after=number) for number in range(count)]
        found = [quotation(one.shown, after=HOUR, name=f"q{one.message}") for one in sent]
        return [*sent, *found]

    assert_linear(lambda size: without_quotations(mail(size)), 40)
