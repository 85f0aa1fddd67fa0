"""The sheet *Coverage*: what was read, what was not and why, and what no scan of sent mail can see."""

from __future__ import annotations

from collections.abc import Iterator

from reports import frames
from reports.blind_spots import BLIND_SPOTS
from reports.cells import shown
from reports.layout import Column, Line, Prose, Sheet, Style, Table
from reports.sentences import coverage_sentence
from reports.summary import Extent, Findings, Reading
from scanner.case import Case

TITLE = "Coverage"
_LOOKS = {
    "Account": (26, Style.TEXT),
    "Folder": (26, Style.TEXT),
    "Unreadable": (12.5, Style.NUMBER),
    "State": (17, Style.TEXT),
    "Chosen by": (22, Style.TEXT),
    "Oldest": (15.5, Style.DAY),
    "Newest": (15.5, Style.DAY),
    "Trouble and reasons for skipping": (50, Style.TEXT),
}
_NUMBER = (10.5, Style.NUMBER)
_STATE = frames.COVERAGE.index("State")
_STATE_STYLES = {"complete": Style.GOOD, "left out": Style.TEXT}


def sheet(case: Case, findings: Findings) -> Sheet:
    """The folders, the messages that could not be read, and the blind spots."""
    folders = tuple(Column(title, *_LOOKS.get(title, _NUMBER)) for title in frames.COVERAGE)
    unreadable = (
        Column("Account", 26),
        Column("Folder", 26),
        Column("Locator", 17, Style.CODE),
        Column("Reason", 50),
    )
    state = Style.GOOD if findings.extent.reading is Reading.COMPLETE else Style.ALERT
    head = (
        Line((findings.extent.reading.value,), {0: state}),
        Line((coverage_sentence(findings.extent),), {0: Style.NOTE}),
    )
    none = "No mail was read." if findings.extent.reading is Reading.NOTHING else "None."
    return Sheet(
        TITLE,
        (
            Prose(head),
            Table("Coverage", folders, _folders(case), "No folder was opened."),
            Prose((Line(()), Line(("Messages that could not be read",), {0: Style.HEADING}))),
            Table("UnreadableMessages", unreadable, _unreadable(case), none),
            Prose(_troubles(findings.extent)),
            Prose(_blind_spots()),
        ),
        frozen_rows=3,
        frozen_columns=2,
        repeat_from=3,
    )


def _folders(case: Case) -> Iterator[Line]:
    for frame in frames.coverage(case):
        for values in frame.itertuples(index=False, name=None):
            yield Line(values, {_STATE: _STATE_STYLES.get(values[_STATE], Style.ALERT)})


def _unreadable(case: Case) -> Iterator[Line]:
    for frame in frames.unreadable(case):
        for values in frame.itertuples(index=False, name=None):
            yield Line(values)


def _troubles(extent: Extent) -> Iterator[Line]:
    if extent.troubles:
        yield Line(())
        yield Line(("What the latest run could not read",), {0: Style.HEADING})
    for trouble in extent.troubles:
        yield Line((shown(trouble),), {0: Style.NOTE})


def _blind_spots() -> Iterator[Line]:
    yield Line(())
    yield Line(("What no scan of sent mail can see",), {0: Style.HEADING})
    for name, sentence in BLIND_SPOTS:
        yield Line((name, sentence), {0: Style.LABEL, 1: Style.NOTE})
