"""When each copy was read: known of every place, kept from the first reading, and no part of what a message is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner.account import Account
from scanner.envelope import Envelope, Locator
from scanner.review import review
from scanner.scan import Silent, scan
from scanner.store import Found, open_store
from scanner.store.store import Store
from tests.store.mail import OURS, envelope, found, raw

FIRST = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
LATER = FIRST + timedelta(days=7)


def read(when: datetime | None, *copies: Envelope, again: bool = False, folder: str = "Sent") -> Found:
    """A batch that was read at this moment."""
    return replace(found(*copies, folder=folder, finished=True), read=when, restart=again)


def times(store: Store) -> dict[Locator, datetime]:
    return store.retrieved({kept.identity for kept in store.candidates()})


def at(key: str, folder: str = "Sent") -> Locator:
    return Locator("archive", folder, key)


def test_each_place_has_the_time_of_its_batch(store: Store) -> None:
    store.record(read(FIRST, envelope(1), envelope(2)))
    store.record(read(LATER, envelope(3), replace(envelope(1, folder="Inbox"), digest="f" * 64), folder="Inbox"))
    assert times(store) == {
        at("1"): FIRST,
        at("2"): FIRST,
        at("3", "Inbox"): LATER,
        at("1", "Inbox"): LATER,
    }
    (one, *_) = store.candidates()
    assert store.retrieved([one.identity]) == {at("1"): FIRST, at("1", "Inbox"): LATER}
    assert store.retrieved(["nobody"]) == store.retrieved([]) == {}


def test_a_folder_that_is_read_again_keeps_the_first_time(store: Store) -> None:
    store.record(read(FIRST, envelope(1), envelope(2)))
    before = list(store.candidates())
    for week in (1, 2):
        again = read(FIRST + timedelta(weeks=week), envelope(1), envelope(2), envelope(3), again=True)
        store.record(again)
    assert times(store) == {at("1"): FIRST, at("2"): FIRST, at("3"): LATER}
    assert list(store.candidates())[:2] == before


def test_another_copy_in_the_same_place_was_read_when_it_was_read(store: Store) -> None:
    store.record(read(FIRST, envelope(1)))
    changed = replace(envelope(1), digest="e" * 64)
    store.record(read(LATER, changed, again=True))
    assert times(store) == {at("1"): LATER}


def test_a_batch_saved_twice_keeps_the_first_time(store: Store) -> None:
    store.record(read(FIRST, envelope(1)))
    store.record(read(LATER, envelope(1)))
    assert times(store) == {at("1"): FIRST}


def test_messages_that_turn_out_to_be_one_keep_their_times(store: Store) -> None:
    sent = envelope(1)
    store.record(read(FIRST, sent, replace(envelope(2), message_id="m1@corp.example")))
    store.record(read(LATER, replace(sent, locator=at("9", "All"), digest="9" * 64), folder="All"))
    assert times(store)[at("1")] == FIRST
    assert times(store)[at("9", "All")] == LATER


def test_what_nobody_recorded_is_not_known(store: Store) -> None:
    store.record(read(None, envelope(1)))
    assert times(store) == {}


def test_a_case_of_an_earlier_version_knows_only_what_is_read_from_now_on(tmp_path: Path) -> None:
    path = tmp_path / "case.db"
    with open_store(path) as store:
        store.record(read(FIRST, envelope(1)))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE location DROP COLUMN retrieved")
        connection.execute("ALTER TABLE answer DROP COLUMN place")
        connection.execute("UPDATE alembic_version SET version_num = '0004'")
        connection.commit()
    with open_store(path) as store:
        assert times(store) == {}
        assert [kept.locations for kept in store.candidates()] == [(at("1"),)]
        store.record(read(LATER, envelope(2)))
        assert times(store) == {at("2"): LATER}


def test_a_copy_that_was_read_before_times_were_kept_has_none_after_it_is_read_again(store: Store) -> None:
    store.record(read(None, envelope(1)))
    store.record(read(LATER, envelope(1), envelope(2), again=True))
    assert times(store) == {at("2"): LATER}
    store.record(read(LATER + timedelta(days=7), envelope(1), envelope(2), again=True))
    assert times(store) == {at("2"): LATER}


@pytest.mark.parametrize("scheme", ["eml", "maildir"])  # both are read whole at each scan
def test_a_second_scan_tells_the_times_of_the_first(tmp_path: Path, scheme: str) -> None:
    folder = tmp_path / "Sent" / "cur" if scheme == "maildir" else tmp_path / "Sent"
    folder.mkdir(parents=True)
    for part in ("new", "tmp") if scheme == "maildir" else ():
        (tmp_path / "Sent" / part).mkdir()
    for number in (1, 2):
        (folder / (f"{number}.M1P1.corp:2,S" if scheme == "maildir" else f"{number}.eml")).write_bytes(raw(number))
    account = Account("archive", scheme, path=tmp_path / "Sent")
    with open_store(tmp_path / "case.db") as store:
        started = datetime.now(UTC)
        scan([account], OURS, store, Silent())
        first = times(store)
        (one, *_) = review(store).incidents()
        assert set(review(store).retrieved(one)) == set(one.locations)
        scan([account], OURS, store, Silent())
        assert times(store) == first
    assert len(first) == 2
    assert all(started <= when <= datetime.now(UTC) for when in first.values())
