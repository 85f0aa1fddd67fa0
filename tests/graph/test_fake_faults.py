"""The fake on a bad day: each misbehaviour of the real service, one switch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from threading import Barrier, Event

import pytest
import requests

from tests.graph.client import IMMUTABLE, START, Client, letter, letters
from tests.graph.faults import page, throttled
from tests.graph.fixtures import ServeGraph
from tests.graph.mailbox import Mailbox, User, user_id
from tests.graph.reply import Json, Reply, Request, answer, html
from tests.graph.server import FakeGraph

SENT = "users/ines@contoso.test/mailFolders/sentitems/messages"
DELTA = f"{SENT}/delta?$select=subject"
WISH = "odata.maxpagesize=50"


@pytest.fixture
def ines(graph: FakeGraph) -> Mailbox:
    return graph.tenant.person("ines")


@pytest.fixture
def client(graph: FakeGraph, ines: Mailbox) -> Iterator[Client]:
    with Client(graph) as one:
        yield one


def told(pages: list[Json]) -> list[str]:
    """Subjects, and the word gone for tombstones, in the order told."""
    return [value.get("subject", "gone") for page in pages for value in page["value"]]


def rounds(client: Client, link: str, prefer: str = WISH) -> tuple[list[Json], str]:
    """All pages of a round, and the link of the next one."""
    pages = list(client.pages(link, prefer))
    return pages, pages[-1]["@odata.deltaLink"]


# ---- delta


def test_a_round_tells_everything_and_the_next_one_what_changed(client: Client, ines: Mailbox) -> None:
    held = ines.add_all(ines.sent, letters(5))
    pages, link = rounds(client, DELTA)
    assert sorted(told(pages)) == [f"Offer {number}" for number in range(5)]
    pages, link = rounds(client, link)
    assert told(pages) == []
    ines.add(ines.sent, letter(7))
    ines.delete(held[0])
    ines.move(held[1], ines.known("deleteditems"))
    passing = ines.add(ines.sent, letter(8))
    ines.delete(passing)  # came and went: never told
    pages, _ = rounds(client, link)
    assert sorted(told(pages)) == ["Offer 7", "gone", "gone"]
    stones = [value for page in pages for value in page["value"] if "@removed" in value]
    assert [stone.keys() for stone in stones] == [{"@removed", "id"}] * 2
    assert {stone["id"] for stone in stones} == {ines.former_id(held[0].number, 0), ines.former_id(held[1].number, 0)}


def test_pages_are_ten_and_a_wish_is_heard_up_to_a_bound(graph: FakeGraph, client: Client, ines: Mailbox) -> None:
    ines.add_all(ines.sent, letters(45))
    graph.faults.delta_page = 20
    assert [len(page["value"]) for page in rounds(client, DELTA, "")[0]] == [10, 10, 10, 10, 5]
    assert [len(page["value"]) for page in rounds(client, DELTA, "odata.maxpagesize=1000")[0]] == [20, 20, 5]


def test_top_is_no_page_size(client: Client, ines: Mailbox) -> None:
    """It caps the whole round: older mail never arrives."""
    ines.add_all(ines.sent, letters(45))
    pages, link = rounds(client, f"{DELTA}&$top=25")
    assert [len(page["value"]) for page in pages] == [10, 10, 5]
    assert told(rounds(client, link)[0]) == []


def test_a_filter_caps_the_round_too(graph: FakeGraph, client: Client, ines: Mailbox) -> None:
    graph.faults.delta_filter_cap = 12
    ines.add_all(ines.sent, letters(45))
    pages, _ = rounds(client, f"{DELTA}&$filter=receivedDateTime ge 2026-01-01T00:00:00Z")
    assert len(told(pages)) == 12
    assert client.refused(f"{DELTA}&$filter=sentDateTime ge 2026-01-01T00:00:00Z") == (400, "BadRequest")
    assert client.refused(f"{DELTA}&$orderby=sentDateTime") == (400, "BadRequest")
    assert client.refused(f"{SENT}/delta?$search=offer") == (400, "BadRequest")


def test_options_are_in_the_token_and_preferences_are_not(client: Client, ines: Mailbox) -> None:
    held = ines.add_all(ines.sent, letters(15))
    first = client.ok(DELTA, IMMUTABLE)
    second = client.ok(first["@odata.nextLink"])
    assert first["value"][0]["id"] == ines.immutable_id(held[14].number)
    assert second["value"][0]["id"] == ines.default_id(held[4])
    assert second["value"][0].keys() == {"@odata.etag", "id", "subject"}
    assert client.refused(first["@odata.nextLink"] + "&$select=id") == (400, "BadRequest")


def test_there_is_no_latest(client: Client) -> None:
    assert client.refused(f"{SENT}/delta?$deltatoken=latest") == (400, "BadRequest")


def test_old_tokens_are_forgotten(graph: FakeGraph, client: Client, ines: Mailbox) -> None:
    graph.faults.delta_generations = 2
    ines.add_all(ines.sent, letters(25))
    pages = list(client.pages(DELTA))
    assert len(pages) == 3
    found = client.get(pages[0]["@odata.nextLink"])
    assert (found.status_code, found.json()["error"]["code"]) == (410, "SyncStateNotFound")
    assert "[highest=" in found.json()["error"]["message"]
    assert client.ok(pages[2]["@odata.deltaLink"])["value"] == []


def test_empty_pages_with_a_next_link_are_normal(graph: FakeGraph, client: Client, ines: Mailbox) -> None:
    graph.faults.delta_empty = 2
    ines.add_all(ines.sent, letters(25))
    assert [len(page["value"]) for page in rounds(client, DELTA, "")[0]] == [0, 10, 0, 10, 0, 5]


def test_a_message_comes_twice_and_in_no_order(graph: FakeGraph, client: Client, ines: Mailbox) -> None:
    graph.faults.delta_doubles = graph.faults.delta_shuffled = True
    ines.add_all(ines.sent, letters(25))
    subjects = told(rounds(client, DELTA, "")[0])
    assert len(subjects) == 27
    assert len({*subjects}) == 25
    assert subjects != sorted(subjects)


@pytest.mark.parametrize(("prefer", "expected"), [("", ["Offer 0"]), (IMMUTABLE, [])])
def test_a_message_that_came_back_is_missed_with_immutable_ids(
    graph: FakeGraph, client: Client, ines: Mailbox, prefer: str, expected: list[str]
) -> None:
    graph.faults.delta_misses_returned = True
    (held,) = ines.add_all(ines.sent, letters(1))
    _, link = rounds(client, DELTA, prefer)
    ines.move(held, ines.known("deleteditems"))
    ines.move(held, ines.sent)
    assert told(rounds(client, link, prefer)[0]) == expected


def test_the_latest_mail_shows_late(graph: FakeGraph, client: Client, ines: Mailbox) -> None:
    graph.faults.delta_lag = 1
    ines.add_all(ines.sent, letters(3))
    pages, link = rounds(client, DELTA)
    assert sorted(told(pages)) == ["Offer 0", "Offer 1"]
    graph.faults.delta_lag = 0
    assert told(rounds(client, link)[0]) == ["Offer 2"]


def test_china_has_no_delta(serve_graph: ServeGraph) -> None:
    fake = serve_graph(cloud="china")
    fake.tenant.person("ines")
    with Client(fake) as client:
        assert client.refused(f"{SENT}/delta") == (400, "BadRequest")
        assert client.refused("users/ines@contoso.test/mailFolders/delta") == (400, "BadRequest")


# ---- lists


def test_a_heavy_page_takes_too_long_and_keeps_its_slot(graph: FakeGraph, client: Client, ines: Mailbox) -> None:
    ines.add_all(ines.sent, letters(20, outsiders=9))  # ten each
    graph.faults.heavy = 50
    assert client.refused(f"{SENT}?$top=6") == (504, "UnknownError")
    assert len(client.ok(f"{SENT}?$top=5")["value"]) == 5
    for _ in range(3):
        assert client.refused(f"{SENT}?$top=6")[0] == 504
    assert client.refused(f"{SENT}?$top=5") == (429, "ApplicationThrottled")  # four slots are stuck
    graph.clock.sleep(6)
    assert len(client.ok(f"{SENT}?$top=5")["value"]) == 5


def test_one_message_poisons_its_page(client: Client, graph: FakeGraph, ines: Mailbox) -> None:
    held = ines.add_all(ines.sent, letters(4))
    held[2].poisonous = True
    sizes = {number: client.get(f"{SENT}?$top=1&$skip={number}&$select=id").status_code for number in range(4)}
    assert sizes == {0: 200, 1: 504, 2: 200, 3: 200}
    assert client.refused(f"{SENT}?$top=4") == (504, "UnknownError")
    assert client.refused(f"users/ines@contoso.test/messages/{ines.default_id(held[2])}") == (504, "UnknownError")


def test_a_next_link_may_be_lost(graph: FakeGraph, client: Client, ines: Mailbox) -> None:
    ines.add_all(ines.sent, letters(25))
    graph.faults.loses_next_link = 20
    assert len(client.all(SENT)) == 20


def test_a_page_may_be_smaller_than_asked(graph: FakeGraph, client: Client, ines: Mailbox) -> None:
    ines.add_all(ines.sent, letters(25))
    graph.faults.list_cap = 10
    assert [len(page["value"]) for page in client.pages(f"{SENT}?$top=25")] == [10, 10, 5]


# ---- throttling


def test_a_mailbox_has_four_slots_and_no_mailbox_takes_those_of_another(graph: FakeGraph, ines: Mailbox) -> None:
    lena = graph.tenant.person("lena")
    arrived, leave = Barrier(5, timeout=10), Event()

    def hold(request: Request) -> Reply:
        arrived.wait()
        leave.wait(10)
        return page()

    graph.service.unavailable["ines@contoso.test"] = hold
    with Client(graph) as client, ThreadPoolExecutor(4) as pool:
        bearer = str(client.session.headers["Authorization"])

        def ask() -> int:
            headers = {"Authorization": bearer}
            url = f"{graph.root}/v1.0/{SENT}"
            return requests.get(url, headers=headers, verify=str(graph.ca_file), timeout=20).status_code

        slow = [pool.submit(ask) for _ in range(4)]
        arrived.wait()
        assert client.refused(SENT) == (429, "ApplicationThrottled")
        assert client.all(f"users/{lena.user.id}/mailFolders/sentitems/messages") == []
        leave.set()
        assert [one.result(20) for one in slow] == [200] * 4
    assert graph.service.throttle.most("ines@contoso.test") == 4


def test_who_does_not_wait_is_refused_again(graph: FakeGraph, client: Client, ines: Mailbox) -> None:
    graph.faults.script("sentitems/messages", throttled("7"))
    found = client.get(SENT)
    assert (found.status_code, found.headers["Retry-After"]) == (429, "7")
    assert client.refused(SENT) == (429, "TooManyRequests")
    graph.clock.sleep(6.5)
    assert client.refused(SENT) == (429, "TooManyRequests")
    assert graph.service.throttle.impatient == ["ines@contoso.test"] * 2
    graph.clock.sleep(1)
    assert client.ok(SENT)["value"] == []


def test_the_time_to_wait_may_be_a_date_or_missing(graph: FakeGraph, client: Client) -> None:
    graph.faults.script("sentitems", throttled(graph.clock.http_date(30)))
    graph.faults.script("sentitems", throttled(None))
    first, second = client.get(SENT), client.get(SENT)
    assert client.refused(SENT) == (429, "TooManyRequests")  # the date counts for everybody who heard it
    waits = parsedate_to_datetime(first.headers["Retry-After"]) - parsedate_to_datetime(first.headers["Date"])
    assert 29 <= waits.total_seconds() <= 31
    assert "Retry-After" not in second.headers


def test_a_window_holds_so_many_requests(graph: FakeGraph, client: Client) -> None:
    graph.service.throttle.window = 3
    assert [client.get(SENT).status_code for _ in range(4)] == [200, 200, 200, 429]
    graph.clock.sleep(601)
    assert client.get(SENT).status_code == 200


def test_some_requests_fail_by_chance_and_succeed_when_they_come_again(graph: FakeGraph, client: Client) -> None:
    graph.faults.rate = 0.5
    paths = [f"{SENT}?$top={number}" for number in range(1, 61)]
    failed = {path for path in paths if _status(client, path) != 200}
    assert 15 < len(failed) < 45
    graph.clock.sleep(60)
    for path in failed:
        assert client.ok(path)["value"] == []


def _status(client: Client, path: str) -> int:
    client.fake.clock.sleep(10)
    try:
        found = client.get(path)
        found.json()
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError, ValueError):
        return 0
    return found.status_code


# ---- mailboxes


def test_a_user_without_mailbox_has_two_codes_in_turn(graph: FakeGraph, client: Client) -> None:
    graph.tenant.add_user(User(user_id("old"), "Old", "old@contoso.test", "old@contoso.test", on_premises=True))
    path = "users/old@contoso.test/mailFolders/sentitems"
    codes = [client.refused(path) for _ in range(3)]
    assert codes == [(404, "ResourceNotFound"), (404, "MailboxNotEnabledForRESTAPI"), (404, "ResourceNotFound")]
    assert client.refused("users/nobody@contoso.test/mailFolders") == (404, "Request_ResourceNotFound")


def test_a_policy_keeps_a_mailbox_from_the_application(graph: FakeGraph, client: Client) -> None:
    graph.service.out_of_scope.add("ines@contoso.test")
    found = client.get(SENT)
    assert (found.status_code, found.json()["error"]["message"]) == (403, "Access to OData is disabled.")


def test_shared_mailboxes_are_read_like_others(graph: FakeGraph, client: Client) -> None:
    user = User(user_id("info"), "Info", "info@contoso.test", "info@contoso.test", enabled=False, licensed=False)
    graph.tenant.add_user(user)
    box = graph.tenant.mailbox(user)
    box.add(box.sent, letter(1))
    assert len(client.all("users/info@contoso.test/mailFolders/sentitems/messages")) == 1


# ---- the line and its answers


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(reset=True), requests.ConnectionError),
        (Reply(200, b'{"value":[]}', cut=4), requests.exceptions.ChunkedEncodingError),
        (Reply(200, b'{"value":[{"id"'), ValueError),
        (html(200), ValueError),
    ],
    ids=["reset", "cut", "half", "html"],
)
def test_lines_break_and_answers_lie(graph: FakeGraph, client: Client, reply: Reply, kind: type[Exception]) -> None:
    graph.faults.script("sentitems", reply)
    with pytest.raises(kind):
        client.ok(SENT)
    assert client.ok(SENT)["value"] == []


def test_an_error_may_come_as_a_page_for_people(graph: FakeGraph, client: Client) -> None:
    graph.faults.script("sentitems", html(503))
    found = client.get(SENT)
    assert (found.status_code, found.headers["Content-Type"]) == (503, "text/html")
    graph.faults.inner_name = "innererror"
    assert "innererror" in client.get(f"{SENT}?$top=0").json()["error"]


def test_a_script_answers_so_many_times(graph: FakeGraph, client: Client) -> None:
    graph.faults.script(r"sentitems\?", answer({"id": "x"}), times=2)
    path = "users/ines@contoso.test/mailFolders/sentitems?$select=id"
    assert [client.ok(path)["id"] == "x" for _ in range(3)] == [True, True, False]


# ---- batches


def test_the_parts_of_a_batch_fail_on_their_own(graph: FakeGraph, client: Client, ines: Mailbox) -> None:
    ines.add_all(ines.sent, letters(1))
    graph.faults.batch_shuffled = True
    graph.faults.script("drafts", throttled("9"))
    path = "/users/ines@contoso.test/mailFolders"
    found = client.batch(
        {"id": "a", "method": "GET", "url": f"{path}/sentitems/messages", "headers": {"Prefer": IMMUTABLE}},
        {"id": "b", "method": "GET", "url": f"{path}/nowhere"},
        {"id": "c", "method": "GET", "url": f"{path}/inbox/messages"},
        {"id": "d", "method": "GET", "url": f"{path}/drafts/messages"},
        {"id": "e", "method": "GET", "url": f"{path}/sentitems", "dependsOn": ["b"]},
    )
    assert [one["id"] for one in found] != ["a", "b", "c", "d", "e"]
    by_id = {one["id"]: one for one in found}
    assert {key: one["status"] for key, one in by_id.items()} == {"a": 200, "b": 404, "c": 200, "d": 429, "e": 424}
    assert by_id["d"]["headers"]["Retry-After"] == "9"
    assert by_id["a"]["body"]["value"][0]["id"] == ines.immutable_id(1)


def test_a_batch_has_bounds(graph: FakeGraph, client: Client) -> None:
    part = {"method": "GET", "url": "/users/ines@contoso.test/mailFolders/nowhere"}
    graph.faults.batch_empty_code = True
    assert client.batch({"id": "1", **part})[0]["body"]["error"]["code"] == ""
    url = f"{graph.root}/v1.0/$batch"
    for parts in (
        [{"id": str(number), **part} for number in range(21)],
        [{"id": "1", **part}, {"id": "1", **part}],
        [{"id": "1", "method": "GET", "url": f"{graph.root}/v1.0/users"}],
        [],
    ):
        assert client.session.post(url, json={"requests": parts}, timeout=10).status_code == 400


def test_answers_are_compressed_for_who_wants_it(serve_graph: ServeGraph) -> None:
    fake = serve_graph(compress=True)
    box = fake.tenant.person("ines")
    box.add_all(box.sent, letters(10))
    with Client(fake) as client:
        found = client.get(SENT)
        assert found.headers["Content-Encoding"] == "gzip"
        assert len(found.json()["value"]) == 10
        assert "Content-Encoding" not in client.get(SENT, Accept_Encoding="identity").headers


def test_one_connection_is_enough(graph: FakeGraph, client: Client) -> None:
    before = graph.connections
    for _ in range(5):
        client.ok(SENT)
    assert graph.connections - before <= 1


def test_the_clock_stands_still_until_somebody_sleeps(graph: FakeGraph) -> None:
    before = graph.clock.now()
    graph.clock.sleep(2.5)
    assert graph.clock.now() - before == 2.5
    assert graph.clock.slept == [2.5]
    assert START.year == 2026
