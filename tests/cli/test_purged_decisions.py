"""What was decided and purged does not come back from workbooks that were written before."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from scanner.decision import Answer, Question, Readback
from scanner.store import open_store
from scanner.store.purge import purge_answers, purging
from tests.cli.command import mail, missedbcc
from tests.cli.test_round_trip import CASE, FIRST, NOTE, SENT, STATUS, place_of, standing, taken, typed

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """The folder with a case of two incidents, the larger first."""
    mail(tmp_path / SENT)
    assert missedbcc(tmp_path, "scan", SENT).code == 4
    return tmp_path


def test_an_old_workbook_brings_nothing_back_and_that_is_told_once(case: Path) -> None:
    gone = typed(case / FIRST, (STATUS, "closed"), (NOTE, "a matter of the past"))
    shutil.copy(case / FIRST, case / "old.xlsx")
    assert taken(case)["read"] == 2
    with closing(sqlite3.connect(case / CASE / "case.sqlite")) as database, database:
        database.execute("UPDATE answer SET read = datetime(read, '-9 days')")
    assert missedbcc(case, "purge", "--closed", "1", "--yes").code == 0
    assert standing(case).of(gone) == {}
    stays = typed(case / "old.xlsx", (NOTE, "look again"), nth=2)
    done = missedbcc(case, "report", "--decisions", "old.xlsx")
    assert "2 decisions are about what was purged from this case; they were not taken." in done.err
    assert "a matter of the past" not in done.err
    assert (standing(case).of(gone), standing(case).of(stays)) == ({}, {NOTE: "look again"})
    again = taken(case, "old.xlsx")
    assert (again["read"], again["problems"]) == (0, 0)


def test_what_is_decided_on_a_person_after_the_purge_stands(case: Path) -> None:
    told = Question.PERSON_TOLD
    with open_store(case / CASE / "case.sqlite") as store:
        name = store.matter().name
        with purging(store) as connection:
            purge_answers(connection, {"P-1"})
        later = store.begin_edition(2, NOW, "later.xlsx")
        for edition, person, number in ((1, "P-1", 0), (1, "P-2", 1), (later, "P-1", 1)):
            answers = (Answer(person, told, "2026-11-20"), Answer(person, Question.PERSON_NOTE, ""))
            back = store.take(Readback(name, edition, answers), f"{edition} {person}", NOW)
            assert (len(back.changes), back.purged) == (number, 1 - number)


def aged(case: Path) -> None:
    """Let what was read back have been read nine days ago."""
    with closing(sqlite3.connect(case / CASE / "case.sqlite")) as database, database:
        database.execute("UPDATE answer SET read = datetime(read, '-9 days')")


def test_what_was_refused_about_people_goes_with_the_last_incident_that_affects_them(case: Path) -> None:
    book = load_workbook(case / FIRST)
    sheet = book["Affected people"]
    header, _, column = place_of(sheet, Question.PERSON_TOLD)
    for row in range(header + 1, sheet.max_row + 1):
        sheet.cell(row, column).value = "soon"
    book.save(case / FIRST)
    typed(case / FIRST, (STATUS, "closed"))
    assert taken(case)["open_refusals"] == 30 + 12
    aged(case)
    assert missedbcc(case, "purge", "--closed", "1", "--yes").code == 0
    assert len(standing(case).refusals) == 12
    with closing(sqlite3.connect(case / CASE / "case.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM answer").fetchone() == (12,)


def test_what_was_typed_about_nobody_known_goes_when_it_was_read_long_ago(case: Path) -> None:
    book = load_workbook(case / FIRST)
    header, ids, column = place_of(book["Decisions"], NOTE)
    rows = {"I-QQQQQQQQQQ": "canary of another case", "": "canary of no row", "I-ZZZZZZZZZZ": "=TODAY()"}
    for number, (known_as, text) in enumerate(rows.items(), header + 10):
        book["Decisions"].cell(number, ids).value = known_as
        book["Decisions"].cell(number, column).value = text
    book.save(case / FIRST)
    stays = typed(case / FIRST, (Question.PEOPLE_TOLD, "soon"))
    shutil.copy(case / FIRST, case / "old.xlsx")
    assert taken(case)["open_refusals"] == 4
    kept = "Nothing is old enough to go."
    assert kept in missedbcc(case, "purge", "--closed", "1", "--yes").err
    aged(case)
    assert kept in missedbcc(case, "purge", "--closed", "30", "--cleared", "36500", "--yes").err
    done = missedbcc(case, "purge", "--closed", "1", "--yes")
    assert "Cells that were not taken, on nobody known, from before " in done.out
    assert done.out.splitlines()[0].endswith(": 3")
    assert [one.subject for one in standing(case).refusals] == [stays]
    held = b"".join(path.read_bytes() for path in (case / CASE).glob("case.sqlite*"))
    assert b"canary of" not in held
    assert "3 decisions are about what was purged" in missedbcc(case, "decisions", "old.xlsx").err
    assert [one.subject for one in standing(case).refusals] == [stays]
    book["Decisions"].cell(header + 10, column).value = "typed later"
    book.save(case / "old.xlsx")
    assert [one.typed for one in (taken(case, "old.xlsx"), standing(case))[1].refusals][-1] == "typed later"


def test_an_incident_stays_while_nobody_understands_what_its_status_is(case: Path) -> None:
    one = typed(case / FIRST, (STATUS, "closed"))
    assert taken(case)["read"] == 1
    typed(case / FIRST, (STATUS, "open again, see my mail"))
    assert taken(case)["open_refusals"] == 1
    aged(case)
    assert missedbcc(case, "purge", "--closed", "1", "--yes").code == 0
    assert standing(case).of(one) == {STATUS: "closed"}
