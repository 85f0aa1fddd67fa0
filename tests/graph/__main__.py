"""`python -m tests.graph`: a big fake tenant in a process of its own, for measuring clients; ends with its input.

    python -m tests.graph --people 200 --messages 100000 --faults 0.05

prints one JSON line with the settings that a client needs, and serves until standard input is closed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.authority import Authority
from tests.graph.big_tenant import BigTenant
from tests.graph.clock import RealClock
from tests.graph.server import FakeGraph


def main() -> None:
    """Serve."""
    words = argparse.ArgumentParser(prog="python -m tests.graph")
    words.add_argument("--people", type=int, default=200)
    words.add_argument("--messages", type=int, default=100_000)
    words.add_argument("--faults", type=float, default=0.0, help="the share of requests that fail once")
    words.add_argument("--compress", action="store_true")
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tenant = BigTenant(given.people, given.messages).tenant()
        fake = FakeGraph(Authority(Path(folder)), tenant, compress=given.compress, clock=RealClock())
        fake.service.remembers = True
        fake.faults.rate = given.faults
        settings = {
            "root": fake.root,
            "tenant": fake.tenant.id,
            "client_id": fake.signin.application.client_id,
            "secret": fake.secret.place,
            "ca_file": str(fake.ca_file),
        }
        sys.stdout.write(json.dumps(settings) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
        fake.stop()


if __name__ == "__main__":
    main()
