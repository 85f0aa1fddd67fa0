"""Everything about one matter, as far as a report may know it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from scanner.coverage import Coverage
    from scanner.decision import Decisions, Novelty
    from scanner.envelope import Locator, Unreadable
    from scanner.incident import Incident
    from scanner.policy import Policy
    from scanner.rule_pack import RulePack


class Outcome(StrEnum):
    """How a run ended."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    FAILED = "failed"
    STOPPED = "stopped"


class Alarm(StrEnum):
    """What somebody must hear of a run although it may have read everything; the values are for programs."""

    READ_AGAIN = "read_again"  # a folder may not be the one that was read: rebuilt, changed, or back after it was gone
    SHRUNK = "shrunk"  # it holds fewer messages than before
    FOUND_GONE = "found_gone"  # messages that were found in it before are gone
    GONE = "gone"  # a folder, an archive or a mailbox is no longer there
    NOT_TOLD = "not_told"  # a way of telling people, of logging or of measuring failed after it


@dataclass(frozen=True, slots=True)
class Run:
    """One execution: what a reader needs in order to repeat it.

    `id` is given by the store, counting from 1. `finished` is None while it runs, and stays None when it was killed:
    the next run resumes. `sources` are the account names; `troubles` the sentences of what could not be read, and
    `notices` of what a reader should know although everything was read: a folder that shrank, mail read again.
    `alarms` are the kinds of what must reach somebody even where nobody watches, as often as it happened.
    """

    id: int
    started: datetime
    finished: datetime | None
    version: str
    policy: Policy
    rules: tuple[str, ...]
    sources: tuple[str, ...]
    outcome: Outcome | None = None
    troubles: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    alarms: tuple[Alarm, ...] = ()


def read_whole(case: Case) -> bool:
    """Whether all mail in scope was read: the latest run ended well, and every folder of the case is complete."""
    latest: Run | None = None
    for latest in case.runs():  # noqa: B007 - the last one is wanted
        pass
    return latest is not None and ended_well(latest) and all(folder.complete for folder in case.coverage())


def ended_well(run: Run) -> bool:
    """Whether a run came to its end and nothing was in its way."""
    return run.outcome is Outcome.COMPLETE and not run.troubles


class Case(Protocol):
    """All a report may know. Iterators give the same records in the same order at every call."""

    @property
    def policy(self) -> Policy:
        """By which the candidates were judged."""
        ...

    @property
    def id(self) -> str:
        """The case's own id: twelve hexadecimal digits that no other case has."""
        ...

    @property
    def edition(self) -> int:
        """The number of the workbook that is to be written of it, counting from 1; 0 where it is not kept."""
        ...

    @property
    def rule_pack(self) -> RulePack:
        """The dated rules by which severity is computed and deadlines are counted."""
        ...

    def decisions(self) -> Decisions:
        """What people decided, as far as it was read back from workbooks."""
        ...

    def novelty(self, incident: Incident) -> Novelty:
        """What is new about an incident since the last run before this one that showed it."""
        ...

    def found_on(self, incident: Incident) -> datetime | None:
        """When the first run began whose workbook showed an incident; None where that was before runs were noted.

        That of an incident which no earlier workbook showed is the present run.
        """
        ...

    def retrieved(self, incident: Incident) -> Mapping[Locator, datetime]:
        """When the copies at its places were first read, to the batch; a place of which nobody kept it is left out."""
        ...

    def person_id(self, key: str) -> str:
        """The id of a person of this case, by `Affected.key` or a viewer's address; it tells nothing to others."""
        ...

    def incidents(self) -> Iterator[Incident]:
        """The probable exposures: new, changed, reopened, known; highest score first, most people, oldest, by id."""
        ...

    def cleared(self) -> Iterator[Incident]:
        """What was considered and is none of them, with its class and the reasons, class by class."""
        ...

    def below_gate(self) -> int:
        """How many messages were kept as candidates and stay below the gate, together with those they belong to."""
        ...

    def coverage(self) -> Iterator[Coverage]:
        """Every folder of every account, in the order of account and folder name."""
        ...

    def unreadable(self) -> Iterator[Unreadable]:
        """Every message that could not be read."""
        ...

    def runs(self) -> Iterator[Run]:
        """Every run, oldest first."""
        ...
