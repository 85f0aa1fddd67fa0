"""Tables as CSV (RFC 4180): UTF-8 without a byte order mark, which many programs take for a part of the first title."""

from __future__ import annotations

import csv
import io
from typing import IO, Final

from reports.formats.keys import Keyed, plain
from reports.layout import Value

SUFFIX: Final = ".csv"
READING: Final = (
    "UTF-8 without a byte order mark, lines end in CR LF (RFC 4180), the first line holds the keys. An empty cell is "
    "an unknown value. A text that begins with an apostrophe, or with a character with which a spreadsheet begins a "
    "formula, has one more apostrophe before it: take one apostrophe off wherever one stands first."
)
# As in `reports.cells`: with these, spreadsheets and programs that read their exports begin a formula or a command.
_OPENERS: Final = tuple("'=+-@\t\r\n|%＝＋－＠")


def write(table: Keyed, stream: IO[bytes]) -> None:
    """Write one table, row by row."""
    text = io.TextIOWrapper(stream, "utf-8", errors="backslashreplace", newline="")
    writer = csv.writer(text)
    writer.writerow([field.key for field in table.fields])
    writer.writerows([guarded(value) for value in row] for row in table.rows())
    text.flush()
    text.detach()


def guarded(value: Value) -> str | int | float | None:
    """The value as it stands in a cell."""
    cell = plain(value)
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_OPENERS) else cell
