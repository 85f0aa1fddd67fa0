"""A review judges what is stored, by the policy of the last run or by another, without the mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.case import Case, Outcome, Run
from scanner.envelope import Envelope, Locator, Mark
from scanner.policy import Gate, InternalDomain, Policy
from scanner.review import review
from scanner.store import open_store
from scanner.store.store import Store
from tests.store.mail import OURS, START, envelope, found, with_bcc


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "case.db") as opened:
        yield opened


def ran(store: Store, policy: Policy = OURS) -> Run:
    return store.begin(Run(0, START, START, "0.1.0", policy, (), ("archive",), Outcome.COMPLETE))


def subjects(case: Case) -> list[str]:
    return [exposure.envelope.subject for incident in case.incidents() for exposure in incident.exposures]


def test_incidents_come_with_most_people_first_and_then_the_oldest(store: Store) -> None:
    ran(store)
    store.record(
        found(envelope(4, outsiders=12), envelope(3, outsiders=30), envelope(2, outsiders=12), envelope(1, outsiders=6))
    )
    case = review(store)
    assert subjects(case) == ["Price list 3", "Price list 2", "Price list 4"]
    assert [len(incident.affected) for incident in case.incidents()] == [30, 12, 12]
    assert case.below_gate() == 1
    assert subjects(case) == subjects(case)  # the same again at every call


def test_the_answer_does_not_depend_on_the_order_of_finding(tmp_path: Path) -> None:
    copies: list[Envelope] = [envelope(number, folder=folder) for number in (1, 2, 3) for folder in ("Sent", "All")]
    answers = []
    for name, order in (("one", copies), ("other", copies[::-1])):
        with open_store(tmp_path / name) as store:
            ran(store)
            for copy in order:
                store.record(found(copy, folder=copy.locator.folder))
            answers.append(list(review(store).incidents()))
    assert answers[0] == answers[1]
    assert len(answers[0]) == 3


def test_a_message_in_two_places_is_one_incident_that_names_both(store: Store) -> None:
    ran(store)
    sent = with_bcc(envelope(1), "hidden@strange.example")
    store.record(found(replace(envelope(1, folder="Inbox"), marks=frozenset(), digest="f" * 64), folder="Inbox"))
    store.record(found(sent, envelope(2)))
    one, other = review(store).incidents()
    assert one.locations == (Locator("archive", "Inbox", "1"), Locator("archive", "Sent", "1"))
    assert one.exposures[0].envelope == sent
    assert "hidden@strange.example" in {viewer.address for viewer in one.viewers}
    assert any("2 places" in reason for reason in one.reasons)
    assert other.locations == (Locator("archive", "Sent", "2"),)
    assert not any("places" in reason for reason in other.reasons)


def test_nobody_is_lost_when_copies_name_different_people(store: Store) -> None:
    ran(store)
    sent = envelope(1)
    named = replace(
        with_bcc(envelope(1, folder="Inbox"), "hidden@strange.example"),
        marks=frozenset(),
        digest="f" * 64,
        recipients=(
            *sent.recipients[1:],
            sent.recipients[0]._replace(name="Anna Berg"),
            *with_bcc(sent, "hidden@strange.example").recipients[-1:],
        ),
    )
    store.record(found(sent))
    store.record(found(named, folder="Inbox"))
    (one,) = review(store).incidents()
    assert "hidden@strange.example" in {viewer.address for viewer in one.viewers}
    assert {"Anna Berg", "Person 0"} <= {name for person in one.affected for name in person.names}
    assert [(place.folder, digest) for place, digest in zip(one.locations, one.digests, strict=True)] == [
        ("Inbox", "f" * 64),
        ("Sent", sent.digest),
    ]


def test_mails_of_one_minute_with_other_hidden_readers_are_two_incidents(store: Store) -> None:
    ran(store)
    other = replace(with_bcc(envelope(1, key="2"), "two@b.example"), message_id="other@corp.example", digest="e" * 64)
    store.record(found(with_bcc(envelope(1), "one@a.example"), other))
    incidents = list(review(store).incidents())
    assert len({incident.id for incident in incidents}) == 2
    hidden = {viewer.address for incident in incidents for viewer in incident.viewers if not viewer.field.visible}
    assert hidden == {"one@a.example", "two@b.example"}


def test_the_id_stays_when_a_better_copy_is_found(store: Store) -> None:
    ran(store)
    damaged = replace(envelope(1, folder="Archive"), date=START, digest="c" * 64)
    store.record(found(damaged, folder="Archive"))
    (before,) = review(store).incidents()
    store.record(found(with_bcc(envelope(1), "hidden@strange.example")))
    (after,) = review(store).incidents()
    assert (after.id, len(after.locations)) == (before.id, 2)


def test_a_folder_read_for_a_narrower_policy_is_not_complete(store: Store) -> None:
    ran(store)
    store.record(found(envelope(1), finished=True))
    lower = replace(OURS, gate=Gate(candidate=3, exposure=3))
    store.record(replace(found(envelope(2), folder="New", finished=True), policy=lower))
    assert [folder.complete for folder in review(store).coverage()] == [True, True]
    new, sent = review(store, lower).coverage()
    assert (new.complete, sent.complete) == (True, False)
    assert "read with other settings" in sent.trouble


def test_another_gate_needs_no_second_reading(store: Store) -> None:
    ran(store)
    store.record(found(envelope(1, outsiders=12), envelope(2, outsiders=6)))
    assert len(subjects(review(store))) == 1
    lower = review(store, replace(OURS, gate=Gate(exposure=6)))
    assert (len(subjects(lower)), lower.below_gate(), lower.policy.gate.exposure) == (2, 0, 6)
    higher = review(store, replace(OURS, gate=Gate(exposure=50)))
    assert (subjects(higher), higher.below_gate()) == ([], 2)


def test_mail_that_is_not_ours_under_the_policy_is_neither_reported_nor_below_the_gate(store: Store) -> None:
    ran(store)
    store.record(found(replace(envelope(1), marks=frozenset({Mark.LIST}))))
    stranger = Policy(internal=(InternalDomain("elsewhere.example"),))
    case = review(store, stranger)
    assert (subjects(case), case.below_gate()) == ([], 0)


def test_a_policy_that_does_not_know_us_takes_what_the_last_run_knew(store: Store) -> None:
    ran(store, Policy(internal=(InternalDomain("before.example"),)))
    ran(store)
    ran(store, Policy())
    assert review(store).policy == OURS
    assert review(store, Policy(gate=Gate(exposure=3))).policy == replace(OURS, gate=Gate(exposure=3))


def test_an_empty_case_can_be_reviewed(store: Store) -> None:
    case = review(store)
    assert (case.policy, subjects(case), case.below_gate()) == (Policy(), [], 0)
    assert (list(case.coverage()), list(case.unreadable()), list(case.runs())) == ([], [], [])


def test_the_case_tells_the_runs_and_the_coverage_of_the_store(store: Store) -> None:
    run = ran(store)
    store.record(found(envelope(1), finished=True))
    case = review(store)
    assert list(case.runs()) == [run]
    assert list(case.coverage()) == list(store.coverage())
    assert [folder.read for folder in case.coverage()] == [1]
