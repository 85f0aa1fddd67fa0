"""What the service fails at whenever it is asked: a message that always answers 500, a page of changes too large."""

from __future__ import annotations

import re
import time
from urllib.parse import quote, unquote

import pytest

from scanner.connectors import open_mailbox
from scanner.connectors.graph_client import Client
from scanner.connectors.interface import TriesAgain
from scanner.envelope import Unreadable
from scanner.errors import SourceInterrupted
from tests.connectors.graph_reader import Reader, kinds, numbers
from tests.graph.client import letter, letters
from tests.graph.mailbox import Held
from tests.graph.reply import Refusal, Reply, Request, error
from tests.graph.server import FakeGraph


def spoil(reader: Reader, *spoilt: Held, lists: bool = True) -> None:
    """The fake answers a poisonous message, and a list that holds one, with 504; here it is 500."""
    box, service = reader.box, reader.graph.service
    keys = [box.immutable_id(held.number) for held in spoilt]

    def fail(request: Request) -> Reply | None:
        if any(key in unquote(request.path) for key in keys):
            return error(500, "ErrorCorruptData")
        return None

    service.unavailable[box.user.principal] = fail
    if lists:
        for held in spoilt:
            held.poisonous = True


@pytest.fixture
def corrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that holds a poisonous message answers 500 too."""
    from tests.graph import mail_requests  # noqa: PLC0415

    listed = mail_requests._check_weight

    def check(visit: mail_requests.Visit, page: list[Held]) -> None:
        if any(one.poisonous for one in page):
            raise Refusal(500, "ErrorCorruptData")
        listed(visit, page)

    monkeypatch.setattr(mail_requests, "_check_weight", check)


@pytest.mark.usefixtures("corrupt")
@pytest.mark.parametrize("page", [20, 500])
def test_a_corrupt_message_in_a_list_is_unreadable_and_the_others_are_read(graph: FakeGraph, page: int) -> None:
    reader = Reader(graph, page=page)
    spoil(reader, reader.held[17])
    readings = reader.run()
    assert sorted(numbers(readings)) == [n for n in range(50) if n != 17]
    assert ["fails at this message" in one.reason for one in readings if isinstance(one, Unreadable)] == [True]
    assert len(graph.seen) < 250
    assert reader.run() == []


def test_a_corrupt_message_among_what_is_new_is_unreadable_and_the_others_are_read(graph: FakeGraph) -> None:
    reader = Reader(graph)
    reader.run()
    added = reader.box.add_all(reader.box.sent, letters(30, start=60))
    spoil(reader, added[7], lists=False)
    before = len(graph.seen)
    readings = reader.run()
    assert sorted(numbers(readings)) == [n for n in range(60, 90) if n != 67]
    assert ["fails at this message" in one.reason for one in readings if isinstance(one, Unreadable)] == [True]
    assert len(reader.asked(before)) < 20
    assert reader.run() == []


def test_a_message_that_fails_for_a_while_is_read(graph: FakeGraph) -> None:
    reader = Reader(graph)
    reader.run()
    new = reader.box.add(reader.box.sent, letter(60))
    key = re.escape(quote(reader.box.immutable_id(new.number), safe=""))
    graph.faults.script(key, error(500, "ErrorCorruptData"), times=2)
    assert numbers(reader.run()) == [60]
    assert graph.faults.scripted[-1].times == 0


def test_a_service_that_fails_at_every_message_spoils_none(graph: FakeGraph) -> None:
    reader = Reader(graph)
    reader.run()
    spoil(reader, *reader.box.add_all(reader.box.sent, letters(30, start=60)), lists=False)
    with pytest.raises(SourceInterrupted, match="one message after the other"):
        reader.run()
    graph.service.unavailable.clear()
    assert kinds(reader.run()) == {"Envelope": 30}


def test_a_mailbox_that_fails_at_everything_is_left_alone(graph: FakeGraph) -> None:
    reader = Reader(graph)
    graph.faults.script(r"messages\?", error(500, "ErrorInternalServerError"), times=10_000)
    with pytest.raises(SourceInterrupted, match="further attempts"):
        reader.run()
    assert len(reader.lists()) < 20


@pytest.mark.parametrize("status", [504, 500])
def test_a_page_of_changes_that_is_too_heavy_is_asked_for_in_halves(graph: FakeGraph, status: int) -> None:
    reader = Reader(graph)
    reader.run()
    reader.box.add_all(reader.box.sent, letters(30, start=60))

    def fail(request: Request) -> Reply | None:
        wish = int(request.preferences.get("odata.maxpagesize", "0"))
        return error(status, "UnknownError") if wish > 20 else None

    graph.faults.script("/delta", fail, times=100)
    before = len(graph.seen)
    assert sorted(numbers(reader.run())) == list(range(60, 90))
    assert len(reader.asked(before)) < 30
    assert reader.lists(before + 1) == [] or status == 500  # no sweep was needed; a 500 asks its control question


def test_changes_that_never_come_are_found_by_ids(graph: FakeGraph) -> None:
    reader = Reader(graph)
    reader.run()
    reader.box.add_all(reader.box.sent, letters(30, start=60))
    graph.faults.script("/delta", error(504, "UnknownError"), times=10_000)
    assert sorted(numbers(reader.run())) == list(range(60, 90))
    graph.faults.scripted.clear()
    assert reader.run() == []


def test_a_message_that_failed_is_asked_for_again_by_its_id(graph: FakeGraph) -> None:
    reader = Reader(graph)
    reader.run()
    added = reader.box.add_all(reader.box.sent, letters(4, start=60))
    spoil(reader, added[1], added[2], lists=False)
    failed = [one.locator.key for one in reader.run() if isinstance(one, Unreadable)]
    assert len(failed) == 2
    graph.service.unavailable.clear()
    spoil(reader, added[2], lists=False)
    with open_mailbox(reader.account) as mailbox:
        assert isinstance(mailbox, TriesAgain)
        found = list(mailbox.again(reader.sent(mailbox), [*failed, "sent at 2026-03-02T10:00:00Z", "nothing"]))
    assert sorted(kinds(found).items()) == [("Envelope", 1), ("Skipped", 1), ("Unreadable", 1)]
    assert numbers(found) == [61]


@pytest.mark.parametrize("status", [500, 504])
def test_trying_again_ends_where_one_message_after_the_other_fails(graph: FakeGraph, status: int) -> None:
    reader = Reader(graph)
    keys = [reader.box.immutable_id(held.number) for held in reader.held[:30]]
    asked: list[str] = []

    def fail(request: Request) -> Reply | None:
        mine = [key for key in keys if key in unquote(request.path)]
        asked.extend(mine)
        return error(status, "UnknownError") if mine and mine[0] != keys[1] else None

    graph.service.unavailable[reader.box.user.principal] = fail
    with open_mailbox(reader.account) as mailbox:
        assert isinstance(mailbox, TriesAgain)
        found = list(mailbox.again(reader.sent(mailbox), keys))
    assert [one.locator.key for one in found] == keys[:5]
    assert [isinstance(one, Unreadable) for one in found] == [True, False, True, True, True]
    assert set(asked) == set(keys[:5])


def test_a_mailbox_that_has_to_wait_at_first_waits_no_longer_than_it_has(graph: FakeGraph) -> None:
    client = Client(graph.sign_in(), 1)
    client.told_to_wait("ines", 300.0)
    lane = client.lane_of("ines", 1)
    lane.until = time.monotonic() + 290.0
    client.get("/users", lane, bytes)
    client.close()
    assert 0.0 < graph.clock.slept[0] <= 290.0
