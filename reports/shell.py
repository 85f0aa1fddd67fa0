"""The workbook without its rows: sheets, tables, styles, print settings and properties, made by openpyxl."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.table import Table as ExcelTable
from openpyxl.worksheet.table import TableColumn, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.xml.functions import tostring

from reports.cells import Formats
from reports.layout import Sheet
from reports.styles import register

_A3, _A4 = "8", "9"  # ECMA-376 Part 1 §18.3.1.63 paperSize
_FOOTER = "missedbcc: personal data, handle with care"


@dataclass(frozen=True, slots=True)
class TableRange:
    """A table as it lies on one page; `reference` is like `A1:C9`."""

    name: str
    titles: tuple[str, ...]
    reference: str


@dataclass(frozen=True, slots=True)
class Page:
    """One worksheet: a sheet, or a part of one that is too long for a single worksheet."""

    title: str
    sheet: Sheet
    tables: tuple[TableRange, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """What the document properties say; `moment` is aware, in UTC and not before 1980 (zip has no earlier)."""

    title: str
    creator: str
    description: str
    moment: datetime
    identifier: str


def formats() -> Formats:
    """The numbers of the cell formats, as every book of `parts` has them."""
    return register(Workbook())


def sheet_frame(page: Page, *, first: bool) -> tuple[bytes, bytes]:
    """What stands before and after the rows in the part of one worksheet. The first sheet alone is selected."""
    book = Workbook()
    worksheet = book.worksheets[0]
    _fill(worksheet, page)
    worksheet.sheet_view.tabSelected = first
    written = _saved(book)["xl/worksheets/sheet1.xml"]
    head, _, tail = written.partition(b"<sheetData")
    head = re.sub(rb"<dimension[^>]*>", b"", head)  # optional, and not known before the rows are written
    _, closing, rest = tail.partition(b"</sheetData>")
    return head, rest if closing else tail.partition(b"/>")[2]


def parts(pages: Sequence[Page], made: Made) -> dict[str, bytes]:
    """Every part of the package but the worksheets, by name, in the order in which they are written."""
    book = Workbook()
    register(book)
    for number, page in enumerate(pages):
        _fill(book.create_sheet() if number else book.worksheets[0], page)
    _describe(book, made)
    written = _saved(book)
    # openpyxl stamps the book with the clock when it saves; the same case shall give the same bytes.
    book.properties.created = book.properties.modified = made.moment.replace(tzinfo=None, microsecond=0)
    written["docProps/core.xml"] = _properties(book)
    written["docProps/app.xml"] = written["docProps/app.xml"].replace(b"Microsoft Excel", b"missedbcc")
    return {name: part for name, part in written.items() if not name.startswith("xl/worksheets/sheet")}


def _saved(book: Workbook) -> dict[str, bytes]:
    buffer = io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as package:
        return {name: package.read(name) for name in package.namelist()}


def _properties(book: Workbook) -> bytes:
    return bytes(tostring(book.properties.to_tree()))


def _describe(book: Workbook, made: Made) -> None:
    book.properties.title = made.title
    book.properties.creator = made.creator
    book.properties.lastModifiedBy = made.creator
    book.properties.description = made.description
    book.properties.language = "en"
    book.properties.identifier = made.identifier


def _fill(worksheet: Worksheet, page: Page) -> None:
    sheet = page.sheet
    worksheet.title = page.title
    for number, width in enumerate(sheet.column_widths, start=1):
        worksheet.column_dimensions[get_column_letter(number)].width = width
    worksheet.freeze_panes = f"{get_column_letter(sheet.frozen_columns + 1)}{sheet.frozen_rows + 1}"
    worksheet.print_title_rows = f"{sheet.repeat_from}:{sheet.frozen_rows}"
    if sheet.pages_wide > 1:
        worksheet.print_title_cols = f"A:{get_column_letter(sheet.frozen_columns)}"
        worksheet.page_setup.pageOrder = "overThenDown"
    worksheet.sheet_view.showGridLines = False
    worksheet.page_setup.orientation = "landscape"
    worksheet.page_setup.paperSize = _A3 if sheet.large_paper else _A4
    worksheet.page_setup.fitToWidth = sheet.pages_wide
    worksheet.page_setup.fitToHeight = 0  # as many pages as the rows need
    worksheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    margins = worksheet.page_margins
    margins.left = margins.right = 0.4  # inches
    margins.top = margins.bottom = 0.6
    margins.header = margins.footer = 0.3
    header, footer = HeaderFooterItem(), HeaderFooterItem()
    header.left.text = "&A"
    footer.left.text = _FOOTER
    footer.right.text = "Page &P of &N"
    worksheet.HeaderFooter.oddHeader = header
    worksheet.HeaderFooter.oddFooter = footer
    for table in page.tables:
        _add_table(worksheet, table)


def _add_table(worksheet: Worksheet, table: TableRange) -> None:
    # With its columns given, openpyxl makes no cell objects for the whole range of the table.
    worksheet.add_table(
        ExcelTable(
            displayName=table.name,
            ref=table.reference,
            autoFilter=AutoFilter(ref=table.reference),
            tableColumns=tuple(TableColumn(id=i, name=title) for i, title in enumerate(table.titles, start=1)),
            tableStyleInfo=TableStyleInfo(name="TableStyleLight1", showRowStripes=True),
        )
    )
