"""What a run came to that did not end well, or of which nobody heard: told by itself, by the next one, by status."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
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

_UNTOLD: Final = "Not everybody was told of the last run: a way of telling failed."
_UNTOLD_HINT: Final = "`missedbcc status` says which; correct that in the config. The next scan tells again."
_YET_HINT: Final = "Where no scan goes on, the next one tells it."
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

    def before(self, earlier: Sequence[Run]) -> list[Run]:
        """Those of these runs, oldest first, of which nobody, or not everybody, was told.

        Whatever a run told, it told of those before it too: what stands in a run says so only back to the last that
        told all. What was noted as `pending` says so wherever it stands: a scan that tells nobody may have come behind.
        """
        in_a_row = {run.id for run in takewhile(self._why, reversed(earlier))}
        return [run for run in earlier if run.id in in_a_row or run.id in self.pending]

    def sentence(self, before: Sequence[Run]) -> str:
        """What the last of those `before` could not tell: it came to no end, has no workbook, or a way failed."""
        return f"Run {before[-1].id}, before this one, {self._why(before[-1])}" if before else ""

    def _why(self, run: Run) -> str:
        if run.outcome is None:
            return "did not come to its end. What it had saved is kept; this one went on from there."
        if lacks_one(run, self.workbooks):
            return "ended before its workbook was written."
        pending = self.pending.get(run.id)
        if pending is Pending.DUE:
            return f"ended ({run.outcome}), and nobody was told of it."
        if pending is Pending.BEGUN:
            return f"ended ({run.outcome}), and the telling of it was cut short: you may have been told already."
        return "was not told to everybody: a way of telling failed." if Alarm.NOT_TOLD in run.alarms else ""


def untold(runs: Sequence[Run], pending: Container[int]) -> tuple[str, str]:
    """A sentence and a hint where not everybody was told of the last run, or of one that is `pending`; else "" twice.

    After a scan that began none, what it could not tell stands with the last run too. One that did not come to its end
    may go on now.
    """
    if any(Alarm.NOT_TOLD in last.alarms for last in runs[-1:]):
        return _UNTOLD, _UNTOLD_HINT
    yet = [str(run.id) for run in runs if run.id in pending and run.outcome]
    if yet:
        return f"Not everybody was told of {'run' if len(yet) == 1 else 'runs'} {', '.join(yet)} yet.", _YET_HINT
    return "", ""


def _is_of(coverage: Coverage, sources: Iterable[str]) -> bool:
    """Whether it is of one of these accounts, or of a mailbox that one of them stands for."""
    return any(coverage.account == source or coverage.account.startswith(f"{source}/") for source in sources)
