"""Everybody who is affected, once each, over all incidents: gathered by sorting, so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from scanner.address import Field
from scanner.exposure import Affected, Identifiable
from scanner.incident import Incident

_LONG_NAME = 60  # characters; what is longer is hardly a name, and no letter begins with it
_DEGREES = (Identifiable.CLEAR, Identifiable.PART, Identifiable.NO)


class Sighting(NamedTuple):
    """One person in one incident. `incident` is its number in the order of the case, counting from 0."""

    key: str
    incident: int
    person: Affected
    undelivered: bool


@dataclass(frozen=True, slots=True)
class Person:
    """One person over all incidents.

    `address` is canonical, None where only a name is known. `name` is the best single display name, "" where none was
    shown. `incidents` are numbers in the order of the case. `times` counts messages. The numbers of those who saw the
    address, and `known_to`, are the largest of any one incident; `undelivered` counts incidents of which a bounce names
    the person. `contexts` are the sensitive subjects of the incidents, `higher_risk` says that one of them stands
    beside something that tells who the person is.
    """

    key: str
    address: str | None
    name: str
    names: tuple[str, ...]
    fields: tuple[Field, ...]
    party: str
    free_mail: bool
    role: bool
    identifiable: Identifiable
    incidents: tuple[int, ...]
    first: datetime | None
    last: datetime | None
    times: int
    seen_by_outsiders: int
    seen_by_insiders: int
    seen_by_hidden: int
    known_to: int
    undelivered: int
    contexts: tuple[str, ...]
    higher_risk: bool


def sightings(number: int, incident: Incident) -> Iterator[Sighting]:
    """Everybody whom this incident affects."""
    undelivered = frozenset(incident.undelivered)
    for person in incident.affected:
        yield Sighting(person.key, number, person, person.address in undelivered)


def persons(seen: Iterable[Sighting], contexts: Sequence[tuple[str, ...]]) -> Iterator[Person]:
    """One record a person; the sightings come sorted by key. `contexts` are those of each incident, by number."""
    for key, group in groupby(seen, key=attrgetter("key")):
        first, *further = group
        yield _person(key, (first, *further), contexts) if further else _alone(first, contexts)


def _alone(seen: Sighting, contexts: Sequence[tuple[str, ...]]) -> Person:
    """A person of one incident, as most are: what `_person` says of them, several times as fast."""
    key, number, person, undelivered = seen
    tells = not person.role and person.identifiable is not Identifiable.NO
    return Person(
        key=key,
        address=person.address,
        name=best_name(person.names),
        names=person.names,
        fields=person.fields,
        party=person.party,
        free_mail=person.free_mail,
        role=person.role,
        identifiable=person.identifiable,
        incidents=(number,),
        first=person.first,
        last=person.last,
        times=person.times,
        seen_by_outsiders=person.seen_by_outsiders,
        seen_by_insiders=person.seen_by_insiders,
        seen_by_hidden=person.seen_by_hidden,
        known_to=person.known_to,
        undelivered=int(undelivered),
        contexts=contexts[number],
        higher_risk=tells and bool(contexts[number]),
    )


def _person(key: str, seen: Sequence[Sighting], contexts: Sequence[tuple[str, ...]]) -> Person:
    people = [each.person for each in seen]
    names = tuple(dict.fromkeys(name for person in people for name in person.names))
    numbers = tuple(each.incident for each in seen)
    fields = {field for person in people for field in person.fields}
    told = [each for each in seen if not each.person.role and each.person.identifiable is not Identifiable.NO]
    return Person(
        key=key,
        address=people[0].address,
        name=best_name(names),
        names=names,
        fields=tuple(field for field in Field if field in fields),
        party=people[0].party,
        free_mail=any(person.free_mail for person in people),
        role=all(person.role for person in people),
        identifiable=min((person.identifiable for person in people), key=_DEGREES.index),
        incidents=numbers,
        first=min((person.first for person in people if person.first), default=None),
        last=max((person.last for person in people if person.last), default=None),
        times=sum(person.times for person in people),
        seen_by_outsiders=max(person.seen_by_outsiders for person in people),
        seen_by_insiders=max(person.seen_by_insiders for person in people),
        seen_by_hidden=max(person.seen_by_hidden for person in people),
        known_to=max(person.known_to for person in people),
        undelivered=sum(each.undelivered for each in seen),
        contexts=tuple(dict.fromkeys(context for number in numbers for context in contexts[number])),
        higher_risk=any(contexts[each.incident] for each in told),
    )


def best_name(names: Sequence[str]) -> str:
    """The name with which a letter can begin: the longest of two words or more, else the longest; "" without one.

    Names that are too long for one, or that hold an address, are left out.
    """
    fit = [name for name in names if 0 < len(name) <= _LONG_NAME and "@" not in name and name.isprintable()]
    full = [name for name in fit if len(name.split()) > 1 and any(map(str.isalpha, name))]
    return max(full or fit, key=len, default="")
