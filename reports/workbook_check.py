"""A workbook as it is now beside what the manifest keeps of it: which facts changed, and which cells people filled."""

from __future__ import annotations

import re
import struct
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import unescape

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from reports.manifest import TableRows, cells_changed, kept_tables, prose_digest, row_noter
from reports.row_digests import Digests, read
from scanner.errors import ReportError

_BROKEN: Final = (
    AttributeError, EOFError, IndexError, InvalidFileException, KeyError, NotImplementedError, OSError, ParseError,
    RuntimeError, TypeError, ValueError, struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What the libraries raise for an archive or a part of it that is not sound."""
_PAGE = re.compile(r"(.+) \(([2-9]|[1-9]\d+)\)")
_PROGRAM = re.compile(rb"<(?:\w+:)?Application>([^<]{1,300})<")
_OURS: Final = "missedbcc"


@dataclass(frozen=True, slots=True)
class Changes:
    """How a workbook differs from what was written.

    `facts` are the sheets of which rows are others, and how many; `answers` the sheets of which human cells are, and
    how many. `missing` and `added` are sheets. `saved_by` is what its properties name as the program that saved it, ""
    where they name none, or us.
    """

    facts: Mapping[str, int] = field(default_factory=dict)
    answers: Mapping[str, int] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    saved_by: str = ""

    @property
    def of_facts(self) -> bool:
        """Whether anything differs that people do not fill."""
        return bool(self.facts or self.missing or self.added)


def changes(workbook: Path | IO[bytes], sheets: Sequence[Mapping[str, Any]], rows: Path) -> Changes:
    """Compare a workbook with the facts of the manifest; `rows` is the file with the digests of its rows.

    Raises ReportError when the workbook cannot be opened, and ValueError when `rows` is not what was written.
    """
    before = _kept(sheets, rows)
    try:
        with zipfile.ZipFile(workbook) as package:
            if (bad := package.testzip()) is not None:
                raise zipfile.BadZipFile(f"the part {bad} is damaged")
            saved_by = _saved_by(package)
        after, added = _read(workbook, before)
    except _BROKEN as error:
        raise ReportError("It is damaged and cannot be opened.", "Restore it from a copy.") from error
    facts, answers = {}, {}
    for title, sheet in before.items():
        if title not in after:
            continue
        if rows_changed := sheet.rows_changed(after[title]):
            facts[title] = rows_changed
        if cells := sheet.cells_changed(after[title]):
            answers[title] = cells
    return Changes(facts, answers, tuple(t for t in before if t not in after), tuple(added), saved_by)


@dataclass(frozen=True, slots=True)
class _SheetRows:
    """The rows of one sheet and of those that it goes on in."""

    prose: Counter[bytes]
    tables: tuple[TableRows, ...]

    def blank(self) -> _SheetRows:
        """The same tables without rows."""
        tables = (TableRows(t.name, t.columns, t.human, Digests(), Digests()) for t in self.tables)
        return _SheetRows(Counter(), tuple(tables))

    def rows_changed(self, other: _SheetRows) -> int:
        """How many rows are others: of those that only one side has, the number on the side that has more."""
        gone, new = (self.prose - other.prose).total(), (other.prose - self.prose).total()
        for mine, its in zip(self.tables, other.tables, strict=True):
            only_mine, only_its = mine.rows.differ(its.rows)
            gone, new = gone + only_mine, new + only_its
        return max(gone, new)

    def cells_changed(self, other: _SheetRows) -> int:
        """How many human cells are others."""
        return sum(cells_changed(m.cells, its.cells) for m, its in zip(self.tables, other.tables, strict=True))


def _kept(sheets: Sequence[Mapping[str, Any]], rows: Path) -> dict[str, _SheetRows]:
    with rows.open("rb") as stream:
        kept = {
            sheet["title"]: _SheetRows(
                Counter(map(bytes.fromhex, sheet["prose"])), tuple(kept_tables(sheet, stream.read))
            )
            for sheet in sheets
        }
        if stream.read(1):
            raise ValueError("more digests than the manifest tells of")
    return kept


def _saved_by(package: zipfile.ZipFile) -> str:
    """The program that the document's properties name; "" where they name none, or us.

    That is what a program says of itself: openpyxl, which is none of Microsoft's, calls itself "Microsoft Excel
    Compatible / Openpyxl". So nothing is made of the name but what LibreOffice puts behind its own: a platform and a
    build.
    """
    try:
        found = _PROGRAM.search(package.read("docProps/app.xml"))
    except KeyError:
        return ""
    name = unescape(found[1].decode("utf-8", "replace")).partition("$")[0].strip() if found else ""
    return "" if name.startswith(_OURS) else name


def _read(workbook: Path | IO[bytes], before: Mapping[str, _SheetRows]) -> tuple[dict[str, _SheetRows], list[str]]:
    """The rows of every sheet that we know, and the titles of those that we do not."""
    after: dict[str, _SheetRows] = {}
    added: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl tells of parts that it does not keep; they hold no cells
        book = load_workbook(workbook, read_only=True)
        try:
            for sheet in book.worksheets:
                title = _first_page(sheet.title, before)
                if title is None:
                    added.append(sheet.title)
                    continue
                kept = after.setdefault(title, before[title].blank())
                reading = _Reading(before[title], kept)
                for row in sheet.iter_rows():
                    reading.take([_token(cell) for cell in row])
        finally:
            book.close()
    return after, added


def _first_page(title: str, known: Mapping[str, _SheetRows]) -> str | None:
    if title in known:
        return title
    page = _PAGE.fullmatch(title)
    return page[1] if page and page[1] in known else None


def _token(cell: Any) -> str:
    return "" if cell.value is None else read(cell.value, formula=cell.data_type == "f")


class _Reading:
    """Takes the rows of a sheet: a header of a table, a row of prose that we wrote, or else a row of a table."""

    def __init__(self, before: _SheetRows, after: _SheetRows) -> None:
        self._before = before
        self._after = after
        self._headers = {frozenset(f"s{title}" for title in table.columns): table for table in after.tables}
        self._note: Callable[[Sequence[str]], None] | None = None
        self._width = 0

    def take(self, tokens: list[str]) -> None:
        """Count one row."""
        if not any(tokens):
            return
        if (table := self._header(tokens)) is not None:
            titles = [token[1:] if token else None for token in tokens]
            self._note, self._width = row_noter(table, titles), len(titles)
            return
        prose = prose_digest(tokens)
        if self._note is None or self._after.prose[prose] < self._before.prose[prose]:
            self._after.prose[prose] += 1
        else:
            self._note(tokens + [""] * (self._width - len(tokens)))

    def _header(self, tokens: Iterable[str]) -> TableRows | None:
        said = frozenset(tokens)
        found = [titles for titles in self._headers if titles <= said]
        return self._headers[max(found, key=len)] if found else None
