"""Evidence and the ids of incidents: kept once, given back in one order, and never lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.envelope import Envelope, Locator, Mark
from scanner.incident import Registry
from scanner.received import Received
from scanner.store import open_store
from scanner.store.evidence import received_bytes, to_received
from scanner.store.store import Store
from scanner.store.tables import SCHEMA
from tests.store.mail import START, envelope, found

LATER = ("matter", "edition", "answer", "reading", "shown")  # tables of the third version


def received(number: int, **values: object) -> Received:
    one = Received(
        identity=f"{number:032x}",
        locator=Locator("archive", "Inbox", str(number)),
        date=START + timedelta(hours=number),
        author="guest@a.example",
        people=("ann@corp.example", "guest@a.example"),
        message_id=f"r{number}@a.example",
        answers=(f"m{number}@corp.example",),
        subject="price list",
    )
    return replace(one, **values)  # type: ignore[arg-type]


def record(store: Store, *evidence: Received) -> None:
    store.record(replace(found(), received=evidence))


_TEXTS = st.text(st.characters(), max_size=20)


@given(
    st.builds(
        Received,
        identity=st.just("1"),
        locator=st.builds(Locator, _TEXTS, _TEXTS, _TEXTS),
        date=st.none() | st.just(START),
        author=st.none() | _TEXTS,
        people=st.lists(_TEXTS, max_size=3).map(tuple),
        message_id=st.none() | _TEXTS,
        answers=st.lists(_TEXTS, max_size=3).map(tuple),
        subject=_TEXTS,
        marks=st.sets(st.sampled_from(Mark)).map(frozenset),
        undelivered=st.lists(_TEXTS, max_size=3).map(tuple),
    )
)
def test_any_message_comes_back_as_it_was(one: Received) -> None:
    assert to_received(received_bytes(one)) == one


def test_the_order_is_by_date_and_identity_however_they_came(store: Store) -> None:
    undated = [received(number, date=None) for number in (7, 8)]
    same = [received(number, date=START) for number in (5, 6)]
    ordered = [*same, *(received(number) for number in range(10, 21)), *undated]
    for start in (9, 3, 0, 12, 6):
        record(store, *ordered[start : start + 3][::-1])
    assert list(store.received()) == ordered
    assert store.received_ids() == {str(one.message_id) for one in ordered}


def test_of_several_copies_the_first_is_kept(store: Store) -> None:
    copy = received(1, locator=Locator("archive", "All", "9"))
    record(store, received(1), copy)
    record(store, copy, received(2))
    assert list(store.received()) == [received(1), received(2)]


def test_evidence_is_saved_with_the_cursor_or_not_at_all(store: Store) -> None:
    broken = replace(received(2), marks=frozenset({"?"}), people=(b"no text",))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        record(store, received(1), broken)
    assert list(store.received()) == []
    assert list(store.coverage()) == []


def test_a_few_candidates_are_loaded_in_the_order_of_all(store: Store) -> None:
    store.record(found(*(envelope(number) for number in (3, 1, 2, 4))))
    every = list(store.candidates())
    wanted = [every[3].identity, every[0].identity, "nobody", every[0].identity]
    assert list(store.of(wanted)) == [every[0], every[3]]
    assert list(store.of(())) == []


def test_ids_stay_in_the_order_in_which_they_were_given(store: Store) -> None:
    assert store.incident_ids() == Registry({}, {})
    store.register({"m2": "I-B", "m1": "I-A"}, {})
    store.register({"m3": "I-A"}, {})
    store.register({"m2": "I-A", "m1": "I-A"}, {"I-B": "I-A"})
    known = store.incident_ids()
    assert list(known.ids.items()) == [("m1", "I-A"), ("m3", "I-A"), ("m2", "I-A")]
    assert known.aliases == {"I-B": "I-A"}
    store.register({"m1": "I-C"}, {})
    assert list(dict.fromkeys(store.incident_ids().ids.values())) == ["I-A", "I-C"]  # the oldest id first
    store.register({"m1": "I-A"}, {})
    known = store.incident_ids()
    store.register({}, {})
    assert store.incident_ids() == known


def reply(number: int) -> Envelope:
    return replace(envelope(number), marks=frozenset({Mark.SENT, Mark.REPLY}))


def test_each_reply_is_asked_about_until_it_is_traced(store: Store) -> None:
    store.record(found(envelope(1), reply(2), reply(3), replace(reply(4), marks=frozenset({Mark.REPLY, Mark.QUOTED}))))
    first, second = store.untraced("archive", 9)
    assert [first.envelope, second.envelope] == [reply(2), reply(3)]
    assert store.untraced("archive", 1) == [first]
    assert store.untraced("elsewhere", 9) == []
    store.traced([first.identity], [received(1)])
    store.record(found(reply(2)))  # found again
    assert store.untraced("archive", 9) == [second]
    assert list(store.received()) == [received(1)]


PURGING = ("purge", "purged_key")  # tables of the fourth version


def test_a_database_of_the_first_version_is_read_anew(tmp_path: Path) -> None:
    """It kept less of the mail, so every folder is begun again; what it kept stays."""
    path = tmp_path / "old.db"
    with open_store(path) as store:
        store.record(found(envelope(1), reply(2)))
    with closing(sqlite3.connect(path)) as connection:  # back to what the first version made
        for table in ("untraced", "received", "incident", "incident_alias", *LATER, *PURGING):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("ALTER TABLE location DROP COLUMN retrieved")
        connection.execute("DROP INDEX ix_message_identity")
        connection.execute("ALTER TABLE message ADD COLUMN reported BOOLEAN NOT NULL DEFAULT 0")
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
    with open_store(path) as store:
        (progress,) = store.progress("archive").values()
        assert (progress.cursor, progress.coverage.read) == (None, 2)
        assert [one.envelope for one in store.candidates()] == [envelope(1), reply(2)]
        assert len(store.untraced("archive", 9)) == 2
        store.register({"m": "I-A"}, {})
    assert (tmp_path / f"old.db.before-{SCHEMA}").exists()
