"""What a purge leaves: no bytes of what went, hashes by which it is not new when met again, and the counts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from scanner.envelope import Envelope
from scanner.errors import StoreError
from scanner.store import engine, keys_gone, open_store
from scanner.store.purge import Purged, purge_evidence, purge_messages, purges, purging, record
from scanner.store.store import Store
from scanner.store.tables import matter
from tests.store.mail import envelope, found, with_bcc


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "case.sqlite") as store:
        yield store


def kept(store: Store) -> set[str]:
    return {one.identity for one in store.candidates()}


def purge(store: Store, *copies: Envelope) -> int:
    with purging(store) as connection:
        return purge_messages(connection, {copy.identity for copy in copies})


def test_the_bytes_are_gone_from_every_file(store: Store, tmp_path: Path) -> None:
    canary = replace(envelope(1), subject="canary-3f9a about everybody", author_name="Canary Q. Person")
    store.record(found(with_bcc(canary, "canary.hidden@freemail.example"), envelope(2), envelope(3, outsiders=900)))

    def holding(words: bytes) -> list[str]:
        return [path.name for path in sorted(tmp_path.iterdir()) if words in path.read_bytes()]

    assert holding(b"canary-3f9a")
    assert purge(store, canary, envelope(3)) == 1  # of the third the identity names other people
    assert purge(store, envelope(3, outsiders=900)) == 1
    for words in (b"canary", b"Canary", b"c899n3.example"):
        assert holding(words) == []
    assert holding(b"c1n2.example")
    assert kept(store) == {envelope(2).identity}


def test_a_purged_message_is_not_new_wherever_it_is_met_again(store: Store) -> None:
    gone = envelope(1)
    store.record(found(gone, envelope(2)))
    purge(store, gone)
    elsewhere = replace(gone, locator=replace(gone.locator, folder="Archive", key="77"), digest="f" * 64)
    for again in (gone, elsewhere, with_bcc(gone, "h@hidden.example"), replace(gone, message_id="other@corp.example")):
        store.record(found(again, envelope(4), folder=again.locator.folder))
        assert kept(store) == {envelope(2).identity, envelope(4).identity}


def test_another_message_is_kept_and_so_is_a_copy_of_what_stayed(store: Store) -> None:
    store.record(found(envelope(1), envelope(2)))
    purge(store, envelope(1))
    other = replace(envelope(1), subject="another matter", message_id="m9@corp.example")
    store.record(found(other, with_bcc(envelope(2), "h@hidden.example")))
    assert kept(store) == {envelope(2).identity, other.identity}
    (second,) = store.of([envelope(2).identity])
    assert any("h@hidden.example" in copy.beside for copy in second.copies)


def test_what_stays_of_a_message_takes_the_secret_of_the_case_to_try(store: Store) -> None:
    store.record(found(envelope(1)))
    purge(store, envelope(1))
    with purging(store) as connection:
        kept_keys = set(connection.scalars(sa.select(keys_gone.purged_key.c.key)))
        connection.execute(sa.update(matter).values(secret=b"of another case" + bytes(17)))
        others = {keys_gone.hashed(key, secret) for key in envelope(1).keys.sought for secret in (bytes(32), b"")}
        assert kept_keys
        assert kept_keys.isdisjoint(others)
        assert keys_gone.gone(connection, envelope(1).keys.sought) == set()


def test_what_is_not_there_purges_nothing(store: Store) -> None:
    store.record(found(envelope(1)))
    assert purge(store, envelope(5)) == 0
    with purging(store) as connection:
        assert purge_evidence(connection, {"none"}) == 0
    assert kept(store) == {envelope(1).identity}


def test_the_record_counts_and_names_nobody(store: Store, tmp_path: Path) -> None:
    lines = [
        Purged(datetime(2026, 11, 22, tzinfo=UTC), "workbooks", 3, date(2025, 11, 22)),
        Purged(datetime(2026, 11, 22, tzinfo=UTC), "closed incidents", 0, date(2025, 11, 22)),
    ]
    with purging(store) as connection:
        record(connection, lines)
    assert purges(store) == lines[:1]


def test_while_another_reads_the_purge_says_that_the_files_still_hold_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader of an old state keeps the journal; when it has ended, the same command clears it."""
    monkeypatch.setattr(engine, "_WAIT", 0.1)
    canary = replace(envelope(1), subject="canary-3f9a about everybody")
    with open_store(tmp_path / "case.sqlite") as store:
        store.record(found(canary))
        with closing(sqlite3.connect(tmp_path / "case.sqlite")) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM message").fetchone()
            with pytest.raises(StoreError, match=r"[Aa]nother program"):
                purge(store, canary)
        assert kept(store) == set()
        assert purge(store, envelope(5)) == 0
    assert not [path for path in tmp_path.iterdir() if b"canary-3f9a" in path.read_bytes()]
