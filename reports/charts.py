"""Charts of tables that lie on the same page, for people who look and, in words, for people who listen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.data_source import AxDataSource, NumRef, StrRef
from openpyxl.chart.series_factory import SeriesFactory
from openpyxl.worksheet.worksheet import Worksheet

from reports.cells import shown
from reports.layout import Chart, Style
from reports.pages import Page, TableRange

_COLOUR = "1F4E79"  # dark on white, readable in grey
_FRAME = re.compile(rb'(<(?:\w+:)?cNvPr id="\d+" name=")Chart (\d+)"')


@dataclass(frozen=True, slots=True)
class PlacedChart:
    """A chart and the part of its table that lies on its page."""

    chart: Chart
    table: TableRange

    def column(self, title: str) -> int:
        """The position of a column of the table, counting from 0. Raises LookupError."""
        return [column.title for column in self.table.columns].index(title)


def charts_of(page: Page) -> Iterator[PlacedChart]:
    """The charts of a page: those whose table, or a part of it, lies there and has lines."""
    for chart in page.sheet.charts:
        for table in page.tables:
            if table.table.name == chart.table and table.filled:
                yield PlacedChart(chart, table)


def drawn(placed: PlacedChart, worksheet: Worksheet) -> tuple[BarChart, str]:
    """The chart as openpyxl has it, and the cell of its upper left corner."""
    chart, table = placed.chart, placed.table
    categories, values = placed.column(chart.categories), placed.column(chart.values)
    made = BarChart()
    made.type = "col"
    made.title = shown(chart.title)
    made.legend = None
    made.gapWidth = 60
    for side, extent in (("width", chart.width), ("height", chart.height)):
        setattr(made, side, extent)  # the stubs know whole centimetres only
    for axis, title in ((made.x_axis, chart.categories), (made.y_axis, chart.values)):
        axis.title = shown(title)
        axis.delete = False  # openpyxl leaves it open, and Excel then shows no axis
    made.y_axis.number_format = "#,##0"
    made.y_axis.scaling.min = 0
    series = SeriesFactory(_range(worksheet, table, values), title=shown(chart.values))
    series.graphicalProperties.solidFill = _COLOUR
    named = str(_range(worksheet, table, categories))
    dated = table.columns[categories].style in (Style.DATE, Style.DAY, Style.NUMBER)
    series.cat = AxDataSource(numRef=NumRef(f=named)) if dated else AxDataSource(strRef=StrRef(f=named))
    made.series.append(series)
    return made, chart.at


def _range(worksheet: Worksheet, table: TableRange, position: int) -> Reference:
    return Reference(worksheet, min_col=position + 1, min_row=table.top + 1, max_row=table.bottom)


def alternatives(pages: Sequence[Page]) -> dict[str, list[str]]:
    """What to say of each chart to whoever does not see it, by the part of the package that shows the charts."""
    said = ([_said(placed) for placed in charts_of(page)] for page in pages)
    return {f"xl/drawings/drawing{i}.xml": words for i, words in enumerate(filter(None, said), start=1)}


def _said(placed: PlacedChart) -> str:
    chart = placed.chart
    return shown(f"{chart.title}: {chart.values}, {chart.categories} ({placed.table.reference})")


def with_alternative(drawing: bytes, words: Sequence[str]) -> bytes:
    """The drawing with a name and words for each of its charts."""

    def named(match: re.Match[bytes]) -> bytes:
        said = quoteattr(words[int(match[2]) - 1])
        return match[0] + f" descr={said}".encode()

    return _FRAME.sub(named, drawing)
