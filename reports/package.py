"""The way from sheets to the bytes of an .xlsx file: rows are streamed into it, so that memory stays bounded."""

from __future__ import annotations

import zipfile
from array import array
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import IO

from openpyxl.utils import get_column_letter

from reports.cells import Formats, cell
from reports.heights import row_height
from reports.layout import MAX_ROWS, Column, Line, Prose, Sheet, Style, Table, page_title
from reports.shell import Made, Page, TableRange, formats, parts, sheet_frame
from scanner.errors import ReportError

_FLUSH = 1 << 18  # bytes of rows gathered before they are compressed
# A larger part needs zip64 fields, at which spreadsheet programs offer to repair the file.
_MOST_BYTES = 2_100_000_000
_HEADERS = {
    Style.HUMAN: Style.HUMAN_HEADER,
    Style.NUMBER: Style.NUMBER_HEADER,
    Style.NUMBER_LINK: Style.NUMBER_HEADER,
    Style.SHARE: Style.NUMBER_HEADER,
    Style.SCORE: Style.NUMBER_HEADER,
}


def write_package(target: IO[bytes], sheets: Iterable[Sheet], made: Made, capacity: int = MAX_ROWS) -> None:
    """Write the workbook. A sheet goes on in another after `capacity` rows; tables repeat their header there."""
    moment = made.moment
    stamp = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second // 2 * 2)
    numbers = formats()
    pages: list[Page] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as package:
        for sheet in sheets:
            _SheetWriter(package, stamp, numbers, pages, sheet).write(capacity)
        for name, content in parts(pages, made).items():
            package.writestr(_entry(name, stamp), content)


_Stamp = tuple[int, int, int, int, int, int]


def _entry(name: str, stamp: _Stamp) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, stamp)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = 0o600 << 16
    return entry


@dataclass
class _OpenPage:
    """A worksheet while its rows are written; the links stand behind the rows, so they wait."""

    page: Page
    stream: IO[bytes]
    first: bool
    row: int = 0
    written: int = 0
    tables: list[TableRange] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    pending_size: int = 0
    link_columns: array[int] = field(default_factory=lambda: array("H"))
    link_rows: array[int] = field(default_factory=lambda: array("L"))
    link_places: list[str] = field(default_factory=list)

    def put(self, row: str) -> None:
        """Add one row element."""
        self.pending.append(row)
        self.pending_size += len(row)
        if self.pending_size > _FLUSH:
            self.flush()

    def flush(self) -> None:
        """Hand the gathered rows to the compressor."""
        self.written += self.stream.write("".join(self.pending).encode())
        self.pending.clear()
        self.pending_size = 0
        if self.written > _MOST_BYTES:
            raise ReportError(
                f"The sheet “{self.page.title}” grows beyond the 2 GB that a workbook can hold in one sheet.",
                "Report fewer accounts at a time, or raise the gate.",
            )

    def close(self) -> Page:
        """End the worksheet and give it as it became."""
        self.put("</sheetData>")
        self.flush()
        page = replace(self.page, tables=tuple(self.tables))
        _, tail = sheet_frame(page, first=self.first)
        at = tail.index(b"<printOptions") if b"<printOptions" in tail else tail.index(b"<pageMargins")
        self.stream.write(tail[:at])
        if self.link_rows:
            self.stream.write(b"<hyperlinks>")
            for column, row, leads_to in zip(self.link_columns, self.link_rows, self.link_places, strict=True):
                reference = f"{get_column_letter(column)}{row}"
                self.stream.write(f'<hyperlink ref="{reference}" location="{_attribute(leads_to)}"/>'.encode())
            self.stream.write(b"</hyperlinks>")
        self.stream.write(tail[at:])
        self.stream.close()
        return page


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


class _SheetWriter:
    """Writes one sheet as one or more worksheets."""

    def __init__(
        self, package: zipfile.ZipFile, stamp: _Stamp, numbers: Formats, pages: list[Page], sheet: Sheet
    ) -> None:
        self._package = package
        self._stamp = stamp
        self._numbers = numbers
        self._pages = pages
        self._sheet = sheet
        self._first = len(pages)
        self._widths = sheet.column_widths
        self._letters = [get_column_letter(i) for i in range(1, len(self._widths) + 1)]
        self._open = self._next_page()

    def write(self, capacity: int) -> None:
        """Write every block, then end the last worksheet."""
        try:
            for block in self._sheet.blocks:
                if isinstance(block, Table):
                    self._table(block, capacity)
                else:
                    self._prose(block, capacity)
            self._pages.append(self._open.close())
        finally:
            # After a failure the package can only be closed when no part of it is open; the first error counts.
            with suppress(OSError):
                self._open.stream.close()

    def _prose(self, prose: Prose, capacity: int) -> None:
        for line in prose.lines:
            self._make_room(1, capacity)
            self._row(line, (Style.PROSE,) * len(line.values))

    def _make_room(self, rows: int, capacity: int) -> None:
        if self._open.row + rows > capacity:
            self._pages.append(self._open.close())
            self._open = self._next_page()

    def _next_page(self) -> _OpenPage:
        number = len(self._pages)
        page = Page(page_title(self._sheet.title, number - self._first), self._sheet)
        stream = self._package.open(_entry(f"xl/worksheets/sheet{number + 1}.xml", self._stamp), "w")
        head, _ = sheet_frame(page, first=number == 0)
        stream.write(head + b"<sheetData>")
        return _OpenPage(page, stream, first=number == 0)

    def _table(self, table: Table, capacity: int) -> None:
        styles = tuple(column.style for column in table.columns)
        lines = iter(table.lines)
        line = next(lines, None) or Line((table.empty, *(None for _ in styles[1:])))
        following: Line | None = line
        part = 0
        while following is not None:
            self._make_room(2, capacity)
            top = self._open.row + 1
            self._header(table.columns)
            while following is not None and self._open.row < capacity:
                self._row(following, styles)
                following = next(lines, None)
            part += 1
            self._open.tables.append(
                TableRange(
                    table.name if part == 1 else f"{table.name}_{part}",
                    tuple(column.title for column in table.columns),
                    f"A{top}:{self._letters[len(styles) - 1]}{self._open.row}",
                )
            )

    def _header(self, columns: Sequence[Column]) -> None:
        styles = tuple(_HEADERS.get(column.style, Style.HEADER) for column in columns)
        self._row(Line(tuple(column.title for column in columns)), styles)

    def _row(self, line: Line, styles: Sequence[Style]) -> None:
        opened = self._open
        opened.row += 1
        row, letters, numbers = opened.row, self._letters, self._numbers
        if line.styles:
            styles = [line.styles.get(i, style) for i, style in enumerate(styles)]
        cells = [cell(f"{letters[i]}{row}", value, styles[i], numbers) for i, value in enumerate(line.values)]
        height = row_height(line.values, styles, self._widths)
        opened.put(f'<row r="{row}" ht="{height:g}" customHeight="1">{"".join(cells)}</row>')
        for i, leads_to in line.links.items():
            opened.link_columns.append(i + 1)
            opened.link_rows.append(row)
            opened.link_places.append(leads_to)
