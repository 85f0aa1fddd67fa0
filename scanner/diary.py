"""The diary of a run while it goes on: what it met, saved together with what makes that so."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from scanner.case import Alarm, Outcome, Run
from scanner.connectors.interface import Folder
from scanner.errors import SourceError
from scanner.side_by_side import Turns
from scanner.store.records import Found
from scanner.watch import Watch

if TYPE_CHECKING:
    from scanner.store.store import Store

_Place = tuple[str, str]  # account and folder
_SETTLED_LAST: Final[_Place] = ("", "")  # what is gone waits for the end of the run


@dataclass(frozen=True, slots=True, eq=False)
class _Note:
    """What a reader should know; an alarm of a `place` is kept with the next state of that, and not before."""

    sentence: str
    alarm: Alarm | None = None
    place: _Place | None = None


class Diary:
    """What one run met so far.

    An alarm is told because the case says one thing and the source another, and the transaction that lets the case say
    the same ends that. Both are saved in this one transaction: a run that is killed before it leaves the alarm to the
    next, which meets it anew, and one that is killed behind it has the alarm among its own, which the next run tells.
    So it is counted once, whenever a kill comes. A run that is stopped, or fails, tells those that it has saved: Ctrl-C
    may come while SQLite ends the transaction, so that only the case knows which these are.
    """

    def __init__(self, store: Store, watch: Watch, run: Run, turns: Turns) -> None:
        self.policy = run.policy
        self.troubles: list[str] = []
        self._run = run
        self._turns = turns
        self._store = store
        self._watch = watch
        self._notes: list[_Note] = []
        self._kept: list[_Note] = []  # the alarms that were given to a transaction, in this order
        self._gone: list[Found] = []  # what is no longer there, to be kept when the run has told it

    def note(self, sentence: str) -> None:
        """Tell the watch what a reader should know, and keep it for the run."""
        with self._turns.turn():
            self._notes.append(_Note(sentence))
        self._watch.notice(sentence)

    def alarm(self, alarm: Alarm, folder: Folder, sentence: str) -> None:
        """The same of what somebody must hear: it is kept with the next state of the folder that is recorded."""
        with self._turns.turn():
            self._notes.append(_Note(sentence, alarm, (folder.account, folder.path)))
        self._watch.notice(sentence)

    def keep_gone(self, *left: Found, sentence: str = "") -> None:
        """Something is no longer there; `settle` keeps that. Without a sentence it is told as trouble."""
        with self._turns.turn():
            self._notes.append(_Note(sentence, Alarm.GONE, _SETTLED_LAST))
            self._gone += left
        if sentence:
            self._watch.notice(sentence)

    def fail(self, account: str, error: SourceError) -> None:
        """Tell the watch what could not be read, and keep it for the run."""
        self.troubles.append(f"{account}: {error}")
        self._watch.trouble(account, error)

    def record(self, found: Found) -> None:
        """Save what a stretch of a folder held, and with it what waits for that, or follows from it."""
        place = found.coverage.account, found.coverage.folder
        with self._turns.turn():  # an older state may not be saved over a newer one
            noted = len(self._notes)
            self._store.record(found, telling=partial(self._telling, place))
            told = [note.sentence for note in self._notes[noted:]]
        for sentence in told:
            self._watch.notice(sentence)

    def keep(self) -> None:
        """Save what the run met so far and waits for nothing."""
        self._store.save(self._state(None, self._kept))

    def settle(self) -> None:
        """Keep what is no longer there. A run that is stopped or killed before leaves it to the next one to tell."""
        if self._gone:
            self._store.record(*self._gone, telling=partial(self._telling, _SETTLED_LAST))

    def ended(self, outcome: Outcome) -> Run:
        """The run with its end. It tells all of it, also of folders that then gave nothing."""
        return replace(self._state(outcome, self._notes), finished=datetime.now(UTC))

    def cut_short(self, outcome: Outcome, saved: Run) -> Run:
        """The run that was stopped, or failed, with those alarms that it has `saved`; the next one meets the others."""
        return replace(self._state(outcome, self._kept[: len(saved.alarms)]), finished=datetime.now(UTC))

    def in_order(self, troubles: int, notes: int) -> None:
        """Sort what was met since there were so many: it does not depend on which account was first."""
        self.troubles[troubles:] = sorted(self.troubles[troubles:])
        self._notes[notes:] = sorted(self._notes[notes:], key=lambda note: note.sentence)

    @property
    def noted(self) -> int:
        """How many notes there are."""
        return len(self._notes)

    def _telling(self, place: _Place, lost: int) -> Run | None:
        """The run that the transaction saves which records this place; None where it has no alarm of it to keep."""
        if lost:
            self._notes.append(_found_gone(place, lost))
        kept = frozenset(self._kept)
        waiting = [note for note in self._notes if note.place == place and note not in kept]
        self._kept += waiting
        return self._state(None, self._kept) if waiting else None

    def _state(self, outcome: Outcome | None, alarms: Collection[_Note]) -> Run:
        """The run with what it noted, and with these alarms."""
        kept = frozenset(alarms)
        notes = [note for note in self._notes if note.alarm is None or note in kept]
        return replace(
            self._run,
            finished=None,
            policy=self.policy,
            outcome=outcome,
            troubles=tuple(self.troubles),
            notices=tuple(note.sentence for note in notes if note.sentence),
            alarms=tuple(sorted(note.alarm for note in notes if note.alarm)),
        )


def _found_gone(place: _Place, lost: int) -> _Note:
    """What is to be told where an earlier reading of a folder had found messages that are not there any more."""
    account, folder = place
    gone = f"no longer holds {lost} of the messages that the case keeps of it to judge; they stay in the case."
    others = "Other messages that are gone from it are not in this number."
    return _Note(f"{account}: {folder} {gone} {others}", Alarm.FOUND_GONE, place)
