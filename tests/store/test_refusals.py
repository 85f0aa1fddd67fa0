"""What was typed and is no answer is shown word for word until the question is answered, and reading twice is once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.decision import Answer, Doubt, Question, Readback, WhyRefused, doubt_of
from scanner.store.logged import Effect, Taken
from tests.store.mail import START
from tests.store.test_decisions import Book

STATUS, NOTE, TOLD, AWARE = Question.STATUS, Question.NOTE, Question.PEOPLE_TOLD, Question.AWARE_SINCE
ODD = Answer("I-A", TOLD, "next week", "Decisions!F7")


def back(edition: int, answers: Iterable[Answer] = (), refused: Iterable[Answer] = ()) -> Readback:
    return Readback("0" * 12, edition, tuple(answers), (), tuple(refused))


def read(book: Book, what: Readback, source: str = "a.xlsx") -> Taken:
    taken = book.ledger.take(what, source, START, book.became, {"I-A", "I-B"})
    book.log += (*taken.changes, *taken.refused)
    return taken


def shown(book: Book) -> list[tuple[str, Question, str, str, WhyRefused]]:
    return [(one.subject, one.question, one.typed, one.place, one.why) for one in book.decisions.refusals]


NEXT_WEEK = ("I-A", TOLD, "next week", "Decisions!F7", WhyRefused.UNCLEAR)


def test_what_is_no_answer_is_kept_word_for_word_beside_what_stands() -> None:
    book = Book([("I-A", TOLD, "2026-11-20")])
    edition = book.write()
    taken = read(book, back(edition, refused=[ODD]))
    assert (taken.changes, taken.refused_cells, [row.effect for row in taken.refused]) == ((), 1, [Effect.UNCLEAR])
    assert shown(book) == [NEXT_WEEK]
    assert book.decisions.refusals[0].edition == edition
    assert book.decisions.answers == {"I-A": {TOLD: "2026-11-20"}}


def test_reading_the_same_file_again_adds_nothing() -> None:
    book = Book()
    edition = book.write()
    read(book, back(edition, refused=[ODD]))
    again = read(book, back(edition, refused=[replace(ODD, place="Decisions!F9")]))  # rows were sorted
    assert (again.refused, again.refused_cells, len(book.log)) == ((), 1, 1)


@pytest.mark.parametrize(("value", "stands"), [("2026-11-22", "2026-11-22"), ("", "")])
def test_it_goes_when_its_cell_answers_or_is_emptied(value: str, stands: str) -> None:
    book = Book()
    edition = book.write()
    read(book, back(edition, refused=[ODD]))
    read(book, back(edition, [Answer("I-A", TOLD, value)]))
    assert (shown(book), book.decisions.of("I-A").get(TOLD, "")) == ([], stands)


def test_it_goes_when_another_workbook_answers_and_stays_when_another_only_leaves_the_cell_empty() -> None:
    book = Book()
    edition = book.write()
    read(book, back(edition, refused=[ODD]))
    later = book.write()
    read(book, back(later, [Answer("I-A", TOLD, ""), Answer("I-A", NOTE, "x")]), "b.xlsx")
    assert shown(book) == [NEXT_WEEK]
    read(book, back(later, [Answer("I-A", TOLD, "2026-11-22")]), "b.xlsx")
    assert shown(book) == []
    read(book, back(edition, refused=[ODD]))
    assert shown(book) == []  # nobody typed it anew
    read(book, back(edition, refused=[replace(ODD, value="in two weeks")]))
    assert [one[2] for one in shown(book)] == ["in two weeks"]


def test_the_same_text_in_the_same_cell_of_two_workbooks_is_open_once() -> None:
    book = Book()
    edition = book.write()
    read(book, back(edition, refused=[ODD]))
    later = book.write()
    moved = replace(ODD, place="Decisions!F8")
    taken = read(book, back(later, refused=[moved]), "b.xlsx")
    assert (taken.refused_cells, shown(book)) == (1, [NEXT_WEEK])
    read(book, back(edition, [Answer("I-A", TOLD, "")]))
    assert [one[3] for one in shown(book)] == ["Decisions!F8"]  # it stands there still
    read(book, back(later, refused=[replace(moved, value="soon"), replace(ODD, subject="I-B")]), "b.xlsx")
    assert [one[:3] for one in shown(book)] == [("I-A", TOLD, "soon"), ("I-B", TOLD, "next week")]
    assert {row.effect for row in book.ledger.settle(START)} == {Effect.CLOSED}


def test_a_row_that_is_gone_from_the_workbook_takes_nothing_back() -> None:
    book = Book()
    edition = book.write()
    read(book, back(edition, refused=[ODD]))
    read(book, back(edition))
    assert shown(book) == [NEXT_WEEK]


def test_what_another_text_replaces_is_shown_no_more() -> None:
    book = Book()
    edition = book.write()
    read(book, back(edition, refused=[ODD]))
    read(book, back(edition, refused=[replace(ODD, value="soon")]))
    assert [one[2] for one in shown(book)] == ["soon"]


def test_two_answers_in_one_workbook_are_both_shown_and_their_cells_named() -> None:
    book = Book()
    edition = book.write()
    one, other = Answer("I-A", STATUS, "open", "Decisions!B5"), Answer("I-A", STATUS, "closed", "Decisions!B9")
    for number in (2, 0):
        taken = read(book, back(edition, [one, other]))
        assert (taken.changes, len(taken.refused)) == ((), number)
        assert taken.problems == (
            "“status” of I-A is answered in different ways (Decisions!B5 and Decisions!B9); none of them was taken.",
        )
    assert {(typed, place, why) for _, _, typed, place, why in shown(book)} == {
        ("open", "Decisions!B5", WhyRefused.TORN),
        ("closed", "Decisions!B9", WhyRefused.TORN),
    }
    read(book, back(edition, [one]))
    assert (shown(book), book.decisions.of("I-A")) == ([], {STATUS: "open"})


def test_an_empty_cell_in_a_second_row_of_the_same_incident_takes_nothing_back() -> None:
    book = Book([("I-A", STATUS, "confirmed")])
    edition = book.write()
    shown_there, beside = Answer("I-A", STATUS, "confirmed", "Decisions!F6"), Answer("I-A", STATUS, "", "Decisions!F7")
    taken = read(book, back(edition, [shown_there, beside]))
    assert (taken.changes, book.decisions.of("I-A")) == ((), {STATUS: "confirmed"})
    assert taken.problems == (
        "“status” of I-A is answered in different ways (Decisions!F6 and Decisions!F7); none of them was taken.",
    )
    assert [one[2] for one in shown(book)] == ["confirmed"]
    read(book, back(edition, [shown_there]))  # the id in the second row was put right
    assert (shown(book), book.decisions.of("I-A")) == ([], {STATUS: "confirmed"})
    read(book, back(edition, [beside]))  # and a cell that is emptied where it is the only one
    assert book.decisions.of("I-A").get(STATUS, "") == ""


@pytest.mark.parametrize("subject", ["I-STRANGE", ""])
def test_what_is_about_nobody_we_know_is_shown_until_it_is_gone(subject: str) -> None:
    book = Book()
    edition = book.write()
    odd = Answer(subject, NOTE, "call them", "Decisions!H7")
    strange = back(edition, [odd]) if subject else back(edition, refused=[odd])
    read(book, strange)
    assert shown(book) == [(subject, NOTE, "call them", "Decisions!H7", WhyRefused.STRANGE)]
    read(book, back(edition, [replace(odd, value="")]) if subject else back(edition))
    assert shown(book) == []


def test_to_settle_lets_it_go_until_something_else_is_typed() -> None:
    book = Book()
    edition = book.write()
    read(book, back(edition, refused=[ODD]))
    rows = book.ledger.settle(START)
    book.log += rows
    assert [row.effect for row in rows] == [Effect.CLOSED]
    assert (shown(book), book.ledger.settle(START)) == ([], ())
    read(book, back(edition, refused=[ODD]))
    assert shown(book) == []
    read(book, back(edition, refused=[replace(ODD, value="soon")]))
    assert [one[2] for one in shown(book)] == ["soon"]


def test_it_goes_with_its_incident_into_another_and_what_comes_along_answers_nothing() -> None:
    book = Book([("I-A", TOLD, "2026-11-20")])
    edition = book.write()
    read(book, back(edition, refused=[replace(ODD, subject="I-B")]))
    book.join("I-A", "I-B")
    assert book.decisions.of("I-B") == {TOLD: "2026-11-20"}
    assert [one[:3] for one in shown(book)] == [("I-B", TOLD, "next week")]
    other = Book()
    edition = other.write()
    read(other, back(edition, refused=[ODD]))
    other.join("I-A", "I-B")
    assert [one[:3] for one in shown(other)] == [("I-B", TOLD, "next week")]
    read(other, back(other.write(), [Answer("I-B", TOLD, "2026-11-22")]), "b.xlsx")
    assert shown(other) == []


TEXTS = st.sampled_from(("soon", "next week", "2026-11-20", "2026-11-21", ""))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(("I-A", "I-B")), TEXTS, st.booleans()), max_size=10))
def test_whatever_was_typed_last_into_a_workbook_stands_or_is_shown(
    steps: list[tuple[int, str, str, bool]],
) -> None:
    book = Book()
    pages: dict[int, dict[str, str]] = {book.write(): {}}
    for choice, subject, text, write in steps:
        edition = 1 + choice % len(pages)
        pages[edition][subject] = text
        cells = [Answer(one, TOLD, said, f"D!{one}") for one, said in pages[edition].items()]
        odd = [cell for cell in cells if not cell.value[:1].isdigit() and cell.value]
        what = back(edition, [cell for cell in cells if cell not in odd], odd)
        read(book, what)
        length = len(book.log)
        read(book, what)
        assert len(book.log) == length
        if text:
            here = [one.typed for one in book.decisions.refusals if one.subject == subject]
            here += [one.other for one in book.decisions.conflicts if one.subject == subject]
            answered = book.decisions.of(subject).get(TOLD)
            retyped = any(row.value == text and row.typed == subject for row in book.log)
            assert text in (*here, answered) or retyped
        if write:
            pages[book.write()] = {}


def test_a_cell_that_two_copies_of_a_workbook_hold_counts_once_until_both_are_emptied() -> None:
    book = Book()
    edition = book.write()
    for source in ("a.xlsx", "/mail/a.xlsx"):
        read(book, back(edition, refused=[ODD]), source)
    assert shown(book) == [NEXT_WEEK]
    read(book, back(edition, [Answer("I-A", TOLD, "")]))
    assert shown(book) == [NEXT_WEEK]
    read(book, back(edition, refused=[replace(ODD, value="soon")]), "/mail/a.xlsx")
    assert [typed for _, _, typed, _, _ in shown(book)] == ["soon"]
    read(book, back(edition, refused=[ODD]))
    assert sorted(typed for _, _, typed, _, _ in shown(book)) == ["next week", "soon"]
    book.log += book.ledger.settle(READ)
    assert shown(book) == []


SENT = datetime(2026, 3, 2, 10, tzinfo=UTC)
READ = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("question", "value", "doubt"),
    [
        (TOLD, "2026-11-22", None),
        (TOLD, "2026-11-23", Doubt.AHEAD),
        (TOLD, "2031-01-01", Doubt.AHEAD),
        (TOLD, "2026-03-02", None),
        (TOLD, "2026-03-01", None),  # it was still that day west of Samoa
        (TOLD, "2026-02-28", Doubt.TOO_EARLY),
        (TOLD, "1900-03-02", Doubt.TOO_OLD),
        (Question.AUTHORITY_TOLD, "2019-03-02", Doubt.TOO_EARLY),
        (Question.PERSON_TOLD, "2031-01-01", Doubt.AHEAD),
        (AWARE, "2026-03-02T09:59:00+00:00", Doubt.TOO_EARLY),
        (AWARE, "2026-03-02T10:00:00+00:00", None),
        (AWARE, "2026-03-02T00:00:00+00:00", None),  # a day, to who typed it
        (AWARE, "2026-11-22T09:01:00+00:00", Doubt.AHEAD),
        (AWARE, "9999-12-31T23:59:59+00:00", Doubt.AHEAD),
        (NOTE, "2031-01-01", None),
        (TOLD, "", None),
    ],
)
def test_a_date_is_doubted_where_it_cannot_be_right(question: Question, value: str, doubt: Doubt | None) -> None:
    assert doubt_of(question, value, READ, SENT) is doubt


@pytest.mark.parametrize(
    ("told", "aware", "doubt"),
    [
        ("2026-03-05", "2026-03-05T09:00:00+00:00", None),
        ("2026-03-04", "2026-03-05T11:59:00+00:00", None),  # it is still the fourth somewhere
        ("2026-03-04", "2026-03-05T12:00:00+00:00", Doubt.UNAWARE),
        ("2026-03-04", "2026-03-05T00:00:00+00:00", Doubt.UNAWARE),  # days were typed in both cells
        ("2026-03-05", "2026-03-05T00:00:00+00:00", None),
        ("2026-03-04", None, None),
        ("2026-02-20", "2026-03-05T09:00:00+00:00", Doubt.TOO_EARLY),  # that is told, and not two things of one date
        ("2026-03-04", "0001-01-01T00:00:00+00:00", None),
        ("2026-03-04", "9999-12-31T23:59:59+00:00", Doubt.UNAWARE),
    ],
)
def test_an_authority_told_before_anybody_was_aware_is_doubted(
    told: str, aware: str | None, doubt: Doubt | None
) -> None:
    since = datetime.fromisoformat(aware) if aware else None
    assert doubt_of(Question.AUTHORITY_TOLD, told, READ, SENT, since) is doubt
    assert doubt_of(TOLD, "2026-03-04", READ, SENT, since) is None


@settings(deadline=None)
@given(st.datetimes(datetime(1990, 1, 2), datetime(2026, 11, 20)), st.integers(-12, 14))  # noqa: DTZ001 - clocks
def test_the_day_of_awareness_is_plausible_in_every_time_zone(local: datetime, zone: int) -> None:
    aware = (local - timedelta(hours=zone)).replace(tzinfo=UTC)
    day = local.date().isoformat()
    typed_as_a_day = aware.time() == time()
    assert typed_as_a_day or doubt_of(Question.AUTHORITY_TOLD, day, READ, None, aware) is None


@pytest.mark.parametrize(
    "sent", [None, datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)]
)
def test_a_message_without_a_date_that_can_be_believed_doubts_nothing(sent: datetime | None) -> None:
    assert doubt_of(TOLD, "2001-03-01", READ, sent) is None


@settings(deadline=None)
@given(st.datetimes(datetime(1990, 1, 2), datetime(2026, 11, 20)), st.integers(-12, 14))  # noqa: DTZ001 - clocks
def test_the_day_of_the_sending_is_plausible_in_every_time_zone(local: datetime, zone: int) -> None:
    """Whoever tells somebody right after the sending writes the day that their own calendar says."""
    sent = (local - timedelta(hours=zone)).replace(tzinfo=UTC)
    assert doubt_of(TOLD, local.date().isoformat(), max(READ, sent), sent) is None
    assert doubt_of(TOLD, local.date().isoformat(), sent, sent) is None


def test_the_words_that_cases_keep_are_those_of_earlier_versions() -> None:
    assert [*map(str, WhyRefused)] == ["unclear", "torn", "strange"]
    of_answers = ["taken", "agreed", "conflict", "settled", "withdrawn"]
    assert [*map(str, Effect)] == [*of_answers, *map(str, WhyRefused), "cleared", "let go"]
