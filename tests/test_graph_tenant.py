"""A whole tenant on a bad day: every message is read once, and the case is that of an archive of the same mail."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from scanner.account import Account
from scanner.case import Outcome, Run
from scanner.config import with_internal
from scanner.coverage import Coverage
from scanner.incident import Incident
from scanner.policy import Policy
from scanner.review import review
from scanner.scan import Silent, scan
from scanner.store import WHOLE_ACCOUNT, open_store
from tests.graph.big_tenant import DOMAIN, BigTenant
from tests.graph.client import letter
from tests.graph.fixtures import ServeGraph
from tests.graph.people import Person
from tests.graph.server import FakeGraph

BIG = BigTenant(people=16, messages=700, seed=1, unreachable=8)
OURS = with_internal(Policy(), [DOMAIN])


@pytest.fixture
def bad_day(serve_graph: ServeGraph) -> FakeGraph:
    """One request in eight fails, pages are small, deltas are empty, double and out of order."""
    fake = serve_graph(BIG.tenant())
    fake.faults.rate = 0.12
    fake.faults.list_cap = 40
    fake.faults.delta_page = 25
    fake.faults.delta_empty = 3
    fake.faults.delta_doubles = fake.faults.delta_shuffled = True
    return fake


def scanned(accounts: Sequence[Account], database: Path) -> tuple[Run, list[Coverage], list[Incident]]:
    with open_store(database) as store:
        run = scan(accounts, OURS, store, Silent())
        return run, list(store.coverage()), list(review(store).incidents())


def told(incidents: Sequence[Incident]) -> set[tuple[str, frozenset[str | None]]]:
    """What legal reads of them, without the places where they were found."""
    return {
        (incident.exposures[0].envelope.subject, frozenset(person.address for person in incident.affected))
        for incident in incidents
    }


def mail_read(coverage: Sequence[Coverage]) -> dict[str, int]:
    found: dict[str, int] = {}
    for folder in coverage:
        found[folder.account] = found.get(folder.account, 0) + folder.read
    return found


def test_a_bad_day_loses_nothing_and_doubles_nothing(bad_day: FakeGraph, tmp_path: Path) -> None:
    run, coverage, incidents = scanned([bad_day.whole()], tmp_path / "graph.db")
    read = mail_read(coverage)
    assert {BIG.principal(person): BIG.counts[person] for person in range(BIG.people)} == {
        account.rpartition("/")[2]: count for account, count in read.items() if count
    }
    assert all(folder.complete for folder in coverage if folder.folder != WHOLE_ACCOUNT)
    unreached = [folder for folder in coverage if folder.folder == WHOLE_ACCOUNT]
    assert unreached
    assert all(folder.trouble for folder in unreached)
    assert run.outcome is Outcome.INCOMPLETE  # some users have mail that is out of reach, and the run says so

    files = BIG.write_mboxes(tmp_path)
    archives = [Account(file.stem, "mbox", path=file) for file in files]
    archive_run, archive_coverage, expected = scanned(archives, tmp_path / "mbox.db")
    assert archive_run.outcome is Outcome.COMPLETE
    assert sum(mail_read(archive_coverage).values()) == sum(read.values()) == BIG.messages
    assert len(expected) > 5
    assert told(incidents) == told(expected)
    assert bad_day.service.throttle.impatient == [], "nobody asked again before the time that was named"


def test_the_second_run_reads_only_what_is_new(bad_day: FakeGraph, tmp_path: Path) -> None:
    scanned([bad_day.whole()], tmp_path / "graph.db")
    first = len(bad_day.seen)
    box = bad_day.tenant.mailbox(next(iter(bad_day.tenant.users.values())))
    guests = tuple(Person(None, f"late@outside{number}.example") for number in range(30))
    box.add(box.sent, letter(500_000, to=guests, subject="Brand new"))
    _, coverage, incidents = scanned([bad_day.whole()], tmp_path / "graph.db")
    assert sum(mail_read(coverage).values()) == BIG.messages + 1
    assert "Brand new" in {subject for subject, _ in told(incidents)}
    second = bad_day.seen[first:]
    assert len(second) < first
    assert not [seen for seen in second if "$filter=sentDateTime" in seen.query], "no first pass again"


def test_only_questions_are_asked(bad_day: FakeGraph, tmp_path: Path) -> None:
    scanned([bad_day.whole()], tmp_path / "graph.db")
    assert {seen.method for seen in bad_day.seen if not seen.path.endswith("/$batch")} == {"GET"}
    assert {seen.method for seen in bad_day.seen if seen.path.endswith("/$batch")} <= {"POST"}
    assert all(seen.bearer for seen in bad_day.seen)
    throttle = bad_day.service.throttle
    assert max(throttle.most(BIG.principal(person)) for person in range(BIG.people)) <= 2
    assert throttle.most_at_once <= 8
