"""One mailbox read over Graph: each message once, whatever the service does, with nothing but questions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.account import Account
from scanner.connectors.interface import Cursor, CursorLost
from scanner.envelope import Envelope, Mark, Reading
from scanner.errors import SourceInterrupted
from scanner.headers import parse_envelope
from tests import contract
from tests.connectors.graph_reader import Reader, account, kinds, numbers
from tests.graph.client import letter, letters
from tests.graph.letter import letter_of
from tests.graph.reply import Reply, Request, error
from tests.graph.server import FakeGraph

SELECTED_BODY = ("body", "bodyPreview", "uniqueBody", "internetMessageHeaders")


class TestContract(contract.MailboxContract):
    @pytest.fixture(autouse=True)
    def _served(self, graph: FakeGraph) -> None:
        graph.signin.application.roles = ("Mail.Read", "User.Read.All")
        self.graph = graph

    def make(self, place: Path, letters: Sequence[bytes]) -> Account:
        box = self.graph.tenant.person("ann")
        box.add_all(box.sent, [letter_of(message) for message in letters])
        return account(self.graph, box, whole_messages=True)

    def missing_key(self, key: str) -> str:
        return f"x{key}"

    def test_every_message_is_read_once_with_what_its_header_says(self, account: Account) -> None:
        """The same but for what Mail.ReadBasic does not show: which messages one answers."""
        with self.open(account) as mailbox:
            readings = [reading for _, reading in contract.read_all(mailbox)]
        expected = [parse_envelope(message, contract.NOWHERE) for message in contract.LETTERS]
        assert _without_answers(readings) == _without_answers(expected)
        assert {r.identity for r in readings if isinstance(r, Envelope)} == {e.identity for e in expected}
        assert len({reading.locator for reading in readings}) == len(contract.LETTERS)


def _without_answers(readings: Sequence[Reading]) -> dict[str | None, tuple[object, ...]]:
    return {
        name: (date, author, subject, [(one.address, one.field, one.origin) for one in recipients])  # type: ignore[attr-defined]
        for name, (date, author, subject, recipients, *_) in contract.by_id(readings).items()
    }


# ---- the first pass


def test_everything_comes_once_in_the_order_of_sending(graph: FakeGraph) -> None:
    reader = Reader(graph, page=20)
    assert numbers(reader.run()) == list(range(50))
    assert all(Mark.SENT in r.marks for _, r in reader.items if isinstance(r, Envelope))
    assert reader.run() == []


def test_nothing_but_questions_is_sent_and_immutable_ids_are_wanted_each_time(graph: FakeGraph) -> None:
    reader = Reader(graph, page=20)
    reader.run()
    reader.box.add(reader.box.sent, letter(90))
    reader.run()
    assert {seen.method for seen in graph.seen if seen.inner} <= {"GET"}
    assert {seen.path for seen in graph.seen if seen.method != "GET"} <= {"/v1.0/$batch"}
    mail = [seen for seen in graph.seen if "/users/" in seen.path]
    assert all('IdType="ImmutableId"' in seen.prefer for seen in mail)
    assert not any(name in seen.query for seen in mail for name in SELECTED_BODY)


def test_delta_is_never_asked_with_top_or_filter(graph: FakeGraph) -> None:
    reader = Reader(graph)
    reader.run()
    deltas = [seen for seen in graph.seen if seen.path.endswith("/delta")]
    assert deltas
    assert not any(option in seen.query for seen in deltas for option in ("$top", "$filter", "$orderby"))
    assert all("odata.maxpagesize" in seen.prefer for seen in deltas)


def test_any_cursor_of_the_first_pass_leads_to_what_follows(graph: FakeGraph) -> None:
    reader = Reader(graph, 0, page=7)
    same_second = [letter(n // 4, subject=f"Offer {n}", message_id=f"<o.{n}@contoso.test>") for n in range(40)]
    reader.box.add_all(reader.box.sent, same_second)
    assert sorted(numbers(reader.run())) == list(range(40))
    for place, (cursor, _) in enumerate(reader.items):
        assert reader.after(cursor) == [reading for _, reading in reader.items[place + 1 :]]


def test_a_pass_that_was_interrupted_finds_what_was_moved_in_behind_it(graph: FakeGraph) -> None:
    reader = Reader(graph, page=10)
    reader.run()
    middle = reader.items[29][0]
    late = reader.box.add(reader.box.sent, letter(3, subject="Offer 777"))
    reader.box.touch(late, datetime(2026, 5, 1, tzinfo=UTC))
    assert 777 in numbers(reader.after(middle))


@pytest.mark.parametrize("heavy", [None, 100])
def test_a_pass_that_was_interrupted_goes_on_although_the_service_is_slow(graph: FakeGraph, heavy: int | None) -> None:
    reader = Reader(graph, page=10)
    reader.run()
    middle = reader.items[29][0]
    graph.faults.heavy = heavy  # of the fifty letters, each of which weighs four
    graph.faults.script("lastModifiedDateTime", error(504, "UnknownError"), times=1)
    assert numbers(reader.after(middle)) == list(range(30, 50))


def test_a_service_that_gives_nothing_in_time_is_soon_left_alone(graph: FakeGraph) -> None:
    reader = Reader(graph)
    graph.faults.script(r"messages\?", error(504, "UnknownError"), times=10_000)
    with pytest.raises(SourceInterrupted, match="in time"):
        reader.run()
    assert len(reader.lists()) < 20


def test_a_heavy_page_is_asked_for_in_halves_and_larger_ones_are_tried_again(graph: FakeGraph) -> None:
    reader = Reader(graph, 120, page=64)
    graph.faults.heavy = 100  # each letter weighs four
    assert numbers(reader.run()) == list(range(120))
    tops = [query.rpartition("top=")[2] for query in reader.lists() if "orderby" in query and "skiptoken" not in query]
    assert tops[:3] == ["64", "32", "16"]
    assert "32" in tops[3:]


@pytest.mark.parametrize("poisoned", [(0,), (17,), (49,), (17, 18, 33)])
def test_a_poisonous_message_is_unreadable_and_the_others_are_read(graph: FakeGraph, poisoned: tuple[int, ...]) -> None:
    reader = Reader(graph, page=20)
    for number in poisoned:
        reader.held[number].poisonous = True
    readings = reader.run()
    assert sorted(numbers(readings)) == [n for n in range(50) if n not in poisoned]
    assert kinds(readings)["Unreadable"] == len(poisoned)
    assert reader.run() == []


def test_a_poisonous_message_in_a_second_with_others_costs_only_itself(graph: FakeGraph) -> None:
    reader = Reader(graph, 30, page=10)
    twins = reader.box.add_all(reader.box.sent, [letter(12, subject=f"Offer {100 + n}") for n in range(5)])
    twins[2].poisonous = True
    readings = reader.run()
    assert sorted(numbers(readings)) == [*range(30), 100, 101, 103, 104]
    assert kinds(readings)["Unreadable"] == 1


def test_a_listing_that_ends_too_early_is_made_whole_by_ids(graph: FakeGraph) -> None:
    reader = Reader(graph, page=10)
    graph.faults.loses_next_link = 20
    assert sorted(numbers(reader.run())) == list(range(50))


def test_items_that_are_no_messages_are_skipped_with_a_reason_once(graph: FakeGraph) -> None:
    reader = Reader(graph, 10)
    reader.box.sent.other_items = 3
    readings = reader.run()
    assert kinds(readings) == {"Envelope": 10, "Skipped": 3}
    assert reader.run() == []
    reader.box.sent.other_items = 4
    assert kinds(reader.run()) == {"Skipped": 1}


def test_the_count_of_messages_is_asked_for_again(graph: FakeGraph) -> None:
    reader = Reader(graph, 10)
    reader.box.sent.other_items = 3
    graph.faults.script("count=true", error(504, "UnknownError"), times=2)
    assert kinds(reader.run()) == {"Envelope": 10, "Skipped": 3}


# ---- what is new


def test_later_only_what_is_new_is_read(graph: FakeGraph) -> None:
    reader = Reader(graph)
    reader.run()
    old = reader.box.add(reader.box.known("inbox"), letter(2, subject="Offer 2000"))
    before = len(graph.seen)
    reader.box.add(reader.box.sent, letter(60))
    reader.box.move(old, reader.box.sent)
    reader.box.touch(reader.held[3], datetime(2026, 6, 1, tzinfo=UTC))
    reader.box.delete(reader.held[4])
    assert sorted(numbers(reader.run())) == [60, 2000]
    assert reader.lists(before) == []


def test_a_message_that_left_and_came_back_is_not_read_twice(graph: FakeGraph) -> None:
    reader = Reader(graph)
    reader.run()
    reader.box.move(reader.held[7], reader.box.known("inbox"))
    assert reader.run() == []
    reader.box.move(reader.held[7], reader.box.sent)
    assert reader.run() == []


def test_a_message_that_delta_misses_is_found_by_the_count(graph: FakeGraph) -> None:
    reader = Reader(graph, 20)
    moved = reader.box.add(reader.box.sent, letter(40))
    reader.box.move(moved, reader.box.known("inbox"))
    reader.run()
    graph.faults.delta_misses_returned = True
    reader.box.move(moved, reader.box.sent)
    assert numbers(reader.run()) == [40]


def test_a_forgotten_link_is_replaced_without_doubles(graph: FakeGraph) -> None:
    reader = Reader(graph, 450)
    reader.run()
    graph.faults.delta_generations = 0
    reader.box.add(reader.box.sent, letter(900))
    graph.faults.delta_generations = 0
    old, graph.faults.delta_generations = reader.cursor, None
    assert numbers(reader.run()) == [900]
    graph.faults.script("deltatoken", error(410, "SyncStateNotFound", "generation=1;[highest=9]"), times=1)
    reader.cursor = old
    before = len(graph.seen)
    assert numbers(reader.run()) == [900]
    assert [seen.status for seen in graph.seen[before:]].count(410) == 1


def test_a_kept_link_to_another_host_is_not_followed_and_costs_nothing(graph: FakeGraph) -> None:
    reader = Reader(graph, 5)
    reader.run()
    assert reader.cursor is not None
    reader.cursor = Cursor(reader.cursor.replace(graph.root, "https://former.example"))
    reader.box.add(reader.box.sent, letter(60))
    assert numbers(reader.run()) == [60]
    assert "former.example" not in reader.cursor


def test_empty_pages_doubles_and_disorder_change_nothing(graph: FakeGraph) -> None:
    graph.faults.delta_empty, graph.faults.delta_page = 2, 9
    graph.faults.delta_doubles = graph.faults.delta_shuffled = graph.faults.batch_shuffled = True
    graph.faults.batch_empty_code = True
    reader = Reader(graph)
    assert numbers(reader.run()) == list(range(50))
    reader.box.add_all(reader.box.sent, letters(30, start=60))
    assert sorted(numbers(reader.run())) == list(range(60, 90))


def test_a_cursor_in_the_middle_of_what_is_new_leads_to_the_rest(graph: FakeGraph) -> None:
    graph.faults.delta_page = 9
    reader = Reader(graph)
    reader.run()
    reader.box.add_all(reader.box.sent, letters(30, start=60))
    assert len(reader.run()) == 30
    for place, (cursor, _) in enumerate(reader.items):
        assert sorted(numbers(reader.after(cursor))) == sorted(numbers([r for _, r in reader.items[place + 1 :]]))


def test_a_message_that_vanishes_while_it_is_asked_for_is_skipped(graph: FakeGraph) -> None:
    reader = Reader(graph)
    reader.run()
    new = reader.box.add(reader.box.sent, letter(60))

    def delete(request: Request) -> Reply | None:
        if b"/messages/" in request.body and new.number in reader.box.sent.held:
            reader.box.delete(new)
        return None

    graph.faults.script(r"\$batch", delete, times=9)
    assert kinds(reader.run()) == {"Skipped": 1}


def test_a_cursor_of_another_make_is_lost(graph: FakeGraph) -> None:
    reader = Reader(graph, 1)
    earlier = ("graph-first-1 x", "graph-later-1 - y - -", "graph-first-1 1 2", "graph-later-1 - 0 - - -")
    for strange in ("7/9", *earlier, "graph-first-2 - 1 - -", "graph-first-2 - y - - -", "graph-later-2 - - y - - -"):
        with pytest.raises(CursorLost):
            reader.after(Cursor(strange))
