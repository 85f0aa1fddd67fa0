"""Messages that no list holds, so that only the second of their sending is known: read once a list holds them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanner.account import Account, GraphCloud
from scanner.case import Outcome, Run
from scanner.config import with_internal
from scanner.connectors import open_mailbox
from scanner.connectors.graph_cursor import Later, read_cursor, word_of
from scanner.connectors.interface import CatchesUp, Cursor, LearnsKeys
from scanner.coverage import Coverage
from scanner.envelope import Reading, Unreadable
from scanner.policy import Policy
from scanner.scan import scan
from scanner.store.store import Store
from tests.connectors.graph_reader import Reader, kinds, numbers
from tests.graph.client import letter, letters
from tests.graph.fixtures import ServeGraph
from tests.graph.mailbox import Held
from tests.graph.reply import error
from tests.graph.server import FakeGraph
from tests.mailboxes import Log

OURS = with_internal(Policy(), ["contoso.test"])
MANY = 12  # outsiders, so that each letter is a candidate
NEVER = 10_000


@pytest.fixture
def graph(serve_graph: ServeGraph) -> FakeGraph:
    """A cloud that tells no changes."""
    return serve_graph(cloud="china")


@pytest.fixture
def changing(serve_graph: ServeGraph) -> FakeGraph:
    """A cloud that tells changes."""
    return serve_graph()


def chinese(graph: FakeGraph, count: int = 30) -> Reader:
    reader = Reader(graph, 0, sign_in=graph.sign_in(cloud=GraphCloud.CHINA), page=10)
    reader.held = reader.box.add_all(reader.box.sent, letters(count, outsiders=MANY))
    return reader


def told(graph: FakeGraph, count: int = 10) -> Reader:
    reader = Reader(graph, 0, page=10)
    reader.held = reader.box.add_all(reader.box.sent, letters(count, outsiders=MANY))
    return reader


def scanned(store: Store, account: Account) -> tuple[Run, Coverage]:
    run = scan([account], OURS, store, Log())
    (sent,) = [folder for folder in store.coverage() if folder.folder == "Sent Items"]
    assert sent.unreadable == len(list(store.unreadable()))
    assert sent.expected == sent.held + sent.missing
    assert sent.held <= (sent.expected or 0)
    return run, sent


def kept(store: Store) -> list[int]:
    """The numbers of the letters that are kept; each lies at one place."""
    found = list(store.candidates())
    assert {len(one.places) for one in found} <= {1}
    return sorted(int(one.envelope.subject.split()[-1]) for one in found)


def second(reader: Reader, number: int) -> str:
    return reader.held[number].sent


def test_what_is_listed_later_is_read_under_its_id(graph: FakeGraph, store: Store) -> None:
    reader = chinese(graph)
    reader.held[17].poisonous = True
    _, sent = scanned(store, reader.account)
    assert (sent.read, sent.unreadable) == (29, 1)
    assert [one.locator.key for one in store.unreadable()] == [f"sent at {second(reader, 17)}"]
    assert scanned(store, reader.account)[1] == sent  # as long as it does not come
    reader.held[17].poisonous = False
    run, sent = scanned(store, reader.account)
    assert (run.outcome, sent.read, sent.unreadable, sent.skipped, sent.gone) == (Outcome.COMPLETE, 30, 0, (), 0)
    assert run.notices == ("ines: Sent Items: 1 of the messages that could not be read before can be read now.",)
    assert kept(store) == list(range(30))
    (late,) = [one for one in store.candidates() if one.envelope.subject == "Offer 17"]
    assert late.envelope.locator.key == reader.box.immutable_id(reader.held[17].number)
    before = len(graph.seen)
    assert scanned(store, reader.account)[1] == sent
    assert not [seen for seen in graph.seen[before:] if "/messages/" in seen.path]  # nothing is left to be asked for
    reader.box.add(reader.box.sent, letter(60, outsiders=MANY))
    assert scanned(store, reader.account)[1].read == 31
    assert kept(store) == [*range(30), 60]


def test_it_is_found_by_the_changes_where_the_service_tells_them_again(changing: FakeGraph, store: Store) -> None:
    reader = told(changing)
    reader.held[4].poisonous = True
    changing.faults.script("/delta", error(504, "UnknownError"), times=NEVER)
    assert [scanned(store, reader.account)[1].unreadable for _ in range(2)] == [1, 1]
    changing.faults.scripted.clear()
    reader.held[4].poisonous = False
    run, sent = scanned(store, reader.account)
    assert (run.outcome, sent.read, sent.unreadable, sent.gone) == (Outcome.COMPLETE, 10, 0, 0)
    assert kept(store) == list(range(10))


def test_one_that_the_changes_name_and_that_fails_still_is_counted_once(changing: FakeGraph, store: Store) -> None:
    reader = told(changing)
    reader.held[4].poisonous = True
    changing.faults.script("/delta", error(504, "UnknownError"), times=NEVER)
    scanned(store, reader.account)
    changing.faults.scripted.clear()
    run, sent = scanned(store, reader.account)
    assert (run.outcome, sent.read, sent.unreadable, sent.held) == (Outcome.INCOMPLETE, 9, 1, 10)
    assert [one.locator.key for one in store.unreadable()] == [reader.box.immutable_id(reader.held[4].number)]
    reader.held[4].poisonous = False
    run, sent = scanned(store, reader.account)
    assert (run.outcome, sent.read, sent.unreadable, sent.held) == (Outcome.COMPLETE, 10, 0, 10)
    assert kept(store) == list(range(10))


def test_the_second_alone_is_listed_where_the_changes_never_name_it(changing: FakeGraph, store: Store) -> None:
    reader = told(changing)
    scanned(store, reader.account)
    changing.faults.delta_lag = 1
    late = reader.box.add(reader.box.sent, letter(-1, outsiders=MANY))  # the count is of a page with the newest
    late.poisonous = True
    assert [scanned(store, reader.account)[1].unreadable for _ in range(2)] == [1, 1]
    late.poisonous = False
    before = len(changing.seen)
    run, sent = scanned(store, reader.account)
    assert (run.outcome, sent.read, sent.unreadable, sent.gone) == (Outcome.COMPLETE, 11, 0, 0)
    (asked,) = [query for query in reader.lists(before) if "sentDateTime" in query and "1601" not in query]
    assert late.sent in asked
    changing.faults.delta_lag = 0  # now the changes name it, too
    assert scanned(store, reader.account)[1].read == 11
    assert kept(store) == [-1, *range(10)]


def test_each_second_that_cannot_be_listed_is_told_once(graph: FakeGraph, store: Store) -> None:
    reader = chinese(graph)
    scanned(store, reader.account)
    sick: list[Held] = []
    for count, number in enumerate((-9, -3, -7), start=1):
        sick.append(reader.box.add(reader.box.sent, letter(number, outsiders=MANY)))
        sick[-1].poisonous = True
        _, sent = scanned(store, reader.account)
        assert (sent.read, sent.unreadable, sent.missing) == (30, count, 0)
    keys = [one.locator.key.removeprefix("sent at ") for one in store.unreadable()]
    assert keys == sorted(held.sent for held in sick)


def test_of_several_of_one_second_each_is_read_once(graph: FakeGraph, store: Store) -> None:
    reader = chinese(graph)
    sent = reader.held[12].letter.sent
    twins = reader.box.add_all(reader.box.sent, [letter(100 + n, sent=sent, outsiders=MANY) for n in range(3)])
    for one in (reader.held[12], *twins):
        one.poisonous = True
    _, held = scanned(store, reader.account)
    assert (held.read, held.unreadable, held.missing) == (29, 1, 3)
    for one in (reader.held[12], *twins):
        one.poisonous = False
    run, found = scanned(store, reader.account)
    assert (run.outcome, found.read, found.unreadable, found.missing) == (Outcome.COMPLETE, 33, 0, 0)
    assert kept(store) == [*range(30), 100, 101, 102]


def test_one_that_was_deleted_is_told_as_gone(graph: FakeGraph, store: Store) -> None:
    reader = chinese(graph)
    reader.held[17].poisonous = True
    scanned(store, reader.account)
    reader.box.delete(reader.held[17])
    run, sent = scanned(store, reader.account)
    assert (run.outcome, sent.read, sent.unreadable, sent.gone) == (Outcome.COMPLETE, 29, 0, 1)
    ((reason, count),) = sent.skipped
    assert ("moved or deleted" in reason, count) == (True, 1)


def again(reader: Reader, *keys: str) -> list[tuple[str, Reading]]:
    """A run, and what it gives of these keys, each with the key that it had."""
    with open_mailbox(reader.account) as mailbox:
        folder = reader.sent(mailbox)
        assert list(mailbox.read(folder, reader.cursor)) == []
        end = mailbox.caught_up(folder) if isinstance(mailbox, CatchesUp) else None
        assert end is not None
        reader.cursor = end.cursor
        assert isinstance(mailbox, LearnsKeys)
        return [(mailbox.key_before(one.locator), one) for one in mailbox.again(folder, keys)]


def test_a_run_that_ends_between_listing_and_asking_loses_nothing(graph: FakeGraph) -> None:
    reader = chinese(graph)
    reader.held[17].poisonous = True
    (hole,) = [one.locator.key for one in reader.run() if isinstance(one, Unreadable)]
    assert again(reader, hole) == []
    reader.held[17].poisonous = False
    assert again(reader) == []  # it was listed, and nobody asked for it
    for _ in range(2):
        ((key, reading),) = again(reader, hole, "sent at 2001-01-01T00:00:00Z")
        assert (key, numbers([reading])) == (hole, [17])
    reader.held[17].poisonous = True
    ((key, reading),) = again(reader, hole)  # its id is known for ever
    assert (key, reading.locator.key, kinds([reading])) == (hole, hole, {"Unreadable": 1})


def test_one_that_went_after_it_was_found_is_told_as_gone(graph: FakeGraph) -> None:
    reader = chinese(graph)
    reader.held[17].poisonous = True
    (hole,) = [one.locator.key for one in reader.run() if isinstance(one, Unreadable)]
    reader.held[17].poisonous = False
    assert again(reader) == []
    reader.box.delete(reader.held[17])
    ((key, reading),) = again(reader, hole)
    assert (key, kinds([reading])) == (hole, {"Skipped": 1})
    with open_mailbox(reader.account) as mailbox:
        folder = reader.sent(mailbox)
        assert folder.messages == 29
        assert list(mailbox.read(folder, reader.cursor)) == []
        assert isinstance(mailbox, CatchesUp)
        end = mailbox.caught_up(folder)
        assert end is not None
        assert end.held == 29


def test_seconds_that_fail_for_ever_take_turns(changing: FakeGraph) -> None:
    reader = told(changing)
    reader.run()
    place = read_cursor(reader.cursor or Cursor(""))
    assert isinstance(place, Later)
    sick = [f"2026-02-01T00:00:0{number}Z" for number in range(5)]
    for hole in sick:
        place.stand(hole)
    reader.cursor = place.cursor()
    changing.faults.script("2026-02-01T00", error(504, "UnknownError"), times=NEVER)
    reader.box.sent.other_items = 5  # they are counted
    tried: list[list[str]] = []
    for _ in range(2):
        before = len(changing.seen)
        assert reader.run() == []
        tried.append([hole for hole in sick if any(f"ge%20{hole}" in query for query in reader.lists(before))])
    assert [len(one) for one in tried] == [3, 3]
    assert {*tried[0], *tried[1]} == {*sick}


def test_a_cursor_of_an_earlier_version_learns_its_seconds_again(graph: FakeGraph) -> None:
    reader = chinese(graph)
    reader.held[17].poisonous = True
    (hole,) = [one.locator.key for one in reader.run() if isinstance(one, Unreadable)]
    first = read_cursor(reader.cursor or Cursor(""))
    assert isinstance(first, Later)
    *_, seen = first.cursor().split(" ")
    earlier = Cursor(f"graph-later-1 - 0 - {seen}")
    assert read_cursor(earlier) == replace(first, holes={}, folder="")
    reader.cursor = earlier
    assert again(reader, hole) == []
    assert word_of(second(reader, 17)) in first.seen
    reader.held[17].poisonous = False
    reader.cursor = earlier
    ((key, reading),) = again(reader, hole)
    assert (key, numbers([reading])) == (hole, [17])
