"""Fixtures of the connectors' tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.authority import Authority
from tests.connectors.hostile_imap import HostileImap, Script, server_context
from tests.connectors.imap_reading import Serve


@pytest.fixture
def serve(authority: Authority) -> Iterator[Serve]:
    """Starts a server for a script, over TLS."""
    stack: list[HostileImap] = []

    def start(script: Script) -> HostileImap:
        running = HostileImap(script, server_context(authority), authority)
        stack.append(running)
        return running

    yield start
    for running in stack:
        running.stop()
