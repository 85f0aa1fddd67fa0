"""A look into a case database by which not a byte of its folder changes: it may be one that nobody here can write."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

from scanner.store.engine import open_file, sentences
from scanner.store.glance import is_held
from scanner.store.migrations import make_current
from scanner.store.store import Store
from scanner.store.tables import SCHEMA

_WAIT = 10.0  # seconds that a statement waits for another program to let go of the file
_IN_USE, _AT_REST = "mode=ro", "mode=ro&immutable=1"  # SQLite, “URI Filenames”


@contextmanager
def looked_into(path: Path) -> Iterator[Store]:
    """The store in a file that is there; it can only be asked. Raises StoreError.

    While a command holds the case, it is read as that command lets others read it. What a killed one left in the
    write-ahead log counts: it is merged in a copy, for the owner alone, that goes afterwards. So is the database of an
    earlier version brought up to date.
    """
    with sentences(path):
        how = _IN_USE if is_held(path) else _AT_REST
        apart = how == _AT_REST and (_has_log(path) or _is_old(path))
    if apart:
        with tempfile.TemporaryDirectory(prefix="missedbcc-") as folder, sentences(path):  # 0700
            engine = _copied(path, Path(folder))
            try:
                yield Store(path, engine)
            finally:
                engine.dispose()
        return
    engine = _read_only(path, how)
    try:
        with sentences(path):
            make_current(engine, path)  # it is, or is no case of ours, which is told
        yield Store(path, engine)
    finally:
        engine.dispose()


def _uri(path: Path, how: str) -> str:
    return f"file:{quote(str(path.absolute()))}?{how}"


def _read_only(path: Path, how: str) -> Engine:
    return sa.create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(_uri(path, how), uri=True, timeout=_WAIT),
        poolclass=NullPool,
        hide_parameters=True,
    )


def _has_log(path: Path) -> bool:
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def _is_old(path: Path) -> bool:
    """Whether an earlier version made it; what is no case of ours is none."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(_uri(path, _AT_REST), uri=True)) as connection:
        rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        return len(rows) == 1 and str(rows[0][0]) < SCHEMA
    return False


def _copied(path: Path, folder: Path) -> Engine:
    """A copy with what stands in its log, as this version has it."""
    copy = folder / path.name
    shutil.copyfile(path, copy)
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        shutil.copyfile(log, copy.with_name(log.name))
    engine = open_file(copy)
    try:
        make_current(engine, copy)
    except BaseException:
        engine.dispose()
        raise
    return engine
