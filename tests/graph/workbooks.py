"""Two workbooks of the same mail from different sources compared, cell by cell: what differs and must not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

Row = tuple[Any, ...]

OF_THE_SOURCE = frozenset(
    {
        *(
            "Account",
            "Folder",
            "Locator",
            "Stored",
            "Retrieved",
            "SHA-256 of the header as read",
            "Size in octets",
            "How it was found",
        ),
        *("Person", "Person, if affected too", "Not reached: persons"),  # the ids of one case mean nothing in another
        "Found by the tool",
    }
)
"""Columns that say where a message lies, what the source and the case told of it, and not what the message says."""
_FACTS = ("Incidents", "Messages in them", "Below the gate", "Messages read", "Messages unreadable", "Messages missing")
_WHOLE = (
    "Incidents",
    "Affected people",
    "Person × message",
    "Viewers",
    "Timeline",
    "Considered and cleared",
    "Evidence",
    "Decisions",
)


def differences(one: Path, other: Path) -> list[str]:
    """Each cell that is not the same in both, without those of the source, the folder and the run."""
    first, second = _sheets(one), _sheets(other)
    found = [f"sheets: {[*first]} and {[*second]}"] if [*first] != [*second] else []
    for title in _WHOLE:
        found += _of_tables(title, first[title], second[title])
    found += _of_tables("Coverage", _by_mailbox(first["Coverage"]), _by_mailbox(second["Coverage"]))
    for name, value in _facts(first["Read me first"]).items():
        theirs = _facts(second["Read me first"]).get(name)
        if value != theirs:
            found.append(f"Read me first, {name}: {value!r} and {theirs!r}")
    return found


def cells(workbook: Path) -> int:
    """How many cells were compared: those of the tables, with something in them."""
    sheets = _sheets(workbook)
    return sum(cell is not None for title in _WHOLE for row in _comparable(sheets[title]) for cell in row)


def _sheets(file: Path) -> dict[str, list[Row]]:
    book = load_workbook(file, read_only=True)
    try:
        return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}
    finally:
        book.close()


def _comparable(rows: list[Row]) -> list[Row]:
    start = next((place for place, row in enumerate(rows) if row and row[0] in ("Incident", "Person")), None)
    if start is None:
        return rows
    titles, rows = rows[start], rows[start:]
    keep = [place for place, title in enumerate(titles) if title not in OF_THE_SOURCE]
    marks = titles.index("Marks") if "Marks" in titles else None
    return [
        tuple(_said(row[place] if place < len(row) else None, of_marks=place == marks) for place in keep)
        for row in rows
    ]


def _said(value: Any, *, of_marks: bool) -> Any:
    """A cell; that a message is marked as sent is what its folder says, and an archive has none."""
    if not of_marks:
        return value
    return ", ".join(mark for mark in str(value or "").split(", ") if mark not in ("sent", "")) or None


def _of_tables(title: str, one: list[Row], other: list[Row]) -> list[str]:
    found = []
    for number, (mine, theirs) in enumerate(zip_longest(_comparable(one), _comparable(other)), 1):
        if mine == theirs:
            continue
        if mine is None or theirs is None:
            found.append(f"{title}, row {number}: {mine} and {theirs}")
            continue
        found += [
            f"{title}, row {number}, cell {place}: {a!r} and {b!r}"
            for place, (a, b) in enumerate(zip_longest(mine, theirs), 1)
            if a != b
        ]
    return found


def _by_mailbox(rows: list[Row]) -> list[Row]:
    """What was read of each person's mail, whatever the folders are called; those of whom nothing was read left out."""
    start = next(place for place, row in enumerate(rows) if row[0] == "Account")
    titles = rows[start]
    columns = {name: titles.index(name) for name in ("Read", "Unreadable", "Missing", "Oldest", "Newest")}
    read: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    dates: dict[str, list[Any]] = {}
    for row in _until_empty(rows[start + 1 :]):
        person = str(row[0]).rpartition("/")[2].removesuffix(".mbox")
        if not row[columns["Read"]]:
            continue
        read[person] += row[columns["Read"]]
        lost[person] += row[columns["Unreadable"]] + row[columns["Missing"]]
        dates.setdefault(person, []).extend((row[columns["Oldest"]], row[columns["Newest"]]))
    found: list[Row] = [("Whose", "Read", "Not read", "Oldest", "Newest")]
    found += [(name, read[name], lost[name], min(dates[name]), max(dates[name])) for name in sorted(read)]
    return found


def _until_empty(rows: Iterable[Row]) -> Iterable[Row]:
    for row in rows:
        if not row or row[0] is None:
            return
        yield row


def _facts(rows: list[Row]) -> dict[str, Any]:
    """The rows that say what was found, up to the headings of what was searched, and a few of those."""
    titles = [row[0] for row in rows]
    begin, end = titles.index("What was found") + 1, titles.index("What was searched")
    facts = {row[0]: row[1] for row in rows[begin:end] if row[0] and row[0] != "This workbook"}
    return facts | {row[0]: row[1] for row in rows if row[0] in _FACTS}
