"""A group of messages as the figures that its class and its points are decided by."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence

from scanner.detector.evidence_index import Evidence
from scanner.detector.member import Member, overlap, together
from scanner.detector.people import People
from scanner.detector.traits import Traits
from scanner.incident import Role

_SERIES = 14 * 86_400.0  # seconds from the first to the last message of a series
_SAME = 0.8  # of the people of two lists together, from which they are the same list


def traits_of(
    members: Sequence[Member], roles: Sequence[Role], people: People, evidence: Evidence, own: Mapping[str, Member]
) -> Traits:
    """The traits of a group; `roles` are those of its members, in the same order."""
    shown = sorted({person for member in members for person in member.shown})
    counted = {person for member in members for person in member.counted}
    hidden = {person for member in members for person in member.hidden}
    companies = Counter(people.party[person] for person in shown if not people.free_mail[person])
    consumers = sum(people.free_mail[person] for person in counted)
    parties = len({people.party[person] for person in counted if not people.free_mail[person]}) + consumers
    dates = [member.when for member in members if member.when is not None]
    known = evidence.known(array("I", shown), min(dates, default=None))
    traces = [evidence.trace(member, own) for member in members]
    return Traits(
        people=len(counted),
        outsiders=len(shown),
        roles=sum(people.role[person] for person in shown),
        parties=parties,
        largest=max(companies.values(), default=0) / len(shown) if shown else 0.0,
        consumers=consumers,
        insiders=max((member.insiders for member in members), default=0),
        messages=len(members),
        mailboxes=len({_without_tag(people.keys[person]) for person in counted}),
        same_list=_same_list(members),
        replies=sum(member.reply for member in members),
        forwards=sum(member.forward for member in members),
        added=max((trace.added for trace in traces), default=0),
        untraced=sum(not trace.found for trace in traces),
        cover=known.cover,
        known_pairs=known.pairs,
        hidden=len(hidden),
        tones=together(member.tones for member in members),
        contexts=tuple(sorted({context for member in members for context in member.contexts})),
        recalled=Role.RECALL in roles,
        apologised=Role.APOLOGY in roles,
        corrected=Role.CORRECTION in roles,
        batches=roles.count(Role.BATCH),
        hidden_twin=Role.HIDDEN_TWIN in roles,
        ours=any(member.ours for member in members),
    )


def _same_list(members: Sequence[Member]) -> int:
    """The longest run of messages that all went to nearly the same people, over two weeks and more.

    What was sent at one go, or to a list that grows, is no series.
    """
    longest = 1
    begin = 0
    for index, member in enumerate(members):
        first = members[begin]
        if not _is_same(member.shown, first.shown):
            begin = index
        elif member.when is not None and first.when is not None and member.when - first.when >= _SERIES:
            longest = max(longest, index - begin + 1)
    return longest


def _without_tag(address: str) -> str:
    """The address without a tag behind a plus sign (RFC 5233), with which one person makes many."""
    local_part, _, domain = address.rpartition("@")
    return f"{local_part.partition('+')[0]}@{domain}"


def _is_same(one: array[int], other: array[int]) -> bool:
    shared = overlap(one, other)
    return shared > 0 and shared >= _SAME * (len(one) + len(other) - shared)
