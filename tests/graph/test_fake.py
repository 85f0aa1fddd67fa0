"""The fake on a good day: it answers as Microsoft's reference says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.graph.client import IMMUTABLE, START, Client, letter, letters
from tests.graph.fixtures import ServeGraph
from tests.graph.letter import HeaderLine, Letter, letter_of, raw_of
from tests.graph.mailbox import Mailbox, Tenant, User, user_id
from tests.graph.people import Person
from tests.graph.server import FakeGraph

SENT = "users/ines@contoso.test/mailFolders/sentitems/messages"
SAMPLES = Path(__file__).parents[2] / "sample_mailboxes"


@pytest.fixture
def ines(graph: FakeGraph) -> Mailbox:
    return graph.tenant.person("ines")


@pytest.fixture
def client(graph: FakeGraph, ines: Mailbox) -> Iterator[Client]:
    with Client(graph) as one:
        yield one


# ---- lists


def test_a_list_gives_ten_a_page_and_every_message_once(client: Client, ines: Mailbox) -> None:
    ines.add_all(ines.sent, letters(25))
    pages = list(client.pages(SENT))
    assert [len(page["value"]) for page in pages] == [10, 10, 5]
    subjects = [value["subject"] for page in pages for value in page["value"]]
    assert subjects == [f"Offer {number}" for number in reversed(range(25))]  # newest first


def test_a_page_is_as_large_as_asked_up_to_a_thousand(client: Client, ines: Mailbox) -> None:
    ines.add_all(ines.sent, letters(30))
    assert [len(page["value"]) for page in client.pages(f"{SENT}?$top=20")] == [20, 10]
    assert client.refused(f"{SENT}?$top=1001") == (400, "BadRequest")
    assert client.refused(f"{SENT}?$top=0") == (400, "BadRequest")


def test_a_window_is_half_open_and_in_order(client: Client, ines: Mailbox) -> None:
    ines.add_all(ines.sent, letters(10))
    window = "$filter=sentDateTime ge 2026-01-05T09:02:00Z and sentDateTime lt 2026-01-05T09:05:00Z"
    found = client.all(f"{SENT}?{window}&$orderby=sentDateTime")
    assert [value["subject"] for value in found] == ["Offer 2", "Offer 3", "Offer 4"]


def test_an_order_that_the_filter_does_not_lead_with_is_refused(client: Client) -> None:
    wanted = "$filter=receivedDateTime ge 2026-01-05T09:02:00Z"
    assert client.refused(f"{SENT}?{wanted}&$orderby=sentDateTime") == (400, "InefficientFilter")
    assert client.refused(f"{SENT}?$filter=conversationId eq 'x'&$orderby=sentDateTime") == (400, "InefficientFilter")
    assert client.ok(f"{SENT}?{wanted}&$orderby=receivedDateTime desc")["value"] == []


@pytest.mark.parametrize(
    "wanted",
    ["sentDateTime ge '2026-01-05T09:02:00Z'", "sentDateTime ge 2026-01-05", "size gt 5", "subject eq", "(a eq b)"],
)
def test_a_filter_that_the_service_does_not_know_is_refused(client: Client, wanted: str) -> None:
    assert client.refused(f"{SENT}?$filter={wanted}") == (400, "BadRequest")


def test_a_next_link_works_as_it_is_and_in_no_other_way(client: Client, ines: Mailbox) -> None:
    ines.add_all(ines.sent, letters(12))
    link = client.ok(f"{SENT}?$top=5&$select=id")["@odata.nextLink"]
    assert client.ok(link)["@odata.nextLink"] != link
    assert client.refused(link + "&$orderby=sentDateTime") == (400, "BadRequest")
    assert client.refused(link.replace("$top=5", "$top=6")) == (400, "BadRequest")


def test_skipping_by_number_shifts_when_mail_comes_in_between(client: Client, ines: Mailbox) -> None:
    ines.add_all(ines.sent, letters(6))
    first = client.ok(f"{SENT}?$top=3")
    ines.add(ines.sent, letter(99))
    second = client.ok(first["@odata.nextLink"])
    assert [value["subject"] for value in second["value"]] == ["Offer 3", "Offer 2", "Offer 1"]  # Offer 3 twice


def test_the_count_is_there_when_asked(client: Client, ines: Mailbox) -> None:
    ines.add_all(ines.sent, letters(7))
    assert client.ok(f"{SENT}?$count=true&$top=2")["@odata.count"] == 7
    assert "@odata.count" not in client.ok(f"{SENT}?$top=2")


def test_the_messages_of_a_whole_mailbox_can_be_found_by_conversation(client: Client, ines: Mailbox) -> None:
    first = letter(1)
    ines.add(ines.known("inbox"), first)
    ines.add(ines.sent, letter(2, references=("<offer.1@contoso.test>",)))
    ines.add(ines.sent, letter(3))
    found = client.all(f"users/ines@contoso.test/messages?$filter=conversationId eq '{first.conversation}'")
    assert sorted(value["subject"] for value in found) == ["Offer 1", "Offer 2"]


# ---- properties


def test_a_property_that_no_message_has_is_refused(client: Client) -> None:
    assert client.refused(f"{SENT}?$select=id,size") == (400, "RequestBroker-ParseUri")
    assert client.refused(f"{SENT}?$select=id,meetingMessageType") == (400, "RequestBroker-ParseUri")
    assert client.ok(f"{SENT}?$select=id,microsoft.graph.eventMessage/meetingMessageType")["value"] == []


@pytest.mark.parametrize(
    ("cloud", "missing"),
    [("usgov", ["conversationIndex"]), ("china", ["conversationIndex", "internetMessageHeaders", "flag"])],
)
def test_each_cloud_has_its_own_properties(serve_graph: ServeGraph, cloud: str, missing: list[str]) -> None:
    fake = serve_graph(cloud=cloud)
    box = fake.tenant.person("ines")
    box.add_all(box.sent, letters(1))
    with Client(fake) as client:
        for name in missing:
            assert client.refused(f"{SENT}?$select=id,{name}") == (400, "RequestBroker-ParseUri")
        assert client.all(SENT)[0].keys().isdisjoint(missing)


def test_sent_items_have_no_transport_headers(client: Client, ines: Mailbox) -> None:
    headers = (HeaderLine("X-Mailer", "Invented"),)
    ines.add(ines.sent, letter(1, headers=headers))
    ines.add(ines.known("inbox"), letter(2, headers=headers, author=Person("Guest", "guest@outside.example")))
    wanted = "$select=id,internetMessageHeaders"
    assert "internetMessageHeaders" not in client.all(f"{SENT}?{wanted}")[0]
    inbox = client.all(f"users/ines@contoso.test/mailFolders/inbox/messages?{wanted}")
    assert inbox[0]["internetMessageHeaders"] == [{"name": "X-Mailer", "value": "Invented"}]
    assert "internetMessageHeaders" not in client.all("users/ines@contoso.test/mailFolders/inbox/messages")[0]


def test_recipients_may_have_no_address_or_a_directory_name(client: Client, ines: Mailbox) -> None:
    entry = "/O=EXCHANGELABS/OU=GROUP/CN=RECIPIENTS/CN=JDOE"
    to = (Person("Nobody", None), Person("Nothing", None, null=True), Person("Jo", entry), Person(None, "a@x.example"))
    ines.add(ines.sent, letter(1, to=to))
    assert [one["emailAddress"] for one in client.all(SENT)[0]["toRecipients"]] == [
        {"name": "Nobody"},
        {"name": "Nothing", "address": None},
        {"name": "Jo", "address": entry},
        {"name": "a@x.example", "address": "a@x.example"},
    ]


def test_a_meeting_shows_its_type(client: Client, ines: Mailbox) -> None:
    ines.add_all(ines.sent, [letter(1, kind="eventMessageRequest"), letter(2)])
    plain, meeting = client.all(SENT)
    assert meeting["@odata.type"] == "#microsoft.graph.eventMessageRequest"
    assert "@odata.type" not in plain


# ---- ids


def test_immutable_ids_survive_a_move_and_have_to_be_asked_for(client: Client, ines: Mailbox) -> None:
    held = ines.add(ines.sent, letter(1))
    path = "users/ines@contoso.test/messages"

    def ids() -> tuple[str, str]:
        return client.all(path)[0]["id"], client.all(path, IMMUTABLE)[0]["id"]

    before = ids()
    ines.move(held, ines.known("deleteditems"))
    after = ids()
    assert before[1] == after[1]
    assert len({before[0], before[1], after[0]}) == 3
    assert client.ok(f"{path}/{after[1]}")["subject"] == "Offer 1"
    assert client.refused(f"{path}/{before[0]}") == (404, "ErrorItemNotFound")


def test_ids_may_differ_in_case_alone(client: Client, ines: Mailbox) -> None:
    ines.add_all(ines.sent, letters(60))
    ids = [value["id"] for value in client.all(f"{SENT}?$top=100", IMMUTABLE)]
    assert len({*ids}) == 60
    assert len({one.lower() for one in ids}) < 60


def test_awkward_ids_have_to_be_encoded(serve_graph: ServeGraph) -> None:
    fake = serve_graph(Tenant(awkward_ids=True))
    box = fake.tenant.person("ines")
    box.add_all(box.sent, letters(1))
    with Client(fake) as client:
        key = client.all(SENT)[0]["id"]
        assert "/" in key
        assert "+" in key
        encoded = key.replace("/", "%2F").replace("+", "%2B").replace("=", "%3D")
        assert client.ok(f"users/ines@contoso.test/messages/{encoded}")["subject"] == "Offer 0"
        assert client.refused(f"users/ines@contoso.test/messages/{key}")[0] in (400, 403, 404)


# ---- folders


def test_folders_are_listed_a_level_at_a_time_without_the_hidden_ones(client: Client, ines: Mailbox) -> None:
    ines.add_folder("2025", parent=ines.sent)
    ines.add_folder("All mail about offers", search=True)
    listed = client.all("users/ines@contoso.test/mailFolders?$top=3")
    assert {one["displayName"] for one in listed} >= {"Sent Items", "Inbox", "All mail about offers"}
    assert not {one["displayName"] for one in listed} & {"2025", "Deletions", "Top of Information Store"}
    assert [one["displayName"] for one in listed if "@odata.type" in one] == ["All mail about offers"]
    hidden = client.all("users/ines@contoso.test/mailFolders?includeHiddenFolders=true&$top=50")
    assert "Deletions" in {one["displayName"] for one in hidden}
    below = client.all("users/ines@contoso.test/mailFolders/SentItems/childFolders")
    assert [one["displayName"] for one in below] == ["2025"]


def test_a_folder_has_no_well_known_name(client: Client, ines: Mailbox) -> None:
    assert client.refused("users/ines@contoso.test/mailFolders?$select=id,wellKnownName")[0] == 400
    ines.sent.other_items = 4
    folder = client.ok("users/ines@contoso.test/mailFolders/sentitems?$select=id,totalItemCount")
    assert folder["id"] == ines.sent.id
    assert folder["totalItemCount"] == 4
    assert client.refused("users/ines@contoso.test/mailFolders/nowhere") == (404, "ErrorItemNotFound")


# ---- whole messages and rights


def test_whole_messages_need_a_right_of_their_own(graph: FakeGraph, ines: Mailbox) -> None:
    held = ines.add(ines.sent, letter_of((SAMPLES / "eml/to-and-cc.eml").read_bytes()))
    path = f"users/ines@contoso.test/messages/{ines.default_id(held)}"
    with Client(graph) as client:
        assert client.refused(f"{path}/$value") == (403, "ErrorAccessDenied")
        assert client.refused(f"{path}?$select=body") == (403, "ErrorAccessDenied")
        assert "body" not in client.ok(path)
    graph.signin.application.roles = ("Mail.Read", "User.Read.All")
    with Client(graph) as client:
        assert client.get(f"{path}/$value").content == (SAMPLES / "eml/to-and-cc.eml").read_bytes()
        assert client.ok(path)["body"]["contentType"] == "text"


@pytest.mark.parametrize(
    ("roles", "path", "code"),
    [
        (("User.Read.All",), SENT, "ErrorAccessDenied"),
        (("Mail.ReadBasic.All",), "users", "Authorization_RequestDenied"),
        (("Mail.ReadBasic.All", "User.Read.All"), "domains", "Authorization_RequestDenied"),
        (("User.Read.All",), "groups/g1/transitiveMembers", "Authorization_RequestDenied"),
        (("Mail.Read",), "users/ines@contoso.test/mailboxSettings", "ErrorAccessDenied"),
    ],
)
def test_every_resource_needs_its_right(
    graph: FakeGraph, ines: Mailbox, roles: tuple[str, ...], path: str, code: str
) -> None:
    graph.signin.application.roles = roles
    with Client(graph) as client:
        assert client.refused(path) == (403, code)


# ---- the directory


def test_all_users_are_listed_shared_and_disabled_ones_too(graph: FakeGraph, client: Client) -> None:
    shared = User(user_id("info"), "Info", "info@contoso.test", "info@contoso.test", enabled=False, licensed=False)
    graph.tenant.add_user(shared)
    graph.tenant.add_user(User(user_id("printer"), "Printer", "printer@contoso.test", None, mailbox=False))
    names = "$select=id,mail,accountEnabled,assignedPlans,userType,proxyAddresses"
    pages = list(client.pages(f"users?{names}&$top=2"))
    users = {value["id"]: value for page in pages for value in page["value"]}
    assert [len(page["value"]) for page in pages] == [2, 1]
    assert users[shared.id]["accountEnabled"] is False
    assert users[shared.id]["assignedPlans"] == []
    assert users[user_id("printer")]["mail"] is None
    assert "proxyAddresses" not in client.all("users")[0]


def test_lists_of_users_have_their_own_rules(client: Client) -> None:
    assert client.refused("users?$skip=5")[0] == 400
    assert client.refused("users?$top=1000")[0] == 400
    assert client.refused("users?$select=id,mailboxSettings") == (501, "NotImplemented")
    assert client.refused("users?$filter=mail ne null") == (400, "Request_UnsupportedQuery")
    found = client.get("users?$filter=mail ne null&$count=true", ConsistencyLevel="eventual")
    assert found.json()["@odata.count"] == 1


def test_groups_and_domains_are_shown_to_who_may_see_them(graph: FakeGraph, ines: Mailbox) -> None:
    graph.tenant.groups["g1"] = (ines.user.id,)
    graph.signin.application.roles = ("Domain.Read.All", "GroupMember.Read.All")
    with Client(graph) as client:
        members = client.all("groups/g1/transitiveMembers/microsoft.graph.user?$select=id,mail")
        assert members == [{"id": ines.user.id, "mail": "ines@contoso.test"}]
        assert [one["id"] for one in client.all("domains")] == ["contoso.test", "contoso.onmicrosoft.test"]
        assert client.refused("groups/g2/transitiveMembers") == (404, "Request_ResourceNotFound")


# ---- loading mail


def test_mail_comes_from_the_samples(client: Client, ines: Mailbox) -> None:
    beside = json.loads((SAMPLES / "eml/to-and-cc.json").read_text("utf-8"))["envelope"]
    ines.add(ines.sent, letter_of((SAMPLES / "eml/to-and-cc.eml").read_bytes()))
    found = client.all(SENT)[0]
    for field, name in (("To", "toRecipients"), ("Cc", "ccRecipients")):
        expected = [one["address"].lower() for one in beside["recipients"] if one["field"] == field]
        assert [one["emailAddress"]["address"].lower() for one in found[name]] == expected
    assert found["internetMessageId"] == f"<{beside['message_id']}>"
    assert found["subject"] == beside["subject"]
    assert found["from"]["emailAddress"]["address"] == beside["author"]


def test_a_letter_survives_its_raw_form() -> None:
    made = letter(
        4,
        subject="Grüße",
        cc=(Person("Zoë", "zoe@outside.example"), Person('Roe, "Jane"', "jane@outside.example")),
        bcc=(Person(None, "boss@contoso.test"),),
        references=("<offer.1@contoso.test>",),
    )
    read = letter_of(raw_of(made))
    for name in ("subject", "sent", "author", "to", "cc", "bcc", "message_id", "references"):
        assert getattr(read, name) == getattr(made, name)
    assert read.conversation == made.conversation


def test_the_log_names_every_request_and_no_token(graph: FakeGraph, client: Client, ines: Mailbox) -> None:
    client.ok("users?$select=id")
    client.session.delete(f"{graph.root}/v1.0/{SENT}/x", timeout=10)
    client.batch({"id": "1", "method": "PATCH", "url": f"/{SENT}/x", "body": {}})
    lines = [(seen.method, seen.status, seen.inner) for seen in graph.seen]
    assert lines == [("GET", 200, False), ("DELETE", 405, False), ("PATCH", 405, True), ("POST", 200, False)]
    assert all(seen.bearer for seen in graph.seen)
    assert not any(token in repr(graph.seen) for token in graph.signin.tokens)


def test_mail_that_is_made_late_is_made_once_for_each_page(client: Client, graph: FakeGraph) -> None:
    made: list[int] = []

    def source(place: int) -> Letter:
        made.append(place)
        return letter(place)

    def fill(box: Mailbox) -> None:
        box.add_lazy(box.sent, [START + timedelta(minutes=place) for place in range(20)], source)

    graph.tenant.add_user(User(user_id("lena"), "Lena", "lena@contoso.test", "lena@contoso.test"), fill)
    assert made == []
    found = client.ok("users/lena@contoso.test/mailFolders/sentitems/messages?$top=5&$orderby=sentDateTime")
    assert [value["subject"] for value in found["value"]] == [f"Offer {place}" for place in range(5)]
    assert sorted(made) == [0, 1, 2, 3, 4]
