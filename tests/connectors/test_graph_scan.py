"""A scan over a tenant: equal to that of the same mail in mbox files, with faults or without, and again what is new."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanner.account import Account, GraphTenant
from scanner.case import Alarm, Outcome, Run
from scanner.config import with_internal
from scanner.coverage import ChosenBy, Coverage
from scanner.policy import Policy
from scanner.review import review
from scanner.scan import scan
from scanner.store import open_store
from scanner.store.store import Store
from tests.graph.big_tenant import DOMAIN, BigTenant
from tests.graph.client import letter
from tests.graph.faults import throttled
from tests.graph.fixtures import ServeGraph
from tests.graph.mailbox import Tenant
from tests.graph.reply import Reply, Request
from tests.graph.server import FakeGraph
from tests.mailboxes import Log

BIG = BigTenant(people=12, messages=900, unreachable=0)
OURS = with_internal(Policy(), [DOMAIN, "contoso.onmicrosoft.test"])


@pytest.fixture
def graph(serve_graph: ServeGraph) -> FakeGraph:
    return serve_graph(BIG.tenant())


def contoso(graph: FakeGraph, **changes: Any) -> Account:
    return Account("contoso", "graph", graph=replace(GraphTenant(graph.sign_in(), page=50), **changes))


def opened(store: Store) -> list[Coverage]:
    return [folder for folder in store.coverage() if folder.chosen_by is not ChosenBy.NOT_SENT]


def found(store: Store, run: Run) -> list[tuple[object, ...]]:
    """The incidents with all people concerned, without the places of the messages."""
    case = review(store, run.policy)
    return sorted(
        (incident.id, [exposure.message for exposure in incident.exposures], [a.key for a in incident.affected],
         [viewer.address for exposure in incident.exposures for viewer in exposure.viewers])
        for incident in case.incidents()
    )  # fmt: skip


@pytest.mark.parametrize("rate", [0.0, 0.05])
def test_a_tenant_and_the_mbox_files_of_its_mail_are_the_same_case(
    graph: FakeGraph, store: Store, tmp_path: Path, rate: float
) -> None:
    graph.faults.rate = rate
    run = scan([contoso(graph)], OURS, store, Log())
    assert run.outcome is Outcome.COMPLETE
    coverage = opened(store)
    assert sum(folder.read for folder in coverage) == BIG.messages
    assert all(folder.complete and folder.expected == folder.read for folder in coverage)
    files = BIG.write_mboxes(tmp_path)
    archives = [Account(file.name, "mbox", path=file) for file in files]
    with open_store(tmp_path / "archive.db") as other:
        archived = scan(archives, OURS, other, Log())
        incidents = found(other, archived)
        kept = {entry.envelope.identity for entry in other.candidates()}
    assert incidents
    assert found(store, run) == incidents
    assert {entry.envelope.identity for entry in store.candidates()} == kept
    assert graph.service.throttle.most_at_once <= 8
    assert {seen.method for seen in graph.seen if seen.path != "/v1.0/$batch"} == {"GET"}


def test_a_second_run_reads_only_what_is_new(graph: FakeGraph, store: Store) -> None:
    scan([contoso(graph)], OURS, store, Log())
    before = len(graph.seen)
    box = graph.tenant.mailbox(next(iter(graph.tenant.users.values())))
    new = letter(90_000, outsiders=25)
    box.add(box.sent, new)
    run = scan([contoso(graph)], OURS, store, Log())
    assert run.outcome is Outcome.COMPLETE
    assert sum(folder.read for folder in opened(store)) == BIG.messages + 1
    assert new.subject in {entry.envelope.subject for entry in store.candidates()}
    again = [seen for seen in graph.seen[before:]]
    assert not any("sentDateTime" in seen.query and "orderby" in seen.query for seen in again)
    one_by_one = [seen for seen in again if "/messages/" in seen.path and not seen.path.endswith("/delta")]
    assert len(one_by_one) == 1


def test_what_was_deleted_since_is_counted_and_nothing_is_read_again(graph: FakeGraph, store: Store) -> None:
    scan([contoso(graph)], OURS, store, Log())
    box = graph.tenant.mailbox(next(iter(graph.tenant.users.values())))
    for held in list(box.sent.held.values())[:3]:
        box.delete(held)
    box.add(box.sent, letter(90_000))
    before = len(graph.seen)
    run = scan([contoso(graph)], OURS, store, Log())
    assert run.outcome is Outcome.COMPLETE
    found = opened(store)
    assert sum(folder.read for folder in found) == BIG.messages + 1
    assert [folder.gone for folder in found if folder.gone] == [3]
    assert not any("sentDateTime" in seen.query and "orderby" in seen.query for seen in graph.seen[before:])


def test_what_cannot_be_reached_is_in_the_coverage_and_leaves_the_run_incomplete(
    serve_graph: ServeGraph, store: Store
) -> None:
    fake = serve_graph(BigTenant(people=4, messages=60, unreachable=4).tenant())
    fake.service.out_of_scope.add(f"person0002@{DOMAIN}")
    log = Log()
    run = scan([contoso(fake)], OURS, store, log)
    assert run.outcome is Outcome.INCOMPLETE
    away = {folder.account: folder.trouble for folder in store.coverage() if not folder.folder}
    assert sorted(away) == [f"contoso/away1@{DOMAIN}", f"contoso/away2@{DOMAIN}", f"contoso/person0002@{DOMAIN}"]
    assert "No mailbox can be reached" in away[f"contoso/away1@{DOMAIN}"]
    assert "may not read this mailbox" in away[f"contoso/person0002@{DOMAIN}"]
    assert sorted(run.troubles) == sorted(f"{name}: {why}" for name, why in away.items())
    assert any("In-place archives" in notice for notice in log.said("notice"))


def test_a_mailbox_that_is_reached_again_is_no_longer_in_trouble(graph: FakeGraph, store: Store) -> None:
    graph.service.out_of_scope.add(BIG.principal(3))
    assert scan([contoso(graph)], OURS, store, Log()).outcome is Outcome.INCOMPLETE
    graph.service.out_of_scope.clear()
    assert scan([contoso(graph)], OURS, store, Log()).outcome is Outcome.COMPLETE
    assert all(folder.folder for folder in store.coverage())


def test_a_mailbox_that_left_the_tenant_is_noted_and_kept(graph: FakeGraph, store: Store) -> None:
    scan([contoso(graph)], OURS, store, Log())
    before = found(store, scan([contoso(graph)], OURS, store, Log()))
    gone = f"contoso/{BIG.principal(0)}"
    (user,) = (user for user in graph.tenant.users.values() if user.principal == BIG.principal(0))
    del graph.tenant.users[user.id]
    log = Log()
    run = scan([contoso(graph)], OURS, store, log)
    assert run.outcome is Outcome.COMPLETE
    (row,) = (folder for folder in store.coverage() if not folder.folder)
    assert (row.account, row.chosen_by, row.complete) == (gone, ChosenBy.NOT_SENT, True)
    assert "no longer among the mailboxes" in row.trouble
    assert [notice for notice in run.notices if notice.startswith(gone)] == [f"{gone}: {row.trouble}"]
    assert sum(folder.read for folder in opened(store)) == BIG.messages
    assert found(store, run) == before
    again = scan([contoso(graph)], OURS, store, Log())
    assert not any(notice.startswith(gone) for notice in again.notices)
    assert row in store.coverage()
    graph.tenant.add_user(user)
    assert scan([contoso(graph)], OURS, store, Log()).outcome is Outcome.COMPLETE
    assert all(folder.folder for folder in store.coverage())


def test_a_mailbox_that_was_never_reached_and_left_is_no_trouble_any_more(graph: FakeGraph, store: Store) -> None:
    graph.service.out_of_scope.add(BIG.principal(3))
    assert scan([contoso(graph)], OURS, store, Log()).outcome is Outcome.INCOMPLETE
    (user,) = (user for user in graph.tenant.users.values() if user.principal == BIG.principal(3))
    del graph.tenant.users[user.id]
    assert scan([contoso(graph)], OURS, store, Log()).outcome is Outcome.COMPLETE
    (row,) = (folder for folder in store.coverage() if not folder.folder)
    assert "no longer among the mailboxes" in row.trouble


def test_a_mailbox_that_the_settings_name_alone_is_not_told_as_gone(graph: FakeGraph, store: Store) -> None:
    """It is read under the name of the account then; the others are told."""
    graph.service.out_of_scope.add(BIG.principal(3))
    assert scan([contoso(graph)], OURS, store, Log()).outcome is Outcome.INCOMPLETE
    graph.service.out_of_scope.clear()
    alone = contoso(graph, mailboxes=(BIG.principal(3),))
    run = scan([alone], OURS, store, Log())
    assert run.outcome is Outcome.COMPLETE
    others = [f"contoso/{BIG.principal(person)}: " for person in range(BIG.people) if person != 3]
    told = [notice for notice in run.notices if "no longer among the mailboxes" in notice]
    assert [notice.partition(" ")[0] + " " for notice in told] == others
    assert not [folder for folder in store.coverage() if folder.account == f"contoso/{BIG.principal(3)}"]
    assert scan([contoso(graph)], OURS, store, Log()).outcome is Outcome.COMPLETE
    assert scan([alone], OURS, store, Log()).alarms == (Alarm.GONE,) * len(others)


def test_a_mailbox_by_itself_that_is_reached_again_is_not_told_as_gone(graph: FakeGraph, store: Store) -> None:
    alone = contoso(graph, mailboxes=(BIG.principal(3),))
    assert scan([alone], OURS, store, Log()).outcome is Outcome.COMPLETE
    graph.service.out_of_scope.add(BIG.principal(3))
    assert scan([alone], OURS, store, Log()).outcome is Outcome.FAILED
    assert [folder.complete for folder in store.coverage() if not folder.folder] == [False]
    graph.service.out_of_scope.clear()
    run = scan([alone], OURS, store, Log())
    assert (run.outcome, run.alarms) == (Outcome.COMPLETE, ())
    assert all(folder.folder for folder in store.coverage())


def test_a_stuck_mailbox_stops_nobody_else_and_is_read_next_time(graph: FakeGraph, store: Store) -> None:
    stuck = BIG.principal(1)
    graph.service.unavailable[stuck] = throttled("7200")
    run = scan([contoso(graph)], OURS, store, Log())
    assert run.outcome is Outcome.INCOMPLETE
    assert [trouble.partition(":")[0] for trouble in run.troubles] == [f"contoso/{stuck}"]
    assert "7200 seconds" in run.troubles[0]
    assert sum(folder.read for folder in opened(store)) == BIG.messages - BIG.counts[1]
    graph.service.unavailable.clear()
    graph.clock.sleep(7200)
    assert scan([contoso(graph)], OURS, store, Log()).outcome is Outcome.COMPLETE
    assert sum(folder.read for folder in opened(store)) == BIG.messages


def test_a_tenant_that_gives_nothing_fails_and_recovers(graph: FakeGraph, store: Store) -> None:
    graph.signin.trouble = 7000222
    run = scan([contoso(graph)], OURS, store, Log())
    assert run.outcome is Outcome.FAILED
    assert "AADSTS7000222" in run.troubles[0]
    assert [folder.account for folder in store.coverage()] == ["contoso"]
    graph.signin.trouble = None
    later = graph.sign_in(connect_timeout=6.0)  # msal remembers a refusal for a minute
    assert scan([contoso(graph, sign_in=later)], OURS, store, Log()).outcome is Outcome.COMPLETE
    assert all(folder.folder for folder in store.coverage())


def test_the_tenant_says_what_is_internal(graph: FakeGraph, store: Store) -> None:
    run = scan([contoso(graph)], Policy(), store, Log())
    assert [domain.domain for domain in run.policy.internal] == [
        "contoso.mail.onmicrosoft.test", "contoso.onmicrosoft.test", "contoso.test",
    ]  # fmt: skip
    assert any("since the tenant says so" in notice for notice in run.notices)


def test_ctrl_c_ends_the_run_at_once_and_the_next_one_goes_on(graph: FakeGraph, store: Store) -> None:
    class Impatient(Log):
        def folder_done(self, coverage: Coverage) -> None:
            super().folder_done(coverage)
            if len(self.said("done")) == 3:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan([contoso(graph)], OURS, store, Impatient())
    assert [run.outcome for run in store.runs()] == [Outcome.STOPPED]
    assert scan([contoso(graph)], OURS, store, Log()).outcome is Outcome.COMPLETE
    assert sum(folder.read for folder in opened(store)) == BIG.messages
    assert all(folder.expected == folder.read for folder in opened(store))


def test_the_outcome_does_not_depend_on_who_is_first(graph: FakeGraph, store: Store, tmp_path: Path) -> None:
    graph.service.out_of_scope.update({BIG.principal(2), BIG.principal(7)})
    run = scan([contoso(graph, in_flight=1)], OURS, store, Log())
    with open_store(tmp_path / "other.db") as other:
        wide = scan([contoso(graph, in_flight=16)], OURS, other, Log())
        assert (wide.troubles, wide.notices) == (run.troubles, run.notices)
        assert found(other, wide) == found(store, run)


def test_a_run_that_breaks_off_inside_a_folder_goes_on_there(graph: FakeGraph, store: Store) -> None:
    counted = 0

    def broken(request: Request) -> Reply | None:
        nonlocal counted
        counted += "skiptoken" in request.query
        return throttled("9999") if counted > 2 else None

    graph.faults.script("orderby", broken, times=10_000)
    assert scan([contoso(graph, page=20)], OURS, store, Log()).outcome is Outcome.INCOMPLETE
    part = sum(folder.read for folder in opened(store))
    assert 0 < part < BIG.messages
    graph.faults.scripted.clear()
    graph.clock.sleep(10_000)
    assert scan([contoso(graph, page=20)], OURS, store, Log()).outcome is Outcome.COMPLETE
    assert sum(folder.read for folder in opened(store)) == BIG.messages


def test_an_empty_tenant_is_no_clean_run(serve_graph: ServeGraph, store: Store) -> None:
    fake = serve_graph(Tenant())
    assert scan([contoso(fake)], OURS, store, Log()).outcome is Outcome.FAILED
