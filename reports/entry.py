"""Help for whoever types into cells: lists to choose from, what a date is, and what is asked (data validation)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from itertools import zip_longest

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from reports.cells import shown, within
from reports.layout import Column, Line, Prose, Sheet, Style
from reports.pages import TableRange

LISTS = "Lists"
"""The title of the hidden sheet with the lists that are too long for a cell's own."""

_QUOTED = 255  # characters of a list that a cell holds itself (ECMA-376 Part 1 §18.3.1.32; Excel's limit)
_TITLE, _MESSAGE = 32, 255  # characters of a prompt and of a warning (§18.18.103)
_FIRST_DAY = "36526"  # 1 January 2000: an earlier day is a slip
_DATES = (Style.HUMAN_DAY, Style.HUMAN_MOMENT)


@dataclass(frozen=True, slots=True)
class Sayings:
    """What the workbook says outside of its cells, in its readers' language. `page_of` holds the codes of pages."""

    footer: str = "missedbcc: personal data, handle with care"
    page_of: str = "Page &P of &N"
    unusual: str = "Please check"
    not_offered: str = "This is none of the words on offer, so it may not be understood when the workbook is read back."
    not_a_day: str = "This is not a date since the year 2000. Please type it like 2026-03-02."
    not_a_moment: str = "This is not a date and time since the year 2000. Please type it like 2026-03-02 14:30, in UTC."

    def passed_through(self, said: Callable[[str], str]) -> Sayings:
        """The same in other words."""
        return Sayings(**{one.name: said(getattr(self, one.name)) for one in fields(self)})


@dataclass(slots=True)
class Lists:
    """The lists that have no room in the cells that offer them; each is a column of a hidden sheet."""

    _lists: dict[tuple[str, ...], int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self._lists)

    def source(self, choices: tuple[str, ...]) -> str:
        """The list as a validation names it: quoted, or as a range of the hidden sheet."""
        quoted = ",".join(choice.replace('"', '""') for choice in choices)
        if len(quoted) <= _QUOTED and all(_quotable(choice) for choice in choices):
            return f'"{quoted}"'
        letter = get_column_letter(self._lists.setdefault(choices, len(self._lists) + 1))
        return f"'{LISTS}'!${letter}$1:${letter}${len(choices)}"

    def sheet(self) -> Sheet:
        """The hidden sheet."""
        rows = zip_longest(*self._lists)
        lines = [Line(values, dict.fromkeys(range(len(values)), Style.TEXT)) for values in rows]
        return Sheet(LISTS, (Prose(lines),), widths=(30.0,) * len(self._lists), hidden=True)


def _quotable(choice: str) -> bool:
    """Whether a quoted list can hold it: commas divide the list, and spaces at the ends are lost."""
    return bool(choice) and "," not in choice and choice == choice.strip() == shown(choice)


def add_entry_help(worksheet: Worksheet, table: TableRange, lists: Lists, sayings: Sayings) -> None:
    """Put the help for each column of a table on the cells below its header. Any text may be typed all the same."""
    for position, column in enumerate(table.columns):
        if column.choices or column.prompt or column.style in _DATES:
            validation = _validation(column, lists, sayings)
            validation.add(table.cells(position))
            worksheet.add_data_validation(validation)


def _validation(column: Column, lists: Lists, sayings: Sayings) -> DataValidation:
    made = DataValidation(allow_blank=True)
    if column.choices:
        made.type, made.formula1 = "list", lists.source(column.choices)
        made.error = within(sayings.not_offered, _MESSAGE)
    elif column.style in _DATES:
        made.type, made.operator, made.formula1 = "date", "greaterThanOrEqual", _FIRST_DAY
        made.error = within(sayings.not_a_day if column.style is Style.HUMAN_DAY else sayings.not_a_moment, _MESSAGE)
    if made.type:
        made.errorStyle, made.showErrorMessage = "warning", True
        made.errorTitle = within(sayings.unusual, _TITLE)
    if column.prompt:
        made.showInputMessage = True
        made.promptTitle = within(column.title, _TITLE)
        made.prompt = within(column.prompt, _MESSAGE)
    return made
