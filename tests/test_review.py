"""A review judges what is stored, by the policy of the last run or by another, without the mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from scanner import review as review_module
from scanner.address import Field, Recipient
from scanner.case import Case, Outcome, Run
from scanner.envelope import Envelope, Locator, Mark
from scanner.errors import StoreError
from scanner.incident import Class, Incident
from scanner.policy import Gate, InternalDomain, Policy
from scanner.review import StoredCase, review
from scanner.store import open_store, tables
from scanner.store.store import Store
from tests.store.mail import OURS, START, address, envelope, found, with_bcc


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
    assert subjects(case) == ["3 price lists", "2 price lists", "4 price lists"]
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


def test_mails_of_one_minute_with_other_hidden_readers_are_two_messages_of_one_incident(store: Store) -> None:
    ran(store)
    other = replace(with_bcc(envelope(1, key="2"), "two@b.example"), message_id="other@corp.example", digest="e" * 64)
    store.record(found(with_bcc(envelope(1), "one@a.example"), other))
    (incident,) = review(store).incidents()
    assert len(incident.exposures) == 2
    hidden = {viewer.address for viewer in incident.viewers if not viewer.field.visible}
    assert hidden == {"one@a.example", "two@b.example"}


def test_the_id_stays_when_a_better_copy_is_found(store: Store) -> None:
    ran(store)
    damaged = replace(envelope(1, folder="Archive"), date=START, digest="c" * 64)
    store.record(found(damaged, folder="Archive"))
    case = review(store)
    (before,) = case.incidents()
    case.keep_ids()
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


def mailing(
    number: int, first: int, last: int, *, folder: str = "Sent", subject: str = "Price list of spring"
) -> Envelope:
    """A message of one sender to some of the customers, `number` hours after the start."""
    people = (Recipient(address(f"c{place}@firm{place}.example"), "", Field.TO) for place in range(first, last))
    return replace(envelope(number, folder=folder), recipients=tuple(people), subject=subject)


def by_subject(case: Case) -> dict[str, Incident]:
    """Every incident, probable or not, by each of its subjects."""
    every = (*case.incidents(), *case.cleared())
    return {exposure.envelope.subject: incident for incident in every for exposure in incident.exposures}


def named(case: StoredCase) -> dict[str, str]:
    """The id of each subject, which from now on stays."""
    ids = {subject: incident.id for subject, incident in by_subject(case).items()}
    case.keep_ids()
    return ids


def test_ids_stay_when_incidents_become_one_and_when_they_part(store: Store) -> None:
    ran(store)
    store.record(found(mailing(1, 0, 30, subject="One"), mailing(40, 20, 50, subject="Two")))
    before = named(review(store))
    assert len(set(before.values())) == 2
    between = mailing(20, 0, 50, folder="New", subject="Both")  # like either of them, which are not alike
    store.record(found(between, folder="New"))
    joined = by_subject(review(store))
    assert {one.id for one in joined.values()} == {before["One"]}
    assert joined["Two"].aliases == (before["Two"],)
    assert named(review(store)) == dict.fromkeys(("One", "Two", "Both"), before["One"])
    higher = by_subject(review(store, replace(OURS, gate=Gate(exposure=400))))
    assert {(one.id, one.klass) for one in higher.values()} == {(before["One"], Class.BELOW_GATE)}

    removed = between.identity
    with store._writing() as connection:
        row = sa.select(tables.message.c.id).where(tables.message.c.identity == removed)
        for table in (tables.location, tables.message_key, tables.untraced):
            connection.execute(sa.delete(table).where(table.c.message.in_(row)))
        connection.execute(sa.delete(tables.message).where(tables.message.c.identity == removed))
    parted = named(review(store))
    assert parted["One"] == before["One"]
    assert parted["Two"] not in before.values()
    assert by_subject(review(store))["One"].aliases == (before["Two"],)

    store.record(found(replace(between, digest="a" * 64), folder="New", cursor="2"))
    again = by_subject(review(store))["Two"]
    assert (again.id, set(again.aliases)) == (before["One"], {before["Two"], parted["Two"]})


def test_ids_are_kept_of_what_is_below_the_gate_too(store: Store) -> None:
    ran(store)
    store.record(found(envelope(1, outsiders=6)))
    before = named(review(store, replace(OURS, gate=Gate(exposure=20))))
    store.record(found(envelope(2, outsiders=7)))
    lower = by_subject(review(store, replace(OURS, gate=Gate(exposure=6))))
    assert lower["1 price lists"].id == before["1 price lists"]
    assert {one.klass for one in lower.values()} == {Class.PROBABLE}


def test_incidents_and_what_was_cleared_are_everything(store: Store) -> None:
    ran(store)
    store.record(found(*(envelope(number, outsiders=4 + 2 * number) for number in range(1, 7))))
    case = review(store)
    assert {one.klass for one in case.incidents()} == {Class.PROBABLE}
    assert Class.PROBABLE not in {one.klass for one in case.cleared()}
    assert len(list(case.incidents())) == 4
    assert [len(one.affected) for one in case.cleared()] == [8, 6]
    assert case.below_gate() == 2


def test_incidents_are_made_in_lots_and_anew_when_they_are_too_many_to_keep(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(store)
    store.record(found(*(mailing(number, 20 * number, 20 * number + 12) for number in range(8))))
    store.record(found(*(envelope(number, folder="More") for number in range(20, 25)), folder="More"))
    asked: list[int] = []
    of = Store.of

    def counting(self: Store, identities: set[str]) -> Iterator[object]:
        asked.append(len(identities))
        return iter(list(of(self, identities)))

    monkeypatch.setattr(Store, "of", counting)
    held = review(store)
    once = list(held.incidents())
    assert (list(held.incidents()), asked) == (once, [13])  # the second time they are at hand
    asked.clear()
    monkeypatch.setattr(review_module, "_LOT", 4)
    monkeypatch.setattr(review_module, "_MOST_HELD", 0)
    anew = review(store)
    assert [list(anew.incidents()), list(anew.incidents())] == [once, once]
    assert asked == [8, 4, 1] * 2
    assert list(anew.cleared()) == []


def test_a_case_that_changes_meanwhile_is_not_told_in_part(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ran(store)
    store.record(found(envelope(1), envelope(2)))
    case = review(store)
    assert case.below_gate() == 0
    monkeypatch.setattr(Store, "of", lambda _store, _wanted: iter(()))
    with pytest.raises(StoreError, match="changed while it was reviewed"):
        list(case.incidents())


def test_a_quotation_and_its_message_are_one_with_every_place(store: Store) -> None:
    ran(store)
    sent = mailing(1, 0, 20)
    assert sent.date is not None
    quoted = replace(
        mailing(1, 0, 21, folder="Inbox"),
        date=sent.date + timedelta(hours=1),
        marks=frozenset({Mark.QUOTED}),
        message_id=None,
        digest="e" * 64,
    )
    store.record(found(quoted, folder="Inbox"))
    case = review(store)
    (before,) = case.incidents()
    case.keep_ids()
    store.record(found(sent))
    (after,) = review(store).incidents()
    assert after.id == before.id
    assert [place.folder for place in after.locations] == ["Inbox", "Sent"]
    assert ([one.envelope.locator.folder for one in after.exposures], len(after.affected)) == (["Sent"], 21)
