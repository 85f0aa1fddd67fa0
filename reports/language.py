"""Sheets in another language: a pass over what is finished in English, which leaves every fact as it is.

The catalogues are `languages/*.toml`. A sentence is translated whole or stays English; the workbook then says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from reports.layout import Chart, Column, Holds, Line, Prose, Sheet, Style, Table, Value
from reports.phrases import CHOICES, COLONS, COLUMNS, ENGLISH, WITHHELD, back, catalogue, holds_ids, said_of, sections
from reports.presentation import LANGUAGES

REMAINS: Final = "Sentences of mail servers, of mail programs and of the settings stay in their own language."
"""What a workbook in another language than English says on its first sheet."""
_FIRST: Final = "Read me first"
_ANYWHERE: Final = frozenset(("unknown", "not stated", "not known", "(address unknown)", WITHHELD))
"""Our own words in columns of facts, or in place of what came from mail."""
_BUTTON: Final = 2.5  # characters of a header that the button of the filter and the margins take
_BOLD: Final = 1.08


def words(code: str) -> Callable[[str], str]:
    """What gives a single word or sentence of ours in this language; in English, as it is."""
    if code == ENGLISH:
        return lambda text: text
    known = catalogue(code)
    return lambda text: said_of(known, text, lambda sentence: sentence, COLONS[code])


def titles_in_all_languages() -> Mapping[str, str]:
    """The English title of a column by its title in any language, English too."""
    return back(COLUMNS)


def choices_in_all_languages() -> Mapping[str, str]:
    """The English word of a choice by what it is called in any language, English too."""
    return back(CHOICES)


def withheld_in_all_languages() -> frozenset[str]:
    """What a cell of a redacted edition says in any language instead of what it holds: never an answer."""
    return frozenset(words(code)(WITHHELD) for code in LANGUAGES)


def in_language(sheet: Sheet, code: str, missed: Callable[[str], None] = lambda _: None) -> Sheet:
    """The sheet with all that we say in another language; rows, ids, numbers and what came from mail stay.

    Dates keep their form. `missed` is told each sentence that stays English since no template fits it.
    """
    return sheet if code == ENGLISH else _Translator(code, missed).sheet(sheet)


class _Translator:
    """The pass over one sheet."""

    def __init__(self, code: str, missed: Callable[[str], None]) -> None:
        self._catalogue = catalogue(code)
        self._colon = COLONS[code]
        self._titles = sections(code)[COLUMNS]
        self._choices = sections(code)[CHOICES]
        self._missed = missed
        self._places: dict[str, str] = {}

    def sheet(self, sheet: Sheet) -> Sheet:
        """The whole sheet."""
        blocks = tuple(self._table(b) if isinstance(b, Table) else Prose(self._prose(b.lines)) for b in sheet.blocks)
        if sheet.title == _FIRST:
            note = Line(("Language", REMAINS), {0: Style.LABEL})
            blocks += (Prose(self._prose((Line(()), note))),)
        charts = tuple(map(self._chart, sheet.charts))
        return replace(sheet, title=self._said(sheet.title), blocks=blocks, charts=charts)

    def _said(self, text: str) -> str:
        return said_of(self._catalogue, text, self._unknown, self._colon)

    def _unknown(self, sentence: str) -> str:
        if any(map(str.isalpha, sentence)) and not holds_ids(sentence):
            self._missed(sentence)
        return sentence

    def _title(self, title: str) -> str:
        return self._titles.get(title) or self._said(title)

    def _chart(self, chart: Chart) -> Chart:
        categories, values = self._title(chart.categories), self._title(chart.values)
        return replace(chart, title=self._said(chart.title), categories=categories, values=values)

    def _table(self, table: Table) -> Table:
        columns = tuple(map(self._column, table.columns))
        bands = {
            position: {self._choice(word): style for word, style in looks.items()}
            for position, looks in table.bands.items()
        }
        lines = self._lines(table.columns, table.lines)
        return replace(table, columns=columns, lines=lines, empty=self._said(table.empty), bands=bands)

    def _column(self, column: Column) -> Column:
        title = self._title(column.title)
        return replace(
            column,
            title=title,
            width=max(column.width, round(max(map(len, title.split(" "))) * _BOLD + _BUTTON, 1)),
            choices=tuple(map(self._choice, column.choices)),
            prompt=self._said(column.prompt) if column.prompt else "",
        )

    def _choice(self, word: str) -> str:
        return self._choices.get(word) or self._said(word)

    def _lines(self, columns: tuple[Column, ...], lines: Iterable[Line]) -> Iterator[Line]:
        ways = tuple(map(self._way, columns))
        for line in lines:
            values = tuple(way(value) for way, value in zip(ways, line.values, strict=False))
            yield replace(line, values=values, links=self._links(line.links))

    def _way(self, column: Column) -> Callable[[Value], Value]:
        """What becomes of a cell of this column."""
        if column.choices:
            return lambda value: self._choice(str(value)) if value in column.choices else self._anywhere(value)
        return self._value if column.holds in (Holds.SAID, Holds.QUOTED) else self._anywhere

    def _anywhere(self, value: Value) -> Value:
        return self._said(value) if isinstance(value, str) and value in _ANYWHERE else value

    def _prose(self, lines: Iterable[Line]) -> Iterator[Line]:
        for line in lines:
            values = (value if i in line.personal else self._value(value) for i, value in enumerate(line.values))
            yield replace(line, values=tuple(values), links=self._links(line.links))

    def _value(self, value: Value) -> Value:
        return self._said(value) if isinstance(value, str) and value else value

    def _links(self, links: Mapping[int, str]) -> Mapping[int, str]:
        return {i: self._place(leads_to) for i, leads_to in links.items()} if links else links

    def _place(self, leads_to: str) -> str:
        """The same place in the sheet as it is called here; see `layout.place`."""
        title, quote, reference = leads_to.rpartition("'!")
        if title not in self._places:
            name, opening, page = title[1:].rpartition(" (")
            if opening and page[:-1].isdecimal():
                self._places[title] = f"'{self._said(name)} ({page}"
            else:
                self._places[title] = f"'{self._said(title[1:])}"
        return self._places[title] + quote + reference
