"""What mail that came in tells of mail of ours: the lists that it quotes, and whom a bounce did not reach."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final

from scanner.address import Address, Field, Origin, Recipient
from scanner.address_field import AddressField, read_address_field
from scanner.defect import Defect
from scanner.detector.internal import Border, sending_day
from scanner.detector.message_parts import Kind, header_of, parts_of
from scanner.detector.quote_blocks import Block, blocks_of
from scanner.detector.quote_labels import ENGLISH, Label
from scanner.detector.quoted_dates import read_quoted_date
from scanner.encoded_word import decode_text
from scanner.envelope import Envelope, Locator, Mark, Unparsed
from scanner.exposure import Standing
from scanner.header_block import MAX_HEADER, begin_of
from scanner.headers import parse_envelope
from scanner.identity import normalised_subject
from scanner.marks import subject_marks

MOST_QUOTED: Final = 100
"""Quotations of ours that are taken from one message."""
MOST_READ: Final = 1000
"""Quotations, whoever's, that are read in one message."""
FEWEST_OUTSIDERS: Final = 2
"""Outsiders whom a quoted list must name, those without an address included; fewer were not shown to one another."""
ALIKE: Final = 0.8
"""Share of common people (Jaccard) from which two audiences are taken for one."""
APART: Final = timedelta(days=2)
"""Two messages further apart are two: programs quote in the zone of their user, which accounts for little over one."""

_FIELDS: Final = {Label.TO: Field.TO, Label.CC: Field.CC, Label.BCC: Field.BCC}
_QUOTED: Final = frozenset((Mark.QUOTED,))
_ANSWERS: Final = frozenset((Mark.REPLY, Mark.FORWARD, Mark.REPORT))
_OURS_OR_UNSENT: Final = frozenset((Mark.SENT, Mark.DRAFT))
_MACHINES: Final = frozenset(("mailer-daemon", "postmaster"))
# A quotation is text, which we hand on as UTF-8, and many programs part the people in it by semicolons.
_OF_THE_TEXT: Final = frozenset((Defect.RAW_8BIT, Defect.BAD_SEPARATOR))
_MESSAGE_ID = re.compile(r"<([^<>\s]++)>")
_GROUP = re.compile(rb"\r?\n[ \t]*\r?\n")
_RECIPIENT_FIELD = re.compile(
    rb"^(?:final|original)-recipient[ \t]*+:[ \t]*+(?:rfc822|utf-8)[ \t]*+;([^\n]*+(?>(?:\n[ \t][^\n]*+)*))",
    re.IGNORECASE | re.MULTILINE,
)
_FAILED = re.compile(rb"^action[ \t]*+:[ \t]*+failed\b", re.IGNORECASE | re.MULTILINE)
_FAILED_FIELD = re.compile(
    rb"^x-failed-recipients[ \t]*+:([^\n]*+(?>(?:\n[ \t][^\n]*+)*))", re.IGNORECASE | re.MULTILINE
)


def may_quote(envelope: Envelope, border: Border) -> bool:
    """Whether a message may hold a quotation of ours, so that the whole of it is worth fetching.

    It came in (a bounce may come from a machine of our own), is addressed to one of us, and is an answer, a forward or
    a report.
    """
    marks = envelope.outline.marks
    if not marks.isdisjoint(_OURS_OR_UNSENT) or (marks.isdisjoint(_ANSWERS) and not envelope.may_be_by(_MACHINES)):
        return False  # told without reading an address field
    author = envelope.author
    machine = author is not None and author.local_part.casefold() in _MACHINES
    if marks.isdisjoint(_ANSWERS) and not machine:
        return False
    day = sending_day(envelope)
    if author is not None and not machine and Mark.REPORT not in marks and _is_ours(author, envelope, border):
        return False
    return any(
        entry.address is not None and border.standing(entry.address, day) is Standing.INTERNAL
        for entry in envelope.recipients
    )


def quoted_lists(raw: bytes, inbound: Envelope, border: Border) -> tuple[Envelope, ...]:
    """The messages of ours that a message which came in quotes with their list of recipients; `raw` is all of it.

    Read are header blocks in its texts (Outlook, Apple Mail, Thunderbird, Gmail and their like, in the languages of
    `quote_labels`), and attached originals. A quotation counts when its author was internal on its day and its To and
    Cc name FEWEST_OUTSIDERS outsiders; of several quotations of one message the one that names most people. Envelopes
    have the locator of `inbound`, the mark QUOTED and those of their subject (attached originals: of their header).

    `digest` is that of the header of an attached original; of a quoted text that has a date, of its values, and without
    a date that of author, normalised subject and audience, so that quotations by different programs have one identity.
    Never raises.
    """
    found: list[Envelope] = []
    for envelope in islice(_quotations(raw, inbound.locator, border), MOST_READ):
        if len(found) >= MOST_QUOTED:
            break
        if _shows_outsiders(envelope, border):
            _add(found, envelope)
    return tuple(found)


def undelivered_of(raw: bytes) -> tuple[str, ...]:
    """Whom a bounce names as not reached: canonical addresses, sorted; `raw` is the whole message.

    From the groups of a delivery report with `Action: failed` (RFC 3464 §2.3), under the address that we wrote and the
    one it led to, and from X-Failed-Recipients (Exim).
    """
    begin = begin_of(raw)
    fields = _FAILED_FIELD.findall(header_of(raw[begin : begin + MAX_HEADER].replace(b"\r\n", b"\n")))
    for part in parts_of(raw):
        if part.kind is Kind.REPORT:
            for group in _GROUP.split(part.octets):
                if _FAILED.search(group):
                    fields += _RECIPIENT_FIELD.findall(group)
    readings = (read_address_field(value.strip(), Field.TO) for value in fields)
    return tuple(sorted({one.address.canonical for reading in readings for one in reading.recipients if one.address}))


def same_message(quoted: Envelope, sent: Envelope) -> bool:
    """Whether a quotation is of this message of ours, or two quotations are of one.

    By the Message-ID; else by author, normalised subject and audience (ALIKE), unless both have a date and these are
    further than APART from each other. A quotation may show people by name only: they count as the people of that name.
    """
    if quoted.message_id and quoted.message_id == sent.message_id:
        return True
    if quoted.author is None or sent.author is None or quoted.author.canonical != sent.author.canonical:
        return False
    if normalised_subject(quoted.subject) != normalised_subject(sent.subject):
        return False
    if quoted.date and sent.date and abs(quoted.date - sent.date) > APART:
        return False
    one, other = _audience(quoted, sent), _audience(sent, quoted)
    return bool(one) and len(one & other) >= ALIKE * len(one | other)


def _quotations(raw: bytes, locator: Locator, border: Border) -> Iterator[Envelope]:
    """Everything that a message quotes or has attached, whoever wrote it."""
    for part in parts_of(raw):
        if part.kind is Kind.ORIGINAL:
            envelope = parse_envelope(part.octets, locator)
            yield replace(_plain(envelope), marks=envelope.marks | _QUOTED, size=None)
        elif part.kind is Kind.TEXT:
            for block in blocks_of(part.text, wrapped=not part.is_html):
                yield _envelope(block, locator, border)


def _plain(envelope: Envelope) -> Envelope:
    """The same with all its values, which `replace` needs."""
    return Envelope(**{name: getattr(envelope, name) for name in Envelope.__dataclass_fields__})


def _envelope(block: Block, locator: Locator, border: Border) -> Envelope:
    values = block.values
    defects: set[Defect] = set()
    recipients: list[Recipient] = []
    unparsed: list[Unparsed] = []
    for label, where in _FIELDS.items():
        if label in values:
            reading = _read(values[label], where, defects)
            recipients += reading.recipients
            unparsed += (Unparsed(where, text) for text in reading.rest)
    date, odd = read_quoted_date(values.get(Label.DATE, ""), block.languages or (ENGLISH,))
    if odd:
        defects.add(odd)
    author, name = _author(_read(values[Label.FROM], Field.TO, set()), border, date)
    if author is None:
        defects.add(Defect.NO_AUTHOR)
    subject = decode_text(values.get(Label.SUBJECT, "").encode())[0]
    message_id = _MESSAGE_ID.search(values.get(Label.MESSAGE_ID, ""))
    if message_id is None:
        defects.add(Defect.NO_MESSAGE_ID)
    envelope = Envelope(
        locator=locator,
        message_id=message_id[1] if message_id else None,
        in_reply_to=(),
        references=(),
        date=date,
        author=author,
        author_name=name,
        sender=None,
        subject=subject,
        recipients=tuple(recipients),
        digest="",
        marks=_QUOTED | subject_marks(subject),
        defects=tuple(sorted(defects)),
        unparsed=tuple(unparsed),
    )
    return replace(envelope, digest=_digest(block, envelope))


def _digest(block: Block, envelope: Envelope) -> str:
    if envelope.date is not None:
        parts = [
            f"{label.name}: {value}" for label, value in sorted(block.values.items(), key=lambda kept: kept[0].value)
        ]
    else:
        author = envelope.author.canonical if envelope.author else ""
        parts = ["quoted", author, normalised_subject(envelope.subject), *sorted(envelope.shown)]
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _read(value: str, where: Field, defects: set[Defect]) -> AddressField:
    reading = read_address_field(value.encode("utf-8", "replace"), where)
    defects.update(set(reading.defects) - _OF_THE_TEXT)
    return reading


def _author(reading: AddressField, border: Border, date: datetime | None) -> tuple[Address | None, str]:
    """The first address that is ours ("tool on behalf of us"), else the first, with its name."""
    day = date.astimezone(UTC).date() if date else None
    written = [(one.address, one.name) for one in reading.recipients if one.address and one.origin is Origin.ADDRESS]
    ours = [one for one in written if border.standing(one[0], day) is Standing.INTERNAL]
    found = ours or written
    return found[0] if found else (None, "")


def _is_ours(address: Address, envelope: Envelope, border: Border) -> bool:
    return border.standing(address, sending_day(envelope)) is Standing.INTERNAL


def _shows_outsiders(envelope: Envelope, border: Border) -> bool:
    """Whether one of ours wrote it, and it shows outsiders to one another."""
    if envelope.author is None or not _is_ours(envelope.author, envelope, border):
        return False
    day = sending_day(envelope)
    people: set[str] = set()
    for entry in envelope.recipients:
        if entry.visible and entry.address is None:
            people.add((entry.text or entry.name).casefold())
        elif entry.visible and entry.address and border.standing(entry.address, day) is Standing.OUTSIDER:
            people.add(entry.address.canonical)
        if len(people) >= FEWEST_OUTSIDERS:
            return True
    return False


def _add(found: list[Envelope], envelope: Envelope) -> None:
    """Keeps of the quotations of one message, such as those in its plain text and its HTML, the one that says most."""
    for place, known in enumerate(found):
        if same_message(envelope, known) and (envelope.date or known.date) == (known.date or envelope.date):
            if _weight(envelope) > _weight(known):
                found[place] = envelope
            return
    found.append(envelope)


def _weight(envelope: Envelope) -> tuple[int, bool, bool]:
    known = {entry.address.canonical for entry in envelope.recipients if entry.address}
    return len(known), envelope.message_id is not None, envelope.date is not None


def _audience(envelope: Envelope, other: Envelope) -> set[str]:
    """Whom an envelope shows, those without an address as the one person of that name in the other envelope."""
    named: dict[str, str] = {}
    for entry in other.recipients:
        if entry.address is not None and entry.name:
            name = _name(entry.name)
            known = named.setdefault(name, entry.address.canonical)
            named[name] = known if known == entry.address.canonical else name
    return {named.get(_name(person), person) for person in envelope.shown}


def _name(text: str) -> str:
    return " ".join(text.casefold().split())
