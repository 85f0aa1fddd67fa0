"""A small part of each fault, in every test run; `python -m tests.faults` brings about all of them."""

from __future__ import annotations

import contextlib
import logging
import socket
from pathlib import Path

import pytest

from tests.dovecot import Dovecot
from tests.faults import again, canaries, changing, hosts, kills, line, sameness, sources, stops, writes
from tests.faults.figure import Figure
from tests.faults.proxy import Fault, Kind, proxy
from tests.needed import absent
from tests.vendors import Vendor


@pytest.fixture(autouse=True)
def _few_words(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "scanner")


def held(*figures: Figure) -> None:
    """Nothing lost, nothing doubled, every sentence clear, no mailbox changed."""
    assert [(figure.fault, figure.wrong) for figure in figures if not figure.good] == []


@pytest.mark.dovecot
def test_a_line_that_fails_anywhere(dovecot: Dovecot) -> None:
    held(*line.measure(sources.of_dovecot(dovecot), 24, 3))


@pytest.mark.othervendors
def test_a_line_to_cyrus_that_fails_anywhere(cyrus: Vendor) -> None:
    held(*line.measure(sources.of_vendor(cyrus), 9, 2))


@pytest.mark.othervendors
def test_a_line_to_courier_that_fails_anywhere(courier: Vendor) -> None:
    held(*line.measure(sources.of_vendor(courier), 9, 2))


def test_a_line_to_graph_that_fails_anywhere(tmp_path: Path) -> None:
    with sources.of_graph(tmp_path) as box:
        held(*line.measure(box, 9, 2))


@pytest.mark.dovecot
def test_a_mailbox_that_changes_or_is_rebuilt_and_that_we_leave_as_it_is(dovecot: Dovecot) -> None:
    held(*changing.measure(dovecot, 3, 200))


@pytest.mark.dovecot
def test_a_scan_that_is_killed_while_it_reads_from_a_server(dovecot: Dovecot) -> None:
    held(kills.at_any_time(dovecot, 3, 2_000))


def test_hostile_hosts_beside_one_that_is_well(tmp_path: Path) -> None:
    figure = hosts.measure(tmp_path)
    held(figure)
    assert figure.cases >= 40


def test_lines_that_are_not_safe(tmp_path: Path) -> None:
    held(hosts.measure_lines(tmp_path))


@pytest.fixture
def compiler() -> str:
    return writes.compiler() or absent("no C compiler (Debian: apt-get install gcc libc6-dev)")


@pytest.mark.usefixtures("compiler")
@pytest.mark.parametrize("fault", writes.ACTIONS)
def test_calls_that_fail_or_are_the_last(fault: str) -> None:
    held(writes.measure(fault, 90, 1, seconds=850))


@pytest.mark.dovecot
def test_the_same_once_more(dovecot: Dovecot) -> None:
    held(again.measure(2, dovecot, 1, ("Maildir", "imap")))


def test_planted_secrets(tmp_path: Path) -> None:
    figure = canaries.measure(tmp_path)
    held(figure)
    assert figure.cases >= 500


def test_a_command_that_is_stopped_or_started_twice() -> None:
    held(stops.measure(len(stops.WAYS)))


def test_surroundings_that_differ() -> None:
    held(sameness.measure(1))


# The measures themselves: one that cannot fail would prove nothing.


def test_a_figure_counts_what_is_wrong() -> None:
    figure = Figure("x", cases=3)
    figure.compare(["a", "b", "c"], ["a", "a", "d"], 1)
    assert (figure.lost, figure.doubled, figure.good) == (2, 2, False)
    figure.hear("KeyError('x')", 2)
    figure.hear("", 2)
    figure.hear("The server does not answer any more.", 2)
    assert figure.unclear == 2
    assert not Figure("x").good
    empty = Figure("y", cases=1)
    empty.compare([], [], 1)
    assert not empty.good
    assert figure.row == "| x | 3 | 2 | 2 | 2 | 0 |  |\n"


@pytest.mark.parametrize("kind", [Kind.RESET, Kind.CLOSE])
def test_a_line_is_cut_at_its_octet_and_the_client_hears_of_it(kind: Kind) -> None:
    """A reset that is held back by a thread that reads would be a stall, and the figures would not be of cuts."""
    with socket.create_server(("127.0.0.1", 0)) as server, proxy(server.getsockname()[1]) as line:
        line.use(Fault(kind, 40))
        with socket.create_connection(("127.0.0.1", line.port), 60) as client:
            held, _ = server.accept()
            with held:
                held.sendall(b"x" * 100)
                came = b""
                with pytest.raises(ConnectionResetError) if kind is Kind.RESET else contextlib.nullcontext():
                    while piece := client.recv(1_000):
                        came += piece
    assert (len(came), line.struck) == (40, 1)
