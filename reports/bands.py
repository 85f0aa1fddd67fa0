"""Looks that go with the text of a cell, whoever types it: conditional formats, of which Excel keeps the dress."""

from __future__ import annotations

from openpyxl import Workbook
from openpyxl.formatting.rule import Rule
from openpyxl.styles.differential import DifferentialStyle, DifferentialStyleList
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from reports.cells import fitted
from reports.layout import Style
from reports.pages import TableRange
from reports.styles import differential

_LONGEST = 255  # characters of a text in the formula of a rule


def register_bands(book: Workbook) -> None:
    """Put the dress of every style into the book's style sheet; the numbers are the same for every book."""
    kept: DifferentialStyleList = getattr(book, "_differential_styles")  # noqa: B009 - the stubs do not know it
    for style in Style:
        kept.add(differential(style))


def add_bands(worksheet: Worksheet, table: TableRange) -> None:
    """The rules of a table's columns. Of several words that a text begins with, the longest counts."""
    for position, looks in table.table.bands.items():
        first = f"{get_column_letter(position + 1)}{table.top + 1}"
        for word in sorted(looks, key=len, reverse=True):
            worksheet.conditional_formatting.add(table.cells(position), _rule(first, word, differential(looks[word])))


def _rule(first: str, word: str, dress: DifferentialStyle) -> Rule:
    # ECMA-376 Part 1 §18.3.1.10: the formula is of the first cell, and moves along; programs that know the type of the
    # rule read `text`, all others the formula.
    text = fitted(word)[:_LONGEST]
    literal = text.replace('"', '""')
    return Rule(
        type="beginsWith",
        operator="beginsWith",
        text=text,
        formula=[f'LEFT({first},LEN("{literal}"))="{literal}"'],
        dxf=dress,
        stopIfTrue=True,
    )
