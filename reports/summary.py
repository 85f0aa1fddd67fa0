"""The totals of a case, and where each incident's rows begin in the long sheets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import groupby

from reports.cells import shown
from reports.countries import Country, country_of
from reports.extent import Extent, Reading, earlier, extent, later
from reports.figures import many
from reports.incident_facts import Facts, facts_of
from reports.layout import MAX_ROWS, place
from reports.people import Person, Sighting, persons, sightings
from reports.sorting import sorted_on_disk
from reports.spool import Spool
from scanner.case import Case
from scanner.exposure import Identifiable
from scanner.incident import Class, Incident

__all__ = ["Extent", "Findings", "Reading", "Rows", "Totals", "extent", "totals"]

INCIDENTS_ABOVE = 1
"""Lines of prose before the table of the sheet *Incidents*."""
DECISIONS_ABOVE = 4
"""The same of *Decisions*."""
EVIDENCE_ABOVE = 2
"""The same of *Evidence*."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The first line of an incident in each of five sheets, counting from 0; None where it has none there."""

    incident: int
    people: int | None
    viewers: int | None
    timeline: int | None
    evidence: int | None


@dataclass
class Totals:
    """Sums over all incidents. `people` counts everybody with an address once, `names` everybody shown by name only.

    `entries` counts every place where one of either is shown, `reached` those of the people who stand in an incident of
    which no bounce names them. `cleared` counts the incidents of every other class. `facts` are the incidents in their
    order, and `persons` everybody who is affected, once each, in the order of addresses, those without one last.
    """

    incidents: int = 0
    messages: int = 0
    entries: int = 0
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
    countries: Counter[Country] = field(default_factory=Counter)
    higher_risk: int = 0
    facts: list[Facts] = field(default_factory=list)
    persons: Spool[Person] = field(default_factory=Spool)


@dataclass(frozen=True)
class Findings:
    """All that the sheets share. `capacity` is the number of rows of one worksheet."""

    totals: Totals
    extent: Extent
    capacity: int = MAX_ROWS

    @property
    def none_found(self) -> str:
        """What a sheet says that has no rows: nothing found is not the same as nothing read."""
        if self.extent.reading is Reading.NOTHING:
            return "No mail was read."
        if self.extent.reading is Reading.INCOMPLETE:
            return f"No probable exposure was found; {self._lacks}."
        return "No probable exposure was found."

    @property
    def none_cleared(self) -> str:
        """What the sheet of everything else says that has no rows."""
        if self.extent.reading is Reading.NOTHING:
            return "No mail was read."
        if self.extent.reading is Reading.INCOMPLETE:
            return f"Nothing else was considered; {self._lacks}."
        return "Nothing else was considered."

    @property
    def _lacks(self) -> str:
        """What keeps this from being all."""
        if self.extent.only_stale:
            return "messages that were not kept may count with these settings"
        return "not all mail was read"

    @property
    def facts(self) -> list[Facts]:
        """The incidents, in their order."""
        return self.totals.facts

    @property
    def rows(self) -> dict[str, Rows]:
        """Where each incident's rows begin, in the order of the incidents."""
        return self.totals.rows

    @property
    def may_lack_people(self) -> str:
        """What is said wherever people are counted or listed; "" where nothing tells that there may be more."""
        lacking = [facts.lacking for facts in self.totals.facts if facts.lacking]
        if not lacking:
            return ""
        return (
            f"Of {many(sum(lacking), 'message')} in {many(len(lacking), 'incident')}, part of an address field could "
            "not be read or was cut off: more people may be affected than are counted and listed. See the columns "
            "Reasons on Incidents, and Defects and Unread text of address fields on Evidence."
        )

    def link_to_incident(self, incident: str) -> dict[int, str]:
        """A link from the first cell of a row to the incident's row."""
        return {0: self._links[incident]}

    def place_of(self, number: int) -> str:
        """Where the row of the incident with this number, counting from 0, lies."""
        return place("Incidents", number, self.capacity, INCIDENTS_ABOVE)

    def place_in(self, title: str, index: int | None) -> str | None:
        """Where a line of one of the long sheets lies; None for none."""
        if index is None:
            return None
        return place(title, index, self.capacity, EVIDENCE_ABOVE if title == "Evidence" else 0)

    @cached_property
    def _links(self) -> dict[str, str]:
        return {shown(key): self.place_of(at.incident) for key, at in self.rows.items()}


_WITH_ADDRESS, _BY_NAME, _VIEWER = range(3)
_Item = tuple[int, str, Sighting | None]
"""What is counted each once: its kind, its key, and of the affected where it stands."""


def totals(case: Case, order: Callable[[str], str] = str) -> Totals:
    """One pass over the incidents, and one over what was cleared. People are counted on disk where they are many.

    `order` gives for the key of a person by what the persons are put in order; no two may have the same.
    """
    found = Totals()
    items = sorted_on_disk(_gathered(case, found, order), key=_kind_and_key)
    kinds = groupby(items, key=_kind)
    found.persons = Spool(_counted(kinds, found))
    found.cleared.update(incident.klass for incident in case.cleared())
    return found


def _kind_and_key(item: _Item) -> tuple[int, str]:
    return item[:2]


def _kind(item: _Item) -> int:
    return item[0]


def _key(item: _Item) -> str:
    return item[1]


def _gathered(case: Case, found: Totals, order: Callable[[str], str]) -> Iterator[_Item]:
    """Everybody who is affected by or viewed an incident; the incidents are summed up on the way."""
    at = _Ends()
    for number, incident in enumerate(case.incidents()):
        facts = facts_of(incident, case.novelty(incident), case.found_on(incident))
        found.facts.append(facts)
        found.rows[incident.id] = at.rows_of(number, incident, facts.copies)
        found.incidents += 1
        found.messages += facts.messages
        found.entries += facts.entries
        found.first_sent = earlier(found.first_sent, facts.first_sent)
        found.last_sent = later(found.last_sent, facts.last_sent)
        for seen in sightings(number, incident):
            yield (_WITH_ADDRESS if seen.person.address is not None else _BY_NAME, order(seen.key), seen)
        for viewer in incident.viewers:
            yield (_VIEWER, viewer.address, None)


@dataclass
class _Ends:
    """How many lines the sheets have so far."""

    people: int = 0
    viewers: int = 0
    timeline: int = 0
    evidence: int = 0

    def rows_of(self, number: int, incident: Incident, copies: int) -> Rows:
        """Where the rows of the next incident begin; they are counted."""
        shown_people = sum(len(exposure.affected) for exposure in incident.exposures)
        rows = Rows(
            number,
            self.people if shown_people else None,
            self.viewers if incident.viewers else None,
            self.timeline if incident.timeline else None,
            self.evidence if copies else None,
        )
        self.people += shown_people
        self.viewers += len(incident.viewers)
        self.timeline += len(incident.timeline)
        self.evidence += copies
        return rows


def _counted(kinds: Iterable[tuple[int, Iterator[_Item]]], found: Totals) -> Iterator[Person]:
    """Everybody affected, once each, and counted; the viewers come last and are only counted."""
    for kind, items in kinds:
        if kind == _VIEWER:
            found.viewers = sum(1 for _ in groupby(items, key=_key))
            continue
        contexts = [facts.contexts for facts in found.facts]
        for person in persons((seen for _, _, seen in items if seen is not None), contexts):
            _count(person, found)
            yield person


def _count(person: Person, found: Totals) -> None:
    found.higher_risk += person.higher_risk
    if person.address is None:
        found.names += 1
        return
    found.people += 1
    found.reached += person.undelivered < len(person.incidents)
    found.role_accounts += person.role
    found.with_full_name += person.identifiable is Identifiable.CLEAR and not person.role
    found.with_part_of_name += person.identifiable is Identifiable.PART and not person.role
    found.countries[country_of(person.address)] += 1
