"""Whether an IMAP server lists as many messages of a folder as it counts in it, and what it counts when asked again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from scanner.connectors.imap_fetch import GONE, Listing
from scanner.connectors.imap_session import Selected, Session
from scanner.connectors.interface import Cursor
from scanner.envelope import Reading, Skipped


class Anew(NamedTuple):
    """A folder as it is when it is opened once more, and how many messages of it came since it was opened first."""

    selected: Selected
    came: int


def anew(session: Session, selected: Selected, before: Selected) -> Anew:
    """What is counted now. Messages that came are listed with UIDs from the earlier UIDNEXT on (RFC 9051 §2.3.1.1).

    UIDNEXT alone does not tell how many: some of them went again.
    """
    low, above = before.uidnext, selected.uidnext
    if not low or not above or low >= above or selected.uidvalidity != before.uidvalidity:
        return Anew(selected, 0)
    return Anew(selected, len(session.search_range(low, above - 1)))


@dataclass(slots=True)
class Count:
    """A folder as it was when its reading began, and how many of its messages were found deleted meanwhile."""

    listing: Listing
    vanished: int = 0

    @property
    def listed(self) -> int:
        """Messages that are listed, those that were read before among them."""
        return self.listing.behind + len(self.listing.uids)

    def counting(self, readings: Iterator[tuple[Cursor, Reading]]) -> Iterator[tuple[Cursor, Reading]]:
        """The readings, and what vanished among them is counted."""
        for cursor, reading in readings:
            self.vanished += isinstance(reading, Skipped) and reading.reason == GONE
            yield cursor, reading

    def promised(self, said: int | None) -> int:
        """How many messages the folder held when it was opened: by EXAMINE, or by what `said` STATUS just before."""
        return max(self.listing.selected.exists, said or 0)

    def asked_again(self, said: int | None, now: Anew, says: int | None) -> int:
        """The same with what EXAMINE and STATUS say behind the last message: fewer, where some were deleted meanwhile.

        What came meanwhile is none of it.
        """
        before = self.listing.selected
        if now.selected.uidvalidity != before.uidvalidity:
            return self.promised(said)
        still = 0 if said is None else said if says is None else says
        left = max(now.selected.exists, still) - now.came + self.vanished
        return max(self.listed, min(self.promised(said), left))
