"""An alarm of a run that does not come to its end is kept, since the next run reads on behind what it met."""

from __future__ import annotations

import pytest

from scanner.case import Alarm, Outcome, Run
from scanner.errors import StoreError
from scanner.store.records import Found
from scanner.store.store import Store
from tests.mailboxes import Faulty, Shelf
from tests.store.mail import raw
from tests.test_scan import Runner, run

__all__ = ["run"]

FULL = StoreError("The disk is full.", "Make room.")


def rebuilt(run: Runner) -> Faulty:
    """A mailbox whose folder was rebuilt after it was read."""
    box = Faulty("ann", {"Sent": [raw(1), raw(2)]})
    run(Shelf(box))
    box.forgotten.add("Sent")
    return box


def test_an_alarm_is_saved_before_the_stretch_behind_it(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    box = rebuilt(run)
    saved: list[Run] = []
    record = Store.record

    def recording(store: Store, found: Found) -> int:
        saved.append(list(store.runs())[-1])
        return record(store, found)

    monkeypatch.setattr(Store, "record", recording)
    run(Shelf(box))
    first = saved[0]
    assert (first.id, first.outcome, first.finished, first.alarms) == (2, None, None, (Alarm.READ_AGAIN,))
    assert first.notices == ("ann: Sent: The folder was rebuilt, so it is read again from its start.",)


def test_what_is_gone_is_saved_before_it_is_settled(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Faulty("ann", {"Sent": [raw(1)], "Old": [raw(3)]})
    run(Shelf(box))
    del box.messages["Old"]
    saved: list[tuple[bool, tuple[Alarm, ...]]] = []
    record = Store.record

    def recording(store: Store, found: Found) -> int:
        saved.append((found.coverage.departed, list(store.runs())[-1].alarms))
        return record(store, found)

    monkeypatch.setattr(Store, "record", recording)
    run(Shelf(box))
    assert (True, (Alarm.GONE,)) in saved
    assert (True, ()) not in saved


def test_a_run_that_an_error_ends_has_failed_and_keeps_its_alarms(run: Runner) -> None:
    box = rebuilt(run)
    with pytest.raises(StoreError, match="full"):
        run(Shelf(box, Faulty("bob", {"Sent": [raw(9)]}, breaks={("Sent", 1): FULL})))
    last = list(run.store.runs())[-1]
    assert (last.outcome, last.alarms, len(last.notices)) == (Outcome.FAILED, (Alarm.READ_AGAIN,), 1)
    assert last.finished is not None


def test_where_not_even_that_can_be_saved_the_first_error_is_told(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    save = Store.save

    def refusing(store: Store, one: Run) -> None:
        if one.outcome is Outcome.FAILED:
            raise StoreError("Nothing can be saved.", "Make room.")
        save(store, one)

    monkeypatch.setattr(Store, "save", refusing)
    with pytest.raises(StoreError, match="full"):
        run(Shelf(Faulty("bob", {"Sent": [raw(9)]}, breaks={("Sent", 1): FULL})))
    assert list(run.store.runs())[-1].outcome is None
