"""How the database file is opened, and what its errors mean for the person who runs the scan."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.event import listens_for
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from scanner.errors import StoreError
from scanner.store.glance import is_held, is_unmerged, state

_WAIT = 10.0  # seconds that a statement waits for another program to let go of the file
IN_USE, AT_REST, OWN = "mode=ro", "mode=ro&immutable=1", "mode=rw"
"""How `reader` opens a file: one that others write, one that nobody does, one that is a copy. SQLite, “URI Filenames”.

Only AT_REST never makes a file beside it; what lies there is not seen then, and a change meanwhile looks like damage.
"""

RESTORE = "Restore it from a backup, or move it away and scan again. `missedbcc verify` says what else was changed."
"""The next step for a damaged case database."""
_FREE = "Free some space and run the same command again: it goes on where it stopped."
_SENTENCES = {
    "SQLITE_FULL": ("The disk is full: {path} cannot grow.", _FREE),
    "SQLITE_BUSY": (
        "Another program holds the case database {path}.",
        "Wait for it to end, then run the same command again.",
    ),
    "SQLITE_NOTADB": (
        "{path} is not a case database.",
        "Name another case folder, or move the file away: the next scan makes a new one.",
    ),
    "SQLITE_CORRUPT": (
        "The case database {path} is damaged.",
        RESTORE,
    ),
    "SQLITE_READONLY": (
        "The case database {path} cannot be written: it, its folder or its disk is read-only.",
        "Make it writable, or name another case folder.",
    ),
    "SQLITE_CANTOPEN": (
        "The case database {path} cannot be opened.",
        "Check that you may read and write it and its folder.",
    ),
    "SQLITE_PERM": (
        "The operating system refuses access to the case database {path}.",
        "Check that you may read and write it and its folder.",
    ),
    "SQLITE_IOERR": (
        "The disk failed while the case database {path} was read or written.",
        "Check the disk and its free space, then run the same command again: it goes on where it stopped.",
    ),
}
_SENTENCES["SQLITE_LOCKED"] = _SENTENCES["SQLITE_BUSY"]
_SENTENCES["SQLITE_AUTH"] = _SENTENCES["SQLITE_PERM"]


def open_file(path: Path) -> Engine:
    """An engine for the SQLite file. All its statements run in SQLAlchemy's transactions, definitions of tables too."""
    url = URL.create("sqlite", database=str(path))
    return _as_ours(sa.create_engine(url, connect_args={"timeout": _WAIT}, hide_parameters=True))


def open_connection(connection: sqlite3.Connection) -> Engine:
    """An engine for a database that is open already; to dispose of the engine closes it."""
    return _as_ours(
        sa.create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool, hide_parameters=True)
    )


def reader(path: Path, how: str, wait: float | None = None) -> sqlite3.Connection:
    """A connection to a file that is there, opened as `how` says; `wait` is in seconds."""
    uri = f"file:{quote(str(path.absolute()))}?{how}"
    return sqlite3.connect(uri, uri=True, timeout=_WAIT if wait is None else wait)


def _as_ours(engine: Engine) -> Engine:
    @listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we begin transactions ourselves: sqlite3 would leave DDL outside of them
        connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose the last batches, never half of one
        connection.execute("PRAGMA foreign_keys = ON")

    @listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def write_ahead(engine: Engine) -> None:
    """Let others read while one writes. The file remembers it, so this waits until the file is known to be ours."""
    with closing(engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA journal_mode = WAL")


@contextmanager
def sentences(path: Path) -> Iterator[None]:
    """Turn what the database and the operating system say into a StoreError with the next step."""
    try:
        yield
    except DBAPIError as error:
        raise _store_error(error.orig, path) from error
    except sqlite3.Error as error:
        raise _store_error(error, path) from error
    except OSError as error:
        raise StoreError(
            f"The case database {path} cannot be opened: {error.strerror}.",
            "Check that its folder exists, that you may write there, and that the disk is not full.",
        ) from error


def _store_error(error: BaseException | None, path: Path) -> StoreError:
    name = str(getattr(error, "sqlite_errorname", ""))
    if name in _UNSURE and _is_damaged(path):
        name = "SQLITE_CORRUPT"
    for known, (sentence, hint) in _SENTENCES.items():
        if name == known or name.startswith(known + "_"):
            return StoreError(sentence.format(path=path), hint)
    return StoreError(f"The case database {path} failed: {error}.", "Run the command again; if it fails, report this.")


_UNSURE = frozenset(("SQLITE_BUSY", "SQLITE_BUSY_RECOVERY", "SQLITE_LOCKED", "SQLITE_PROTOCOL", "SQLITE_ERROR"))
"""What may be said of a damaged database as well as of one that another program holds."""
_SOUND = [("ok",)]


def _is_damaged(path: Path) -> bool:
    """Whether the database, as far as it can be read now, is not sound; no octet of it or of its log is changed.

    Where nobody holds it and it is whole, no file is made beside it either.
    """
    at_rest = not is_unmerged(path) and not is_held(path)
    before = state(path)
    try:
        with closing(reader(path, AT_REST if at_rest else IN_USE, 0.5)) as connection:
            damaged = connection.execute("PRAGMA quick_check(1)").fetchall() != _SOUND
    except sqlite3.Error as error:
        damaged = str(getattr(error, "sqlite_errorname", "")).startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))
    return damaged and (not at_rest or state(path) == before)


def make(path: Path) -> None:
    """Make an empty file, and its folder, for the owner alone (SQLite copies the rights to the files beside it)."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def keep_private(path: Path) -> None:
    """Let nobody else read the file: it is a list of people."""
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
