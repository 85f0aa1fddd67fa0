"""Fixtures that tests of several folders share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from scanner.store import open_store
from scanner.store.store import Store
from tests.authority import Authority
from tests.dovecot import dovecot
from tests.graph.fixtures import graph, serve_graph
from tests.vendors import courier, cyrus

__all__ = ["courier", "cyrus", "dovecot", "graph", "serve_graph"]

# A busy machine is no mistake of ours. Where everything must be there, the examples are the same in every run.
settings.register_profile(
    "missedbcc",
    deadline=None,
    derandomize="MISSEDBCC_REQUIRE_SERVERS" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("missedbcc")


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority whose certificates the tests' clients trust."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A case of its own, empty."""
    with open_store(tmp_path / "case.db") as opened:
        yield opened
