"""Fixtures that tests of several folders share."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.authority import Authority
from tests.dovecot import dovecot
from tests.graph.fixtures import graph, serve_graph
from tests.vendors import courier, cyrus

__all__ = ["courier", "cyrus", "dovecot", "graph", "serve_graph"]

# A property that takes long on a busy machine holds all the same: no test is timed.
settings.register_profile("unhurried", settings.default, deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority whose certificates the tests' clients trust."""
    return Authority(tmp_path_factory.mktemp("authority"))
