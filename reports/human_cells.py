"""The cells that only people fill: their columns, what stands in them already, and where workbooks disagree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from reports.cells import shown
from reports.layout import Column, Holds, Style, Value
from reports.questions import title_of
from reports.sentences import moment
from scanner.decision import (
    Conflict,
    Decisions,
    Doubt,
    Kind,
    Question,
    RefusedAnswer,
    Status,
    WhyRefused,
)
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
_NEEDED: Final = {
    Kind.DAY: "Type a day such as 2026-03-02.",
    Kind.MOMENT: "Type a date and time such as 2026-03-02 14:30, in UTC.",
    Kind.CHOICE: "Choose from the list.",
    Kind.TEXT: "Type the answer itself.",
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


class Remarks:
    """What is to be said beside the human cells of a row, a sentence a line: nothing of it was written over."""

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions
        self._said: dict[str, list[str]] = {}
        for conflict in decisions.conflicts:
            self._said.setdefault(conflict.subject, []).append(conflict_sentence(conflict))
        for refusal in decisions.refusals:
            self._said.setdefault(refusal.subject, []).append(refusal_sentence(refusal))

    def of(self, subject: str, sent: datetime | None = None) -> str:
        """Where workbooks disagree about it, what was typed and not taken, and dates that are not plausible.

        `sent` is when mail that concerns it was first sent.
        """
        said = (*self._said.get(subject, ()), *self._doubts(subject, sent))
        return "\n".join(dict.fromkeys(said))  # copies of one workbook say the same of one cell

    def _doubts(self, subject: str, sent: datetime | None) -> Iterator[str]:
        for question, value in self._decisions.of(subject).items():
            doubt = self._decisions.doubt(subject, question, sent)
            if doubt:
                beside = self._decisions.aware_since(subject) if doubt is Doubt.UNAWARE else sent
                yield doubt_sentence(question, value, doubt, (self._decisions.read[subject, question], beside))


def conflict_sentence(conflict: Conflict) -> str:
    """Which answer stands, and which other one another workbook holds."""
    kept, other = (_quoted(conflict.question, said) for said in (conflict.kept, conflict.other))
    return (
        f"{title_of(conflict.question)}: {kept} stands; workbook {conflict.edition}, read at {moment(conflict.read)}, "
        f"has {other}. Type the right one into that column, not into this one."
    )


def _quoted(question: Question, said: str) -> str:
    """An answer as it is quoted. Choices are kept in English, so they are named as such and can be translated."""
    if not said:
        return "an empty cell"
    return f"the choice “{said}”" if said in _CHOICES.get(question, ()) else f"“{shown(said)}”"


def refusal_sentence(refusal: RefusedAnswer) -> str:
    """What was typed where, and why it is no answer."""
    cell = f"cell {shown(refusal.place)} of workbook {refusal.edition}"
    understood = refusal.why is not WhyRefused.UNCLEAR and refusal.subject  # else it is kept as it was typed
    quoted = _quoted(refusal.question, refusal.typed) if understood else f"“{shown(refusal.typed)}”"
    typed = f"{title_of(refusal.question)}: {quoted} was typed into {cell}"
    if refusal.why is WhyRefused.TORN:
        return (
            f"{typed}, and another cell of it says otherwise. Type the right one into that column, not into this one."
        )
    if refusal.why is WhyRefused.STRANGE and refusal.subject:
        return f"{typed}, about an incident that this case does not know. Type it where it belongs."
    if refusal.why is WhyRefused.STRANGE:
        return f"{typed}, in a row that names nobody. Type it where it belongs."
    return f"{typed} and is not understood. {_NEEDED[refusal.question.kind]}"


def doubt_sentence(question: Question, value: str, doubt: Doubt, known: tuple[datetime, datetime | None]) -> str:
    """What is odd about a date that stands; `known` are when it was read, and the moment that it should not precede."""
    read, earliest = known
    date = moment(datetime.fromisoformat(value)) if question.kind is Kind.MOMENT else value
    said = f"{title_of(question)}: {date}"
    if doubt is Doubt.AHEAD:
        return f"{said} was still to come when it was read at {moment(read)}. Please check."
    if doubt is Doubt.TOO_EARLY and earliest:
        return f"{said} is before the first message was sent at {moment(earliest)}. Please check."
    if doubt is Doubt.UNAWARE and earliest:
        return f"{said} is before “aware since”, which is stated as {moment(earliest)}. Please check, or explain it."
    return f"{said} is too long ago for mail. Please check."
