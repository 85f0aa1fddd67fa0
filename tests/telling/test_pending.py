"""What is still to be told stands in a file that a kill at any call leaves with no less than is due."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.telling.failure import CannotTell
from scanner.telling.pending import Pending, ToTell


def test_a_run_is_due_then_begun_then_told(tmp_path: Path) -> None:
    to_tell = ToTell(tmp_path / "to-tell.txt")
    assert to_tell.runs() == {}
    to_tell.due(7)
    assert to_tell.runs() == {7: Pending.DUE}
    to_tell.begun(7)
    assert to_tell.runs() == {7: Pending.BEGUN}
    to_tell.told(7)
    assert to_tell.runs() == {}
    assert (tmp_path / "to-tell.txt").stat().st_mode & 0o777 == 0o600


def test_those_before_it_are_told_with_a_run_and_not_one_that_began_meanwhile(tmp_path: Path) -> None:
    to_tell = ToTell(tmp_path / "to-tell.txt")
    for run in (7, 8):
        to_tell.due(run)
    to_tell.begun(8)
    assert to_tell.runs() == {7: Pending.BEGUN, 8: Pending.BEGUN}
    to_tell.due(9)
    to_tell.begun(8)
    assert to_tell.runs() == {7: Pending.BEGUN, 8: Pending.BEGUN, 9: Pending.DUE}
    to_tell.told(8)
    assert to_tell.runs() == {9: Pending.DUE}


def test_it_does_not_grow(tmp_path: Path) -> None:
    to_tell = ToTell(tmp_path / "to-tell.txt")
    for run in range(100, 120):
        to_tell.due(run)
        to_tell.begun(run)
        to_tell.told(run)
    assert (tmp_path / "to-tell.txt").read_text() == "119 due\n119 begun\n119 told\n"


@pytest.mark.parametrize("part", ["8", "8 ", "8 du", "8 due", "8 told"])
def test_half_a_line_says_nothing(tmp_path: Path, part: str) -> None:
    file = tmp_path / "to-tell.txt"
    file.write_text(f"7 due\nnothing\n-3 due\n6 \n{part}")
    assert ToTell(file).runs() == {7: Pending.DUE}


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotTell, match=r"cannot be noted in .*: No such file or directory"):
        ToTell(tmp_path / "gone" / "to-tell.txt").due(1)
