"""The cells of a spreadsheet package (ECMA-376), sheet by sheet and a row at a time, whoever saved it."""

from __future__ import annotations

import posixpath
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils import column_index_from_string
from openpyxl.utils.escape import unescape

_EPOCHS: Final = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}  # noqa: DTZ001 - a cell has no zone
_FIRST_DAY: Final = 61  # 1 March 1900; the days before are counted as if 1900 were a leap year
_DATES: Final = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
"""Built-in number formats of dates, those of East Asian editions included (ECMA-376 Part 1 §18.8.30)."""
_MOST_COLUMNS: Final = 16_384
_MOST_MERGED: Final = 256  # merged cells side by side, and columns that they cover
_MERGED: Final = re.compile(
    rb"""<(?:\w{1,20}:)?mergeCell\s{1,9}[^<>]{0,200}?\bref\s?=\s?["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["']"""
)
_LONGEST_TAG: Final = 400
_CHUNK: Final = 1 << 20
_WORKBOOK: Final = "xl/workbook.xml"
_COLUMN: Final = re.compile("[A-Za-z]{1,3}")


class Kind(StrEnum):
    """What a cell may hold, or be, that is no value."""

    FORMULA = "a formula"
    ERROR = "an error"
    DATE = "a date that cannot be told for sure"
    MERGED = "no answer of its own"  # it is merged with others, and the first of them has the value


@dataclass(frozen=True, slots=True)
class Odd:
    """A cell without a value of its own; `text` is the formula, the name of the error, or what the first cell holds.

    It is "" where the file does not say it here.
    """

    kind: Kind
    text: str = ""


Value = str | float | bool | datetime | Odd
Row = tuple[int, dict[int, Value]]
"""The number of a row and its cells that are not empty by column, both counted from 1. A datetime has no zone."""


class NoSpreadsheet(Exception):
    """The package does not hold what a spreadsheet must."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the cells of every sheet point into."""

    strings: tuple[str, ...]
    dates: frozenset[int]  # formats, by their place
    mac: bool


def sheets(package: zipfile.ZipFile) -> Iterator[tuple[str, Iterator[Row]]]:
    """The worksheets in their order, hidden ones too, by title; of each its rows, also those that a filter hides.

    Raises NoSpreadsheet, also while rows are read. The rows of one sheet must be taken before the next is asked for.
    """
    try:
        book = _tree(package, _WORKBOOK)
        targets = _targets(package)
        properties = next(_all(book, "workbookPr"), None)
        mac = properties is not None and properties.get("date1904") in ("1", "true")
        known = _Known(tuple(_strings(package, targets)), _date_formats(package, targets), mac)
        for sheet in _all(book, "sheet"):
            name = next((value for key, value in sheet.items() if _local(key) == "id"), "")
            target = targets.get(name, "")
            if target in package.namelist() and "worksheet" in target:
                yield sheet.get("name", ""), _rows(package, target, known, _merged(package, target))
    except (ET.ParseError, KeyError, ValueError) as error:
        raise NoSpreadsheet from error


def reference(column: int, row: int) -> str:
    """The name of a cell: C7."""
    letters = ""
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row}"


@lru_cache(maxsize=256)
def _local(name: str) -> str:
    """The name without its namespace: strict files (ISO/IEC 29500) have others than transitional ones."""
    return name.rpartition("}")[2]


def _all(element: ET.Element, name: str) -> Iterator[ET.Element]:
    return (one for one in element.iter() if _local(one.tag) == name)


def _tree(package: zipfile.ZipFile, name: str) -> ET.Element:
    return ET.fromstring(package.read(name))  # noqa: S314 - parts with a DTD were refused, and expat limits the rest


def _targets(package: zipfile.ZipFile) -> dict[str, str]:
    """The parts that the workbook refers to, by the ids of the references."""
    relations = _tree(package, "xl/_rels/workbook.xml.rels")
    found = {}
    for one in _all(relations, "Relationship"):
        target = one.get("Target", "")
        found[one.get("Id", "")] = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
    return found


def _part(targets: dict[str, str], package: zipfile.ZipFile, name: str) -> str | None:
    return next((one for one in targets.values() if one.endswith(name) and one in package.namelist()), None)


def _strings(package: zipfile.ZipFile, targets: dict[str, str]) -> Iterator[str]:
    name = _part(targets, package, "haredStrings.xml")
    if name is None:
        return
    with package.open(name) as stream:
        root: ET.Element | None = None
        for event, element in ET.iterparse(stream, ("start", "end")):  # noqa: S314 - see _tree
            if root is None:
                root = element
            elif event == "end" and _local(element.tag) == "si":
                yield _text(element)
                root.clear()


def _text(element: ET.Element) -> str:
    """The text of a string, rich or plain, without the phonetic hints of East Asian editions."""
    parts = []
    for child in element:
        if _local(child.tag) == "t":
            parts.append(child.text or "")
        elif _local(child.tag) == "r":
            parts += [one.text or "" for one in child if _local(one.tag) == "t"]
    return unescape("".join(parts))


def _date_formats(package: zipfile.ZipFile, targets: dict[str, str]) -> frozenset[int]:
    name = _part(targets, package, "styles.xml")
    if name is None:
        return frozenset()
    styles = _tree(package, name)
    codes = {int(one.get("numFmtId", "0")): one.get("formatCode", "") for one in _all(styles, "numFmt")}
    formats = next(_all(styles, "cellXfs"), None)
    numbers = [int(one.get("numFmtId", "0")) for one in formats] if formats is not None else []
    return frozenset(place for place, number in enumerate(numbers) if _is_date(number, codes))


def _is_date(number: int, codes: dict[int, str]) -> bool:
    code = codes.get(number) or BUILTIN_FORMATS.get(number, "")
    return number in _DATES or bool(code and is_date_format(code))


@dataclass(frozen=True, slots=True, order=True)
class _Merged:
    """Cells that were made one. Rows and columns are counted from 1; the first of both holds the value."""

    row: int
    last_row: int
    column: int
    last_column: int

    def covers(self, row: int) -> Iterator[int]:
        """The columns of the cells in this row that show the value of another."""
        yield from range(self.column + (row == self.row), min(self.last_column, _MOST_MERGED) + 1)


def _merged(package: zipfile.ZipFile, name: str) -> list[_Merged]:
    """The merged cells, which stand behind all rows, in the order of rows; looked for in the octets to be quick."""
    found, rest = [], b""
    with package.open(name) as stream:
        while chunk := stream.read(_CHUNK):
            text = rest + chunk
            for one in _MERGED.finditer(text):
                (column, row), (last_column, last_row) = one.group(1, 2), one.group(3, 4)
                columns = (column_index_from_string(letters.decode()) for letters in (column, last_column))
                found.append(_Merged(int(row), int(last_row), *columns))
            rest = text[max(text.rfind(b"<"), len(text) - _LONGEST_TAG) :]
    return sorted(set(found))


class _Covered:
    """Goes down the rows of a sheet and tells which of their cells show what another holds."""

    def __init__(self, merged: list[_Merged]) -> None:
        self._coming = merged[::-1]
        self._here: list[tuple[_Merged, Odd]] = []

    def shown(self, row: int, cells: dict[int, Value]) -> dict[int, Value]:
        """The cells of a row further down than the one before, with those that are part of others."""
        while self._coming and self._coming[-1].row <= row:
            one = self._coming.pop()
            value = cells.get(one.column) if one.row == row else None
            if value is not None:
                self._here.append((one, Odd(Kind.MERGED, value.text if isinstance(value, Odd) else str(value))))
        self._here = [(one, value) for one, value in self._here if one.last_row >= row]
        if len(self._here) > _MOST_MERGED:
            raise NoSpreadsheet
        return {**cells, **{column: value for one, value in self._here for column in one.covers(row)}}


def _rows(package: zipfile.ZipFile, name: str, known: _Known, merged: list[_Merged]) -> Iterator[Row]:
    """Reading ends with the cells: what stands behind them, a million links perhaps, is not parsed."""
    holder: ET.Element | None = None
    number = cells = 0
    covered = _Covered(merged)
    try:
        with package.open(name) as stream:
            for event, element in ET.iterparse(stream, ("start", "end")):  # noqa: S314 - see _tree
                tag = _local(element.tag)
                if event == "start":
                    holder = element if tag == "sheetData" else holder
                    cells = 0 if tag == "row" else cells + (tag == "c")
                    if cells > _MOST_COLUMNS:
                        raise NoSpreadsheet
                elif tag == "row":
                    number = int(element.get("r") or number + 1)
                    yield number, covered.shown(number, dict(_cells(element, known)))
                    if holder is not None:
                        holder.clear()
                elif tag == "sheetData":
                    return
    except (ET.ParseError, KeyError, ValueError) as error:
        raise NoSpreadsheet from error


def _cells(row: ET.Element, known: _Known) -> Iterator[tuple[int, Value]]:
    column = 0
    for cell in row:
        if _local(cell.tag) != "c":
            continue
        letters = _COLUMN.match(cell.get("r", ""))
        column = column_index_from_string(letters[0].upper()) if letters else column + 1
        value = _value(cell, known)
        if value is not None and value != "":
            yield column, value


def _value(cell: ET.Element, known: _Known) -> Value | None:
    parts = {_local(child.tag): child for child in cell}
    if "f" in parts:
        return Odd(Kind.FORMULA, f"={parts['f'].text}" if parts["f"].text else "")
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _text(parts["is"]) if "is" in parts else None
    text = (parts["v"].text or "") if "v" in parts else ""
    if not text or kind == "e":
        return Odd(Kind.ERROR, text) if text else None
    if kind == "s":
        place = int(text)
        return known.strings[place] if 0 <= place < len(known.strings) else Odd(Kind.ERROR)
    if kind in ("str", "d", "b"):
        return text.strip() in ("1", "true") if kind == "b" else unescape(text)
    return _number(float(text), int(cell.get("s") or 0), known)


def _number(number: float, style: int, known: _Known) -> Value:
    if style not in known.dates:
        return number
    if number >= _FIRST_DAY or known.mac:
        with suppress(OverflowError, ValueError):
            return _EPOCHS[known.mac] + timedelta(seconds=round(number * 86_400))
    return Odd(Kind.DATE)
