"""The one way in which a value becomes a cell: never a formula, never cut in silence, nothing hidden in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from reports.layout import Style, Value

MAX_TEXT = 32_767  # UTF-16 code units in one cell
Formats = Mapping[tuple[Style, bool], int]
"""The number of the cell format in the style sheet, by style and by whether the text needs the quote prefix."""

# The characters with which spreadsheets, or programs that read their exports, begin a formula or a command.
_OPENERS = frozenset("=+-@\t\r\n|%＝＋－＠")
_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)  # day 0 of the 1900 date system, as it counts from 1 March 1900 on
_FIRST_DATE = datetime(1900, 3, 1, tzinfo=UTC)
_EXACT_NUMBER = 2**53  # up to here a spreadsheet's floating point holds every integer

# What a reader cannot see or what changes the order of what they see: C0 and C1 controls, soft hyphen, direction marks
# and overrides, zero-width space, line and paragraph separators, invisible operators, lone surrogates, byte order
# mark, annotation marks, noncharacters. Joiners stay: Persian, Indic scripts and emoji need them.
_HIDDEN_CHARACTERS = (
    "\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"
)
_HIDDEN = re.compile(f"[{_HIDDEN_CHARACTERS}]")
_HIDDEN_OR_LINE = re.compile(f"[\n{_HIDDEN_CHARACTERS}]")
# ECMA-376 Part 1 §22.9.2.19 (ST_Xstring): a reader turns _xHHHH_ into the character, so a literal one is escaped.
_XSTRING = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_NAMED = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def shown(text: str) -> str:
    """Text of a stranger on one line; what cannot be seen is written out, such as a bell or a direction override."""
    return _HIDDEN_OR_LINE.sub(_written_out, text)


def within(text: str, most: int) -> str:
    """The text on one line and of so many UTF-16 code units, with a mark where it is cut."""
    text = shown(text)
    if _units(text) <= most:
        return text
    return text.encode("utf-16-le")[: (most - 1) * 2].decode("utf-16-le", "ignore") + "…"


def xstring(text: str) -> str:
    """The text as attributes and elements of type ST_Xstring hold it, before XML has its own escapes."""
    return _XSTRING.sub("_x005F_", text) if "_x" in text else text


def cell(reference: str, value: Value, style: Style, formats: Formats) -> str:
    """The cell as SpreadsheetML (ECMA-376 Part 1 §18.3.1.4): a number, a date, an inline string, or an empty one.

    Inline strings cannot be formulas; texts that begin like one also get the quote prefix, so that they stay text when
    somebody edits the cell. Raises TypeError for a date without a zone.
    """
    return f'<c r="{reference}"{content(value, formats[style, False], formats[style, True])}'


def content(value: Value, number: int, quoted: int) -> str:
    """The cell from behind its reference to its end, in the cell format `number`, or `quoted` with the quote prefix."""
    if isinstance(value, datetime):
        serial = _serial(value)
        value = value.isoformat() if serial is None else serial
    elif isinstance(value, (int, float)) and not abs(value) <= _EXACT_NUMBER:  # infinite and "not a number" too
        value = str(value)
    if value is None or value == "":
        return f' s="{number}"/>'
    if not isinstance(value, str):
        return f' s="{number}"><v>{int(value) if value == int(value) else value!r}</v></c>'  # 1.0 and True as 1
    text = _xml_text(value)
    space = ' xml:space="preserve"' if text[0].isspace() or text[-1].isspace() else ""
    used = quoted if value[0] in _OPENERS else number
    return f' s="{used}" t="inlineStr"><is><t{space}>{text}</t></is></c>'


def fitted(text: str) -> str:
    """The text with hidden characters written out, and with a mark at its end where a cell cannot hold all of it."""
    text = _HIDDEN.sub(_written_out, text)
    if len(text) * 2 <= MAX_TEXT or _units(text) <= MAX_TEXT:
        return text
    mark = f" … [cut here: {len(text):,} characters in all]"
    room = MAX_TEXT - len(mark)
    kept = text.encode("utf-16-le")[: room * 2].decode("utf-16-le", "ignore")
    return kept + mark


def is_plain(text: str) -> bool:
    """Whether every character is one of printable ASCII, and a cell can hold them all."""
    return text.isascii() and text.isprintable() and len(text) <= MAX_TEXT


def _xml_text(text: str) -> str:
    if not is_plain(text):
        text = fitted(text)
    text = xstring(text)
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    return text.replace(">", "&gt;") if ">" in text else text


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _written_out(match: re.Match[str]) -> str:
    character = match[0]
    if character in _NAMED:
        return _NAMED[character]
    return f"\\x{ord(character):02x}" if character < "\u0100" else f"\\u{ord(character):04x}"


def _serial(moment: datetime) -> float | None:
    """Days since the epoch in UTC, to the second; None for a time that a spreadsheet cannot hold as a date."""
    if moment.utcoffset() is None:
        raise TypeError("a date without a zone cannot be shown in UTC")
    try:
        utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    except OverflowError:
        return None
    since = utc - _EPOCH
    return (since.days * 86_400 + since.seconds) / 86_400 if utc >= _FIRST_DATE else None
