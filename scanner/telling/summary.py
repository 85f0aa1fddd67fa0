"""What may be told of a run to people who must not see whom it concerns: counts, ids, kinds; never an address."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from scanner.case import Alarm, Outcome

NAMELESS: Final = "account"

_MEANINGS: Final = {
    0: "everything was read, and nothing new was found",
    1: "the run failed",
    2: "the usage or the settings are wrong",
    3: "incomplete: some mail could not be read, or the run was stopped",
    4: "exposures were found that no earlier run had found",
}
_KINDS: Final = {
    "NotAMailbox": "it holds no mail that can be read",
    "AccessDenied": "access was refused",
    "ServerUnreachable": "the server could not be reached",
    "InsecureTransport": "the connection was not safe",
    "LoginRefused": "the login was refused",
    "NoSentFolder": "no folder of sent mail was found",
    "SourceGone": "nothing of it is there, or a folder of it is gone",
    "SourceDamaged": "a file of it is cut off or damaged, or its disk cannot read it",
    "SourceInterrupted": "the connection broke",
    "Unfinished": "it was not read to its end yet",
}
"""The kinds of errors of sources (`scanner.errors`), in words that name nobody."""

_ALARMS: Final = {
    Alarm.READ_AGAIN: ("folder was read again from its start: it may not be the one that was read before, or was "
                       "changed",
                       "folders were read again from their start: they may not be those that were read before, or were "
                       "changed"),
    Alarm.SHRUNK: ("folder holds fewer messages than were read from it before",
                   "folders hold fewer messages than were read from them before"),
    Alarm.FOUND_GONE: ("folder no longer holds messages that were found in it before",
                       "folders no longer hold messages that were found in them before"),
    Alarm.GONE: ("folder, archive or mailbox that was read before is no longer there",
                 "folders, archives or mailboxes that were read before are no longer there"),
    Alarm.NOT_TOLD: ("time a way of telling failed after a run",
                     "times a way of telling failed after a run"),
}  # fmt: skip
"""What happened, of one and of several; which they are is personal data."""

COUNTS: Final = {
    "incidents": "incidents in all",
    "new": "new",
    "known": "known",
    "changed": "changed",
    "reopened": "reopened",
    "affected_people": "people affected",
    "folders": "folders",
    "read": "messages read",
    "unreadable": "messages unreadable",
    "skipped": "messages skipped",
    "missing": "messages missing",
    "open_conflicts": "answers in conflict",
    "open_refusals": "cells not taken",
}
"""The counts that a run may tell, by the names that `scan --json` gives them; others are passed over."""

_OPEN: Final = ("open_conflicts", "open_refusals")
"""Those of what people typed into workbooks and somebody must decide: no other run will do it for them."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What could not be read: an account by its label, and the kind of error ("" where folders were not complete)."""

    account: str
    kind: str = ""

    def __str__(self) -> str:
        return f"{self.account}: {_KINDS.get(self.kind, 'some of its mail could not be read')}"


@dataclass(frozen=True, slots=True)
class Summary:
    """A run without personal data.

    `run` is None where none was begun, `case` the name of the case, `counts` those of `COUNTS`. `late` is a sentence
    about runs that did not come, "" where all came. `workbook` is its path, "" where it is not to be told. `alarms` are
    the numbers of what somebody must hear of although it may all have been read, also those of earlier runs of which
    nobody was told.
    """

    case: str
    run: int | None
    outcome: str
    exit_code: int
    finished: datetime
    seconds: float
    counts: Mapping[str, int]
    gaps: tuple[Gap, ...] = ()
    late: str = ""
    missed: bool = False  # whether runs before this one did not come at all
    workbook: str = ""
    error: str = ""  # the kind of error that ended the run
    reason: str = ""  # the same in words
    unwritten: bool = False  # whether it read its mail, and no workbook was written of that
    before: str = ""  # a sentence on the last run before of which nobody, or not everybody, was told
    alarms: Mapping[Alarm, int] = field(default_factory=dict)
    written: bool = False  # whether it ended early behind its workbook
    untold_incidents: int = 0  # of workbooks of such runs, and of its own where it is `written`: known to the next one

    @property
    def needs_somebody(self) -> bool:
        """Whether anything came of the run but "all read, nothing new"."""
        return self.exit_code != 0 or bool(
            self.late or self.alarms or self.before or self.untold_incidents or self.open
        )

    @property
    def open(self) -> int:
        """How many answers wait for somebody."""
        return sum(self.counts.get(name, 0) for name in _OPEN)

    @property
    def stopped(self) -> bool:
        """Whether somebody, or the system, stopped it."""
        return self.outcome == Outcome.STOPPED

    @property
    def meaning(self) -> str:
        """What the exit code means."""
        return _MEANINGS.get(self.exit_code, "the run ended in a way that nobody foresaw")

    @property
    def title(self) -> str:
        """One line."""
        run = "" if self.run is None else f", run {self.run}"
        new = self.counts.get("new", 0)
        found = _incidents(new, "new") if new else ""
        untold = _incidents(self.untold_incidents, "untold") if self.untold_incidents else ""
        state = {0: "nothing new", 3: "incomplete", 4: ""}.get(self.exit_code, "failed")
        state = "stopped" if self.stopped else state
        number = sum(self.alarms.values())
        alarms = f"{number:,} warning{'' if number == 1 else 's'}" if number else ""
        waiting = f"{self.open:,} open answer{'' if self.open == 1 else 's'}" if self.open else ""
        missed = "runs were missed" if self.missed else ""
        said = filter(None, (missed, state, found, untold, alarms, waiting))
        return f"missedbcc: {', '.join(said)} ({self.case}{run})"

    def lines(self) -> list[str]:
        """The whole text for people."""
        lines = [*filter(None, [self.late]), self._ended(), f"Exit code {self.exit_code}: {self.meaning}."]
        if self.error:
            lines.append(f"It ended early: {self.reason or 'why is not known'} ({self.error}).")
            lines.append("The whole sentence is on its standard error, which the scheduler keeps; `missedbcc check`")
            lines.append("says what is wrong still.")
        if self.unwritten:
            lines.append("The mail was read, but no workbook was written of it: `missedbcc report` writes one.")
        elif self.written:
            lines.append("Its workbook was written before that, and stands.")
        elif self.stopped and self.run is not None:
            lines.append("What was read so far is kept, and the next scan goes on from there:")
        lines += filter(None, [self.before])
        if self.untold_incidents:
            found = _incidents(self.untold_incidents, "new or changed")
            lines.append(f"Workbooks of which not everybody was told show {found}.")
        lines += ["", *(f"{self.counts[name]:,} {words}" for name, words in COUNTS.items() if name in self.counts)]
        if self.gaps:
            lines += [
                "",
                "Not read to the end:" if self.stopped else "Not everything was read:",
                *(f"- {gap}" for gap in self.gaps),
            ]
        if self.alarms:
            lines += ["", "Look at this, although nothing may be missing:", *(f"- {said}" for said in self._warnings())]
            lines.append("`missedbcc status` names them, where it ran.")
        if self.open:
            lines += ["", "Somebody must decide between answers, or answer anew: the columns Conflict of the workbook"]
            lines.append("say which. `missedbcc decisions --settle` closes them in favour of what stands.")
        if self.workbook:
            lines += ["", f"The workbook: {self.workbook}"]
        return [*lines, "", "This message names nobody. Who is concerned stands in the workbook, for legal alone."]

    def _ended(self) -> str:
        if self.run is None:
            return "No run was begun."
        return f"Run {self.run} of the case {self.case} {'was stopped' if self.stopped else 'has ended'}."

    def _warnings(self) -> Iterator[str]:
        for alarm, number in self.alarms.items():
            one, several = _ALARMS[alarm]
            yield f"{number:,} {one if number == 1 else several}"

    def fields(self) -> dict[str, object]:
        """The same for programs."""
        return {
            "case": self.case,
            "run": self.run,
            "outcome": self.outcome,
            "exit_code": self.exit_code,
            "meaning": self.meaning,
            "finished": self.finished.isoformat(),
            "seconds": round(self.seconds, 1),
            "counts": dict(self.counts),
            "gaps": [{"account": gap.account, "error": gap.kind} for gap in self.gaps],
            "alarms": {str(alarm): number for alarm, number in self.alarms.items()},
            "late": self.late,
            "missed": self.missed,
            "error": self.error,
            "reason": self.reason,
            "unwritten": self.unwritten,
            "before": self.before,
            "untold_incidents": self.untold_incidents,
            **({"workbook": self.workbook} if self.workbook else {}),
        }


def _incidents(number: int, which: str) -> str:
    return f"{number:,} {which} incident{'' if number == 1 else 's'}"


def counts_in(fields: Mapping[str, object]) -> dict[str, int]:
    """Those of the fields of a result that may be told."""
    found = {name: fields.get(name) for name in COUNTS}
    return {name: value for name, value in found.items() if isinstance(value, int) and not isinstance(value, bool)}


def labels_of(accounts: Iterable[str], configured: Collection[str]) -> dict[str, str]:
    """What each account is called before others: its configured name, if that holds no address, else a number.

    Paths and mailboxes of a tenant may be named after a person. The numbers follow the order of the names.
    """
    names = sorted(set(accounts))
    plain = {name for name in names if name in configured and is_plain(name)}
    numbers = {name: number for number, name in enumerate(sorted(set(names) - plain), start=1)}
    return {name: name if name in plain else f"{NAMELESS} {numbers[name]}" for name in names}


def is_plain(name: str) -> bool:
    """Whether a name can be shown: no address in it, no control character, not long."""
    return "@" not in name and name.isprintable() and len(name) <= 64 and not name.startswith(f"{NAMELESS} ")
