"""One message as it was found, or why it could not be read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from scanner.address import Address, Field, Origin, Recipient
from scanner.defect import Defect
from scanner.identity import Keys, content_key, keys_of, message_key

# Members of an enumeration are slow to find.
_WRITTEN = Origin.ADDRESS
_BCC, _RESENT_BCC = Field.BCC, Field.RESENT_BCC


class Mark(StrEnum):
    """What else the source or the header says about a message. Facts, not judgements."""

    SENT = "sent"  # it lies in a folder of sent mail
    DRAFT = "draft"  # it was not sent: \\Draft, X-Unsent, a draft or outbox folder
    AUTOMATIC = "automatic"  # Auto-Submitted (RFC 3834) other than "no", or Precedence: bulk or junk
    LIST = "list"  # List-Id, List-Post (RFC 2919, RFC 2369) or Precedence: list
    CALENDAR = "calendar"  # Content-Type: text/calendar, or a meeting class of the source
    REPORT = "report"  # Content-Type: multipart/report (RFC 6522): a bounce or a read receipt
    REPLY = "reply"  # In-Reply-To or References, or a subject that begins with a reply prefix
    FORWARD = "forward"  # a subject that begins with a forward prefix
    RESENT = "resent"  # it carries a Resent block (RFC 5322 §3.6.6)
    ENCRYPTED = "encrypted"  # S/MIME or PGP: the outer recipients stay visible all the same
    QUOTED = "quoted"  # it was not found itself, but read out of a quotation in mail that came in


@dataclass(frozen=True, slots=True)
class Locator:
    """Where a message lies. It changes when the message is moved, so it is never part of an identity.

    `key` is opaque: UIDVALIDITY and UID, a Graph immutable id, an offset in an mbox, a file name.
    """

    account: str
    folder: str
    key: str

    def __str__(self) -> str:
        return f"{self.account}: {self.folder} #{self.key}"


@dataclass(frozen=True, slots=True)
class Unparsed:
    """Text of an address field that nobody could read as an address. It is shown, never thrown away."""

    field: Field
    text: str


@dataclass(frozen=True, slots=True)
class Resent:
    """The head of one Resent block (RFC 5322 §3.6.6); its recipients are in the envelope, under the Resent fields."""

    date: datetime | None
    author: Address | None
    message_id: str | None


class Outline(NamedTuple):
    """What links a message to others, and no recipient: `answers` are the message ids that it names, oldest first."""

    message_id: str | None
    answers: tuple[str, ...]
    subject: str
    marks: frozenset[Mark]


@dataclass(frozen=True, slots=True)
class Envelope:
    """The header summary of one message, in the IMAP sense (RFC 9051 §7.5.2), not the SMTP sense.

    message_id   without angle brackets; None when the field is missing or empty
    in_reply_to, references   message ids without brackets, in the order written
    date         of the Date field, aware; None with a defect when it is missing or cannot be read
    received     when the source stored it (IMAP INTERNALDATE), aware; None where the source does not say
    author       the first address of From; None with a defect when there is none. `author_name` is its display name
    sender       the address of the Sender field; None when there is none
    subject      decoded, unfolded; "" when missing
    recipients   every entry of every destination field, in the order written, repeated fields and groups included
    digest       SHA-256 (hexadecimal) of the header bytes that the source gave us, exactly as given
    size         of the whole message in octets; None where the source does not say
    """

    locator: Locator
    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    date: datetime | None
    author: Address | None
    author_name: str
    sender: Address | None
    subject: str
    recipients: tuple[Recipient, ...]
    digest: str
    size: int | None = None
    received: datetime | None = None
    resent: tuple[Resent, ...] = ()
    marks: frozenset[Mark] = frozenset()
    defects: tuple[Defect, ...] = ()
    unparsed: tuple[Unparsed, ...] = ()

    @property
    def shown(self) -> set[str]:
        """Everybody whom the visible fields show, by canonical address, or by the text for people without one.

        Addresses found inside names are left out, since conversions lose them.
        """
        return {
            # What `canonical` and `visible` say, without asking for them: tens of thousands of people pass here.
            f"{address.local_part.casefold()}@{address.domain}" if address else _shown_text(text or name)
            for address, name, field, _, origin, _, text in self.recipients
            if origin is _WRITTEN and field is not _BCC and field is not _RESENT_BCC
        }

    def has_room_for(self, recipients: int, besides: re.Pattern[bytes] | None = None) -> bool:
        """False only when there are fewer recipients, each @ in the unparsed text counted as one.

        A source may know it without having read the address fields; it leaves out of account every address that
        `besides` finds in them, from its @ on.
        """
        del besides
        return len(self.recipients) + sum(left.text.count("@") for left in self.unparsed) >= recipients

    def is_plainly_by(self, inside: re.Pattern[bytes]) -> bool:
        """True only when the author's domain is one that `inside` finds, and it is neither a report nor resent.

        A source may know it without having read the message; False says nothing.
        """
        del inside
        return False

    def may_be_by(self, local_parts: Iterable[str]) -> bool:
        """False only when the author's address has none of these local parts, given in lower case."""
        return self.author is not None and self.author.local_part.casefold() in local_parts

    @property
    def topic(self) -> str:
        """The subject; a source may tell it without having read anything else."""
        return self.subject

    @property
    def outline(self) -> Outline:
        """What links it to other messages; a source may tell it without having read the address fields."""
        return Outline(self.message_id, oldest_first(self.in_reply_to, self.references), self.subject, self.marks)

    @property
    def identity(self) -> str:
        """The key that all copies of this message share, wherever they lie (`scanner.identity`).

        It is the content key, or the digest for a message without a readable date: copies of such a message agree
        only when their header bytes do.
        """
        return self._content(sorted(self.shown))

    @property
    def keys(self) -> Keys:
        """By what another copy is recognised."""
        shown = sorted(self.shown)
        return keys_of(self._content(shown), message_key(self.message_id), self._writer, self.date, shown)

    @property
    def beside(self) -> frozenset[str]:
        """Everybody who is not in `shown`: hidden readers, and addresses that stand inside names."""
        return frozenset(
            entry.address.canonical if entry.address else _shown_text(entry.text or entry.name)
            for entry in self.recipients
            if not (entry.visible and entry.origin is _WRITTEN)
        )

    @property
    def _writer(self) -> str:
        return self.author.canonical if self.author else ""

    def _content(self, shown: list[str]) -> str:
        return content_key(self._writer, self.date, self.subject, shown) or self.digest


def oldest_first(in_reply_to: tuple[str, ...], references: tuple[str, ...]) -> tuple[str, ...]:
    """The message ids of both fields, each once. References are written oldest first (RFC 5322 §3.6.4)."""
    return tuple(dict.fromkeys((*references, *in_reply_to)))


def _shown_text(text: str) -> str:
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that the source holds and we could not read. It is counted, kept and printed."""

    locator: Locator
    reason: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A message that we rightly did not read, and why: it vanished while we read, or it is no message at all.

    `there` is whether it is a message that lies there, and that other settings may have read.
    """

    locator: Locator
    reason: str
    there: bool = field(default=False, compare=False)


Reading = Envelope | Unreadable | Skipped
