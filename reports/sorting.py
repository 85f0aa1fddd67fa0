"""Sorting more rows than memory holds: sorted runs go to an unnamed file and are merged from there."""

from __future__ import annotations

import heapq
import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, TypeVar

T = TypeVar("T")

_AT_ONCE = 64  # runs merged in one pass
_PIECE = 256  # items that are read from a run at once


@dataclass(frozen=True, slots=True)
class _Run:
    """A sorted part of the items, from this offset of the file on, in so many pieces."""

    offset: int
    pieces: int


def sorted_on_disk(
    items: Iterable[T], key: Callable[[T], Any], *, most: int = 50_000, folder: Path | None = None
) -> Iterator[T]:
    """The items in the order of their keys; equal ones keep their order, as with `sorted`.

    Up to `most` items stay in memory and never touch the disk. More are pickled into a file without a name, that only
    its owner can read and that is gone when the iterator ends or is left; it lies in `folder`, or where the system
    keeps temporary files. Raises OSError when the disk refuses.
    """
    rest = iter(items)
    held = sorted(islice(rest, most), key=key)
    following = next(rest, _NOTHING)
    if isinstance(following, _Nothing):
        yield from held
        return
    file = _unnamed(folder)
    try:
        runs = [_written(file, held)]
        while not isinstance(following, _Nothing):
            held = [following, *islice(rest, most - 1)]
            held.sort(key=key)
            runs.append(_written(file, held))
            following = next(rest, _NOTHING)
        held = []
        while len(runs) > _AT_ONCE:
            file, runs = _fewer(file, runs, key, folder)
        yield from _merged(file, runs, key)
    finally:
        file.close()


class _Nothing:
    """What an iterator has after its last item."""


_NOTHING = _Nothing()


def _unnamed(folder: Path | None) -> IO[bytes]:
    return tempfile.TemporaryFile(dir=folder, prefix=".missedbcc.")


def _written(file: IO[bytes], items: Iterable[T]) -> _Run:
    """Add a run at the end of the file. A piece is pickled at a time, so that what its items share is written once."""
    offset = file.seek(0, 2)
    rest, pieces = iter(items), 0
    while piece := list(islice(rest, _PIECE)):
        pickle.dump(piece, file, pickle.HIGHEST_PROTOCOL)
        pieces += 1
    return _Run(offset, pieces)


def _read(file: IO[bytes], run: _Run) -> Iterator[Any]:
    at = run.offset
    for _ in range(run.pieces):
        file.seek(at)
        piece = pickle.load(file)  # noqa: S301 - this process wrote it, into a file that nobody else can open
        at = file.tell()
        yield from piece


def _merged(file: IO[bytes], runs: list[_Run], key: Callable[[Any], Any]) -> Iterator[Any]:
    return heapq.merge(*(_read(file, run) for run in runs), key=key)


def _fewer(
    file: IO[bytes], runs: list[_Run], key: Callable[[Any], Any], folder: Path | None
) -> tuple[IO[bytes], list[_Run]]:
    """Neighbouring runs merged into longer ones in another file; the first file is closed, which frees its room."""
    longer = _unnamed(folder)
    try:
        merged = [
            _written(longer, _merged(file, runs[at : at + _AT_ONCE], key)) for at in range(0, len(runs), _AT_ONCE)
        ]
    except BaseException:
        longer.close()
        raise
    file.close()
    return longer, merged
