"""Whether the runs of a case come as often as they should."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from scanner.case import Outcome, Run
from scanner.cli.case_folder import CaseFolder
from scanner.cli.lines import counted
from scanner.config import Config
from scanner.unattended import Cadence


def cadence_of(settings: Config) -> Cadence | None:
    """How often the case should be scanned: as installed, else as the config says; None where nobody said."""
    from scanner.schedule import read_installed  # noqa: PLC0415 - few commands need it

    installed = read_installed(CaseFolder(settings.case).schedule)
    return installed.cadence if installed else settings.unattended.cadence


@dataclass(frozen=True, slots=True)
class Punctuality:
    """When the last complete run of a case ended, its first run began, and its last run of any outcome was.

    Each is None where there was none.
    """

    complete: datetime | None
    first: datetime | None
    latest: datetime | None

    @classmethod
    def of(cls, runs: Iterable[Run]) -> Punctuality:
        """That of these runs, oldest first."""
        told = list(runs)
        if not told:
            return cls(None, None, None)
        complete = [run.finished or run.started for run in told if run.outcome is Outcome.COMPLETE]
        return cls(complete[-1] if complete else None, told[0].started, told[-1].finished or told[-1].started)

    def sentence(self, cadence: Cadence | None, now: datetime) -> str:
        """What is wrong, "" where nothing is, or where nobody said how often runs should come."""
        if cadence is None:
            return ""
        if self.complete is not None:
            if not cadence.overdue(self.complete, now):
                return ""
            return f"The last complete run is {age(self.complete, now)} old; the schedule says {cadence}."
        if self.first is not None and cadence.overdue(self.first, now):
            return f"No run was ever complete, in {age(self.first, now)}; the schedule says {cadence}."
        return ""

    def missed(self, cadence: Cadence, now: datetime) -> str:
        """The same, as a run says it of those before it: one that came and was not complete was not missed."""
        found = self.sentence(cadence, now)
        came = self.latest is not None and not cadence.overdue(self.latest, now)
        return found if came or not found else f"Runs were missed before this one. {found}"


def age(moment: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that says something: 15 days, 3 hours, 5 minutes."""
    seconds = max(0, int((now - moment).total_seconds()))
    for unit, length in (("day", 86400), ("hour", 3600)):
        if seconds >= 2 * length or (unit == "day" and seconds >= length):
            return counted(seconds // length, unit)
    return counted(seconds // 60, "minute") if seconds >= 60 else "less than a minute"
