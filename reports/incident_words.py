"""What is said of one incident in words: its messages, its points, its severity, and what is known of delivery."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from reports.figures import lines
from scanner.envelope import Mark
from scanner.exposure import Affected, Exposure
from scanner.incident import Incident, Role, Severity

DECIDES_NOTHING = "It informs; it decides nothing."
"""What is said wherever a severity is shown."""
UNDELIVERED, NO_FAILURE_KNOWN = "no", "not known to have failed"
QUOTED = "quoted"
"""The part of a message that nobody found: what it showed was read out of a quotation in mail that came in."""
_SEVERAL = {str(Role.BATCH): "batches", str(Role.APOLOGY): "apologies", str(Role.REPLY): "replies", QUOTED: QUOTED}


def messages_in_short(incident: Incident) -> str:
    """What the messages are, and what came back: `1 original, 2 batches`, on a second line `1 reply came back`."""
    own = {exposure.message for exposure in incident.exposures}
    returned = [str(event.role) for event in incident.timeline if event.message not in own]
    came_back = f"{_counted(returned)} came back" if returned else ""
    parts = map(part_of, incident.exposures, incident.roles)
    return "\n".join(part for part in (_counted(parts), came_back) if part)


def part_of(exposure: Exposure, role: Role) -> str:
    """The part that a message plays; a first one that is known from a quotation alone is called so."""
    return QUOTED if role is Role.ORIGINAL and Mark.QUOTED in exposure.envelope.marks else str(role)


def _counted(parts: Iterable[str]) -> str:
    count = Counter(parts)
    return ", ".join(
        f"{count[part]:,} {part if count[part] == 1 else _SEVERAL.get(part, part + 's')}"
        for part in (QUOTED, *map(str, Role))
        if count[part]
    )


def points_in_words(incident: Incident) -> str:
    """Each term of the order with its points, one a line, those that raise it first."""
    ordered = sorted(incident.points, key=lambda point: -point.value)
    return lines(f"{point.reason} ({point.value:+,})" for point in ordered)


def band_of(severity: Severity | None) -> str:
    """The band, and the other one where the score lies near the edge to it; "" where none was computed."""
    if severity is None:
        return ""
    return f"{severity.band}, close to {severity.near_edge}" if severity.near_edge else str(severity.band)


def severity_in_words(severity: Severity | None) -> str:
    """The three factors, the sum, the warning near an edge and what was assumed, one a line."""
    return lines(_severity(severity)) if severity else "not computed"


def _severity(severity: Severity) -> Iterator[str]:
    yield from severity.inputs
    if severity.near_edge:
        yield f"Close to an edge: a small change of one factor would make it {severity.near_edge}."
    if severity.assumed:
        yield f"Assumed: {' '.join(severity.assumed)}"
    yield DECIDES_NOTHING


def delivered(person: Affected, undelivered: Collection[str]) -> str:
    """What is known of the delivery to one person: a bounce can tell that it failed, and nothing that it did not."""
    return UNDELIVERED if person.address in undelivered else NO_FAILURE_KNOWN
