"""What can be told of a case from outside, without a byte of it being changed: its runs, and whether it is held."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Glance:
    """Whether the file is a sound database, and its runs: number and how it ended, None for one that never did."""

    sound: bool
    runs: tuple[tuple[int, str | None], ...] = ()


def is_held(path: Path) -> bool:
    """Whether a command holds the case with this database now, so that what lies there may change any moment.

    To see that, a part of the lock is taken for an instant; `Store.scanning` waits longer than that.
    """
    with suppress(OSError):
        lock = os.open(f"{path}.lock", os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
    return False


def glance(path: Path) -> Glance:
    """Look into a copy: to open the file itself would merge what lies in its write-ahead log. Raises OSError."""
    with tempfile.TemporaryDirectory(prefix="missedbcc-") as folder:  # 0700
        copy = Path(folder) / path.name
        shutil.copyfile(path, copy)
        log = path.with_name(f"{path.name}-wal")
        if log.exists():
            shutil.copyfile(log, copy.with_name(log.name))
        try:
            with closing(sqlite3.connect(copy)) as connection:
                sound = connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
                runs = connection.execute("SELECT id, outcome FROM run ORDER BY id").fetchall()
        except sqlite3.Error:
            return Glance(sound=False)
    return Glance(sound, tuple((int(number), outcome) for number, outcome in runs))
