"""What a Graph mailbox shows beside its sent mail: clouds, limits, folders, whole messages, and how it says no."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest

from scanner.account import Account, GraphCloud, GraphProfile, GraphTenant
from scanner.connectors import open_mailbox
from scanner.connectors.graph_client import client_of
from scanner.coverage import ChosenBy
from scanner.envelope import Envelope, Mark, Skipped, Unreadable
from scanner.errors import AccessDenied, NotAMailbox, SettingsError, SourceError, SourceInterrupted
from tests import contract
from tests.connectors.graph_reader import Reader, account, numbers
from tests.graph.client import letter
from tests.graph.faults import page, throttled
from tests.graph.fixtures import ServeGraph
from tests.graph.mailbox import MailFolder
from tests.graph.people import Person
from tests.graph.reply import Reply
from tests.graph.server import FakeGraph

# ---- clouds, limits, tokens


def test_the_chinese_cloud_has_no_delta_and_is_read_by_ids(serve_graph: ServeGraph) -> None:
    graph = serve_graph(cloud="china")
    reader = Reader(graph, sign_in=graph.sign_in(cloud=GraphCloud.CHINA))
    assert numbers(reader.run()) == list(range(50))
    reader.box.add(reader.box.sent, letter(60))
    reader.box.delete(reader.held[0])
    assert numbers(reader.run()) == [60]
    assert reader.run() == []
    assert not any(seen.path.endswith("delta") for seen in graph.seen)
    assert {seen.status for seen in graph.seen} == {200}


def test_a_cloud_that_turns_out_to_have_no_delta_is_read_by_ids(serve_graph: ServeGraph) -> None:
    graph = serve_graph(cloud="china")
    reader = Reader(graph, sign_in=graph.sign_in(cloud=GraphCloud.USGOV_L4))
    assert numbers(reader.run()) == list(range(50))
    reader.box.add(reader.box.sent, letter(60))
    assert numbers(reader.run()) == [60]


def test_a_token_that_ends_in_the_middle_is_replaced(graph: FakeGraph) -> None:
    graph.signin.token_requests = 3
    reader = Reader(graph, page=10)
    assert numbers(reader.run()) == list(range(50))
    assert 401 in {seen.status for seen in graph.seen}


@pytest.mark.parametrize("rate", [0.1, 0.4])
def test_a_service_that_fails_now_and_then_is_outlived(graph: FakeGraph, rate: float) -> None:
    graph.faults.rate = rate
    reader = Reader(graph, page=5)
    assert sorted(numbers(reader.run())) == list(range(50))


def test_waiting_is_as_long_as_asked_and_has_an_end(graph: FakeGraph) -> None:
    reader = Reader(graph, 5)
    graph.faults.script("messages", throttled("17"))
    reader.run()
    assert graph.clock.slept == [17.0]
    graph.faults.script("messages", throttled(graph.clock.http_date(41)))
    reader.cursor = None
    reader.run()
    assert 40 <= graph.clock.slept[-1] <= 42
    graph.faults.script("messages", throttled("86400"))
    reader.cursor = None
    with pytest.raises(SourceInterrupted, match="86400 seconds") as caught:
        reader.run()
    assert caught.value.retry_after == 86400


def test_an_answer_without_end_has_a_deadline(graph: FakeGraph) -> None:
    reader = Reader(graph, 5, sign_in=graph.sign_in(read_timeout=0.3, request_deadline=0.6))
    graph.faults.script("messages", Reply(stall=30), times=2)
    assert numbers(reader.run()) == list(range(5))


def test_a_line_that_ends_in_the_handshake_is_opened_again(graph: FakeGraph) -> None:
    reader = Reader(graph, 5)
    client = client_of(reader.account.graph or GraphTenant(graph.sign_in()))
    client.token()
    client.close()
    graph.hangs_up = 2
    assert numbers(reader.run()) == list(range(5))
    assert graph.hangs_up == 0


# ---- folders


def test_sent_items_and_what_lies_below_are_read_by_default(graph: FakeGraph) -> None:
    reader = Reader(graph, 1)
    below = reader.box.add_folder("2024", parent=reader.box.sent)
    reader.box.add_folder("a/b", parent=below)
    reader.box.add_folder("Sent")
    reader.box.add_folder("Found", search=True)
    with open_mailbox(reader.account) as mailbox:
        folders = {folder.path: folder.chosen_by for folder in mailbox.folders()}
    assert {path for path, chosen in folders.items() if chosen is ChosenBy.SPECIAL_USE} == {
        "Sent Items", "Sent Items/2024", "Sent Items/2024/a\\/b",
    }  # fmt: skip
    assert folders["Sent"] is ChosenBy.NAME
    assert folders["Inbox"] is ChosenBy.NOT_SENT
    assert "Found" not in folders


def test_the_names_of_the_service_do_not_matter(graph: FakeGraph) -> None:
    reader = Reader(graph, 3)
    reader.box.sent.name = "Gesendete Elemente"
    with open_mailbox(reader.account) as mailbox:
        (folder,) = contract.wanted(mailbox)
        assert (folder.path, folder.messages) == ("Gesendete Elemente", 3)


@pytest.mark.parametrize(
    ("profile", "wanted"),
    [
        (GraphProfile.SENT, {"Sent Items"}),
        (GraphProfile.DELETED, {"Sent Items", "Deleted Items", "Deletions"}),
        (
            GraphProfile.ALL,
            {"Sent Items", "Deleted Items", "Deletions", "Inbox", "Inbox/Filed", "Archive", "Junk Email"},
        ),
    ],
)
def test_profiles(graph: FakeGraph, profile: GraphProfile, wanted: set[str]) -> None:
    reader = Reader(graph, 1, profile=profile)
    reader.box.add_folder("Filed", parent=reader.box.known("inbox"))
    with open_mailbox(reader.account) as mailbox:
        assert {folder.path for folder in contract.wanted(mailbox)} == wanted


@pytest.mark.parametrize("profile", [GraphProfile.SENT, GraphProfile.ALL])
def test_on_request_the_other_folders_are_read_as_evidence(graph: FakeGraph, profile: GraphProfile) -> None:
    reader = Reader(graph, 1, profile=profile)
    reader.box.add_folder("Filed", parent=reader.box.known("inbox"))
    reader.box.add(reader.box.known("inbox"), letter(6, author=Person("Guest", "guest@outside.example")))
    with open_mailbox(replace(reader.account, history=True)) as mailbox:
        folders = {folder.path: folder for folder in mailbox.folders()}
        evidence = {path for path, folder in folders.items() if folder.chosen_by is ChosenBy.HISTORY}
        assert evidence == {"Inbox", "Inbox/Filed", "Archive"}
        assert folders["Sent Items"].chosen_by is ChosenBy.SPECIAL_USE
        assert folders["Junk Email"].wanted is (profile is GraphProfile.ALL)
        (received,) = [reading for _, reading in mailbox.read(folders["Inbox"])]
    assert isinstance(received, Envelope)
    assert Mark.SENT not in received.marks


def test_elsewhere_only_what_the_owner_wrote_is_read(graph: FakeGraph) -> None:
    reader = Reader(graph, 1, profile=GraphProfile.ALL)
    inbox: MailFolder = reader.box.known("inbox")
    reader.box.add(inbox, letter(5))
    reader.box.add(inbox, letter(6, author=Person("Guest", "guest@outside.example")))
    reader.box.add(
        inbox, letter(7, author=Person("Boss", "boss@contoso.test"), sender=Person("I", "INES@contoso.test"))
    )
    reader.box.add(inbox, letter(8, draft=True))
    with open_mailbox(reader.account) as mailbox:
        folder = next(folder for folder in mailbox.folders() if folder.path == "Inbox")
        readings = [reading for _, reading in mailbox.read(folder)]
    assert numbers(readings) == [5, 7, 8]
    assert [r.reason for r in readings if isinstance(r, Skipped)] == [
        "It was not written by the owner of this mailbox."
    ]
    assert [Mark.DRAFT in r.marks for r in readings if isinstance(r, Envelope)] == [False, False, True]
    assert not any(Mark.SENT in r.marks for r in readings if isinstance(r, Envelope))


def test_the_config_names_sent_folders_by_path(graph: FakeGraph) -> None:
    reader = Reader(graph, 1)
    reader.box.add_folder("Old sent", parent=reader.box.known("inbox"))
    with open_mailbox(replace(reader.account, sent_folders=("Inbox/Old sent",))) as mailbox:
        assert [(f.path, f.chosen_by) for f in contract.wanted(mailbox)] == [("Inbox/Old sent", ChosenBy.CONFIGURED)]
    with open_mailbox(replace(reader.account, sent_folders=("Nowhere",))) as mailbox:  # noqa: SIM117
        with pytest.raises(SourceError, match="No folder of sent mail"):
            list(mailbox.folders())


# ---- whole messages, conversations, refusals


def test_whole_messages_are_read_only_where_that_was_switched_on(graph: FakeGraph) -> None:
    reader = Reader(graph, 1)
    (found,) = reader.run()
    with open_mailbox(reader.account) as mailbox, pytest.raises(AccessDenied, match="not switched on"):
        mailbox.raw(found.locator)
    on = account(graph, reader.box, whole_messages=True)
    with open_mailbox(on) as mailbox, pytest.raises(AccessDenied, match="may not read whole messages") as caught:
        mailbox.raw(found.locator)
    assert "Mail.Read" in caught.value.hint


def test_a_conversation_is_found_with_the_least_right(graph: FakeGraph) -> None:
    reader = Reader(graph, 1)
    question = letter(50, message_id="<q@outside.example>", author=Person("Guest", "g@outside.example"))
    reader.box.add(reader.box.known("inbox"), question)
    for number in (51, 52):
        reader.box.add(reader.box.sent, letter(number, references=("<q@outside.example>",)))
    answer = next(r for r in reader.run() if isinstance(r, Envelope) and r.subject == "Offer 52")
    before = len(graph.seen)
    with open_mailbox(reader.account) as mailbox:
        thread = list(mailbox.thread(answer))
    assert numbers(thread) == [50, 51]
    assert [reading.locator.folder for reading in thread] == ["Inbox", "Sent Items"]
    assert {seen.status for seen in graph.seen[before:]} == {200}


def test_the_first_message_of_a_long_conversation_is_found(graph: FakeGraph) -> None:
    reader = Reader(graph, 0)
    for number in range(130):
        reader.box.add(reader.box.sent, letter(number, references=("<q@outside.example>",)))
    reader.box.add(reader.box.known("drafts"), letter(7, references=("<q@outside.example>",), draft=True))
    reader.box.add(reader.box.sent, letter(8, references=("<another@outside.example>",)))
    last = next(r for r in reader.run() if isinstance(r, Envelope) and r.subject == "Offer 129")
    before = len(graph.seen)
    with open_mailbox(reader.account) as mailbox:
        assert numbers(list(mailbox.thread(last))) == list(range(129))
        reader.box.delete(next(held for held in reader.box.sent.held.values() if held.letter.subject == "Offer 129"))
        assert list(mailbox.thread(last)) == []
    asked = [unquote(seen.query) for seen in graph.seen[before:]]
    assert any("conversationId eq" in query for query in asked)
    assert not any(name in query for query in asked for name in ("internetMessageHeaders", "body", "search"))


@pytest.mark.parametrize("cloud", ["usgov", "china"])
def test_conversations_are_found_in_other_clouds(serve_graph: ServeGraph, cloud: str) -> None:
    fake = serve_graph(cloud=cloud)
    sign_in = fake.sign_in(cloud=GraphCloud.CHINA if cloud == "china" else GraphCloud.USGOV_L4)
    reader = Reader(fake, 0, sign_in=sign_in)
    for number in range(3):
        reader.box.add(reader.box.sent, letter(number, references=("<q@outside.example>",)))
    last = next(r for r in reader.run() if isinstance(r, Envelope) and r.subject == "Offer 2")
    with open_mailbox(reader.account) as mailbox:
        assert numbers(list(mailbox.thread(last))) == [0, 1]


@pytest.mark.parametrize("switch", ["scope", "gone", "rights"])
def test_a_mailbox_that_says_no_says_why(graph: FakeGraph, switch: str) -> None:
    reader = Reader(graph, 1)
    kind, sentence = {
        "scope": (AccessDenied, "may not read this mailbox"),
        "gone": (NotAMailbox, "No mailbox can be reached"),
        "rights": (AccessDenied, "may not read this mailbox"),
    }[switch]
    if switch == "scope":
        graph.service.out_of_scope.add(reader.box.user.principal)
    elif switch == "gone":
        graph.tenant.add_user(replace(reader.box.user, mailbox=False))
    else:
        graph.signin.application.roles = ("User.Read.All",)
    with open_mailbox(reader.account) as mailbox, pytest.raises(kind, match=sentence) as caught:
        list(mailbox.folders())
    assert caught.value.hint.endswith(".")


def test_an_account_without_tenant_or_mailbox_is_a_mistake_in_the_settings(graph: FakeGraph) -> None:
    for wrong in (Account("x", "graph"), Account("x", "graph", graph=GraphTenant(graph.sign_in()))):
        with pytest.raises(SettingsError), open_mailbox(wrong):
            pass


def test_a_next_link_to_another_host_is_not_followed(graph: FakeGraph) -> None:
    reader = Reader(graph, 1)
    graph.faults.script("orderby", page(next_link="https://elsewhere.example/v1.0/users"), times=9)
    with pytest.raises(SourceError, match="another host"):
        reader.run()


def test_an_hour_of_many_messages_needs_few_questions(graph: FakeGraph) -> None:
    reader = Reader(graph, 0)
    start = datetime(2026, 1, 5, tzinfo=UTC)
    reader.box.add_all(reader.box.sent, [letter(n, sent=start + timedelta(seconds=n // 50)) for n in range(2000)])
    assert len(reader.run()) == 2000
    assert len(reader.asked()) <= 3 + 4 + 10
    before = len(graph.seen)
    assert reader.run() == []
    assert len(reader.asked(before)) <= 4


def test_unreadable_reasons_are_sentences(graph: FakeGraph) -> None:
    reader = Reader(graph, 3)
    reader.held[1].poisonous = True
    (unreadable,) = (r for r in reader.run() if isinstance(r, Unreadable))
    assert unreadable.reason.endswith(".")
    assert unreadable.locator.key
