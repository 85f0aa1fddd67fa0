"""Laws of the header reader: whatever is given, an envelope comes out, in linear time, with nothing missing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.address import Form
from scanner.detector.internal import Border
from scanner.envelope import Envelope, Locator
from scanner.exposure import Standing
from scanner.headers import parse_envelope
from scanner.policy import InternalDomain, Policy
from tests.growth import assert_linear


def parse(raw: bytes | str) -> Envelope:
    return parse_envelope(raw.encode() if isinstance(raw, str) else raw, Locator("account", "Sent", "1"))


PIECES = st.sampled_from(
    b'To|Cc|From|Date|Subject|:| |\n|\r\n|\r|\t|\n\n|a@a.test|,|<b@b.test>|"|=?utf-8?Q?c=40c.test?='
    b"|=?utf-8?B?ZEBkLnRlc3Q=?=|;|(|)|\xff|\0|Resent-To|Message-ID|References|From x|>From |--"
    b"|Fri, 15 Mar 2024 12:00 +0100|x".split(b"|")
)


@given(st.lists(PIECES, max_size=60).map(b"".join) | st.binary(max_size=300))
def test_whatever_is_given_an_envelope_comes_out(raw: bytes) -> None:
    envelope = parse(raw)
    assert parse(raw).has_room_for(len(envelope.recipients))
    assert envelope.defects == tuple(sorted(set(envelope.defects)))
    for value in (envelope.subject, envelope.author_name, envelope.message_id or "", *envelope.references):
        value.encode()
    assert parse(raw) == envelope
    assert parse(raw + b"\n\nbody").recipients[: len(envelope.recipients)] == envelope.recipients


# fmt: off
IN_A_FIELD = st.sampled_from((
    "a@b.test", "<c@d.test>", '"', '"Lind, Bo"', ",", ";", ":", " ", "\n ", "\\", "(", ")", "=?utf-8?Q?x=40y.test?=",
    "=?utf-8?Q?x?=", "=?utf-8?B?YUBiLnRlc3Q=?=", "=?utf-7?Q?a+AEA-b.test?=", "</O=A/CN=B>", "<root>", "Bo", "Ann Lind",
    "\"'a@b.test'\" <a@b.test>", "\"'c@d.test'\" <C@d.test>", '"Bo \\"B\\" Lind"', '\\"',
    "IMCEASMTP-x+40d+2Etest@b.test", "<x_d.test#EXT#@b.test>",
    '"=?iso-2022-jp?Q?x=40y.test=2C_z=40z.test?="', "\r",
    "é", "=", "?=", "=?", "g:", "SMTP:", "[", "]", "'", "@", "<", ">", "\t", '"x@y.test"', "&", "/", "|", ",,", ", ",
))
# fmt: on


@given(st.lists(IN_A_FIELD, max_size=14).map("".join))
def test_no_address_field_has_less_room_than_recipients(field: str) -> None:
    count = len(parse(f"To: {field}\n\n").recipients)
    assert parse(f"To: {field}\n\n").has_room_for(count)


@given(st.lists(IN_A_FIELD, max_size=14).map("".join))
def test_nor_less_room_than_outsiders_when_ours_are_left_out(field: str) -> None:
    border = Border(Policy(internal=(InternalDomain("b.test"),)))
    envelope = parse(f"To: {field}\n\n")
    outsiders = [
        entry
        for entry in envelope.recipients
        if (border.standing(entry.address, None) is Standing.OUTSIDER if entry.address else entry.form is Form.NAME)
    ]
    assert parse(f"To: {field}\n\n").has_room_for(len(outsiders), border.inside)


def test_ours_take_no_room() -> None:
    ours = Border(Policy(internal=(InternalDomain("b.test"),))).inside
    assert not parse("To: a@b.test, <c@x.B.TEST>, d@b.test, e@d.test\n\n").has_room_for(2, ours)
    assert parse("To: a@b.test.d.test, c@ab.test, d@b.test\n\n").has_room_for(2, ours)


def test_an_unread_word_takes_room_beside_the_name_on_the_next_line() -> None:
    assert parse("To: a@b.testa@b.test\n Ann Lind\n\n").has_room_for(3)


def test_an_encoded_word_behind_an_address_takes_room() -> None:
    field = "Bo <a@b.test> =?utf-8?q?Ann?=, c@d.test"
    assert len(parse(f"To: {field}\n\n").recipients) == 3
    assert parse(f"To: {field}\n\n").has_room_for(3)


@pytest.mark.parametrize(
    "field",
    [
        '"=?iso-2022-jp?Q?a=40a.test=2C_b=40b.test?=" <c@d.test>',
        '"=?x-unknown?Q?a=40a.test=2C_b=40b.test=2C_e=40e.test?=" <c@d.test>, f@f.test',
        "a@a\rtest, b@b.test",
        "Ann\rLind\rBo\rMarsh",
        "<a@a.test test\n =?utf-8?Q?Ann?=",
    ],
)
def test_what_hides_recipients_leaves_room_for_them(field: str) -> None:
    count = len(parse(f"To: {field}\n\n").recipients)
    assert count > field.count("<") + field.count(", ")
    assert parse(f"To: {field}\n\n").has_room_for(count)


def test_few_recipients_need_no_more_than_a_look() -> None:
    for body in ("a@b.test", '"Lind, Bo" <b@b.test>, "Marsh, Ann" <a@b.test>', "=?utf-8?B?WsO2w6s=?= <z@b.test>"):
        assert not parse(f"To: {body}\n\n").has_room_for(5)


HOSTILE = {
    "fields": b"To: a@a.test\n",
    "empty fields": b"To:\n",
    "broken lines": b"broken\n",
    "broken lines with addresses": b"a@a.test,\n",
    "folds": b" x\n",
    "colons": b":\n",
    "carriage returns": b"\r",
    "quoted separators": b">From x\n",
    "encoded words": b"=?utf-8?Q?x?= ",
    "references": b"References: <a@b> <\n",
    "resent": b"Resent-To: a@a.test\n",
    "spaces": b"Subject" + b" " * 200 + b"\n",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_headers_take_linear_time(piece: bytes) -> None:
    def read(size: int) -> None:
        assert parse(b"To: a@a.test,\n" + piece * (size // len(piece)) + b"\n\n").recipients

    assert_linear(read, 16_000)
