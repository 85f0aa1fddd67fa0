"""How tall a row must be for its text to be seen whole, since not every program works it out when it opens a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from reports.layout import Style, Value

OVERFLOWING = (Style.TITLE, Style.HEADING, Style.NOTE, Style.GROUP)
"""Styles of text that may be longer than its column: it is not wrapped, and the cells beside it stay empty."""


_ENOUGH = 40  # lines: more than the tallest row shows
_LINE = 13.5  # points, of 10-point text
_MARGIN = 2.0
_TALLEST = 409.0  # points: the most that a spreadsheet allows
_FILLED_BOLD = 0.95
_HEADERS = (Style.HEADER, Style.NUMBER_HEADER, Style.HUMAN_HEADER)
_FIXED = {Style.TITLE: 26.0, Style.HEADING: 20.0}
_FILLED = 1.15  # characters of 10-point text for each of width, which counts digits of 11-point text
_FILLED_CODE = 0.93  # the same for text whose characters are all as wide, in the widest font that may stand in
_BREAKABLE = re.compile("[-/]")
_PIECES = re.compile("[^-/]*[-/]+|[^-/]+")


def row_height(values: Sequence[Value], styles: Sequence[Style], widths: Sequence[float]) -> float:
    """The height in points of a row whose cells have these styles; `widths` are in characters."""
    if styles and styles[0] in _FIXED:
        return _FIXED[styles[0]]
    if styles and styles[0] in _HEADERS:
        titles = [_lines(str(title), width * _FILLED_BOLD) for title, width in zip(values, widths, strict=False)]
        return (max(titles) + 1) * _LINE + _MARGIN  # below the titles is room for the buttons of the filters
    pairs = zip(values, styles, widths, strict=False)
    return height_of(max((lines_of(value, style, width) for value, style, width in pairs), default=1))


def height_of(lines: int) -> float:
    """The height in points of a row of so many lines of ordinary text."""
    return min(_TALLEST, lines * _LINE + _MARGIN)


def lines_of(value: Value, style: Style, width: float) -> int:
    """How many lines a value takes in a column of this width."""
    if not isinstance(value, str) or style in OVERFLOWING:
        return 1
    room = width * (_FILLED_CODE if style is Style.CODE else _FILLED)
    # Only of ASCII is each character known to be one wide; of all others none is more than two.
    if len(value) <= (room if value.isascii() else width / 2) and "\n" not in value:
        return 1
    return _lines(value, room)


def _lines(text: str, room: float) -> int:
    if len(text) > room * _ENOUGH:
        return _ENOUGH
    return sum(_wrapped(line, room) for line in text.split("\n"))


def _wrapped(line: str, room: float) -> int:
    """How many lines one line takes. Some programs break behind hyphens and slashes, some do not: the more of both."""
    whole = _filled(((word, 1) for word in line.split(" ")), room)
    return max(whole, _filled(_pieces(line), room)) if _BREAKABLE.search(line) else whole


def _pieces(line: str) -> Iterator[tuple[str, int]]:
    for word in line.split(" "):
        gap = 1
        for piece in _PIECES.findall(word) or [""]:
            yield piece, gap
            gap = 0


def _filled(parts: Iterable[tuple[str, int]], room: float) -> int:
    """Lines that parts take which are not broken, each with the space before it; one longer than a line is broken."""
    lines, used = 1, 0
    for part, gap in parts:
        extent = _extent(part)
        if used and used + gap + extent > room:
            lines, used = lines + 1, 0
        elif used:
            used += gap
        used += extent
        while used > room:
            lines, used = lines + 1, used - int(room)
    return lines


def _extent(word: str) -> int:
    """Characters, those of East Asian scripts and emoji counted twice."""
    return len(word) if word.isascii() else sum(2 if character > "\u10ff" else 1 for character in word)
