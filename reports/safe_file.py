"""A workbook that appears whole or not at all, or a sentence that says why it cannot be written."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from scanner.errors import ReportError
from scanner.whole_file import whole_file

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A stream whose bytes become the file `path` (mode 0600) at the end of the block, and vanish if it fails.

    Missing folders are made with mode 0700. Raises ReportError; the file that stood there before is then untouched.
    """
    if path.is_dir():
        raise ReportError(
            f"The workbook cannot be written to {path}: this is a folder.", "Name a file, such as report.xlsx in it."
        )
    try:
        _make_folders(path.parent)
        with whole_file(path) as stream:
            yield stream
    except OSError as error:
        raise _explained(path, error) from error


def _make_folders(folder: Path) -> None:
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)


def _explained(path: Path, error: OSError) -> ReportError:
    if error.errno in _FULL:
        return ReportError(
            f"The workbook {path} cannot be written: the disk is full.",
            "Free some space or name a file on another disk, then write the report again; the scan is kept.",
        )
    if error.errno in _REFUSED:
        return ReportError(
            f"The workbook {path} cannot be written: no right to write in {path.parent}.",
            "Name a file in a folder of your own, then write the report again; the scan is kept.",
        )
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return ReportError(
            f"The workbook {path} cannot be written: a part of its path is a file, not a folder.",
            "Name a file in a folder, then write the report again; the scan is kept.",
        )
    return ReportError(
        f"The workbook {path} cannot be written: {error.strerror or type(error).__name__}.",
        "Name a file elsewhere, then write the report again; the scan is kept.",
    )
