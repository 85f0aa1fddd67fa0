"""The sheet *Considered and cleared*: one row for each incident that is no probable exposure, and why."""

from __future__ import annotations

from collections.abc import Iterator

from reports import frames
from reports.layout import Column, Line, Sheet, Style, Table, in_words
from reports.summary import Findings
from scanner.case import Case

TITLE = "Considered and cleared"
_LOOKS = {
    "Incident": (17, Style.TEXT),
    "Class": (20, Style.TEXT),
    "First sent": (21, Style.DATE),
    "Last sent": (21, Style.DATE),
    "Author": (38, Style.TEXT),
    "Subject": (34, Style.TEXT),
    "What they are": (20, Style.TEXT),
    "Reasons": (74, Style.TEXT),
}
_NUMBER = (10.3, Style.NUMBER)
_DATES = (frames.CLEARED.index("First sent"), frames.CLEARED.index("Last sent"))


def sheet(case: Case, findings: Findings) -> Sheet:
    """What is in no other sheet, class by class."""
    columns = tuple(Column(title, *_LOOKS.get(title, _NUMBER)) for title in frames.CLEARED)
    table = Table("ConsideredAndCleared", columns, _lines(case), findings.none_cleared)
    return Sheet(TITLE, (table,), frozen_columns=2, large_paper=True)


def _lines(case: Case) -> Iterator[Line]:
    for frame in frames.cleared(case):
        for values in frame.itertuples(index=False, name=None):
            yield Line(in_words(values, _DATES, "unknown"))
