"""The totals of a case, and where each incident's rows begin in the long sheets."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from reports.cells import shown
from reports.figures import by_name_only, copies_of, disclosed_entries, named, reached, with_address
from reports.layout import place
from scanner.case import Case, Run, read_whole
from scanner.coverage import ChosenBy, Coverage
from scanner.exposure import Identifiable
from scanner.incident import Class


@dataclass(frozen=True, slots=True)
class Rows:
    """The first line of an incident in each of four sheets, counting from 0; None where it has none there."""

    incident: int
    affected: int | None
    timeline: int | None
    evidence: int | None


@dataclass
class Totals:
    """Sums over all incidents. `people` counts everybody with an address once, `names` everybody shown by name only.

    `entries` counts every place where one of either is shown, `reached` those of the people who stand in an incident of
    which no bounce names them. `cleared` counts the incidents of every other class.
    """

    incidents: int = 0
    messages: int = 0
    entries: int = 0
    person_rows: int = 0
    people: int = 0
    reached: int = 0
    role_accounts: int = 0
    with_full_name: int = 0
    with_part_of_name: int = 0
    names: int = 0
    viewers: int = 0
    first_sent: datetime | None = None
    last_sent: datetime | None = None
    rows: dict[str, Rows] = field(default_factory=dict)
    cleared: Counter[Class] = field(default_factory=Counter)


class Reading(StrEnum):
    """How much of the mail in question was read."""

    COMPLETE = "COMPLETE"
    INCOMPLETE = "INCOMPLETE"
    NOTHING = "NOTHING WAS READ"


@dataclass
class Extent:
    """Sums over all folders that were read, and over the latest run. `left_out` counts the other folders.

    `received` counts the folders that may hold mail which came in, bounces among it.
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
    oldest: datetime | None = None
    newest: datetime | None = None
    troubles: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    whole: bool = False

    @property
    def reading(self) -> Reading:
        """Complete only if the latest run ended well and every folder was read to its end."""
        if not self.whole:
            return Reading.INCOMPLETE if self.read else Reading.NOTHING
        return Reading.COMPLETE if self.folders else Reading.NOTHING


@dataclass(frozen=True)
class Findings:
    """All that the sheets share. `capacity` is the number of rows of one worksheet."""

    totals: Totals
    extent: Extent
    capacity: int

    @property
    def none_found(self) -> str:
        """What a sheet says that has no rows: nothing found is not the same as nothing read."""
        if self.extent.reading is Reading.NOTHING:
            return "No mail was read."
        if self.extent.reading is Reading.INCOMPLETE:
            return "No probable exposure was found; not all mail was read."
        return "No probable exposure was found."

    @property
    def none_cleared(self) -> str:
        """What the sheet of everything else says that has no rows."""
        if self.extent.reading is Reading.NOTHING:
            return "No mail was read."
        if self.extent.reading is Reading.INCOMPLETE:
            return "Nothing else was considered; not all mail was read."
        return "Nothing else was considered."

    @property
    def rows(self) -> dict[str, Rows]:
        """Where each incident's rows begin, in the order of the incidents."""
        return self.totals.rows

    def link_to_incident(self, incident: str) -> dict[int, str]:
        """A link from the first cell of a row to the incident's row."""
        return {0: self._links[incident]}

    @cached_property
    def _links(self) -> dict[str, str]:
        return {shown(key): place("Incidents", at.incident, self.capacity) for key, at in self.rows.items()}


def totals(case: Case) -> Totals:
    """One pass over the incidents, and one over what was cleared."""
    found = Totals()
    people: set[str] = set()
    within_reach: set[str] = set()
    names: set[str] = set()
    roles: set[str] = set()
    known_by: dict[Identifiable, set[str]] = {level: set() for level in Identifiable}
    viewers: set[str] = set()
    events = evidence_rows = 0
    for incident in case.incidents():
        copies = len(copies_of(incident))
        found.rows[incident.id] = Rows(
            found.incidents,
            found.person_rows if incident.affected else None,
            events if incident.timeline else None,
            evidence_rows if copies else None,
        )
        events += len(incident.timeline)
        evidence_rows += copies
        found.incidents += 1
        found.messages += len(incident.exposures)
        found.entries += disclosed_entries(incident)
        found.person_rows += len(incident.affected)
        names.update(person.key for person in by_name_only(incident.affected))
        for person in with_address(incident.affected):
            people.add(person.key)
            if person.role:
                roles.add(person.key)
        within_reach.update(person.key for person in reached(incident))
        for level, keys in known_by.items():
            keys.update(person.key for person in named(incident.affected, level))
        viewers.update(viewer.address for viewer in incident.viewers)
        found.first_sent = _first(found.first_sent, incident.first_sent)
        found.last_sent = _last(found.last_sent, incident.last_sent)
    found.people = len(people)
    found.reached = len(within_reach)
    found.role_accounts = len(roles)
    found.with_full_name = len(known_by[Identifiable.CLEAR])
    found.with_part_of_name = len(known_by[Identifiable.PART] - known_by[Identifiable.CLEAR])
    found.names = len(names)
    found.viewers = len(viewers)
    found.cleared.update(incident.klass for incident in case.cleared())
    return found


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
    if latest is not None:
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
    known.incomplete_folders += not folder.complete
    known.oldest = _first(known.oldest, folder.oldest)
    known.newest = _last(known.newest, folder.newest)


def _first(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment), default=None)


def _last(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment), default=None)
