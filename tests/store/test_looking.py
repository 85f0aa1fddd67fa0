"""A look into a case changes nothing, sees what a killed command left in the log, and waits for nobody."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from scanner.errors import StoreError
from scanner.store import migrations, open_store
from scanner.store.engine import open_file
from scanner.store.looking import looked_into
from tests.store.mail import envelope, found


def everything(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def kept(path: Path) -> set[str]:
    with looked_into(path) as store:
        return {one.identity for one in store.candidates()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "a case, 100%?").mkdir()
    path = tmp_path / "a case, 100%?" / "case.sqlite"
    with open_store(path) as store:
        store.record(found(envelope(1)))
    return path


def test_a_case_at_rest_is_read_and_no_file_changes(path: Path) -> None:
    before = everything(path.parent)
    assert kept(path) == {envelope(1).identity}
    assert everything(path.parent) == before


def test_what_a_killed_command_left_in_the_log_counts_and_stays_there(path: Path, tmp_path: Path) -> None:
    left = tmp_path / "left"
    with open_store(path) as store:
        store.record(found(envelope(1), envelope(2)))
        assert path.with_name("case.sqlite-wal").stat().st_size
        left.mkdir()
        for one in (path, path.with_name("case.sqlite-wal")):
            shutil.copy(one, left / one.name)
    before = everything(left)
    assert kept(left / path.name) == {envelope(1).identity, envelope(2).identity}
    assert everything(left) == before


def test_while_a_command_holds_the_case_what_it_has_saved_is_seen(path: Path) -> None:
    with open_store(path) as store, store.scanning():
        store.record(found(envelope(1), envelope(2)))
        assert kept(path) == {envelope(1).identity, envelope(2).identity}


def test_nothing_can_be_written_through_it(path: Path) -> None:
    with looked_into(path) as store, pytest.raises(StoreError, match="cannot be written"):
        store.record(found(envelope(2)))


def test_a_case_of_an_earlier_version_is_read_and_stays_of_that_version(tmp_path: Path) -> None:
    path = tmp_path / "case.sqlite"
    engine = open_file(path)
    with engine.begin() as connection:
        migrations.migrate(connection, "0006")
    engine.dispose()
    before = everything(tmp_path)
    assert kept(path) == set()
    assert everything(tmp_path) == before


def _damage(path: Path) -> None:
    octets = path.read_bytes()
    path.write_bytes(octets[:4096] + b"\x5a" * (len(octets) - 4096))


def _other(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE x (y)")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (Path.unlink, "cannot be opened"),
        (lambda path: path.write_text("x" * 5000), "not a case database"),
        (_other, "not a case of missedbcc"),
        (_damage, "is damaged"),
    ],
)
def test_what_cannot_be_read_is_told(path: Path, spoil: Callable[[Path], object], says: str) -> None:
    spoil(path)
    with pytest.raises(StoreError, match=says):
        kept(path)
