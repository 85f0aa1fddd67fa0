"""The parts that a sheet is made of, before any cell is written: columns, lines, tables, prose and links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import accumulate

from scanner.decision import Question

Value = str | int | float | datetime | None
"""What a cell can hold. A `str` may hold line feeds of our own; a `datetime` is aware and is shown in UTC."""

MAX_ROWS = 1_048_576  # of one worksheet (ECMA-376 Part 1 leaves it to the application; this is Excel's)
MAX_TITLE = 31  # characters of the name of a sheet


class Style(StrEnum):
    """How a cell looks. Every difference of colour comes with one of weight, border or words."""

    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    SHARE = "share"
    SCORE = "score"
    DATE = "date"
    DAY = "day"
    LINK = "link"
    NUMBER_LINK = "number link"
    ALERT = "alert"
    GOOD = "good"
    HUMAN = "human"
    HUMAN_DAY = "human day"
    HUMAN_MOMENT = "human moment"
    GROUP = "group"
    HEADER = "header"
    NUMBER_HEADER = "number header"
    HUMAN_HEADER = "human header"
    TITLE = "title"
    HEADING = "heading"
    LABEL = "label"
    PROSE = "prose"
    PROSE_NUMBER = "prose number"
    NOTE = "note"


class Holds(StrEnum):
    """What the texts of a column are, which says whether they are translated and whom they may tell."""

    FACT = "fact"  # numbers, dates, ids, digests: the same in every language, and no personal data
    SAID = "said"  # our own words and sentences: translated
    QUOTED = "quoted"  # our own sentences about what people typed, word for word: translated, and told to nobody else
    PERSONAL = "personal"  # what came from mail or people: addresses, names, subjects, places, notes


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `width` is in characters of the standard font.

    `question` is what a human answers here, None for what the tool says. `choices` are the words that a cell may hold,
    offered as a list; `prompt` is shown to whoever selects a cell.
    """

    title: str
    width: float
    style: Style = Style.TEXT
    holds: Holds = Holds.FACT
    question: Question | None = None
    choices: tuple[str, ...] = ()
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of cells, from column A on. `styles` and `links` are by position, counting from 0.

    A link leads to a place in this workbook, in the form that `place` gives. `personal` are the positions of cells of
    prose that hold what came from mail or settings; all others are our own words.
    """

    values: tuple[Value, ...]
    styles: Mapping[int, Style] = field(default_factory=dict)
    links: Mapping[int, str] = field(default_factory=dict)
    personal: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Prose:
    """Lines that belong to no table."""

    lines: Iterable[Line]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a header row and filters. `empty` is what its one row says when there are no lines.

    `bands` give cells a look by what they say, and go with the text when somebody types another: by position of the
    column, the word that a text begins with and its style.
    """

    name: str
    columns: tuple[Column, ...]
    lines: Iterable[Line]
    empty: str
    bands: Mapping[int, Mapping[str, Style]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns drawn from a table of the same sheet: `values` by `categories`, both titles of columns.

    `at` is the cell of its upper left corner; `width` and `height` are in centimetres.
    """

    title: str
    table: str
    categories: str
    values: str
    at: str
    width: float = 16.0
    height: float = 7.5


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet, filled from top to bottom; it goes on in "title (2)" when it is full.

    `frozen_rows` and `frozen_columns` stay in view; the frozen rows, counted from `repeat_from`, are repeated on every
    printed page. `widths` are for sheets of prose; tables bring their own. On paper a sheet is one page wide; one whose
    letters would be too small so is printed as several parts, one after the other, each of as many columns as
    `printed` says and with the frozen columns repeated. A page ends behind each row of `page_ends`. A `hidden` sheet is
    for the program, not for readers.
    """

    title: str
    blocks: tuple[Prose | Table, ...]
    widths: tuple[float, ...] = ()
    frozen_rows: int = 1
    frozen_columns: int = 0
    repeat_from: int = 1
    printed: tuple[int, ...] = ()
    page_ends: tuple[int, ...] = ()
    charts: tuple[Chart, ...] = ()
    hidden: bool = False

    @property
    def parts(self) -> tuple[tuple[int, int], ...]:
        """The first and last column, counting from 1, of each part that is printed."""
        ends = tuple(accumulate(self.printed or (len(self.column_widths),)))
        return tuple(zip((1, *(end + 1 for end in ends)), ends, strict=False))

    @property
    def column_widths(self) -> tuple[float, ...]:
        """The width of each column: the largest that a table or `widths` asks for, in characters."""
        asked = [self.widths, *(tuple(c.width for c in b.columns) for b in self.blocks if isinstance(b, Table))]
        count = max(len(widths) for widths in asked)
        return tuple(max(widths[i] for widths in asked if i < len(widths)) for i in range(count))


def in_words(values: tuple[Value, ...], positions: Iterable[int], word: str) -> tuple[Value, ...]:
    """The values with `word` where one at these positions is unknown: an empty cell might look forgotten."""
    unknown = [i for i in positions if values[i] is None]
    if not unknown:
        return values
    return tuple(word if i in unknown else value for i, value in enumerate(values))


def page_title(title: str, page: int) -> str:
    """The name of the sheet that holds page `page`, counting from 0, of what began as `title`."""
    if page == 0:
        return title
    number = f" ({page + 1})"
    return title[: MAX_TITLE - len(number)] + number


def place(title: str, index: int, capacity: int = MAX_ROWS, above: int = 0) -> str:
    """Where line `index`, counting from 0, of a sheet's first table lies, with `above` lines of prose before it.

    `capacity` are the rows of one page. No other table stands before it.
    """
    page, row = divmod(above, capacity)
    if row + 2 > capacity:  # a table begins with its header and one line on the same page
        page, row = page + 1, 0
    on_first = capacity - row - 1
    if index < on_first:
        return f"'{page_title(title, page)}'!A{row + index + 2}"
    further, row = divmod(index - on_first, capacity - 1)
    return f"'{page_title(title, page + 1 + further)}'!A{row + 2}"
