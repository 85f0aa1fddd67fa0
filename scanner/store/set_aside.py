"""Copies of the database that were set aside before an update, and what they still tell of what was purged."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from glob import escape
from pathlib import Path
from typing import Final

from scanner.store.engine import AT_REST, reader

_KEYED: Final = "0007"  # the revision from which on hashes of what was purged are made with the secret of the case


def set_aside(database: Path) -> list[Path]:
    """The copies that lie beside a database, by name."""
    return sorted(database.parent.glob(f"{escape(database.name)}.before-*"))


def tells_of_purged(copy: Path) -> bool:
    """Whether who has this copy can try a message on it, and learn that it was purged before the copy was made.

    The copy is opened without a change to it or beside it. One that cannot be read as a database of ours tells nothing.
    """
    try:
        with closing(reader(copy, AT_REST)) as connection:
            versions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
            purged = connection.execute("SELECT 1 FROM purged_key LIMIT 1").fetchall()
    except sqlite3.Error:
        return False
    return bool(purged) and all(version < _KEYED for (version,) in versions)
