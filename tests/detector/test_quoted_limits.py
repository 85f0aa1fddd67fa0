"""What hostile mail costs the reader of quotations: time in proportion to its size, and never an exception."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detector.html_text import html_text
from scanner.detector.message_parts import DEEPEST, LONGEST_TEXT, MOST_PARTS, Kind, parts_of
from scanner.detector.quoted import MOST_QUOTED, may_quote, undelivered_of
from scanner.envelope import Mark
from scanner.headers import parse_envelope
from tests.detector.quotations import AUTHOR, BORDER, OUTLOOK, PLACE, incoming, quoted_in
from tests.growth import assert_linear

TEXT: dict[str, Callable[[int], str]] = {
    "quotation marks": lambda size: ">" * size + "\n",
    "lines of quotation marks": lambda size: "> > >\n" * (size // 6),
    "deeper and deeper": lambda size: "".join(">" * (depth % 500) + "\n" for depth in range(size // 250)),
    "labels": lambda size: "From: a\n" * (size // 8),
    "labels in turn": lambda size: f"From: {AUTHOR}\nTo: a@b.example; c@d.example\nSubject: x\n" * (size // 64),
    "one long list": lambda size: f"From: {AUTHOR}\nSubject: x\nTo: " + "a@b.example;\n" * (size // 13),
    "a list of doubtful lines": lambda size: f"From: {AUTHOR}\nSubject: x\nTo: " + ("a" * 70 + "\n") * (size // 71),
    "open brackets": lambda size: f"From: {AUTHOR}\nSubject: x\nTo: " + "<\n" * (size // 2),
    "colons": lambda size: ":" * size,
    "one line of labels": lambda size: "--- Forwarded ---  " + "From: To: " * (size // 10),
    "a long date": lambda size: f"From: {AUTHOR}\nTo: a@b.example; c@d.example\nDate: " + "1/" * (size // 2) + "\n",
    "a long subject": lambda size: (
        f"From: {AUTHOR}\nTo: a@b.example; c@d.example\nSubject: " + "=?" * (size // 2) + "\n"
    ),
}
HTML: dict[str, Callable[[int], str]] = {
    "openings": lambda size: "<" * size,
    "open tags": lambda size: "<a " * (size // 3),
    "open values": lambda size: '<a b="' * (size // 6),
    "open values of both kinds": lambda size: "<a b=\"<a b='" * (size // 12),
    "open comments": lambda size: "<!-- " * (size // 5),
    "open styles": lambda size: "<style><style" * (size // 13),
    "open links": lambda size: "<a href=mailto:a@b.example>x" * (size // 28),
    "cells": lambda size: "<td>" * (size // 4),
    "rows": lambda size: "<tr> " * (size // 5),
    "references": lambda size: "&#" + "9" * size,
    "ampersands": lambda size: "&" * size,
    "divisions": lambda size: "<div>" * (size // 5),
}
MIME: dict[str, Callable[[int], bytes]] = {
    "nested multiparts": lambda size: b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (depth, depth) for depth in range(size // 48)
    ),
    "nested originals": lambda size: b"Content-Type: message/rfc822\n\n" * (size // 30),
    "one boundary all over": lambda size: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * (size // 5),
    "prefixes of a boundary": lambda size: (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + b"\n--bb" * (size // 5)
    ),
    "a type full of parameters": lambda size: b"Content-Type: multipart/mixed" + b"; a=b" * (size // 5) + b"\n\n",
    "a folded type": lambda size: b"Content-Type: text/plain;" + b"\n " * (size // 2) + b"\n\n",
    "many types": lambda size: b"Content-Type: a/b\n" * (size // 18) + b"\n",
    "quoted-printable": lambda size: b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=\n" * (size // 2),
    "base64": lambda size: b"Content-Transfer-Encoding: base64\n\n" + b"RnJvbTog\n" * (size // 9),
    "a report": lambda size: b"Content-Type: message/delivery-status\n\n" + b"Action: failed\n \n" * (size // 17),
    "recipients of a report": lambda size: (
        b"Content-Type: message/delivery-status\n\n"
        + b"Action: failed\nFinal-Recipient: rfc822;a@b.example\n\n" * (size // 52)
    ),
    "empty lines": lambda size: b"\n" * size,
}


@pytest.mark.parametrize("make", TEXT.values(), ids=TEXT)
def test_texts_are_read_in_linear_time(make: Callable[[int], str]) -> None:
    assert_linear(lambda size: quoted_in(incoming(make(size))), 20_000)


@pytest.mark.parametrize("make", HTML.values(), ids=HTML)
def test_html_is_read_in_linear_time(make: Callable[[int], str]) -> None:
    assert_linear(lambda size: html_text(make(size)), 20_000)


@pytest.mark.parametrize("make", MIME.values(), ids=MIME)
def test_structures_are_read_in_linear_time(make: Callable[[int], bytes]) -> None:
    def work(size: int) -> None:
        raw = b"From: a@b.example\n" + make(size)
        quoted_in(raw)
        undelivered_of(raw)

    assert_linear(work, 20_000)


def nested(depth: int) -> bytes:
    """A quotation within that many multiparts."""
    head = "".join(f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n" for level in range(depth))
    return f"From: anna@firm.example\n{head}\n{OUTLOOK}".encode()


def test_parts_are_read_to_a_depth_and_no_deeper() -> None:
    assert len(quoted_in(nested(DEEPEST))) == 1
    assert quoted_in(nested(DEEPEST + 1)) == ()
    assert quoted_in(nested(20_000)) == ()


def test_the_number_of_parts_of_quotations_and_of_octets_is_bounded() -> None:
    many = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * (2 * MOST_PARTS)
    assert sum(part.kind is Kind.TEXT for part in parts_of(many)) == MOST_PARTS - 1
    quotations = "".join(OUTLOOK.replace("Our study", f"Study {number}") for number in range(2 * MOST_QUOTED))
    assert len(quoted_in(incoming(quotations))) == MOST_QUOTED
    (part,) = parts_of(b"From: a@b.example\n\n" + b"x" * (LONGEST_TEXT + 9))
    assert len(part.octets) == LONGEST_TEXT


def test_a_structure_without_its_boundary_is_read_as_text() -> None:
    for kind in ("multipart/mixed", "multipart/mixed; boundary=missing", 'multipart/mixed; boundary=""'):
        assert len(quoted_in(incoming(OUTLOOK, kind))) == 1


def test_lines_may_end_in_any_way() -> None:
    for end in ("\r\n", "\r", "\n"):
        text = incoming(OUTLOOK).decode().replace("\r\n", "\n").replace("\n", end)
        assert len(quoted_in(text.encode())) == 1


PIECES = st.sampled_from(
    (
        *(
            b"From: ",
            b"To: ",
            b"Cc: ",
            b"Subject: ",
            b"Sent: ",
            b"Von: ",
            b"An:",
            b"Date: 15.03.2024 13:00",
            b"Message-ID: <x>",
        ),
        *(
            b"\n",
            b"\r\n",
            b"\r",
            b"\n\n",
            b" ",
            b"> ",
            b"--b",
            b"--b--",
            b"*",
            b"-----",
            b"\0",
            b"\xff",
            b"=?utf-8?q?=40?=",
        ),
        *(
            b"Content-Type: multipart/mixed; boundary=b\n",
            b"Content-Type: text/html\n",
            b"Content-Type: message/rfc822\n",
        ),
        *(b"Content-Transfer-Encoding: base64\n", b"Content-Type: text/plain; charset=utf-7\n", b"charset=idna\n"),
        *(
            b"Content-Type: message/delivery-status\n",
            b"Action: failed\n",
            b"Final-Recipient: rfc822;",
            b"<br>",
            b"<a href=mailto:",
        ),
        *(AUTHOR.encode(), b"anna@firm.example", b"; bo@shop.example", b"&#64;", b"&#99999999999;", b"<b>", b"x"),
    )
)


@given(st.lists(PIECES, max_size=60).map(b"".join) | st.binary(max_size=200))
def test_whatever_is_given_envelopes_of_ours_come_out(raw: bytes) -> None:
    inbound = parse_envelope(raw, PLACE)
    assert may_quote(inbound, BORDER) in (True, False)
    for envelope in quoted_in(raw):
        assert Mark.QUOTED in envelope.marks
        assert envelope.author is not None
        assert envelope.author.domain == "company.example"
        assert len(envelope.shown) >= 2
        assert len(envelope.digest) == 64
        assert envelope.locator == PLACE
        assert envelope.identity
        envelope.subject.encode()
    assert all("@" in address for address in undelivered_of(raw))


@given(st.text(alphabet="<>ab/ !-='\"&#;6\n\t", max_size=80))
def test_html_of_any_kind_becomes_text_without_empty_lines(source: str) -> None:
    assert "" not in html_text(f"x{source}").split("\n")[:-1]
