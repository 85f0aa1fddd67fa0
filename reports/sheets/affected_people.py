"""The sheet *Affected people*: one row a person over all incidents, ready for one letter to each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reports import human_cells
from reports.cells import shown
from reports.countries import country_of
from reports.figures import lines
from reports.incident_words import NO_FAILURE_KNOWN, UNDELIVERED
from reports.layout import Column, Holds, Line, Prose, Sheet, Style, Table, Value
from reports.looks import CONFIDENCE, DELIVERED
from reports.people import Person
from reports.summary import Findings
from scanner.case import Case
from scanner.decision import Decisions, Question
from scanner.exposure import Identifiable

TITLE: Final = "Affected people"
NO_ADDRESS: Final = "(address unknown)"
IN_SOME: Final = "no in some, see Person × message"
_QUESTIONS: Final = (
    Question.PERSON_TOLD,
    Question.PERSON_TOLD_HOW,
    Question.PERSON_ANSWER,
    Question.PERSON_NOTE,
)
_IDENTIFIABLE: Final = {Identifiable.CLEAR: "yes", Identifiable.PART: "in part", Identifiable.NO: "no"}
_YES: Final = {True: "yes", False: "no"}
COLUMNS: Final = (
    Column("Person", 21, Style.CODE),
    Column("Address", 36, holds=Holds.PERSONAL),
    Column("Display name", 26, holds=Holds.PERSONAL),
    human_cells.column(Question.PERSON_TOLD, 13),
    human_cells.column(Question.PERSON_TOLD_HOW, 16),
    human_cells.column(Question.PERSON_ANSWER, 18),
    human_cells.column(Question.PERSON_NOTE, 18),
    Column("Higher risk", 9, holds=Holds.SAID),
    Column("Sensitive subjects", 14, holds=Holds.SAID),
    Column("Incidents", 17),
    Column("Number of incidents", 10.3, Style.NUMBER_LINK),
    Column("Status of the incidents", 13, holds=Holds.SAID),
    Column("All names shown", 28, holds=Holds.PERSONAL),
    Column("Party", 34, holds=Holds.PERSONAL),
    Column("Free-mail", 10, holds=Holds.SAID),
    Column("Role account", 10, holds=Holds.SAID),
    Column("Full name shown", 11, holds=Holds.SAID),
    Column("Country", 16, holds=Holds.SAID),
    Column("Country told from the domain", 13, holds=Holds.SAID),
    Column("Fields", 10),
    Column("First shown", 21, Style.DATE, Holds.SAID),
    Column("Last shown", 21, Style.DATE, Holds.SAID),
    Column("Times shown", 9, Style.NUMBER),
    Column("Seen by outsiders", 10.3, Style.NUMBER),
    Column("Seen by insiders", 10.3, Style.NUMBER),
    Column("Seen by Bcc readers", 10.3, Style.NUMBER),
    Column("Already known to", 10.3, Style.NUMBER),
    Column("Delivered", 24, holds=Holds.SAID),
    Column("Conflict", 24, holds=Holds.QUOTED),
)
_TITLES: Final = tuple(column.title for column in COLUMNS)
_PRINTED: Final = (13, 7, 9)  # who they are and were told, what they are, what was shown of them
_NUMBER: Final = _TITLES.index("Number of incidents")
_BANDS: Final = {
    _TITLES.index("Higher risk"): {"yes": Style.ALERT},
    _TITLES.index("Country told from the domain"): CONFIDENCE,
    _TITLES.index("Delivered"): DELIVERED,
}


def sheet(case: Case, findings: Findings) -> Sheet:
    """Everybody whose address was shown to somebody outside their own party, and everybody shown by name only."""
    table = Table("AffectedPeople", COLUMNS, _lines(case, findings), findings.none_found, _BANDS)
    head = [Line((findings.may_lack_people,), {0: Style.HEADING})] if findings.may_lack_people else []
    top = len(head) + 1
    return Sheet(
        TITLE,
        (Prose(head), table),
        frozen_rows=top,
        frozen_columns=3,
        repeat_from=top,
        printed=_PRINTED,
    )


def _lines(case: Case, findings: Findings) -> Iterator[Line]:
    """In the order of addresses, those without one last."""
    decisions = case.decisions()
    remarks = human_cells.Remarks(decisions)
    ids = [shown(facts.id) for facts in findings.facts]
    statuses = [str(decisions.status(facts.id)) for facts in findings.facts]
    for person in findings.totals.persons:
        known_as = case.person_id(person.key)
        numbers = person.incidents
        values: tuple[Value, ...] = (
            known_as,
            shown(person.address) if person.address is not None else NO_ADDRESS,
            shown(person.name),
            *_answers(decisions, known_as),
            _YES[person.higher_risk],
            shown(", ".join(person.contexts)),
            "\n".join([ids[number] for number in numbers]),
            len(numbers),
            ", ".join(dict.fromkeys([statuses[number] for number in numbers])),
            *_told(person),
            remarks.of(known_as, person.first),
        )
        yield Line(values, links={_NUMBER: findings.place_of(numbers[0])})


def _answers(decisions: Decisions, known_as: str) -> tuple[Value, ...]:
    if not decisions.answers:
        return (None,) * len(_QUESTIONS)
    return human_cells.answers(decisions, known_as, _QUESTIONS)


def _told(person: Person) -> tuple[Value, ...]:
    country = country_of(person.address)
    return (
        lines(person.names),
        shown(person.party),
        _YES[person.free_mail],
        _YES[person.role],
        _IDENTIFIABLE[person.identifiable],
        str(country),
        str(country.confidence),
        ", ".join([field.value for field in person.fields if field.visible]),
        person.first or "unknown",
        person.last or "unknown",
        person.times,
        person.seen_by_outsiders,
        person.seen_by_insiders,
        person.seen_by_hidden,
        person.known_to,
        delivered(person),
    )


def delivered(person: Person) -> str:
    """What is known of delivery over all incidents: a bounce can tell that it failed, and nothing that it did not."""
    if not person.undelivered:
        return NO_FAILURE_KNOWN
    return UNDELIVERED if person.undelivered == len(person.incidents) else IN_SOME
