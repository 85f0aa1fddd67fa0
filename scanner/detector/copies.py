"""Copies of one message, and rows of one person, united: each may tell what the others do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from operator import attrgetter

from scanner.address import Field
from scanner.detector.audience import name_key
from scanner.envelope import Mark
from scanner.exposure import Affected, Exposure, Identifiable, Viewer

_FIELD_ORDER = {where: (not where.visible, rank) for rank, where in enumerate(Field)}
_DEGREES = {Identifiable.NO: 0, Identifiable.PART: 1, Identifiable.CLEAR: 2}


def of_one_message(copies: Sequence[Exposure], best: Exposure | None = None) -> Exposure:
    """The exposure of the best copy, with the people of all: only the sent copy names the Bcc readers.

    Without a `best` it is the copy that says most; one that was found itself comes before a quotation.
    """
    if len(copies) == 1:
        return copies[0]
    ordered = sorted(copies, key=_best_first)
    affected = united_affected(copy.affected for copy in ordered)
    addressed = [row for row in affected if row.address is not None]
    people = sum(not row.role for row in addressed)
    names = len(affected) - len(addressed) if any(map(_counts_names, copies)) else 0
    return replace(
        best or ordered[0],
        affected=affected,
        viewers=united_viewers(copy.viewers for copy in ordered),
        counted=people + names,
        parties=len({row.party for row in addressed}) + names,
        reaches_gate=any(copy.reaches_gate for copy in ordered),
    )


def united_affected(copies: Iterable[Sequence[Affected]]) -> tuple[Affected, ...]:
    """The people of copies of one message, each once."""
    rows: dict[str, Affected] = {}
    for copy in copies:
        for row in copy:
            known = rows.get(row.key)
            rows[row.key] = row if known is None else united(known, row)
    return named_once(rows, united)


def named_once(rows: dict[str, Affected], unite: Callable[[Affected, Affected], Affected]) -> tuple[Affected, ...]:
    """The rows in order, without a second one for somebody who is shown by name here and with an address there.

    A name that several people with an address bear stays a person of its own.
    """
    nameless = {row.party: key for key, row in rows.items() if row.address is None}
    if nameless:
        bearers: dict[str, set[str]] = {}
        for key, row in rows.items():
            for name in row.names if row.address is not None else ():
                bearers.setdefault(name_key(name), set()).add(key)
        for name, key in nameless.items():
            if len(bearers.get(name, ())) == 1:
                (known,) = bearers[name]
                rows[known] = unite(rows[known], rows.pop(key))
    return tuple(sorted(rows.values(), key=lambda row: (row.address is None, row.key)))


def united(one: Affected, other: Affected) -> Affected:
    """One person, as two copies or messages show them; first, last and times are those of the first row."""
    if one == other:
        return one
    return replace(
        one,
        names=tuple(sorted({*one.names, *other.names})),
        fields=tuple(sorted({*one.fields, *other.fields}, key=_FIELD_ORDER.__getitem__)),
        role=one.role and other.role,
        identifiable=max(one.identifiable, other.identifiable, key=_DEGREES.__getitem__),
        seen_by_outsiders=max(one.seen_by_outsiders, other.seen_by_outsiders),
        seen_by_insiders=max(one.seen_by_insiders, other.seen_by_insiders),
        seen_by_hidden=max(one.seen_by_hidden, other.seen_by_hidden),
    )


def united_viewers(copies: Iterable[Sequence[Viewer]]) -> tuple[Viewer, ...]:
    """Everybody who could read, once: in the most visible field where they stand, under the fullest name."""
    viewers: dict[str, Viewer] = {}
    for copy in copies:
        for viewer in copy:
            known = viewers.setdefault(viewer.address, viewer)
            if known is not viewer and known != viewer:
                name = max(known.name, viewer.name, key=lambda name: (len(name), name))
                viewers[viewer.address] = replace(min(known, viewer, key=_place_of), name=name)
    return tuple(sorted(viewers.values(), key=attrgetter("address")))


def _place_of(viewer: Viewer) -> tuple[bool, int]:
    return _FIELD_ORDER[viewer.field]


def _counts_names(copy: Exposure) -> bool:
    """Whether people shown by name only are among those whom the gate counts."""
    return copy.counted > sum(row.address is not None and not row.role for row in copy.affected)


def _best_first(copy: Exposure) -> tuple[bool, bool, int, bool, str, str, str, str]:
    where, marks = copy.envelope.locator, copy.envelope.marks
    place = (where.account, where.folder, where.key, copy.envelope.digest)  # one mail may quote a message twice
    return Mark.QUOTED in marks, not copy.reaches_gate, -len(copy.viewers), Mark.SENT not in marks, *place
