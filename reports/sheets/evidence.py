"""The sheet *Evidence*: where each message lies, and the digest by which it can be recognised."""

from __future__ import annotations

from collections.abc import Iterator

from reports import frames
from reports.layout import Column, Line, Sheet, Style, Table, in_words
from reports.summary import Findings
from scanner.case import Case

TITLE = "Evidence"
_LOOKS = {
    "Incident": (17, Style.LINK),
    "Account": (20, Style.TEXT),
    "Folder": (15, Style.TEXT),
    "Locator": (20, Style.CODE),
    "Message-ID": (34, Style.CODE),
    "Sent": (22, Style.DATE),
    "Stored": (22, Style.DATE),
    "SHA-256 of the header as read": (36, Style.CODE),
    "Retrieval": (42, Style.TEXT),
    "Marks": (10, Style.TEXT),
    "Size in octets": (10, Style.NUMBER),
}
_TEXT = (26, Style.TEXT)

_DATES = (frames.EVIDENCE.index("Sent"),)


def sheet(case: Case, findings: Findings) -> Sheet:
    """Every copy of every message of an incident."""
    columns = tuple(Column(title, *_LOOKS.get(title, _TEXT)) for title in frames.EVIDENCE)
    table = Table("Evidence", columns, _lines(case, findings), findings.none_found)
    return Sheet(TITLE, (table,), frozen_columns=1, large_paper=True)


def _lines(case: Case, findings: Findings) -> Iterator[Line]:
    for frame in frames.evidence(case):
        for values in frame.itertuples(index=False, name=None):
            yield Line(in_words(values, _DATES, "unknown"), links=findings.link_to_incident(values[0]))
