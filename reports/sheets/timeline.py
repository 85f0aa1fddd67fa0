"""The sheet *Timeline*: what happened in each incident, one row a message, oldest first."""

from __future__ import annotations

from collections.abc import Iterator

from reports import frames
from reports.layout import Column, Line, Sheet, Style, Table, in_words
from reports.summary import Findings
from scanner.case import Case

TITLE = "Timeline"
_COLUMNS = (
    Column("Incident", 17, Style.LINK),
    Column("When", 22, Style.DATE),
    Column("What", 14),
    Column("Author", 34),
    Column("Subject", 46),
    Column("People shown", 10.5, Style.NUMBER),
    Column("Account", 30),
    Column("Folder", 20),
    Column("Locator", 34, Style.CODE),
)
_DATES = (frames.TIMELINE.index("When"),)


def sheet(case: Case, findings: Findings) -> Sheet:
    """The messages of every incident, and what came back."""
    table = Table("Timeline", _COLUMNS, _lines(case, findings), findings.none_found)
    return Sheet(TITLE, (table,), frozen_columns=1)


def _lines(case: Case, findings: Findings) -> Iterator[Line]:
    for frame in frames.timeline(case):
        for values in frame.itertuples(index=False, name=None):
            yield Line(in_words(values, _DATES, "unknown"), links=findings.link_to_incident(values[0]))
