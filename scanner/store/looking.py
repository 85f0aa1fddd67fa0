"""A look into a case database by which not a byte of its folder changes: it may be one that nobody here can write."""

from __future__ import annotations

import errno
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from scanner.errors import StoreError
from scanner.store.engine import AT_REST, IN_USE, OWN, open_connection, reader, sentences
from scanner.store.glance import copied, is_held, is_unmerged, kept_still, state
from scanner.store.migrations import make_current
from scanner.store.store import Store

_TRIES = 20
_PAUSE = 0.1  # seconds between two tries
_TICK = 50_000_000  # nanoseconds: of two changes nearer than this, clocks of file systems may show only one
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
_OF_THE_TARGET = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_GETTEMPPATH", "SQLITE_CANTOPEN")


class _MovedError(Exception):
    """The database was changed, or its holder ended, while it was read: what was read means nothing."""


@contextmanager
def looked_into(path: Path) -> Iterator[Store]:
    """The store as it is now, of a file that is there; it can only be asked. Raises StoreError.

    It is a whole copy, in a temporary file that SQLite removes from its folder as soon as it has opened it, so that
    nothing stays there whatever becomes of this process. While a command holds the case, the copy is made as that
    command lets others read it; else no command begins before it is made. What a killed one left beside the database
    counts: it is merged in another copy, for the owner alone, that lies in the temporary folder until this is done;
    only a kill within that moment leaves it there. A database of an earlier version is brought up to date in the copy,
    and an empty one is as a new one.
    """
    with sentences(path):
        engine = open_connection(_snapshot(path))
    try:
        with sentences(path):
            make_current(engine, path, aside=False)
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA query_only = ON")
        yield Store(path, engine)
    finally:
        engine.dispose()


def _snapshot(path: Path) -> sqlite3.Connection:
    for _ in range(_TRIES):
        with suppress(_MovedError):
            return _once(path)
        time.sleep(_PAUSE)
    raise StoreError(
        f"Another program keeps changing the case database {path}.",
        "Wait for it to end, then run the same command again.",
    )


def _once(path: Path) -> sqlite3.Connection:
    """What was read counts only if nothing changed meanwhile; nor does an error, which says so of a sound database."""
    with kept_still(path) as still:
        before = state(path)
        if still and _just_changed(before):
            raise _MovedError
        try:
            taken = _taken(path, still=still)
        except (sqlite3.Error, OSError):
            if state(path) != before or (not still and not is_held(path)):
                raise _MovedError from None
            raise
        if still and state(path) != before:
            taken.close()
            raise _MovedError
        return taken


def _just_changed(files: list[tuple[int, int, int] | None]) -> bool:
    now = time.time_ns()
    return any(one is not None and 0 <= now - one[2] < _TICK for one in files)


def _taken(path: Path, *, still: bool) -> sqlite3.Connection:
    if not still:
        return _backed_up(path, IN_USE)
    if not is_unmerged(path):
        return _backed_up(path, AT_REST)
    try:
        apart = tempfile.TemporaryDirectory(prefix="missedbcc-")  # 0700
    except OSError as error:
        raise _no_room(error.strerror) from error
    with apart as folder:
        try:
            copy = copied(path, Path(folder))
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise _no_room(error.strerror) from error
            raise
        return _backed_up(copy, OWN)


def _backed_up(path: Path, how: str) -> sqlite3.Connection:
    with closing(reader(path, how)) as source:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # what is wrong with the source shows here
        target = sqlite3.connect("")  # SQLite, “Temporary Databases”: a file that has no name once it is open
        try:
            source.backup(target)
        except sqlite3.Error as error:
            target.close()
            if error.sqlite_errorname.startswith(_OF_THE_TARGET):
                raise _no_room(str(error)) from error
            raise
        return target


def _no_room(why: str | None) -> StoreError:
    return StoreError(
        f"The case cannot be copied to the folder for temporary files: {why}.",
        f"Free some space in {tempfile.gettempdir()}, or name another folder in the environment as TMPDIR.",
    )
