"""The first pass in several windows of sending time at once: how wide the next ones are to hold about a page each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from scanner.connectors.graph_message import Page, moment, second_of

_FILLED: Final = 0.8  # of a page: what is more needs a request of its own
_WIDER, _NARROWER = 4.0, 16.0  # at most so many times, from one window to the next
_TRIED, _TOO_FEW = 10, 0.4
_WIDEST: Final = 10 * 366 * 86_400.0  # seconds
_AHEAD: Final = timedelta(days=2)  # clocks and time zones that are wrong
_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"


def text_of(when: datetime) -> str:
    """A time as filters want it."""
    return when.astimezone(UTC).strftime(_FORM)


def latest_of(page: Page) -> str:
    """The second in which the last message of a page was sent, "" when there is none."""
    return max((second_of(message) for message in page.value), default="")


@dataclass(frozen=True, slots=True)
class Window:
    """From the second `begin` up to the second `end` and without it; "" is no end."""

    begin: str
    end: str


@dataclass(slots=True)
class Plan:
    """Cuts the time from `edge` on into windows that hold about `size` messages each, by what the last ones held.

    The last window has no end, for what was sent by a clock that is ahead. `edge` is then "". A plan is `wasteful` when
    its windows hold much less than a page: the mail comes in bursts, and following links costs less.
    """

    edge: str
    size: int
    seconds: float = 3_600.0
    limit: datetime = field(default_factory=lambda: datetime.now(UTC) + _AHEAD)
    _asked: int = 0
    _held: int = 0

    @property
    def wasteful(self) -> bool:
        """Whether windows are not worth their requests here."""
        return self._asked >= _TRIED and self._held < _TOO_FEW * self._asked * self.size

    def next(self) -> Window:
        """The next window. To be asked for while there is an edge."""
        begin = self.edge
        self._asked += 1
        start = moment(begin)
        end = start + timedelta(seconds=max(1, int(self.seconds))) if start else self.limit
        self.edge = text_of(end) if end < self.limit else ""
        return Window(begin, self.edge)

    def learn(self, window: Window, page: Page) -> None:
        """What the first page of a window says about how dense the mail is there."""
        inside = [s for s in map(second_of, page.value) if window.begin <= s and (not window.end or s < window.end)]
        self._held += len(inside)
        begin, end = moment(window.begin), moment(max(inside) if page.next_link and inside else window.end)
        if len(inside) * _WIDER < self.size * _FILLED or begin is None or end is None:
            wanted = self.seconds * _WIDER
        else:
            wanted = max(1.0, (end - begin).total_seconds()) / len(inside) * self.size * _FILLED
        self.seconds = min(max(1.0, wanted, self.seconds / _NARROWER), self.seconds * _WIDER, _WIDEST)

    def turn_back(self, window: Window, page: Page) -> bool:
        """Whether so much is left of a window behind its first page that the plan goes on from there."""
        last = moment(latest_of(page))
        begin, end = moment(window.begin), moment(window.end) or self.limit
        if last is None or begin is None or last <= begin or (end - last).total_seconds() < 2 * self.seconds:
            return False
        self.edge = text_of(last)
        return True
