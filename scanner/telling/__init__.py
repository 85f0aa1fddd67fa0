"""Telling people and machines what came of a run, without personal data and without holding it up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from time import monotonic
from types import TracebackType

from scanner.errors import SettingsError
from scanner.telling.failure import CannotTell
from scanner.telling.summary import Gap, Summary, counts_in, labels_of
from scanner.unattended import Telling, When

__all__ = ["Gap", "Summary", "counts_in", "labels_of", "tell"]


def tell(summary: Summary, telling: Telling) -> list[str]:
    """Tell everybody whom the settings name; give a sentence for each way that failed.

    The ways are gone at the same time, each in a thread of its own, and left alone when the deadline has passed: a
    server that hangs ends neither the run nor the telling of others. Raises nothing.
    """
    if telling.when is When.NEEDED and not summary.needs_somebody:
        return []
    tried = [_Try(name, way) for name, way in _ways(summary, telling)]
    end = monotonic() + telling.deadline
    for one in tried:
        one.start()
    failures = []
    for one in tried:
        one.join(max(0.0, end - monotonic()))
        reason = f"gave no answer within {telling.deadline:g} seconds" if one.is_alive() else one.failure
        if reason and one.told_some:
            failures.append(f"Not everybody was told by {one.name}: {reason}.")
        elif reason:
            failures.append(f"Nobody was told by {one.name}: {reason}.")
    return failures


def _ways(summary: Summary, telling: Telling) -> Iterator[tuple[str, Callable[[], None]]]:
    if telling.mail:
        from scanner.telling.mail import send_mail  # noqa: PLC0415 - only what is used is loaded

        yield "mail", partial(send_mail, summary, telling.mail)
    if telling.webhook:
        from scanner.telling.webhook import post  # noqa: PLC0415

        yield "webhook", partial(post, summary, telling.webhook)
    if telling.services:
        from scanner.telling.services import notify  # noqa: PLC0415

        yield "services", partial(notify, summary, telling.services)


class _Try(threading.Thread):
    """One way; a daemon, so that a way that hangs does not keep the program from ending."""

    def __init__(self, name: str, way: Callable[[], None]) -> None:
        super().__init__(name=name, daemon=True)
        self._way = way
        self.failure = ""
        self.told_some = False

    def run(self) -> None:
        """Go the way, and keep what went wrong."""
        with self:
            self._way()

    def __enter__(self) -> None:
        self.failure = ""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """An error that nobody foresaw is named by its kind alone: its text and its traceback may hold a secret."""
        if isinstance(error, (CannotTell, SettingsError)):
            self.failure = str(error).rstrip(".")
            self.told_some = isinstance(error, CannotTell) and error.told_some
        elif kind:
            self.failure = f"it failed in a way that nobody foresaw ({kind.__name__})"
        return True
