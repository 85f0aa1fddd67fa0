"""A run that ends in a traceback tells none of the secrets that were planted where secrets may be kept."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import run

from tests.faults.canaries import KINDS, planted, secret, servers

FAILING = """
from scanner.connectors.credentials import secret_of
import scanner.scan

def fail(account):
    secret = secret_of(account.server.secret)
    raise ZeroDivisionError(f"while the secret of {account.server.secret} was in a variable")

scanner.scan.open_mailbox = fail
from scanner.cli import main
main()
"""


def test_a_run_that_ends_in_a_traceback_tells_none(tmp_path: Path) -> None:
    """Where something fails that nobody foresaw, with the traceback asked for (what ends well: tests.faults)."""
    here, kept = tmp_path / "here", tmp_path / "kept"
    with servers(tmp_path / "authority") as beside:
        done = run(
            [sys.executable, "-c", FAILING, "scan", "env", "keyring"], env=planted(here, kept, beside),
            cwd=here, capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert [kind for kind in KINDS if secret(kind) in done.stdout + done.stderr] == []
