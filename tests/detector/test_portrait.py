"""What a group of messages looks like in figures."""

from __future__ import annotations

from array import array
from dataclasses import replace
from datetime import UTC, datetime

from scanner.detector.evidence_index import Evidence
from scanner.detector.internal import Border
from scanner.detector.member import Member
from scanner.detector.member_roles import roles_of
from scanner.detector.parties import Parties
from scanner.detector.people import People
from scanner.detector.portrait import traits_of
from scanner.detector.traits import Tone, Traits
from scanner.envelope import Locator
from scanner.policy import InternalDomain, Policy
from scanner.received import Received
from tests.detector.members import DAY, HOUR, START, member

US = Policy(internal=(InternalDomain("company.example"),), free_mail_add=("freemail.example",))
FIRMS, CONSUMERS, ROLES, ONE_FIRM = range(30), range(30, 50), range(50, 60), range(60, 80)


def address(number: int) -> str:
    if number in CONSUMERS:
        return f"someone{number}@freemail.example"
    if number in ROLES:
        return f"info@firm{number}.example"
    return f"person{number}@{'one-firm' if number in ONE_FIRM else f'firm{number}'}.example"


def by_outsider(*people: int, after: float, message_id: str | None = None) -> Received:
    when = datetime.fromtimestamp(START + after, UTC)
    listed = tuple(sorted(map(address, people)))
    return Received(f"r{after}", Locator("a", "Inbox", "1"), when, address(people[0]), listed, message_id, (), "")


def traits(*members: Member, received: tuple[Received, ...] = (), own: tuple[Member, ...] = ()) -> Traits:
    people = People(Parties(US))
    for number in range(80):
        assert people.of_address(address(number)) == number
    counted = [replace(one, counted=array("I", [each for each in one.counted if each not in ROLES])) for one in members]
    evidence = Evidence(received, people, Border(US).holds)
    return traits_of(
        counted, roles_of(counted), people, evidence, {one.message_id: one for one in own if one.message_id}
    )


def test_people_are_counted_once_over_all_messages() -> None:
    found = traits(member("a", (*FIRMS, *ROLES)), member("b", (*range(20, 30), *CONSUMERS), after=HOUR))
    assert (found.people, found.outsiders, found.roles, found.consumers) == (50, 60, 10, 20)
    assert (found.parties, found.messages) == (50, 2)


def test_one_company_is_one_party_and_free_mail_never_the_largest() -> None:
    found = traits(member("a", (*ONE_FIRM, *range(5))))
    assert (found.parties, found.largest) == (6, 0.8)
    assert traits(member("a", CONSUMERS)).largest == 0.0
    nobody = traits(member("a", (), hidden=range(7)))
    assert (nobody.outsiders, nobody.hidden, nobody.largest, nobody.parties) == (0, 7, 0.0, 0)


def test_colleagues_are_those_of_the_message_with_most_of_them() -> None:
    few, many = replace(member("a", FIRMS), insiders=2), replace(member("b", FIRMS, after=HOUR), insiders=9)
    assert traits(few, many).insiders == 9


def test_a_series_goes_to_the_same_list_for_weeks() -> None:
    weekly = [member(str(number), range(12), after=7 * number * DAY) for number in range(5)]
    assert traits(*weekly).same_list == 5
    assert traits(*weekly, member("else", range(20, 30), after=40 * DAY)).same_list == 5
    at_once = [member(str(number), range(12), after=number * HOUR) for number in range(5)]
    assert traits(*at_once).same_list == 1
    growing = [member(str(number), range(12 + 4 * number), after=7 * number * DAY) for number in range(5)]
    assert traits(*growing).same_list < 4


def test_replies_forwards_and_what_they_add() -> None:
    parent = by_outsider(0, *range(1, 9), after=-HOUR, message_id="p")
    known = member("a", range(12), reply=True, answers=("p",))
    lost = member("b", range(12), reply=True, answers=("gone",), after=HOUR)
    found = traits(known, lost, received=(parent,))
    assert (found.replies, found.untraced, found.added) == (2, 1, 3)
    assert traits(replace(known, reply=False, forward=True)).forwards == 1
    assert traits(member("a", range(12))).added == 12


def test_history_is_that_before_the_first_message() -> None:
    together = by_outsider(*range(6), after=-DAY)
    between = by_outsider(*range(10), after=HOUR)
    found = traits(member("a", range(12)), member("b", range(12), after=DAY), received=(together, between))
    assert (found.cover, found.known_pairs) == (0.5, 30 / 132)


def test_words_of_all_subjects_count_together() -> None:
    found = traits(
        member("a", FIRMS, subject="Newsletter for patients"),
        member("b", FIRMS, subject="Sorry for our newsletter", after=HOUR),
        member("c", (), hidden=FIRMS, subject="Newsletter", after=2 * HOUR),
    )
    assert found.tones >= {Tone.BULK, Tone.APOLOGY}
    assert found.contexts == ("health",)
    assert (found.apologised, found.recalled, found.hidden_twin, found.batches) == (True, False, True, 0)
    batches = traits(member("a", range(10)), member("b", range(10, 20), after=HOUR))
    assert (batches.batches, batches.hidden_twin) == (1, False)


def test_it_is_ours_when_one_message_is() -> None:
    theirs = replace(member("a", FIRMS), ours=False)
    assert not traits(theirs).ours
    assert traits(theirs, member("b", FIRMS, after=HOUR)).ours
