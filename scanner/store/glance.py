"""What a database file tells of its runs, without a byte of it or of what lies beside it being changed."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Glance:
    """Whether the file is a sound database, and its runs: number and how it ended, None for one that never did."""

    sound: bool
    runs: tuple[tuple[int, str | None], ...] = ()


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
