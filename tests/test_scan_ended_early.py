"""An alarm of a run that does not come to its end is kept, since the next run reads on behind what it met."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.pool import PoolProxiedConnection

from scanner.case import Alarm, Outcome, Run
from scanner.errors import StoreError
from scanner.store.records import Found
from scanner.store.store import Store
from tests.mailboxes import Faulty, Shelf
from tests.store.mail import raw
from tests.test_scan import Runner, run

__all__ = ["run"]

FULL = StoreError("The disk is full.", "Make room.")


def rebuilt(run: Runner, **others: list[bytes | str]) -> Faulty:
    """A mailbox whose folder was rebuilt after it was read."""
    box = Faulty("ann", {"Sent": [raw(1), raw(2)], **others})
    run(Shelf(box))
    box.forgotten.add("Sent")
    return box


@pytest.mark.parametrize("folder", ["Sent", "Old"])
def test_an_alarm_is_saved_with_what_makes_it_so(run: Runner, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    """Of a folder that was rebuilt with its first stretch, of one that is gone with that."""
    box = rebuilt(run, Old=[raw(3)])
    del box.messages["Old"]
    saved: list[tuple[bool, int]] = []
    record = Store.record

    def recording(store: Store, *found: Found, **named: Any) -> int:
        before = list(store.runs())[-1]
        lost = record(store, *found, **named)
        now = list(store.runs())[-1]
        assert (now.id, now.outcome, now.finished) == (2, None, None)
        of_it = any(one.coverage.folder == folder for one in found)
        saved.append((of_it, len(now.alarms) - len(before.alarms)))
        return lost

    monkeypatch.setattr(Store, "record", recording)
    done = run(Shelf(box))
    assert done.alarms == (Alarm.GONE, Alarm.READ_AGAIN)
    assert sorted(saved) == [(False, 1), (True, 1)]


def test_alarms_of_scans_that_are_killed_or_stopped_at_any_point_are_counted_once(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.killed_alarms", str(tmp_path), "11"],
        capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["alarms"] == {"found_gone": 3, "gone": 1, "read_again": 3, "shrunk": 2}
    assert report["wrong"] == []
    assert report["killed"] >= 20


def test_a_run_that_is_stopped_tells_the_alarms_that_it_saved(run: Runner) -> None:
    box = rebuilt(run)
    with pytest.raises(KeyboardInterrupt):
        run(Shelf(Faulty("abe", {"Sent": [raw(9)]}, breaks={("Sent", 1): KeyboardInterrupt()}), box))
    last = list(run.store.runs())[-1]
    assert (last.outcome, last.alarms) == (Outcome.STOPPED, ())
    assert run(Shelf(box)).alarms == (Alarm.READ_AGAIN,)


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize(("folder", "alarm"), [("Sent", Alarm.READ_AGAIN), ("Old", Alarm.GONE)])
def test_ctrl_c_in_the_commit_that_keeps_an_alarm_leaves_it_to_this_run_or_to_the_next(
    run: Runner, monkeypatch: pytest.MonkeyPatch, folder: str, alarm: Alarm, *, ended: bool
) -> None:
    """A signal that comes while SQLite ends the transaction is heard right behind that."""
    box = rebuilt(run, Old=[raw(3)])
    del box.messages["Old"]
    record, commit = Store.record, DefaultDialect.do_commit
    stops: list[bool] = []

    def recording(store: Store, *found: Found, **named: Any) -> int:
        if any(one.coverage.folder == folder for one in found):
            stops.append(True)
        return record(store, *found, **named)

    def committing(dialect: DefaultDialect, connection: PoolProxiedConnection) -> None:
        if ended or not stops:
            commit(dialect, connection)  # type: ignore[no-untyped-call]
        if stops:
            stops.clear()
            raise KeyboardInterrupt

    with monkeypatch.context() as signal:
        signal.setattr(Store, "record", recording)
        signal.setattr(DefaultDialect, "do_commit", committing)
        with pytest.raises(KeyboardInterrupt):
            run(Shelf(box))
    stopped = list(run.store.runs())[-1]
    assert stopped.outcome is Outcome.STOPPED
    assert (alarm in stopped.alarms) is ended
    if Alarm.READ_AGAIN in stopped.alarms:  # it was read behind the loss, so that its cursor is a new one
        box.forgotten.clear()
    assert (alarm in run(Shelf(box)).alarms) is not ended
    assert sorted(one for each in run.store.runs() for one in each.alarms) == [Alarm.GONE, Alarm.READ_AGAIN]


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
