"""Everybody on one message: whom it showed, who could read it, and on which side of the border each stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from scanner.address import Address, Field, Form, Origin, Recipient
from scanner.detector.internal import Border, deciding_day
from scanner.detector.parties import Parties
from scanner.envelope import Envelope, Mark
from scanner.exposure import Standing

_RESENT_FIELDS = frozenset((Field.RESENT_TO, Field.RESENT_CC, Field.RESENT_BCC))


@dataclass(slots=True)
class Person:
    """One address of a message, however often it stands there.

    `shown` is whether our sending showed it to others; `sent` whether the message was sent to it in a field that all
    see; `hidden` whether it was sent to it in a Bcc field; `named` whether it stood inside a display name, which does
    not tell whether the message was sent to it.
    """

    address: Address
    standing: Standing
    party: str
    free_mail: bool
    names: set[str] = field(default_factory=set)
    fields: set[Field] = field(default_factory=set)
    shown: bool = False
    sent: bool = False
    hidden: bool = False
    named: bool = False

    @property
    def reads(self) -> bool:
        """Whether this person could read the list of recipients."""
        return self.sent or self.hidden


@dataclass(slots=True)
class Audience:
    """The people of one message.

    `people` by canonical address, without whoever sent the message. `internal_text` are directory names and local
    aliases that could read the list: nobody outside has one, so they stand for colleagues. `names` are the people
    shown by a name only (case-folded), with the spellings and fields; one whose name stands beside an address
    elsewhere in the message, or is the author's, is that person and not listed again.
    """

    people: dict[str, Person] = field(default_factory=dict)
    internal_text: dict[str, set[Field]] = field(default_factory=dict)
    names: dict[str, tuple[set[str], set[Field]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sending:
    """Which part of a message we sent: the original, a Resent block (RFC 5322 §3.6.6) over it, or both."""

    original: bool
    resent: bool


_AS_WRITTEN = Sending(original=True, resent=True)  # Resent fields without a block have no other owner
_NOT_OURS = Sending(original=False, resent=False)


def sending_of(envelope: Envelope, border: Border, day: date | None) -> Sending:
    """Whether we sent it, by the folder it lies in or by an internal author.

    A message from outside that lies among our sent mail with a Resent block was redirected by us: the Resent fields
    are ours, the original ones were somebody else's, and our redirecting showed them to the Resent readers.
    A message that names no author at all counts as ours: what comes from outside names one.
    """
    marked = Mark.SENT in envelope.marks
    written = _ours(envelope.author, border, day) or _ours(envelope.sender, border, day)
    if not envelope.resent:
        nameless = envelope.author is None and envelope.sender is None
        return _AS_WRITTEN if written or marked or nameless else _NOT_OURS
    resenders = [block.author for block in envelope.resent]
    # Among our sent mail, what its own author redirected is ours, by an address that nobody named as internal.
    written = written or (marked and envelope.author is not None and envelope.author in resenders)
    redirected = any(_ours(address, border, day) for address in resenders)
    unsigned = all(address is None for address in resenders)
    return Sending(original=written, resent=redirected or marked or (written and unsigned))


def _ours(address: Address | None, border: Border, day: date | None) -> bool:
    return address is not None and border.standing(address, day) is Standing.INTERNAL


def audience_of(envelope: Envelope, border: Border, parties: Parties) -> Audience:
    """Reads every destination field once: linear in the number of entries, and independent of their order."""
    day = deciding_day(envelope, border)
    sending = sending_of(envelope, border, day)
    senders = _senders(envelope, sending)
    audience = Audience()
    people = audience.people
    for entry in envelope.recipients:
        address = entry.address
        if address is None:
            _note_nameless(entry, audience, sending)
            continue
        key = address.canonical
        if key in senders:
            continue
        person = people.get(key)
        if person is None:
            party, free_mail = parties.of(address)
            person = people[key] = Person(address, border.standing(address, day), party, free_mail)
        if entry.name:
            person.names.add(entry.name)
        _place(person, entry, sending)
    if audience.names:
        _forget_known_names(envelope, audience)
    return audience


def _senders(envelope: Envelope, sending: Sending) -> frozenset[str]:
    # A sender who also stands in To (as in "To: myself, Bcc: everybody") is neither shown nor a reader.
    senders = [envelope.author, envelope.sender] if sending.original else []
    if sending.resent:
        senders.extend(block.author for block in envelope.resent)
    return frozenset(address.canonical for address in senders if address is not None)


def _place(person: Person, entry: Recipient, sending: Sending) -> None:
    where = entry.field
    person.fields.add(where)
    reads = _reads(entry, sending)
    if not where.visible:
        person.hidden = person.hidden or reads
        return
    person.sent = person.sent or reads
    person.named = person.named or entry.origin is Origin.NAME
    # An original list that we redirected was shown by us; a list that somebody else resent over ours was not.
    person.shown = person.shown or sending.resent or where not in _RESENT_FIELDS


def _reads(entry: Recipient, sending: Sending) -> bool:
    return entry.origin is Origin.ADDRESS and (sending.original or entry.field in _RESENT_FIELDS)


def _note_nameless(entry: Recipient, audience: Audience, sending: Sending) -> None:
    text = " ".join((entry.text or entry.name).split())
    if entry.form is not Form.NAME:
        if _reads(entry, sending):
            audience.internal_text.setdefault(text, set()).add(entry.field)
    elif text and entry.visible:
        spellings, fields = audience.names.setdefault(name_key(text), (set(), set()))
        spellings.add(text)
        fields.add(entry.field)


def name_key(name: str) -> str:
    """The form in which `Berg, Anna` and `anna berg` are one name."""
    return " ".join(sorted(name.casefold().replace(",", " ").split()))


def _forget_known_names(envelope: Envelope, audience: Audience) -> None:
    known = {name_key(name) for person in audience.people.values() for name in person.names}
    known.add(name_key(envelope.author_name))
    for name in known & audience.names.keys():
        del audience.names[name]
