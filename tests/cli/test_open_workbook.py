"""Somebody has a workbook open: what was saved is read, and that more may come is told and is no fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import missedbcc
from tests.cli.test_round_trip import FIRST, NOTE, STATUS, case, standing, typed

__all__ = ["case"]

OPEN = f"{FIRST} is open in another program, or was when that broke off: what is not saved there was not read.\n"


@pytest.fixture(params=[f".~lock.{FIRST.name}#", f"~${FIRST.name}"])
def opened(case: Path, request: pytest.FixtureRequest) -> Path:
    """The case, and the lock file of LibreOffice or Excel beside its workbook."""
    (case / FIRST).with_name(request.param).write_bytes(b",ann,desk,22.11.2026 10:00;")
    return case


def test_what_was_saved_is_read_and_the_rest_told(opened: Path) -> None:
    one = typed(opened / FIRST, (STATUS, "closed"))
    done = missedbcc(opened, "decisions")
    assert (done.code, OPEN in done.err) == (0, True)
    assert "1 new decision from 1 changed workbook." in done.out
    assert standing(opened).status(one) == "closed"


def test_it_is_told_too_where_nothing_was_saved_yet(opened: Path) -> None:
    done = missedbcc(opened, "decisions")
    assert (done.code, done.err) == (0, OPEN)
    assert missedbcc(opened, "decisions", "--json").objects[-1]["open_workbooks"] == 1


def test_a_report_and_a_scan_tell_it_and_end_as_they_would(opened: Path) -> None:
    for words in (("report",), ("scan", "Sent.mbox")):
        done = missedbcc(opened, *words)
        assert (done.code, done.err.count(OPEN)) == (0, 1)


def test_what_is_wrong_with_a_cell_is_still_incomplete(opened: Path) -> None:
    typed(opened / FIRST, (STATUS, "done??"))
    done = missedbcc(opened, "decisions")
    assert (done.code, OPEN in done.err) == (3, True)


def test_a_workbook_that_cannot_be_read_is_still_one(opened: Path) -> None:
    (opened / FIRST).write_bytes(b"PK\x03\x04 half")
    done = missedbcc(opened, "decisions")
    assert (done.code, OPEN in done.err, "is damaged" in done.err) == (3, True, True)


def test_one_that_came_back_by_mail_is_told_by_its_path(case: Path) -> None:
    copy = case / "back.xlsx"
    copy.write_bytes((case / FIRST).read_bytes())
    typed(copy, (NOTE, "by mail"))
    (case / "~$back.xlsx").touch()
    done = missedbcc(case, "report", "--decisions", "back.xlsx")
    assert (done.code, "back.xlsx is open in another program" in done.err, done.err.count(" open ")) == (0, True, 1)


def test_nobody_who_has_none_open_is_told_anything(case: Path) -> None:
    done = missedbcc(case, "decisions", "--json")
    assert (done.code, done.err, done.objects[-1]["open_workbooks"]) == (0, "", 0)
