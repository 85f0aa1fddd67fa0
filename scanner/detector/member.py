"""One candidate in a form of which a hundred thousand fit in memory, and can be compared quickly."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from sys import intern

from scanner.detector.contexts import contexts_of
from scanner.detector.people import People
from scanner.detector.subjects import subject_key, tones_of
from scanner.detector.traits import Tone
from scanner.envelope import Mark, oldest_first
from scanner.exposure import Exposure, Standing
from scanner.policy import Policy

_REPLY, _FORWARD, _QUOTED = Mark.REPLY, Mark.FORWARD, Mark.QUOTED
_MUCH_LONGER = 32  # times, from which on looking up each number is cheaper than reading the whole list


@dataclass(slots=True)
class Member:
    """What grouping and classing need of one message, its copies united.

    `subject` is the key of the subject, `written` the subject itself where an allowlist asks for it. `when` is in
    seconds since 1970 (UTC), None without a date. `writers` are the author and the sender, canonical. `shown` are the
    outsiders whom the visible fields show, role accounts included, `counted` the affected people whom the gate counts,
    `hidden` the outsiders in Bcc: numbers of `People`, ascending. `answers` are message ids, `insiders` visible
    colleagues.
    """

    message: str
    when: float | None
    writers: tuple[str, ...]
    written: str
    subject: str
    shown: array[int]
    counted: array[int]
    hidden: array[int]
    insiders: int
    message_id: str | None
    answers: tuple[str, ...]
    tones: frozenset[Tone]
    contexts: tuple[str, ...]
    reply: bool
    forward: bool
    quoted: bool
    ours: bool


def member_of(exposure: Exposure, people: People, policy: Policy, *, ours: bool = True) -> Member:
    """The member that a judged message is; `exposure` has the people of all its copies."""
    envelope = exposure.envelope
    outside = [viewer for viewer in exposure.viewers if viewer.standing is Standing.OUTSIDER]
    rows = [(people.of(row), row) for row in exposure.affected]
    shown = {number for number, row in rows if row.address is not None}
    shown.update(people.of_address(viewer.address) for viewer in outside if viewer.field.visible)
    names = exposure.counted > sum(row.address is not None and not row.role for row in exposure.affected)
    counted = {number for number, row in rows if not row.role and (row.address is not None or names)}
    insiders = sum(viewer.standing is Standing.INTERNAL and viewer.field.visible for viewer in exposure.viewers)
    marks = envelope.marks
    listed = _numbers(shown)
    return Member(
        message=exposure.message,
        when=envelope.date.timestamp() if envelope.date else None,
        writers=tuple(intern(one.canonical) for one in (envelope.author, envelope.sender) if one is not None),
        written=envelope.subject if policy.allowed else "",
        subject=intern(subject_key(envelope.subject)),
        shown=listed,
        counted=listed if counted == shown else _numbers(counted),
        hidden=_numbers({people.of_address(viewer.address) for viewer in outside if not viewer.field.visible} - shown),
        insiders=insiders,
        message_id=envelope.message_id,
        answers=oldest_first(envelope.in_reply_to, envelope.references),
        tones=together((tones_of(envelope.subject),)),
        contexts=contexts_of(envelope.subject, policy.sensitive_words),
        reply=_REPLY in marks,
        forward=_FORWARD in marks,
        quoted=_QUOTED in marks,
        ours=ours,
    )


def together(tones: Iterable[frozenset[Tone]]) -> frozenset[Tone]:
    """All of these tones. Each combination of them is one object: there are few, and many messages."""
    every = frozenset[Tone]().union(*tones)
    return _TONES.setdefault(every, every)


_TONES: dict[frozenset[Tone], frozenset[Tone]] = {}


def overlap(one: Sequence[int], other: Sequence[int]) -> int:
    """How many numbers two ascending lists share. Costs little more than the shorter, however long the other."""
    few, many = (one, other) if len(one) <= len(other) else (other, one)
    if len(many) < _MUCH_LONGER * len(few):
        return len(set(few).intersection(many))
    shared = place = 0
    for number in few:
        place = bisect_left(many, number, place)
        shared += place < len(many) and many[place] == number
    return shared


def _numbers(people: set[int]) -> array[int]:
    return array("I", sorted(people))
