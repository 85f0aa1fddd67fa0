"""The messages of one incident to the record that reports are made from, with each person once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING

from scanner.address import Address
from scanner.detector.copies import named_once, of_one_message, united, united_viewers
from scanner.detector.evidence_index import Evidence
from scanner.detector.member_roles import timeline_of
from scanner.detector.people import People
from scanner.detector.points import points_of
from scanner.detector.roles import is_list
from scanner.detector.severity import severity_of
from scanner.detector.sightings import seen_over_all
from scanner.envelope import Locator
from scanner.exposure import Affected, Exposure, Viewer
from scanner.incident import Incident, Role
from scanner.rule_pack import RulePack

if TYPE_CHECKING:
    from scanner.detector.grouping import Plan

_Places = Sequence[tuple[Locator, str]]


@dataclass(frozen=True, slots=True)
class Judged:
    """One message, its copies united, and every place where a copy lies, each with the digest of that copy."""

    exposure: Exposure
    places: tuple[tuple[Locator, str], ...]

    @classmethod
    def of(cls, copies: Sequence[Exposure], places: _Places = ()) -> Judged:
        """The message of these copies; `places` are those that are known besides."""
        found = {copy.envelope.locator: copy.envelope.digest for copy in copies} | dict(places)
        order = sorted(found, key=attrgetter("account", "folder", "key"))
        return cls(of_one_message(copies), tuple((place, found[place]) for place in order))


@dataclass(frozen=True, slots=True)
class Setting:
    """What the incidents of one case have in common."""

    people: People
    evidence: Evidence
    rules: RulePack


def incident_of(plan: Plan, reasons: Sequence[str], judged: Sequence[Judged], setting: Setting) -> Incident:
    """The incident of a plan; `reasons` are those of its class, `judged` what it names, messages before quotations."""
    evidence = setting.evidence
    exposures = _messages(plan, judged)
    affected = _known(seen_over_all(_over_time(exposures), exposures, setting.people), plan, setting)
    viewers = united_viewers(exposure.viewers for exposure in exposures)
    places = {place: (digest, one.exposure.message) for one in reversed(judged) for place, digest in one.places}
    order = sorted(places, key=attrgetter("account", "folder", "key"))
    returned = [one for member in plan.members for one in evidence.answers_to(member)]
    disclosed = {row.address for row in affected}
    lists = any(_is_list(viewer) for viewer in viewers)
    return Incident(
        id=plan.name.id,
        exposures=exposures,
        locations=tuple(order),
        affected=affected,
        viewers=viewers,
        reasons=(*reasons, *_course(plan), *_told(exposures), *_copies(judged[: len(exposures)])),
        digests=tuple(places[place][0] for place in order),
        holds=tuple(places[place][1] for place in order),
        klass=plan.klass,
        roles=plan.roles,
        timeline=timeline_of(plan.members, plan.roles, exposures, evidence),
        points=points_of(plan.traits),
        severity=severity_of(affected, plan.traits.contexts, len(viewers), lists, setting.rules),
        contexts=plan.traits.contexts,
        aliases=plan.name.aliases,
        undelivered=tuple(sorted({address for one in returned for address in one.undelivered} & disclosed)),
    )


def _messages(plan: Plan, judged: Sequence[Judged]) -> tuple[Exposure, ...]:
    """The exposures of the messages, each with the people whom quotations of it show."""
    copies = [[one.exposure] for one in judged[: len(plan.members)]]
    for quotation, one in zip(plan.quotations, judged[len(plan.members) :], strict=True):
        copies[quotation.of].append(one.exposure)
    return tuple(of_one_message(each, best=each[0]) for each in copies)


def _is_list(viewer: Viewer) -> bool:
    return is_list(Address.of(viewer.address))


def _course(plan: Plan) -> Iterator[str]:
    """What the messages of the incident are to one another."""
    if len(plan.members) > 1:
        count = Counter(plan.roles)
        named = [f"{role} ({count[role]:,})" for role in Role if count[role]]
        yield f"The incident has {len(plan.members):,} messages: {', '.join(named)}."
    if plan.quotations or any(member.quoted for member in plan.members):
        only = all(member.quoted for member in plan.members)
        yield (
            "No sent copy was found: the list was read out of a quotation in mail that came in."
            if only
            else "Mail that came in quotes the list."
        )


def _told(exposures: Sequence[Exposure]) -> Iterator[str]:
    """What is to be said of the one message, or of the first of several that showed somebody.

    Its last sentence is left out: it holds against a message the gate that its incident was not judged by.
    """
    if len(exposures) == 1:
        yield from exposures[0].reasons[:-1]
        return
    showing = next((exposure for exposure in exposures if exposure.affected), exposures[0])
    yield from (f"The first message that showed people: {reason}" for reason in showing.reasons[:-1])


def _copies(messages: Sequence[Judged]) -> Iterator[str]:
    places = {place for one in messages for place, _ in one.places}
    if len(places) > len(messages):
        of = "the message" if len(messages) == 1 else "the messages"
        yield f"Copies of {of} lie in {len(places):,} places."


def _over_time(exposures: Sequence[Exposure]) -> tuple[Affected, ...]:
    """Everybody affected, once, with when and how often their address was shown."""
    rows: dict[str, Affected] = {}
    for exposure in exposures:
        when = exposure.envelope.date
        for row in exposure.affected:
            shown = replace(row, first=when, last=when)
            known = rows.get(row.key)
            rows[row.key] = shown if known is None else _once_more(known, shown)
    return named_once(rows, _once_more)


def _once_more(known: Affected, row: Affected) -> Affected:
    moments = [moment for moment in (known.first, known.last, row.first, row.last) if moment is not None]
    return replace(
        united(known, row),
        first=min(moments, default=None),
        last=max(moments, default=None),
        times=known.times + row.times,
    )


def _known(rows: tuple[Affected, ...], plan: Plan, setting: Setting) -> tuple[Affected, ...]:
    """The rows with the number of those who had seen each of them before, in mail that others wrote."""
    numbers = [setting.people.of(row) for row in rows]
    dates = [member.when for member in plan.members if member.when is not None]
    known_to = setting.evidence.known(numbers, min(dates, default=None)).known_to
    return tuple(replace(row, known_to=known) if known else row for row, known in zip(rows, known_to, strict=True))
