"""Fixtures that tests of several folders share."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

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
