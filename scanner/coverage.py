"""What was read and what was not, folder by folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

_READ_OTHERWISE: Final = "It was read with other settings: messages that were not kept may count now."
STALE: Final = f"{_READ_OTHERWISE} Scan it again with the present settings."
"""The trouble of a folder of which not everything was kept that may count under the policy of a case."""
DEPARTED: Final = (
    "The folder or archive was deleted, moved, renamed or emptied, or is shown to us no more. "
    "What was read of it stays in the case; what was added to it later was not read."
)
"""The trouble of a folder that is gone; the run that found it out said so, and the later ones miss nothing by it.

So of each folder of an archive that is gone as a whole.

Behind the trouble that such a folder had before, which nobody can mend any more, it stands as well.
"""
DEPARTED_STALE: Final = f"{DEPARTED} {_READ_OTHERWISE}"
"""The trouble of a folder that is gone, and of which not everything was kept that may count; no scan can mend that."""
_BEFORE: Final = "It is no longer among the folders of the account: deleted, renamed, or shown to us no more. "
_NOW: Final = DEPARTED[: DEPARTED.index("What was read")]


def as_said_now(trouble: str) -> str:
    """A trouble that a case keeps, where an earlier version said of a folder in other words that it is gone."""
    return trouble.replace(_BEFORE, _NOW)


class ChosenBy(StrEnum):
    """The rule by which a folder was taken for one of sent mail, or left out."""

    SPECIAL_USE = "special use \\Sent"  # RFC 6154
    NAME = "name of a sent folder"
    CONFIGURED = "configured"
    ARCHIVE = "whole archive given"
    PROFILE = "wider profile configured"  # what the owner of the mailbox sent, filed or deleted elsewhere
    HISTORY = "received mail, read as evidence"  # who stood together before, and what came back
    NOT_SENT = "not a folder of sent mail"

    @property
    def all_ours(self) -> bool:
        """Whether every message of such a folder is ours, whoever wrote it, since it lies in a folder of sent mail."""
        return self not in _MIXED


_MIXED = frozenset((ChosenBy.ARCHIVE, ChosenBy.PROFILE, ChosenBy.HISTORY, ChosenBy.NOT_SENT))
_TOLD_ONCE = frozenset(("", STALE, DEPARTED, DEPARTED_STALE))  # troubles with which a folder was read to its end


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one folder of one account held, and what became of it.

    `expected` is the number of messages the source says the folder holds, None when it does not say; for a folder that
    was not opened all counts are 0. `skipped` are (reason, count) pairs. `trouble` is the sentence of the error that
    ended the reading early, "" when the folder was read to its end. `oldest` and `newest` are sending dates of what
    was read. All counts are of the present and all earlier runs, and `gone` is how many of the messages accounted for
    the source no longer holds: `expected` tells what it holds today.
    """

    account: str
    folder: str
    chosen_by: ChosenBy
    expected: int | None
    read: int = 0
    unreadable: int = 0
    skipped: tuple[tuple[str, int], ...] = ()
    oldest: datetime | None = None
    newest: datetime | None = None
    trouble: str = ""
    finished: bool = False
    gone: int = 0

    @property
    def accounted(self) -> int:
        """Messages whose fate is known: read, unreadable, or skipped with a reason."""
        return self.read + self.unreadable + sum(count for _, count in self.skipped)

    @property
    def held(self) -> int:
        """Those of them that the source still holds."""
        return self.accounted - self.gone

    @property
    def missing(self) -> int:
        """Messages that the source says it holds and that nobody accounted for."""
        return 0 if self.expected is None else max(0, self.expected - self.held)

    @property
    def complete(self) -> bool:
        """Whether the folder was read to its end, with nothing unreadable or missing, and for the present settings."""
        return self.read_whole and (self.chosen_by is ChosenBy.NOT_SENT or not self.stale)

    @property
    def read_whole(self) -> bool:
        """Whether the folder was read to its end with nothing unreadable and nothing missing, for whatever settings."""
        if self.chosen_by is ChosenBy.NOT_SENT:
            return True
        trouble = self.trouble not in _TOLD_ONCE
        return self.finished and not (trouble or self.unreadable or self.missing)

    @property
    def stale(self) -> bool:
        """Whether it was read with settings under which messages were not kept that may count now."""
        return self.trouble == STALE

    @property
    def departed(self) -> bool:
        """Whether an earlier run told that it is no longer there."""
        return self.trouble.endswith((DEPARTED, DEPARTED_STALE))
