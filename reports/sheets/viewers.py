"""The sheet *Viewers*: everybody who could read a list, one row a person and incident."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reports.cells import shown
from reports.incident_words import NO_FAILURE_KNOWN, UNDELIVERED
from reports.layout import Column, Holds, Line, Sheet, Style, Table
from reports.looks import DELIVERED
from reports.summary import Findings
from scanner.case import Case

TITLE: Final = "Viewers"
COLUMNS: Final = (
    Column("Incident", 17, Style.LINK),
    Column("Person, if affected too", 21, Style.CODE),
    Column("Address", 40, holds=Holds.PERSONAL),
    Column("Name", 32, holds=Holds.PERSONAL),
    Column("Field", 13),
    Column("Standing", 12, holds=Holds.SAID),
    Column("In Bcc", 8, holds=Holds.SAID),
    Column("Delivered", 24, holds=Holds.SAID),
)
_BANDS: Final = {6: {"yes": Style.ALERT}, 7: DELIVERED}


def sheet(case: Case, findings: Findings) -> Sheet:
    """To, Cc and Bcc, outsiders, affiliates and internal people."""
    table = Table("Viewers", COLUMNS, _lines(case, findings), findings.none_found, _BANDS)
    return Sheet(TITLE, (table,), frozen_columns=1)


def _lines(case: Case, findings: Findings) -> Iterator[Line]:
    for incident in case.incidents():
        known_as = shown(incident.id)
        links = findings.link_to_incident(known_as)
        keys = {person.key for person in incident.affected}
        undelivered = frozenset(incident.undelivered)
        for viewer in incident.viewers:
            values = (
                known_as,
                case.person_id(viewer.address) if viewer.address in keys else "",
                shown(viewer.address),
                shown(viewer.name),
                str(viewer.field),
                str(viewer.standing),
                "no" if viewer.field.visible else "yes",
                UNDELIVERED if viewer.address in undelivered else NO_FAILURE_KNOWN,
            )
            yield Line(values, links=links)
