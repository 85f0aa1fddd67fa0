"""Dated rules of a law and of a method: time limits, thresholds and weights, read from data and never from code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Weight:
    """How much one context weighs as data processing context (1 to 4), and what is assumed with it; "" for nothing."""

    context: str
    dpc: float
    assumed: str = ""


@dataclass(frozen=True, slots=True)
class Method:
    """How a severity is computed: score = data processing context x ease of identification + circumstances.

    `contact` weighs a list whose subject tells nothing more, `other` a context that has no weight of its own. The ease
    of identification is `nameless`, `part`, `clear` or `clear_with_employer` by how people are named, and the level of
    an incident is the highest that at least `share` of its people reach. The circumstances are `nobody`, `known` or
    `unknown`, by who could read the list. Scores from `medium`, `high` and `very_high` on have that band, `near` is
    the distance to one of them from which a reader is warned, and above `many` people a flag is set.
    """

    name: str
    title: str
    source: str
    contact: Weight
    other: Weight
    weights: tuple[Weight, ...]
    nameless: float
    part: float
    clear: float
    clear_with_employer: float
    share: float
    nobody: float
    known: float
    unknown: float
    medium: float
    high: float
    very_high: float
    near: float
    many: int

    def weight(self, context: str) -> Weight:
        """The weight of one context."""
        return next((weight for weight in self.weights if weight.context == context), self.other)


@dataclass(frozen=True, slots=True)
class RulePack:
    """What one law says about time, on the days on which it does.

    `in_force_from` and `until` are the first and last day, None where there is none yet; a `proposal` is in force on no
    day. `by_default` is whether it is taken without being named. `hours` count from the moment at which a human became
    aware. `threshold` names the risk to people from which the law counts them, in the law's own words.
    """

    name: str
    title: str
    in_force_from: date | None
    until: date | None
    proposal: bool
    by_default: bool
    hours: int
    threshold: str
    source: str
    notes: tuple[str, ...]
    method: Method

    def in_force(self, day: date) -> bool:
        """Whether the law applies on this day."""
        if self.proposal or self.in_force_from is None:
            return False
        return self.in_force_from <= day and (self.until is None or day <= self.until)

    def deadline(self, aware: datetime) -> datetime:
        """When the hours end, in UTC, for the moment at which a human became aware.

        That moment is stated by a human: neither when a message was sent nor when a tool found it is meant. Plain hours
        are counted, holidays included. Raises ValueError for a moment without a zone.
        """
        if aware.tzinfo is None:
            raise ValueError("the moment of awareness has no time zone")
        return aware.astimezone(UTC) + timedelta(hours=self.hours)

    def remarks(self, sent: date | None, today: date) -> tuple[str, ...]:
        """Sentences about the pack itself, for a message that was sent on `sent`."""
        said: list[str] = []
        if self.proposal:
            said.append(f"{self.title} is a proposal and in force nowhere; it was named in the settings.")
        elif not self.in_force(today):
            said.append(f"{self.title} is not in force on {today}; it was named in the settings.")
        if sent and self.in_force_from and sent < self.in_force_from:
            said.append(f"It was sent before {self.in_force_from}, when other rules than {self.title} applied.")
        return tuple(said)
