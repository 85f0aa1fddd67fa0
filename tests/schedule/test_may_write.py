"""Whose rights a service has: what owners and modes let another user write."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from scanner.schedule.may_write import is_us, known, may_write
from tests.needed import gives_folders_away

US = pwd.getpwuid(os.geteuid()).pw_name
NOBODY = "nobody"


def test_owner_and_mode_decide(tmp_path: Path) -> None:
    for mode, expected in ((0o700, True), (0o500, False), (0o077, False), (0o300, True)):
        folder = tmp_path / f"{mode:o}"
        folder.mkdir()
        folder.chmod(mode)
        assert may_write(folder, US) is expected, oct(mode)


@gives_folders_away
def test_root_writes_only_where_owners_and_modes_let_it(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir(mode=0o755)
    os.chown(theirs, pwd.getpwnam(NOBODY).pw_uid, pwd.getpwnam(NOBODY).pw_gid)
    assert may_write(theirs, "root") is False
    theirs.chmod(0o757)
    assert may_write(theirs, "root") is True
    theirs.chmod(0o775)
    os.chown(theirs, -1, 0)
    assert may_write(theirs, "root") is True


@pytest.mark.skipif(US == NOBODY, reason="the folders would be theirs")
def test_a_folder_behind_a_closed_one_is_closed(tmp_path: Path) -> None:
    inner = tmp_path / "closed/inner"
    inner.mkdir(parents=True)
    inner.chmod(0o777)
    inner.parent.chmod(0o700)
    assert may_write(inner, NOBODY) is False


def test_what_is_not_there_cannot_be_told(tmp_path: Path) -> None:
    assert may_write(tmp_path / "none", US) is None
    assert may_write(tmp_path, "no-such-user-here") is None
    assert (known("no-such-user-here"), known(US)) == (False, True)
    assert (is_us(US), is_us("no-such-user-here")) == (True, False)


@gives_folders_away
def test_a_file_of_somebody_else_is_closed_in_a_folder_of_one_s_own() -> None:
    with TemporaryDirectory() as made:
        folder = Path(made)
        file = folder / "case.sqlite"
        file.touch(0o600)
        ours = pwd.getpwnam(NOBODY)
        os.chown(folder, ours.pw_uid, ours.pw_gid)
        assert (may_write(folder, NOBODY), may_write(file, NOBODY)) == (True, False)
        os.chown(file, ours.pw_uid, ours.pw_gid)
        assert may_write(file, NOBODY) is True
