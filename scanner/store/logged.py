"""The rows of the log of answers: what was typed, into which workbook, and what it did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from scanner.decision import Question


class Effect(StrEnum):
    """What an answer that was typed did. Nothing is ever taken off the log."""

    TAKEN = "taken"  # it stands from then on
    AGREED = "agreed"  # it says what stood already
    CONFLICT = "conflict"  # what stood was typed by somebody who did not know of it, and goes on to stand
    SETTLED = "settled"  # it was in conflict, and somebody said that what stands is right
    WITHDRAWN = "withdrawn"  # it was in conflict, and the cell says again what it said when the workbook was written
    # What is no answer is logged too, so that it can be shown; it never stands.
    UNCLEAR = "unclear"
    TORN = "torn"
    STRANGE = "strange"
    CLEARED = "cleared"  # the cells that held it were emptied, or answer now
    CLOSED = "let go"  # it is no answer, and somebody said that what stands is right; the value is kept for ever


NO_ANSWER: Final = frozenset((Effect.UNCLEAR, Effect.TORN, Effect.STRANGE, Effect.CLEARED, Effect.CLOSED))
"""The effects of rows that are no answers; the first three are those of `scanner.decision.WhyRefused`."""


@dataclass(frozen=True, slots=True)
class Logged:
    """A row of the log.

    `typed` is the id that stood in the workbook, `subject` what it had become when it was read. `source` names the
    file: two copies of one edition, filled by two people, do not know of each other. `place` is the cell, "" where
    that was not kept or the cell is empty.
    """

    id: int
    subject: str
    typed: str
    question: Question
    value: str
    edition: int
    source: str
    read: datetime
    effect: Effect
    place: str = ""


@dataclass(frozen=True, slots=True)
class Edition:
    """A workbook of the case: of which run, and how far in the log the answers go that it shows."""

    number: int
    run: int
    baseline: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What was new in a workbook; `problems` are sentences on what could not be taken.

    `changes` are answers, whatever they did, and `refused` the rows that are none (see `NO_ANSWER`).
    `purged` counts answers on incidents and people whose answers were purged after the workbook was written; `same`
    those that are known already, from this file or another, and `refused_cells` the cells that hold no answer.
    """

    changes: tuple[Logged, ...] = ()
    problems: tuple[str, ...] = ()
    purged: int = 0
    same: int = 0
    refused: tuple[Logged, ...] = ()
    refused_cells: int = 0

    def count(self, *effects: Effect) -> int:
        """How many answers had one of these effects."""
        return sum(change.effect in effects for change in self.changes)
