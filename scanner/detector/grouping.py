"""Exposures to incidents: all copies of one message are one."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from operator import attrgetter

from scanner.address import Field
from scanner.envelope import Locator, Mark
from scanner.exposure import Affected, Exposure, Identifiable, Viewer
from scanner.incident import Incident

_FIELD_ORDER = {where: (not where.visible, rank) for rank, where in enumerate(Field)}
_NEVER = datetime.max.replace(tzinfo=UTC)
Places = Sequence[tuple[Locator, str]]
"""Where copies lie, each with its digest."""

_DEGREES = {Identifiable.NO: 0, Identifiable.PART: 1, Identifiable.CLEAR: 2}


def group(exposures: Iterable[Exposure], places: Mapping[str, Places] | None = None) -> Iterator[Incident]:
    """The incidents among exposures, most affected people first (role accounts last of all), then oldest, then by id.

    One incident a message: exposures with the same key are copies. A copy may know more than another (only the sent
    copy names the Bcc readers), so people are united and the larger numbers kept. Messages of which no copy reaches
    the gate make no incident. The answer does not depend on the order of the exposures. `places` tells, by message,
    where copies lie of which not every one was judged.
    """
    copies: dict[str, list[Exposure]] = {}
    for exposure in exposures:
        copies.setdefault(exposure.message, []).append(exposure)
    incidents = [
        _incident(found, (places or {}).get(message, ()))
        for message, found in copies.items()
        if any(copy.reaches_gate for copy in found)
    ]
    return iter(sorted(incidents, key=_rank))


def incident_id(rule: str, message: str) -> str:
    """`I-` and ten base-32 characters made from the rule and the message key alone: stable for ever."""
    digest = hashlib.sha256(f"{rule}\x1f{message}".encode()).digest()
    return "I-" + base64.b32encode(digest)[:10].decode("ascii")


def _rank(incident: Incident) -> tuple[int, int, datetime, str]:
    people = sum(not row.role for row in incident.affected)
    return -people, -len(incident.affected), incident.first_sent or _NEVER, incident.id


def _incident(copies: list[Exposure], places: Places) -> Incident:
    copies = sorted(copies, key=_best_first)
    best = copies[0]
    digests = {copy.envelope.locator: copy.envelope.digest for copy in reversed(copies)} | dict(places)
    locations = sorted(digests, key=attrgetter("account", "folder", "key"))
    reasons = best.reasons
    if len(locations) > 1:
        reasons += (f"Copies of the message lie in {len(locations):,} places.",)
    return Incident(
        id=incident_id(best.rule, best.message),
        exposures=(best,),
        locations=tuple(locations),
        affected=_united_affected(copies),
        viewers=_united_viewers(copies),
        reasons=reasons,
        digests=tuple(digests[location] for location in locations),
    )


def _best_first(copy: Exposure) -> tuple[bool, int, bool, str, str, str]:
    where = copy.envelope.locator
    sent = Mark.SENT in copy.envelope.marks
    return not copy.reaches_gate, -len(copy.viewers), not sent, where.account, where.folder, where.key


def _united_affected(copies: list[Exposure]) -> tuple[Affected, ...]:
    if len(copies) == 1:
        return copies[0].affected
    rows: dict[str, Affected] = {}
    for copy in copies:
        for row in copy.affected:
            known = rows.get(row.key)
            rows[row.key] = row if known is None else _united(known, row)
    return tuple(sorted(rows.values(), key=lambda row: (row.address is None, row.key)))


def _united(one: Affected, other: Affected) -> Affected:
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


def _united_viewers(copies: list[Exposure]) -> tuple[Viewer, ...]:
    viewers: dict[str, Viewer] = {}
    for copy in copies:
        for viewer in copy.viewers:
            known = viewers.get(viewer.address)
            if known is None or _FIELD_ORDER[viewer.field] < _FIELD_ORDER[known.field]:
                viewers[viewer.address] = viewer
    return tuple(sorted(viewers.values(), key=attrgetter("address")))
