"""What is recorded comes back: each message once, every place, whatever the order; and errors name the next step."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from scanner.case import Alarm, Outcome, Run
from scanner.coverage import ChosenBy, Coverage
from scanner.envelope import Locator, Unreadable
from scanner.errors import StoreError
from scanner.policy import Policy
from scanner.store import Found, open_store
from scanner.store.store import Store
from tests.store.mail import OURS, START, envelope, found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "case" / "case.db"


def kept(store: Store) -> list[tuple[str, list[str]]]:
    return [
        (one.envelope.subject, [f"{place.folder}/{place.key}" for place in one.locations]) for one in store.candidates()
    ]


def test_what_is_recorded_comes_back_after_closing(path: Path) -> None:
    bad = Unreadable(Locator("archive", "Sent", "9"), "The header is cut off.")
    coverage = Coverage(
        account="archive",
        folder="Sent",
        chosen_by=ChosenBy.SPECIAL_USE,
        expected=14,
        read=10,
        unreadable=1,
        skipped=(("vanished", 2), ("no message", 1)),
        oldest=START - timedelta(days=1),
        newest=START,
        trouble="The line broke.",
        finished=False,
    )
    with open_store(path) as store:
        store.record(Found(coverage, "11", OURS, candidates=(envelope(2), envelope(1)), unreadable=(bad,)))
    with open_store(path) as store:
        assert list(store.coverage()) == [coverage]
        assert list(store.unreadable()) == [bad]
        assert [one.envelope for one in store.candidates()] == [envelope(1), envelope(2)]
        progress = store.progress("archive")["Sent"]
        assert (progress.coverage, progress.cursor, progress.policy) == (coverage, "11", OURS)
        assert store.progress("another") == {}


def test_runs_are_numbered_and_keep_how_they_ended(path: Path) -> None:
    run = Run(0, START, None, "0.1.0", OURS, ("visible-recipients",), ("archive", "ann@corp.example"))
    with open_store(path) as store:
        first = store.begin(run)
        second = store.begin(replace(run, policy=Policy()))
        ended = replace(second, finished=START, outcome=Outcome.INCOMPLETE, troubles=("No.",), notices=("Well.",))
        store.save(ended)
        assert (first.id, second.id) == (1, 2)
        assert list(store.runs()) == [first, ended]
        alarmed = replace(ended, alarms=(Alarm.GONE, Alarm.GONE, Alarm.SHRUNK))
        store.save(alarmed)
        assert list(store.runs()) == [first, alarmed]


def test_a_copy_at_another_place_adds_the_place_alone(path: Path) -> None:
    with open_store(path) as store:
        store.record(found(envelope(1), envelope(1, key="77")))
        store.record(found(envelope(1, folder="All"), folder="All"))
        store.record(found(envelope(1, folder="All"), folder="All"))
        assert kept(store) == [("1 price lists", ["All/1", "Sent/1", "Sent/77"])]


def test_reading_a_folder_again_doubles_nothing_and_tells_what_is_gone(path: Path) -> None:
    bad = Unreadable(Locator("archive", "Sent", "9"), "Cut off.")
    with open_store(path) as store:
        store.record(replace(found(envelope(1), envelope(2), finished=True), unreadable=(bad,)))
        store.record(replace(found(envelope(1, key="501"), cursor="501"), restart=True))
        assert list(store.unreadable()) == []
        lost = store.record(found(envelope(3, key="503"), cursor="503", finished=True))
        assert lost == 1
        assert kept(store) == [
            ("1 price lists", ["Sent/501"]),
            ("2 price lists", ["Sent/2"]),
            ("3 price lists", ["Sent/503"]),
        ]
        assert store.record(found(envelope(4, key="504"), cursor="504", finished=True)) == 0  # it was told
        (first, *_) = store.candidates()
        assert first.envelope.locator == Locator("archive", "Sent", "501")  # where it lies now


def test_what_a_reading_finds_again_and_does_not_keep_is_not_gone(path: Path) -> None:
    elsewhere = envelope(1, key="501")
    with open_store(path) as store:
        store.record(found(envelope(1), envelope(2), envelope(3), finished=True))
        store.record(replace(found(envelope(1), envelope(2), cursor="2"), restart=True))  # and was cut short
        last = replace(found(envelope(3), cursor="3", finished=True), restart=True)
        assert store.record(replace(last, still_there=(elsewhere, envelope(9)))) == 1
        assert [places for _, places in kept(store)] == [["Sent/501"], ["Sent/2"], ["Sent/3"]]
        assert [store.held("archive", "Sent").may_hold(envelope(number)) for number in (1, 2, 3, 9)] == [
            True,
            True,
            True,
            False,
        ]
        again = replace(found(cursor="3", finished=True), restart=True)
        assert store.record(replace(again, still_there=(envelope(1), envelope(2)))) == 1
        assert store.record(replace(again, still_there=(envelope(1), envelope(2), envelope(3)))) == 0


def test_what_a_reading_cannot_read_is_not_gone(path: Path) -> None:
    closed = (Unreadable(Locator("archive", "Sent", "1"), "The file cannot be read."),)
    with open_store(path) as store:
        store.record(found(envelope(1), envelope(2), finished=True))
        again = replace(found(cursor="3", finished=True), restart=True, unreadable=closed)
        assert store.record(again) == 1
        assert [places for _, places in kept(store)] == [["Sent/1"], ["Sent/2"]]
        assert store.record(replace(again, unreadable=())) == 1


def test_names_that_are_no_text_survive(path: Path) -> None:
    folder, key = "Gesendet\udce4\x00\x1a0041", "cur/1\udcff:2,S"
    with open_store(path) as store:
        bad = Unreadable(Locator("archive", folder, "x\ud83d\ude00"), "reason\udc80")
        store.record(replace(found(envelope(1, folder=folder, key=key), folder=folder), unreadable=(bad,)))
        assert [place for one in store.candidates() for place in one.locations] == [Locator("archive", folder, key)]
        assert list(store.unreadable()) == [bad]
        assert list(store.progress("archive")) == [folder]


def test_an_account_that_did_not_open_is_in_the_coverage_until_it_does(path: Path) -> None:
    failed = Coverage("archive", "", ChosenBy.CONFIGURED, None, trouble="The server said no.")
    with open_store(path) as store:
        store.record(Found(failed, None, OURS))
        assert list(store.coverage()) == [failed]
        store.record(Found(replace(failed, trouble="", finished=True), None, OURS))
        assert list(store.coverage()) == []


def test_more_candidates_than_fit_one_statement(path: Path) -> None:
    many = [envelope(number, outsiders=2) for number in range(1, 1203)]
    with open_store(path) as store:
        store.record(found(*many))
        store.record(found(*many))
        assert [one.envelope for one in store.candidates()] == many


def test_nobody_else_may_read_any_of_its_files(path: Path) -> None:
    before = os.umask(0)
    try:
        with open_store(path) as store, store.scanning():
            store.record(found(envelope(1)))
            files = sorted(path.parent.iterdir())
            assert {file.name for file in files} >= {"case.db", "case.db-wal", "case.db.lock"}
            assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        path.chmod(0o644)
        with open_store(path):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_a_second_scan_of_the_case_is_refused_at_once(path: Path) -> None:
    with ExitStack() as stack:
        one, other = (stack.enter_context(open_store(path)) for _ in range(2))
        with one.scanning(), pytest.raises(StoreError, match="Another command") as refused, other.scanning():
            pytest.fail("two scans of one case")
        assert refused.value.hint
        with other.scanning():
            assert list(other.runs()) == []


def test_who_holds_a_case_may_take_hold_again_and_lets_go_with_the_last(path: Path) -> None:
    with open_store(path) as one, open_store(path) as other, one.scanning():
        with one.scanning():
            pass
        with pytest.raises(StoreError, match="Another command"), other.scanning():
            pytest.fail("let go too early")


def test_it_can_be_read_while_it_is_written(path: Path) -> None:
    with open_store(path) as store, open_store(path) as reader:
        store.record(found(envelope(1)))
        reading = reader.candidates()
        assert next(reading).envelope == envelope(1)
        store.record(found(envelope(2)))
        assert len(kept(reader)) == 2


def read_all(path: Path) -> None:
    with open_store(path) as store:
        list(store.candidates())
        list(store.coverage())


class Trouble:
    """Files that cannot be a case database, and a word of the sentence that says so."""

    @staticmethod
    def text(path: Path) -> str:
        path.write_text("From ann@corp.example Fri Mar 15 09:30:00 2024\n" * 100)
        return "is not a case database"

    @staticmethod
    def stranger(path: Path) -> str:
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE addressbook (name)")
        connection.close()
        return "not a case of missedbcc"

    @staticmethod
    def newer(path: Path) -> str:
        with open_store(path):
            pass
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.close()
        return "newer version"

    @staticmethod
    def folder(path: Path) -> str:
        path.mkdir()
        return "cannot be opened"

    @staticmethod
    def damaged(path: Path) -> str:
        with open_store(path) as store:
            store.record(found(*map(envelope, range(1, 200))))
        whole = path.read_bytes()
        path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
        return "damaged"


@pytest.mark.parametrize("spoil", [Trouble.text, Trouble.stranger, Trouble.newer, Trouble.folder, Trouble.damaged])
def test_what_is_no_case_is_refused_in_a_sentence_with_the_next_step(tmp_path: Path, spoil: object) -> None:
    assert callable(spoil)
    path = tmp_path / "case.db"
    words = spoil(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(StoreError, match=words) as refused:
        read_all(path)
    assert refused.value.hint
    assert str(path) in str(refused.value)
    assert "corp.example" not in str(refused.value)
    if before:
        assert path.read_bytes() == before


def test_a_file_that_another_program_holds(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.store.engine._WAIT", 0.05)
    with open_store(path) as store:
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="Another program holds"):
            store.record(found(envelope(1)))
        holder.execute("ROLLBACK")
        holder.close()
        store.record(found(envelope(1)))
        assert len(kept(store)) == 1


def test_a_damaged_file_that_another_program_holds_is_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.store.engine._WAIT", 0.05)
    path = tmp_path / "case.db"
    with open_store(path) as store:
        store.record(found(*map(envelope, range(1, 200))))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + b"\x5a" * 8192 + whole[len(whole) // 2 + 8192 :])
    before = path.read_bytes()
    with open_store(path) as store, closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="is damaged") as told:
            store.record(found(envelope(300)))
        holder.execute("ROLLBACK")
    assert "Restore it from a backup" in told.value.hint
    assert "missedbcc verify" in told.value.hint
    assert path.read_bytes() == before


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be opened") as refused, open_store(tmp_path / "file" / "case.db"):
        pytest.fail("opened below a file")
    assert refused.value.hint


def test_a_disk_that_fills_up_leaves_what_was_saved(path: Path) -> None:
    """A limit on the size of files stands for the full disk: SQLite sees a write that fails."""
    program = f"""
import resource, signal
from pathlib import Path
from scanner.errors import StoreError
from scanner.store import open_store
from tests.store.mail import envelope, found
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open_store(Path({str(path)!r})) as store:
    store.record(found(envelope(1)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
    saved = 1
    try:
        for start in range(2, 10_000, 50):
            store.record(found(*(envelope(n, outsiders=60) for n in range(start, start + 50))))
            saved = start + 49
    except StoreError as error:
        print(saved, error, error.hint, sep="|")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=600)
    saved, sentence, hint = done.stdout.strip().split("|")
    assert "disk" in sentence
    assert "space" in hint
    with open_store(path) as store:
        assert len(list(store.candidates())) == int(saved) > 50
        store.record(found(envelope(20_000)))


def test_a_database_that_may_grow_no_further_says_that_the_disk_is_full(path: Path) -> None:
    with open_store(path) as store:
        store.record(found(envelope(1)))
        with store._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 30")
        with pytest.raises(StoreError, match="disk is full"):
            store.record(found(*(envelope(number, outsiders=100) for number in range(2, 400))))
        assert len(kept(store)) == 1


def test_an_error_shows_no_address(path: Path) -> None:
    with open_store(path) as store:
        store.record(found(envelope(1)))
        with store._engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE TRIGGER spoil BEFORE INSERT ON message_key BEGIN SELECT RAISE(ABORT, ''); END"
            )
        with pytest.raises(StoreError) as failed:
            store.record(found(envelope(2)))
    shown = f"{failed.value} {failed.value.hint} {failed.value.__cause__}"
    assert "@" not in shown
