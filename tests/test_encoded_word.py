"""Unstructured text: RFC 2047 words, wrong character sets, raw bytes; never an error, never a lone surrogate."""

from __future__ import annotations

import base64
from email.header import Header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.defect import Defect
from scanner.encoded_word import decode_text

CLEAN = [
    (b"Saying hello", "Saying hello"),
    (b" folded\r\n\tonce \r\n  again\r\n", "folded once again"),
    (b"", ""),
    (b"=?utf-8?q?J=C3=BCrgen?=", "Jürgen"),
    (b"=?UTF-8?B?SsO8cmdlbg==?=", "Jürgen"),
    (b"=?iso-8859-1?q?this is some text?=", "this is some text"),
    (b"=?us-ascii*en?q?Keith_Moore?=", "Keith Moore"),  # RFC 2231 §5: a language after the character set
    (b"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
    (b"=?utf-8?q?a?=\r\n =?iso-8859-1?q?=E9?=", "aé"),
    (b"=?utf-8?q?a?= and =?utf-8?q?b?=", "a and b"),
    (b"[list]=?utf-8?q?subject?=", "[list]subject"),
    (b"=?utf-8?B?w4E=?= =?utf-8?B?w4k=?=", "ÁÉ"),
    (b"=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "ü"),  # one character split between two words
    (b"=?utf-8?b?w4k?=", "É"),  # padding forgotten
    (b"=?utf-8?b?YQ==Yg==?=", "ab"),  # two padded stretches in one word
    (b"=?gb2312?B?1cXI/Q==?=", "张三"),
    (b"=?iso-2022-jp?B?GyRCOzNFRBsoQg==?=", "山田"),
    (b"=?koi8-r?B?6dfBzg==?=", "Иван"),
    (b"=?koi8-u?B?6dfBzg==?=", "Иван"),
    (b"=?windows-1252?q?=80?=", "€"),
    (b"=?iso-8859-1?q?=80?=", "€"),  # what senders of Windows mean
    (b"=?utf-8?q?a?b?=", "a?b"),
    (b"a =? b", "a =? b"),
    (b"=?utf-8?q?never closed", "=?utf-8?q?never closed"),
    (b"=?utf-8?q?open =?utf-8?q?closed?=", "=?utf-8?q?open closed"),
    (b"=?utf-8?x?a?=", "=?utf-8?x?a?="),
    (b"=?utf-8?b?a@x.example?=", "=?utf-8?b?a@x.example?="),  # no Base64, and an address would be lost
    (b"=?utf-8?q?line=0D=0Abreak?=", "line break"),
    (b"=?utf-8?q?long\r\n _word?=", "long word"),
]


@pytest.mark.parametrize(("value", "text"), CLEAN)
def test_text_is_decoded_without_a_defect(value: bytes, text: str) -> None:
    assert decode_text(value) == (text, ())


ODD = [
    ("Jürgen".encode(), "Jürgen", Defect.RAW_8BIT),
    ("Jürgen".encode("latin-1"), "Jürgen", Defect.RAW_8BIT),
    ("é".encode("latin-1") + b" and " + "ü".encode(), "é and ü", Defect.RAW_8BIT),
    (b"\x81\x8d", "\x81\x8d", Defect.RAW_8BIT),  # undefined in Windows-1252
    (b"=?x-unheard-of?q?caf=E9?=", "café", Defect.UNKNOWN_CHARSET),
    (b"=??q?caf=C3=A9?=", "café", Defect.UNKNOWN_CHARSET),
    (b"=?utf-8?q?caf=E9?=", "café", Defect.UNKNOWN_CHARSET),  # named wrongly
    (b"=?us-ascii?q?caf=C3=A9?=", "café", Defect.UNKNOWN_CHARSET),
    (b"=?unicode_escape?q?=5Cud800?=", "\\ud800", Defect.UNKNOWN_CHARSET),  # no character set of mail
    (b"=?idna?q?a.b?=", "a.b", Defect.UNKNOWN_CHARSET),
    (b"=?rot13?q?a?=", "a", Defect.UNKNOWN_CHARSET),
]


@pytest.mark.parametrize(("value", "text", "defect"), ODD)
def test_odd_text_is_guessed_and_says_so(value: bytes, text: str, defect: Defect) -> None:
    assert decode_text(value) == (text, (defect,))


def test_a_lone_surrogate_is_replaced() -> None:
    encoded = "\ud800".encode("utf-7", "surrogatepass").decode("ascii")
    text, _ = decode_text(f"=?utf-7?q?{encoded.replace('+', '=2B')}?=".encode())
    assert text == "\N{REPLACEMENT CHARACTER}"


@given(st.binary(max_size=300))
def test_any_bytes_give_text_that_can_be_written(value: bytes) -> None:
    text, defects = decode_text(value)
    assert text.encode("utf-8").decode("utf-8") == text
    assert defects == tuple(sorted(set(defects)))


PIECES = st.sampled_from(
    [
        b"=?utf-8?q?",
        b"=?",
        b"?=",
        b"=?utf-7?b?",
        b"=?utf-16?b?",
        b"=?big5?q?",
        b"=",
        b"\xc3",
        b"\xbc",
        b" ",
        b"\r\n ",
        b"a",
        b"+2AA-",
    ]
)


@given(st.lists(PIECES, max_size=40))
def test_any_pieces_of_encoded_words_give_text_that_can_be_written(pieces: list[bytes]) -> None:
    text, _ = decode_text(b"".join(pieces))
    text.encode("utf-8")


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=80))
def test_what_the_standard_library_encodes_is_read_back(text: str) -> None:
    encoded = Header(text, "utf-8", maxlinelen=60).encode()
    assert decode_text(encoded.encode("ascii"))[0] == text


@given(
    st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=60),
    st.integers(1, 20),
)
def test_characters_split_between_words_are_joined(text: str, size: int) -> None:
    data = text.encode("utf-8")
    words = [base64.b64encode(data[start : start + size]) for start in range(0, len(data), size)]
    value = b"\r\n ".join(b"=?utf-8?b?" + word + b"?=" for word in words)
    assert decode_text(value) == (text, ())
