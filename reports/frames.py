"""The tables of a report as pandas frames, a chunk of rows at a time, for formats other than the workbook.

Every frame has dtype `object`: a text is a `str`, a number an `int` or `float`, a moment an aware `datetime`, unknown
None. Frames of one table all have the same columns; rows come in the order of the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pandas as pd

from reports.layout import Table

CHUNK = 4_096  # rows of one frame


def frames(table: Table) -> Iterator[pd.DataFrame]:
    """The lines of a table, whose columns are its titles; no frame for a table without lines."""
    titles = [column.title for column in table.columns]
    rows = (line.values for line in table.lines)
    while chunk := list(islice(rows, CHUNK)):
        yield pd.DataFrame(chunk, columns=titles, dtype=object)
