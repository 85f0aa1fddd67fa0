"""What a header says about a message: which lines make a mark, and which look like it and make none."""

from __future__ import annotations

import pytest

from scanner.envelope import Envelope, Locator, Mark
from scanner.headers import parse_envelope


def parse(raw: str) -> Envelope:
    return parse_envelope(raw.encode(), Locator("account", "Sent", "1"))


REPORTED_MARKS = [
    ("Auto-Submitted: auto-replied", Mark.AUTOMATIC),
    ("Auto-Submitted: auto-generated; owner-email=x@a.test", Mark.AUTOMATIC),
    ("Precedence: bulk", Mark.AUTOMATIC),
    ("Precedence: JUNK", Mark.AUTOMATIC),
    ("Precedence: list", Mark.LIST),
    ("List-Id: The list <list.a.test>", Mark.LIST),
    ("List-Post: NO", Mark.LIST),
    ("Content-Type: text/calendar; method=REQUEST", Mark.CALENDAR),
    ("Content-Type:\n TEXT/Calendar", Mark.CALENDAR),
    ("Content-Class: urn:content-classes:calendarmessage", Mark.CALENDAR),
    ("Content-Type: multipart/report; report-type=delivery-status", Mark.REPORT),
    ("Content-Type: multipart/encrypted; protocol=x", Mark.ENCRYPTED),
    ("Content-Type: application/pkcs7-mime; smime-type=enveloped-data", Mark.ENCRYPTED),
    ("Content-Type: application/x-pkcs7-mime; name=smime.p7m", Mark.ENCRYPTED),
    ("X-Unsent: 1", Mark.DRAFT),
    ("In-Reply-To: <1@a.test>", Mark.REPLY),
    ("References: <1@a.test>", Mark.REPLY),
    ("Subject: Re: x", Mark.REPLY),
    ("Subject: RE : x", Mark.REPLY),
    ("Subject: AW: x", Mark.REPLY),
    ("Subject: SV: x", Mark.REPLY),
    ("Subject: Odp: x", Mark.REPLY),
    ("Subject: Antw: x", Mark.REPLY),
    ("Subject: RES: x", Mark.REPLY),
    ("Subject: R: x", Mark.REPLY),
    ("Subject: Re[2]: x", Mark.REPLY),
    ("Subject: Re(3): x", Mark.REPLY),
    ("Subject: Re^2: x", Mark.REPLY),
    ("Subject: Re2: x", Mark.REPLY),
    ("Subject: [list] Re: Fwd: x", Mark.REPLY),
    ("Subject: =?utf-8?Q?Re=3A_x?=", Mark.REPLY),
    ("Subject: =?utf-8?Q?=E5=9B=9E=E5=A4=8D=EF=BC=9Ax?=", Mark.REPLY),
    ("Subject: WG: x", Mark.FORWARD),
    ("Subject: Fwd: Re: x", Mark.FORWARD),
    ("Subject: FW: x", Mark.FORWARD),
    ("Subject: TR: x", Mark.FORWARD),
    ("Subject: RV: x", Mark.FORWARD),
    ("Subject: ENC: x", Mark.FORWARD),
    ("Subject: I: x", Mark.FORWARD),
    ("Subject: =?utf-8?Q?=C4=B0LT=3A_x?=", Mark.FORWARD),
]
SPARED_BY_MARKS = [
    "Auto-Submitted: no",
    "Auto-Submitted: No (by hand)",
    "Precedence: first-class",
    "Content-Type: text/plain; name=text/calendar",
    "Content-Type: multipart/signed; protocol=application/pkcs7-signature",
    "Content-Type: application/pkcs7-mime; smime-type=signed-data",
    'Content-Type: application/pkcs7-mime; smime-type = "signed-data"',
    "Content-Class: urn:content-classes:message",
    "X-Unsent: 0",
    "X-Mozilla-Draft-Info: internal/draft; vcard=0",  # Thunderbird leaves it in the copy of what it sent
    "X-Uniform-Type-Identifier: com.apple.mail-draft",  # and so does Apple Mail with its own
    "Subject: Regarding: x",
    "Subject: Real estate: prices",
    "Subject: Reminder",
    "Subject: Re",
    "Subject: 2: x",
    "Subject: :",
    "Subject: Meeting (Re: budget)",
    f"Subject: {'x' * 200} Re: y",
]


@pytest.mark.parametrize(("line", "mark"), REPORTED_MARKS)
def test_marks(line: str, mark: Mark) -> None:
    assert parse(f"{line}\n\n").marks == {mark}


@pytest.mark.parametrize("line", SPARED_BY_MARKS)
def test_no_marks(line: str) -> None:
    assert parse(f"{line}\n\n").marks == frozenset()


def test_a_prefix_with_two_meanings_is_both() -> None:
    assert parse("Subject: VS: x\n\n").marks == {Mark.REPLY, Mark.FORWARD}
