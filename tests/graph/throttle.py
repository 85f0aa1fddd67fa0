"""How the fake slows clients down: four slots a mailbox, a number of requests a window, and grudges it bears."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from tests.graph.clock import Clock
from tests.graph.reply import Refusal

SLOTS = 4
WINDOW_SECONDS = 600.0
WINDOW_REQUESTS = 10_000


@dataclass
class _Line:
    """What is known about one mailbox."""

    busy: int = 0
    most: int = 0
    stuck_until: list[float] = field(default_factory=list)
    closed_until: float = 0.0
    seen: deque[float] = field(default_factory=deque)


class Throttle:
    """The limits of the mail service, a mailbox at a time: one mailbox's troubles never touch another's.

    `impatient` counts the requests that came before the time that an answer had named.
    """

    def __init__(self, clock: Clock, *, slots: int = SLOTS, window: int = WINDOW_REQUESTS) -> None:
        self.clock = clock
        self.slots = slots
        self.window = window
        self.impatient: list[str] = []
        self._lines: defaultdict[str, _Line] = defaultdict(_Line)
        self._lock = Lock()
        self._all = 0
        self.most_at_once = 0

    @contextmanager
    def slot(self, mailbox: str) -> Iterator[None]:
        """Hold one of the slots while a request is answered; raises the 429 that a crowded mailbox gives."""
        self._enter(mailbox)
        try:
            yield
        finally:
            with self._lock:
                self._all -= 1
                self._lines[mailbox].busy -= 1

    def _enter(self, mailbox: str) -> None:
        with self._lock:
            now = self.clock.now()
            line = self._lines[mailbox]
            line.stuck_until = [until for until in line.stuck_until if until > now]
            if now < line.closed_until:
                self.impatient.append(mailbox)
                raise _slow_down(line.closed_until - now)
            if line.busy + len(line.stuck_until) >= self.slots:
                raise Refusal(
                    429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.", Retry_After="1"
                )
            while line.seen and line.seen[0] <= now - WINDOW_SECONDS:
                line.seen.popleft()
            if len(line.seen) >= self.window:
                raise _slow_down(line.seen[0] + WINDOW_SECONDS - now)
            line.seen.append(now)
            line.busy += 1
            line.most = max(line.most, line.busy)
            self._all += 1
            self.most_at_once = max(self.most_at_once, self._all)

    def stick(self, mailbox: str, seconds: float = 5.0) -> None:
        """A request that timed out keeps its slot for a while."""
        with self._lock:
            self._lines[mailbox].stuck_until.append(self.clock.now() + seconds)

    def close(self, mailbox: str, seconds: float) -> None:
        """From now on everything is refused until the time that we told the client."""
        with self._lock:
            line = self._lines[mailbox]
            line.closed_until = max(line.closed_until, self.clock.now() + seconds)

    def most(self, mailbox: str) -> int:
        """The most requests that were answered for a mailbox at the same time."""
        return self._lines[mailbox].most


def _slow_down(seconds: float) -> Refusal:
    return Refusal(429, "TooManyRequests", "Too many requests.", Retry_After=str(max(1, int(seconds + 0.999))))
