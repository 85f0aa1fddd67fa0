"""The sheet *Considered and cleared*: one row for each incident that is no probable exposure, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Final

from reports import figures, incident_words, sentences
from reports.cells import shown
from reports.layout import Column, Holds, Line, Prose, Sheet, Style, Table, Value
from reports.summary import Findings
from scanner.case import Case
from scanner.incident import Incident
from scanner.policy import Policy

TITLE: Final = "Considered and cleared"
COLUMNS: Final = (
    Column("Incident", 17),
    Column("Class", 20, holds=Holds.SAID),
    Column("First sent", 21, Style.DATE, Holds.SAID),
    Column("Last sent", 21, Style.DATE, Holds.SAID),
    Column("Author", 38, holds=Holds.PERSONAL),
    Column("Subject", 34, holds=Holds.PERSONAL),
    Column("Messages", 10.3, Style.NUMBER),
    Column("What they are", 20, holds=Holds.SAID),
    Column("Affected people", 10.3, Style.NUMBER),
    Column("Shown by name only", 10.3, Style.NUMBER),
    Column("Parties", 10.3, Style.NUMBER),
    Column("Viewers", 10.3, Style.NUMBER),
    Column("Reasons", 74, holds=Holds.SAID),
)
_ALLOWED: Final = (
    Column("State", 17, holds=Holds.SAID),
    Column("Until", 20, Style.DAY),
    Column("Owner", 21, holds=Holds.PERSONAL),
    Column("Id", 21),
    Column("What it allows", 38, holds=Holds.PERSONAL),
    Column("Reason", 34, holds=Holds.PERSONAL),
)


def sheet(case: Case, findings: Findings) -> Sheet:
    """What is in no other sheet, class by class; below it the allowlist, with its entries that have expired."""
    table = Table("ConsideredAndCleared", COLUMNS, _lines(case), findings.none_cleared)
    heading = Prose((Line(()), Line(("What the settings allow",), {0: Style.HEADING})))
    bands = {0: {"expired": Style.ALERT, "in force": Style.GOOD}}
    allowed = Table("Allowlist", _ALLOWED, _allowed(case.policy, findings), "Nothing.", bands)
    return Sheet(TITLE, (table, heading, allowed), frozen_columns=2)


def _lines(case: Case) -> Iterator[Line]:
    for incident in case.cleared():
        yield Line(_cleared(incident))


def _cleared(incident: Incident) -> tuple[Value, ...]:
    first = figures.first_shown(incident)
    return (
        shown(incident.id),
        str(incident.klass),
        incident.first_sent or "unknown",
        incident.last_sent or "unknown",
        figures.author_of(first) if first else "",
        shown(first.subject) if first else "",
        len(incident.exposures),
        incident_words.messages_in_short(incident),
        len(figures.with_address(incident.affected)),
        len(figures.by_name_only(incident.affected)),
        figures.parties(incident),
        len(incident.viewers),
        figures.lines(incident.reasons),
    )


def _allowed(policy: Policy, findings: Findings) -> Iterator[Line]:
    latest = findings.extent.latest_run
    for entry in policy.allowed:
        expired = latest is not None and entry.expires < latest.astimezone(UTC).date()
        values = (
            "expired" if expired else "in force",
            datetime.combine(entry.expires, time(), UTC),
            shown(entry.owner),
            shown(entry.incident),
            sentences.allowed_conditions(entry),
            shown(entry.reason),
        )
        yield Line(values)
