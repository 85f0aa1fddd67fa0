"""The way from sheets to the bytes of an .xlsx file: rows are streamed into it, so that memory stays bounded."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import IO

from openpyxl.utils import get_column_letter

from reports.cells import Formats, cell
from reports.entry import Lists
from reports.heights import row_height
from reports.layout import MAX_ROWS, Column, Line, Prose, Sheet, Style, Table, page_title
from reports.links import Links
from reports.pages import Page, TableRange, header
from reports.rows import RowWriter
from reports.shell import Made, formats, parts, sheet_frame
from scanner.errors import ReportError

_FLUSH = 1 << 18  # bytes of rows gathered before they are compressed
_LEVEL = 3  # of zlib: half of the time of 6, for a file that is a tenth larger
# A larger part needs zip64 fields, at which spreadsheet programs offer to repair the file.
_MOST_BYTES = 2_100_000_000
_HEADERS = {
    Style.HUMAN: Style.HUMAN_HEADER,
    Style.HUMAN_DAY: Style.HUMAN_HEADER,
    Style.HUMAN_MOMENT: Style.HUMAN_HEADER,
    Style.NUMBER: Style.NUMBER_HEADER,
    Style.NUMBER_LINK: Style.NUMBER_HEADER,
    Style.SHARE: Style.NUMBER_HEADER,
    Style.SCORE: Style.NUMBER_HEADER,
}

# How a cell looks for whose link there is no room.
_UNLINKED = {Style.LINK: Style.TEXT, Style.NUMBER_LINK: Style.NUMBER}


def write_package(target: IO[bytes], sheets: Iterable[Sheet], made: Made, capacity: int = MAX_ROWS) -> None:
    """Write the workbook. A sheet goes on in another after `capacity` rows; tables repeat their header there."""
    book = _Book(made, formats())
    with _package(target) as package:
        for sheet in sheets:
            _SheetWriter(package, book, sheet).write(capacity)
        if book.lists:
            _SheetWriter(package, book, book.lists.sheet()).write(capacity)
        for name, content in parts(book.pages, made).items():
            with package.open(name, "w") as part:  # dated 1980 like every part: a clock would make other bytes
                part.write(content)


class _Package(zipfile.ZipFile):
    """One that does not end itself when it is deleted: where it cannot, Python would show a traceback."""

    def __del__(self) -> None:
        """Do nothing."""


@contextmanager
def _package(target: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """A package that is ended when all went well. After an error it is let go: to end it would write and fail again."""
    package = _Package(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=_LEVEL)
    try:
        yield package
        package.close()
    except BaseException:
        package.fp = io.BytesIO()  # what the part still holds that was being written, when that is deleted
        raise


@dataclass(slots=True)
class _Book:
    """What all sheets of the workbook share."""

    made: Made
    formats: Formats
    pages: list[Page] = field(default_factory=list)
    lists: Lists = field(default_factory=Lists)


@dataclass
class _OpenPage:
    """A worksheet while its rows are written; the links stand behind the rows, so they wait."""

    book: _Book
    page: Page
    stream: IO[bytes]
    row: int = 0
    written: int = 0
    tables: list[TableRange] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    pending_size: int = 0
    links: Links = field(default_factory=Links)

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

    def close(self) -> None:
        """End the worksheet and add it, as it became, to those of the book."""
        self.put("</sheetData>")
        self.flush()
        page = replace(self.page, tables=tuple(self.tables))
        _, tail = sheet_frame(page, self.book.made, self.book.lists, first=not self.book.pages)
        at = tail.index(b"<printOptions") if b"<printOptions" in tail else tail.index(b"<pageMargins")
        self.stream.write(tail[:at])
        if self.links:
            self.stream.write(b"<hyperlinks>")
            for link in self.links.elements():
                self.stream.write(link)
            self.stream.write(b"</hyperlinks>")
        self.stream.write(tail[at:])
        self.stream.close()
        self.book.pages.append(page)


class _SheetWriter:
    """Writes one sheet as one or more worksheets."""

    def __init__(self, package: zipfile.ZipFile, book: _Book, sheet: Sheet) -> None:
        self._package = package
        self._book = book
        self._sheet = sheet
        self._first = len(book.pages)
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
            self._open.close()
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
            self._open.close()
            self._open = self._next_page()

    def _next_page(self) -> _OpenPage:
        number = len(self._book.pages)
        page = Page(page_title(self._sheet.title, number - self._first), self._sheet)
        head, _ = sheet_frame(page, self._book.made, self._book.lists, first=number == 0)
        stream = self._package.open(f"xl/worksheets/sheet{number + 1}.xml", "w")
        stream.write(head + b"<sheetData>")
        return _OpenPage(self._book, page, stream)

    def _table(self, table: Table, capacity: int) -> None:
        styles = tuple(column.style for column in table.columns)
        writer = RowWriter(self._letters, styles, self._widths, self._book.formats)
        lines = iter(table.lines)
        nothing = Line((table.empty, *(None for _ in styles[1:])))
        line = next(lines, nothing)
        following: Line | None = line
        part = 0
        while following is not None:
            self._make_room(2, capacity)
            top = self._open.row + 1
            self._header(table.columns)
            while following is not None and self._open.row < capacity:
                self._table_row(writer, following, styles)
                following = next(lines, None)
            part += 1
            self._open.tables.append(
                TableRange(
                    table.name if part == 1 else f"{table.name}_{part}",
                    table,
                    top,
                    self._open.row,
                    filled=line is not nothing,
                )
            )

    def _header(self, columns: Sequence[Column]) -> None:
        styles = tuple(_HEADERS.get(column.style, Style.HEADER) for column in columns)
        self._row(Line(tuple(map(header, columns))), styles)

    def _row(self, line: Line, styles: Sequence[Style]) -> None:
        opened = self._open
        opened.row += 1
        row, letters, numbers = opened.row, self._letters, self._book.formats
        if line.styles:
            styles = [line.styles.get(i, style) for i, style in enumerate(styles)]
        cells = [cell(f"{letters[i]}{row}", value, styles[i], numbers) for i, value in enumerate(line.values)]
        height = row_height(line.values, styles, self._widths)
        opened.put(f'<row r="{row}" ht="{height:g}" customHeight="1">{"".join(cells)}</row>')
        for i, leads_to in line.links.items():
            opened.links.add(i + 1, row, leads_to)

    def _table_row(self, writer: RowWriter, line: Line, styles: Sequence[Style]) -> None:
        opened = self._open
        opened.row += 1
        looks = line.styles
        for i, leads_to in line.links.items():
            if not opened.links.add(i + 1, opened.row, leads_to):
                looks = {**looks, i: _UNLINKED.get(looks.get(i, styles[i]), styles[i])}
        opened.put(writer.row(opened.row, line.values, looks))
