"""A folder that appears whole or not at all, and that only its owner can look into."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from scanner.whole_file import settle

_LONGEST: Final = 80  # characters of the name that the unfinished folder bears: names may be no longer than 255 octets


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A new folder, made for its owner alone (0700), that becomes `folder` at the end of the block.

    Until then it stands beside it, as `.NAME.*.part`; folders above it are made where necessary. An empty folder of
    that name gives way. Raises OSError. After that, or whatever else ends the block early, nothing is left behind.
    """
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Beside the target, so that the renaming stays in one file system.
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name[:_LONGEST]}.", suffix=".part", dir=folder.parent))
    try:
        yield temporary
        with suppress(FileNotFoundError):
            folder.rmdir()
        temporary.rename(folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    settle(folder.parent)
