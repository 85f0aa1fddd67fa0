"""A stretch of a folder: what is read between two times of saving."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from time import monotonic
from typing import Final

from scanner.connectors.interface import Cursor
from scanner.coverage import Coverage
from scanner.detector import Weight, weigh
from scanner.envelope import Envelope, Mark, Reading, Skipped, Unreadable
from scanner.errors import SourceError
from scanner.gleaner import Gleaner
from scanner.policy import Policy
from scanner.store.records import NOTHING_HELD, Held

_STRETCH_MESSAGES: Final = 2_000
_STRETCH_SECONDS: Final = 2.0
_STRETCH_RECIPIENTS: Final = 50_000  # of candidates: what bounds the memory of a stretch
_TELL_SECONDS: Final = 0.25


@dataclass(slots=True)
class Stretch:
    """What was read since the last time that it was saved."""

    cursor: Cursor | None = None
    candidates: list[Envelope] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    dates: list[datetime | None] = field(default_factory=list)
    error: SourceError | None = None
    last: bool = False
    unsent: int = 0
    still_there: list[Envelope] = field(default_factory=list)  # no candidates, and maybe among those that are `held`
    passed: list[str] = field(default_factory=list)  # keys of what was skipped and is there, where any are `held`
    of_nobody: bool = False  # some of it is not known to be sent, while nothing is internal

    @property
    def finished(self) -> bool:
        """Whether it is the last of a folder that was read to its end."""
        return self.last and self.error is None

    @property
    def count(self) -> int:
        """Messages in it, whatever became of them."""
        return len(self.dates) + len(self.unreadable) + self.skipped.total()

    def pass_over(self, envelope: Envelope, weight: Weight, held: Held) -> int:
        """Take note of a message that is no candidate; gives how many people it names if it may be `held`."""
        unsent = weight is not Weight.LIGHT
        self.unsent += unsent
        if not held.may_hold(envelope) or (unsent and envelope.locator.key not in held.keys):
            return 0  # a draft of what was sent has no place of its own
        self.still_there.append(envelope)
        return len(envelope.recipients)

    def skip(self, skipped: Skipped, held: Held) -> None:
        """Take note of what is no message, or is none to read; `held` as in `stretches`."""
        self.skipped[skipped.reason] += 1
        if skipped.there and held.keys:
            self.passed.append(skipped.locator.key)


def begun(readings: Iterator[tuple[Cursor, Reading]]) -> Iterator[tuple[Cursor, Reading]]:
    """The readings after CursorLost had its chance to be raised; other errors wait until the readings are asked for."""
    try:
        first = next(readings)
    except StopIteration:
        return iter(())
    except SourceError as error:
        return map(_raise, (error,))
    return chain((first,), readings)


def _raise(error: SourceError) -> tuple[Cursor, Reading]:
    raise error


def stretches(
    readings: Iterator[tuple[Cursor, Reading]],
    policy: Policy,
    tell: Callable[[int, int], None],
    gleaner: Gleaner,
    batch: int | None = None,
    held: Held = NOTHING_HELD,
) -> Iterator[Stretch]:
    """The readings in stretches that are due to be saved; the last one, maybe empty, ends the folder or its reading.

    No stretch has more than `batch` messages, where the source says so. `held` are the messages of earlier readings
    that the case keeps.

    This is the loop that each message of every mailbox passes through.
    """
    stretch = Stretch()
    tell_at = monotonic() + _TELL_SECONDS
    save_at = monotonic() + _STRETCH_SECONDS
    most = min(_STRETCH_MESSAGES, batch or _STRETCH_MESSAGES)
    room, left = _STRETCH_RECIPIENTS, most
    candidate, nobody = Weight.CANDIDATE, not policy.knows_us
    try:
        for cursor, reading in readings:
            stretch.cursor = cursor
            left -= 1
            if isinstance(reading, Envelope):
                stretch.dates.append(reading.date)
                weight = weigh(reading, policy)
                if weight is candidate:
                    stretch.candidates.append(reading)
                    room -= len(reading.recipients)
                    gleaner.candidate(reading)
                else:
                    room -= stretch.pass_over(reading, weight, held) + gleaner.other(reading)
                stretch.of_nobody = stretch.of_nobody or (nobody and Mark.SENT not in reading.marks)
            elif isinstance(reading, Unreadable):
                stretch.unreadable.append(reading)
            else:
                stretch.skip(reading, held)
            now = monotonic()
            if now < tell_at and left > 0 and room > 0:
                continue
            tell_at = now + _TELL_SECONDS
            if now < save_at and left > 0 and room > 0:
                tell(stretch.count, len(stretch.candidates))
                continue
            yield stretch
            stretch = Stretch()
            save_at = monotonic() + _STRETCH_SECONDS
            room, left = _STRETCH_RECIPIENTS, most
    except SourceError as error:
        stretch.error = error
    stretch.last = True
    yield stretch


def covered(coverage: Coverage, stretch: Stretch) -> Coverage:
    """The coverage of a folder with one stretch more."""
    skipped = Counter(dict(coverage.skipped)) + stretch.skipped
    dates = [date for date in (coverage.oldest, coverage.newest, *stretch.dates) if date]
    return replace(
        coverage,
        read=coverage.read + len(stretch.dates),
        unreadable=coverage.unreadable + len(stretch.unreadable),
        skipped=tuple(sorted(skipped.items())),
        oldest=min(dates, default=None),
        newest=max(dates, default=None),
        trouble=str(stretch.error or ""),
        finished=stretch.finished,
    )


def mended(coverage: Coverage, stretch: Stretch) -> Coverage:
    """The coverage of a folder when messages that could not be read were tried again."""
    after = covered(coverage, stretch)
    better = stretch.count - len(stretch.unreadable)
    return replace(after, unreadable=coverage.unreadable - better, trouble=coverage.trouble, finished=coverage.finished)
