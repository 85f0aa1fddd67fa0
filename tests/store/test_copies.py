"""Copies of one message are one, in whatever order they come; nobody whom a copy names is lost; other mail is other."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from scanner.envelope import Locator, Mark
from scanner.store import open_store
from scanner.store.store import Store
from tests.store.mail import START, envelope, found, with_bcc


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "case" / "case.db"


def kept(store: Store) -> list[tuple[str, list[str]]]:
    return [
        (one.envelope.subject, [f"{place.folder}/{place.key}" for place in one.locations]) for one in store.candidates()
    ]


def test_copies_are_one_message_in_whatever_order_they_are_found(path: Path) -> None:
    sent = with_bcc(envelope(1), "boss@corp.example")
    received = replace(envelope(1, folder="Inbox"), marks=frozenset(), digest="b" * 64)
    draft = replace(received, locator=Locator("archive", "Drafts", "1"), marks=frozenset({Mark.DRAFT}), digest="0" * 64)
    damaged = replace(  # another time and subject, the same Message-ID, author and audience
        envelope(1, folder="Converted"), date=START + timedelta(hours=9), subject="Re: 1 price lists", digest="c" * 64
    )
    renumbered = replace(damaged, locator=Locator("archive", "Export", "5"), message_id="x1@export.example")
    copies = [sent, received, draft, damaged, renumbered]
    answers = set()
    for number, order in enumerate(itertools.permutations(copies)):
        with open_store(path.with_name(f"{number}.db")) as store:
            for batch in (order[:1], order[1:3], order[3:]):
                for copy in batch:
                    store.record(found(copy, folder=copy.locator.folder))
            (one,) = store.candidates()
            answers.add((one.envelope, one.locations))
        if number == 23:
            break
    assert answers == {(sent, tuple(sorted((copy.locator for copy in copies), key=lambda place: place.folder)))}


def test_copies_within_one_batch_are_linked_by_a_later_one(path: Path) -> None:
    damaged = replace(envelope(1, key="2"), date=START, digest="c" * 64)
    renumbered = replace(damaged, locator=Locator("archive", "Sent", "3"), message_id=None)
    with open_store(path) as store:
        store.record(found(envelope(1), renumbered, envelope(2, key="8"), damaged))
        assert kept(store) == [("1 price lists", ["Sent/1", "Sent/2", "Sent/3"]), ("2 price lists", ["Sent/8"])]


def test_two_mails_of_one_minute_that_hide_other_people_are_two(path: Path) -> None:
    """Chunks of one mailing: the same subject, minute and visible list, but other hidden readers."""
    one = with_bcc(envelope(1), "first@strange.example")
    other = replace(with_bcc(envelope(1, key="2"), "second@strange.example"), message_id="m2@corp.example", digest="e")
    for number, order in enumerate(([one, other], [other, one])):
        with open_store(path.with_name(f"{number}.db")) as store:
            for copy in order:
                store.record(found(copy))
            assert {kept.envelope for kept in store.candidates()} == {one, other}
            assert len({kept.identity for kept in store.candidates()}) == 2
            store.record(found(one, other))
            assert len(kept(store)) == 2


def test_a_copy_that_was_renumbered_and_lost_its_hidden_readers_is_the_same_message(path: Path) -> None:
    sent = with_bcc(envelope(1), "first@strange.example")
    export = replace(envelope(1, folder="Export"), message_id="x1@export.example", digest="e")
    with open_store(path) as store:
        store.record(found(export, folder="Export"))
        store.record(found(sent))
        assert [(one.envelope, len(one.locations)) for one in store.candidates()] == [(sent, 2)]


def test_one_message_id_on_weekly_mail_makes_a_message_of_each_week(path: Path) -> None:
    weekly = [
        replace(envelope(1, key=str(week)), date=START + timedelta(weeks=week), digest=f"w{week}") for week in range(4)
    ]
    with open_store(path) as store:
        store.record(found(*weekly[:2]))
        store.record(found(*weekly[2:]))
        assert [places for _, places in kept(store)] == [["Sent/0"], ["Sent/1"], ["Sent/2"], ["Sent/3"]]


@pytest.mark.parametrize(
    ("apart", "messages"),
    [
        (timedelta(hours=14), 1),
        (timedelta(hours=-14), 1),
        (timedelta(hours=15), 2),
        (timedelta(hours=24), 2),
        (timedelta(minutes=30), 2),
    ],
)
@pytest.mark.parametrize("start", [0, 13, 14, 27, 28])
def test_a_date_with_a_damaged_zone_is_of_the_same_message(
    path: Path, apart: timedelta, messages: int, start: int
) -> None:
    first = replace(envelope(1), date=START + timedelta(hours=start))
    with open_store(path) as store:
        store.record(found(first, replace(first, date=START + timedelta(hours=start) + apart, digest="e")))
        assert len(list(store.candidates())) == messages


def test_a_copy_that_names_other_people_is_kept_beside_the_most_telling_one(path: Path) -> None:
    sent = with_bcc(envelope(1), "first@strange.example")
    received = replace(envelope(1, folder="Inbox"), marks=frozenset(), digest="b")
    renamed = replace(
        received,
        locator=Locator("archive", "All", "1"),
        digest="c",
        recipients=tuple(one._replace(name=f"{one.name} Junior") for one in received.recipients),
    )
    again = replace(renamed, locator=Locator("archive", "All", "2"), digest="d")
    for number, order in enumerate(itertools.permutations((sent, received, renamed, again))):
        with open_store(path.with_name(f"{number}.db")) as store:
            for copy in order:
                store.record(found(copy, folder=copy.locator.folder))
            (one,) = store.candidates()
            assert one.copies == (sent, received, renamed)
            assert dict(one.places)[again.locator] == "d"


def test_the_identity_under_which_a_message_was_first_kept_stays(path: Path) -> None:
    damaged = replace(envelope(1, folder="Archive"), date=START, marks=frozenset(), digest="c")
    with open_store(path) as store:
        store.record(found(damaged, folder="Archive"))
        (before,) = store.candidates()
        store.record(found(envelope(1)))
        (after,) = store.candidates()
        assert after.envelope == envelope(1)
        assert after.identity == before.identity == damaged.identity


def test_messages_without_a_date_are_one_only_when_their_headers_are(path: Path) -> None:
    undated = replace(envelope(1), date=None, message_id=None)
    with open_store(path) as store:
        store.record(found(undated, replace(undated, locator=Locator("archive", "Sent", "2"))))
        store.record(found(replace(undated, locator=Locator("archive", "Sent", "3"), digest="d" * 64)))
        assert [places for _, places in kept(store)] == [["Sent/1", "Sent/2"], ["Sent/3"]]


def test_one_message_id_on_different_mail_makes_different_messages(path: Path) -> None:
    with open_store(path) as store:
        store.record(found(envelope(1), replace(envelope(2, outsiders=7), message_id="m1@corp.example")))
        assert len(kept(store)) == 2
