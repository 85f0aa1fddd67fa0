"""The links of a worksheet, gathered while its rows are written, since they stand behind them."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from openpyxl.utils import get_column_letter

MOST_LINKS = 65_530  # of one worksheet: where there are more, Excel calls the file damaged and drops them


@dataclass(slots=True)
class Links:
    """Neighbours in a column that lead to the same place become one link over all of them, and count once.

    Columns and rows count from 1.
    """

    _last: dict[int, int] = field(default_factory=dict)  # by column, the index of its latest link
    _columns: array[int] = field(default_factory=lambda: array("H"))
    _from: array[int] = field(default_factory=lambda: array("L"))
    _to: array[int] = field(default_factory=lambda: array("L"))
    _places: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self._places)

    def add(self, column: int, row: int, leads_to: str) -> bool:
        """Whether there is room for this link. Rows come in their order."""
        index = self._last.get(column)
        if index is not None and self._to[index] == row - 1 and self._places[index] == leads_to:
            self._to[index] = row
            return True
        if len(self._places) >= MOST_LINKS:
            return False
        self._last[column] = len(self._places)
        self._columns.append(column)
        self._from.append(row)
        self._to.append(row)
        self._places.append(leads_to)
        return True

    def elements(self) -> Iterator[bytes]:
        """Each link as SpreadsheetML (ECMA-376 Part 1 §18.3.1.47)."""
        for column, first, last, leads_to in zip(self._columns, self._from, self._to, self._places, strict=True):
            letter = get_column_letter(column)
            reference = f"{letter}{first}" if first == last else f"{letter}{first}:{letter}{last}"
            yield f'<hyperlink ref="{reference}" location="{_attribute(leads_to)}"/>'.encode()


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
