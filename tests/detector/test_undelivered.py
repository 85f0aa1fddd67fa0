"""Whom a bounce did not reach, which mail may tell of ours, and which quotation is of which message."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.address import Field
from scanner.detector.quoted import may_quote, same_message, undelivered_of
from scanner.envelope import Envelope, Mark
from tests.detector.envelopes import NOON, bcc, cc, entry, envelope, strangers, to
from tests.detector.quotations import BORDER, OUTLOOK, the_quoted

STATUS = """\
Reporting-MTA: dns; mx.firm.example
Arrival-Date: Fri, 15 Mar 2024 13:00:14 +0000

Original-Recipient: rfc822;Sales@Shop.example
Final-Recipient: RFC822; bo@store.example
Action: failed
Status: 5.1.1

Final-Recipient: rfc822; <carl@studio.example>
Action: Failed (no such user)

Final-Recipient: rfc822; dora@late.example
Action: delayed

Final-Recipient: rfc822; emil@fine.example
Action: delivered

Final-Recipient: x400; /C=DE/S=Berg/
Action: failed
"""


def bounce(status: str, kind: str = "message/delivery-status", head: str = "") -> bytes:
    return (
        f"From: MAILER-DAEMON@mx.firm.example\n{head}To: sales@company.example\nSubject: Undelivered Mail\n"
        'Content-Type: multipart/report; report-type=delivery-status;\n boundary="b/1"\n\n--b/1\n\nSorry.\n'
        f"--b/1\nContent-Type: {kind}\n\n{status}\n"
        "--b/1\nContent-Type: text/rfc822-headers\n\nTo: f@g.example\n\n--b/1--\n"
    ).encode()


@pytest.mark.parametrize("kind", ["message/delivery-status", "Message/Global-Delivery-Status; charset=utf-8"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_failed_recipients_are_named_and_no_others(kind: str, end: str) -> None:
    raw = bounce(STATUS, kind).replace(b"\n", end.encode())
    assert undelivered_of(raw) == ("bo@store.example", "carl@studio.example", "sales@shop.example")


def test_exim_names_them_in_a_field_of_its_own() -> None:
    head = b"From: a@b.example\nX-Failed-Recipients: Bo@shop.example,\n carl@studio.example\nSubject: x\n"
    raw = head + b"\nX-Failed-Recipients: c@d.example\n"
    assert undelivered_of(raw) == ("bo@shop.example", "carl@studio.example")


def test_other_mail_names_nobody() -> None:
    assert undelivered_of(b"From: a@b.example\n\nFinal-Recipient: rfc822;bo@shop.example\nAction: failed\n") == ()
    assert undelivered_of(bounce(STATUS.replace("ailed", "elayed"))) == ()
    assert undelivered_of(b"") == ()


def received(
    *,
    author: str | None = "anna@firm.example",
    marks: tuple[Mark, ...] = (Mark.REPLY,),
    whom: str = "sales@company.example",
) -> Envelope:
    return envelope(to(whom), author=author, marks=marks)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (received(), True),
        (received(marks=(Mark.FORWARD,)), True),
        (received(marks=(Mark.REPORT,)), True),
        (received(marks=(Mark.REPORT,), author="postmaster@company.example"), True),
        (received(marks=(), author="MAILER-DAEMON@company.example"), True),
        (received(author=None), True),
        (received(whom="Owner@freemail.example"), True),
        (received(marks=()), False),
        (received(marks=(Mark.REPLY, Mark.SENT)), False),
        (received(marks=(Mark.REPLY, Mark.DRAFT)), False),
        (received(author="jo@company.example"), False),
        (received(whom="bo@shop.example"), False),
    ],
)
def test_mail_worth_fetching(message: Envelope, expected: bool) -> None:
    assert may_quote(message, BORDER) is expected


ANNA = entry("anna@firm.example", name="Anna Berg")
SENT = envelope(
    (ANNA, *to("bo@shop.example"), *cc("carl@studio.example")), subject="Our study", author="research@company.example"
)


def test_a_quotation_and_the_sent_copy_are_one_message() -> None:
    assert same_message(the_quoted(OUTLOOK), SENT)
    assert same_message(the_quoted(OUTLOOK), replace(SENT, recipients=(*SENT.recipients, *bcc("x@y.example"))))
    assert same_message(the_quoted(OUTLOOK.replace("Our study", "our  Study")), SENT)
    assert same_message(the_quoted(OUTLOOK.replace(" <anna@firm.example>", "")), SENT), "by the name"
    assert same_message(replace(the_quoted(OUTLOOK), date=None), SENT)


def test_an_audience_may_differ_by_a_fifth() -> None:
    people = strangers(10)
    whole, most, fewer = (envelope(people[:count]) for count in (10, 8, 7))
    assert same_message(most, whole)
    assert same_message(whole, most)
    assert not same_message(fewer, whole)


@pytest.mark.parametrize(
    "other",
    [
        replace(SENT, subject="Our second study"),
        replace(SENT, author=entry("sales@company.example").address),
        replace(SENT, author=None),
        replace(SENT, date=NOON + timedelta(days=7)),
        replace(SENT, recipients=strangers(3)),
        replace(SENT, recipients=()),
    ],
)
def test_another_message_is_another(other: Envelope) -> None:
    assert not same_message(the_quoted(OUTLOOK), other)
    assert not same_message(other, the_quoted(OUTLOOK))


def test_one_message_id_is_one_message() -> None:
    quoted = replace(the_quoted(OUTLOOK), message_id="a@b.example")
    sent = replace(SENT, subject="changed", recipients=strangers(3, Field.CC))
    assert same_message(quoted, replace(sent, message_id="a@b.example"))
    assert not same_message(quoted, replace(sent, message_id="c@d.example"))
    assert not same_message(replace(quoted, message_id=None), sent)


def test_a_name_that_two_people_have_stands_for_neither() -> None:
    twins = envelope(
        (entry("a@one.example", name="Anna Berg"), entry("a@two.example", name="Anna Berg"), *to("b@c.example"))
    )
    assert not same_message(envelope(to("Anna Berg", "b@c.example")), twins)
