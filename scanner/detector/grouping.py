"""Judged messages to incidents: grouped, classed, explained, and put in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from scanner.detector.allowlist import allowance
from scanner.detector.assembly import Judged, Setting, incident_of
from scanner.detector.classes import classify
from scanner.detector.copies import of_one_message
from scanner.detector.evidence_index import Evidence
from scanner.detector.incident_ids import Named, named
from scanner.detector.internal import Border
from scanner.detector.joining import joined
from scanner.detector.member import Member, member_of
from scanner.detector.member_roles import roles_of
from scanner.detector.parties import Parties
from scanner.detector.people import People
from scanner.detector.points import points_of
from scanner.detector.portrait import traits_of
from scanner.detector.quotations import Quotation, without_quotations
from scanner.detector.rule_packs import rule_pack_of
from scanner.detector.traits import Traits
from scanner.exposure import Exposure
from scanner.incident import Class, Incident, Registry, Role
from scanner.policy import Policy
from scanner.received import Received

_CLASSES = {one: rank for rank, one in enumerate(Class)}


@dataclass(frozen=True, slots=True)
class Plan:
    """One incident before its people are looked up again: what decides whether, and where, it is shown.

    `members` are its messages, the earliest first; `quotations` only repeat one of them, which has their people too.
    """

    name: Named
    members: tuple[Member, ...]
    roles: tuple[Role, ...]
    quotations: tuple[Quotation, ...]
    traits: Traits
    klass: Class
    score: int

    @property
    def messages(self) -> tuple[str, ...]:
        """The identities of the messages, quotations last."""
        return (*(member.message for member in self.members), *(one.message for one in self.quotations))


class Grouping:
    """Candidates of one case, added one by one in any order, and then grouped.

    Of each only what must be compared stays in memory: some 500 octets and eight for each person on it. `today` is the
    day on which the entries of the allowlist and the rule packs are looked at; by default all that ends has ended.
    """

    def __init__(self, policy: Policy, received: Iterable[Received] = (), *, today: date = date.max) -> None:
        self._policy = policy
        self._today = today
        self._rules = rule_pack_of(policy.rule_pack, today)
        self._people = People(Parties(policy))
        self._members: list[Member] = []
        self._evidence = Evidence(received, self._people, Border(policy).holds)

    def add(self, copies: Sequence[Exposure], *, ours: bool = True) -> None:
        """Add one message, given as the exposures of its copies."""
        self._members.append(member_of(of_one_message(copies), self._people, self._policy, ours=ours))

    def plans(self, registry: Registry | None = None) -> list[Plan]:
        """All incidents: probable exposures first, within a class by points, then people, then oldest, then by id."""
        groups = [[self._members[index] for index in group] for group in joined(self._members)]
        names = named(groups, registry or Registry())
        own: dict[str, Member] = {}
        for member in chain.from_iterable(groups):
            if member.message_id:
                own.setdefault(member.message_id, member)
        self._evidence.discount(self._members)
        plans = []
        for group, name in zip(groups, names, strict=True):
            members, quotations = without_quotations(group)
            roles = roles_of(members)
            traits = traits_of(members, roles, self._people, self._evidence, own)
            klass, _ = self._verdict(members, name, traits)
            score = sum(point.value for point in points_of(traits))
            plans.append(Plan(name, tuple(members), roles, quotations, traits, klass, score))
        return sorted(plans, key=_rank)

    def incident(self, plan: Plan, judged: Sequence[Judged]) -> Incident:
        """The incident of a plan, from the judged messages that it names, in their order."""
        _, reasons = self._verdict(plan.members, plan.name, plan.traits)
        return incident_of(plan, reasons, judged, Setting(self._people, self._evidence, self._rules))

    def _verdict(self, members: Sequence[Member], name: Named, traits: Traits) -> tuple[Class, tuple[str, ...]]:
        klass, reasons = classify(traits, self._policy.gate)
        if klass is Class.PROBABLE and self._policy.allowed:
            return self._allowed(members, name, reasons)
        return klass, reasons

    def _allowed(
        self, members: Sequence[Member], name: Named, reasons: tuple[str, ...]
    ) -> tuple[Class, tuple[str, ...]]:
        keys = self._people.keys  # of somebody shown by name only nobody knows the domain: it is ""
        domains = {
            keys[person].rpartition("@")[2] if "@" in keys[person] else ""
            for member in members
            for person in chain(member.shown, member.counted)
        }
        entry, expired = allowance(
            self._policy.allowed,
            ids={name.id, *name.aliases},
            authors={writer for member in members for writer in member.writers},
            subjects=[member.written for member in members],
            domains=domains,
            today=self._today,
        )
        if entry is None:
            return Class.PROBABLE, (*reasons, *expired)
        why = f"Allowed until {entry.expires.isoformat()} by {entry.owner}: {entry.reason}"
        return Class.ALLOWED, (why, *reasons)


def _rank(plan: Plan) -> tuple[int, int, int, bool, float, str]:
    when = plan.members[0].when
    return _CLASSES[plan.klass], -plan.score, -plan.traits.people, when is None, when or 0.0, plan.name.id


def group(
    exposures: Iterable[Exposure], policy: Policy | None = None, received: Iterable[Received] = ()
) -> Iterator[Incident]:
    """The incidents of exposures that are at hand, of every class, in the order of `Grouping.plans`.

    Exposures with one `message` are copies of one message. The answer does not depend on the order of the exposures.
    """
    copies: dict[str, list[Exposure]] = {}
    for exposure in exposures:
        copies.setdefault(exposure.message, []).append(exposure)
    grouping = Grouping(policy or Policy(), received)
    for found in copies.values():
        grouping.add(found)
    judged = {message: Judged.of(found) for message, found in copies.items()}
    for plan in grouping.plans():
        yield grouping.incident(plan, [judged[message] for message in plan.messages])
