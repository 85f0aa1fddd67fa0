"""Kept messages that a folder holds under other keys now, or that cannot be read for now: nobody tells them as gone."""

from __future__ import annotations

from dataclasses import replace

from scanner.account import Account, GraphProfile
from scanner.case import Alarm, Outcome, Run
from scanner.config import with_internal
from scanner.policy import Gate, Policy
from scanner.scan import Silent, scan
from scanner.store.store import Store
from tests.cli.command import message
from tests.dovecot import Dovecot
from tests.graph.client import letter, letters
from tests.graph.fixtures import ServeGraph
from tests.graph.people import Person

CORP = with_internal(Policy(), ["corp.example", "contoso.test"])
WIDE = with_internal(CORP, [f"{name}{number}.example" for name in ("freemail", "outside") for number in range(12)])


def week(store: Store, account: Account, policy: Policy = CORP) -> Run:
    return scan([account], policy, store, Silent())


def places(store: Store) -> set[str]:
    return {place.key for kept in store.candidates() for place in kept.locations}


def test_what_is_internal_now_in_a_folder_that_was_rebuilt(dovecot: Dovecot, store: Store) -> None:
    dovecot.fill("stillthere", [message(number, 12) for number in range(4)])
    account = dovecot.account("stillthere")
    week(store, account)
    before = places(store)
    dovecot.kick("stillthere")
    dovecot.rebuild("stillthere")
    run = week(store, account, WIDE)
    assert (run.outcome, run.alarms) == (Outcome.COMPLETE, (Alarm.READ_AGAIN,))
    assert len(places(store)) == 4
    assert places(store).isdisjoint(before)  # where they are now: evidence is fetched from there
    (dovecot.maildir("stillthere") / "cur" / "1600000002.M0000002P1.acme:2,S").unlink()
    dovecot.kick("stillthere")
    dovecot.rebuild("stillthere")
    run = week(store, account, WIDE)
    assert sorted(run.alarms) == [Alarm.FOUND_GONE, Alarm.READ_AGAIN, Alarm.SHRUNK]
    assert "Sent no longer holds 1 of the messages" in " ".join(run.notices)


def test_what_is_internal_now_in_a_mailbox_that_was_made_anew(serve_graph: ServeGraph, store: Store) -> None:
    graph = serve_graph()
    mailbox = graph.tenant.person("ines")
    sent = letters(4, outsiders=12)
    mailbox.add_all(mailbox.sent, sent)
    account = graph.account("ines@contoso.test")
    week(store, account)
    before = places(store)
    new = graph.tenant.new_mailbox(mailbox.user)
    new.add_all(new.sent, sent)
    run = week(store, account, WIDE)
    assert (run.outcome, run.alarms) == (Outcome.COMPLETE, (Alarm.READ_AGAIN,))
    assert len(places(store)) == 4
    assert places(store).isdisjoint(before)


def test_what_cannot_be_read_for_now(serve_graph: ServeGraph, store: Store) -> None:
    graph = serve_graph()
    mailbox = graph.tenant.person("ines")
    held = mailbox.add_all(mailbox.sent, letters(4, outsiders=12))
    account = graph.account("ines@contoso.test")
    week(store, account)
    held[2].poisonous = True
    run = week(store, account, replace(CORP, gate=Gate(candidate=4)))
    assert (run.outcome, run.alarms) == (Outcome.INCOMPLETE, ())
    assert len(places(store)) == 4


def test_what_is_not_read_by_the_settings_of_today(serve_graph: ServeGraph, store: Store) -> None:
    """Mail that a colleague sent, in a folder of which only the owner's is read now."""
    graph = serve_graph()
    mailbox = graph.tenant.person("ines")
    mailbox.add_all(mailbox.sent, letters(2))
    other = letter(9, outsiders=12, author=Person("Omar", "omar@contoso.test"))
    held = mailbox.add(mailbox.add_folder("Sent 2024"), other)
    account = graph.account("ines@contoso.test", profile=GraphProfile.ALL)
    week(store, account)
    narrow = replace(account, sent_folders=("Sent Items",))
    for candidate in (5, 4):  # the second week reads the folder again from its start
        run = week(store, narrow, replace(CORP, gate=Gate(candidate=candidate)))
        assert (run.outcome, run.alarms) == (Outcome.COMPLETE, ())
    assert len(places(store)) == 1
    mailbox.delete(held)
    run = week(store, narrow, replace(CORP, gate=Gate(candidate=3)))
    assert sorted(run.alarms) == [Alarm.FOUND_GONE, Alarm.SHRUNK]
