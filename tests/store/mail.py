"""Invented envelopes for the tests of the store, the scan and the review."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scanner.address import Address, Field, Recipient
from scanner.coverage import ChosenBy, Coverage
from scanner.envelope import Envelope, Locator, Mark
from scanner.policy import InternalDomain, Policy
from scanner.store import Found

OURS = Policy(internal=(InternalDomain("corp.example"),))
START = datetime(2024, 3, 15, 9, 30, tzinfo=UTC)


def address(text: str) -> Address:
    local_part, _, domain = text.partition("@")
    return Address(local_part, domain)


def envelope(number: int = 1, *, folder: str = "Sent", key: str = "", outsiders: int = 12) -> Envelope:
    """Message `number`, sent to outsiders of as many companies; the same number is the same message."""
    return Envelope(
        locator=Locator("archive", folder, key or str(number)),
        message_id=f"m{number}@corp.example",
        in_reply_to=(),
        references=(),
        date=START + timedelta(hours=number, seconds=20),
        author=address("ann@corp.example"),
        author_name="Ann",
        sender=None,
        subject=f"{number} price lists",
        recipients=tuple(
            Recipient(address(f"p{place}@c{place}n{number}.example"), f"Person {place}", Field.TO)
            for place in range(outsiders)
        ),
        digest=f"{number:064x}",
        marks=frozenset({Mark.SENT}),
    )


def with_bcc(copy: Envelope, text: str) -> Envelope:
    return replace(copy, recipients=(*copy.recipients, Recipient(address(text), "", Field.BCC)))


def found(*candidates: Envelope, folder: str = "Sent", cursor: str = "1", finished: bool = False) -> Found:
    """A stretch that held these candidates and nothing else."""
    coverage = Coverage(
        "archive", folder, ChosenBy.ARCHIVE, None, read=len(candidates), finished=finished, oldest=START, newest=START
    )
    return Found(coverage, cursor, OURS, candidates=candidates)


def raw(number: int, *, outsiders: int = 12, author: str = "ann@corp.example") -> bytes:
    """The same as the bytes of a whole message."""
    sent = START + timedelta(hours=number)
    to = ", ".join(f"p{place}@c{place}n{number}.example" for place in range(outsiders))
    lines = (
        f"From: Ann <{author}>",
        f"To: {to}",
        f"Subject: {number} price lists",
        f"Date: {sent:%a, %d %b %Y %H:%M:%S +0000}",
        f"Message-ID: <m{number}@corp.example>",
        "",
        "Dear all,",
        "",
    )
    return "\r\n".join(lines).encode()
