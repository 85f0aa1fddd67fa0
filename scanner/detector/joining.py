"""Which messages belong to one incident: one cause and one audience, over batches, resends, colleagues and apologies.

Every message is compared with a bounded number of earlier ones, found through their subject and the people they share,
so that the work grows with the number of people listed and not with its square.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from math import inf
from typing import TypeVar

from scanner.detector.member import Member, overlap
from scanner.detector.traits import Tone

_Key = TypeVar("_Key")

_DAY = 86_400.0
_SUBJECT_WINDOW = 3 * _DAY
"""Within which one sender's messages of one subject are one mailing, whatever their lists."""
_LIST_WINDOW = 200 * _DAY
"""Within which messages to nearly the same people belong together."""
_AFTERWARDS = 30 * _DAY
"""Within which an apology or recall answers for what it names no more closely than by its audience."""
_AT_ONCE = 3_600.0
"""Within which even a subject that says nothing tells of one mailing to different lists."""
_FEW_WORDS = 2
_REMEMBERED = 16  # latest messages remembered for one person, and for one subject of one sender
_LEAST_PART = 0.25  # a list much smaller than the one that holds it is a talk with a few of many, not a resend


def joined(members: Sequence[Member]) -> list[list[int]]:
    """The members, by index, in groups; members and groups from the earliest on, those without a date last."""
    order = sorted(range(len(members)), key=lambda index: _age(members[index]))
    sets = _Sets(len(members))
    memory = _Memory(members)
    amends: dict[int, float] = {}  # when somebody last apologised within a group, by its root
    for index in order:
        member = members[index]
        for other in memory.related(index):
            if not _comes_anew(member, members[other], amends.get(sets.root(other))):
                made = max(amends.pop(sets.root(one), -inf) for one in (index, other))
                sets.join(index, other)
                if made > -inf:
                    amends[sets.root(index)] = made
        if Tone.APOLOGY in member.tones and member.when is not None:
            amends[sets.root(index)] = member.when
        memory.add(index)
    groups: dict[int, list[int]] = {}
    for index in order:
        groups.setdefault(sets.root(index), []).append(index)
    return list(groups.values())


def _comes_anew(later: Member, earlier: Member, amends: float | None) -> bool:
    """Whether a message opens a new incident, although it resembles one: that one was over when people apologised."""
    if amends is None or later.when is None or later.subject == earlier.subject:
        return False
    return later.when - amends > _AFTERWARDS


def _age(member: Member) -> tuple[bool, float, str]:
    return member.when is None, member.when or 0.0, member.message


class _Sets:
    """Disjoint sets of indexes."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def root(self, index: int) -> int:
        parent = self._parent
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self.root(one), self.root(other)))
        self._parent[second] = first


class _Memory:
    """The latest messages of each person, of each subject of a sender, and by Message-ID."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._members = members
        self._lists = [_everybody(member) for member in members]
        self._of_person: dict[int, array[int]] = {}
        self._of_subject: dict[tuple[str, str], array[int]] = {}
        self._of_message_id: dict[str, int] = {}

    def add(self, index: int) -> None:
        member = self._members[index]
        for person in chain(member.shown, member.hidden):
            _remember(self._of_person, person, index)
        if member.subject:
            for writer in member.writers:
                _remember(self._of_subject, (writer, member.subject), index)
        if member.message_id:
            self._of_message_id[member.message_id] = index

    def related(self, index: int) -> Iterator[int]:
        """Earlier messages of the same incident."""
        member = self._members[index]
        near: dict[int, None] = {}
        for writer in member.writers:
            near.update(dict.fromkeys(self._of_subject.get((writer, member.subject), ())))
        answered = (self._of_message_id.get(name) for name in member.answers)
        near.update(dict.fromkeys(found for found in answered if found is not None))
        shared: Counter[int] = Counter()
        for person in chain(member.shown, member.hidden):
            shared.update(self._of_person.get(person, ()))
        size = len(self._lists[index])
        for other, count in shared.items():
            if 2 * count >= size or 2 * count >= len(self._lists[other]):
                near[other] = None
        return (other for other in near if _belong(member, self._members[other]))


def _remember(memory: dict[_Key, array[int]], key: _Key, index: int) -> None:
    latest = memory.get(key)
    if latest is None:
        memory[key] = array("I", (index,))  # a deque would take nine times the room
    else:
        latest.append(index)
        if len(latest) > _REMEMBERED:
            del latest[0]


def _belong(later: Member, earlier: Member) -> bool:
    """Whether two messages have one cause and one audience; what somebody else wrote is no incident of ours."""
    if later.ours != earlier.ours:
        return False
    apart = _apart(later, earlier)
    same_writer = not set(later.writers).isdisjoint(earlier.writers)
    if same_writer and _same_mailing(later, earlier, apart):
        return True
    return apart <= _LIST_WINDOW and _same_audience(later, earlier, apart, same_writer=same_writer)


def _same_mailing(later: Member, earlier: Member, apart: float) -> bool:
    """Whether a subject that one sender used twice tells of one mailing; two threads may have one subject by chance."""
    if not later.subject or later.subject != earlier.subject:
        return False
    mine, theirs = _everybody(later), _everybody(earlier)
    answering = later.reply or earlier.reply
    if apart > _SUBJECT_WINDOW:  # the same mailing once more, to a list that grew
        few = min(len(mine), len(theirs))
        return not answering and apart <= _AFTERWARDS and 2 * overlap(mine, theirs) >= max(few, 1)
    if overlap(mine, theirs):
        return True
    return not answering and (apart <= _AT_ONCE or _names_a_mailing(later))


def _names_a_mailing(member: Member) -> bool:
    """Whether a subject says that two lists without a common name had one cause; "Update" does not."""
    if Tone.BULK in member.tones:
        return True
    return Tone.WORK not in member.tones and len(member.subject.split()) > _FEW_WORDS


def _same_audience(later: Member, earlier: Member, apart: float, *, same_writer: bool) -> bool:
    """Whether both went to nearly the same people; for an apology or recall half of the fewer are enough."""
    mine, theirs = _everybody(later), _everybody(earlier)
    shared = overlap(mine, theirs)
    if not shared:
        return False
    either = len(mine) + len(theirs) - shared
    if not same_writer:
        return shared >= 0.8 * either
    few, many = sorted((len(mine), len(theirs)))
    answers = bool(later.tones & {Tone.APOLOGY, Tone.RECALL}) and apart <= _AFTERWARDS
    return (
        shared >= 0.5 * either
        or (shared >= 0.8 * few and few >= _LEAST_PART * many)
        or (answers and shared >= 0.5 * few)
    )


def _apart(later: Member, earlier: Member) -> float:
    """Seconds between two messages; 0 where a date is missing, so that it keeps nothing apart."""
    if later.when is None or earlier.when is None:
        return 0.0
    return abs(later.when - earlier.when)


def _everybody(member: Member) -> Sequence[int]:
    """Those whom the message went to; of a mailing to hidden people those, since the few in To are its sender's own."""
    return member.hidden if len(member.hidden) > len(member.shown) else member.shown
