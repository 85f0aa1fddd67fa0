"""Hostile answers of Microsoft Graph: each ends soon, in a sentence or a whole reading, and disturbs no neighbour."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

from scanner.case import Run
from scanner.config import with_internal
from scanner.coverage import ChosenBy, Coverage
from scanner.policy import Policy
from scanner.scan import scan
from scanner.store import open_store
from tests.connectors.hostile_graph import CASES, HOSTILE, MESSAGES, STRANGER, Case
from tests.graph.client import letters
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
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("scanner.connectors.graph_client.pause", graph.clock.sleep)
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
