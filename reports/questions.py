"""The titles of the columns that only people fill, and of those that say whom a row concerns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scanner.decision import About, Kind, Question

TITLES: Final[Mapping[Question, str]] = {
    question: f"For legal: {question.value}{' (UTC)' if question.kind is Kind.MOMENT else ''}" for question in Question
}
"""The English title of each human column. A workbook is read back by them, so an earlier title is never given anew."""

EARLIER_TITLES: Final[Mapping[str, Question]] = {
    "For legal: aware since": Question.AWARE_SINCE,
    "Juridique : connaissance depuis": Question.AWARE_SINCE,
    "Recht: Kenntnis seit": Question.AWARE_SINCE,
}
"""Titles that earlier versions gave, in all their languages: workbooks with them are still read back."""

SUBJECTS: Final[Mapping[About, str]] = {About.INCIDENT: "Incident", About.PERSON: "Person"}
"""The English title of the column with the id of whom the answers in its row concern."""

DECIDED: Final = (
    Question.STATUS,
    Question.OWNER,
    Question.PEOPLE_TOLD,
    Question.TOLD_HOW,
    Question.BAND,
    Question.BAND_REASON,
    Question.NOTE,
)
"""What is asked on the sheet *Decisions*, in the order of its columns."""

SHEETS: Final[Mapping[str, frozenset[Question]]] = {
    "Incidents": frozenset(
        (
            Question.AWARE_SINCE,
            Question.DELAY_REASON,
            Question.CAUSE,
            Question.CONSEQUENCES,
            Question.MEASURES,
            Question.AUTHORITY_TOLD,
        )
    ),
    "Affected people": frozenset(question for question in Question if question.about is About.PERSON),
    "Decisions": frozenset(DECIDED),
}
"""The English title of each sheet that people fill, and what is asked there."""

WITHHELD: Final = "(withheld)"
"""What a redacted edition shows in place of a text that is not for its readers."""


def mark(case: str, edition: int) -> str:
    """The words by which a workbook is known when it comes back: of which case, and which edition."""
    return f"MBCC-{case}-{edition:04}"


def title_of(question: Question) -> str:
    """The English title of the column in which a question is answered."""
    return TITLES[question]


def titles() -> dict[str, Question]:
    """The question by its English title; all titles differ."""
    return {title: question for question, title in TITLES.items()}
