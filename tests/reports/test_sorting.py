"""Rows sorted on disk come out as `sorted` gives them, in bounded memory, and leave nothing behind."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.sorting import sorted_on_disk
from scanner.address import Address
from tests.growth import assert_linear


class Opened:
    """Keeps the temporary files that were opened."""

    def __init__(self) -> None:
        self.files: list[IO[bytes]] = []

    def __call__(self, **how: Any) -> IO[bytes]:
        file: IO[bytes] = _REAL(**how)
        self.files.append(file)
        return file


_REAL = tempfile.TemporaryFile


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    watch = Opened()
    monkeypatch.setattr("reports.sorting.tempfile.TemporaryFile", watch)
    return watch


@given(st.lists(st.tuples(st.integers(-5, 5), st.text(max_size=3))), st.integers(1, 9))
def test_any_items_come_as_sorted_gives_them(items: list[tuple[int, str]], most: int) -> None:
    numbered = list(enumerate(items))  # so that equal ones can be told apart

    def key(item: tuple[int, tuple[int, str]]) -> int:
        return item[1][0]

    assert list(sorted_on_disk(numbered, key, most=most)) == sorted(numbered, key=key)


def test_more_runs_than_are_merged_at_once(opened: Opened) -> None:
    items = [(number * 7_919 % 1_009, number) for number in range(5_000)]
    assert list(sorted_on_disk(iter(items), lambda item: item[0], most=1)) == sorted(items, key=lambda item: item[0])
    assert len(opened.files) == 3  # 5,000 runs become 79, these 2
    assert all(file.closed for file in opened.files)


def test_few_items_never_touch_the_disk(opened: Opened) -> None:
    assert list(sorted_on_disk([3, 1, 2], lambda item: item, most=3)) == [1, 2, 3]
    assert list(sorted_on_disk([], lambda item: item)) == []
    assert opened.files == []


def test_records_survive(opened: Opened) -> None:
    people = [Address(f"person{number:03}", "b.example") for number in range(20)]
    assert list(sorted_on_disk(reversed(people), lambda one: one.canonical, most=4)) == people
    assert opened.files


def test_the_file_has_no_name_and_is_for_its_owner_alone(opened: Opened, tmp_path: Path) -> None:
    rows = sorted_on_disk(range(10), lambda item: -item, most=2, folder=tmp_path)
    assert next(rows) == 9
    (file,) = opened.files
    status = os.fstat(file.fileno())
    assert stat.S_IMODE(status.st_mode) == 0o600
    assert status.st_nlink == 0
    assert status.st_dev == tmp_path.stat().st_dev
    assert list(tmp_path.iterdir()) == []


def test_a_reader_who_leaves_early_leaves_nothing_behind(opened: Opened) -> None:
    rows = sorted_on_disk(range(10), lambda item: -item, most=2)
    next(rows)
    assert not opened.files[0].closed
    rows.close()  # type: ignore[attr-defined]
    assert opened.files[0].closed


def test_an_error_of_the_source_goes_through_and_the_file_goes(opened: Opened) -> None:
    def breaking() -> Iterator[int]:
        yield from range(10)
        raise LookupError("the database is gone")

    with pytest.raises(LookupError, match="gone"):
        list(sorted_on_disk(breaking(), lambda item: item, most=2))
    assert opened.files[0].closed


def test_at_most_so_many_items_are_held_at_once() -> None:
    """A sort that gathered all before writing would hold everybody at the moment the source ends."""
    alive = 0
    peak = 0

    class Row:
        def __init__(self, number: int) -> None:
            nonlocal alive, peak
            self.number = number
            alive += 1
            peak = max(peak, alive)

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

        def __reduce__(self) -> tuple[type[int], tuple[int]]:
            return int, (self.number,)

    def number_of(row: Row | int) -> int:
        return row if isinstance(row, int) else row.number

    count = sum(1 for _ in sorted_on_disk((Row(n) for n in range(10_000)), number_of, most=100))
    assert count == 10_000
    assert peak <= 2 * 100 + 1


def test_time_grows_with_the_rows_alone() -> None:
    assert_linear(lambda size: sum(sorted_on_disk(range(size, 0, -1), lambda item: item, most=500)), 2_000)
