"""The tables of a sheet as rows by title, with a workbook around them or without one."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from openpyxl.worksheet.worksheet import Worksheet

from reports.layout import Line, Prose, Sheet, Table
from reports.summary import Findings, extent, totals
from scanner.case import Case


def findings(case: Case) -> Findings:
    """What all sheets share."""
    return Findings(totals(case), extent(case))


def table(case: Case, module: str, number: int = 0) -> Table:
    """The table with this number of a sheet."""
    found: Table = [block for block in _blocks(case, module) if isinstance(block, Table)][number]
    return found


def prose(case: Case, module: str) -> list[Line]:
    """The lines that stand before the first table of a sheet."""
    first = next(iter(_blocks(case, module)))
    return list(first.lines) if isinstance(first, Prose) else []


def _blocks(case: Case, module: str) -> tuple[Prose | Table, ...]:
    sheet: Sheet = import_module(f"reports.sheets.{module}").sheet(case, findings(case))
    return sheet.blocks


def rows(case: Case, module: str, number: int = 0) -> Iterator[dict[str, Any]]:
    """Its lines."""
    shown = table(case, module, number)
    titles = [column.title for column in shown.columns]
    return (dict(zip(titles, line.values, strict=True)) for line in shown.lines)


def rows_of(sheet: Worksheet, table: str) -> list[dict[str, object]]:
    header, *rows = [[cell.value for cell in row] for row in sheet[sheet.tables[table].ref]]
    return [dict(zip((str(title) for title in header), row, strict=True)) for row in rows]


def column_of(sheet: Worksheet, table: str, title: str) -> int:
    """Counting from 1."""
    return [cell.value for cell in sheet[sheet.tables[table].ref][0]].index(title) + 1
