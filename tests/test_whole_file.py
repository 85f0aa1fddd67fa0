"""A file is there whole, with its rights, or as it was before."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from scanner.whole_file import whole_file


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_file_appears_at_the_end_with_its_rights(tmp_path: Path, mode: int) -> None:
    file = tmp_path / ("a" * 100)
    with whole_file(file, mode) as stream:
        stream.write(b"whole")
        assert not file.exists()
        (part,) = tmp_path.iterdir()
        assert part.name.startswith(".a")
        assert part.name.endswith(".part")
        assert stat.S_IMODE(part.stat().st_mode) == 0o600
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [(file.name, b"whole")]
    assert stat.S_IMODE(file.stat().st_mode) == mode


@pytest.mark.parametrize("error", [OSError("x"), KeyboardInterrupt()])
def test_whatever_ends_it_early_leaves_what_was_there(tmp_path: Path, error: BaseException) -> None:
    (tmp_path / "file").write_bytes(b"before")
    writing = whole_file(tmp_path / "file")
    writing.__enter__().write(b"half")
    assert not writing.__exit__(type(error), error, None)  # it goes on its way
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("file", b"before")]


def test_a_place_that_cannot_be_written_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError), whole_file(tmp_path / "folder") as stream:
        stream.write(b"x")
    with pytest.raises(FileNotFoundError), whole_file(tmp_path / "none/file"):
        pass
    assert [one.name for one in tmp_path.iterdir()] == ["folder"]
