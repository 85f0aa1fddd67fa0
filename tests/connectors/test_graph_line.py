"""The line to Graph with an octet spoilt: no proof that the host is a stranger, once it has proven who it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanner.connectors import graph_client
from scanner.connectors.graph_token import tokens_of
from scanner.errors import ServerUnreachable
from tests.authority import Authority
from tests.connectors.graph_reader import Reader, numbers
from tests.faults.proxy import Fault, Kind, Proxy, proxy
from tests.graph.server import FakeGraph

LETTERS = 20


def by_way_of(line: Proxy, graph: FakeGraph, letters: int = 0) -> Reader:
    """A mailbox of the fake that is reached over the line."""
    reader = Reader(graph, letters)
    root = graph.signin.host = f"https://localhost:{line.port}"
    tenant = reader.account.graph
    assert tenant is not None
    tokens_of.cache_clear()
    graph_client._client.cache_clear()
    sign_in = replace(tenant.sign_in, root=root, read_timeout=3.0)
    reader.account = replace(reader.account, graph=replace(tenant, sign_in=sign_in))
    return reader


def undisturbed(line: Proxy, graph: FakeGraph) -> list[int]:
    """The octets that the server sends on each connection; the last one brings the mail, the others the token."""
    reader = by_way_of(line, graph, LETTERS)
    line.use(Fault(Kind.NONE))
    assert numbers(reader.run()) == list(range(LETTERS))
    return line.each


@pytest.mark.parametrize("tenth", range(3, 10))
def test_an_octet_that_is_spoilt_in_the_middle_costs_an_attempt(graph: FakeGraph, tenth: int) -> None:
    with proxy(graph.port) as line:
        *others, whole = undisturbed(line, graph)
        reader = by_way_of(line, graph)
        line.use(Fault(Kind.SPOIL, whole * tenth // 10, spared=len(others)))
        assert numbers(reader.run()) == list(range(LETTERS))
        assert line.struck == 1


def test_a_stranger_is_left_at_once(graph: FakeGraph, tmp_path_factory: pytest.TempPathFactory) -> None:
    stranger = FakeGraph(Authority(tmp_path_factory.mktemp("stranger")))
    try:
        with proxy(stranger.port) as line:
            reader = by_way_of(line, graph)
            line.use(Fault(Kind.NONE))
            with pytest.raises(ServerUnreachable, match="did not prove who it is"):
                reader.run()
    finally:
        stranger.stop()
