"""The sheet *Affected people*: one row a person and incident."""

from __future__ import annotations

from collections.abc import Iterator

from reports import frames
from reports.layout import Column, Line, Sheet, Style, Table, in_words
from reports.summary import Findings
from scanner.case import Case

TITLE = "Affected people"
_LOOKS = {
    "Incident": (17, Style.LINK),
    "Address": (38, Style.TEXT),
    "Names shown": (30, Style.TEXT),
    "Fields": (10, Style.TEXT),
    "Party": (32, Style.TEXT),
    "Free-mail": (10, Style.TEXT),
    "Role account": (10, Style.TEXT),
    "Full name shown": (11, Style.TEXT),
    "First shown": (21, Style.DATE),
    "Last shown": (21, Style.DATE),
    "Delivered": (21, Style.TEXT),
}
_NUMBER = (10.5, Style.NUMBER)

_DATES = (frames.AFFECTED.index("First shown"), frames.AFFECTED.index("Last shown"))


def sheet(case: Case, findings: Findings) -> Sheet:
    """Everybody whose address was shown to somebody outside their own party, and everybody shown by name only."""
    columns = tuple(Column(title, *_LOOKS.get(title, _NUMBER)) for title in frames.AFFECTED)
    table = Table("AffectedPeople", columns, _lines(case, findings), findings.none_found)
    return Sheet(TITLE, (table,), frozen_columns=2, large_paper=True)


def _lines(case: Case, findings: Findings) -> Iterator[Line]:
    for frame in frames.affected(case):
        for values in frame.itertuples(index=False, name=None):
            yield Line(in_words(values, _DATES, "unknown"), links=findings.link_to_incident(values[0]))
