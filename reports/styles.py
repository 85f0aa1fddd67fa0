"""The cell formats of the workbook, readable on paper without colour."""

from __future__ import annotations

from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle

from reports.cells import Formats
from reports.heights import OVERFLOWING
from reports.layout import Style

_DATE_FORMAT = 'yyyy\\-mm\\-dd\\ hh:mm" UTC"'
_DAY_FORMAT = 'yyyy\\-mm\\-dd" UTC"'
_HAIR = Side(style="thin", color="BFBFBF")
_STRONG = Side(style="medium", color="000000")
_NONE = Border()
_DOTTED = Side(style="dashed", color="7F7F7F")
_ROW = Border(bottom=_HAIR)
_OPEN = Border(left=_DOTTED, right=_DOTTED, top=_DOTTED, bottom=_DOTTED)
_HEAD = Border(top=_STRONG, bottom=_STRONG)


@dataclass(frozen=True, slots=True)
class _Look:
    font: Font
    border: Border = _NONE
    fill: str = ""
    number_format: str = "General"
    numeric: bool = False  # at the right; an indent keeps it off the next column


_PLAIN = Font(name="Calibri", size=10)
_BOLD = Font(name="Calibri", size=10, bold=True)
_LINK = Font(name="Calibri", size=10, underline="single", color="0B3D91")
_LOOKS = {
    Style.TEXT: _Look(_PLAIN, _ROW),
    Style.CODE: _Look(Font(name="Consolas", size=9), _ROW),
    Style.NUMBER: _Look(_PLAIN, _ROW, number_format="#,##0_)", numeric=True),
    Style.SCORE: _Look(_PLAIN, _ROW, number_format="0.00_)", numeric=True),
    Style.SHARE: _Look(_PLAIN, _ROW, number_format="0%_)", numeric=True),
    Style.DAY: _Look(_PLAIN, _ROW, number_format=_DAY_FORMAT),
    Style.DATE: _Look(_PLAIN, _ROW, number_format=_DATE_FORMAT),
    Style.LINK: _Look(_LINK, _ROW),
    Style.NUMBER_LINK: _Look(_LINK, _ROW, number_format="#,##0", numeric=True),
    Style.ALERT: _Look(_BOLD, Border(left=_STRONG, bottom=_HAIR), fill="FCE4D6"),
    Style.GOOD: _Look(_BOLD, _ROW, fill="E2EFDA"),
    Style.HUMAN: _Look(_PLAIN, _OPEN, fill="FFFBE6"),
    Style.HUMAN_DAY: _Look(_PLAIN, _OPEN, fill="FFFBE6", number_format="yyyy\\-mm\\-dd"),
    Style.HUMAN_MOMENT: _Look(_PLAIN, _OPEN, fill="FFFBE6", number_format=_DATE_FORMAT),
    Style.GROUP: _Look(_BOLD, Border(top=_STRONG), fill="EDEDED"),
    Style.HEADER: _Look(_BOLD, _HEAD, fill="D9E1F2"),
    Style.NUMBER_HEADER: _Look(_BOLD, _HEAD, fill="D9E1F2", numeric=True),
    Style.HUMAN_HEADER: _Look(Font(name="Calibri", size=10, bold=True, italic=True), _HEAD, fill="FFF2CC"),
    Style.TITLE: _Look(Font(name="Calibri", size=16, bold=True)),
    Style.HEADING: _Look(Font(name="Calibri", size=12, bold=True), Border(bottom=_STRONG)),
    Style.LABEL: _Look(_BOLD, _ROW),
    Style.PROSE: _Look(_PLAIN, _ROW),
    Style.PROSE_NUMBER: _Look(_BOLD, _ROW, number_format="#,##0"),
    Style.NOTE: _Look(_PLAIN),
}


def register(book: Workbook) -> Formats:
    """Put every format into the book's style sheet; the numbers are the same for every book."""
    scratch = book.create_sheet()
    formats: dict[tuple[Style, bool], int] = {}
    for style, look in _LOOKS.items():
        for quoted in (False, True):
            target = scratch.cell(row=len(formats) + 1, column=1)
            _dress(target, look, wrap=style not in OVERFLOWING)
            if quoted:
                target.quotePrefix = True
            formats[style, quoted] = target.style_id
    book.remove(scratch)
    return formats


def differential(style: Style) -> DifferentialStyle:
    """What a style adds to the look of a cell by a rule: weight and fill; the font, its size and borders stay."""
    look = _LOOKS[style]
    font = Font(bold=bool(look.font.bold), italic=bool(look.font.italic), underline=look.font.underline)
    # A font made for a rule names nothing else, since Excel calls the file damaged where one does.
    font.name = font.sz = font.family = font.scheme = font.charset = None
    fill = PatternFill(bgColor=look.fill) if look.fill else None
    return DifferentialStyle(font=font, fill=fill)


def _dress(target: Cell, look: _Look, *, wrap: bool) -> None:
    target.font = look.font
    target.border = look.border
    if look.fill:
        target.fill = PatternFill("solid", fgColor=look.fill)
    target.number_format = look.number_format
    target.alignment = Alignment(
        horizontal="right" if look.numeric else "left",
        vertical="top",
        wrap_text=wrap,
        indent=int(look.numeric),
    )
