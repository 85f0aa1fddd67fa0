"""Mail that came in and quotes ours, written the short way, for the tests of what is read out of it."""

from __future__ import annotations

from scanner.detector.internal import Border
from scanner.detector.quoted import quoted_lists
from scanner.envelope import Envelope, Locator
from scanner.headers import parse_envelope
from tests.detector.envelopes import US

PLACE = Locator("account", "Inbox", "7")
BORDER = Border(US)
AUTHOR = "research@company.example"
PEOPLE = ("anna@firm.example", "bo@shop.example", "carl@studio.example")


def incoming(body: str, content_type: str = "text/plain; charset=utf-8", *, head: str = "") -> bytes:
    """A reply by one of the people to one of us."""
    return (
        f"From: anna@firm.example\r\nTo: {AUTHOR}\r\nSubject: Re: Our study\r\n"
        "Date: Mon, 18 Mar 2024 08:00:00 +0000\r\n"
        f"Message-ID: <answer@firm.example>\r\n{head}MIME-Version: 1.0\r\nContent-Type: {content_type}\r\n\r\n{body}"
    ).encode()


def quoted_in(raw: bytes) -> tuple[Envelope, ...]:
    """Everything of ours that is quoted."""
    return quoted_lists(raw, parse_envelope(raw, PLACE), BORDER)


def the_quoted(body: str, content_type: str = "text/plain; charset=utf-8") -> Envelope:
    """The one message that is quoted."""
    (envelope,) = quoted_in(incoming(body, content_type))
    return envelope


def shown_in(envelope: Envelope) -> tuple[str, ...]:
    """Whom its visible fields show, in alphabetical order."""
    return tuple(sorted(envelope.shown))


OUTLOOK = """\
-----Original Message-----
From: Meridor Research <research@company.example>
Sent: Friday, March 15, 2024 1:00 PM
To: Anna Berg <anna@firm.example>; bo@shop.example
Cc: Carl Lund <carl@studio.example>
Subject: Our study

Dear customer
"""


def short(people: str, subject: str = "Our study", author: str = AUTHOR) -> str:
    """A header as Outlook writes it, with these lines of recipients."""
    return f"From: {author}\nSent: 15 March 2024 13:00\n{people}\nSubject: {subject}\n\nHello\n"
