"""Who could see an address over all messages of an incident, each reader once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from scanner.detector.people import People
from scanner.exposure import Affected, Exposure, Standing, Viewer

_LOOKED_AT: Final = 4_000_000
"""Readers that are looked at for one incident beside those of each single message; a few seconds' work."""


@dataclass(slots=True)
class _Readers:
    """Everybody who could read some of the messages: outsiders by party, colleagues, and those hidden in Bcc."""

    outsiders: int
    insiders: int
    hidden: int
    by_party: Counter[str]
    hidden_by_party: Counter[str]


def seen_over_all(rows: Sequence[Affected], exposures: Sequence[Exposure], people: People) -> tuple[Affected, ...]:
    """The rows with the numbers of different people who could see each address in any of the messages.

    Colleagues of the same party are not counted, and who stands in To or Cc of one message and in Bcc of another counts
    as standing in To. People who were shown by the same messages are looked at together. An incident of very many
    messages with ever other people costs no more than a bound: for what is beyond it the number is that of the message
    with most readers, so that it is never too high.
    """
    if len(exposures) < 2:
        return tuple(rows)
    lists: dict[tuple[Viewer, ...], int] = {}
    shown_in: defaultdict[str, set[int]] = defaultdict(set)
    for exposure in exposures:
        number = lists.setdefault(exposure.viewers, len(lists))
        for row in exposure.affected:
            shown_in[row.key].add(number)
    every = list(lists)
    known: dict[frozenset[int], _Readers | None] = {}
    left = _LOOKED_AT
    told = []
    for row in rows:
        where = frozenset(shown_in[row.key])
        if where not in known:
            cost = sum(len(every[number]) for number in where)
            left -= cost if len(where) > 1 else 0
            known[where] = _readers((every[number] for number in sorted(where)), people) if left >= 0 else None
        told.append(_with(row, known[where]))
    return tuple(told)


def _readers(lists: Iterable[Sequence[Viewer]], people: People) -> _Readers:
    visible: dict[str, Viewer] = {}
    hidden: dict[str, Viewer] = {}
    for viewers in lists:
        for viewer in viewers:
            (visible if viewer.field.visible else hidden).setdefault(viewer.address, viewer)
    for address in visible.keys() & hidden.keys():
        del hidden[address]
    outsiders = [one for one in visible.values() if one.standing is Standing.OUTSIDER]
    outside_hidden = [one for one in hidden.values() if one.standing is Standing.OUTSIDER]
    return _Readers(
        outsiders=len(outsiders),
        insiders=len(visible) - len(outsiders),
        hidden=len(hidden),
        by_party=_parties(outsiders, people),
        hidden_by_party=_parties(outside_hidden, people),
    )


def _parties(viewers: Iterable[Viewer], people: People) -> Counter[str]:
    return Counter(people.party[people.of_address(viewer.address)] for viewer in viewers)


def _with(row: Affected, readers: _Readers | None) -> Affected:
    if readers is None:
        return row
    party = row.party if row.address is not None else ""  # nobody knows the party of somebody shown by name only
    return replace(
        row,
        seen_by_outsiders=readers.outsiders - readers.by_party[party],
        seen_by_insiders=readers.insiders,
        seen_by_hidden=readers.hidden - readers.hidden_by_party[party],
    )
