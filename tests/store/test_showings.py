"""What is kept of decisions, and what is new about an incident since a workbook last showed it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from scanner.case import Run
from scanner.decision import Novelty, Status
from scanner.incident import Class
from scanner.review import review
from scanner.store import open_store
from scanner.store.logged import Effect
from scanner.store.showings import BEFORE, Showing, Showings
from scanner.store.store import Store
from tests.store.incidents import incident, message, person
from tests.store.mail import OURS, START, envelope, found
from tests.store.test_decisions import NOTE, STATUS, said


def ran(store: Store) -> Run:
    return store.begin(Run(0, START, START, "0.1.0", OURS, (), ("archive",)))


def written(store: Store) -> int:
    """A workbook of what the case holds now; gives its number."""
    case = review(store)
    case.keep_ids()
    case.begin_edition(START, "x.xlsx")
    shown = [Showing.of(one, case.run) for one in (*case.incidents(), *case.cleared())]
    store.finish_edition(case.edition, f"{case.edition:064}", shown)
    return case.edition


def novelties(store: Store) -> list[Novelty]:
    case = review(store)
    return [case.novelty(one) for one in case.incidents()]


def test_answers_are_kept_and_given_back(tmp_path: Path) -> None:
    with open_store(tmp_path / "case.db") as store:
        ran(store)
        store.record(found(envelope(1)))
        edition = written(store)
        (one,) = review(store).incidents()
        matter = store.matter()
        cells = {(one.id, STATUS): "closed", (one.id, NOTE): "=1+1\x00\ud800"}
        assert store.would_take(said(edition, cells), "a", START).count(Effect.TAKEN) == 2
        assert store.ledger().end == 0
        assert store.take(said(edition, cells), "a", START).count(Effect.TAKEN) == 2
        assert store.take(said(edition, cells), "a", START).changes == ()
    with open_store(tmp_path / "case.db") as store:
        assert store.matter() == matter
        case = review(store)
        assert case.decisions().of(one.id) == {STATUS: "closed", NOTE: "=1+1\x00\ud800"}
        assert case.id == matter.name
        log = store.ledger().standing(one.id, STATUS)
        assert log is not None
        assert (log.read, log.edition, log.source) == (START, edition, "a")


def test_every_workbook_has_a_number_of_its_own(store: Store) -> None:
    run = ran(store)
    numbers = [store.begin_edition(run.id, START, "x") for _ in range(3)]
    assert numbers == [1, 2, 3]
    assert store.known_digests("a") == frozenset()
    store.finish_edition(2, "b" * 64, ())
    store.mark_read("a", "c" * 64)
    assert store.known_digests("a") == {"b" * 64, "c" * 64}
    assert store.known_digests("b") == {"b" * 64}


def test_ids_of_people_tell_nothing_to_others(store: Store, tmp_path: Path) -> None:
    case = review(store)
    names = [case.person_id(f"p{number}@freemail.example") for number in range(1000)]
    assert len(set(names)) == 1000
    assert {len(name) for name in names} == {16}
    assert names[0] == review(store).person_id("p0@freemail.example")
    assert case.person_id("\ud800") != case.person_id("")
    with open_store(tmp_path / "other.db") as other:
        assert review(other).person_id("p0@freemail.example") != names[0]


def test_an_incident_is_new_until_a_later_run_than_that_which_showed_it(store: Store) -> None:
    ran(store)
    store.record(found(envelope(1)))
    assert novelties(store) == [Novelty.NEW]
    written(store)
    assert novelties(store) == [Novelty.NEW]  # a report of the same run says the same
    written(store)
    ran(store)
    assert novelties(store) == [Novelty.KNOWN]
    ran(store)
    assert novelties(store) == [Novelty.KNOWN]  # also when a run wrote no workbook


def test_it_was_found_when_the_run_began_that_first_showed_it(store: Store) -> None:
    def found_on() -> list[datetime | None]:
        case = review(store)
        return [case.found_on(one) for one in case.incidents()]

    def ran_later(weeks: int) -> None:
        started = START + timedelta(weeks=weeks)
        store.begin(Run(0, started, started, "0.1.0", OURS, (), ("archive",)))

    ran_later(0)
    store.record(found(envelope(1)))
    assert found_on() == [START]
    ran_later(1)
    assert found_on() == [START + timedelta(weeks=1)]  # no workbook of the first run was written
    written(store)
    ran_later(2)
    store.record(found(envelope(1, outsiders=13, key="2")))
    written(store)
    ran_later(3)
    assert found_on() == [START + timedelta(weeks=1)]


def test_the_first_showing_counts_under_every_id_that_it_had() -> None:
    one = incident(message("m1"))
    rows = [replace(Showing.of(one, run), incident=name) for run, name in ((4, one.id), (2, "I-OLD"), (3, "I-OLD"))]
    assert Showings(rows).first(one) == 4
    assert Showings(rows).first(replace(one, aliases=("I-OLD",))) == 2
    assert Showings(rows).first(replace(one, id="I-ELSE")) is None
    before = replace(rows[0], incident="m1", run=BEFORE)
    assert Showings([*rows, before]).first(one) == BEFORE


def test_other_people_are_a_change_and_reopen_what_was_settled(store: Store) -> None:
    ran(store)
    store.record(found(envelope(1)))
    first = written(store)
    (one,) = review(store).incidents()
    ran(store)
    store.record(found(envelope(1, outsiders=13, key="2")))
    assert novelties(store) == [Novelty.CHANGED]
    written(store)
    store.take(said(first, {(one.id, STATUS): "closed"}), "first", START)
    assert novelties(store) == [Novelty.REOPENED]
    ran(store)
    assert novelties(store) == [Novelty.REOPENED]  # nobody who settled it has seen the change
    second = written(store)
    ran(store)
    assert novelties(store) == [Novelty.KNOWN]
    assert review(store).decisions().status(one.id) is Status.CLOSED
    store.take(said(second, {(one.id, STATUS): "open"}), "second", START)
    assert novelties(store) == [Novelty.KNOWN]


def test_what_was_settled_and_did_not_change_is_known(store: Store) -> None:
    ran(store)
    store.record(found(envelope(1)))
    first = written(store)
    (one,) = review(store).incidents()
    store.take(said(first, {(one.id, STATUS): "false alarm"}), "first", START)
    assert novelties(store) == [Novelty.NEW]  # as the workbook of the same run said
    ran(store)
    assert novelties(store) == [Novelty.KNOWN]


def test_the_facts_are_messages_and_people_in_any_order() -> None:
    one, other = message("m1", "ann", "bob"), message("m2", "bob", "cy")
    shown = Showings([Showing.of(incident(one, other), 1)])
    assert shown.novelty(incident(other, one), None) is Novelty.KNOWN
    later = replace(incident(one, other), affected=tuple(replace(person(n), times=2) for n in ("cy", "bob", "ann")))
    assert shown.novelty(later, None) is Novelty.KNOWN
    assert shown.novelty(incident(one), None) is Novelty.CHANGED
    assert shown.novelty(incident(one, replace(other, message="m3")), None) is Novelty.CHANGED
    assert shown.novelty(incident(one, other, name="I-TWO"), None) is Novelty.NEW
    assert shown.novelty(replace(incident(one, other, name="I-TWO"), aliases=("I-ONE",)), None) is Novelty.KNOWN


def test_what_was_allowed_once_is_reopened_when_it_no_longer_is() -> None:
    allowed = Showing.of(incident(message("m1"), klass=Class.ALLOWED), 1)
    assert Showings([allowed]).novelty(incident(message("m1")), None) is Novelty.REOPENED
    again = Showings([allowed, Showing.of(incident(message("m1")), 2)])
    assert again.novelty(incident(message("m1")), None) is Novelty.KNOWN


def test_only_what_changed_is_written_again(store: Store) -> None:
    ran(store)
    store.record(found(envelope(1), envelope(2)))
    for _ in range(3):
        written(store)
        ran(store)
    store.record(found(replace(envelope(1, outsiders=14, key="9"), date=START + timedelta(hours=1, seconds=20))))
    written(store)
    with store._reading() as connection:
        rows = connection.exec_driver_sql("SELECT incident, run FROM shown ORDER BY run").fetchall()
    assert sorted(run for _, run in rows) == [1, 1, 4]
