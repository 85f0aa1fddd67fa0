"""Files beside the mail of a folder: why they are not read, of one as of one, of several as of several."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scanner.connectors.tree import SEVERAL
from tests.cli.command import message, missedbcc
from tests.reports.test_language import missed


def beside(folder: Path, name: str) -> Path:
    """One file of each kind that is no mail, and a link to a folder."""
    folder.mkdir(exist_ok=True)
    (folder / "1.eml").write_bytes(message(1))
    (folder / f"{name}.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / f"{name}.lock").touch()
    (folder / f"{name}.docx").write_bytes(b"PK\x03\x04")
    (folder / f"{name}.txt").touch()
    os.mkfifo(folder / f"{name}.pipe")
    (folder / name).symlink_to("/", target_is_directory=True)
    return folder


@pytest.mark.parametrize("command", ["scan", "check"])
def test_each_reason_is_told_of_one_file_and_of_several(tmp_path: Path, command: str) -> None:
    folder = beside(tmp_path / "letters", "one")
    done = missedbcc(tmp_path, command, "letters")
    assert [one for one in SEVERAL if one not in done.out + done.err] == []
    beside(folder, "two")
    done = missedbcc(tmp_path, command, "letters")
    said = done.out + done.err
    assert [several for several in SEVERAL.values() if several not in said] == []
    assert [one for one in SEVERAL if one in said] == []
    assert "Of each" not in said


def test_the_count_agrees_too(tmp_path: Path) -> None:
    beside(tmp_path / "letters", "one")
    assert "1 file is not read. It is empty." in missedbcc(tmp_path, "check", "letters").out
    beside(tmp_path / "letters", "two")
    assert "2 files are not read. They are empty." in missedbcc(tmp_path, "check", "letters").out
    assert "2 files left out: one.txt, two.txt. They are empty." in missedbcc(tmp_path, "scan", "letters").err


def test_both_are_translated_where_they_stand_in_a_workbook() -> None:
    said = [f"1 file left out: a. {one}" for one in SEVERAL]
    said += [f"47 files left out: a, b, c, and others. {several}" for several in SEVERAL.values()]
    assert missed(iter(said)) == []
