"""The sheet *Person × message*: one row for each person whom a message showed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reports.cells import shown
from reports.figures import fields_of, lines
from reports.incident_words import delivered, part_of
from reports.layout import Column, Holds, Line, Sheet, Style, Table
from reports.looks import DELIVERED
from reports.sheets.affected_people import NO_ADDRESS
from reports.summary import Findings
from scanner.case import Case

TITLE: Final = "Person × message"
COLUMNS: Final = (
    Column("Incident", 17, Style.LINK),
    Column("Person", 21, Style.CODE),
    Column("Address", 36, holds=Holds.PERSONAL),
    Column("Name as shown there", 28, holds=Holds.PERSONAL),
    Column("Fields", 11),
    Column("What the message is", 13, holds=Holds.SAID),
    Column("Sent", 21, Style.DATE, Holds.SAID),
    Column("Subject", 34, holds=Holds.PERSONAL),
    Column("Message-ID", 36, Style.CODE, Holds.PERSONAL),
    Column("Seen by outsiders", 10.3, Style.NUMBER),
    Column("Seen by insiders", 10.3, Style.NUMBER),
    Column("Seen by Bcc readers", 10.3, Style.NUMBER),
    Column("Delivered", 24, holds=Holds.SAID),
)
_BANDS: Final = {len(COLUMNS) - 1: DELIVERED}


def sheet(case: Case, findings: Findings) -> Sheet:
    """The messages of every incident, oldest first, each with everybody whom it showed."""
    table = Table("PersonAndMessage", COLUMNS, _lines(case, findings), findings.none_found, _BANDS)
    return Sheet(TITLE, (table,), frozen_columns=3)


def _lines(case: Case, findings: Findings) -> Iterator[Line]:
    for incident in case.incidents():
        known_as = shown(incident.id)
        links = findings.link_to_incident(known_as)
        undelivered = frozenset(incident.undelivered)
        for exposure, role in zip(incident.exposures, incident.roles, strict=True):
            envelope = exposure.envelope
            sent, subject = envelope.date or "unknown", shown(envelope.subject)
            message_id = shown(envelope.message_id or "")
            for person in exposure.affected:
                values = (
                    known_as,
                    case.person_id(person.key),
                    shown(person.address) if person.address is not None else NO_ADDRESS,
                    lines(person.names),
                    fields_of((person,)),
                    part_of(exposure, role),
                    sent,
                    subject,
                    message_id,
                    person.seen_by_outsiders,
                    person.seen_by_insiders,
                    person.seen_by_hidden,
                    delivered(person, undelivered),
                )
                yield Line(values, links=links)
