"""Fixtures that start a fake Graph; a conftest takes them in with `from tests.graph.fixtures import graph`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.authority import Authority
from tests.graph.mailbox import Tenant
from tests.graph.server import FakeGraph

ServeGraph = Callable[..., FakeGraph]

__all__ = ["ServeGraph", "graph", "serve_graph"]


@pytest.fixture
def serve_graph(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServeGraph]:
    """Starts a fake for a tenant: `serve_graph(tenant, cloud="china", compress=True)`; all end with the test.

    Where the product waits, the clock of the fake that was started last goes on instead.
    """
    running: list[FakeGraph] = []

    def start(tenant: Tenant | None = None, *, cloud: str = "global", compress: bool = False) -> FakeGraph:
        fake = FakeGraph(authority, tenant, cloud=cloud, compress=compress)
        running.append(fake)
        monkeypatch.setattr("scanner.connectors.graph_client.pause", fake.clock.sleep)
        return fake

    yield start
    for fake in running:
        fake.stop()
    assert [mistake for fake in running for mistake in fake.broken] == []


@pytest.fixture
def graph(serve_graph: ServeGraph) -> FakeGraph:
    """A fake whose tenant is still empty: `graph.tenant.person("ines")` gives a mailbox to fill."""
    return serve_graph()
