"""A message as Graph gives it, to an Envelope: from its recipient collections, without body and without headers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from scanner.account import GraphCloud
from scanner.address import Address, Field, Origin, Recipient
from scanner.connectors.graph_recipient import KnownRows
from scanner.defect import Defect
from scanner.envelope import Envelope, Locator, Mark, Reading, Unparsed, Unreadable
from scanner.marks import subject_marks

SELECT = (
    "id,internetMessageId,subject,sentDateTime,receivedDateTime,isDraft,from,sender,"
    "toRecipients,ccRecipients,bccRecipients,conversationIndex"
)
# A property that a cloud's message does not have is answered with 400 for the whole request.
_NOT_IN = {
    GraphCloud.USGOV_L4: frozenset({"conversationIndex"}),
    GraphCloud.USGOV_L5: frozenset({"conversationIndex"}),
    GraphCloud.CHINA: frozenset({"conversationIndex"}),
}
_LENGTHS_OF_LIMITS = frozenset((100, 500, 1000))
_FIRST_OF_A_CONVERSATION = 32  # base64 characters of 22 octets ([MS-OXOMSG] 2.2.1.3); each answer adds five octets
_PLAIN_ID = re.compile(r"<[!-;=?A-~]++@[!-;=?-~]++>")
_EARLIEST, _LATEST = 1900, 9998  # years; Exchange writes the year 1 or 1601 where it knows none
_BEGINNING = "1900-01-01T00:00:00Z"
_WHOLE_SECOND = len(_BEGINNING)
_NO_MARKS: frozenset[Mark] = frozenset()


def select_for(cloud: GraphCloud) -> str:
    """The properties of a message to ask for in a cloud: those that Mail.ReadBasic shows and its schema has."""
    missing = _NOT_IN.get(cloud, frozenset())
    return ",".join(name for name in SELECT.split(",") if name not in missing)


class EmailAddress(msgspec.Struct, gc=False):
    """An address with its display name; either may be missing."""

    address: str | None = None
    name: str | None = None


class Person(msgspec.Struct, gc=False, rename={"email": "emailAddress"}):
    """A recipient, or an author."""

    email: EmailAddress | None = None


_People = list[Person | None] | None


class Message(
    msgspec.Struct,
    gc=False,
    rename={
        "message_id": "internetMessageId",
        "sent": "sentDateTime",
        "received": "receivedDateTime",
        "modified": "lastModifiedDateTime",
        "draft": "isDraft",
        "author": "from",
        "to": "toRecipients",
        "cc": "ccRecipients",
        "bcc": "bccRecipients",
        "conversation": "conversationId",
        "conversation_index": "conversationIndex",
        "kind": "@odata.type",
        "removed": "@removed",
        "parent": "parentFolderId",
    },
):
    """The properties that we read; unknown ones are passed over, and each but the id may be missing or null."""

    id: str
    message_id: str | None = None
    subject: str | None = None
    sent: str | None = None
    received: str | None = None
    modified: str | None = None
    draft: bool | None = None
    author: Person | None = None
    sender: Person | None = None
    to: _People = None
    cc: _People = None
    bcc: _People = None
    conversation: str | None = None
    conversation_index: str | None = None
    kind: str | None = None
    removed: dict[str, object] | None = None
    parent: str | None = None


class Page(msgspec.Struct, rename={"next_link": "@odata.nextLink", "delta_link": "@odata.deltaLink"}):
    """One page of a listing. `broken` are items that are no messages of the form that the service promises."""

    value: list[Message]
    next_link: str | None = None
    delta_link: str | None = None
    broken: list[str] = []


class _LoosePage(msgspec.Struct, rename={"next_link": "@odata.nextLink", "delta_link": "@odata.deltaLink"}):
    value: list[msgspec.Raw]
    next_link: str | None = None
    delta_link: str | None = None


class _Identified(msgspec.Struct):
    id: str


_PAGE = msgspec.json.Decoder(Page)
_LOOSE_PAGE = msgspec.json.Decoder(_LoosePage)
_MESSAGE = msgspec.json.Decoder(Message)
_IDENTIFIED = msgspec.json.Decoder(_Identified)
_ENCODE = msgspec.json.Encoder().encode
_ROWS = {field: KnownRows(field) for field in (Field.TO, Field.CC, Field.BCC)}


def decode_page(body: bytes) -> Page:
    """A page of messages. Raises `msgspec.DecodeError` when it is no JSON, or no page.

    An item that is not of the form of a message spoils neither the page nor its neighbours: its id is in `broken`.
    """
    try:
        return _PAGE.decode(body)
    except msgspec.ValidationError:
        loose = _LOOSE_PAGE.decode(body)
    page = Page([], loose.next_link, loose.delta_link)
    for number, item in enumerate(loose.value):
        try:
            page.value.append(_MESSAGE.decode(item))
        except msgspec.ValidationError:
            page.broken.append(_id_of(item) or f"item {number + 1} of the page {_mark_of(loose)}")
    return page


def _mark_of(page: _LoosePage) -> str:
    """A word for a page by its items, so that what has no id on it is not taken for the same of another page."""
    digest = hashlib.blake2b(digest_size=6)
    for item in page.value:
        digest.update(bytes(item) + b"\n")
    return digest.hexdigest()


def decode_message(body: bytes | msgspec.Raw) -> Message:
    """One message. Raises `msgspec.DecodeError` when it is none."""
    return _MESSAGE.decode(body)


def _id_of(item: msgspec.Raw) -> str:
    try:
        return _IDENTIFIED.decode(item).id
    except msgspec.DecodeError:
        return ""


def envelope_of(message: Message, locator: Locator, marks: frozenset[Mark] = _NO_MARKS) -> Envelope:
    """The envelope of a message; `marks` are what its folder says about it. Never raises."""
    defects: set[Defect] = set()
    unparsed: list[Unparsed] = []
    recipients: list[Recipient] = []
    for field, people in ((Field.TO, message.to), (Field.CC, message.cc), (Field.BCC, message.bcc)):
        if not people:
            continue
        rows = _ROWS[field]
        for person in people:
            if person is None or person.email is None:
                defects.add(Defect.NAME_WITHOUT_ADDRESS)
                continue
            row = rows[person.email.address, person.email.name]
            recipients += row.recipients
            if row.defects:
                defects.update(row.defects)
            for text in row.rest:
                unparsed.append(Unparsed(field, text))
        if len(people) in _LENGTHS_OF_LIMITS and field is not Field.BCC:
            defects.add(Defect.LENGTH_OF_A_LIMIT)
    author, author_name = _person(message.author or message.sender)
    if author is None:
        defects.add(Defect.NO_AUTHOR)
    sender, _ = _person(message.sender)
    subject = message.subject or ""
    return Envelope(
        locator,
        _message_id(message.message_id, defects),
        (),
        (),
        _date(message.sent, defects),
        author,
        author_name,
        None if sender == author else sender,
        subject,
        tuple(recipients),
        _digest(message),
        None,
        moment(message.received),
        (),
        _marks(message, subject, marks),
        tuple(sorted(defects)) if defects else (),
        tuple(unparsed),
    )


def reading_of(message: Message, locator: Locator, marks: frozenset[Mark] = _NO_MARKS) -> Reading:
    """The envelope; Unreadable when the service gave us nothing but an id."""
    if message.sent is None and message.author is None and message.subject is None and not message.to:
        return Unreadable(locator, "The service gave this message without date, author, subject and recipients.")
    return envelope_of(message, locator, marks)


def moment(text: str | None) -> datetime | None:
    """A time as Graph writes it (ISO 8601); None when there is none, or none that can be true."""
    if not text:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not _EARLIEST <= when.year <= _LATEST:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def second_of(message: Message) -> str:
    """The second in which a message was sent, as filters want it (UTC, ISO 8601); "" when that is unknown."""
    sent = message.sent or ""
    if len(sent) == _WHOLE_SECOND and sent[-1] == "Z" and sent > _BEGINNING:
        return sent  # as the service writes it: most of the time of a pass would go into reading and writing it anew
    when = moment(sent)
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if when else ""


def addresses_of(people: Iterable[Person | None]) -> set[str]:
    """The canonical addresses of some people, as far as they have one."""
    found = (_person(person)[0] for person in people)
    return {address.canonical for address in found if address}


def _person(person: Person | None) -> tuple[Address | None, str]:
    if person is None or person.email is None:
        return None, ""
    row = _ROWS[Field.TO][person.email.address, person.email.name]
    shown = [entry for entry in row.recipients if entry.origin is Origin.ADDRESS]
    for entry in shown:
        if entry.address is not None:
            return entry.address, entry.name
    return None, next((entry.name or entry.text for entry in shown), "")


def _date(text: str | None, defects: set[Defect]) -> datetime | None:
    when = moment(text)
    if when is None:
        defects.add(Defect.BAD_DATE if text else Defect.NO_DATE)
    return when


def _message_id(written: str | None, defects: set[Defect]) -> str | None:
    if written and _PLAIN_ID.fullmatch(written):
        return written[1:-1]
    text = "".join((written or "").split())
    plain = text[1:-1] if text.startswith("<") and text.endswith(">") else ""
    left, _, right = plain.rpartition("@")
    if left and right and "<" not in plain and ">" not in plain:
        return plain
    bare = text.strip("<>")
    defects.add(Defect.BAD_MESSAGE_ID if bare else Defect.NO_MESSAGE_ID)
    return bare or None


def _marks(message: Message, subject: str, given: frozenset[Mark]) -> frozenset[Mark]:
    found = given | subject_marks(subject) if subject else given
    if message.draft:
        found = found - _SENT | _DRAFT
    if message.kind and "eventMessage" in message.kind:
        found |= _CALENDAR
    if message.conversation_index and len(message.conversation_index) > _FIRST_OF_A_CONVERSATION:
        found |= _REPLY
    return found


def _digest(message: Message) -> str:
    """SHA-256 of what the service says about the message, without what changes when it is moved or flagged."""
    facts: Sequence[object] = (
        message.message_id,
        message.subject,
        message.sent,
        message.author,
        message.sender,
        message.to,
        message.cc,
        message.bcc,
    )
    return hashlib.sha256(_ENCODE(facts)).hexdigest()


_SENT = frozenset((Mark.SENT,))
_DRAFT = frozenset((Mark.DRAFT,))
_CALENDAR = frozenset((Mark.CALENDAR,))
_REPLY = frozenset((Mark.REPLY,))
