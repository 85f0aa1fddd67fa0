"""The diary of a run while it goes on: what it met, saved together with what makes that so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
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


@dataclass(slots=True, eq=False)
class _Note:
    """What somebody should know. One that `waits` is kept with the next state of that folder, and not before."""

    sentence: str
    alarm: Alarm | None = None
    waits: _Place | None = None


class Diary:
    """What one run met so far.

    An alarm is told because the case says one thing and the source another, and the transaction that lets the case say
    the same ends that. Both are saved in this one transaction: a run that is killed before it leaves the alarm to the
    next, which meets it anew, and one that is killed behind it has the alarm among its own, which the next run tells.
    So it is counted once, whenever a kill comes. A run that is stopped, or fails, tells those that it has saved.
    """

    def __init__(self, store: Store, watch: Watch, run: Run, turns: Turns) -> None:
        self.policy = run.policy
        self.troubles: list[str] = []
        self._run = run
        self._turns = turns
        self._store = store
        self._watch = watch
        self._notes: list[_Note] = []
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

    def is_gone(self, *left: Found, sentence: str = "") -> None:
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
        coverage, told = found.coverage, ""
        with self._turns.turn():  # an older state may not be saved over a newer one
            waiting = self._waiting((coverage.account, coverage.folder))

            def telling(lost: int) -> Run | None:
                return self._state(None, [*waiting, *_lost(found, lost)]) if waiting or lost else None

            for note in _lost(found, self._store.record(found, telling=telling)):
                self._notes.append(note)
                told = note.sentence
            _release(waiting)
        if told:
            self._watch.notice(told)

    def keep(self) -> None:
        """Save what the run met so far and waits for nothing."""
        self._store.save(self._state(None))

    def settle(self) -> None:
        """Keep what is no longer there. A run that is stopped or killed before leaves it to the next one to tell."""
        if self._gone:
            waiting = self._waiting(_SETTLED_LAST)
            self._store.record(*self._gone, telling=lambda _lost: self._state(None, waiting))
            _release(waiting)

    def ended(self, outcome: Outcome) -> Run:
        """The run with its end. One that was not cut short tells all of it, also of folders that then gave nothing."""
        if outcome not in (Outcome.STOPPED, Outcome.FAILED):
            _release(self._notes)
        return replace(self._state(outcome), finished=datetime.now(UTC))

    def in_order(self, troubles: int, notes: int) -> None:
        """Sort what was met since there were so many: it does not depend on which account was first."""
        self.troubles[troubles:] = sorted(self.troubles[troubles:])
        self._notes[notes:] = sorted(self._notes[notes:], key=lambda note: note.sentence)

    @property
    def noted(self) -> int:
        """How many notes there are."""
        return len(self._notes)

    def _waiting(self, place: _Place) -> list[_Note]:
        return [note for note in self._notes if note.waits == place]

    def _state(self, outcome: Outcome | None, kept_now: Sequence[_Note] = ()) -> Run:
        """The run with what is kept of it, and with `kept_now`, be it among the notes already or not."""
        notes = [note for note in self._notes if note.waits is None or note in kept_now]
        notes += [note for note in kept_now if note not in self._notes]
        return replace(
            self._run,
            finished=None,
            policy=self.policy,
            outcome=outcome,
            troubles=tuple(self.troubles),
            notices=tuple(note.sentence for note in notes if note.sentence),
            alarms=tuple(sorted(note.alarm for note in notes if note.alarm)),
        )


def _release(notes: Iterable[_Note]) -> None:
    """They are kept."""
    for note in notes:
        note.waits = None


def _lost(found: Found, lost: int) -> tuple[_Note, ...]:
    """What is to be told where an earlier reading of a folder had found messages that are not there any more."""
    if not lost:
        return ()
    gone = f"no longer holds {lost} of the messages that the case keeps of it to judge; they stay in the case."
    others = "Other messages that are gone from it are not in this number."
    return (_Note(f"{found.coverage.account}: {found.coverage.folder} {gone} {others}", Alarm.FOUND_GONE),)
