"""Envelopes written the short way, for the tests of the detector."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from scanner.address import Address, Field, Form, Origin, Recipient
from scanner.detector import detect
from scanner.envelope import Envelope, Locator, Mark, Resent, Unparsed
from scanner.exposure import Exposure
from scanner.policy import InternalDomain, Policy

US = Policy(
    internal=(InternalDomain("company.example"),),
    own_addresses=("owner@freemail.example",),
    affiliates=("partner.example",),
    free_mail_add=("freemail.example",),
)
NOON = datetime(2024, 3, 15, 12, 0, tzinfo=UTC)
SENT = frozenset((Mark.SENT,))


def address(text: str) -> Address:
    local_part, _, domain = text.rpartition("@")
    return Address(local_part, domain)


def entry(text: str, field: Field = Field.TO, name: str = "", origin: Origin = Origin.ADDRESS) -> Recipient:
    """A recipient; text without @ is a person shown by name only."""
    if "@" not in text:
        return Recipient(None, text, field, Form.NAME, text=text)
    return Recipient(address(text), name, field, origin=origin)


def to(*texts: str) -> tuple[Recipient, ...]:
    return tuple(entry(text) for text in texts)


def cc(*texts: str) -> tuple[Recipient, ...]:
    return tuple(entry(text, Field.CC) for text in texts)


def bcc(*texts: str) -> tuple[Recipient, ...]:
    return tuple(entry(text, Field.BCC) for text in texts)


def resent_to(*texts: str) -> tuple[Recipient, ...]:
    return tuple(entry(text, Field.RESENT_TO) for text in texts)


def strangers(count: int, field: Field = Field.TO) -> tuple[Recipient, ...]:
    """People of as many different companies."""
    return tuple(entry(f"person@firm-{number}.example", field) for number in range(count))


def consumers(count: int, field: Field = Field.TO) -> tuple[Recipient, ...]:
    return tuple(entry(f"someone{number}@freemail.example", field) for number in range(count))


def envelope(
    recipients: Iterable[Recipient],
    *,
    author: str | None = "sender@company.example",
    author_name: str = "",
    sender: str | None = None,
    date: datetime | None = NOON,
    subject: str = "Survey",
    marks: Iterable[Mark] = SENT,
    resent_by: tuple[str, ...] = (),
    place: str = "Sent",
    digest: str = "d1",
    unparsed: Iterable[str] = (),
    unparsed_in: Field = Field.TO,
) -> Envelope:
    return Envelope(
        locator=Locator("account", place, "1"),
        message_id=None,
        in_reply_to=(),
        references=(),
        date=date,
        author=address(author) if author else None,
        author_name=author_name,
        sender=address(sender) if sender else None,
        subject=subject,
        recipients=tuple(recipients),
        digest=digest,
        resent=tuple(Resent(date, address(who), None) for who in resent_by),
        marks=frozenset(marks),
        unparsed=tuple(Unparsed(unparsed_in, text) for text in unparsed),
    )


def exposure(message: Envelope, policy: Policy = US) -> Exposure:
    """The one exposure of a candidate."""
    (found,) = detect([message], policy)
    return found


def affected(message: Envelope, policy: Policy = US) -> list[str]:
    """The keys of the affected people of a candidate."""
    return [person.key for person in exposure(message, policy).affected]
