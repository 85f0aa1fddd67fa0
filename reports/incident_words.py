"""What is said of one incident in words: its messages, its points, its severity, and what is known of delivery."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from reports.figures import lines
from scanner.exposure import Affected
from scanner.incident import Incident, Role, Severity

DECIDES_NOTHING = "It informs; it decides nothing."
"""What is said wherever a severity is shown."""
UNDELIVERED, NO_FAILURE_KNOWN = "no", "not known to have failed"
_SEVERAL = {Role.BATCH: "batches", Role.APOLOGY: "apologies", Role.REPLY: "replies"}


def messages_in_short(incident: Incident) -> str:
    """What the messages are, and what came back: `1 original, 2 batches`, on a second line `1 reply came back`."""
    own = {exposure.message for exposure in incident.exposures}
    returned = [event.role for event in incident.timeline if event.message not in own]
    came_back = f"{_counted(returned)} came back" if returned else ""
    return "\n".join(part for part in (_counted(incident.roles), came_back) if part)


def _counted(roles: Iterable[Role]) -> str:
    count = Counter(roles)
    return ", ".join(
        f"{count[role]:,} {role.value if count[role] == 1 else _SEVERAL.get(role, role.value + 's')}"
        for role in Role
        if count[role]
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
