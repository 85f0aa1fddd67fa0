"""A look into a case changes nothing, sees what a killed command left in the log, and waits for nobody."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from scanner.errors import StoreError
from scanner.store import engine as engines
from scanner.store import glance, looking, migrations, open_store
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
    with open_store(path) as store, store.scanning():
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


def left_by_a_kill(path: Path, left: Path) -> Path:
    """A case whose second message stands in its log only."""
    left.mkdir()
    with open_store(path) as store:
        store.record(found(envelope(1), envelope(2)))
        for one in (path, path.with_name("case.sqlite-wal")):
            shutil.copy(one, left / one.name)
    return left / path.name


def test_a_file_without_an_octet_is_a_case_without_a_run(tmp_path: Path) -> None:
    path = tmp_path / "case.sqlite"
    path.touch()
    before = everything(tmp_path)
    with looked_into(path) as store:
        assert list(store.runs()) == []
    assert everything(tmp_path) == before


def test_what_a_kill_left_half_made_is_taken_back(path: Path, tmp_path: Path) -> None:
    """A journal beside the database says that its last transaction did not come to its end."""
    left = tmp_path / "left"
    left.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA cache_spill = 1")
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM location")
        connection.execute("DELETE FROM message")
        connection.execute("CREATE TABLE filler AS SELECT randomblob(90000) AS x UNION SELECT randomblob(90000)")
        for one in (path, path.with_name("case.sqlite-journal")):
            shutil.copy(one, left / one.name)
        connection.execute("ROLLBACK")
    assert kept(left / path.name) == {envelope(1).identity}


def test_a_command_that_begins_meanwhile_waits_and_the_look_is_whole(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not refused either, though it waits longer than for one that only asks whether the case is held."""
    begun, wrote = threading.Event(), threading.Event()

    def write() -> None:
        with open_store(path) as store:
            begun.set()
            with store.scanning():
                store.record(found(envelope(1), envelope(2)))
                wrote.set()

    writer = threading.Thread(target=write)
    taken = looking._taken

    def slow(path: Path, *, still: bool) -> sqlite3.Connection:
        assert still
        writer.start()
        assert begun.wait(60)
        assert not wrote.wait(0.6)
        return taken(path, still=still)

    monkeypatch.setattr("scanner.store.store._LOOKED_AT", 120.0)  # however busy this machine is
    monkeypatch.setattr(looking, "_taken", slow)
    assert kept(path) == {envelope(1).identity}
    writer.join(60)
    monkeypatch.undo()
    assert kept(path) == {envelope(1).identity, envelope(2).identity}


@pytest.mark.parametrize("fails", [True, False])
def test_what_was_read_while_something_changed_does_not_count(
    path: Path, monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    """As where a program that does not know the lock merges the log: what is read then may look damaged."""
    taken, looks = looking._taken, []

    def torn(path: Path, *, still: bool) -> sqlite3.Connection:
        looks.append(path)
        if len(looks) == 1:
            before = taken(path, still=still)
            with open_store(path) as store:
                store.record(found(envelope(1), envelope(2)))
            if fails:
                before.close()
                raise sqlite3.DatabaseError("database disk image is malformed")
            return before
        return taken(path, still=still)

    monkeypatch.setattr(looking, "_taken", torn)
    assert kept(path) == {envelope(1).identity, envelope(2).identity}
    assert len(looks) == 2


def test_a_holder_that_ends_before_the_file_is_opened_is_no_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, looks = looking._taken, []
    with open_store(path) as store:
        held = store.scanning()
        held.__enter__()

        def gone(path: Path, *, still: bool) -> sqlite3.Connection:
            looks.append(still)
            if not still:
                held.__exit__(None, None, None)
                raise sqlite3.OperationalError("attempt to write a readonly database")
            return taken(path, still=still)

        monkeypatch.setattr(looking, "_taken", gone)
        assert kept(path) == {envelope(1).identity}
    assert looks == [False, True]


def test_what_never_stands_still_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "_PAUSE", 0.0)
    monkeypatch.setattr(looking, "_just_changed", lambda _files: True)
    with pytest.raises(StoreError, match="keeps changing"):
        kept(path)


def test_the_log_is_merged_before_others_may_hold_the_case(path: Path) -> None:
    with open_store(path) as store:
        with store.scanning():
            with store.scanning():
                store.record(found(envelope(1), envelope(2)))
            assert glance.is_unmerged(path)
        assert not glance.is_unmerged(path)
        assert len(list(store.candidates())) == 2


def test_who_looks_does_not_hold_the_case(path: Path) -> None:
    with open_store(path) as store, store.scanning():
        assert glance.is_held(path)
    with glance.kept_still(path) as still, glance.kept_still(path) as too:
        assert (still, too) == (True, True)
        with open(f"{path}.lock", "rb") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_the_copy_is_for_its_owner_alone_and_is_gone_while_the_command_works(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, place = left_by_a_kill(path, tmp_path / "left"), tmp_path / "temporary"
    modes: list[int] = []
    left.chmod(0o644)
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    monkeypatch.setenv("SQLITE_TMPDIR", str(place))
    backed_up = looking._backed_up

    def seen(copy: Path, how: str) -> sqlite3.Connection:
        modes.extend(one.stat().st_mode & 0o777 for one in [copy.parent, *sorted(copy.parent.iterdir())])
        return backed_up(copy, how)

    monkeypatch.setattr(looking, "_backed_up", seen)
    old = os.umask(0)
    try:
        with looked_into(left) as store:
            assert list(place.iterdir()) == []
            assert len(list(store.candidates())) == 2
    finally:
        os.umask(old)
    assert modes == [0o700, 0o600, 0o600]


def test_an_error_of_the_caller_is_no_error_of_the_case(path: Path, tmp_path: Path) -> None:
    for case in (path, left_by_a_kill(path, tmp_path / "left")):
        with pytest.raises(OSError, match="No space left") as told, looked_into(case):
            raise OSError(errno.ENOSPC, "No space left on device")
        assert type(told.value) is OSError


def test_a_temporary_folder_without_room_is_named(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = left_by_a_kill(path, tmp_path / "left")

    def full(_path: Path, _folder: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(looking, "copied", full)
    with pytest.raises(StoreError, match="folder for temporary files: No space left on device") as told:
        kept(left)
    assert tempfile.gettempdir() in told.value.hint


def test_to_ask_whether_a_database_is_damaged_makes_no_file(path: Path) -> None:
    before = everything(path.parent)
    assert not engines._is_damaged(path)
    assert everything(path.parent) == before
    _damage(path)
    before = everything(path.parent)
    assert engines._is_damaged(path)
    assert everything(path.parent) == before


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
