"""What a run came to that did not end well, or of which nobody heard: told by itself, by the next one, by status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from scanner.case import Alarm, Run
from scanner.cli.unwritten import lacks_one
from scanner.coverage import ChosenBy, Coverage
from scanner.telling.pending import Pending

if TYPE_CHECKING:
    from scanner.store.store import Store

UNTOLD: Final = "Not everybody was told of the last run: a way of telling failed."
UNTOLD_HINT: Final = "`missedbcc status` says which; correct that in the config. The next scan tells again."
_UNFINISHED: Final = "Unfinished"  # in the place of a kind of error


@dataclass(frozen=True, slots=True)
class Met:
    """The folders that a run met, and by account the kind of error of those that did not open."""

    folders: tuple[Coverage, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()

    def counts(self) -> dict[str, int]:
        """What was read so far; what was not is not missing, since nobody looked for it yet."""
        return {
            "folders": len(self.folders),
            "read": sum(folder.read for folder in self.folders),
            "unreadable": sum(folder.unreadable for folder in self.folders),
            "skipped": sum(count for folder in self.folders for _, count in folder.skipped),
        }


def met_by(store: Store, run: Run) -> Met:
    """What the case holds of the accounts of a run that ended early."""
    from scanner.store.records import WHOLE_ACCOUNT  # noqa: PLC0415 - a help text must not pay for the store

    own = [one for one in store.coverage() if one.chosen_by is not ChosenBy.NOT_SENT and _is_of(one, run.sources)]
    folders = [one if one.finished else replace(one, expected=None) for one in own if one.folder != WHOLE_ACCOUNT]
    unfinished = {one.account for one in own if not one.complete}
    unfinished |= {source for source in run.sources if not any(_is_of(one, [source]) for one in folders)}
    return Met(tuple(folders), tuple((account, _UNFINISHED) for account in sorted(unfinished)))


def begun_since(runs: Sequence[Run], begun: datetime) -> Run | None:
    """The run that a scan began which itself was `begun` then; None where it ended before that."""
    return runs[-1] if runs and runs[-1].started >= begun else None


@dataclass(frozen=True, slots=True)
class Untold:
    """What is known of the telling of the runs of a case: which have a workbook, and which are still to be told."""

    workbooks: Mapping[int, str]
    pending: Mapping[int, Pending]

    def of_earlier(self, earlier: Iterable[Run]) -> str:
        """What the run before could not tell: it came to no end, lacks its workbook, was ended early, or a way failed.

        "" where it could.
        """
        for last in list(earlier)[-1:]:
            if why := self._why(last):
                return f"Run {last.id}, before this one, {why}"
        return ""

    def before(self, earlier: Sequence[Run]) -> list[Run]:
        """The runs in a row, oldest first and up to the last of these, of which nobody, or not everybody, was told."""
        return list(takewhile(self._why, reversed(earlier)))[::-1]

    def _why(self, run: Run) -> str:
        if run.outcome is None:
            return "did not come to its end. What it had saved is kept; this one went on from there."
        if lacks_one(run, self.workbooks):
            return "ended before its workbook was written."
        pending = self.pending.get(run.id)
        if pending is Pending.DUE:
            return f"ended ({run.outcome}), and was killed before anybody was told of it."
        if pending is Pending.BEGUN:
            return f"ended ({run.outcome}), and was killed while it told that: you may have been told already."
        return "was not told to everybody: a way of telling failed." if is_untold([run]) else ""


def is_untold(runs: Sequence[Run]) -> bool:
    """Whether a way of telling failed after the last run, or after a scan that began none since."""
    return any(Alarm.NOT_TOLD in last.alarms for last in runs[-1:])


def _is_of(coverage: Coverage, sources: Iterable[str]) -> bool:
    """Whether it is of one of these accounts, or of a mailbox that one of them stands for."""
    return any(coverage.account == source or coverage.account.startswith(f"{source}/") for source in sources)
