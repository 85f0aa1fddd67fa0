"""Sheets that name nobody: a pass that withholds whatever came from mail or people, and a look at the written file.

What is let through is known to be ours: a number, a moment, an id or digest, one of the words of a choice, or a text
that fits the templates of our own sentences word for word. All else is withheld, so that a sentence that quotes a
server, a path or an address cannot slip through.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import IO, Any, Final

from reports.catalogue import Catalogue
from reports.layout import Column, Holds, Line, Prose, Sheet, Style, Table, Value
from reports.phrases import ENGLISH, WITHHELD, holds_ids, manner, templates
from scanner.case import Case
from scanner.decision import Kind
from scanner.errors import ReportError
from scanner.exposure import Affected, Viewer
from scanner.incident import Incident

SENTENCE_WITHHELD: Final = "(a sentence that is not ours alone was withheld)"
REDACTED_EDITION: Final = (
    "Redacted edition: addresses, names and texts of mail are withheld; the ids are those of the full one."
)
"""What the file says of itself."""
_FIRST: Final = "Read me first"
_OURS: Final = frozenset(("(address unknown)", "unknown", "not known", "not stated"))
"""What we say in place of what mail does not tell."""
_AN_ADDRESS: Final = re.compile(r"[^\s<>\"=@;(]@[\w\[]")
_WRITTEN: Final = re.compile(rb"[^\s<>\"=@;(]@[0-9A-Za-z\[\x80-\xff]|&#(?:64|[xX]40);")
_PARTS: Final = re.compile(r"docProps/|xl/(?:worksheets|tables|charts|drawings|comments|sharedStrings|workbook)")
_CHUNK: Final = 1 << 20
_OVERLAP: Final = 8


def redacted(sheet: Sheet) -> Sheet:
    """The sheet without addresses, names, subjects or any other text of mail or people; ids, numbers and dates stay.

    To be called while it is in English. Free texts that people typed are withheld; what they chose and dates stay.
    """
    blocks = tuple(
        replace(block, lines=_rows(block.columns, block.lines))
        if isinstance(block, Table)
        else Prose(_prose(block.lines))
        for block in sheet.blocks
    )
    if sheet.title == _FIRST:
        blocks += (Prose((Line(()), Line(("Redacted", REDACTED_EDITION), {0: Style.LABEL}))),)
    return replace(sheet, blocks=blocks)


def _rows(columns: tuple[Column, ...], lines: Iterable[Line]) -> Iterator[Line]:
    passes = tuple(map(_pass_of, columns))
    for line in lines:
        yield replace(line, values=tuple(each(value) for each, value in zip(passes, line.values, strict=False)))


def _pass_of(column: Column) -> Callable[[Value], Value]:
    """What a cell of this column becomes."""
    if column.question is not None and column.question.kind is Kind.TEXT:
        return _withheld
    if column.choices:
        return lambda value: value if value in column.choices else _withheld(value)
    if column.question is not None:
        return _fact  # a day or a moment
    return {Holds.PERSONAL: _withheld, Holds.QUOTED: _withheld, Holds.SAID: _ours, Holds.FACT: _fact}[column.holds]


def _prose(lines: Iterable[Line]) -> Iterator[Line]:
    for line in lines:
        values = (_withheld(v) if i in line.personal else _ours(v) for i, v in enumerate(line.values))
        yield replace(line, values=tuple(values))


def _withheld(value: Value) -> Value:
    return value if value is None or value == "" or value in _OURS else WITHHELD


def _fact(value: Value) -> Value:
    """Facts are not texts of mail; should one hold an address all the same, it is withheld."""
    return WITHHELD if isinstance(value, str) and _AN_ADDRESS.search(value) else value


def _ours(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    known = _known()
    whole = known.whole(value)
    if whole is not None:
        return _fact(whole)
    if holds_ids(value) or not any(map(str.isalpha, value)):
        return _fact(value)
    return _fact(known.said(value, _unless_harmless))


def _unless_harmless(sentence: str) -> str:
    return SENTENCE_WITHHELD if any(map(str.isalpha, sentence)) and not holds_ids(sentence) else sentence


@cache
def _known() -> Catalogue:
    """Our own sentences, each as it is, without the texts of others that some of them hold."""
    return Catalogue({each: each for each in templates()}, manner(ENGLISH, lambda _: WITHHELD))


@dataclass(frozen=True)
class Shuffled:
    """A case whose people stand in the order of their ids, which says nothing: that of addresses tells how they begin.

    It satisfies `scanner.case.Case`.
    """

    case: Case

    def __getattr__(self, name: str) -> Any:
        return getattr(self.case, name)

    def incidents(self) -> Iterator[Incident]:
        """The probable exposures."""
        return map(self._shuffled, self.case.incidents())

    def cleared(self) -> Iterator[Incident]:
        """What was considered and is none of them."""
        return map(self._shuffled, self.case.cleared())

    def _shuffled(self, incident: Incident) -> Incident:
        return replace(
            incident,
            exposures=tuple(
                replace(each, affected=self._people(each.affected), viewers=self._viewers(each.viewers))
                for each in incident.exposures
            ),
            affected=self._people(incident.affected),
            viewers=self._viewers(incident.viewers),
        )

    def _people(self, people: Iterable[Affected]) -> tuple[Affected, ...]:
        return tuple(sorted(people, key=lambda person: self.case.person_id(person.key)))

    def _viewers(self, viewers: Iterable[Viewer]) -> tuple[Viewer, ...]:
        return tuple(sorted(viewers, key=lambda viewer: self.case.person_id(viewer.address)))


def must_show_no_address(package: IO[bytes]) -> None:
    """Raise ReportError when anything like `x@y` stands in a text of a written workbook; memory stays bounded.

    It knows no address, so it cannot miss one; it reads the file as it became, not what was meant to be written.
    """
    with zipfile.ZipFile(package) as parts:
        for name in parts.namelist():
            if _PARTS.match(name):
                with parts.open(name) as part:
                    must_show_no_address_in(part)


def must_show_no_address_in(text: IO[bytes]) -> None:
    """The same of a stream of text in UTF-8. Raises ReportError."""
    before = b""
    while chunk := text.read(_CHUNK):
        if _WRITTEN.search(before + chunk):
            raise ReportError(
                "A text in the redacted edition looks like an address, so it was not written.",
                "Please report this as a fault; the unredacted workbook is not affected.",
            )
        before = chunk[-_OVERLAP:]
