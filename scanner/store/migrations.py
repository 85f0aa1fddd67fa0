"""The schema of an opened database: found current, made new, or brought up to date after a copy was put aside."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from scanner.errors import StoreError
from scanner.store.tables import SCHEMA, matter, metadata, schema_version

_SCRIPTS = Path(__file__).parent
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"


def make_current(engine: Engine, path: Path, *, aside: bool = True) -> None:
    """Give the database the schema of this version. Raises StoreError when a newer version made it, or a stranger.

    Without `aside` no copy of an older one is put aside: the engine has only a copy of what lies at the path.
    """
    with engine.connect() as connection:
        found = _version(connection, path)
    if found == SCHEMA:
        return
    if found is None:
        _make_new(engine)
    elif found > SCHEMA:
        raise StoreError(
            f"{path} was written by a newer version of missedbcc.",
            "Install that version, or name another case folder.",
        )
    else:
        if aside:
            _put_aside(path, path.with_name(f"{path.name}.before-{SCHEMA}"))
        with engine.begin() as connection:
            migrate(connection, SCHEMA)


def migrate(connection: Connection, target: str) -> None:
    """Walk the migrations up to a revision, within the transaction that the connection is in."""
    from alembic.config import Config  # noqa: PLC0415 - a current database must not pay for Alembic
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    scripts = ScriptDirectory(str(_SCRIPTS), version_locations=[str(_SCRIPTS / "versions")])

    def steps(revision: Any, _context: object) -> Sequence[Any]:
        return scripts._upgrade_revs(target, revision)  # what alembic.command.upgrade does

    with EnvironmentContext(Config(), scripts, fn=steps, destination_rev=target) as environment:
        environment.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
        environment.run_migrations()


def _version(connection: Connection, path: Path) -> str | None:
    """The revision of the database; None when it is empty."""
    tables = connection.exec_driver_sql(_TABLES).scalars().all()
    if not tables:
        return None
    versions = connection.scalars(sa.select(schema_version)).all() if schema_version.name in tables else []
    if len(versions) != 1:
        raise StoreError(
            f"{path} is a database, but not a case of missedbcc.",
            "Name another case folder, or move the file away: the next scan makes a new one.",
        )
    return str(versions[0])


def _make_new(engine: Engine) -> None:
    with engine.begin() as connection:
        metadata.create_all(connection, checkfirst=False)
        connection.execute(matter.insert(), {"id": 1, "name": secrets.token_hex(6), "secret": secrets.token_bytes(32)})
        connection.execute(schema_version.insert(), {"version_num": SCHEMA})


def _put_aside(path: Path, copy: Path) -> None:
    """A copy of the whole database, what still stands in its journal included; an older copy gives way."""
    copy.unlink(missing_ok=True)
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
