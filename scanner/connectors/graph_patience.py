"""Patience with the questions of one mailbox of Microsoft Graph: each counts its own failures, all heed one rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock

from scanner.connectors.retry import Patience
from scanner.errors import SourceInterrupted

LONGEST_WAIT = 300.0  # seconds, for a 429 that names no time
OUT_OF_TIME = (
    "The mailbox took longer than mailbox_deadline says.",
    "Run the same command again: it goes on from there. A longer mailbox_deadline gives it more time.",
)
_FIRST_WAIT = 5.0
_ATTEMPTS = 6


class Rest:
    """When a mailbox is left alone, by all threads that ask it.

    `account` is whose it is, for what is told of a wait: all accounts of a tenant have one host. `crowded` says that
    the service asked for patience once: from then on, one question is asked at a time. `answers` counts the good ones.
    """

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self.account = ""
        self.crowded = False
        self.answers = 0
        self.waits = 0
        self._sleep = sleep
        self.held = RLock()  # by whoever waits: nobody else begins to ask meanwhile

    def take(self, seconds: float) -> None:
        """Leave the mailbox alone for a while."""
        with self.held:
            self.waits += 1
            self._sleep(seconds)

    def crowd(self, seconds: float) -> None:
        """The same, and ask one question at a time from then on."""
        self.crowded = True
        self.take(seconds)

    def answered(self) -> None:
        """A good answer came, to any question. Whoever rests keeps nobody from saying so: only change counts."""
        self.answers += 1


class Attempts:
    """Counts how often one question failed in a row while no other of its mailbox was answered either.

    Those that are under way together fail together when a service is unwell. Counted as one row, they would end a
    reading that the next attempt of each would save.
    """

    def __init__(self, rest: Rest, so_far: str) -> None:
        self._rest = rest
        self._so_far = so_far
        self._answers, self._waits = rest.answers, rest.waits
        self._told = False
        self._patience = Patience(
            _ATTEMPTS, first=_FIRST_WAIT, longest=LONGEST_WAIT, sleep=self._sleep, account=rest.account
        )

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Around one attempt and what follows from its failure: alone where the mailbox is crowded."""
        with self._rest.held:
            self._waits = self._rest.waits
            if self._rest.crowded:
                yield
                return
        yield

    def answered(self) -> None:
        """A good answer came to it."""
        self._rest.answered()
        self._patience.progress()

    def failed(self, trouble: SourceInterrupted) -> None:
        """Wait before the next attempt. Raises `SourceInterrupted` where patience ends."""
        self._told = trouble.retry_after is not None
        with self._rest.held:
            self._rest.crowded = self._rest.crowded or self._told
            if self._answers != self._rest.answers:
                self._answers = self._rest.answers
                self._patience.progress()
            self._patience.wait(trouble, self._so_far)

    def _sleep(self, seconds: float) -> None:
        """Wait, unless somebody else did since this question was asked; as long as we are told in any case."""
        if self._told or self._waits == self._rest.waits:
            self._rest.take(seconds)
