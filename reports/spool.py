"""Records that are made once and read as often as wanted: a few in memory, many in an unnamed file."""

from __future__ import annotations

import pickle
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, Any, Generic, TypeVar

T = TypeVar("T")

_PIECE = 256  # records that are read from the file at once


class Spool(Generic[T]):
    """Iterates over the same records every time. The file has no name and is gone with the object."""

    def __init__(self, items: Iterable[T] = (), most: int = 20_000) -> None:
        """Takes all items; up to `most` stay in memory. Raises OSError when the disk refuses."""
        rest = iter(items)
        self._held = list(islice(rest, most))
        self._pieces = 0
        self._length = len(self._held)
        self._file: IO[bytes] | None = None
        while piece := list(islice(rest, _PIECE)):
            if self._file is None:
                self._file = _unnamed()
                weakref.finalize(self, self._file.close)
            pickle.dump(piece, self._file, pickle.HIGHEST_PROTOCOL)
            self._pieces += 1
            self._length += len(piece)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[T]:
        yield from self._held
        at = 0
        for _ in range(self._pieces):
            file = self._file
            if file is None:
                return
            file.seek(at)
            piece: list[Any] = pickle.load(file)  # noqa: S301 - this process wrote it, into a file without a name
            at = file.tell()
            yield from piece


def _unnamed() -> IO[bytes]:
    return tempfile.TemporaryFile(prefix=".missedbcc.")
