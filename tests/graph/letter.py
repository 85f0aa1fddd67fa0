"""One message of the fake: what Exchange keeps of it, made from raw mail or from nothing, and its raw form again."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import Header
from email.parser import BytesHeaderParser
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, NamedTuple

from tests.graph.people import Person, decoded, people

STORED = datetime(2026, 1, 1, tzinfo=UTC)
"""When a message came that does not say when it was sent: Exchange always has a time."""

_NO_TRANSPORT_HEADERS = frozenset({"to", "cc", "bcc", "from", "sender", "subject", "date", "message-id"})


class HeaderLine(NamedTuple):
    """A transport header, unfolded."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What is kept of one message. `kind` is the derived type, "" for an ordinary message."""

    subject: str
    sent: datetime
    author: Person | None
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    bcc: tuple[Person, ...] = ()
    reply_to: tuple[Person, ...] = ()
    sender: Person | None = None
    message_id: str | None = None
    references: tuple[str, ...] = ()
    draft: bool = False
    kind: str = ""
    thread_index: bytes = b""
    headers: tuple[HeaderLine, ...] = ()
    raw: bytes | None = field(default=None, repr=False)

    @property
    def conversation(self) -> str:
        """The conversation id: the same for a message and everything that answers it."""
        root = self.references[0] if self.references else self.message_id or f"{self.subject} {self.sent}"
        return "AAQkAD" + base64.urlsafe_b64encode(hashlib.sha256(root.encode()).digest()[:24]).decode() + "="

    @property
    def conversation_index(self) -> str:
        """22 octets for the first message of a conversation, and five more for each answer, in base64."""
        index = self.thread_index or hashlib.sha256(self.conversation.encode()).digest()[:22]
        if not self.thread_index:
            index += b"\x01\x02\x03\x04\x05" * len(self.references)
        return base64.b64encode(index).decode()

    @property
    def weight(self) -> int:
        """How many recipients a page pays for."""
        return 1 + len(self.to) + len(self.cc) + len(self.bcc)


def letter_of(raw: bytes, *, draft: bool = False) -> Letter:
    """What Exchange keeps of an RFC 5322 message: no groups, no Resent fields, one instance of each field joined."""
    fields: dict[str, list[str]] = {}
    for name, value in BytesHeaderParser().parsebytes(raw).raw_items():
        fields.setdefault(name.lower(), []).append(_text(str(value)))

    def first(name: str) -> str:
        return " ".join(fields.get(name, [""])[0].split())

    def who(name: str) -> tuple[Person, ...]:
        return tuple(person for value in fields.get(name, ()) for person in people(value))

    author, sender = who("from"), who("sender")
    calendar = first("content-type").lower()
    kind = ""
    if calendar.startswith("text/calendar") or 'type="text/calendar"' in calendar:
        kind = "eventMessageRequest" if "method=request" in calendar else "eventMessage"
    return Letter(
        subject=decoded(first("subject")),
        sent=_date(first("date")),
        author=author[0] if author else None,
        sender=sender[0] if sender else None,
        to=who("to"),
        cc=who("cc"),
        bcc=who("bcc"),
        reply_to=who("reply-to"),
        message_id=first("message-id") or None,
        references=tuple(re.findall(r"<[^<>\s]+>", first("references") or first("in-reply-to"))),
        draft=draft,
        kind=kind,
        headers=tuple(
            HeaderLine(name.title(), " ".join(value.split()))
            for name, values in fields.items()
            if name not in _NO_TRANSPORT_HEADERS
            for value in values
        ),
        raw=raw,
    )


def raw_of(letter: Letter) -> bytes:
    """The message in RFC 5322 form, with its Bcc, as `$value` gives it; made on demand as Exchange does."""
    if letter.raw is not None:
        return letter.raw
    lines = []

    def add(name: str, value: str) -> None:
        if value:
            lines.append(f"{name}: {value}")

    add("From", _field((letter.author,) if letter.author else ()))
    add("Sender", _field((letter.sender,) if letter.sender else ()))
    add("To", _field(letter.to))
    add("Cc", _field(letter.cc))
    add("Bcc", _field(letter.bcc))
    add("Subject", _word(letter.subject))
    add("Date", format_datetime(letter.sent))
    add("Message-ID", letter.message_id or "")
    add("In-Reply-To", letter.references[-1] if letter.references else "")
    add("References", "\r\n ".join(letter.references))
    add("MIME-Version", "1.0")
    add("Content-Type", "text/plain; charset=utf-8")
    return "\r\n".join([*lines, "", "Invented.", ""]).encode("ascii")


def recipient_json(person: Person) -> dict[str, Any]:
    """A recipient as Graph gives it: the name repeats the address when there is none; an address may be missing."""
    held: dict[str, Any] = {"name": person.name or person.address}
    if person.address is not None:
        held["address"] = person.address
    elif person.null:
        held["address"] = None
    return {"emailAddress": held}


def moment(when: datetime) -> str:
    """A time as Graph writes it: UTC, whole seconds."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(value: str) -> str:
    raw = value.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _date(value: str) -> datetime:
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, IndexError):
        return STORED
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when


def _word(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8").encode(linesep="\r\n")


def _field(persons: tuple[Person, ...]) -> str:
    written = []
    for person in persons:
        name = person.name or ""
        if name.isascii() and name:
            name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        written.append(f"{_word(name)} <{person.address or ''}>".strip() if name else f"<{person.address or ''}>")
    return ",\r\n ".join(written)
