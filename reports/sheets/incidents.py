"""The sheet *Incidents*: the register, one row an incident, in the order in which a record of a case is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reports import human_cells, register_words
from reports.cells import shown
from reports.countries import in_words
from reports.figures import lines
from reports.incident_facts import Facts
from reports.incident_words import band_of, severity_in_words
from reports.layout import Column, Holds, Line, Prose, Sheet, Style, Table, Value, place
from reports.looks import BANDS, DEADLINE, NEWS, STATUS
from reports.summary import DECISIONS_ABOVE, Findings, Rows
from scanner.case import Case
from scanner.decision import Decisions, Question
from scanner.exposure import Standing
from scanner.rule_pack import RulePack

TITLE: Final = "Incidents"


def _number(title: str, width: float = 10.3, style: Style = Style.NUMBER) -> Column:
    return Column(title, width, style)


_GROUPS: Final[tuple[tuple[str, tuple[Column, ...]], ...]] = (
    (
        "Which",
        (
            Column("Incident", 17, Style.LINK),
            Column("What is new", 11.5, holds=Holds.SAID),
            Column("Status", 13, Style.LINK, Holds.SAID),
        ),
    ),
    (
        "When",
        (
            Column("First sent", 21, Style.DATE, Holds.SAID),
            Column("Last sent", 21, Style.DATE, Holds.SAID),
            _number("Hours between", 10.5, Style.SCORE),
            Column("Found by the tool", 21, Style.DATE, Holds.SAID),
            human_cells.column(Question.AWARE_SINCE, 21),
            Column("Deadline", 28, Style.DATE, Holds.SAID),
            Column("State of the deadline", 20, holds=Holds.SAID),
            Column("Rules", 30, holds=Holds.SAID),
            human_cells.column(Question.DELAY_REASON, 22),
        ),
    ),
    (
        "What happened, and why",
        (
            Column("Author", 30, holds=Holds.PERSONAL),
            Column("Subject", 28, holds=Holds.PERSONAL),
            _number("Messages", style=Style.NUMBER_LINK),
            Column("What they are", 20, holds=Holds.SAID),
            Column("Fields", 11),
            Column("Reasons", 80, holds=Holds.SAID),
            human_cells.column(Question.CAUSE, 20),
        ),
    ),
    (
        "Who was shown, and who could see it",
        (
            _number("Disclosed entries"),
            _number("Affected people", style=Style.NUMBER_LINK),
            _number("Reached, bounces taken off", 11.5),
            _number("Told by name", 11.5),
            _number("With a full name"),
            _number("With part of a name"),
            _number("Shown by name only"),
            _number("Role accounts"),
            Column("Affected people by country", 45, holds=Holds.SAID),
            _number("Viewers", style=Style.NUMBER_LINK),
            _number("Outsiders among viewers"),
            _number("Affiliates among viewers"),
            _number("Internal among viewers"),
            _number("Bcc among viewers"),
        ),
    ),
    (
        "Which data, and how grave",
        (
            Column("Data shown", 32, holds=Holds.SAID),
            Column("Sensitive subjects", 14, holds=Holds.SAID),
            _number("Severity score", 9.5, Style.SCORE),
            Column("Severity band", 14, holds=Holds.SAID),
            Column("Band that stands", 14, Style.LINK, Holds.SAID),
            Column("Closest published case", 30, holds=Holds.SAID),
            Column("How this one differs", 60, holds=Holds.SAID),
            human_cells.column(Question.CONSEQUENCES, 26),
        ),
    ),
    (
        "What was done, and who was told",
        (
            human_cells.column(Question.MEASURES, 72),
            human_cells.column(Question.AUTHORITY_TOLD, 15),
            Column("People told on (from Decisions)", 15, Style.LINK, Holds.SAID),
        ),
    ),
    (
        "How it was judged",
        (
            Column("How the severity was computed", 100, holds=Holds.SAID),
            _number("Points", 8.5),
            Column("Points in words", 40, holds=Holds.SAID),
            _number("Counted people", 9),
            _number("Parties", 9),
            _number("Free-mail share", 9, Style.SHARE),
            _number("Copies found", 9.5, Style.NUMBER_LINK),
            Column("Earlier ids", 13),
        ),
    ),
)
COLUMNS: Final = tuple(column for _, columns in _GROUPS for column in columns)
_TITLES: Final = tuple(column.title for column in COLUMNS)
_BANDS: Final = {
    _TITLES.index("What is new"): NEWS,
    _TITLES.index("Status"): STATUS,
    _TITLES.index("State of the deadline"): DEADLINE,
    _TITLES.index("Severity band"): BANDS,
    _TITLES.index("Band that stands"): BANDS,
}


def sheet(case: Case, findings: Findings) -> Sheet:
    """The register of incidents, its columns in groups."""
    table = Table("Incidents", COLUMNS, _lines(case, findings), findings.none_found, _BANDS)
    groups = Prose((_group_line(),))
    which, when, *others = (len(columns) for _, columns in _GROUPS)
    return Sheet(
        TITLE, (groups, table), frozen_rows=2, frozen_columns=1, repeat_from=1, printed=(which + when, *others)
    )


def _group_line() -> Line:
    values: list[Value] = []
    for name, columns in _GROUPS:
        values += [name, *(None for _ in columns[1:])]
    return Line(tuple(values), dict.fromkeys(range(len(values)), Style.GROUP))


def _lines(case: Case, findings: Findings) -> Iterator[Line]:
    decisions, pack = case.decisions(), case.rule_pack
    for facts, at in zip(findings.facts, findings.rows.values(), strict=True):
        values = (
            *_when(facts, decisions, pack, findings),
            *_what(facts, decisions),
            *_who(facts),
            *_how_grave(facts, decisions),
            *_done(facts, decisions),
            *_judged(facts),
        )
        yield Line(values, links=_links(at, findings))


def _links(at: Rows, findings: Findings) -> dict[int, str]:
    decided = place("Decisions", at.incident, findings.capacity, DECISIONS_ABOVE)
    places = {
        "Incident": findings.place_in("Person × message", at.people),
        "Affected people": findings.place_in("Person × message", at.people),
        "Viewers": findings.place_in("Viewers", at.viewers),
        "Messages": findings.place_in("Timeline", at.timeline),
        "Copies found": findings.place_in("Evidence", at.evidence),
        "Status": decided,
        "Band that stands": decided,
        "People told on (from Decisions)": decided,
    }
    return {_TITLES.index(title): where for title, where in places.items() if where is not None}


def _when(facts: Facts, decisions: Decisions, pack: RulePack, findings: Findings) -> tuple[Value, ...]:
    aware, delay = human_cells.answers(decisions, facts.id, (Question.AWARE_SINCE, Question.DELAY_REASON))
    first, last = facts.first_sent, facts.last_sent
    return (
        shown(facts.id),
        str(facts.novelty),
        str(decisions.status(facts.id)),
        first or "unknown",
        last or "unknown",
        round((last - first).total_seconds() / 3600, 2) if first and last else None,
        register_words.found_by_the_tool(facts.found_on, findings.extent),
        aware,
        register_words.deadline(decisions.aware_since(facts.id), pack),
        register_words.deadline_state(facts, decisions, pack, findings.extent),
        register_words.rules(pack, first, findings.extent),
        delay,
    )


def _what(facts: Facts, decisions: Decisions) -> tuple[Value, ...]:
    return (
        facts.author,
        shown(facts.subject),
        facts.messages,
        facts.what,
        facts.fields,
        lines(facts.reasons),
        *human_cells.answers(decisions, facts.id, (Question.CAUSE,)),
    )


def _who(facts: Facts) -> tuple[Value, ...]:
    return (
        facts.entries,
        facts.people,
        facts.reached,
        facts.identifiable,
        facts.clear,
        facts.part,
        facts.names,
        facts.roles,
        in_words(facts.countries),
        facts.all_viewers,
        facts.viewers[Standing.OUTSIDER],
        facts.viewers[Standing.AFFILIATE],
        facts.viewers[Standing.INTERNAL],
        facts.hidden,
    )


def _how_grave(facts: Facts, decisions: Decisions) -> tuple[Value, ...]:
    name, differs = register_words.closest_case(facts)
    return (
        register_words.data_shown(facts),
        shown(", ".join(facts.contexts)),
        facts.severity.score if facts.severity else None,
        band_of(facts.severity),
        register_words.standing_band(facts, decisions),
        name,
        differs,
        *human_cells.answers(decisions, facts.id, (Question.CONSEQUENCES,)),
    )


def _done(facts: Facts, decisions: Decisions) -> tuple[Value, ...]:
    asked = (Question.MEASURES, Question.AUTHORITY_TOLD)
    told = decisions.of(facts.id).get(Question.PEOPLE_TOLD, "not stated")
    return (*human_cells.answers(decisions, facts.id, asked), told)


def _judged(facts: Facts) -> tuple[Value, ...]:
    return (
        severity_in_words(facts.severity),
        facts.score,
        facts.points,
        facts.counted,
        facts.parties,
        facts.free_mail / facts.people if facts.people else None,
        facts.copies,
        lines(facts.aliases),
    )
