"""What came to lie where: the worksheets of a workbook, and the tables on each of them."""

from __future__ import annotations

from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from reports.cells import within
from reports.layout import Column, Sheet, Table

_TITLE = 255  # characters of the title of a table's column (Excel's limit)


def header(column: Column) -> str:
    """What stands above a column: the table names it likewise, else Excel calls the file damaged."""
    return within(column.title, _TITLE)


@dataclass(frozen=True, slots=True)
class TableRange:
    """A table, or a part of one, as it lies on one page from row `top`, its header, to row `bottom`.

    `filled` says whether the rows below the header are its lines, or say that there is none.
    """

    name: str
    table: Table
    top: int
    bottom: int
    filled: bool

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its columns, the first of which is column A."""
        return self.table.columns

    @property
    def reference(self) -> str:
        """All of it, such as `A1:C9`."""
        return f"A{self.top}:{get_column_letter(len(self.columns))}{self.bottom}"

    def cells(self, position: int) -> str:
        """The cells below the header of one column, counting from 0, such as `C2:C9`."""
        letter = get_column_letter(position + 1)
        return f"{letter}{self.top + 1}:{letter}{self.bottom}"


@dataclass(frozen=True, slots=True)
class Page:
    """One worksheet: a sheet, or a part of one that is too long for a single worksheet."""

    title: str
    sheet: Sheet
    tables: tuple[TableRange, ...] = ()
