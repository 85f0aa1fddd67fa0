"""The sheet *Incidents*: one row an incident, with cells that only a human can fill."""

from __future__ import annotations

from collections.abc import Iterator

from reports import frames
from reports.layout import Column, Line, Sheet, Style, Table, in_words, place
from reports.sheets import affected_people, evidence, timeline
from reports.summary import Findings
from scanner.case import Case

TITLE = "Incidents"
HUMAN = (
    Column("For legal to fill: aware since", 14, Style.HUMAN),
    Column("For legal to fill: status", 14, Style.HUMAN),
    Column("For legal to fill: note", 22, Style.HUMAN),
)
_LOOKS = {
    "Incident": (17, Style.LINK),
    "First sent": (21, Style.DATE),
    "Last sent": (21, Style.DATE),
    "Author": (38, Style.TEXT),
    "Subject": (28, Style.TEXT),
    "Messages": (10.3, Style.NUMBER_LINK),
    "What they are": (20, Style.TEXT),
    "Affected people": (10.3, Style.NUMBER_LINK),
    "Reached, bounces taken off": (11.5, Style.NUMBER),
    "Free-mail share": (10.5, Style.SHARE),
    "Fields": (9, Style.TEXT),
    "Copies found": (9.5, Style.NUMBER_LINK),
    "Earlier ids": (16, Style.TEXT),
    "Sensitive subjects": (14, Style.TEXT),
    "Severity score": (9.5, Style.SCORE),
    "Severity band": (14, Style.TEXT),
    "Reasons": (60, Style.TEXT),
    "Points in words": (46, Style.TEXT),
    "How the severity was computed": (92, Style.TEXT),
}
_NUMBER = (10.3, Style.NUMBER)
"""How a column looks that `_LOOKS` does not name."""


def sheet(case: Case, findings: Findings) -> Sheet:
    """The register of incidents."""
    columns = (*(Column(title, *_LOOKS.get(title, _NUMBER)) for title in frames.INCIDENTS), *HUMAN)
    table = Table("Incidents", columns, _lines(case, findings), findings.none_found)
    return Sheet(TITLE, (table,), frozen_columns=1, large_paper=True, pages_wide=2)


def _lines(case: Case, findings: Findings) -> Iterator[Line]:
    people, copies, messages = map(frames.INCIDENTS.index, ("Affected people", "Copies found", "Messages"))
    dates = (frames.INCIDENTS.index("First sent"), frames.INCIDENTS.index("Last sent"))
    blank = (None,) * len(HUMAN)
    rows = iter(findings.rows.values())
    for frame in frames.incidents(case):
        for values in frame.itertuples(index=False, name=None):
            at = next(rows)
            links = {}
            if at.affected is not None:
                links[0] = links[people] = place(affected_people.TITLE, at.affected, findings.capacity)
            if at.timeline is not None:
                links[messages] = place(timeline.TITLE, at.timeline, findings.capacity)
            if at.evidence is not None:
                links[copies] = place(evidence.TITLE, at.evidence, findings.capacity)
            yield Line((*in_words(values, dates, "unknown"), *blank), links=links)
