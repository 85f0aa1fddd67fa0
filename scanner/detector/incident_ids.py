"""Which id an incident has: once given it stays, whatever joins the incident later."""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from scanner.detector.member import Member
from scanner.incident import Registry


@dataclass(frozen=True, slots=True)
class Named:
    """The id of an incident, and those that its messages had before they came together."""

    id: str
    aliases: tuple[str, ...] = ()


def named(groups: Iterable[Sequence[Member]], registry: Registry) -> list[Named]:
    """The ids of groups of members, in their order.

    An incident inherits the oldest id that any of its messages, or of the quotations of them, ever had; the others
    become aliases. Where one incident became two, the first group keeps the id.
    """
    age = {given: place for place, given in enumerate(dict.fromkeys(registry.ids.values()))}
    older: defaultdict[str, list[str]] = defaultdict(list)
    for old, now in registry.aliases.items():
        older[now].append(old)
    given: set[str] = set()
    taken = {*age, *registry.aliases}
    names = []
    for members in groups:
        had = [registry.ids[member.message] for member in members if member.message in registry.ids]
        free = sorted({one for one in had if one not in given}, key=age.__getitem__)
        name, joined = (free[0], free[1:]) if free else (_new(_named_by(members), taken), [])
        aliases = {*joined, *(old for one in (name, *joined) for old in older[one])}
        given |= {name, *joined}
        taken.add(name)
        names.append(Named(name, tuple(sorted(aliases))))
    return names


def _named_by(members: Sequence[Member]) -> Member:
    """The earliest message; a quotation, whose date may be in another zone, only where nothing else was found."""
    return next((member for member in members if not member.quoted), members[0])


def _new(first: Member, taken: Collection[str]) -> str:
    """An id made from what every source tells of the earliest message: its author, minute and subject.

    Neither its place nor its audience is part of it: sources differ in how much of a damaged list they show.
    """
    if first.when is None:
        name = _digest("message", first.message)
    else:
        minute = datetime.fromtimestamp(first.when, UTC).strftime("%Y-%m-%dT%H:%M")
        name = _digest("incident", first.writers[0] if first.writers else "", minute, first.subject)
    if name not in taken:
        return name
    siblings = (_digest("sibling", name, first.message, str(number)) for number in count())
    return next(one for one in siblings if one not in taken)


def _digest(*parts: str) -> str:
    digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).digest()
    return "I-" + base64.b32encode(digest)[:10].decode("ascii")
