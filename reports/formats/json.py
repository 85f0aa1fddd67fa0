"""Tables as JSON Lines: one object a row, so that a reader needs no more memory than the writer did."""

from __future__ import annotations

import json
from typing import IO, Final

from reports.formats.keys import Keyed, plain

SUFFIX: Final = ".jsonl"
READING: Final = (
    "UTF-8, one JSON object a line, each with every key. null is an unknown value; moments are texts, ISO 8601 in UTC."
)


def write(table: Keyed, stream: IO[bytes]) -> None:
    """Write one table, row by row."""
    keys = [field.key for field in table.fields]
    for row in table.rows():
        line = json.dumps(dict(zip(keys, map(plain, row), strict=True)), ensure_ascii=False)
        stream.write(line.encode("utf-8", "backslashreplace") + b"\n")
