"""What each message is within its incident, and the incident's timeline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from scanner.detector.evidence_index import Evidence
from scanner.detector.member import Member
from scanner.detector.traits import Tone
from scanner.envelope import Mark
from scanner.exposure import Exposure
from scanner.incident import Event, Role
from scanner.received import Received

_BEGINNING = datetime.min.replace(tzinfo=UTC)
_MAILING = 3 * 86_400.0
"""Seconds within which the same subject to the same people is a resend, not the next of a series."""


def roles_of(members: Sequence[Member]) -> tuple[Role, ...]:
    """The role of each member of one incident, in their order, the earliest first."""
    roles: list[Role] = []
    seen: set[int] = set()
    everybody = {person for member in members for person in member.shown}
    first: Member | None = None
    for member in members:
        role = _role(member, seen, first, twin=_is_twin(member, everybody), later=bool(roles))
        if first is None and role is Role.CORRECTION and Role.HIDDEN_TWIN not in roles:
            role = Role.ORIGINAL  # what it corrects is not here
        roles.append(role)
        seen.update(member.shown)
        if first is None and role is not Role.HIDDEN_TWIN:
            first = member
    return tuple(roles)


def _is_twin(member: Member, everybody: set[int]) -> bool:
    """Whether a message hid people whom others of the incident show; one that hid others is a batch like any."""
    if len(member.hidden) <= len(member.shown):
        return False
    shared = len(everybody.intersection(member.hidden))
    return 2 * shared >= min(len(everybody), len(member.hidden))


def _role(member: Member, seen: set[int], first: Member | None, *, twin: bool, later: bool) -> Role:
    if later and Tone.RECALL in member.tones:
        return Role.RECALL  # what begins with it reminds of something, or recalls a product
    if first is not None and Tone.APOLOGY in member.tones:
        return Role.APOLOGY
    if twin:
        return Role.HIDDEN_TWIN
    if first is None:
        return Role.CORRECTION if Tone.CORRECTION in member.tones else Role.ORIGINAL
    return _later_role(member, seen, first)


def _later_role(member: Member, seen: set[int], first: Member) -> Role:
    if member.reply:
        return Role.RE_EXPOSURE
    listed = member.hidden if len(member.hidden) > len(member.shown) else member.shown
    again = sum(person in seen for person in listed)
    if 2 * again < len(listed):
        return Role.BATCH
    corrects = Tone.CORRECTION in member.tones or _is_resend(member, first)
    return Role.CORRECTION if corrects else Role.RE_EXPOSURE


def _is_resend(member: Member, first: Member) -> bool:
    if member.when is None or first.when is None or member.subject != first.subject:
        return False
    return member.when - first.when <= _MAILING


def timeline_of(
    members: Sequence[Member], roles: Sequence[Role], exposures: Iterable[Exposure], evidence: Evidence
) -> tuple[Event, ...]:
    """Everything that happened, oldest first: our messages with their roles, and what came back."""
    events = [
        Event(
            exposure.envelope.date,
            role,
            member.message,
            exposure.envelope.locator,
            member.writers[0] if member.writers else None,
            exposure.envelope.subject,
            len(exposure.affected),
        )
        for member, role, exposure in zip(members, roles, exposures, strict=True)
    ]
    events += _returned(members, evidence)
    return tuple(sorted(events, key=lambda event: (event.when is None, event.when or _BEGINNING, event.message)))


def _returned(members: Sequence[Member], evidence: Evidence) -> Iterator[Event]:
    told = {member.message for member in members}
    for member in members:
        for one in evidence.answers_to(member):
            if one.identity not in told:
                told.add(one.identity)
                yield Event(
                    one.date, _role_of(one, member, evidence), one.identity, one.locator, one.author, one.subject
                )


def _role_of(one: Received, member: Member, evidence: Evidence) -> Role:
    """A report by somebody on the list is a receipt (RFC 8098 §2.1), and so an answer; bounces are by mail servers."""
    bounced = Mark.REPORT in one.marks and (one.undelivered or not evidence.is_by_the_list(one, member))
    return Role.BOUNCE if bounced else Role.REPLY
