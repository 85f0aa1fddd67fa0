"""A file that appears whole or not at all, and that only its owner can read unless somebody says otherwise."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

_OWNER: Final = 0o600  # as mkstemp makes it, from the start
_LONGEST: Final = 80  # characters of the name that the unfinished file bears: names may be no longer than 255 octets


@contextmanager
def whole_file(path: Path, mode: int = _OWNER) -> Iterator[IO[bytes]]:
    """A stream whose octets become the file `path`, with these rights, at the end of the block. Its folder is there.

    Until then they stand beside it, as `.NAME.*.part`. Raises OSError. After that, or whatever else ends the block
    early, a file that stood there before is untouched, and nothing is left behind.
    """
    # Beside the target, so that the renaming stays in one file system.
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:_LONGEST]}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            if mode != _OWNER:
                os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    settle(path.parent)


def settle(folder: Path) -> None:
    """Make the new name survive a power cut, where the file system lets us ask for it."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
