"""Answers that are larger or other than asked for: tombstones outside of deltas, and more octets than anybody takes."""

from __future__ import annotations

from functools import partial

import pytest

from scanner.connectors import graph_client, open_mailbox
from scanner.connectors.interface import CatchesUp
from scanner.envelope import Locator
from scanner.errors import SourceError
from tests.connectors.graph_reader import Reader, kinds, numbers
from tests.graph.client import letter
from tests.graph.faults import page
from tests.graph.server import FakeGraph

SMALL = 20_000  # octets: some fifty messages to three people


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers may have no more than SMALL octets; whole messages may."""
    monkeypatch.setattr(graph_client, "_Question", partial(graph_client._Question, largest=SMALL))


def test_a_message_that_a_list_calls_removed_is_read_if_it_is_there_all_the_same(graph: FakeGraph) -> None:
    reader = Reader(graph, 5)
    tombs = [{"id": reader.box.immutable_id(one.number), "@removed": {"reason": "changed"}} for one in reader.held[:2]]
    reader.box.delete(reader.held[1])
    graph.faults.script("orderby", page(*tombs), times=1)
    assert sorted(numbers(reader.run())) == [0, 2, 3, 4]
    assert reader.run() == []


def test_a_tombstone_in_a_list_is_no_message_that_could_not_be_read(graph: FakeGraph) -> None:
    reader = Reader(graph, 5)
    graph.faults.script("orderby", page({"id": "AAkALgGone", "@removed": {"reason": "deleted"}}), times=1)
    assert kinds(reader.run()) == {"Envelope": 5}


def test_what_cannot_be_read_is_not_taken_for_gone(graph: FakeGraph) -> None:
    reader = Reader(graph, 0)
    reader.box.sent.other_items = 3
    graph.faults.script("/messages/delta", page(delta_link=f"{graph.root}/v1.0/delta?$deltatoken=1"))
    graph.faults.script(r"/messages\?", page("mail", 7, {"id": 5}), times=3)
    with open_mailbox(reader.account) as mailbox:
        folder = reader.sent(mailbox)
        assert kinds([reading for _, reading in mailbox.read(folder)]) == {"Unreadable": 3}
        end = mailbox.caught_up(folder) if isinstance(mailbox, CatchesUp) else None
    assert end is not None
    assert end.held == 3


@pytest.mark.usefixtures("little")
def test_a_page_that_is_too_large_is_asked_for_in_halves_at_once(graph: FakeGraph) -> None:
    reader = Reader(graph, 300, page=200)
    assert numbers(reader.run()) == list(range(300))
    assert graph.clock.slept == []
    assert any("top=50" in query for query in reader.lists())


@pytest.mark.usefixtures("little")
def test_a_message_that_is_too_large_alone_ends_the_folder_with_a_sentence(graph: FakeGraph) -> None:
    reader = Reader(graph, 3, page=200)
    reader.box.add(reader.box.sent, letter(3, outsiders=600))
    with pytest.raises(SourceError, match="larger than anything that we ask for") as caught:
        reader.run()
    assert caught.value.hint.endswith(".")
    assert len(reader.lists()) <= 10
    assert graph.clock.slept == []


@pytest.mark.usefixtures("little")
def test_a_whole_message_may_be_larger_than_a_page(graph: FakeGraph) -> None:
    graph.signin.application.roles = ("Mail.Read", "User.Read.All")
    reader = Reader(graph, 0, whole_messages=True)
    held = reader.box.add(reader.box.sent, letter(0, outsiders=600))
    with open_mailbox(reader.account) as mailbox:
        assert len(mailbox.raw(Locator("ines", "Sent Items", reader.box.immutable_id(held.number)))) > SMALL
