"""The cells that only people fill: their columns, what stands in them already, and where workbooks disagree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from reports.layout import Column, Holds, Style, Value
from reports.questions import title_of
from reports.sentences import moment
from scanner.decision import Conflict, Decisions, Kind, Question, Status
from scanner.incident import Band

_STYLES: Final = {Kind.DAY: Style.HUMAN_DAY, Kind.MOMENT: Style.HUMAN_MOMENT}
_CHOICES: Final = {
    Question.STATUS: tuple(str(status) for status in Status),
    Question.BAND: tuple(str(band) for band in Band),
}
_PROMPTS: Final[Mapping[Question, str]] = {
    Question.STATUS: "Where it stands: choose from the list.",
    Question.OWNER: "Who sees to it.",
    Question.AWARE_SINCE: "Since when a human knew: date and time in UTC. The deadline is counted from it.",
    Question.CAUSE: "Why it happened.",
    Question.CONSEQUENCES: "What may follow for the people concerned.",
    Question.MEASURES: "What was or will be done.",
    Question.AUTHORITY_TOLD: "The day on which an authority was told; empty for not told.",
    Question.DELAY_REASON: "Why it took longer than the deadline, if it did.",
    Question.PEOPLE_TOLD: "The day on which the people concerned were told; empty for not told.",
    Question.TOLD_HOW: "For example: a letter to each, by post.",
    Question.BAND: "Choose a band where yours is another than the tool's.",
    Question.BAND_REASON: "Why the band is another than the tool's.",
    Question.NOTE: "Anything else.",
    Question.PERSON_TOLD: "The day on which this person was told; empty for not told.",
    Question.PERSON_TOLD_HOW: "For example: mail, letter, telephone.",
    Question.PERSON_ANSWER: "What the person answered.",
    Question.PERSON_NOTE: "Anything else about this person.",
}


def column(question: Question, width: float) -> Column:
    """The column in which a question is answered."""
    style = _STYLES.get(question.kind, Style.HUMAN)
    holds = Holds.SAID if question.kind is Kind.CHOICE else Holds.PERSONAL
    if question.kind in _STYLES:
        holds = Holds.FACT
    choices = _CHOICES.get(question, ())
    return Column(title_of(question), width, style, holds, question, choices, _PROMPTS[question])


def answers(decisions: Decisions, subject: str, questions: Iterable[Question]) -> tuple[Value, ...]:
    """The answers that stand, as values of cells; None where there is none."""
    said = decisions.of(subject)
    return tuple(_value(question, said.get(question, "")) for question in questions)


def _value(question: Question, answer: str) -> Value:
    if not answer:
        return None
    if question.kind not in _STYLES:
        return answer
    when = datetime.fromisoformat(answer)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def conflicts_by_subject(decisions: Decisions) -> dict[str, str]:
    """What contradicts what, a sentence a line, by the id of the incident or person."""
    found: dict[str, list[str]] = {}
    for conflict in decisions.conflicts:
        found.setdefault(conflict.subject, []).append(conflict_sentence(conflict))
    return {subject: "\n".join(sentences) for subject, sentences in found.items()}


def conflict_sentence(conflict: Conflict) -> str:
    """Which answer stands, and which other one another workbook holds."""
    kept, other = (f"“{said}”" if said else "an empty cell" for said in (conflict.kept, conflict.other))
    return (
        f"In “{title_of(conflict.question)}”, {kept} stands; workbook {conflict.edition}, read at "
        f"{moment(conflict.read)}, has {other}. Type the right one into that column, not into this one."
    )
