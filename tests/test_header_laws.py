"""Laws of the header reader: whatever is given, an envelope comes out, in linear time, with nothing missing."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.envelope import Envelope, Locator
from scanner.headers import parse_envelope


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
    "é", "=", "?=", "=?", "g:", "SMTP:", "[", "]", "'", "@", "<", ">", "\t", '"x@y.test"', "&", "/", "|", ",,", ", ",
))
# fmt: on


@given(st.lists(IN_A_FIELD, max_size=14).map("".join))
def test_no_address_field_has_less_room_than_recipients(field: str) -> None:
    count = len(parse(f"To: {field}\n\n").recipients)
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
    def seconds(size: int) -> float:
        raw = b"To: a@a.test,\n" + piece * (size // len(piece)) + b"\n\n"
        best = 60.0
        for _ in range(2):
            begin = process_time()
            assert parse(raw).recipients
            best = min(best, process_time() - begin)
        return best

    assert seconds(160_000) < 10 * max(seconds(40_000), 0.01)  # 4 for linear time, 16 for quadratic
