"""One invented message: its bytes, and beside them what a reader should read in it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

from tests.sampling.people import Person

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SPECIALS = frozenset('()<>[]:;@\\,."')


@dataclass(frozen=True, slots=True)
class Entry:
    """One recipient as a reader should read it.

    `address` is the address with the domain in its A-label form, None where there is none; then `shown` is the text
    that must be kept.
    """

    field: str
    address: str | None
    name: str = ""
    form: str = "internet"
    origin: str = "address"
    group: str = ""
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the default gates should make of it: `affected` in any order, `parties` among them, `counted` no roles."""

    exposure: bool
    because: str
    affected: tuple[str, ...] = ()
    counted: int = 0
    parties: int = 0


@dataclass(frozen=True, slots=True)
class Letter:
    """One message. `slug` names its story; copies of one message share it."""

    slug: str
    what: str
    fields: tuple[tuple[str, bytes], ...]
    body: bytes
    subject: str
    author: str
    author_name: str
    date: datetime
    message_id: str | None
    entries: tuple[Entry, ...]
    marks: tuple[str, ...]
    verdict: Verdict
    sender: str | None = None
    newline: bytes = b"\n"
    crowded: bool = False  # so many people that the expected reading counts them only

    @property
    def raw(self) -> bytes:
        """The message as it lies in a file."""
        head = b"".join(name.encode() + b": " + value + b"\n" for name, value in self.fields)
        return (head + b"\n" + self.body).replace(b"\n", self.newline)

    def renumbered(self, message_id: str) -> Letter:
        """A copy as a conversion leaves it: the same message under another Message-ID."""
        fields = tuple((n, f"<{message_id}>".encode() if n == "Message-ID" else v) for n, v in self.fields)
        return replace(self, fields=fields, message_id=message_id)

    def reading(self, place: Mapping[str, str]) -> dict[str, object]:
        """The expected reading, as it is written to JSON; values that a reader would leave empty are left out.

        `place` is what the message is in its incident. Of many people there is a count and a digest.
        """
        envelope: dict[str, object] = {
            "message_id": self.message_id,
            "date": self.date.astimezone(UTC).isoformat(),
            "author": self.author,
            "author_name": self.author_name,
            "sender": self.sender,
            "subject": self.subject,
            "marks": sorted(self.marks),
            "recipients": _many(self.entries) if self.crowded else [_sparse(entry) for entry in self.entries],
        }
        verdict: dict[str, object] = {"exposure": self.verdict.exposure, **place, "because": self.verdict.because}
        if self.verdict.affected:
            verdict |= {
                "counted": self.verdict.counted,
                "parties": self.verdict.parties,
                "affected": digest_of(self.verdict.affected) if self.crowded else sorted(self.verdict.affected),
            }
        return {"story": self.slug, "what": self.what, "envelope": envelope, "verdict": verdict}


def digest_of(addresses: Iterable[str]) -> str:
    """The addresses, in whatever order, as one short text."""
    return hashlib.sha256("\n".join(sorted(addresses)).encode()).hexdigest()[:16]


def _many(entries: Sequence[Entry]) -> dict[str, object]:
    """How many stand in each field, and a digest of their names and addresses."""
    fields = dict.fromkeys(entry.field for entry in entries)
    rows = {name: [f"{one.name} <{one.address}>" for one in entries if one.field == name] for name in fields}
    return {name: {"count": len(shown), "digest": digest_of(shown)} for name, shown in rows.items()}


def _sparse(entry: Entry) -> dict[str, object]:
    usual = Entry(field="", address="")
    names = ("field", "address", "name", "form", "origin", "group", "shown")
    return {n: getattr(entry, n) for n in names if getattr(entry, n) != getattr(usual, n)}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a story says about its message; `letter` turns it into bytes and expectations.

    `to`, `cc`, `bcc` hold people; `raw_fields` are destination fields written by hand, whose `raw_entries` the story
    lists itself. `extra` are other fields, in front of the destination fields.
    """

    slug: str
    what: str
    author: Person
    sent: tuple[int, int, int, int, int]  # month, day, hour, minute in 2026, and the zone's offset in minutes
    subject: str
    body: str
    to: Sequence[Person] = ()
    cc: Sequence[Person] = ()
    bcc: Sequence[Person] = ()
    raw_fields: Sequence[tuple[str, bytes]] = ()
    raw_entries: Sequence[Entry] = ()
    extra: Sequence[tuple[str, bytes]] = ()
    marks: Sequence[str] = ()
    sender: Person | None = None
    content_type: str = "text/plain; charset=utf-8"
    newline: bytes = b"\n"
    date_text: str = ""


def exposed(because: str, people: Sequence[Person], named: int = 0) -> Verdict:
    """The verdict that these people were shown to one another, and so many more by their names alone."""
    verdict = _verdict(because, people, exposure=True)
    return replace(verdict, counted=verdict.counted + named, parties=verdict.parties + named)


def spared(because: str, people: Sequence[Person] = ()) -> Verdict:
    """The verdict that there is nothing to report, although these people stand side by side."""
    return _verdict(because, people, exposure=False)


def _verdict(because: str, people: Sequence[Person], *, exposure: bool) -> Verdict:
    by_address = {p.address.casefold(): p for p in people}  # a final sigma, too, is no second person
    counted = sum(not p.role for p in by_address.values())
    parties = len({p.party for p in by_address.values()})
    return Verdict(exposure, because, tuple(by_address), counted, parties)


def letter(draft: Draft, verdict: Verdict) -> Letter:
    """A message and what should be read in it."""
    month, day, hour, minute, offset = draft.sent
    date = datetime(2026, month, day, hour, minute, 0, tzinfo=timezone(timedelta(minutes=offset)))
    message_id = f"2026{month:02}{day:02}{hour:02}{minute:02}.{draft.slug}@{draft.author.address.rpartition('@')[2]}"
    fields = [
        *draft.extra,
        ("From", mailbox(draft.author)),
        *([("Sender", mailbox(draft.sender))] if draft.sender else []),
        *((name, people_field(p)) for name, p in (("To", draft.to), ("Cc", draft.cc), ("Bcc", draft.bcc)) if p),
        *draft.raw_fields,
        ("Subject", words(draft.subject)),
        ("Date", (draft.date_text or rfc_date(date)).encode()),
        ("Message-ID", f"<{message_id}>".encode()),
        ("MIME-Version", b"1.0"),
        ("Content-Type", draft.content_type.encode()),
        ("Content-Transfer-Encoding", b"8bit"),
    ]
    entries = [
        *(Entry(n, _as_read(p.address), p.name) for n, people in _fields(draft) for p in people),
        *draft.raw_entries,
    ]
    return Letter(
        slug=draft.slug,
        what=draft.what,
        fields=tuple(fields),
        body=draft.body.strip("\n").encode() + b"\n",
        subject=draft.subject,
        author=draft.author.address,
        author_name=draft.author.name,
        date=date,
        message_id=message_id,
        entries=tuple(entries),
        marks=tuple(draft.marks),
        verdict=verdict,
        sender=draft.sender.address if draft.sender else None,
        newline=draft.newline,
    )


def delivery_report(draft: Draft, lost: Sequence[Person]) -> Draft:
    """The draft with the subject, fields and body of a report that these people were not reached (RFC 3464)."""
    failed = (f"Final-Recipient: rfc822; {p.address}\nAction: failed\nStatus: 5.1.1" for p in lost)
    parts = (
        "Content-Type: text/plain\n\nThese addresses could not be reached.\n\n",
        "Content-Type: message/delivery-status\n\n" + "\n\n".join(("Reporting-MTA: dns; mx.fernhill.example", *failed)),
    )
    return replace(
        draft,
        subject="Undelivered Mail Returned to Sender",
        marks=["automatic", "report"],
        extra=[("Auto-Submitted", b"auto-replied")],
        content_type='multipart/report; report-type=delivery-status; boundary="part"',
        body="".join(f"--part\n{part}\n" for part in parts) + "--part--",
    )


def _as_read(address: str) -> str:
    local_part, _, domain = address.rpartition("@")
    return f"{local_part}@{domain.lower()}"


def _fields(draft: Draft) -> tuple[tuple[str, Sequence[Person]], ...]:
    return ("To", draft.to), ("Cc", draft.cc), ("Bcc", draft.bcc)


def rfc_date(date: datetime) -> str:
    """A date as RFC 5322 §3.3 writes it, whatever the locale."""
    day, month = DAYS[date.weekday()], MONTHS[date.month - 1]
    return f"{day}, {date.day} {month} {date.year} {date:%H:%M:%S %z}"


def mailbox(person: Person) -> bytes:
    """A person as an address field names them (RFC 5322 §3.4)."""
    if not person.name:
        return person.address.encode()
    return phrase(person.name) + f" <{person.address}>".encode()


def phrase(name: str) -> bytes:
    """A display name: plain, quoted, or as encoded words, whichever it needs."""
    if not name.isascii():
        return words(name)
    return f'"{name}"'.encode() if _SPECIALS & set(name) else name.encode()


def words(text: str) -> bytes:
    """Text as it is, or as encoded words (RFC 2047) that keep within their 75 characters."""
    if text.isascii():
        return text.encode()
    chunks = [""]
    for character in text:
        if len((chunks[-1] + character).encode()) > 42:
            chunks.append("")
        chunks[-1] += character
    return b"\n ".join(b"=?utf-8?B?" + base64.b64encode(chunk.encode()) + b"?=" for chunk in chunks)


def people_field(people: Sequence[Person], separator: bytes = b",") -> bytes:
    """An address field, folded after each entry that would make its line long."""
    lines = [b""]
    for number, person in enumerate(people):
        entry = mailbox(person) + (separator if number + 1 < len(people) else b"")
        if lines[-1] and len(lines[-1]) + len(entry) > 76:
            lines.append(b"")
        lines[-1] += (b" " if lines[-1] else b"") + entry
    return b"\n ".join(lines)
