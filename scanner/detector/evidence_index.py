"""What others' mail proves about ours: who stood together before, what a reply answers, and what came back."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from math import inf, nan

from scanner.detector.history import History, Known
from scanner.detector.member import Member
from scanner.detector.people import People
from scanner.envelope import Mark
from scanner.received import Received

_DAY = 86_400.0
_ANSWERED_WITHIN = 60 * _DAY
"""Within which a message of the same subject, by somebody on the list, is an answer to it."""
_BOUNCED_WITHIN = 6 * _DAY  # mail servers give up after five
_LOOKED_AT = 512  # messages of one subject, or bounces of one address, the nearest, that one question looks at


@dataclass(frozen=True, slots=True)
class Trace:
    """What a reply adds. `added` are the outsiders who stand in no earlier message; `found` is whether there is one."""

    added: int
    found: bool


class Evidence:
    """All received messages of a case, by what they are asked for. `is_ours` tells an internal address."""

    def __init__(self, received: Iterable[Received], people: People, is_ours: Callable[[str], bool]) -> None:
        self._history: History | None = None
        self._shown_by_us: dict[str, set[int]] = {}
        self._by_outsiders: list[Received] = []
        self._people = people
        self._by_id: dict[str, Received] = {}
        self._by_subject: defaultdict[str, list[Received]] = defaultdict(list)
        self._answers: defaultdict[str, list[Received]] = defaultdict(list)
        self._bounces: defaultdict[str, list[Received]] = defaultdict(list)
        self._outsiders: dict[str, array[int]] = {}
        for full in received:
            outside = array("I", sorted({people.of_address(each) for each in full.people if not is_ours(each)}))
            one = replace(full, people=())  # numbers take a twentieth of the room
            self._outsiders[one.identity] = outside
            report = Mark.REPORT in one.marks
            by_outsider = one.author is not None and not is_ours(one.author)
            if by_outsider and not report and len(outside) > 1:
                self._by_outsiders.append(one)
            if one.message_id:
                self._by_id.setdefault(one.message_id, one)
            if one.subject and not report:
                self._by_subject[one.subject].append(one)
            for name in one.answers:
                self._answers[name].append(one)
            for address in one.undelivered if report else ():
                self._bounces[address].append(one)
        for found in (*self._by_subject.values(), *self._bounces.values()):
            found.sort(key=_moment)

    def discount(self, members: Iterable[Member]) -> None:
        """Let answers to lists that we began prove nothing about the people whom we had shown on them."""
        self._shown_by_us = {}
        self._history = None
        for member in members:
            if not member.reply and len(member.shown) > 1:
                shown = set(member.shown)
                for one in self.answers_to(member):
                    known = shown.intersection(self._outsiders[one.identity])
                    if known:
                        self._shown_by_us.setdefault(one.identity, set()).update(known)

    def known(self, people: Sequence[int], before: float | None) -> Known:
        """What outsiders' mail before a moment (in seconds since 1970) showed of these people to one another."""
        if self._history is None:
            self._history = History()
            for one in self._by_outsiders:
                outside, ours = self._outsiders[one.identity], self._shown_by_us.get(one.identity)
                self._history.add(one.date, outside if ours is None else [each for each in outside if each not in ours])
        return self._history.known(people, None if before is None else datetime.fromtimestamp(before, UTC))

    def trace(self, member: Member, own: Mapping[str, Member]) -> Trace:
        """Whose list a message went to; `own` are the candidates by Message-ID.

        A message that is no reply began its own list. The list of a reply is that of the messages it names, else, where
        it names none, that of earlier messages of the same subject by people on the list. What it names and nobody has
        is not replaced by a guess: then nothing is found.
        """
        if not member.reply:
            return Trace(len(member.shown), found=True)
        base: set[int] = set()
        found = False
        for name in member.answers:
            if name in self._by_id:
                base.update(self._outsiders[self._by_id[name].identity])
                found = True
            if name in own and own[name].message != member.message:
                base.update(own[name].shown)
                found = True
        if not member.answers:
            for earlier in self._before(member):
                base.update(self._outsiders[earlier.identity])
                found = True
        if not found:
            return Trace(0, found=False)
        base |= self.known(member.shown, member.when).covered
        return Trace(sum(person not in base for person in member.shown), found=True)

    def answers_to(self, member: Member) -> Iterator[Received]:
        """What came back: answers and bounces that name the message, its subject, or people on its list; each once."""
        seen: set[str] = set()
        named = self._answers.get(member.message_id, ()) if member.message_id else ()
        for one in chain(named, self._after(member), self._bounced(member)):
            if one.identity not in seen:
                seen.add(one.identity)
                yield one

    def _before(self, member: Member) -> Iterator[Received]:
        listed = set(member.shown)
        same = self._by_subject.get(member.subject, ())
        end = bisect_right(same, _known(member.when), key=_moment)
        for one in same[max(0, end - _LOOKED_AT) : end]:
            if self._is_by(one, listed) and 0 <= _later(member.when, one.date) <= _ANSWERED_WITHIN:
                yield one

    def _after(self, member: Member) -> Iterator[Received]:
        listed = {*member.shown, *member.hidden}
        same = self._by_subject.get(member.subject, ())
        begin = bisect_right(same, _known(member.when), key=_moment)
        for one in same[begin : begin + _LOOKED_AT]:
            if not one.answers and self._is_by(one, listed) and 0 < -_later(member.when, one.date) <= _ANSWERED_WITHIN:
                yield one

    def _bounced(self, member: Member) -> Iterator[Received]:
        """Bounces of somebody on the list, soon after, unless they name a message and bear another subject."""
        for person in chain(member.shown, member.hidden):
            same = self._bounces.get(self._people.keys[person], ())
            begin = bisect_left(same, _known(member.when), key=_moment)
            for one in same[begin : begin + _LOOKED_AT]:
                ours = not one.answers or (one.subject and one.subject == member.subject)
                if ours and 0 <= -_later(member.when, one.date) <= _BOUNCED_WITHIN:
                    yield one

    def is_by_the_list(self, one: Received, member: Member) -> bool:
        """Whether somebody to whom the message went wrote this."""
        return self._is_by(one, {*member.shown, *member.hidden})

    def _is_by(self, one: Received, listed: Collection[int]) -> bool:
        number = self._people.known(one.author) if one.author else None
        return number is not None and number in listed


def _known(when: float | None) -> float:
    return inf if when is None else when


def _moment(one: Received) -> float:
    """When it was sent; what is without a date comes last."""
    return inf if one.date is None else one.date.timestamp()


def _later(when: float | None, date: datetime | None) -> float:
    """Seconds by which the first moment is the later one; where one is unknown, not a number, which is in no range."""
    return nan if when is None or date is None else when - date.timestamp()
