"""The rows of a table as SpreadsheetML: what a column has shown lately is encoded once, since much comes again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reports.cells import Formats, content
from reports.heights import height_of, lines_of
from reports.layout import Style, Value

_KEPT = 2_048  # values that a column remembers
_SHORT = 400  # characters of those

_Cell = tuple[str, int]
"""A cell from behind its reference on, and how many lines it takes."""


class _Column(dict[Value, _Cell]):
    """Cells of one column and style by value, made where they are missing."""

    def __init__(self, style: Style, width: float, formats: Formats) -> None:
        super().__init__()
        self._style = style
        self._width = width
        self._formats = formats[style, False], formats[style, True]

    def __missing__(self, value: Value) -> _Cell:
        made = content(value, *self._formats), lines_of(value, self._style, self._width)
        if len(made[0]) <= _SHORT:
            if len(self) >= _KEPT:
                self.clear()
            self[value] = made
        return made


class RowWriter:
    """Writes the rows of one table, column by column."""

    def __init__(
        self, letters: Sequence[str], styles: Sequence[Style], widths: Sequence[float], formats: Formats
    ) -> None:
        self._styles = styles
        self._widths = widths
        self._formats = formats
        self._columns = [_Column(style, width, formats) for style, width in zip(styles, widths, strict=False)]
        self._others: dict[tuple[int, Style], _Column] = {}
        # Between these come the number of the row and the cell itself, by turns.
        self._parts = [part for letter in letters[: len(styles)] for part in (f'<c r="{letter}', "", "")]

    def row(self, number: int, values: Sequence[Value], styles: Mapping[int, Style]) -> str:
        """The row element; `styles` are of cells that look unlike their column, by position. Raises TypeError."""
        columns = self._columns
        if styles:
            columns = [self._other(i, styles[i]) if i in styles else column for i, column in enumerate(columns)]
        parts = self._parts[: len(values) * 3]
        cells = [column[value] for column, value in zip(columns, values, strict=False)]
        parts[1::3] = [f'{number}"'] * len(cells)
        parts[2::3] = [text for text, _ in cells]
        lines = max([count for _, count in cells])
        return f'<row r="{number}" ht="{height_of(lines):g}" customHeight="1">{"".join(parts)}</row>'

    def _other(self, position: int, style: Style) -> _Column:
        known = self._others.get((position, style))
        if known is None:
            known = self._others[position, style] = _Column(style, self._widths[position], self._formats)
        return known
