"""Hostile answers of Microsoft Graph: each ends soon, in a sentence or a whole reading, and disturbs no neighbour."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.case import Outcome, Run
from scanner.config import with_internal
from scanner.coverage import ChosenBy, Coverage
from scanner.policy import Policy
from scanner.scan import scan
from scanner.store import open_store
from tests.connectors.hostile_graph import ALWAYS, CASES, DELTA, HOSTILE, LIST, MESSAGES, STRANGER, Case, message
from tests.graph.client import letters
from tests.graph.faults import page
from tests.graph.reply import Reply
from tests.graph.server import FakeGraph
from tests.mailboxes import Log

NEIGHBOURS = ("lena@contoso.test", "omar@contoso.test")
MOST_MEMORY = 300 * 1024 * 1024
MOST_SECONDS = 30.0
OURS = with_internal(Policy(), ["contoso.test"])


def test_there_are_at_least_forty() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 40


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_answer_is_survived(
    case: Case,
    graph: FakeGraph,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    for place, name in enumerate((HOSTILE, *NEIGHBOURS)):
        box = graph.tenant.person(name.partition("@")[0])
        box.add_all(box.sent, letters(MESSAGES, start=place * 100, outsiders=9))
    case.do(graph)
    found = _scanned(graph, case, tmp_path / "case.db")

    covered = {one.account: one for one in found.coverage if one.chosen_by is ChosenBy.SPECIAL_USE}
    for name in NEIGHBOURS:
        assert covered[name].read == MESSAGES
        assert covered[name].complete, covered[name]
    own = covered.get(HOSTILE)
    said = " ".join([*found.run.troubles, own.trouble if own else ""])
    if case.read is None:
        assert case.says in said
        assert own is None or not own.complete
    else:
        assert own is not None
        assert (own.read, own.unreadable) == (case.read, case.unreadable), own
        assert case.says in said
        assert bool(said.strip()) == bool(case.says)
    assert len(found.run.troubles) <= 3
    _stayed_harmless(graph, found, caplog.text)


class _Found:
    """What a scan of the three mailboxes came to."""

    def __init__(self, run: Run, coverage: list[Coverage], log: Log, seconds: float, memory: int) -> None:
        self.run = run
        self.coverage = coverage
        self.log = log
        self.seconds = seconds
        self.memory = memory


def _scanned(graph: FakeGraph, case: Case, database: Path) -> _Found:
    sign_in = graph.sign_in(read_timeout=case.seconds, request_deadline=case.seconds)
    accounts = [graph.account(name, sign_in=sign_in) for name in (NEIGHBOURS[0], HOSTILE, NEIGHBOURS[1])]
    log = Log()
    begun = time.process_time()  # of this process: how busy the machine is besides does not count
    before = _memory("VmRSS", forget_peak=True)
    with open_store(database) as store:
        run = scan(accounts, OURS, store, log)
        coverage = list(store.coverage())
    return _Found(run, coverage, log, time.process_time() - begun, _memory("VmHWM") - before)


def _memory(name: str, *, forget_peak: bool = False) -> int:
    """What Linux says about the memory of this process, in octets (proc(5)); 0 where it does not."""
    try:
        if forget_peak:
            Path("/proc/self/clear_refs").write_text("5", "ascii")
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:")), 0)


def _stayed_harmless(graph: FakeGraph, found: _Found, logged: str) -> None:
    """Time and memory had bounds, nothing but questions was asked, and no token went anywhere else."""
    assert found.seconds < MOST_SECONDS
    assert found.memory < MOST_MEMORY
    assert {(seen.method, seen.path) for seen in graph.seen if seen.method != "GET"} <= {("POST", "/v1.0/$batch")}
    assert {seen.host for seen in graph.seen} == {f"localhost:{graph.port}"}
    output = logged + repr(found.log.lines) + repr(found.run)
    assert graph.signin.tokens
    assert not any(token in output or token.rpartition(".")[2] in output for token in graph.signin.tokens)
    assert min(graph.signin.application.secrets) not in output
    assert "Traceback" not in output
    assert STRANGER not in " ".join(found.run.troubles)


def _dripping(reply: Reply) -> Reply:
    return replace(reply, chunk=1, pace=1.0)


@pytest.fixture
def really_waiting(graph: FakeGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product waits as long as it says, so that its deadlines pass meanwhile."""
    monkeypatch.setattr("scanner.connectors.graph_client.pause", time.sleep)


@pytest.mark.usefixtures("really_waiting")
@pytest.mark.parametrize("pattern", [LIST, DELTA, r"/users/ines[^/]*/mailFolders"])
def test_a_mailbox_that_drips_ends_at_its_deadline_and_its_neighbours_are_read(
    graph: FakeGraph, tmp_path: Path, pattern: str
) -> None:
    for place, name in enumerate((HOSTILE, *NEIGHBOURS)):
        box = graph.tenant.person(name.partition("@")[0])
        box.add_all(box.sent, letters(MESSAGES, start=place * 100, outsiders=9))
    graph.faults.script(pattern, _dripping(page(message(1))), times=ALWAYS)
    patient = graph.sign_in(read_timeout=100.0, request_deadline=3_000.0)
    accounts = [graph.account(name, sign_in=patient) for name in NEIGHBOURS]
    accounts.insert(1, graph.account(HOSTILE, sign_in=patient, mailbox_deadline=4.0))
    with open_store(tmp_path / "case.db") as store:
        run = scan(accounts, OURS, store, Log())
        read = {one.account: one for one in store.coverage() if one.chosen_by is ChosenBy.SPECIAL_USE}
    assert all(read[name].complete and read[name].read == MESSAGES for name in NEIGHBOURS)
    assert run.outcome is Outcome.INCOMPLETE
    assert all(line.startswith(HOSTILE) for line in run.troubles)
    assert "longer than" in " ".join(run.troubles)
    ours = [thread for thread in threading.enumerate() if thread.name.endswith(("(_run)", "(_work)"))]
    assert all(thread.daemon for thread in ours)


def test_a_mailbox_goes_on_in_the_next_run_when_its_time_was_over(graph: FakeGraph, tmp_path: Path) -> None:
    box = graph.tenant.person("ines")
    box.add_all(box.sent, letters(MESSAGES, outsiders=9))
    with open_store(tmp_path / "case.db") as store:
        first = scan([graph.account(HOSTILE, mailbox_deadline=0.0)], OURS, store, Log())
        assert (first.outcome, list(store.candidates())) == (Outcome.FAILED, [])
        assert scan([graph.account(HOSTILE)], OURS, store, Log()).outcome is Outcome.COMPLETE
        assert len(list(store.candidates())) == MESSAGES
