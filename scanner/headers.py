"""The one way from header bytes to an Envelope, for every source that has bytes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields as dataclass_fields
from datetime import datetime
from functools import lru_cache
from typing import Any

from scanner.address import Address, Field, Origin, Recipient
from scanner.address_field import read_address_field
from scanner.address_room import has_room, leaves_room, short_room
from scanner.dates import read_date
from scanner.defect import Defect
from scanner.encoded_word import decode_text
from scanner.envelope import Envelope, Locator, Mark, Outline, Resent, Unparsed, oldest_first
from scanner.header_block import HeaderBlock, begin_of, read_block
from scanner.marks import content_type_marks, field_marks, subject_marks

_DESTINATIONS = {field.value.lower().encode(): field for field in Field}
_RESENT = frozenset(
    (b"resent-date", b"resent-from", b"resent-sender", b"resent-to", b"resent-cc", b"resent-bcc", b"resent-message-id")
)
# RFC 5322 §3.6: the fields that may stand once, among those we read.
_ONCE = frozenset(
    (b"date", b"from", b"sender", b"subject", b"to", b"cc", b"bcc", b"message-id", b"in-reply-to", b"references")
)
# What an author's field may hide an address in, or write one in another form with, and by whom bounces are.
_UNPLAIN_AUTHOR = (b"=40", b"?b?", b"imcea", b"#ext#", b"mailer-daemon", b"postmaster", b"\n")
_PLAIN_ID = re.compile(rb"\s*+<([!-;=?A-~]++@[!-;=?-~]++)>\s*+")
_ID = re.compile(rb"<([^<>]*+)>")
_PLAIN_IDS = re.compile(r"<([^<>\s]++)>")
_BRACKETLESS_ID = re.compile(rb"[^\s<>\"(),;]+@[^\s<>\"(),;]+")
_IS_RESENT = frozenset((Mark.RESENT,))
_IS_REPLY = frozenset((Mark.REPLY,))
_MOST_AUTHORS = 10_000
_NOTICE = "Retrieval using the IMAP4 protocol failed for the following message"
# Of the defects of an author's field, those that say something about the header; the others speak of recipients.
_OF_AUTHORS = frozenset((Defect.UNKNOWN_CHARSET, Defect.RAW_8BIT, Defect.UNTERMINATED, Defect.LIMIT_REACHED))

Later = Callable[[], datetime | None]
"""A moment that is read when somebody asks for it."""
_Author = tuple[Address | None, str, tuple[Defect, ...]]


def parse_envelope(
    raw: bytes,
    locator: Locator,
    *,
    size: int | None = None,
    received: datetime | Later | None = None,
    marks: frozenset[Mark] = frozenset(),
) -> Envelope:
    """The envelope of a message, from its header bytes or the whole of it; the header ends at the first empty line.

    `size` is that of the whole message in octets, `received` when the source stored it, `marks` what the source says
    about it; the marks that the header shows are added. Never raises: what is odd is a defect of the envelope.
    """
    return envelope_of(read_block(raw, begin_of(raw)), locator, size=size, received=received, marks=marks)


def envelope_of(
    block: HeaderBlock,
    locator: Locator,
    *,
    size: int | None = None,
    received: datetime | Later | None = None,
    marks: frozenset[Mark] = frozenset(),
) -> Envelope:
    """The same from a header that was already taken apart."""
    envelope = object.__new__(_DeferredEnvelope)
    put = object.__setattr__
    put(envelope, "locator", locator)
    put(envelope, "deferred", (block, size, received, marks))
    put(envelope, "date", _date(block, set()))
    return envelope


class _DeferredEnvelope(Envelope):
    """An envelope that reads its header when one of its values is asked for first.

    Four messages of five have so few recipients that nobody asks for more than their date; to read them in full would
    take most of a scan's time. In every other respect it is an Envelope, and equal to the one with the same values.
    """

    __slots__ = ("deferred",)
    deferred: tuple[HeaderBlock, int | None, datetime | Later | None, frozenset[Mark]]

    def __getattr__(self, name: str) -> Any:
        """Called for values that are not set yet: reads them all."""
        if name not in _VALUES:
            raise AttributeError(name)
        read = _read(self.locator, *self.deferred)
        for value in _VALUES:
            object.__setattr__(self, value, getattr(read, value))
        object.__delattr__(self, "deferred")
        return getattr(self, name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Envelope) and all(getattr(self, name) == getattr(other, name) for name in _VALUES)

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name) for name in _VALUES))

    def is_plainly_by(self, inside: re.Pattern[bytes]) -> bool:
        """Told from the text of the From field, as long as nobody has read it and it holds one plain address."""
        try:
            block = self.deferred[0]
        except AttributeError:
            return super().is_plainly_by(inside)
        looked = block.looked
        written = looked.get(b"from")
        if written is None or block.authors > 1 or not _is_plain_author(written, inside):
            return False
        return _RESENT.isdisjoint(looked) and looked.get(b"content-type", b"").lower().find(b"/report") < 0

    def may_be_by(self, local_parts: Iterable[str]) -> bool:
        """Told from the text of the From field, as long as nobody has read it."""
        try:
            written = self.deferred[0].looked.get(b"from", b"").lower()
        except AttributeError:
            return super().may_be_by(local_parts)
        return b"=" in written or any(part.encode() in written for part in local_parts)

    @property
    def topic(self) -> str:
        """The same, from a first look at the header, as long as nobody has read it."""
        try:
            block = self.deferred[0]
        except AttributeError:
            return super().topic
        return _subject(block.looked, set())

    @property
    def outline(self) -> Outline:
        """The same, without reading an address field, as long as nobody has read them."""
        try:
            block, _, _, marks = self.deferred
        except AttributeError:
            return super().outline
        first, ignored = block.first, set[Defect]()
        subject, answered = _subject(first, ignored), oldest_first(*_answered(block))
        marks = _marks(first, subject, marks, answers=bool(answered))
        if not _RESENT.isdisjoint(first):
            marks |= _IS_RESENT
        return Outline(_message_id(first, ignored), answered, subject, marks)

    def has_room_for(self, recipients: int, besides: re.Pattern[bytes] | None = None) -> bool:
        """Told from the signs and separators of the address fields, as long as nobody has read them."""
        try:
            block = self.deferred[0]
        except AttributeError:
            return super().has_room_for(recipients)
        bodies = [*block.destinations, *(stray for _, stray in block.strays)] if block.strays else block.destinations
        room = block.room
        if room is None:
            room = block.room = short_room(bodies)
            if room is None:
                return has_room(bodies, recipients, besides)
        if room < recipients or besides is None:
            return room >= recipients
        return leaves_room(bodies, room, recipients, besides)


_VALUES = tuple(value.name for value in dataclass_fields(Envelope))


def _read(
    locator: Locator, block: HeaderBlock, size: int | None, received: datetime | Later | None, marks: frozenset[Mark]
) -> Envelope:
    first = block.first
    defects = set(block.defects)
    recipients, unparsed = _recipients(block, defects)
    author, author_name = _author_of(first, defects)
    subject = _subject(first, defects)
    if subject.startswith(_NOTICE):
        defects.add(Defect.SYNTHETIC_MESSAGE)
    in_reply_to, references = _answered(block)
    resent: tuple[Resent, ...] = ()
    if not _RESENT.isdisjoint(first):
        resent = tuple(_resent_blocks(block.fields))
        marks |= _IS_RESENT
    return Envelope(
        locator,
        _message_id(first, defects),
        in_reply_to,
        references,
        _date(block, defects),
        author,
        author_name,
        _mailbox(first[b"sender"])[0] if b"sender" in first else None,
        subject,
        tuple(recipients),
        hashlib.sha256(block.octets).hexdigest(),
        size,
        received() if callable(received) else received,
        resent,
        _marks(first, subject, marks, answers=bool(in_reply_to or references)),
        tuple(sorted(defects)) if defects else (),
        tuple(unparsed),
    )


def _recipients(block: HeaderBlock, defects: set[Defect]) -> tuple[list[Recipient], list[Unparsed]]:
    recipients: list[Recipient] = []
    unparsed: list[Unparsed] = []
    for name, body in block.fields:
        field = _DESTINATIONS.get(name)
        if field is None:
            continue
        reading = read_address_field(body, field)
        recipients += reading.recipients
        if reading.defects:
            defects.update(reading.defects)
        for text in reading.rest:
            unparsed.append(Unparsed(field, text))
    if len(block.first) != len(block.fields):
        names = [name for name, _ in block.fields if name in _ONCE]
        if len(names) != len(set(names)):
            defects.add(Defect.REPEATED_FIELD)
    for name, stray in block.strays:
        unparsed.append(Unparsed(_DESTINATIONS[name], decode_text(stray)[0]))
        defects.add(Defect.UNPARSED_TEXT)
    return recipients, unparsed


def _author_of(first: dict[bytes, bytes], defects: set[Defect]) -> tuple[Address | None, str]:
    if b"from" not in first:
        defects.add(Defect.NO_AUTHOR)
        return None, ""
    address, name, odd = _mailbox(first[b"from"])
    if odd:
        defects.update(odd)
    if address is None:
        defects.add(Defect.NO_AUTHOR)
    return address, name


@lru_cache(maxsize=1024)  # a mailbox of sent mail has few authors
def _mailbox(body: bytes) -> _Author:
    """The first address of an author field, its name, and what is odd about the field."""
    reading = read_address_field(body, Field.TO)
    people = [entry for entry in reading.recipients if entry.origin is Origin.ADDRESS]
    written = [entry for entry in people if entry.address]
    odd = [defect for defect in reading.defects if defect in _OF_AUTHORS]
    if len({entry.address for entry in written}) > 1:
        odd.append(Defect.SEVERAL_AUTHORS)
    shown = (written or people)[:1]
    return (shown[0].address, shown[0].name or shown[0].text * (not written), tuple(odd)) if shown else (None, "", ())


class _PlainAuthors:
    """Which From fields hold one plain address of a domain that a pattern finds, and nothing else; for the last one."""

    def __init__(self) -> None:
        self._known: tuple[re.Pattern[bytes] | None, dict[bytes, bool]] = (None, {})

    def __call__(self, written: bytes, inside: re.Pattern[bytes]) -> bool:
        pattern, known = self._known
        if pattern is not inside or len(known) > _MOST_AUTHORS:
            known = {}
            self._known = inside, known
        plain = known.get(written)
        if plain is None:
            plain = known[written] = self._is_plain(written.lower(), inside)
        return plain

    @staticmethod
    def _is_plain(written: bytes, inside: re.Pattern[bytes]) -> bool:
        odd = any(sign in written for sign in _UNPLAIN_AUTHOR)
        return written.count(b"@") == 1 and not odd and inside.search(written) is not None


_is_plain_author = _PlainAuthors()


def _subject(first: dict[bytes, bytes], defects: set[Defect]) -> str:
    body = first.get(b"subject", b"")
    if b"=?" not in body and b"\n" not in body and body.isascii():
        return body.decode("ascii").strip()
    subject, odd = decode_text(body)
    defects.update(odd)
    return subject


def _date(block: HeaderBlock, defects: set[Defect]) -> datetime | None:
    body = block.looked.get(b"date")
    if body is None:
        defects.add(Defect.NO_DATE)
        return None
    date, defect = read_date(body)
    if defect:
        defects.add(defect)
    return date


def _message_id(first: dict[bytes, bytes], defects: set[Defect]) -> str | None:
    body = first.get(b"message-id", b"")
    plain = _PLAIN_ID.fullmatch(body)
    if plain:
        return plain[1].decode("ascii")
    written = _identifier(body)
    defects.add(Defect.BAD_MESSAGE_ID if written else Defect.NO_MESSAGE_ID)
    return written


def _identifier(body: bytes) -> str | None:
    """A message id that is not of the form <left@right>: its visible text, without brackets and white space."""
    found = _ID.search(body)
    octets = b"".join((found[1] if found else body.strip(b"<> \t\r\n")).split())
    return _text(octets) or None


def _text(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _answered(block: HeaderBlock) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The message ids of In-Reply-To and of References (RFC 5322 §3.6.4), each once, in the order written."""
    first = block.first
    answers, thread = first.get(b"in-reply-to"), first.get(b"references")
    if len(first) == len(block.fields):
        return _ids(answers) if answers else (), _ids(thread) if thread else ()
    joined = {b"in-reply-to": b"", b"references": b""}
    for name, body in block.fields:
        if name in joined:
            joined[name] += body + b"\n"
    return _ids(joined[b"in-reply-to"]), _ids(joined[b"references"])


def _ids(body: bytes) -> tuple[str, ...]:
    if body.isascii():
        plain = _PLAIN_IDS.findall(body.decode("ascii"))
        if len(plain) == body.count(b"<") > 0:
            return tuple(plain) if len(plain) == 1 else tuple(dict.fromkeys(plain))
    found = _ID.findall(body) or _BRACKETLESS_ID.findall(body)
    return tuple(filter(None, dict.fromkeys(_text(b"".join(octets.split())) for octets in found)))


def _marks(first: dict[bytes, bytes], subject: str, given: frozenset[Mark], *, answers: bool) -> frozenset[Mark]:
    marks = subject_marks(subject) | field_marks(first)
    if given:
        marks |= given
    if answers:
        marks |= _IS_REPLY
    content_type = first.get(b"content-type")
    return marks | content_type_marks(content_type) if content_type else marks


def _resent_blocks(fields: list[tuple[bytes, bytes]]) -> Iterator[Resent]:
    """One record for each Resent block, newest first, as written. A block ends where one of its fields comes again."""
    block: dict[bytes, bytes] = {}
    for name, body in fields:
        if name not in _RESENT:
            continue
        if name in block:
            yield _resent(block)
            block = {}
        block[name] = body
    yield _resent(block)


def _resent(block: dict[bytes, bytes]) -> Resent:
    written = block.get(b"resent-from", block.get(b"resent-sender"))
    author = _mailbox(written)[0] if written is not None else None
    date = read_date(block[b"resent-date"])[0] if b"resent-date" in block else None
    return Resent(date, author, _identifier(block.get(b"resent-message-id", b"")))
