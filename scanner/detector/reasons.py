"""The sentences that tell a lawyer what a message showed, to whom, and what is not known about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.address import Field, Form, Origin
from scanner.envelope import Envelope, Mark
from scanner.exposure import Affected, Identifiable, Standing, Viewer
from scanner.policy import Gate


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rule worked out about one message; `names` counts the people shown by a name only."""

    envelope: Envelope
    affected: tuple[Affected, ...]
    viewers: tuple[Viewer, ...]
    counted: int
    names: int
    names_counted: bool
    lists: int
    reaches_gate: bool
    gate: Gate
    undated: bool


_MARKS = (
    (Mark.REPLY, "The message is a reply, so somebody else may have begun its list of recipients."),
    (Mark.FORWARD, "The message forwards another one."),
    (Mark.RESENT, "The message was sent again to further people (Resent fields)."),
    (Mark.LIST, "The message carries the marks of a mailing list."),
    (Mark.AUTOMATIC, "The message says that a program sent it."),
    (Mark.CALENDAR, "The message is a meeting invitation or its update."),
    (Mark.ENCRYPTED, "The text is encrypted; the addresses are readable all the same."),
)
_MAY_BE_OURS = "Not counted, since it may be a list of colleagues."


def sentences(facts: Facts) -> tuple[str, ...]:
    """All that there is to say, the weightiest first. No sentence holds an address or a name."""
    return (*_audience(facts), *_doubts(facts), *_context(facts), _verdict(facts))


def _audience(facts: Facts) -> Iterator[str]:
    known = [row for row in facts.affected if row.address is not None]
    people = [row for row in known if not row.role]
    if not known:
        yield "No outsider's address was shown to an outsider of another organisation."
        return
    consumers = sum(row.free_mail for row in people)
    companies = len({row.party for row in people if not row.free_mail})
    groups = [
        text
        for text, count in (
            (f"{_many(len(people) - consumers, 'person', 'people')} of {_many(companies, 'organisation')}", companies),
            (f"{_many(consumers, 'consumer')} with a free-mail address", consumers),
        )
        if count
    ]
    if groups:
        yield (
            f"{_many(len(people), 'outsider')} could be seen by outsiders of other parties: "
            + " and ".join(groups)
            + "."
        )
    fields = Counter(where for row in known for where in row.fields if where.visible)
    yield "The addresses stood in " + ", ".join(f"{where} ({fields[where]})" for where in Field if fields[where]) + "."
    clear = sum(row.identifiable is Identifiable.CLEAR for row in people)
    part = sum(row.identifiable is Identifiable.PART for row in people)
    named = [
        text
        for text, count in (
            (f"with a full name: {_many(clear, 'person', 'people')}", clear),
            (f"with part of a name: {_many(part, 'person', 'people')}", part),
        )
        if count
    ]
    if named:
        yield f"Shown {', '.join(named)}."


def _doubts(facts: Facts) -> Iterator[str]:
    entries = facts.envelope.recipients
    roles = sum(row.role for row in facts.affected)
    if roles:
        listed = _many(roles, "role or list address is", "role or list addresses are")
        yield f"{listed} listed and not counted (as info@ is)."
    if facts.lists:
        yield (
            f"{_many(facts.lists, 'recipient looks', 'recipients look')} like a distribution list; "
            "who reads behind it is not known."
        )
    if facts.names:
        yield (
            f"{_many(facts.names, 'recipient is', 'recipients are')} shown by name only; the address is unknown. "
            + ("Counted, since the list is mostly one of outsiders." if facts.names_counted else _MAY_BE_OURS)
        )
    in_names = _only_in_names(facts.envelope)
    if in_names:
        yield (
            f"{_many(in_names, 'address', 'addresses')} stood inside a display name: shown to everybody; "
            "whether the message was sent there, the header does not tell."
        )
    directory = len({entry.text for entry in entries if entry.form in (Form.DIRECTORY, Form.LOCAL)})
    if directory:
        standing = "recipient stands there as a directory name or local alias and counts as internal."
        several = "recipients stand there as directory names or local aliases and count as internal."
        yield _many(directory, standing, several)
    if facts.envelope.unparsed:
        yield _unread(facts.envelope)
    if facts.undated:
        yield "The message has no readable date; domains that were internal at any time count as internal."


def _unread(envelope: Envelope) -> str:
    texts = [left.text for left in envelope.unparsed]
    signs = sum(text.count("@") for text in texts)
    size = _many(sum(map(len, texts)), "character")
    return (
        f"Of the address fields, {_many(len(texts), 'piece')} of text ({size}, {_many(signs, '@ sign')}) could not be "
        "read, so people may be missing here."
    )


def _only_in_names(envelope: Envelope) -> int:
    inside: set[str] = set()
    proper: set[str] = set()
    for entry in envelope.recipients:
        if entry.address is not None and entry.visible:
            (inside if entry.origin is Origin.NAME else proper).add(entry.address.canonical)
    return len(inside - proper)


def _context(facts: Facts) -> Iterator[str]:
    hidden = sum(not viewer.field.visible for viewer in facts.viewers)
    if hidden:
        yield f"{_many(hidden, 'hidden recipient')} (Bcc) could read the list too, without being shown in it."
    inside = Counter(viewer.standing for viewer in facts.viewers if viewer.field.visible)
    for standing, who in ((Standing.INTERNAL, "colleague"), (Standing.AFFILIATE, "recipient")):
        if inside[standing]:
            of = " of an affiliate" if standing is Standing.AFFILIATE else ""
            yield f"{_many(inside[standing], who)}{of} could read the list."
    for mark, sentence in _MARKS:
        if mark in facts.envelope.marks:
            yield sentence


def _verdict(facts: Facts) -> str:
    gate = facts.gate
    need = f"{_many(gate.exposure, 'person', 'people')} of {_many(gate.parties, 'party', 'parties')}"
    if facts.reaches_gate:
        return f"{_many(facts.counted, 'person counts', 'people count')}; the gate is {need}."
    return f"{_many(facts.counted, 'person counts', 'people count')}; this is below the gate of {need}."


def _many(count: int, one: str, more: str = "") -> str:
    return f"{count:,} {one if count == 1 else more or one + 's'}"
