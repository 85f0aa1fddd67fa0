"""What can be told of a case from outside, without a byte of it being changed: its runs, and whether it is held."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_BESIDE = ("-wal", "-journal")  # what SQLite keeps beside a database until it is merged, or taken back


@dataclass(frozen=True, slots=True)
class Glance:
    """Whether the file is a sound database, and its runs: number and how it ended, None for one that never did."""

    sound: bool
    runs: tuple[tuple[int, str | None], ...] = ()


@contextmanager
def kept_still(path: Path) -> Iterator[bool]:
    """Let no command begin meanwhile; False where one holds the case with this database already.

    A part of its lock is taken, which others may take too. `Store.scanning` waits until that is over. Where there is
    no lock that one may read, no command has held this case, or none can be seen: nothing is taken.
    """
    lock, still = None, True
    with suppress(OSError):
        lock = os.open(f"{path}.lock", os.O_RDONLY)
    try:
        if lock is not None:
            still = _shared(lock)
        yield still
    finally:
        if lock is not None:
            os.close(lock)


def _shared(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a disk without such locks
        return True
    return True


def is_held(path: Path) -> bool:
    """Whether a command holds the case with this database now, so that what lies there may change any moment."""
    with kept_still(path) as still:
        return not still


def is_unmerged(path: Path) -> bool:
    """Whether something lies beside the database without which it is not whole."""
    return any(state(path)[1:])


def state(path: Path) -> list[tuple[int, int, int] | None]:
    """Of the database, and of what may lie beside it: inode, octets and when changed, in nanoseconds; None: no file.

    A log without an octet counts as none: a command makes it when it opens the database, before it holds the case.
    """
    found: list[tuple[int, int, int] | None] = []
    for end in ("", *_BESIDE):
        try:
            told = os.stat(f"{path}{end}")
        except FileNotFoundError:
            found.append(None)
        else:
            counts = told.st_size or not end
            found.append((told.st_ino, told.st_size, told.st_mtime_ns) if counts else None)
    return found


def copied(path: Path, folder: Path) -> Path:
    """A copy of the database and of what lies beside it, each for the owner alone. Raises OSError."""
    _copy(path, folder)
    for end in _BESIDE:
        with suppress(FileNotFoundError):
            _copy(path.with_name(f"{path.name}{end}"), folder)
    return folder / path.name


def _copy(path: Path, folder: Path) -> None:
    with path.open("rb") as source, open(folder / path.name, "xb", opener=_private) as target:
        shutil.copyfileobj(source, target)


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def glance(path: Path) -> Glance:
    """Look into a copy: to open the file itself would merge what lies in its write-ahead log. Raises OSError."""
    with tempfile.TemporaryDirectory(prefix="missedbcc-") as folder:  # 0700
        copy = copied(path, Path(folder))
        try:
            with closing(sqlite3.connect(copy)) as connection:
                sound = connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
                runs = connection.execute("SELECT id, outcome FROM run ORDER BY id").fetchall()
        except sqlite3.Error:
            return Glance(sound=False)
    return Glance(sound, tuple((int(number), outcome) for number, outcome in runs))
