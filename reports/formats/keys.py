"""A table of a sheet as machines see it: keys in place of titles, a type for each column, values of that type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from reports.layout import Column, Style, Table, Value

_WORDS = re.compile(r"[^0-9a-z]+")
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Type(StrEnum):
    """What the values of a column are."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    MOMENT = "moment"  # aware, in UTC, to the second


_TYPES = {
    Style.NUMBER: Type.INTEGER,
    Style.NUMBER_LINK: Type.INTEGER,
    Style.PROSE_NUMBER: Type.INTEGER,
    Style.SHARE: Type.NUMBER,
    Style.SCORE: Type.NUMBER,
    Style.DATE: Type.MOMENT,
    Style.DAY: Type.MOMENT,
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `human` says that people fill it in the workbook."""

    key: str
    title: str
    type: Type
    human: bool


@dataclass(frozen=True, slots=True)
class Keyed:
    """One table; `rows` can be taken once. `fields` are in the order of the values of a row."""

    key: str
    fields: tuple[Field, ...]
    table: Table

    def rows(self) -> Iterator[list[Value]]:
        """The values of each row; None for what is unknown."""
        types = [field.type for field in self.fields]
        for line in self.table.lines:
            values = [*line.values, *(None for _ in types[len(line.values) :])]
            yield [_of_type(value, type_) for value, type_ in zip(values, types, strict=True)]


def keyed(table: Table) -> Keyed:
    """The table by keys: those of the tables are their names, those of columns their English titles, in small letters.

    A column that asks a question has the key of the question, after `legal_`.
    """
    taken: set[str] = set()
    fields = []
    for column in table.columns:
        key, number = _key(column), 2
        while key in taken:
            key, number = f"{_key(column)}_{number}", number + 1
        taken.add(key)
        type_ = _TYPES.get(column.style, Type.TEXT)
        fields.append(Field(key, column.title, type_, column.question is not None))
    return Keyed(_plain(_CAPITAL.sub("_", table.name)), tuple(fields), table)


def _key(column: Column) -> str:
    return f"legal_{_plain(column.question.value)}" if column.question else _plain(column.title)


def _plain(title: str) -> str:
    return _WORDS.sub("_", title.lower()).strip("_")


def _of_type(value: Value, type_: Type) -> Value:
    """The value; None for an empty text, and for a word such as "unknown" where a number or a moment is due."""
    if value is None or value == "":
        return None
    if type_ is Type.TEXT:
        return _moment(value) if isinstance(value, datetime) else str(value)
    if type_ is Type.MOMENT:
        return value.astimezone(UTC).replace(microsecond=0) if isinstance(value, datetime) else None
    if not isinstance(value, (int, float)):
        return None
    return int(value) if type_ is Type.INTEGER else float(value)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def plain(value: Value) -> str | int | float | None:
    """The value as CSV and JSON have it: moments as ISO 8601 in UTC."""
    return _moment(value) if isinstance(value, datetime) else value
