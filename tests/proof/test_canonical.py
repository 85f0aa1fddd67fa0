"""Canonical JSON: the rules and the examples of RFC 8785."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.proof.canonical import canonical

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def test_the_order_of_keys_is_that_of_the_rfc() -> None:
    # RFC 8785 §3.2.3, whose keys are sorted by UTF-16 code units
    given_keys = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    assert list(json.loads(canonical(dict(given_keys))).values()) == [2, 4, 6, 7, 1, 5, 3]


def test_the_escapes_are_those_of_the_rfc() -> None:
    # RFC 8785 §3.2.2.2
    text = '\u20ac$\u000f\nA\'B"\\\\"/\x7f\u2028'
    assert canonical(text) == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/\x7f\u2028"'.encode()
    assert canonical("\b\t\n\f\r\x00\x1f") == b'"\\b\\t\\n\\f\\r\\u0000\\u001f"'


@given(VALUES)
def test_equal_values_have_equal_bytes_and_come_back(value: object) -> None:
    octets = canonical(value)  # type: ignore[arg-type]
    assert canonical(json.loads(octets)) == octets
    assert json.loads(octets) == value


@pytest.mark.parametrize(("value", "error"), [(0.5, TypeError), (2**53 + 1, ValueError), (b"", TypeError)])
def test_what_has_no_one_form_is_refused(value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        canonical([value])  # type: ignore[list-item]


def test_a_lone_surrogate_is_written_out() -> None:
    assert canonical({"a\udc80": "\ud800"}) == b'{"a\\\\udc80":"\\\\ud800"}'
