"""The way back: what people typed into a workbook, read by the ids of its rows and the titles of its columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Final

from reports.language import choices_in_all_languages, titles_in_all_languages, withheld_in_all_languages, words
from reports.phrases import CHOICES, COLUMNS, ENGLISH, TRANSLATED, sections
from reports.questions import EARLIER_TITLES, SHEETS, SUBJECTS, TITLES
from reports.returned_file import returned
from reports.spreadsheet import NoSpreadsheet, Row, Value, reference, sheets
from reports.typed import Misunderstood, Words, answer_of, text_of
from scanner.decision import About, Answer, Question, Readback
from scanner.errors import ReportError

_MARK: Final = re.compile(r"MBCC-([0-9a-f]{12})-(\d{4,9})(?!\d)")
_ID: Final = {
    About.INCIDENT: re.compile(r"(I(?:NC)?-)([0-9A-Z]{6,32})", re.IGNORECASE),
    About.PERSON: re.compile(r"(P-)([0-9A-Z]{6,32})", re.IGNORECASE),
}
_BLANK: Final = re.compile("[\\s\u200b-\u200f\u2060\ufeff]+")
_PUT_BACK: Final = "Give the workbook again as it was written, or type those answers into the newest one."
_MOST_PROBLEMS: Final = 50  # a sentence each; beyond it they are counted


class NotOurs(ReportError):
    """The workbook bears no mark: it will not be another's when it is read again, as long as nobody changes it."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """By what a workbook in any language is understood: titles of columns in lower case, and words.

    `languages` has the language of each title, and `called` by language what words and titles are called in it. Titles
    for legal begin with `prefixes`.
    """

    questions: Mapping[str, Question]
    ids: Mapping[str, About]
    words: Words = field(default_factory=Words)
    languages: Mapping[str, str] = field(default_factory=dict)
    called: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    prefixes: tuple[str, ...] = ()


@cache
def vocabulary() -> Vocabulary:
    """What workbooks say in any of our languages."""
    titles, choices = titles_in_all_languages(), choices_in_all_languages()
    questions = {title: question for question, title in TITLES.items()}
    ids = {title: about for about, title in SUBJECTS.items()}
    own = {code: {**sections(code)[CHOICES], **sections(code)[COLUMNS]} for code in TRANSLATED}
    return Vocabulary(
        {_plain(said): questions[title] for said, title in titles.items() if title in questions}
        | {_plain(title): question for title, question in {**questions, **EARLIER_TITLES}.items()},
        {_plain(said): ids[title] for said, title in titles.items() if title in ids}
        | {_plain(title): about for title, about in ids.items()},
        Words(
            {_plain(said): word for said, word in choices.items()},
            frozenset(word.casefold() for word in withheld_in_all_languages()),
        ),
        {_plain(called[title]): code for code, called in own.items() for title in TITLES.values()},
        own,
        tuple(sorted({_plain(title).partition(":")[0] + ":" for title in _all_titles(own)})),
    )


def _all_titles(called: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    yield from TITLES.values()
    for own in called.values():
        yield from (own[title] for title in TITLES.values())


def read_decisions(path: Path, password: str = "") -> Readback:
    """The answers in a workbook as it was saved last, wherever its sheets, rows and columns stand now.

    Raises ReportError, with the next step, for a file that cannot be read, that is no workbook of ours, or that takes
    no decisions. A single cell that cannot be understood is a problem of the readback.
    """
    reader = _Reader(vocabulary())
    try:
        with returned(path, password) as package:
            for title, rows in sheets(package):
                reader.read(title, rows)
    except NoSpreadsheet as error:
        raise ReportError(
            f"{path} is damaged: its sheets cannot be read.",
            "Ask for the file again, or open it in a spreadsheet program and save it anew.",
        ) from error
    case, edition = _told(path, reader.marks)
    reader.must_be_whole()
    return Readback(case, edition, tuple(reader.answers), tuple(reader.problems()), tuple(reader.refused))


def _told(path: Path, marks: set[tuple[str, int]]) -> tuple[str, int]:
    """The case and the edition that the workbook names."""
    if not marks:
        raise NotOurs(
            f"{path} does not say which case it belongs to: it is no workbook of missedbcc, or of an early version "
            "that took no decisions, or the sheets Read me first and Decisions were removed.",
            "Type the decisions into the newest workbook of the case.",
        )
    if len(marks) > 1:
        raise ReportError(
            f"{path} holds sheets of several workbooks, so that nobody can tell which it is.",
            "Give the workbooks one by one, each as it was written.",
        )
    ((case, edition),) = marks
    if edition == 0:
        raise ReportError(
            f"{path} was written to try other settings, and takes no decisions.",
            "Type them into a workbook that `missedbcc scan` or `missedbcc report` wrote without such options.",
        )
    return case, edition


def _plain(title: str) -> str:
    """A title or word without what people and programs change in it."""
    return " ".join(title.split()).rstrip(":").casefold()


@dataclass(slots=True)
class _Columns:
    """Where a table has what: questions by column, and the column of the ids by whom they name.

    `titles` are those of the questions as the reader of the sheet sees them; `words` and `called` are of its language.
    `strange` are columns that are for legal, as it seems, and ask what this version does not know.
    """

    questions: dict[int, Question]
    ids: dict[About, int]
    titles: dict[int, str]
    words: Words
    called: Mapping[str, str]
    strange: dict[int, str]

    def subject(self, about: About) -> str:
        """What the column of ids is called in this sheet."""
        return self.called.get(SUBJECTS[about], SUBJECTS[about])


class _Reader:
    """Goes through the rows of all sheets."""

    def __init__(self, known: Vocabulary) -> None:
        self._known = known
        self._problems: list[str] = []
        self._more = 0
        self._asked: set[Question] = set()
        self._language = ENGLISH
        self.answers: list[Answer] = []
        self.refused: list[Answer] = []
        self.marks: set[tuple[str, int]] = set()

    def complain(self, problem: str) -> None:
        """Note a problem."""
        if len(self._problems) < _MOST_PROBLEMS:
            self._problems.append(problem)
        else:
            self._more += 1

    def problems(self) -> Iterator[str]:
        """The sentences."""
        yield from self._problems
        if self._more:
            yield f"There are {self._more:,} more of them."

    def must_be_whole(self) -> None:
        """Note which sheets are gone, when all that there are were read: no column of them stands anywhere."""
        for sheet, questions in SHEETS.items():
            if self._asked.isdisjoint(questions):
                called = words(self._language)(sheet)
                gone = f"The sheet “{called}”, or each of its columns for answers, is gone: no answer of it was read."
                self.complain(f"{gone} {_PUT_BACK}")

    def read(self, title: str, rows: Iterator[Row]) -> None:
        """Read one sheet; a row that names columns begins a table."""
        columns: _Columns | None = None
        for number, cells in rows:
            texts = {column: value for column, value in cells.items() if isinstance(value, str)}
            for text in texts.values():
                if "MBCC-" in text:
                    self.marks.update((case, int(edition)) for case, edition in _MARK.findall(text))
            found = self._columns(texts)
            if found is not None:
                columns = found
                self._must_be_whole(title, columns)
            elif columns is not None:
                self._row(title, number, cells, columns)

    def _columns(self, texts: Mapping[int, str]) -> _Columns | None:
        """What a header row says; None for any other row."""
        plain = {column: _plain(text) for column, text in texts.items() if len(text) < 100}
        questions = {
            column: self._known.questions[text] for column, text in plain.items() if text in self._known.questions
        }
        if not questions:
            return None
        titles = {column: " ".join(text.split()) for column, text in texts.items()}
        language = next(
            (self._known.languages[plain[column]] for column in questions if plain[column] in self._known.languages), ""
        )
        called = self._known.called.get(language, {})
        self._asked.update(questions.values())
        self._language = language or self._language
        strange = {
            column: titles[column]
            for column, text in plain.items()
            if column not in questions and text.startswith(self._known.prefixes)
        }
        ids = {self._known.ids[text]: column for column, text in plain.items() if text in self._known.ids}
        return _Columns(questions, ids, titles, replace(self._known.words, called=called), called, strange)

    def _must_be_whole(self, sheet: str, columns: _Columns) -> None:
        for about in sorted({question.about for question in columns.questions.values()} - columns.ids.keys()):
            self.complain(
                f"The sheet “{sheet}” has lost its column {columns.subject(about)}: its answers were not read. "
                f"{_PUT_BACK}"
            )

    def _row(self, sheet: str, number: int, cells: Mapping[int, Value], columns: _Columns) -> None:
        ids = {about: _id(about, cells.get(column)) for about, column in columns.ids.items()}
        for column, question in columns.questions.items():
            if question.about in columns.ids:
                value = cells.get(column)
                self._cell(_Cell(sheet, column, number, ids[question.about], question), value, columns)
        for column in columns.strange.keys() & cells.keys():
            title = columns.strange.pop(column)  # told once
            self.complain(
                f"{sheet}, cell {reference(column, number)}: this version does not know the column “{title}”, so "
                "nothing in it was read. A newer version may have written the workbook."
            )

    def _cell(self, cell: _Cell, value: Value | None, columns: _Columns) -> None:
        answer = answer_of(cell.question, value, columns.words)
        if answer is None or (not answer and not cell.subject):
            return
        if isinstance(answer, Misunderstood):
            self.complain(f"{cell.where}: {columns.titles[cell.column]} {answer.sentence}")
            self.refused.append(Answer(cell.subject, cell.question, text_of(value), cell.place))
        elif cell.subject:
            self.answers.append(Answer(cell.subject, cell.question, answer, cell.place if answer else ""))
        else:
            about = cell.question.about
            called = columns.called.get(SUBJECTS[about], SUBJECTS[about].lower())
            self.complain(f"{cell.where}: the row names no {called}, so it was not read.")
            self.refused.append(Answer("", cell.question, text_of(value), cell.place))


@dataclass(frozen=True, slots=True)
class _Cell:
    """Where an answer stands, and what it answers; `subject` is "" where its row names nobody."""

    sheet: str
    column: int
    row: int
    subject: str
    question: Question

    @property
    def place(self) -> str:
        """As it is kept."""
        return f"{self.sheet}!{reference(self.column, self.row)}"

    @property
    def where(self) -> str:
        """As it is told."""
        return f"{self.sheet}, cell {reference(self.column, self.row)}"


def _id(about: About, value: Value | None) -> str:
    """The id in a cell, without blanks and in the letters that we write; "" where there is none."""
    text = _BLANK.sub("", value) if isinstance(value, str) else ""
    found = _ID[about].fullmatch(text)
    if not found:
        return ""
    head, tail = found[1].upper(), found[2]
    return head + (tail.upper() if head == "I-" else tail.lower() if head == "P-" else tail)
