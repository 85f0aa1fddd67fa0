"""Patience with a server that broke off: how long to wait, and when to give up."""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

from scanner.errors import SourceInterrupted

log = logging.getLogger(__name__)

# Exchange: "Request is throttled. Suggested Backoff Time: 299962 milliseconds".
_BACKOFF = re.compile(r"Suggested Backoff Time:\s*(\d{1,9})\s*(milli)?s", re.IGNORECASE)


def suggested_wait(text: str) -> float | None:
    """The seconds that a server asks us to wait, None when it does not."""
    found = _BACKOFF.search(text)
    if found is None:
        return None
    return int(found[1]) / (1000 if found[2] else 1)


@dataclass(slots=True)
class Patience:
    """Counts failures in a row and waits between them: `first` · 2ⁿ seconds with jitter, never above `longest`.

    After `attempts` failures without progress it gives up. A wait that the server itself names is kept up to
    `longest_asked` seconds; a longer one ends the reading, so that the next run takes it up.
    """

    attempts: int = 5
    first: float = 1.0
    longest: float = 60.0
    longest_asked: float = 600.0
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    named: str = ""  # the host; what is told of a wait begins with it, unless it names it anyway
    account: str = ""  # the same, since several accounts may wait for one host
    _failures: int = field(default=0, init=False)

    def progress(self) -> None:
        """Something new was read: failures are counted from the beginning."""
        self._failures = 0

    def wait(self, trouble: SourceInterrupted, so_far: str, most: float = inf) -> None:
        """Sleep before the next attempt, or raise `SourceInterrupted` that says how far it got (`so_far`).

        It sleeps `most` seconds at most, which is what is left of the time that was given for all of it.
        """
        self._failures += 1
        asked = trouble.retry_after
        if asked is not None and asked > self.longest_asked:
            raise SourceInterrupted(
                f"{trouble} It asks us to wait {asked:.0f} seconds. {so_far}".rstrip(),
                "Run the same command again later: it goes on from there.",
                retry_after=asked,
            ) from trouble
        if self._failures > self.attempts:
            raise SourceInterrupted(
                f"{trouble} {self.attempts} further attempts failed as well. {so_far}".rstrip(),
                "Run the same command again: it goes on from there.",
                retry_after=asked,
            ) from trouble
        seconds = asked
        if seconds is None:
            seconds = min(self.longest, self.first * 2.0 ** (self._failures - 1)) * (0.5 + self.jitter() / 2)
        seconds = min(seconds, most)
        whose = "".join(f"{name}: " for name in (self.account, self.named) if name not in str(trouble))
        log.warning("%s%s Waiting %.0f seconds before attempt %d.", whose, trouble, seconds, self._failures + 1)
        self.sleep(seconds)
