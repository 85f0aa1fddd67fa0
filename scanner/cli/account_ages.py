"""How long ago each account was read to its end, since a scan of one says nothing of the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from scanner.case import Outcome, Run
from scanner.cli.lateness import age
from scanner.cli.output import JsonValue
from scanner.unattended import Cadence


@dataclass(frozen=True, slots=True)
class AccountAge:
    """An account of the config, or one that only earlier runs knew.

    `read` is when the last run ended that met no trouble in it, None where none did; `named` is whether any run was to
    read it. `late` is whether its last reading, or else the first run that was to read it, is longer ago than the
    schedule says; of an account that is not `configured`, or not `named` yet, nobody expects anything.
    """

    name: str
    read: datetime | None
    configured: bool
    late: bool
    named: bool
    now: datetime

    @property
    def sentence(self) -> str:
        """How old what is known of it is."""
        if not self.named:
            return f"{self.name}: not scanned yet"
        when = f"{age(self.read, self.now)} ago, {self.read:%Y-%m-%d %H:%M} UTC" if self.read else "never"
        gone = "" if self.configured else "not in the config, so that a scan without its name passes it by; "
        late = "; that is longer ago than the schedule says" if self.late else ""
        return f"{self.name}: {gone}last read without trouble: {when}{late}"

    def fields(self) -> dict[str, JsonValue]:
        """For programs; the moment is in UTC, ISO 8601."""
        return {
            "account": self.name,
            "configured": self.configured,
            "last_read": self.read.isoformat() if self.read else None,
            "age_seconds": int((self.now - self.read).total_seconds()) if self.read else None,
            "late": self.late,
        }


def account_ages(
    runs: Sequence[Run], configured: Iterable[str], cadence: Cadence | None, now: datetime
) -> list[AccountAge]:
    """Those of the config in its order, then the others of the case; none where the config names no account."""
    own = list(dict.fromkeys(configured))
    if not own or not runs:
        return []
    others = dict.fromkeys(name for run in runs for name in run.sources if name not in own)
    ages = []
    for name in (*own, *others):
        read = next((run.finished for run in reversed(runs) if _was_read(run, name)), None)
        named = next((run.started for run in runs if name in run.sources), None)
        since = (read or named) if name in own else None
        late = cadence is not None and since is not None and cadence.overdue(since, now)
        ages.append(AccountAge(name, read, name in own, late, named is not None, now))
    return ages


def _was_read(run: Run, name: str) -> bool:
    """Whether a run came to its end and met no trouble in this account, nor in a mailbox that it stands for."""
    if name not in run.sources or run.outcome not in (Outcome.COMPLETE, Outcome.INCOMPLETE):
        return False
    return not any(trouble.startswith((f"{name}: ", f"{name}/")) for trouble in run.troubles)
