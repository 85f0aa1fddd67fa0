"""The sheet *Decisions*: one row an incident, with the cells by which people say what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reports import human_cells, register_words
from reports.cells import shown
from reports.figures import many
from reports.human_cells import Remarks
from reports.incident_facts import Facts, facts_of
from reports.incident_words import DECIDES_NOTHING, band_of
from reports.layout import Column, Holds, Line, Prose, Sheet, Style, Table, Value
from reports.looks import BANDS, NEWS, STATUS
from reports.questions import DECIDED, mark
from reports.summary import DECISIONS_ABOVE, Findings
from scanner.case import Case
from scanner.decision import About, Decisions, Novelty, Question

TITLE: Final = "Decisions"
_WIDTHS: Final = {
    Question.STATUS: 15.0,
    Question.OWNER: 20.0,
    Question.PEOPLE_TOLD: 14.0,
    Question.TOLD_HOW: 24.0,
    Question.BAND: 14.0,
    Question.BAND_REASON: 28.0,
    Question.NOTE: 34.0,
}
COLUMNS: Final = (
    Column("Incident", 17, Style.LINK),
    Column("What is new", 12, holds=Holds.SAID),
    Column("Subject", 32, holds=Holds.PERSONAL),
    Column("Affected people", 10.3, Style.NUMBER),
    Column("Severity band", 14, holds=Holds.SAID),
    *(human_cells.column(question, _WIDTHS[question]) for question in DECIDED),
    Column("Conflict", 34, holds=Holds.QUOTED),
    Column("Answers read back", 10.3, Style.NUMBER),
    Column("Band that stands", 14, holds=Holds.SAID),
)
_TITLES: Final = tuple(column.title for column in COLUMNS)
_BANDS: Final = {
    _TITLES.index("What is new"): NEWS,
    _TITLES.index("Severity band"): BANDS,
    5: STATUS,
    5 + DECIDED.index(Question.BAND): BANDS,
    _TITLES.index("Band that stands"): BANDS,
}
_REGISTER: Final = (
    (Question.CAUSE, 20.0),
    (Question.AUTHORITY_TOLD, 15.0),
    (Question.AWARE_SINCE, 21.0),
    (Question.DELAY_REASON, 22.0),
    (Question.CONSEQUENCES, 26.0),
    (Question.MEASURES, 34.0),
)
"""What is answered on Incidents, each with the width of its column, as they fit under the columns above."""
LEFT_COLUMNS: Final = (
    Column("Incident", 17),
    Column("What it is now", 12, holds=Holds.SAID),
    *(human_cells.column(question, width) for question, width in _REGISTER),
)
OFF_THE_REGISTER: Final = "Register answers on incidents that are no longer in it"
ON_NO_SHEET: Final = "on no other sheet"
"""What is said in place of its news of an incident that was decided about and is not in the case's results now."""
NAMES_NOBODY: Final = "not stated"
"""What stands in place of an id where somebody typed into a row that names nobody."""
_NO_LINK: Final = {0: Style.TEXT}
_HOW: Final = (
    "Fill in the cells headed “For legal”, here, on Incidents and on Affected people, and save the file where the next "
    "run finds it. The answers are read back by the ids in Incident and Person, wherever rows and columns were moved.",
    "Nothing that you type is ever written over. Where two workbooks disagree, or an answer is not "
    "understood, the column Conflict says so.",
)
_TRIAL: Final = (
    "This is a trial copy: no decisions are read back from it.",
    "Keep a case and write its workbook to record decisions.",
)


def sheet(case: Case, findings: Findings) -> Sheet:
    """The incidents of the register, others with answers, and the mark by which this workbook is recognised."""
    table = Table("Decisions", COLUMNS, _lines(case, findings), findings.none_found, _BANDS)
    return Sheet(
        TITLE,
        (Prose(_head(case, findings)), table, *_off_the_register(case, findings)),
        frozen_rows=DECISIONS_ABOVE + 1,
        frozen_columns=1,
        repeat_from=DECISIONS_ABOVE + 1,
    )


def how_read_back(case: Case) -> tuple[str, str]:
    """Two sentences on how decisions come back; a case that is not kept takes none."""
    return _HOW if case.edition else _TRIAL


def _head(case: Case, findings: Findings) -> Iterator[Line]:
    yield Line((mark(case.id, case.edition),), {0: Style.TITLE})
    first, second = how_read_back(case)
    gone = _gone(case, findings)
    if gone:
        second = f"{second} Answers on {many(gone, 'person')} stay in the case and have no row: nothing shows them now."
    for sentence in (first, second, DECIDES_NOTHING.replace("It", "The band of the tool", 1)):
        yield Line((sentence,), {0: Style.NOTE})


def _gone(case: Case, findings: Findings) -> int:
    """How many people have answers and are affected no more."""
    answered = {
        subject
        for subject, said in case.decisions().answers.items()
        if any(question.about is About.PERSON for question in said)
    }
    if answered:
        answered.difference_update(case.person_id(person.key) for person in findings.totals.persons)
    return len(answered)


def _lines(case: Case, findings: Findings) -> Iterator[Line]:
    """The incidents of the register, then those that were decided about and are none of them now."""
    decisions = case.decisions()
    remarks = human_cells.Remarks(decisions)
    for facts in findings.facts:
        values = _values(facts, str(facts.novelty), decisions, remarks)
        yield Line(values, links=findings.link_to_incident(shown(facts.id)))
    left = _left(decisions, findings)
    left |= _refused_on_no_sheet(case, findings)
    if not left:
        return
    for incident in case.cleared():
        if incident.id in left:
            left.remove(incident.id)
            facts = facts_of(incident, Novelty.KNOWN, case.found_on(incident))
            yield Line(_values(facts, str(incident.klass), decisions, remarks), _NO_LINK)
    for known_as in sorted(left):
        values = (
            shown(known_as) or NAMES_NOBODY,
            ON_NO_SHEET,
            "",
            None,
            "",
            *_human(known_as, decisions, remarks.of(known_as)),
        )
        yield Line((*values, decisions.of(known_as).get(Question.BAND, "")), _NO_LINK)


def _left(decisions: Decisions, findings: Findings) -> set[str]:
    """The incidents that were decided about and are not in the register."""
    return _decided(decisions).difference(facts.id for facts in findings.facts)


def _off_the_register(case: Case, findings: Findings) -> tuple[Prose | Table, ...]:
    """What was answered in the register on incidents that are not in it now; nothing where there are none."""
    decisions = case.decisions()
    asked = tuple(question for question, _ in _REGISTER)
    left = {known_as for known_as in _left(decisions, findings) if not decisions.of(known_as).keys().isdisjoint(asked)}
    if not left:
        return ()
    now = {incident.id: str(incident.klass) for incident in case.cleared() if incident.id in left}
    lines = (
        Line((shown(one), now.get(one, ON_NO_SHEET), *human_cells.answers(decisions, one, asked)))
        for one in sorted(left)
    )
    heading = Prose((Line(()), Line((OFF_THE_REGISTER,), {0: Style.HEADING})))
    return heading, Table("OffTheRegister", LEFT_COLUMNS, lines, ON_NO_SHEET)


def _values(facts: Facts, news: str, decisions: Decisions, remarks: Remarks) -> tuple[Value, ...]:
    return (
        shown(facts.id),
        news,
        shown(facts.subject),
        facts.people + facts.names,
        band_of(facts.severity),
        *_human(facts.id, decisions, remarks.of(facts.id, facts.first_sent)),
        register_words.standing_band(facts, decisions),
    )


def _human(incident: str, decisions: Decisions, remark: str) -> tuple[Value, ...]:
    return (
        *human_cells.answers(decisions, incident, DECIDED),
        remark,
        answered(decisions, incident),
    )


def _decided(decisions: Decisions) -> set[str]:
    """The incidents that have an answer, an open conflict or a refusal, of whatever class they are."""
    said = {
        subject
        for subject, answers in decisions.answers.items()
        if any(question.about is About.INCIDENT for question in answers)
    }
    said |= {one.subject for one in decisions.conflicts if one.question.about is About.INCIDENT}
    return said | {one.subject for one in decisions.refusals if one.question.about is About.INCIDENT}


def _refused_on_no_sheet(case: Case, findings: Findings) -> set[str]:
    """Of whom something was typed and not taken, and who has no row among the people."""
    people = {one.subject for one in case.decisions().refusals if one.question.about is About.PERSON}
    if people:
        people.difference_update(case.person_id(person.key) for person in findings.totals.persons)
    return people


def answered(decisions: Decisions, incident: str) -> int:
    """How many answers on an incident stand."""
    return sum(question.about is About.INCIDENT for question in decisions.of(incident))
