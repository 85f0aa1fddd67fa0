"""Folders that bear a name which another folder bore before: read from their start, and nothing is doubled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from scanner.account import Account, GraphCloud, GraphProfile, GraphTenant
from scanner.case import Outcome, Run
from scanner.config import with_internal
from scanner.connectors import open_mailbox
from scanner.connectors.graph_cursor import First, Later, place_in, read_cursor, word_of
from scanner.connectors.graph_link import folder_in
from scanner.connectors.interface import Cursor, CursorLost
from scanner.coverage import Coverage
from scanner.policy import Policy
from scanner.scan import scan
from scanner.store.records import Found
from scanner.store.store import Store
from tests.connectors.graph_reader import Reader, account, numbers
from tests.graph.client import letters
from tests.graph.faults import throttled
from tests.graph.fixtures import ServeGraph
from tests.graph.mailbox import Mailbox, MailFolder, Tenant, User, user_id
from tests.graph.reply import error
from tests.graph.server import FakeGraph
from tests.mailboxes import Log

OURS = with_internal(Policy(), ["contoso.test"])
MANY = 12  # outsiders, so that each letter is a candidate
BEFORE = 5  # letters in the folder that was read first
YEAR = "Sent Items/2024"
ANOTHER = "Another folder bears this name now: it is read from its start."


@pytest.fixture
def graph(serve_graph: ServeGraph) -> FakeGraph:
    return serve_graph(Tenant(awkward_ids=True))  # so that the id of a folder is encoded in its link


def filled(box: Mailbox, folder: MailFolder, count: int, start: int) -> MailFolder:
    box.add_all(folder, letters(count, outsiders=MANY, start=start))
    return folder


def year(box: Mailbox, count: int = BEFORE, start: int = 0) -> MailFolder:
    """A folder below sent items with some letters."""
    return filled(box, box.add_folder("2024", parent=box.sent), count, start)


def scanned(store: Store, account: Account, folder: str = YEAR) -> tuple[Run, Coverage]:
    """A run, and what it says of one folder; none that is complete is said to be read further than it is long."""
    run = scan([account], OURS, store, Log())
    for one in store.coverage():
        assert one.held <= (one.expected or 0)
        assert one.gone or one.read <= (one.expected or 0)
    (found,) = [one for one in store.coverage() if one.folder == folder]
    return run, found


def kept(store: Store) -> list[int]:
    """The numbers of the letters that are kept, each once."""
    return sorted(int(one.envelope.subject.split()[-1]) for one in store.candidates())


def renamed(box: Mailbox, folder: MailFolder) -> None:
    folder.name = "2024 old"


def deleted(box: Mailbox, folder: MailFolder) -> None:
    box.delete_folder(folder)


@pytest.mark.parametrize("goes", [renamed, deleted])
@pytest.mark.parametrize("count", [0, 1, BEFORE, BEFORE + 3])
def test_a_new_folder_of_the_name_is_read_whole(
    graph: FakeGraph, store: Store, goes: Callable[[Mailbox, MailFolder], None], count: int
) -> None:
    box = graph.tenant.person("ines")
    ines, old = account(graph, box), year(box)
    assert scanned(store, ines)[1].read == BEFORE
    goes(box, old)
    new = year(box, count, start=100)
    run, found = scanned(store, ines)
    assert (run.outcome, found.read, found.expected, found.gone) == (Outcome.COMPLETE, count, count, 0)
    assert kept(store) == [*range(BEFORE), *range(100, 100 + count)]
    assert f"ines: {YEAR}: {ANOTHER}" in run.notices
    assert any("2024 no longer holds 5 of the messages" in notice for notice in run.notices)
    filled(box, new, 1, start=200)
    run, found = scanned(store, ines)
    assert (run.outcome, found.read, found.expected) == (Outcome.COMPLETE, count + 1, count + 1)
    assert kept(store) == [*range(BEFORE), *range(100, 100 + count), 200]
    assert not any(ANOTHER in notice for notice in run.notices)


def chinese(serve_graph: ServeGraph) -> tuple[Mailbox, Account]:
    """A mailbox in the cloud that tells no changes, so that its cursors hold no link."""
    fake = serve_graph(cloud="china")
    box = fake.tenant.person("ines")
    return box, account(fake, box, sign_in=fake.sign_in(cloud=GraphCloud.CHINA))


@pytest.mark.parametrize("count", [1, BEFORE, BEFORE + 3])
def test_a_cursor_without_a_link_is_known_to_be_of_another_folder(
    serve_graph: ServeGraph, store: Store, count: int
) -> None:
    box, ines = chinese(serve_graph)
    old = year(box)
    scanned(store, ines)
    renamed(box, old)
    year(box, count, start=100)
    run, found = scanned(store, ines)
    assert (run.outcome, found.read, found.expected, found.gone) == (Outcome.COMPLETE, count, count, 0)
    assert f"ines: {YEAR}: {ANOTHER}" in run.notices
    assert kept(store) == [*range(BEFORE), *range(100, 100 + count)]


@pytest.mark.parametrize("count", [1, BEFORE, BEFORE + 3])
def test_new_sent_items_are_read_whole_beside_the_old_ones(graph: FakeGraph, store: Store, count: int) -> None:
    box = graph.tenant.person("ines")
    ines, old = account(graph, box, profile=GraphProfile.ALL), filled(box, box.sent, BEFORE, 0)
    scanned(store, ines, "Sent Items")
    old.role, old.name = "", "Sent before"
    new = filled(box, box.add_folder("Sent Items", role="sentitems", parent=box.root), count, 100)
    run, found = scanned(store, ines, "Sent Items")
    assert (run.outcome, found.read, found.expected) == (Outcome.COMPLETE, count, count)
    assert f"ines: Sent Items: {ANOTHER}" in run.notices
    assert kept(store) == [*range(BEFORE), *range(100, 100 + count)]
    filled(box, new, 1, 200)
    assert scanned(store, ines, "Sent Items")[1].read == count + 1
    assert kept(store)[-1] == 200


def test_folders_that_changed_names_are_both_read_again_and_nothing_is_doubled(graph: FakeGraph, store: Store) -> None:
    box = graph.tenant.person("ines")
    ines, one = account(graph, box), year(box)
    other = filled(box, box.add_folder("2023", parent=box.sent), 2, 50)
    scanned(store, ines)
    one.name, other.name = "2023", "2024"
    run, found = scanned(store, ines)
    assert (run.outcome, found.read) == (Outcome.COMPLETE, 2)
    assert [notice for notice in run.notices if ANOTHER in notice] == [
        f"ines: Sent Items/2023: {ANOTHER}", f"ines: {YEAR}: {ANOTHER}",
    ]  # fmt: skip
    assert kept(store) == [*range(BEFORE), 50, 51]


def test_a_folder_that_is_only_renamed_is_read_under_its_new_name_and_told(graph: FakeGraph, store: Store) -> None:
    box = graph.tenant.person("ines")
    ines, folder = account(graph, box), year(box)
    scanned(store, ines)
    folder.name = "Year before last"
    run, found = scanned(store, ines, "Sent Items/Year before last")
    assert (run.outcome, found.read, found.expected) == (Outcome.INCOMPLETE, BEFORE, BEFORE)
    assert [YEAR in trouble and "no longer there" in trouble for trouble in run.troubles] == [True], run.troubles
    assert kept(store) == list(range(BEFORE))
    folder.name = "2024"
    run, found = scanned(store, ines)  # its own name again: the cursor of then is its own, too
    assert (run.outcome, found.read, found.expected) == (Outcome.INCOMPLETE, BEFORE, BEFORE)  # the other name is gone
    assert not any(ANOTHER in notice for notice in run.notices)
    assert kept(store) == list(range(BEFORE))


def test_a_first_pass_that_broke_off_does_not_go_on_in_another_folder(graph: FakeGraph, store: Store) -> None:
    box = graph.tenant.person("ines")
    ines, old = account(graph, box, page=5), year(box, 12)
    pages = rf"{old.id[-8:].replace('+', '%2B').replace('=', '%3D')}/messages\?.*skiptoken"
    graph.faults.script(pages, throttled("9999"), times=9)
    run, found = scanned(store, ines)
    assert (run.outcome, found.read) == (Outcome.INCOMPLETE, 5)
    graph.faults.scripted.clear()
    graph.clock.sleep(10_000)
    old.name = "2024 old"
    year(box, 3, start=-20)  # all of them were sent before the place that the pass had come to
    run, found = scanned(store, ines)
    assert (run.outcome, found.read, found.expected) == (Outcome.COMPLETE, 3, 3)
    assert f"ines: {YEAR}: {ANOTHER}" in run.notices
    assert kept(store) == [*range(-20, -17), *range(12)]


def contoso(graph: FakeGraph) -> Account:
    return Account("contoso", "graph", graph=GraphTenant(graph.sign_in()))


def recreated_user(graph: FakeGraph, before: User) -> Mailbox:
    del graph.tenant.users[before.id]
    return graph.tenant.mailbox(graph.tenant.add_user(replace(before, id=user_id("somebody else"))))


def new_mailbox(graph: FakeGraph, before: User) -> Mailbox:
    return graph.tenant.new_mailbox(before)


@pytest.mark.parametrize("made_anew", [recreated_user, new_mailbox])
@pytest.mark.parametrize("count", [2, BEFORE, BEFORE + 3])
def test_another_mailbox_of_the_same_name_is_read_whole(
    graph: FakeGraph, store: Store, made_anew: Callable[[FakeGraph, User], Mailbox], count: int
) -> None:
    box = graph.tenant.person("ines")
    filled(box, box.sent, BEFORE, 0)
    scanned(store, contoso(graph), "Sent Items")
    other = made_anew(graph, box.user)
    filled(other, other.sent, count, 100)
    run, found = scanned(store, contoso(graph), "Sent Items")
    assert (run.outcome, found.read, found.expected) == (Outcome.COMPLETE, count, count)
    assert f"contoso/ines@contoso.test: Sent Items: {ANOTHER}" in run.notices
    assert kept(store) == [*range(BEFORE), *range(100, 100 + count)]


@pytest.mark.parametrize("order", [("2024", "2024", "2024 (2)"), ("2024 (2)", "2024", "2024")])
def test_folders_of_one_name_are_each_read(graph: FakeGraph, store: Store, order: tuple[str, ...]) -> None:
    box = graph.tenant.person("ines")
    for number, name in enumerate(order):
        filled(box, box.add_folder(name, parent=box.sent), 1, 10 * number)
    assert scanned(store, account(graph, box))[0].outcome is Outcome.COMPLETE
    assert [one.folder for one in store.coverage() if one.folder.startswith(YEAR)] == [
        YEAR, f"{YEAR} (2)", f"{YEAR} (3)",
    ]  # fmt: skip
    assert kept(store) == [0, 10, 20]


# ---- cursors of earlier versions


def aged(store: Store, *, link: bool = True) -> None:
    """The cursors of the case become those of the version before, which say nothing of their folders."""
    for one in store.folders():
        if one.cursor is None:
            continue
        place = read_cursor(Cursor(one.cursor))
        kind, _, *parts = one.cursor.split(" ")
        if isinstance(place, Later):
            where, others, gone, _holes, seen = parts
            parts = [where if link else "-", others, gone, seen]
        store.record(Found(one.coverage, Cursor(" ".join([kind.replace("-2", "-1"), *parts])), one.policy))


@pytest.mark.parametrize("link", [True, False])
def test_an_old_cursor_of_the_folder_is_read_on(graph: FakeGraph, store: Store, link: bool) -> None:
    box = graph.tenant.person("ines")
    ines, folder = account(graph, box), year(box)
    scanned(store, ines)
    aged(store, link=link)
    filled(box, folder, 1, 100)
    before = len(graph.seen)
    run, found = scanned(store, ines)
    assert (run.outcome, run.notices, found.read, found.expected) == (Outcome.COMPLETE, (), BEFORE + 1, BEFORE + 1)
    assert kept(store) == [*range(BEFORE), 100]
    assert not [seen for seen in graph.seen[before:] if "orderby" in seen.query]  # nothing was read from its start
    progress = store.progress("ines")[YEAR].cursor
    assert read_cursor(Cursor(progress or "")).folder == word_of(folder.id)


@pytest.mark.parametrize("goes", [renamed, deleted])
@pytest.mark.parametrize("count", [1, BEFORE, BEFORE + 3])
def test_an_old_cursor_of_another_folder_is_seen_by_its_link(
    graph: FakeGraph, store: Store, goes: Callable[[Mailbox, MailFolder], None], count: int
) -> None:
    box = graph.tenant.person("ines")
    ines, old = account(graph, box), year(box)
    scanned(store, ines)
    aged(store)
    goes(box, old)
    year(box, count, start=100)
    run, found = scanned(store, ines)
    assert (run.outcome, found.read, found.expected) == (Outcome.COMPLETE, count, count)
    assert f"ines: {YEAR}: {ANOTHER}" in run.notices
    assert kept(store) == [*range(BEFORE), *range(100, 100 + count)]


@pytest.mark.parametrize("count", [1, BEFORE, BEFORE + 3])
def test_an_old_cursor_of_another_folder_without_a_link_misses_nothing(
    graph: FakeGraph, store: Store, count: int
) -> None:
    box = graph.tenant.person("ines")
    ines, old = account(graph, box), year(box)
    scanned(store, ines)
    aged(store, link=False)
    old.name = "2024 old"
    year(box, count, start=100)
    run, found = scanned(store, ines)
    assert (run.outcome, found.held, found.gone, found.expected) == (Outcome.COMPLETE, count, BEFORE, count)
    assert kept(store) == [*range(BEFORE), *range(100, 100 + count)]


@pytest.mark.parametrize("another", [True, False])
def test_an_old_cursor_where_no_changes_are_told_misses_nothing(
    serve_graph: ServeGraph, store: Store, another: bool
) -> None:
    box, ines = chinese(serve_graph)
    old = year(box)
    scanned(store, ines)
    aged(store)
    if another:
        deleted(box, old)
        old = year(box, 0)
    filled(box, old, 2, 100)
    run, found = scanned(store, ines)
    gone = BEFORE if another else 0
    assert (run.outcome, found.read, found.gone, found.held) == (Outcome.COMPLETE, BEFORE + 2, gone, found.expected)
    assert kept(store) == [*range(BEFORE), 100, 101]


def test_an_old_cursor_within_a_first_pass_says_nothing_so_it_is_read_from_its_start_once(graph: FakeGraph) -> None:
    reader = Reader(graph, 6)
    reader.run()
    own = reader.box.sent.id
    halfway, _ = reader.items[2]
    kind, _, *parts = halfway.split(" ")
    reader.cursor = Cursor(" ".join([kind.replace("-2", "-1"), *parts]))
    with pytest.raises(CursorLost, match="from its start once"):
        reader.run()
    reader.cursor = None
    assert numbers(reader.run()) == list(range(6))
    assert isinstance(place_in(own, halfway), First)


# ---- counts


def test_what_left_while_the_service_forgot_its_link_is_counted_as_gone(graph: FakeGraph, store: Store) -> None:
    box = graph.tenant.person("ines")
    ines, folder = account(graph, box), year(box, 12)
    scanned(store, ines)
    for held in list(folder.held.values())[:8]:
        box.delete(held)
    graph.faults.script("deltatoken", error(410, "SyncStateNotFound", "generation=1;[highest=9]"), times=9)
    run, found = scanned(store, ines)
    assert (run.outcome, found.read, found.gone, found.held, found.expected) == (Outcome.COMPLETE, 12, 8, 4, 4)
    assert kept(store) == list(range(12))


def test_mail_that_comes_while_we_read_needs_no_comparing_of_all_ids(graph: FakeGraph) -> None:
    reader = Reader(graph, 6)
    reader.run()
    with open_mailbox(reader.account) as mailbox:
        folder = reader.sent(mailbox)
        reader.box.add_all(reader.box.sent, letters(2, start=60))
        before = len(graph.seen)
        assert len(list(mailbox.read(folder, reader.cursor))) == 2
    assert reader.lists(before) == []


# ---- links


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("https://graph.example/v1.0/users/u/mailFolders/AQ%2BM%3D/messages/delta?$deltatoken=x", "AQ+M="),
        ("https://graph.example/v1.0/me/mailfolders('AQMk=')/messages/delta?$skiptoken=x", "AQMk="),
        ("https://graph.example/v1.0/me/mailfolders(%27AQ%2FMk%27)/messages/delta?$skiptoken=x", "AQ/Mk"),
        ("https://graph.example/v1.0/me/messages/delta?$deltatoken=mailFolders/AQMk", ""),
        ("", ""),
    ],
)
def test_the_folder_of_a_link(link: str, found: str) -> None:
    assert folder_in(link) == found


def test_a_link_may_spell_the_id_of_its_folder_for_addresses() -> None:
    link = "https://graph.example/v1.0/me/mailFolders('A-_k')/messages/delta?$deltatoken=x"
    place = place_in("A+/k", Cursor(f"graph-later-1 {link} 0 - -"))
    assert isinstance(place, Later)
    assert place.link == link
    with pytest.raises(CursorLost, match="Another folder"):
        place_in("A+/K", Cursor(f"graph-later-1 {link} 0 - -"))


def test_a_link_that_names_no_folder_is_not_followed() -> None:
    place = place_in("A", Cursor("graph-later-1 https://graph.example/v1.0/me/messages/delta 0 - -"))
    assert isinstance(place, Later)
    assert (place.link, place.folder) == ("", word_of("A"))
