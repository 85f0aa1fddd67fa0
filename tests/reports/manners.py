"""A workbook of two small sheets that use every manner: choices, prompts, dates, bands, charts, links and a mark."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from reports.layout import MAX_ROWS, Chart, Column, Line, Prose, Sheet, Style, Table
from reports.package import write_package
from reports.shell import Made
from scanner.decision import Question

MOMENT = datetime(2024, 2, 5, 9, 30, tzinfo=UTC)
MARK = "MBCC-0123456789abcdef-0007"
MADE = Made(
    "People shown to others", "missedbcc", "Personal data.", MOMENT, "run 7", MARK, "Incidents", "mail, personal data"
)
STATUS = ("open", "in review", "closed")
COMMAS = ("by mail, to each", "by letter, to each", 'in "quotes"')
LONG = tuple(f"choice number {number} of many" for number in range(30))
COLUMNS = (
    Column("Incident", 17, Style.LINK),
    Column("Month", 12),
    Column("People", 10, Style.NUMBER),
    Column("Severity", 14),
    Column("Status", 14, Style.HUMAN, question=Question.STATUS, choices=STATUS, prompt="Where it stands."),
    Column("Told how", 20, Style.HUMAN, choices=COMMAS),
    Column("Cause", 28, Style.HUMAN, choices=LONG),
    Column("Told on", 14, Style.HUMAN_DAY, prompt="The day, or nothing."),
    Column("Aware since", 21, Style.HUMAN_MOMENT),
    Column("Note", 30, Style.HUMAN, prompt="Anything."),
)
BANDS = {3: {"high": Style.ALERT, "high, but": Style.TEXT, 'say "no"': Style.GOOD}, 4: {"open": Style.ALERT}}
CHARTS = (Chart("People by month & more", "Register", "Month", "People", "B9", 12, 6),)


def lines(count: int) -> Iterator[Line]:
    severities = ("high", "high, but old", 'say "no"', "low")
    for number in range(count):
        month = f"2024-{number % 12 + 1:02}"
        yield Line(
            (
                f"INC-{number:08x}",
                month,
                number * 3 + 1,
                severities[number % 4],
                "open",
                None,
                None,
                MOMENT,
                MOMENT,
                "",
            ),
            links={0: f"'Register'!A{number + 2}"},
        )


def sheets(count: int = 5) -> tuple[Sheet, ...]:
    told = Prose([Line(("Before", "the table"), {0: Style.LABEL, 1: Style.PROSE})])
    register = Table("Register", COLUMNS, lines(count), "No incident.", BANDS)
    more = Table("More", COLUMNS, lines(0), "No incident.", BANDS)
    return (
        Sheet("Register", (register,), frozen_columns=1, charts=CHARTS),
        Sheet("More", (told, more), charts=(Chart("Nothing", "More", "Month", "People", "B9"),)),
    )


def workbook(path: Path, count: int = 5, capacity: int = MAX_ROWS) -> Path:
    with path.open("wb") as target:
        write_package(target, sheets(count), MADE, capacity)
    return path
