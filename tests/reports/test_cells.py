"""Every value that a stranger can choose, and what becomes of it in a cell."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.cells import MAX_TEXT, Formats, cell, fitted, shown
from reports.layout import Style, Value
from tests.reports.hostile import FORMULA_OPENERS, HOSTILE

FORMATS: Formats = {(style, quoted): 10 * i + quoted for i, style in enumerate(Style) for quoted in (False, True)}


def made(value: Value, style: Style = Style.TEXT) -> ElementTree.Element:
    return ElementTree.fromstring(cell("B7", value, style, FORMATS))  # noqa: S314 - our own XML


def text_of(element: ElementTree.Element) -> str:
    return "".join(element.itertext())


@pytest.mark.parametrize("value", HOSTILE)
def test_a_text_is_always_an_inline_string(value: str) -> None:
    element = made(value)
    assert element.get("t") == "inlineStr"
    assert [child.tag for child in element.iter()] == ["c", "is", "t"]


@pytest.mark.parametrize("opener", [each for each in FORMULA_OPENERS if each[0] in "=+-@|%＝＋－＠"])
def test_an_opener_of_formulas_gets_the_quote_prefix(opener: str) -> None:
    assert made(opener).get("s") == str(FORMATS[Style.TEXT, True])
    assert text_of(made(opener)) == opener


def test_an_ordinary_text_gets_no_quote_prefix() -> None:
    assert made("Ada Lovelace").get("s") == str(FORMATS[Style.TEXT, False])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bell \x07", "bell \\x07"),
        ("tab\tand return\r", "tab\\tand return\\r"),
        ("lone \ud800", "lone \\ud800"),
        ("over\u202eride", "over\\u202eride"),
        ("mark\u200f", "mark\\u200f"),
        ("end \ufffe", "end \\ufffe"),
        ("_x0041_", "_x005F_x0041_"),  # a reader turns this back into _x0041_ (ECMA-376 Part 1 §22.9.2.19)
        ("#REF!", "#REF!"),
        ("two\nlines", "two\nlines"),
        ("<b> & ]]>", "<b> & ]]>"),
    ],
)
def test_what_cannot_be_seen_is_written_out(value: str, expected: str) -> None:
    assert text_of(made(value)) == expected


def test_a_stranger_cannot_add_a_line() -> None:
    assert shown("Ada\nEve <eve@evil.example>") == "Ada\\nEve <eve@evil.example>"


@pytest.mark.parametrize("text", ["n" * 40_000, "😀" * 20_000, "\x00" * 10_000])
def test_a_long_text_is_cut_with_a_mark(text: str) -> None:
    kept = fitted(text)
    assert len(kept.encode("utf-16-le")) // 2 <= MAX_TEXT
    assert re.search(r" … \[cut here: 40,000 characters in all\]$|20,000 characters in all\]$", kept)


def test_a_text_that_just_fits_is_not_cut() -> None:
    assert fitted("n" * MAX_TEXT) == "n" * MAX_TEXT


def test_a_date_is_a_number_of_days_in_utc() -> None:
    paris = datetime(2020, 7, 21, 2, 0, tzinfo=timezone(timedelta(hours=2)))
    element = made(paris, Style.DATE)
    assert element.get("t") is None
    assert float(text_of(element)) == 44033.0


@pytest.mark.parametrize(
    "moment", [datetime(1899, 1, 1, tzinfo=UTC), datetime.min.replace(tzinfo=timezone(timedelta(hours=5)))]
)
def test_a_date_that_no_spreadsheet_holds_is_text(moment: datetime) -> None:
    assert text_of(made(moment, Style.DATE)) == moment.isoformat()


def test_a_date_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError, match="zone"):
        made(datetime(2020, 1, 1))  # noqa: DTZ001 - this is the point


@pytest.mark.parametrize("number", [float("inf"), float("nan"), 2**53 + 1])
def test_a_number_that_no_spreadsheet_holds_is_text(number: float) -> None:
    assert text_of(made(number)) == str(number)


def test_numbers_and_nothing() -> None:
    assert text_of(made(271, Style.NUMBER)) == "271"
    assert made(271, Style.NUMBER).get("t") is None
    assert text_of(made(None)) == text_of(made("")) == ""


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_makes_a_well_formed_cell_with_nothing_hidden(value: str) -> None:
    text = text_of(made(value))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    assert fitted(fitted(value)) == fitted(value)
    assert "\n" not in shown(value)
