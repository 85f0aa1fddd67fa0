"""What of a case may be purged: old enough, and nothing that an open incident rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, cast

from scanner.decision import Question
from scanner.detector.internal import Border
from scanner.incident import Class, Incident, Registry
from scanner.received import Received
from scanner.review import review
from scanner.unattended import Retention

if TYPE_CHECKING:
    from scanner.store.records import Kept
    from scanner.store.store import Store


@dataclass(frozen=True, slots=True)
class Purgeable:
    """What may go, by identity, and what stays although it might seem old enough.

    `cleared` are messages that belong to no incident, `closed` those of the closed `incidents`, `evidence` received
    messages, and `answers` the ids of incidents and people whose decisions go with them. `undated` counts messages
    without a date, whose age nobody knows. `needed` counts what stays because an open
    incident would be told differently without it.
    """

    cleared: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    incidents: frozenset[str] = frozenset()
    evidence: frozenset[str] = frozenset()
    answers: frozenset[str] = frozenset()
    undated: int = 0
    needed: int = 0

    @property
    def messages(self) -> frozenset[str]:
        """Every message of ours that may go."""
        return self.cleared | self.closed


def purgeable(store: Store, retention: Retention, closed: Mapping[str, date], today: date) -> Purgeable:
    """What may go from a case by the end of a day. `closed` are ids of incidents with the day they were closed.

    Whole incidents go, or nothing of them. One that is closed goes if no message of it was sent after that day. What
    somebody allowed for a time is open again one day, so it stays. The rest of the case is then judged without what
    goes: if an open incident were told differently, evidence stays first, then what was cleared, then everything.
    """
    found = _old_enough(store, retention, closed, today)
    before = _told(store, found.messages)
    needed = 0
    for less in (
        found,
        replace(found, evidence=frozenset()),
        replace(found, evidence=frozenset(), cleared=frozenset()),
    ):
        needed = len(found.messages | found.evidence) - len(less.messages | less.evidence)
        rest = cast("Store", _Without(store, less))
        if not (less.messages or less.evidence) or _told(rest, found.messages) == before:
            return replace(less, needed=needed, answers=_answers(store, rest, less))
    return Purgeable(undated=found.undated, needed=len(found.messages | found.evidence))


def closed_incidents(store: Store) -> Mapping[str, date]:
    """The incidents that people closed or called a false alarm, by id, each with the day on which that was read."""
    ledger = store.ledger()
    decisions = ledger.decisions(store.incident_ids().aliases)
    disputed = {conflict.subject for conflict in decisions.conflicts if conflict.question is Question.STATUS}
    disputed |= {refusal.subject for refusal in decisions.refusals if refusal.question is Question.STATUS}
    days: dict[str, date] = {}
    for subject in decisions.answers:
        said = ledger.standing(subject, Question.STATUS)
        if said is not None and decisions.status(subject).settled and subject not in disputed:
            days[subject] = said.read.date()
    return days


def _old_enough(store: Store, retention: Retention, closed: Mapping[str, date], today: date) -> Purgeable:
    cut = None if retention.cleared is None else today - timedelta(days=retention.cleared)
    late = None if retention.closed is None else today - timedelta(days=retention.closed)
    case = review(store)
    gone: set[str] = set()
    undated = 0
    for incident in case.cleared():
        if cut is None or incident.klass is Class.ALLOWED:
            continue
        messages = _messages(incident)
        newest = _newest(incident)
        if newest is None:
            undated += len(messages)
        elif newest < cut:
            gone |= messages
    settled: set[str] = set()
    incidents: set[str] = set()
    for incident in (*case.incidents(), *case.cleared()) if late is not None and closed else ():
        days = [closed[name] for name in (incident.id, *incident.aliases) if name in closed]
        newest = _newest(incident)
        if days and late is not None and max(days) < late and (newest is None or newest <= max(days)):
            settled |= _messages(incident)
            incidents |= {incident.id, *incident.aliases}
    found = Purgeable(frozenset(gone - settled), frozenset(settled), frozenset(incidents), undated=undated)
    if cut is None:
        return found
    return replace(found, evidence=frozenset(_unneeded(store, Border(case.policy), found.messages, cut)))


def _messages(incident: Incident) -> set[str]:
    return {*incident.holds, *(exposure.message for exposure in incident.exposures)}


def _newest(incident: Incident) -> date | None:
    """The day of its latest message; None where one has no date, since nobody knows how old that is."""
    dates = [exposure.envelope.date for exposure in incident.exposures]
    known = [_day(moment) for moment in dates if moment is not None]
    return max(known) if known and len(known) == len(dates) else None


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


@dataclass
class _Ties:
    """By what received mail may bear on the messages that stay: their outsiders, and ids."""

    people: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)

    def add(self, kept: Kept) -> None:
        for copy in kept.copies:
            self.people |= {entry.address.canonical for entry in copy.recipients if entry.address}
            self.people |= {one.canonical for one in (copy.author, copy.sender) if one}
            self.ids |= {*copy.in_reply_to, *copy.references, *([copy.message_id] if copy.message_id else [])}

    def hold(self, one: Received, border: Border) -> bool:
        """Whether it may prove something about them: it shares an outsider, or one names the other."""
        outsiders = {*one.people, *one.undelivered, *([one.author] if one.author else [])}
        if any(address in self.people and not border.holds(address) for address in outsiders):
            return True
        return not self.ids.isdisjoint({*one.answers, *([one.message_id] if one.message_id else [])})


def _unneeded(store: Store, border: Border, gone: frozenset[str], cut: date) -> Iterator[str]:
    ties = _Ties()
    for kept in store.candidates():
        if kept.identity not in gone:
            ties.add(kept)
    for one in store.received():
        if one.date is not None and _day(one.date) < cut and not ties.hold(one, border):
            yield one.identity


def _told(store: Store, gone: frozenset[str]) -> dict[str, bytes]:
    """A digest of everything that is told of each open incident: those of which no message may go."""
    case = review(store)
    found: dict[str, bytes] = {}
    for incidents in (case.incidents(), case.cleared()):
        for incident in incidents:
            if _messages(incident).isdisjoint(gone) and incident.klass in _OPEN:
                found[incident.id] = blake2b(repr(incident).encode("utf-8", "surrogatepass")).digest()
    return found


def _answers(store: Store, rest: Store, gone: Purgeable) -> frozenset[str]:
    """Of whom decisions go: of the incidents that go, and of people who are affected by none that stays."""
    people = {one for one in store.ledger().subjects if one.startswith("P-")}  # what was taken back, or refused, too
    if people and gone.incidents:
        case = review(rest)
        for incidents in (case.incidents(), case.cleared()):
            for incident in incidents:
                people -= {case.person_id(person.key) for person in incident.affected}
        return gone.incidents | people
    return gone.incidents


_OPEN = frozenset({Class.PROBABLE, Class.ALLOWED})


class _Without:
    """A store as it would be without what may go. It can only be asked; what it does not know, the store says."""

    def __init__(self, store: Store, gone: Purgeable) -> None:
        self._store = store
        self._gone = gone

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def candidates(self) -> Iterator[Kept]:
        """Those that stay."""
        return (kept for kept in self._store.candidates() if kept.identity not in self._gone.messages)

    def of(self, identities: Iterable[str]) -> Iterator[Kept]:
        """Those of them that stay."""
        return self._store.of(set(identities) - self._gone.messages)

    def received(self) -> Iterator[Received]:
        """Those that stay."""
        return (one for one in self._store.received() if one.identity not in self._gone.evidence)

    def incident_ids(self) -> Registry:
        """All of them: an id stays given."""
        return self._store.incident_ids()
