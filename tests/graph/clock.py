"""The time of the tests: it passes when somebody sleeps, and at no other moment."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from math import ceil
from threading import Lock
from time import sleep, time


class Clock:
    """Shared by the fake and by the client under test, whose `sleep` it stands in for. Seconds since the epoch."""

    def __init__(self, start: float = 1_795_248_000.0) -> None:
        self._now = start
        self._lock = Lock()
        self.slept: list[float] = []

    def now(self) -> float:
        """What time it is."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let time pass for everybody."""
        with self._lock:
            self.slept.append(seconds)
            self._now += max(seconds, 0.0)

    def http_date(self, later: float = 0.0) -> str:
        """A time as HTTP writes it (RFC 9110 §5.6.7): now is rounded down, and what is `later` up."""
        now = self.now()
        when = datetime.fromtimestamp(ceil(now + later) if later else int(now), UTC)
        return format_datetime(when, usegmt=True)


class RealClock(Clock):
    """The time of this machine, for clients in other processes."""

    def now(self) -> float:
        """What time it is."""
        return time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        sleep(max(seconds, 0.0))
