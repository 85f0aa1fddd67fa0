"""Several windows of one folder at a time: the same readings in the same order, whatever the mail is spread like."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.connectors import open_mailbox
from scanner.connectors.graph_client import Client
from scanner.connectors.graph_lanes import Plan, Window
from scanner.connectors.graph_message import Message, Page
from scanner.envelope import Unreadable
from tests.connectors.graph_reader import Reader, kinds, numbers
from tests.graph.client import letter
from tests.graph.faults import throttled
from tests.graph.reply import Reply, Request, error
from tests.graph.server import FakeGraph

START = datetime(2024, 1, 1, 8, 0, tzinfo=UTC)
PAGE = 20
WINDOW = "%20lt%20"


def evenly(count: int) -> list[datetime]:
    return [START + timedelta(hours=place) for place in range(count)]


def in_bursts(count: int) -> list[datetime]:
    """Days of much mail, and years of none."""
    return [START + timedelta(days=400 * (place // 90), seconds=place) for place in range(count)]


def rarer_and_rarer(count: int) -> list[datetime]:
    return [START + timedelta(seconds=place**2.5) for place in range(count)]


def in_seconds(count: int) -> list[datetime]:
    """Many in each second, and more than a page in some."""
    return [START + timedelta(seconds=place // 45 * 3_000) for place in range(count)]


def some_ahead(count: int) -> list[datetime]:
    """The last ones by a clock that is years ahead."""
    return [*evenly(count - 30), *(datetime(2041, 1, 1, tzinfo=UTC) + timedelta(hours=one) for one in range(30))]


SPREADS = (evenly, in_bursts, rarer_and_rarer, in_seconds, some_ahead)


def filled(graph: FakeGraph, times: Sequence[datetime], lanes: int, **changes: Any) -> Reader:
    reader = Reader(graph, 0, page=PAGE, in_flight_per_mailbox=lanes, **changes)
    reader.box.add_all(reader.box.sent, [letter(number, sent=sent) for number, sent in enumerate(times)])
    return reader


@pytest.mark.parametrize("lanes", [2, 4])
@pytest.mark.parametrize("spread", SPREADS)
def test_every_message_comes_once_in_the_order_of_sending(graph: FakeGraph, spread: Any, lanes: int) -> None:
    reader = filled(graph, spread(400), lanes)
    assert numbers(reader.run()) == list(range(400))
    assert graph.service.throttle.most(reader.box.user.principal) <= lanes
    assert len(reader.lists()) <= 2 * (400 // PAGE) + 30
    assert any(WINDOW in query for query in reader.lists())


def test_lanes_are_used_at_the_same_time(graph: FakeGraph) -> None:
    """Two questions meet at the service: the first of them is answered when the second is there."""
    meeting = threading.Barrier(2, timeout=10)
    met: list[int] = []

    def wait(request: Request) -> Reply | None:
        if WINDOW in request.query and not met:
            met.append(meeting.wait())
        return None

    reader = filled(graph, evenly(400), 2)
    graph.service.unavailable[reader.box.user.principal] = wait
    assert numbers(reader.run()) == list(range(400))
    assert met
    assert graph.service.throttle.most(reader.box.user.principal) == 2


def test_one_lane_follows_the_links(graph: FakeGraph) -> None:
    reader = filled(graph, evenly(200), 1)
    assert numbers(reader.run()) == list(range(200))
    assert len([query for query in reader.lists() if "sentDateTime" in query and "skiptoken" not in query]) == 1


def test_a_small_folder_costs_no_request_more(graph: FakeGraph) -> None:
    reader = filled(graph, evenly(PAGE * 4), 4)
    assert numbers(reader.run()) == list(range(PAGE * 4))
    assert not any(WINDOW in query for query in reader.lists())


@pytest.mark.parametrize("at", [0, 1, PAGE - 1, PAGE, 77, 150, 238])
@pytest.mark.parametrize("spread", [evenly, in_seconds])
def test_any_cursor_leads_to_what_follows(graph: FakeGraph, spread: Any, at: int) -> None:
    reader = filled(graph, spread(240), 3)
    reader.run()
    cursor = reader.items[at][0]
    assert numbers(reader.after(cursor)) == list(range(at + 1, 240))


@pytest.mark.parametrize("rate", [0.1, 0.3])
def test_faults_change_nothing(graph: FakeGraph, rate: float) -> None:
    graph.faults.rate = rate
    reader = filled(graph, rarer_and_rarer(400), 4)
    found = reader.run()
    assert sorted(numbers(found)) == list(range(400))
    assert kinds(found) == {"Envelope": 400}
    assert len(graph.service.throttle.impatient) <= 3  # what was under way when the first of them was told to wait


def test_questions_that_fail_together_do_not_use_up_the_patience_with_each(graph: FakeGraph) -> None:
    """Four windows fail twice each, in any order, and none is answered before the last of them has failed twice."""
    failed: Counter[str] = Counter()
    over = threading.Event()

    def unwell(request: Request) -> Reply | None:
        if WINDOW not in request.query:
            return None
        with counting:
            if failed.get(request.query, 0 if len(failed) < 4 else 2) < 2:
                failed[request.query] += 1
                if list(failed.values()) == [2] * 4:
                    over.set()
                return error(503, "ServiceUnavailable")
        assert over.wait(10)
        return None

    counting = threading.Lock()
    reader = filled(graph, evenly(400), 4)
    graph.service.unavailable[reader.box.user.principal] = unwell
    assert numbers(reader.run()) == list(range(400))
    assert over.is_set()


def test_who_was_told_to_wait_asks_one_at_a_time_from_then_on(graph: FakeGraph) -> None:
    reader = filled(graph, evenly(400), 4)
    counted = 0

    def busy(request: Request) -> Reply | None:
        nonlocal counted
        counted += 1
        return throttled("7") if counted == 6 else None

    graph.faults.script("orderby", busy, times=1_000)
    assert numbers(reader.run()) == list(range(400))
    assert len(graph.service.throttle.impatient) <= 3  # what was under way already
    assert 7.0 in graph.clock.slept
    windows = [place for place, query in enumerate(reader.lists()) if WINDOW in query]
    assert len(windows) <= 12


@pytest.mark.parametrize("number", [0, 19, 20, 130, 399])
def test_a_poisonous_message_costs_only_itself(graph: FakeGraph, number: int) -> None:
    reader = filled(graph, evenly(400), 4)
    list(reader.box.sent.held.values())[number].poisonous = True
    found = reader.run()
    assert sorted(numbers(found)) == [one for one in range(400) if one != number]
    assert [type(one) for one in found if not numbers([one])] == [Unreadable]


def test_a_mailbox_that_is_left_early_leaves_nothing_behind(graph: FakeGraph) -> None:
    reader = filled(graph, evenly(400), 4)
    with open_mailbox(reader.account) as mailbox:
        readings = mailbox.read(reader.sent(mailbox))
        for _ in range(100):
            next(readings)
        readings.close()  # type: ignore[attr-defined]  # it is a generator
    assert numbers(reader.run()) == list(range(400))


def test_refusals_in_a_lane_are_raised_where_the_mail_is_read(graph: FakeGraph) -> None:
    reader = filled(graph, evenly(400), 4)
    graph.faults.script(f"{WINDOW}.*orderby", error(403, "ErrorAccessDenied"), times=1_000)
    with pytest.raises(Exception, match="may not read this mailbox"):
        reader.run()


def test_mailboxes_share_what_is_in_flight(graph: FakeGraph) -> None:
    client = Client(graph.sign_in(), 8)
    assert client.share(4) == 4
    with client.reading(), client.reading(), client.reading():
        assert (client.share(4), client.share(1)) == (2, 1)
        with client.reading(), client.reading():
            assert client.share(4) == 1
    assert client.share(4) == 4


@given(st.lists(st.floats(0, 1e9), max_size=60), st.floats(1, 1e9), st.integers(1, 50))
def test_a_plan_covers_all_time_once_and_comes_to_an_end(offsets: list[float], seconds: float, size: int) -> None:
    times = sorted(START + timedelta(seconds=offset) for offset in offsets)
    plan = Plan("2024-01-01T08:00:00Z", size, seconds)
    edge, asked = plan.edge, 0
    while plan.edge:
        window = plan.next()
        assert window.begin == edge
        assert not window.end or window.end > window.begin
        edge = window.end
        held = [f"{t:%Y-%m-%dT%H:%M:%SZ}" for t in times]
        inside = [s for s in held if window.begin <= s and (not window.end or s < window.end)]
        page = Page([Message("x", sent=s) for s in inside[:size]], next_link="x" if len(inside) > size else None)
        plan.learn(window, page)
        if len(inside) > size and plan.turn_back(window, page):
            assert plan.edge == max(inside[:size])
            edge = plan.edge
        asked += 1
        assert asked < 60 * 50
    assert edge == ""


def test_a_window_that_holds_much_more_than_a_page_is_cut_anew() -> None:
    plan = Plan("2024-01-01T00:00:00Z", 10, 365 * 86_400.0)
    window = plan.next()
    page = Page([Message("x", sent=f"2024-01-01T00:00:{s:02}Z") for s in range(10)], next_link="more")
    plan.learn(window, page)
    assert plan.turn_back(window, page)
    assert plan.next().begin == "2024-01-01T00:00:09Z"
    assert not plan.turn_back(Window("2024-01-01T00:00:09Z", "2024-01-01T00:00:12Z"), page)


def test_a_wait_names_the_mailbox_that_waits(graph: FakeGraph, caplog: pytest.LogCaptureFixture) -> None:
    reader = Reader(graph, 5)
    answered = [0]

    def once(request: Request) -> Reply | None:
        answered[0] += 1
        return throttled("7") if answered[0] == 2 and request.path else None

    graph.service.unavailable[reader.box.user.principal] = once
    assert len(reader.run()) == 5
    (told,) = [record.getMessage() for record in caplog.records if "Waiting" in record.getMessage()]
    assert told.startswith("ines: ")
    assert "Waiting 7 seconds" in told
