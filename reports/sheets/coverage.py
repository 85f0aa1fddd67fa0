"""The sheet *Coverage*: what was read, what was not and why, and what no scan of sent mail can see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reports import figures
from reports.blind_spots import BLIND_SPOTS
from reports.cells import shown
from reports.extent import Extent, Reading
from reports.layout import Column, Holds, Line, Prose, Sheet, Style, Table, Value
from reports.looks import COVERAGE
from reports.sentences import coverage_sentence
from reports.summary import Findings
from scanner.case import Case
from scanner.coverage import ChosenBy, Coverage

TITLE: Final = "Coverage"
COLUMNS: Final = (
    Column("Account", 26, holds=Holds.PERSONAL),
    Column("Folder", 26, holds=Holds.PERSONAL),
    Column("State", 17, holds=Holds.SAID),
    Column("Trouble and reasons for skipping", 50, holds=Holds.SAID),
    Column("Chosen by", 22, holds=Holds.SAID),
    Column("Expected", 10.5, Style.NUMBER, Holds.SAID),
    Column("Read", 10.5, Style.NUMBER),
    Column("Unreadable", 12.5, Style.NUMBER),
    Column("Skipped", 10.5, Style.NUMBER),
    Column("Missing", 10.5, Style.NUMBER),
    Column("Oldest", 15.5, Style.DAY),
    Column("Newest", 15.5, Style.DAY),
)
_UNREADABLE: Final = (
    Column("Account", 26, holds=Holds.PERSONAL),
    Column("Folder", 26, holds=Holds.PERSONAL),
    Column("Locator", 17, Style.CODE, Holds.PERSONAL),
    Column("Reason", 50, holds=Holds.SAID),
)


def sheet(case: Case, findings: Findings) -> Sheet:
    """The folders, the messages that could not be read, and the blind spots."""
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
            Table("Coverage", COLUMNS, _folders(case), "No folder was opened.", {2: COVERAGE}),
            Prose((Line(()), Line(("Messages that could not be read",), {0: Style.HEADING}))),
            Table("UnreadableMessages", _UNREADABLE, _unreadable(case), none),
            Prose(_troubles(findings.extent)),
            Prose(_blind_spots()),
        ),
        frozen_rows=3,
        frozen_columns=2,
        repeat_from=3,
    )


def _folders(case: Case) -> Iterator[Line]:
    for folder in case.coverage():
        yield Line(_folder(folder))


def _folder(folder: Coverage) -> tuple[Value, ...]:
    skipped = [f"{count:,} skipped: {reason}" for reason, count in folder.skipped]
    trouble = figures.trouble_of(folder)
    known = (
        shown(folder.account),
        shown(folder.folder),
        figures.state_of(folder),
        figures.lines([trouble, *skipped] if trouble else skipped),
        str(folder.chosen_by) if folder.folder else "",
    )
    if folder.chosen_by is ChosenBy.NOT_SENT:
        return (*known, None, None, None, None, None, folder.oldest, folder.newest)
    return (
        *known,
        "not stated" if folder.expected is None else folder.expected,
        folder.read,
        folder.unreadable,
        sum(count for _, count in folder.skipped),
        folder.missing,
        folder.oldest,
        folder.newest,
    )


def _unreadable(case: Case) -> Iterator[Line]:
    for each in case.unreadable():
        at = each.locator
        yield Line((shown(at.account), shown(at.folder), shown(at.key), shown(each.reason)))


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
