"""Settings that want fewer folders than an earlier run read: they are read on, and nothing counts as gone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanner.account import Account, GraphProfile
from scanner.case import Alarm, Outcome, Run
from scanner.coverage import ChosenBy
from scanner.envelope import Mark
from scanner.scan import scan
from scanner.store.store import Store
from tests.connectors.graph_reader import account
from tests.connectors.test_graph_scan import OURS
from tests.dovecot import Dovecot
from tests.graph.client import letter
from tests.graph.fixtures import ServeGraph
from tests.graph.mailbox import Mailbox as Box
from tests.graph.server import FakeGraph
from tests.mailboxes import Log
from tests.store.mail import OURS as CORP
from tests.store.mail import raw

READ_ON = "is read on, since an earlier run read it, although it is no folder of sent mail by today's settings."


@pytest.fixture
def graph(serve_graph: ServeGraph, monkeypatch: pytest.MonkeyPatch) -> FakeGraph:
    fake = serve_graph()
    monkeypatch.setattr("scanner.connectors.graph_client.pause", fake.clock.sleep)
    return fake


@pytest.fixture
def box(graph: FakeGraph) -> Box:
    """Mail in sent items, below the inbox, below what was deleted, and among what can be recovered."""
    box = graph.tenant.person("ines")
    inbox, deleted = box.known("inbox"), box.known("deleteditems")
    filed = box.add_folder("Filed", parent=inbox)
    box.add_folder("Empty", parent=inbox)
    places = [box.sent, inbox, filed, box.add_folder("Year", parent=deleted), box.known("recoverableitemsdeletions")]
    for number, place in enumerate(places):
        box.add(place, letter(number, outsiders=12))
    return box


WIDE = {"Sent Items", "Inbox", "Inbox/Filed", "Deleted Items/Year", "Deletions"}


def run(store: Store, one: Account) -> Run:
    return scan([one], OURS, store, Log())


def read(store: Store) -> dict[str, int]:
    return {one.folder: one.read for one in store.coverage() if one.read}


@pytest.mark.parametrize("then", [GraphProfile.SENT, GraphProfile.DELETED])
def test_a_narrower_profile_is_no_alarm_and_its_folders_are_read_on(
    graph: FakeGraph, box: Box, store: Store, then: GraphProfile
) -> None:
    run(store, account(graph, box, profile=GraphProfile.ALL))
    assert read(store) == dict.fromkeys(WIDE, 1)
    box.add(box.known("recoverableitemsdeletions"), letter(50, outsiders=12))
    box.add(next(one for one in box.folders.values() if one.name == "Filed"), letter(51, outsiders=12))
    narrow = account(graph, box, profile=then)
    for _ in range(2):
        done = run(store, narrow)
        assert (done.outcome, done.alarms, done.troubles) == (Outcome.COMPLETE, (), ())
        wanted = {"Sent Items"} if then is GraphProfile.SENT else WIDE - {"Inbox", "Inbox/Filed"}
        assert sorted(done.notices) == [f"ines: {path} {READ_ON}" for path in sorted(WIDE - wanted)]
        assert read(store) == {**dict.fromkeys(WIDE, 1), "Inbox/Filed": 2, "Deletions": 2}
    (empty,) = (one for one in store.coverage() if one.folder == "Inbox/Empty")
    assert (empty.chosen_by, empty.trouble) == (ChosenBy.NOT_SENT, "")
    assert run(store, account(graph, box, profile=GraphProfile.ALL)).notices == ()


def test_a_wider_profile_reads_more_and_says_nothing(graph: FakeGraph, box: Box, store: Store) -> None:
    run(store, account(graph, box))
    assert read(store) == {"Sent Items": 1}
    done = run(store, account(graph, box, profile=GraphProfile.ALL))
    assert (done.outcome, done.alarms, done.notices) == (Outcome.COMPLETE, (), ())
    assert read(store) == dict.fromkeys(WIDE, 1)


def test_a_folder_that_really_went_is_told_as_gone_with_a_narrower_profile_too(
    graph: FakeGraph, box: Box, store: Store
) -> None:
    run(store, account(graph, box, profile=GraphProfile.ALL))
    filed = next(one for one in box.folders.values() if one.name == "Filed")
    del box.folders[filed.id]
    done = run(store, account(graph, box))
    assert (done.outcome, done.alarms) == (Outcome.INCOMPLETE, (Alarm.GONE,))
    assert done.troubles == ("ines: The folder Inbox/Filed, read in an earlier run, is no longer there.",)


def test_the_usual_profile_looks_nowhere_else_while_no_earlier_run_did(
    graph: FakeGraph, box: Box, store: Store
) -> None:
    for _ in range(2):
        run(store, account(graph, box))
    assert not [seen for seen in graph.seen if "recoverableitemsdeletions" in seen.path]


def test_no_more_evidence_is_no_alarm(graph: FakeGraph, box: Box, store: Store) -> None:
    ines = account(graph, box)
    run(store, replace(ines, history=True))
    assert read(store)["Inbox/Filed"] == 1
    for _ in range(2):
        done = run(store, ines)
        assert (done.outcome, done.alarms, done.notices) == (Outcome.COMPLETE, (), ())


def test_fewer_names_of_sent_folders_are_no_alarm(graph: FakeGraph, box: Box, store: Store) -> None:
    both = ("Sent Items", "Inbox/Filed")
    run(store, replace(account(graph, box), sent_folders=both))
    filed = next(one for one in box.folders.values() if one.name == "Filed")
    box.add(filed, letter(60, outsiders=12))
    done = run(store, account(graph, box))
    assert (done.outcome, done.alarms, done.notices) == (
        Outcome.COMPLETE, (), (f"ines: Inbox/Filed {READ_ON}",)
    )  # fmt: skip
    assert read(store) == {"Sent Items": 1, "Inbox/Filed": 2}
    marks = {kept.envelope.subject: kept.envelope.marks for kept in store.candidates()}
    assert all(Mark.SENT in found for found in marks.values())


def test_imap_reads_on_what_sent_folders_named_and_names_no_more(dovecot: Dovecot, store: Store) -> None:
    name = "fewer-wanted"
    dovecot.fill(name, [raw(1)])
    dovecot.fill(name, [raw(2)], "Projects")
    both = replace(dovecot.account(name), sent_folders=("Sent", "Projects"))
    assert scan([both], CORP, store, Log()).outcome is Outcome.COMPLETE
    dovecot.fill(name, [raw(3)], "Projects")
    for _ in range(2):
        done = scan([replace(both, sent_folders=("Sent",))], CORP, store, Log())
        assert (done.outcome, done.alarms, done.troubles) == (Outcome.COMPLETE, (), ())
        assert done.notices == (f"{both.name}: Projects {READ_ON}",)
    assert read(store) == {"Sent": 1, "Projects": 2}
    assert all(Mark.SENT in kept.envelope.marks for kept in store.candidates())
    done = scan([both], CORP, store, Log())
    assert (done.outcome, done.alarms, done.notices) == (Outcome.COMPLETE, (), ())
