"""How much of the mail in question was read: sums over all folders and runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scanner.case import Case, Run, ended_well, read_whole
from scanner.coverage import ChosenBy, Coverage


class Reading(StrEnum):
    """How much of the mail in question was read."""

    COMPLETE = "COMPLETE"
    INCOMPLETE = "INCOMPLETE"
    NOTHING = "NOTHING WAS READ"


@dataclass
class Extent:
    """Sums over all folders that were read, and over the latest run. `left_out` counts the other folders.

    `received` counts the folders that may hold mail which came in, bounces among it. From
    `read_from` to `read_to` the runs took place that read it, and the latest began at `latest_run`.
    `incomplete_folders` were not read whole, and `stale_folders` were read for settings under which less was kept.
    """

    accounts: tuple[str, ...] = ()
    folders: int = 0
    left_out: int = 0
    received: int = 0
    expected: int = 0
    unstated: int = 0
    read: int = 0
    unreadable: int = 0
    skipped: int = 0
    missing: int = 0
    incomplete_folders: int = 0
    stale_folders: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None
    read_from: datetime | None = None
    read_to: datetime | None = None
    latest_run: datetime | None = None
    runs: int = 0
    troubles: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    whole: bool = False
    ended_well: bool = False

    @property
    def reading(self) -> Reading:
        """Complete only if the latest run ended well and every folder was read to its end."""
        if not self.whole:
            return Reading.INCOMPLETE if self.read else Reading.NOTHING
        return Reading.COMPLETE if self.folders else Reading.NOTHING

    @property
    def only_stale(self) -> bool:
        """Whether all mail was read and only the settings were others: what was not kept for that is all that lacks."""
        return self.ended_well and bool(self.stale_folders) and not self.incomplete_folders


def extent(case: Case) -> Extent:
    """One pass over the folders and the runs."""
    known = Extent()
    accounts: set[str] = set()
    for folder in case.coverage():
        accounts.add(folder.account)
        if folder.chosen_by is ChosenBy.NOT_SENT:
            known.left_out += 1
        else:
            _add(known, folder)
    latest: Run | None = None
    for latest in case.runs():
        accounts.update(latest.sources)
        known.runs += 1
        known.read_from = earlier(known.read_from, latest.started)
        known.read_to = later(known.read_to, latest.finished or latest.started)
    if latest is not None:
        known.latest_run = latest.started
        known.ended_well = ended_well(latest)
        known.troubles = latest.troubles
        known.notices = latest.notices
    known.accounts = tuple(sorted(accounts))
    known.whole = read_whole(case)
    return known


def _add(known: Extent, folder: Coverage) -> None:
    known.folders += 1
    known.received += not folder.chosen_by.all_ours
    known.expected += folder.expected or 0
    known.unstated += folder.expected is None
    known.read += folder.read
    known.unreadable += folder.unreadable
    known.skipped += sum(count for _, count in folder.skipped)
    known.missing += folder.missing
    known.incomplete_folders += not folder.read_whole
    known.stale_folders += folder.stale
    known.oldest = earlier(known.oldest, folder.oldest)
    known.newest = later(known.newest, folder.newest)


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """The first of two moments, or the one that is known."""
    return min((moment for moment in (one, other) if moment), default=None)


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    """The last of two moments, or the one that is known."""
    return max((moment for moment in (one, other) if moment), default=None)
