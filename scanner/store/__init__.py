"""The case database, behind one door: `open_store`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.store.records import WHOLE_ACCOUNT, Found, Kept, Progress

if TYPE_CHECKING:
    from scanner.store.store import Store

__all__ = ["WHOLE_ACCOUNT", "Found", "Kept", "Progress", "open_store"]


@contextmanager
def open_store(path: Path) -> Iterator[Store]:
    """The store in a SQLite file, for its owner alone (mode 0600); made when there is none, migrated when it is old.

    Raises StoreError, with the next step, when the file cannot be opened or belongs to something else.
    """
    from scanner.store.store import opened  # noqa: PLC0415 - --help must not wait for SQLAlchemy

    with opened(path) as store:
        yield store
