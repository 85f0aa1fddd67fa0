"""The time of the tests: it passes when somebody sleeps, and at no other moment."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from math import ceil
from threading import Lock


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
        when = datetime.fromtimestamp(ceil(self._now + later) if later else int(self._now), UTC)
        return format_datetime(when, usegmt=True)
