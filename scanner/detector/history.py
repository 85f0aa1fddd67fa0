"""Who was visible to whom in mail that others wrote: the one thing that shows people to know each other."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import accumulate
from math import inf
from typing import Final, NamedTuple

_NUMBER: Final = "I"  # four octets: messages and people are numbered from 0
_LOOKED_UP: Final = 65_536  # places that one question looks at, shared out among the people it asks about
_FOR_ONE: Final = (8, 512)  # the fewest and the most of them for one person
_BITS: Final = 1 << 28  # of all masks that one question holds


class Known(NamedTuple):
    """What earlier messages of others show of some people.

    cover      the largest share of them that stood together in one message; 0 where no two ever did
    covered    who those are
    pairs      the share of all pairs that stood together in some message
    known_to   for each of them, in their order, how many of the others stood beside them before
    """

    cover: float
    covered: frozenset[int]
    pairs: float
    known_to: tuple[int, ...]


class History:
    """Messages by outsiders, as lists of people; add all before asking, since the first question sorts them.

    Takes four octets for each person on a message, and as many again once it was asked. A person who stands on very
    many messages is looked up in the latest of them only, so that no list of people costs more than its length.
    """

    def __init__(self) -> None:
        self._when = array("d")
        self._ends = array("L", [0])
        self._people = array(_NUMBER)
        self._index: _Index | None = None

    def add(self, when: datetime | None, people: Iterable[int]) -> None:
        """Add one message and everybody whom it shows. Without a date it precedes nothing, and counts at any time."""
        self._people.extend(sorted(set(people)))
        self._ends.append(len(self._people))
        self._when.append(inf if when is None else when.timestamp())
        self._index = None

    def known(self, people: Sequence[int], before: datetime | None) -> Known:
        """What messages before a moment show of these people; `before` None asks for any time."""
        if self._index is None:
            self._index = _Index(self._when, self._ends, self._people)
        places = {person: place for place, person in enumerate(dict.fromkeys(people))}
        if len(places) < 2:
            return Known(0.0, frozenset(), 0.0, (0,) * len(people))
        return self._index.known(people, places, None if before is None else before.timestamp())


class _Index:
    """The messages of each person, in the order of their dates."""

    def __init__(self, when: array[float], ends: Sequence[int], people: array[int]) -> None:
        order = sorted(range(len(when)), key=when.__getitem__)
        self._when = array("d", map(when.__getitem__, order))
        counts = array("L", bytes(array("L").itemsize * (max(people, default=0) + 1)))
        for person in people:
            counts[person] += 1
        self._starts = array("L", accumulate(counts, initial=0))
        self._messages = array(_NUMBER, bytes(array(_NUMBER).itemsize * len(people)))
        free = self._starts[:]
        for rank, message in enumerate(order):
            for person in people[ends[message] : ends[message + 1]]:
                self._messages[free[person]] = rank
                free[person] += 1

    def known(self, people: Sequence[int], places: dict[int, int], before: float | None) -> Known:
        """See `History.known`; `places` numbers the different people from 0."""
        limit = len(self._when) if before is None else bisect_left(self._when, before)
        fewest, most = _FOR_ONE
        share = max(fewest, min(most, _LOOKED_UP // len(places)))
        seen_in = [self._latest(person, limit, share) for person in places]
        together = Counter[int]()
        for messages in seen_in:
            together.update(messages)
        ranked = sorted((-count, -rank) for rank, count in together.items() if count > 1)
        masks = {-rank: 0 for _, rank in ranked[: max(64, _BITS // len(places))]}
        for place, messages in enumerate(seen_in):
            bit = 1 << place
            for rank in messages:
                if rank in masks:
                    masks[rank] |= bit
        known_to = [_others(masks, messages, 1 << place) for place, messages in enumerate(seen_in)]
        best = next(iter(masks.values()), 0)
        count = len(places)
        return Known(
            cover=best.bit_count() / count,
            covered=frozenset(person for person, place in places.items() if best >> place & 1),
            pairs=sum(known_to) / (count * (count - 1)),
            known_to=tuple(known_to[places[person]] for person in people),
        )

    def _latest(self, person: int, limit: int, share: int) -> array[int]:
        """The latest messages of a person that rank before a limit."""
        if not 0 <= person < len(self._starts) - 1:
            return array(_NUMBER)
        begin, end = self._starts[person], self._starts[person + 1]
        end = bisect_left(self._messages, limit, begin, end)
        return self._messages[max(begin, end - share) : end]


def _others(masks: dict[int, int], messages: Iterable[int], bit: int) -> int:
    """How many others stood beside the one with this bit."""
    everybody = bit
    for rank in messages:
        everybody |= masks.get(rank, 0)
    return everybody.bit_count() - 1
