"""Answers that come back: none is lost, none stands against another in silence, and reading twice is reading once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.decision import Answer, Decisions, Question, Readback, Status
from scanner.store.answers import Ledger
from scanner.store.logged import Edition, Effect, Logged, Taken
from tests.store.mail import START

STATUS, NOTE, OWNER = Question.STATUS, Question.NOTE, Question.OWNER
Cells = Mapping[tuple[str, Question], str]


def said(edition: int, cells: Cells, case: str = "0" * 12) -> Readback:
    return Readback(case, edition, tuple(Answer(*cell, value) for cell, value in cells.items()))


class Book:
    """A ledger with workbooks that are written from it and come back."""

    def __init__(self, history: Iterable[tuple[str, Question, str]] = ()) -> None:
        self.editions: list[Edition] = []
        self.log: list[Logged] = []
        self.became: dict[str, str] = {}
        for place, (subject, question, value) in enumerate(history):
            self.read(self.write(), {(subject, question): value}, source=f"earlier-{place}")

    def write(self) -> int:
        number = len(self.editions) + 1
        self.editions.append(Edition(number, number, len(self.log)))
        return number

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.log, self.editions)

    def shown(self, edition: int) -> dict[tuple[str, Question], str]:
        """What every cell of a workbook says when it is written."""
        baseline = self.editions[edition - 1].baseline
        shown: dict[tuple[str, Question], str] = {}
        for subject in ("I-A", "I-B"):
            for question in (STATUS, NOTE):
                row = self.ledger.standing(subject, question, baseline)
                shown[subject, question] = row.value if row else ""
        return shown

    def read(self, edition: int, cells: Cells, source: str = "") -> Taken:
        taken = self.ledger.take(said(edition, cells), source or f"{edition}.xlsx", START, self.became, {"I-A", "I-B"})
        self.log += (*taken.changes, *taken.refused)
        return taken

    def join(self, old: str, now: str) -> None:
        self.became[old] = now
        self.log += self.ledger.join(self.became)

    @property
    def decisions(self) -> Decisions:
        return self.ledger.decisions(self.became)

    @property
    def said(self) -> dict[tuple[str, Question], set[str]]:
        """Of each cell everything that is shown: what stands, and what is in conflict with it."""
        shown: dict[tuple[str, Question], set[str]] = {}
        for subject, answers in self.decisions.answers.items():
            for question, value in answers.items():
                shown.setdefault((subject, question), set()).add(value)
        for conflict in self.decisions.conflicts:
            assert conflict.kept == self.decisions.of(conflict.subject).get(conflict.question, "")
            shown.setdefault((conflict.subject, conflict.question), {conflict.kept}).add(conflict.other)
        return shown


def effects(taken: Taken) -> list[Effect]:
    return [change.effect for change in taken.changes]


def test_an_answer_stands_until_another_is_typed_over_it() -> None:
    book = Book()
    first = book.write()
    assert effects(book.read(first, {("I-A", STATUS): "open", ("I-A", NOTE): ""})) == [Effect.TAKEN]
    assert effects(book.read(first, {("I-A", STATUS): "open"})) == []
    assert effects(book.read(first, {("I-A", STATUS): "closed"})) == [Effect.TAKEN]
    second = book.write()
    assert effects(book.read(second, {("I-A", STATUS): "confirmed"})) == [Effect.TAKEN]
    assert effects(book.read(first, {("I-A", STATUS): "closed"})) == []  # an old workbook that nobody touched
    assert book.decisions.status("I-A") is Status.CONFIRMED
    assert [row.value for row in book.log] == ["open", "closed", "confirmed"]


def test_when_the_last_answer_of_any_kind_was_read_back_is_known() -> None:
    book = Book()
    assert book.decisions.read_back is None
    first, later = book.write(), START + timedelta(days=3)
    for source, read in (("a.xlsx", later), ("b.xlsx", START)):
        book.log += book.ledger.take(said(first, {("I-A", NOTE): source}), source, read, {}, {"I-A"}).changes
    assert book.decisions.read_back == later


def test_an_emptied_cell_is_an_answer_and_a_missing_one_is_none() -> None:
    book = Book([("I-A", NOTE, "call them"), ("I-B", NOTE, "wait")])
    assert effects(book.read(book.write(), {("I-A", NOTE): ""})) == [Effect.TAKEN]
    assert book.decisions.answers == {"I-B": {NOTE: "wait"}}
    assert [row.value for row in book.log] == ["call them", "wait", ""]


def test_two_who_do_not_know_of_each_other_are_in_conflict_until_it_is_typed_anew() -> None:
    book = Book()
    one, other = book.write(), book.write()
    book.read(one, {("I-A", STATUS): "closed"})
    assert effects(book.read(other, {("I-A", STATUS): "confirmed"})) == [Effect.CONFLICT]
    (conflict,) = book.decisions.conflicts
    assert (conflict.kept, conflict.other, conflict.edition, conflict.read) == ("closed", "confirmed", other, START)
    third = book.write()
    assert effects(book.read(third, {("I-A", STATUS): "closed"})) == []
    assert book.decisions.conflicts == (conflict,)
    assert effects(book.read(third, {("I-A", STATUS): "confirmed"})) == [Effect.TAKEN]
    assert book.said == {("I-A", STATUS): {"confirmed"}}


@pytest.mark.parametrize(("typed", "effect"), [("closed", Effect.AGREED), ("", Effect.WITHDRAWN)])
def test_a_conflict_ends_when_its_own_workbook_gives_in(typed: str, effect: Effect) -> None:
    book = Book()
    one, other = book.write(), book.write()
    book.read(one, {("I-A", STATUS): "closed"})
    book.read(other, {("I-A", STATUS): "confirmed"})
    assert effects(book.read(other, {("I-A", STATUS): typed})) == [effect]
    assert (book.decisions.status("I-A"), book.decisions.conflicts) == (Status.CLOSED, ())


@pytest.mark.parametrize("typed", ["closed", "confirmed"])
def test_a_stale_copy_takes_nothing_back_in_silence(typed: str) -> None:
    book = Book()
    first = book.write()
    book.read(first, {("I-A", STATUS): "closed"})
    later = book.write()
    assert effects(book.read(later, {("I-A", STATUS): ""})) == [Effect.TAKEN]
    assert effects(book.read(first, {("I-A", STATUS): typed}, "mail/1.xlsx")) == [Effect.CONFLICT]
    (conflict,) = book.decisions.conflicts
    assert (conflict.kept, conflict.other) == ("", typed)
    assert effects(book.read(later, {("I-A", STATUS): "open"})) == [Effect.TAKEN]  # who emptied it knows of it


def test_a_file_that_was_read_knows_nothing_of_what_came_after() -> None:
    book = Book()
    first = book.write()
    book.read(first, {("I-A", STATUS): "closed"})
    for value in ("open", "closed"):
        assert effects(book.read(book.write(), {("I-A", STATUS): value})) == [Effect.TAKEN]
    assert effects(book.read(first, {("I-A", STATUS): "confirmed"})) == [Effect.CONFLICT]
    assert book.decisions.status("I-A") is Status.CLOSED


def test_an_answer_that_came_with_its_incident_is_as_old_as_it_was_there() -> None:
    book = Book([("I-B", STATUS, "open")])
    edition = book.write()
    book.join("I-B", "I-A")
    assert effects(book.read(edition, {("I-B", STATUS): "closed"})) == [Effect.TAKEN]
    assert effects(book.read(edition, {("I-B", STATUS): "confirmed"}, "a copy")) == [Effect.CONFLICT]


def test_a_conflict_ends_when_somebody_says_that_what_stands_is_right() -> None:
    book = Book()
    one, other = book.write(), book.write()
    book.read(one, {("I-A", STATUS): "closed"})
    book.read(other, {("I-A", STATUS): "confirmed"})
    rows = book.ledger.settle(START)
    book.log += rows
    assert [row.effect for row in rows] == [Effect.SETTLED]
    assert book.said == {("I-A", STATUS): {"closed"}}
    assert book.ledger.settle(START) == ()
    assert effects(book.read(other, {("I-A", STATUS): "confirmed"})) == []  # nobody typed it anew
    assert effects(book.read(other, {("I-A", STATUS): "open"})) == [Effect.CONFLICT]
    assert effects(book.read(other, {("I-A", STATUS): ""})) == [Effect.WITHDRAWN]
    assert book.said == {("I-A", STATUS): {"closed"}}


def test_two_copies_of_one_workbook_do_not_know_of_each_other() -> None:
    book = Book()
    edition = book.write()
    book.read(edition, {("I-A", STATUS): "closed"}, "case/first.xlsx")
    for _ in range(3):  # in turns, as every scan reads them
        book.read(edition, {("I-A", STATUS): "confirmed"}, "mail/first.xlsx")
        book.read(edition, {("I-A", STATUS): "closed"}, "case/first.xlsx")
    assert book.said == {("I-A", STATUS): {"closed", "confirmed"}}
    assert len(book.log) == 2


def test_a_cell_beside_that_repeats_the_old_answer_does_not_count() -> None:
    book = Book([("I-A", NOTE, "old")])
    edition = book.write()
    both = Readback("0" * 12, edition, (Answer("I-A", NOTE, "new"), Answer("I-A", NOTE, "old")))
    for _ in range(2):
        book.log += book.ledger.take(both, "x", START, {}, {"I-A"}).changes
    assert book.said == {("I-A", NOTE): {"new"}}
    torn = replace(both, answers=(*both.answers, Answer("I-A", NOTE, "newer")))
    taken = book.ledger.take(torn, "x", START, {}, {"I-A"})
    assert (taken.changes, len(taken.problems)) == ((), 1)
    assert "I-A" in taken.problems[0]


def test_numbers_are_not_given_twice_where_answers_were_purged() -> None:
    book = Book([("I-A", STATUS, "closed"), ("I-B", STATUS, "open")])
    edition = book.write()
    del book.log[1:]
    assert book.shown(edition)["I-B", STATUS] == ""
    book.read(edition, {("I-B", STATUS): "confirmed"})
    assert [row.id for row in book.log] == [1, 3]
    assert book.shown(edition)["I-B", STATUS] == ""


def test_an_answer_on_what_the_case_does_not_know_is_a_problem() -> None:
    book = Book()
    taken = book.read(
        book.write(), {("I-STRANGE", NOTE): "hello", ("I-OTHER", NOTE): "", ("P-1", Question.PERSON_NOTE): "x"}
    )
    assert [change.subject for change in taken.changes] == ["P-1"]
    assert len(taken.problems) == 1
    assert "I-STRANGE" in taken.problems[0]


def test_a_workbook_of_an_unknown_edition_loses_nothing() -> None:
    book = Book([("I-A", STATUS, "closed")])
    assert effects(book.read(77, {("I-A", STATUS): "closed", ("I-A", NOTE): "n", ("I-B", NOTE): ""})) == [
        Effect.AGREED,
        Effect.TAKEN,
    ]
    assert book.said == {("I-A", STATUS): {"closed"}, ("I-A", NOTE): {"n"}}


def test_what_was_decided_on_an_incident_goes_with_it_into_another() -> None:
    book = Book([("I-A", STATUS, "open"), ("I-B", STATUS, "closed"), ("I-B", NOTE, "told")])
    before = book.write()
    cells = book.shown(before)
    book.join("I-B", "I-A")
    assert book.said == {("I-A", STATUS): {"open", "closed"}, ("I-A", NOTE): {"told"}}
    assert effects(book.read(before, cells)) == []
    assert effects(book.read(before, cells | {("I-B", NOTE): "told twice"})) == [Effect.TAKEN]
    assert book.decisions.of("I-A")[NOTE] == "told twice"
    assert book.decisions.of("I-B") == {}
    after = book.write()
    assert effects(book.read(after, {("I-A", STATUS): "confirmed"})) == [Effect.TAKEN]
    assert book.decisions.conflicts == ()


VALUES = st.sampled_from(("", "one", "two", "three"))
ANSWERS = st.tuples(st.sampled_from(("I-A", "I-B")), st.sampled_from((STATUS, NOTE)), VALUES)
EDITS = st.dictionaries(st.tuples(st.sampled_from(("I-A", "I-B")), st.sampled_from((STATUS, NOTE))), VALUES)


@settings(deadline=None)
@given(st.lists(ANSWERS, max_size=6), st.lists(EDITS, min_size=1, max_size=3))
def test_in_whatever_order_workbooks_come_back_the_same_is_shown(
    history: list[tuple[str, Question, str]], edits: list[dict[tuple[str, Question], str]]
) -> None:
    outcomes = []
    for order in permutations(range(len(edits))):
        book = Book(history)
        editions = [book.write() for _ in edits]
        pages = [book.shown(edition) | edit for edition, edit in zip(editions, edits, strict=True)]
        for place in order:
            book.read(editions[place], pages[place])
        outcomes.append(book.said)
        length = len(book.log)
        for place in order:  # a second time
            book.read(editions[place], pages[place])
        assert (book.said, len(book.log)) == (outcomes[-1], length)
    assert all(outcome == outcomes[0] for outcome in outcomes)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), EDITS, st.booleans()), max_size=12))
def test_nothing_that_was_typed_is_lost(steps: list[tuple[int, dict[tuple[str, Question], str], bool]]) -> None:
    """Workbooks are written, typed into and read in any order; what nobody could know of is never overwritten."""
    book = Book()
    first = book.write()
    pages = {first: book.shown(first)}
    for choice, edit, write in steps:
        edition = 1 + choice % len(pages)
        before = dict(pages[edition])
        pages[edition] |= edit
        standing = {cell: book.said.get(cell, {""}) for cell in edit}
        book.read(edition, pages[edition])
        for cell, value in edit.items():
            if value != before[cell]:
                assert any((row.subject, row.question, row.value) == (*cell, value) for row in book.log)
                now = book.said.get(cell, {""})
                base = book.shown(edition)[cell]
                assert value in now or value == base
                baseline = book.editions[edition - 1].baseline
                told = {row.value for row in book.log[:baseline] if (row.subject, row.question) == cell}
                unaware = standing[cell] - {before[cell], base, value} - told
                assert unaware <= now, "an answer that this workbook never showed was overwritten"
        if write:
            edition = book.write()
            pages[edition] = book.shown(edition)
