"""What may be purged, and what stays because an open incident rests on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from scanner.case import Run
from scanner.envelope import Envelope, Locator, Mark
from scanner.incident import Incident
from scanner.policy import Allowed, Policy
from scanner.received import Received
from scanner.retention import Purgeable, purgeable
from scanner.review import review
from scanner.store import open_store
from scanner.store.purge import purge_evidence, purge_messages, purging
from scanner.store.store import Store
from scanner.unattended import Retention
from tests.cli.command import missedbcc
from tests.store.mail import OURS, START, envelope, found

TODAY = date(2026, 11, 22)
ALL = Retention(cleared=30, closed=30, workbooks=30)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "case.sqlite") as store:
        begin(store, OURS)
        yield store


def begin(store: Store, policy: Policy) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    store.begin(Run(0, now, now, "0", policy, (), ("archive",)))


def keep(store: Store, *copies: Envelope, received: tuple[Received, ...] = ()) -> None:
    store.record(replace(found(*copies), received=received))


def small(number: int, **changes: object) -> Envelope:
    """A message below the gate."""
    return replace(envelope(number, outsiders=6), **changes)  # type: ignore[arg-type]


def note(number: int, people: tuple[str, ...], **changes: object) -> Received:
    """A received message, years old."""
    author = people[0]
    plain = Received(
        f"{number:032x}", Locator("archive", "Inbox", str(number)), START - timedelta(days=9), author,
        tuple(sorted({*people, "ann@corp.example"})), f"r{number}@firm.example", (), f"note {number}",
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def incidents(store: Store) -> dict[str, Incident]:
    return {one.id: one for one in review(store).incidents()}


def test_messages_of_no_incident_go_and_incidents_stay(store: Store) -> None:
    keep(store, envelope(1), small(2), small(3))
    assert purgeable(store, ALL, {}, TODAY) == Purgeable(cleared=frozenset({small(2).identity, small(3).identity}))
    assert purgeable(store, Retention(closed=0, workbooks=0), {}, TODAY) == Purgeable()


@pytest.mark.parametrize(("days", "goes"), [(30, True), (31, False)])
def test_the_day_decides(store: Store, days: int, goes: bool) -> None:
    sent = datetime(2026, 10, 22, 23, 59, tzinfo=UTC)
    keep(store, small(1, date=sent))
    assert bool(purgeable(store, Retention(cleared=days), {}, TODAY).cleared) is goes


def test_what_has_no_date_stays_and_is_told(store: Store) -> None:
    keep(store, small(1, date=None))
    assert purgeable(store, ALL, {}, TODAY) == Purgeable(undated=1)


def test_a_closed_incident_goes_as_a_whole_if_nothing_came_after(store: Store) -> None:
    keep(store, envelope(1), envelope(2))
    first, second = sorted(incidents(store).values(), key=lambda one: one.first_sent or START)
    closed = {first.id: date(2025, 1, 1), second.id: date(2024, 3, 1)}  # the second one was sent after that day
    found = purgeable(store, ALL, closed, TODAY)
    assert found == Purgeable(
        closed=frozenset({envelope(1).identity}), incidents=frozenset({first.id}), answers=frozenset({first.id})
    )
    assert purgeable(store, ALL, {first.id: TODAY - timedelta(days=29)}, TODAY) == Purgeable()
    assert purgeable(store, ALL, {"I-OTHER": date(2025, 1, 1)}, TODAY) == Purgeable()


def test_what_is_allowed_for_a_time_stays(store: Store) -> None:
    allowed = Allowed("agreed", "events team", date(2027, 1, 31), author="ann@corp.example")
    begin(store, replace(OURS, allowed=(allowed,)))
    keep(store, envelope(1))
    assert incidents(store) == {}
    assert purgeable(store, ALL, {}, TODAY) == Purgeable()


def test_evidence_goes_that_bears_on_nobody_of_what_stays(store: Store) -> None:
    shown = envelope(1)
    theirs = tuple(f"p{place}@c{place}n1.example" for place in range(3))
    strangers = ("x@other.example", "y@other2.example")
    needed = (
        note(1, theirs),  # they stood together before
        note(2, strangers, answers=("m1@corp.example",)),  # an answer
        note(3, ("mailer-daemon@mx.example",), marks=frozenset({Mark.REPORT}), undelivered=(theirs[0],)),
    )
    free = (
        note(4, strangers),
        note(5, strangers, date=None),
        note(6, strangers, date=datetime(2026, 11, 1, tzinfo=UTC)),
    )
    keep(store, shown, received=(*needed, *free))
    before = incidents(store)
    assert purgeable(store, ALL, {}, TODAY) == Purgeable(evidence=frozenset({free[0].identity}))
    assert incidents(store) == before


def test_evidence_of_what_goes_goes_with_it(store: Store) -> None:
    theirs = tuple(f"p{place}@c{place}n2.example" for place in range(3))
    keep(store, envelope(1), small(2), received=(note(1, theirs),))
    found = purgeable(store, ALL, {}, TODAY)
    assert found == Purgeable(cleared=frozenset({small(2).identity}), evidence=frozenset({note(1, theirs).identity}))


def test_what_an_open_incident_would_be_told_differently_without_stays(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rules above are no proof; the case is judged again without what would go, and this is."""
    theirs = tuple(f"p{place}@c{place}n1.example" for place in range(3))
    keep(store, envelope(1), small(2), received=(note(1, theirs),))
    monkeypatch.setattr("scanner.retention._Ties.hold", lambda *_: False)
    found = purgeable(store, ALL, {}, TODAY)
    assert len(incidents(store)) == 1
    assert found == Purgeable(cleared=frozenset({small(2).identity}), needed=1)


def test_a_run_without_anything_old_gives_nothing(store: Store) -> None:
    assert purgeable(store, ALL, {}, TODAY) == Purgeable()


def test_of_the_samples_everything_goes_that_no_incident_rests_on_and_nothing_else_changes(tmp_path: Path) -> None:
    """Real archives with evidence, answers and bounces: what is told of each incident stays to the letter."""
    config = Path(__file__).parents[1] / "sample_mailboxes"
    words = ("scan", config, "--config", config / "missedbcc.toml", "--case", tmp_path / "case", "--quiet")
    missedbcc(tmp_path, *words)
    with open_store(tmp_path / "case/case.sqlite") as store:
        before = [repr(one) for one in review(store).incidents()]
        allowed = [repr(one) for one in review(store).cleared() if one.klass == "allowed"]
        gone = purgeable(store, Retention(cleared=0), {}, TODAY)
        held = sum(1 for _ in store.received())
        assert len(gone.cleared) > 5
        assert 0 < len(gone.evidence) < held
        with purging(store) as connection:
            purge_messages(connection, gone.messages)
            purge_evidence(connection, gone.evidence)
        assert [repr(one) for one in review(store).incidents()] == before
        assert [repr(one) for one in review(store).cleared()] == allowed
    assert missedbcc(tmp_path, *words).code == 0  # nothing new, although folders of files are read again
    with open_store(tmp_path / "case/case.sqlite") as store:
        assert [repr(one) for one in review(store).incidents()] == before
        assert sum(1 for _ in store.received()) == held - len(gone.evidence)
