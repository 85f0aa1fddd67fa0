"""Whether the runs of a case come as often as they should."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from scanner.case import Outcome, Run
from scanner.cli.case_folder import CaseFolder
from scanner.cli.lines import counted
from scanner.config import Config
from scanner.unattended import Cadence

MISSED: Final = "Runs were missed before this one."


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
        if cadence is None or not self._is_late(cadence, now):
            return ""
        if self.complete is not None:
            return f"The last complete run is {self._since(now)} old; the schedule says {cadence}."
        return f"No run was ever complete, in {self._since(now)}; the schedule says {cadence}."

    def before(self, cadence: Cadence | None, now: datetime) -> str:
        """The same, as a run says it that began `now` of those before it, since it may itself be complete."""
        if cadence is None or not self._is_late(cadence, now):
            return ""
        missed = f"{MISSED} " if self.missed(cadence, now) else ""
        if self.complete is not None:
            return f"{missed}The last complete run was {self._since(now)} before it; the schedule says {cadence}."
        return f"{missed}No run before it was complete, in {self._since(now)}; the schedule says {cadence}."

    def missed(self, cadence: Cadence | None, now: datetime) -> bool:
        """Whether runs did not come: one that came and was not complete was not missed."""
        came = cadence is None or self.latest is None or not cadence.overdue(self.latest, now)
        return not came

    def _is_late(self, cadence: Cadence, now: datetime) -> bool:
        since = self.complete or self.first
        return since is not None and cadence.overdue(since, now)

    def _since(self, now: datetime) -> str:
        return age(self.complete or self.first or now, now)


def age(moment: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that says something: 15 days, 3 hours, 5 minutes."""
    seconds = max(0, int((now - moment).total_seconds()))
    for unit, length in (("day", 86400), ("hour", 3600)):
        if seconds >= 2 * length or (unit == "day" and seconds >= length):
            return counted(seconds // length, unit)
    return counted(seconds // 60, "minute") if seconds >= 60 else "less than a minute"
