"""Quotations of messages that were found themselves: told apart from messages, so that nothing is counted twice."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from scanner.detector.member import Member, overlap

ALIKE: Final = 0.8
"""Share of the people of two lists together from which they are taken for one, as in `scanner.detector.quoted`."""
APART: Final = 2 * 86_400.0
"""Seconds between two messages that are not one: programs quote in the zone of their user, a little over a day."""
_ZONE: Final = 900.0  # zones differ by quarters of an hour
_MINUTE: Final = 60.0  # quotations tell no seconds
_LOOKED_AT: Final = 16  # messages that a quotation is compared with, and people by whom they are found


class Quotation(NamedTuple):
    """What repeats a message: its own identity, and the place of that message among those of its incident."""

    message: str
    of: int


def without_quotations(members: Sequence[Member]) -> tuple[list[Member], tuple[Quotation, ...]]:
    """The messages of one incident, in their order, without the quotations of some of them, and these quotations.

    A quotation of what was not found itself stays; of several quotations of one message the one that shows most. The
    people whom a quotation shows beside those of its message are shown by that message: a copy may have lost them.
    """
    if not any(member.quoted for member in members):
        return list(members), ()
    kept = _Kept(members)
    repeated: dict[int, int] = {}
    for place in sorted(range(len(members)), key=lambda place: _by_weight(members[place], place)):
        of = kept.repeated_by(members[place]) if members[place].quoted else None
        if of is None:
            kept.add(place)
        else:
            repeated[place] = of
    quotations: defaultdict[int, list[Member]] = defaultdict(list)
    for place, of in repeated.items():
        quotations[of].append(members[place])
    order = {place: number for number, place in enumerate(sorted(kept.places))}
    united = [_with_people(members[place], quotations[place]) for place in order]
    return united, tuple(Quotation(members[place].message, order[of]) for place, of in sorted(repeated.items()))


def repeats(quoted: Member, other: Member) -> bool:
    """Whether a quotation is of this message.

    By the Message-ID; else by author, subject and audience, unless both have a date and these are too far apart. A
    program may show some people by name only, or cut a long list: where the dates are the same but for the zone, it is
    enough that the message has those whom the quotation shows.
    """
    if quoted.message_id is not None and quoted.message_id == other.message_id:
        return True
    if quoted.subject != other.subject or set(quoted.writers).isdisjoint(other.writers):
        return False
    apart = _apart(quoted, other)
    if apart is not None and apart > APART:
        return False
    shared = overlap(quoted.shown, other.shown)
    if shared and shared >= ALIKE * (len(quoted.shown) + len(other.shown) - shared):
        return True
    return _differs_by_zone(apart) and shared >= ALIKE * len(quoted.shown)


class _Kept:
    """Those of some members that are messages, by the people they show."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.places: list[int] = []
        self._members = members
        self._by_person: defaultdict[int, list[int]] = defaultdict(list)
        self._by_id: dict[str, int] = {}

    def add(self, place: int) -> None:
        member = self._members[place]
        self.places.append(place)
        for person in member.shown:
            self._by_person[person].append(place)
        if member.message_id:
            self._by_id.setdefault(member.message_id, place)

    def repeated_by(self, quoted: Member) -> int | None:
        """The place of the message that a quotation repeats; None when there is none."""
        found = [place for place in self._near(quoted) if repeats(quoted, self._members[place])]
        return min(found, key=lambda place: _distance(quoted, self._members[place]), default=None)

    def _near(self, quoted: Member) -> Iterator[int]:
        """The messages that may be repeated, few enough for each quotation to be compared with them."""
        if quoted.message_id in self._by_id:
            yield self._by_id[quoted.message_id]
        if len(self.places) <= _LOOKED_AT:
            yield from self.places
            return
        shared = Counter[int]()
        for person in quoted.shown[:: 1 + len(quoted.shown) // _LOOKED_AT]:
            shared.update(self._by_person.get(person, ()))
        found = shared if quoted.shown else self.places
        yield from sorted(found, key=lambda place: (-shared[place], _distance(quoted, self._members[place])))[
            :_LOOKED_AT
        ]


def _distance(quoted: Member, other: Member) -> tuple[bool, bool, float, int]:
    """How little a message is like what a quotation repeats."""
    apart = _apart(quoted, other)
    named = quoted.message_id is not None and quoted.message_id == other.message_id
    return not named, not _differs_by_zone(apart), apart or 0.0, -overlap(quoted.shown, other.shown)


def _apart(one: Member, other: Member) -> float | None:
    """Seconds between two messages; None where one of them is without a date."""
    return abs(one.when - other.when) if one.when is not None and other.when is not None else None


def _differs_by_zone(apart: float | None) -> bool:
    """Whether two dates that are so far apart are the same but for the zone and the seconds."""
    return apart is not None and apart <= APART and (apart + _MINUTE) % _ZONE <= 2 * _MINUTE


def _by_weight(member: Member, place: int) -> tuple[bool, int, int]:
    """Messages before quotations, and of these those that show most first."""
    return member.quoted, -len(member.shown) if member.quoted else 0, place


def _with_people(member: Member, quotations: Sequence[Member]) -> Member:
    """The member with everybody whom its quotations show by address; names may be those of people it shows itself."""
    shown = set(member.shown).union(*(one.shown for one in quotations))
    if len(shown) == len(member.shown):
        return member
    counted = {person for one in quotations for person in set(one.counted).intersection(one.shown)}
    return replace(
        member,
        shown=array("I", sorted(shown)),
        counted=array("I", sorted(counted.union(member.counted))),
        hidden=array("I", sorted(set(member.hidden) - shown)),
    )
