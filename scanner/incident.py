"""Exposures that have one cause and one audience, and the people they concern, each counted once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scanner.envelope import Locator
from scanner.exposure import Affected, Exposure, Viewer


@dataclass(frozen=True, slots=True)
class Incident:
    """One cause, one audience.

    `id` never changes once given. `exposures` are its messages, oldest first, each message once. `locations` are all
    places where copies of them were found, and `digests`, in the same order, the digests of the copies that lie there.
    `affected` and `viewers` hold each person once, whichever copy names them. `reasons` are sentences.
    """

    id: str
    exposures: tuple[Exposure, ...]
    locations: tuple[Locator, ...]
    affected: tuple[Affected, ...]
    viewers: tuple[Viewer, ...]
    reasons: tuple[str, ...]
    digests: tuple[str, ...] = ()

    @property
    def first_sent(self) -> datetime | None:
        """When the earliest message was sent; None when no message carries a readable date."""
        return min((e.envelope.date for e in self.exposures if e.envelope.date), default=None)

    @property
    def last_sent(self) -> datetime | None:
        """When the latest message was sent; None when no message carries a readable date."""
        return max((e.envelope.date for e in self.exposures if e.envelope.date), default=None)
