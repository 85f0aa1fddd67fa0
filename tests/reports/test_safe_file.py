"""The file appears whole, for its owner alone, or not at all with a sentence that helps."""

from __future__ import annotations

import errno
import gc
import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reports import write_workbook
from reports.layout import Line, Prose, Sheet
from reports.package import write_package
from reports.safe_file import replacing
from reports.shell import Made
from scanner.coverage import Coverage
from scanner.errors import ReportError, StoreError
from tests.needed import full_disk
from tests.reports import example


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_file_and_new_folders_are_for_the_owner_alone(tmp_path: Path) -> None:
    path = write_workbook(example.clean_case(), tmp_path / "case" / "reports" / "x.xlsx")
    assert mode(path) == 0o600
    assert mode(path.parent) == mode(path.parent.parent) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_an_older_workbook_is_replaced_and_loses_its_open_rights(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_workbook(example.clean_case(), path)
    assert path.read_bytes().startswith(b"PK")
    assert mode(path) == 0o600


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="this is a folder") as raised:
        write_workbook(example.clean_case(), tmp_path)
    assert raised.value.hint


def test_a_path_through_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ReportError, match="a file, not a folder") as raised:
        write_workbook(example.clean_case(), tmp_path / "file" / "x.xlsx")
    assert raised.value.hint


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk is full"),
        (errno.EACCES, "no right to write"),
        (errno.EROFS, "no right to write"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_what_the_system_refuses_is_a_sentence_and_the_old_file_stays(
    tmp_path: Path, number: int, sentence: str
) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"old")
    with pytest.raises(ReportError, match=sentence) as raised, replacing(path):
        raise OSError(number, os.strerror(number))
    assert raised.value.hint
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_really_full_disk_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """/dev/full refuses every byte as a full disk does, in the middle of the package."""
    device = full_disk()

    def opened(handle: int, way: str) -> object:
        os.close(handle)
        return device.open(way, buffering=0)

    monkeypatch.setattr("scanner.whole_file.os.fdopen", opened)
    with pytest.raises(ReportError, match="the disk is full"):
        write_workbook(example.full_case(), tmp_path / "x.xlsx")
    assert list(tmp_path.iterdir()) == []


@dataclass(frozen=True)
class BreakingCase(example.ExampleCase):
    """A case whose database fails in the middle of the fourth sheet."""

    def coverage(self) -> Iterator[Coverage]:
        yield from self.held_coverage[:2]
        raise StoreError("The case database cannot be read.")


def test_an_error_of_the_case_goes_through_unchanged(tmp_path: Path) -> None:
    full = example.full_case()
    case = BreakingCase(full.policy, full.held_incidents, full.held_coverage, (), full.held_runs)
    with pytest.raises(StoreError, match="database"):
        write_workbook(case, tmp_path / "x.xlsx")
    assert list(tmp_path.iterdir()) == []


MADE = Made("t", "c", "d", datetime(2026, 11, 22, tzinfo=UTC), "i")


class Failing(io.BytesIO):
    """A file on a disk that fails at one write, and, where `lasting`, at each one after it."""

    def __init__(self, at: int, *, lasting: bool) -> None:
        super().__init__()
        self.writes = 0
        self._at = at
        self._lasting = lasting

    def write(self, data: Any) -> int:
        self.writes += 1
        if self.writes == self._at or (self._lasting and self.writes > self._at > 0):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return super().write(data)


@pytest.mark.parametrize("lasting", [True, False])
def test_wherever_the_disk_fails_it_is_told_once_and_nothing_else_is_shown(
    monkeypatch: pytest.MonkeyPatch, *, lasting: bool
) -> None:
    shown: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", shown.append)
    prose = Prose((Line(("Some words.",)),))
    sheets = [Sheet(f"Sheet {number}", (prose,), (20,)) for number in range(3)]
    whole = Failing(0, lasting=False)
    write_package(whole, sheets, MADE)
    gc.freeze()  # only what each failure leaves behind is to be looked through, hundreds of times
    try:
        for at in range(1, whole.writes + 1):
            with pytest.raises(OSError, match=os.strerror(errno.EIO)):
                write_package(Failing(at, lasting=lasting), sheets, MADE)
            gc.collect()
    finally:
        gc.unfreeze()
    assert shown == []
    assert whole.writes > 10
