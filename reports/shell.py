"""The workbook without its rows: sheets, tables, styles, print settings and properties, made by openpyxl."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from openpyxl import Workbook
from openpyxl.packaging.custom import CustomPropertyList, StringProperty
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.table import Table as ExcelTable
from openpyxl.worksheet.table import TableColumn, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter
from openpyxl.xml.functions import tostring

from reports.bands import add_bands, register_bands
from reports.cells import Formats, shown, within, xstring
from reports.charts import alternatives, charts_of, drawn, with_alternative
from reports.entry import Lists, Sayings, add_entry_help
from reports.pages import Page, TableRange, header
from reports.styles import register

MARK_PROPERTY = "missedbcc edition"
"""The custom document property that holds the mark of the edition."""

# openpyxl calls itself "Microsoft Excel Compatible / Openpyxl", with its own version; the workbook is ours.
_PROGRAM = re.compile(rb"(<Application>)[^<]*(</Application>)(?:<AppVersion>[^<]*</AppVersion>)?")
_A4 = "9"  # ECMA-376 Part 1 §18.3.1.63 paperSize


@dataclass(frozen=True, slots=True)
class Made:
    """What the document properties, headers and footers say.

    `moment` is aware and in UTC. `mark` tells of which case the workbook is, and which edition; `language` is that of
    the document, as `language` of a Presentation.
    """

    title: str
    creator: str
    description: str
    moment: datetime
    identifier: str
    mark: str = ""
    subject: str = ""
    keywords: str = ""
    language: str = "en"
    sayings: Sayings = field(default_factory=Sayings)


def formats() -> Formats:
    """The numbers of the cell formats, as every book of `parts` has them."""
    return register(Workbook())


def sheet_frame(page: Page, made: Made, lists: Lists, *, first: bool) -> tuple[bytes, bytes]:
    """What stands before and after the rows in the part of one worksheet. The first sheet alone is selected."""
    book = Workbook()
    worksheet = book.worksheets[0]
    _fill(worksheet, page, made)
    if page.tables:  # there are none before the rows are written
        register_bands(book)
    for table in page.tables:
        add_bands(worksheet, table)
        add_entry_help(worksheet, table, lists, made.sayings)
    worksheet.sheet_view.tabSelected = first
    written = _worksheet(book)
    head, _, tail = written.partition(b"<sheetData")
    head = re.sub(rb"<dimension[^>]*>", b"", head)  # optional, and not known before the rows are written
    _, closing, rest = tail.partition(b"</sheetData>")
    return head, rest if closing else tail.partition(b"/>")[2]


def parts(pages: Sequence[Page], made: Made) -> dict[str, bytes]:
    """Every part of the package but the worksheets, by name, in the order in which they are written."""
    book = Workbook()
    register(book)
    register_bands(book)
    for number, page in enumerate(pages):
        worksheet = book.create_sheet() if number else book.worksheets[0]
        _fill(worksheet, page, made)
        worksheet.sheet_state = "hidden" if page.sheet.hidden else "visible"
    _describe(book, made)
    written = _saved(book)
    # openpyxl stamps the book with the clock when it saves; the same case shall give the same bytes.
    book.properties.created = book.properties.modified = made.moment.replace(tzinfo=None, microsecond=0)
    written["docProps/core.xml"] = _properties(book)
    written["docProps/app.xml"] = _PROGRAM.sub(rb"\g<1>missedbcc\g<2>", written["docProps/app.xml"])
    for name, alternative in alternatives(pages).items():
        written[name] = with_alternative(written[name], alternative)
    return {name: part for name, part in written.items() if not name.startswith("xl/worksheets/sheet")}


def _saved(book: Workbook) -> dict[str, bytes]:
    buffer = io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as package:
        return {name: package.read(name) for name in package.namelist()}


def _worksheet(book: Workbook) -> bytes:
    """The part of the first worksheet alone: to save the whole book for it took four times as long."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        ExcelWriter(book, package).write_worksheet(book.worksheets[0])
        (name,) = package.namelist()
        return package.read(name)


def _properties(book: Workbook) -> bytes:
    return bytes(tostring(book.properties.to_tree()))


def _describe(book: Workbook, made: Made) -> None:
    book.properties.title = shown(made.title)
    book.properties.creator = shown(made.creator)
    book.properties.lastModifiedBy = shown(made.creator)
    book.properties.description = shown(made.description)
    book.properties.subject = shown(made.subject) or None
    book.properties.keywords = shown(made.keywords) or None
    book.properties.language = made.language
    book.properties.identifier = shown(made.identifier)
    if made.mark:
        properties: CustomPropertyList[StringProperty] = getattr(book, "custom_doc_props")  # noqa: B009 - the stubs do not know it
        properties.append(StringProperty(name=MARK_PROPERTY, value=within(made.mark, 255)))


def _fill(worksheet: Worksheet, page: Page, made: Made) -> None:
    sheet = page.sheet
    worksheet.title = page.title
    for number, width in enumerate(sheet.column_widths, start=1):
        worksheet.column_dimensions[get_column_letter(number)].width = width
    worksheet.freeze_panes = f"{get_column_letter(sheet.frozen_columns + 1)}{sheet.frozen_rows + 1}"
    worksheet.print_title_rows = f"{sheet.repeat_from}:{sheet.frozen_rows}"
    if sheet.printed:
        worksheet.print_title_cols = f"A:{get_column_letter(sheet.frozen_columns)}"
    if sheet.printed and page.tables:  # each part begins a page, and what lies behind the table is not printed
        bottom = page.tables[-1].bottom
        worksheet.print_area = [
            f"{get_column_letter(first)}1:{get_column_letter(last)}{bottom}" for first, last in sheet.parts
        ]
    worksheet.sheet_view.showGridLines = False
    worksheet.page_setup.orientation = "landscape"
    worksheet.page_setup.paperSize = _A4  # which programs exchange for Letter where that is at hand
    worksheet.page_setup.fitToWidth = 1
    worksheet.page_setup.fitToHeight = 0  # as many pages as the rows need
    worksheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    margins = worksheet.page_margins
    margins.left = margins.right = 0.4  # inches
    margins.top = margins.bottom = 0.6
    margins.header = margins.footer = 0.3
    header, footer = HeaderFooterItem(), HeaderFooterItem()
    header.right.text = _printed(made.mark) or None
    footer.left.text = _printed(made.sayings.footer)
    footer.center.text = "&A"
    footer.right.text = made.sayings.page_of
    worksheet.HeaderFooter.oddHeader = header
    worksheet.HeaderFooter.oddFooter = footer
    if page.title == sheet.title:
        for row in sheet.page_ends:
            worksheet.row_breaks.append(Break(id=row))
    for table in page.tables:
        _add_table(worksheet, table)
    for chart in charts_of(page):
        worksheet.add_chart(*drawn(chart, worksheet))


def _printed(text: str) -> str:
    """Text of a header or footer, in which & begins a code and & & is the sign; the whole holds 255 characters."""
    return within(text, 100).replace("&", "&&")


def _add_table(worksheet: Worksheet, table: TableRange) -> None:
    # With its columns given, openpyxl makes no cell objects for the whole range of the table.
    worksheet.add_table(
        ExcelTable(
            displayName=table.name,
            ref=table.reference,
            autoFilter=AutoFilter(ref=table.reference),
            tableColumns=tuple(
                TableColumn(id=i, name=xstring(header(c))) for i, c in enumerate(table.columns, start=1)
            ),
            tableStyleInfo=TableStyleInfo(name="TableStyleLight1", showRowStripes=True),
        )
    )
