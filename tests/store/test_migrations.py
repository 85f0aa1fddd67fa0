"""The migrations give the schema that new databases have; an old database is copied, then changed as a whole."""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.event import listens_for

from scanner.decision import Novelty
from scanner.errors import StoreError
from scanner.store import keys_gone, migrations, open_store
from scanner.store.engine import open_file
from scanner.store.set_aside import set_aside, tells_of_purged
from scanner.store.tables import SCHEMA
from tests.store.incidents import incident, message
from tests.store.mail import envelope, found

_NUMBER = f"{int(SCHEMA) + 1:04}"
_NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "@NEXT"
down_revision = "@LAST"


def upgrade() -> None:
    op.add_column("message", sa.Column("weight", sa.Integer))
    op.create_table("extra", sa.Column("id", sa.Integer, primary_key=True))
    {last}
""".replace("@NEXT", _NUMBER).replace("@LAST", SCHEMA)


def schema(path: Path) -> dict[str, object]:
    """Every table with its columns, keys and indexes, without the order and spelling of their definitions."""
    engine = sa.create_engine(f"sqlite:///{path}")
    inspector = sa.inspect(engine)
    tables: dict[str, object] = {
        table: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in inspector.get_columns(table)],
            inspector.get_pk_constraint(table),
            sorted(inspector.get_foreign_keys(table), key=str),
            inspector.get_unique_constraints(table),
            inspector.get_indexes(table),
        )
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }
    engine.dispose()
    return tables


def versions(path: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchall()


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A product one revision ahead: the folder that holds its migrations."""
    scripts = tmp_path / "scripts"
    shutil.copytree(Path(migrations.__file__).parent / "versions", scripts / "versions")
    monkeypatch.setattr(migrations, "_SCRIPTS", scripts)
    monkeypatch.setattr(migrations, "SCHEMA", _NUMBER)
    return scripts / "versions" / f"m{_NUMBER}_next.py"


def test_walking_the_migrations_gives_the_schema_of_a_new_database(tmp_path: Path) -> None:
    with open_store(tmp_path / "new.db"):
        pass
    walked = open_file(tmp_path / "walked.db")
    with walked.begin() as connection:
        migrations.migrate(connection, SCHEMA)
    walked.dispose()
    assert schema(tmp_path / "walked.db") == schema(tmp_path / "new.db")
    assert len(schema(tmp_path / "new.db")) == 19
    assert versions(tmp_path / "walked.db") == versions(tmp_path / "new.db") == [(SCHEMA,)]


def test_an_old_database_is_copied_and_brought_up_to_date(tmp_path: Path, newer: Path) -> None:
    newer.write_text(_NEXT.format(last=""))
    path = tmp_path / "case.db"
    with pytest.MonkeyPatch.context() as older:
        older.setattr(migrations, "SCHEMA", SCHEMA)
        with open_store(path) as store:
            store.record(found(envelope(1)))
    with open_store(path) as store:
        assert [kept.envelope for kept in store.candidates()] == [envelope(1)]
    assert versions(path) == [(_NUMBER,)]
    assert "extra" in schema(path)
    copy = tmp_path / f"case.db.before-{_NUMBER}"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert versions(copy) == [(SCHEMA,)]
    with open_store(path):  # the second time there is nothing to do
        copy.unlink()
    assert not copy.exists()


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, newer: Path) -> None:
    newer.write_text(_NEXT.format(last='op.execute("INSERT INTO nowhere VALUES (1)")'))
    path = tmp_path / "case.db"
    with pytest.MonkeyPatch.context() as older:
        older.setattr(migrations, "SCHEMA", SCHEMA)
        with open_store(path):
            pass
    before = schema(path)
    with pytest.raises(StoreError), open_store(path):
        pytest.fail("opened after a failed migration")
    assert schema(path) == before
    assert versions(path) == [(SCHEMA,)]


@pytest.mark.parametrize("existing", [False, True])
def test_opening_a_database_needs_no_alembic(tmp_path: Path, existing: bool) -> None:
    path = tmp_path / "case.db"
    if existing:
        with open_store(path):
            pass
    program = f"""
import sys
from pathlib import Path
from scanner.store import open_store
assert "sqlalchemy" not in sys.modules, "the door alone must not load SQLAlchemy"
with open_store(Path({str(path)!r})):
    assert "alembic" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=600)


def test_the_revision_of_the_code_is_the_newest_script() -> None:
    scripts = sorted((Path(migrations.__file__).parent / "versions").glob("m*.py"))
    assert scripts[-1].name.startswith(f"m{SCHEMA}_")


def test_a_case_without_decisions_gets_its_name_and_knows_what_it_has_shown(tmp_path: Path) -> None:
    path = tmp_path / "case.db"
    engine = open_file(path)
    with engine.begin() as connection:
        migrations.migrate(connection, "0002")
        connection.exec_driver_sql(
            "INSERT INTO message (id, identity, digest, reported, facts) "
            "VALUES (1, 'c:shown', 'd', 1, x''), (2, 'c:not', 'd', 0, x''), (3, 'c:shown', 'd', 1, x'')"
        )
    engine.dispose()
    with open_store(path) as store:
        matter, other = store.matter(), store.matter()
        shown = store.showings(1)
    assert matter == other
    assert re.fullmatch("[0-9a-f]{12}", matter.name)
    assert len(matter.secret) == 32
    assert shown.novelty(incident(message("c:shown")), None) is Novelty.KNOWN
    assert shown.novelty(incident(message("c:shown"), message("c:not")), None) is Novelty.CHANGED
    assert shown.novelty(incident(message("c:not")), None) is Novelty.NEW
    assert "reported" not in {column[0] for column in schema(path)["message"][0]}  # type: ignore[index]
    with open_store(tmp_path / "other.db") as store:
        assert store.matter() != matter


def bare(key: str) -> str:
    """What versions before 0007 kept of a purged key."""
    return hashlib.blake2b(key.encode(), digest_size=16, person=b"missedbcc purged").hexdigest()


def of_an_earlier_version(path: Path, revision: str, *purged: str) -> None:
    engine = open_file(path)
    with engine.begin() as connection:
        migrations.migrate(connection, revision)
        if purged:
            rows = [{"key": bare(key)} for key in purged]
            connection.execute(sa.text("INSERT INTO purged_key VALUES (:key)"), rows)
    engine.dispose()


def test_what_earlier_versions_kept_of_purged_messages_is_known_again_and_keyed(tmp_path: Path) -> None:
    path = tmp_path / "case.db"
    of_an_earlier_version(path, "0006", "a key")
    with open_store(path) as store, store._reading() as connection:
        assert keys_gone.gone(connection, ["a key", "another"]) == {"a key"}
        assert bare("a key") not in set(connection.scalars(sa.select(keys_gone.purged_key.c.key)))


def test_no_octet_of_a_hash_without_the_secret_stays_in_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some programs of SQLite are built to overwrite what is deleted, others are not."""

    def careless(path: Path) -> sa.Engine:
        engine = open_file(path)

        @listens_for(engine, "connect")
        def _connected(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute("PRAGMA secure_delete = OFF")

        return engine

    path, keys = tmp_path / "case.db", [f"key {number}" for number in range(300)]
    of_an_earlier_version(path, "0006", *keys)
    monkeypatch.setattr("scanner.store.store.open_file", careless)
    with open_store(path):
        pass
    left = b"".join(one.read_bytes() for one in tmp_path.glob("case.db*") if ".before-" not in one.name)
    assert [key for key in keys if bare(key).encode() in left] == []


@pytest.mark.parametrize(
    ("revision", "purged", "tells"),
    [("0006", ["a key"], True), ("0004", ["a key"], True), ("0006", [], False), ("0003", [], False)],
)
def test_a_copy_from_before_the_secret_tells_of_what_was_purged(
    tmp_path: Path, revision: str, purged: list[str], tells: bool
) -> None:
    path = tmp_path / "case.db"
    of_an_earlier_version(path, revision, *purged)
    with open_store(path):
        (copy,) = set_aside(path)
    before = sorted(one.name for one in tmp_path.iterdir()), copy.read_bytes()
    assert tells_of_purged(copy) is tells
    assert (sorted(one.name for one in tmp_path.iterdir()), copy.read_bytes()) == before


def test_a_copy_of_a_keyed_database_and_what_is_no_copy_tell_nothing(tmp_path: Path) -> None:
    path = tmp_path / "case.db"
    of_an_earlier_version(path, SCHEMA, "a key")
    shutil.copy(path, tmp_path / "case.db.before-9999")
    (tmp_path / "case.db.before-8888").write_bytes(b"x" * 5_000)
    (tmp_path / "other.db.before-0007").write_bytes(b"x")
    copies = set_aside(path)
    assert [copy.name for copy in copies] == ["case.db.before-8888", "case.db.before-9999"]
    assert [tells_of_purged(copy) for copy in copies] == [False, False]
