"""The sheet *Timeline*: what happened in each incident, one row a message, oldest first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reports.cells import shown
from reports.incident_words import part_of
from reports.layout import Column, Holds, Line, Sheet, Style, Table, Value
from reports.summary import Findings
from scanner.case import Case
from scanner.exposure import Exposure
from scanner.incident import Event, Incident, Role

TITLE: Final = "Timeline"
COLUMNS: Final = (
    Column("Incident", 17, Style.LINK),
    Column("When", 22, Style.DATE, Holds.SAID),
    Column("What", 14, holds=Holds.SAID),
    Column("Author", 34, holds=Holds.PERSONAL),
    Column("Subject", 46, holds=Holds.PERSONAL),
    Column("People shown", 10.5, Style.NUMBER),
    Column("Not reached: persons", 21, Style.CODE),
    Column("Not reached: addresses", 34, holds=Holds.PERSONAL),
    Column("Account", 26, holds=Holds.PERSONAL),
    Column("Folder", 16, holds=Holds.PERSONAL),
    Column("Locator", 24, Style.CODE, Holds.PERSONAL),
)
_MOST = 40  # people named in one cell, which is as tall as a row can be; the others stand in Person × message


def sheet(case: Case, findings: Findings) -> Sheet:
    """The messages of every incident, and what came back."""
    table = Table("Timeline", COLUMNS, _lines(case, findings), findings.none_found)
    return Sheet(TITLE, (table,), frozen_columns=1)


def _lines(case: Case, findings: Findings) -> Iterator[Line]:
    for incident in case.incidents():
        links = findings.link_to_incident(shown(incident.id))
        ours = {exposure.message: exposure for exposure in incident.exposures}
        told = False
        for event in incident.timeline:
            bounce = event.role is Role.BOUNCE and not told
            told = told or bounce
            not_reached = _not_reached(case, incident) if bounce else ("", "")
            yield Line(_event(incident, event, ours.get(event.message), not_reached), links=links)


def _event(
    incident: Incident, event: Event, exposure: Exposure | None, not_reached: tuple[str, str]
) -> tuple[Value, ...]:
    """The cells of a line; `exposure` is that of a message which showed people or hid them."""
    at = event.locator
    return (
        shown(incident.id),
        event.when or "unknown",
        part_of(exposure, event.role) if exposure else str(event.role),
        shown(event.author or ""),
        shown(exposure.envelope.subject if exposure else event.subject),
        event.shown,
        *not_reached,
        shown(at.account),
        shown(at.folder),
        shown(at.key),
    )


def _not_reached(case: Case, incident: Incident) -> tuple[str, str]:
    """All whom the bounces of the incident name, ids and addresses, with a word where they are more than fit."""
    named = incident.undelivered
    further = [f"and {len(named) - _MOST:,} more"] if len(named) > _MOST else []
    ids = [case.person_id(address) for address in named[:_MOST]]
    return "\n".join([*ids, *further]), "\n".join([*map(shown, named[:_MOST]), *further])
