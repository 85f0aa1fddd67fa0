"""A folder appears whole or not at all, and is its owner's alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from scanner.whole_folder import whole_folder


def test_it_is_there_at_the_end_of_the_block_and_for_its_owner_alone(tmp_path: Path) -> None:
    target = tmp_path / "above" / ("a long name " * 20)
    with whole_folder(target) as unfinished:
        (unfinished / "one").write_text("1")
        assert not target.exists()
        assert unfinished.name.endswith(".part")
    assert [path.name for path in target.iterdir()] == ["one"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o700
    assert [path.name for path in target.parent.iterdir()] == [target.name]


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt])
def test_whatever_ends_the_block_early_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    def ended_early() -> None:
        with whole_folder(tmp_path / "new") as unfinished:
            (unfinished / "one").write_text("1")
            raise error

    with pytest.raises(error):
        ended_early()
    assert list(tmp_path.iterdir()) == []


def test_only_an_empty_folder_gives_way(tmp_path: Path) -> None:
    for name in ("empty", "full"):
        (tmp_path / name).mkdir()
    (tmp_path / "full/mine").touch()
    with whole_folder(tmp_path / "empty") as unfinished:
        (unfinished / "one").touch()
    assert [path.name for path in (tmp_path / "empty").iterdir()] == ["one"]
    with pytest.raises(OSError, match="not empty"), whole_folder(tmp_path / "full") as unfinished:
        (unfinished / "one").touch()
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine"]
    assert {path.name for path in tmp_path.iterdir()} == {"empty", "full"}
