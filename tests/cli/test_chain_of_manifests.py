"""The chain stays whole when commands come from two sides, and telling comes behind the manifest."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from scanner.decision import Conflict, Decisions, Question
from scanner.store import open_store
from tests.cli.command import ended, mail, missedbcc, start
from tests.cli.test_ended_early import CASE, manifests

REPORT_SIX_TIMES = """
import sys
from typer.testing import CliRunner
from scanner.cli import app
codes = [CliRunner().invoke(app, sys.argv[1:], prog_name="missedbcc").exit_code for _ in range(6)]
print(*codes)
"""


@pytest.fixture
def scanned(tmp_path: Path) -> Path:
    mail(tmp_path / "Sent.mbox")
    assert missedbcc(tmp_path, "scan", "Sent.mbox", "--internal", "corp.example").code == 4
    return tmp_path


def test_two_processes_that_report_at_once_leave_one_chain(scanned: Path) -> None:
    running = [start(scanned, "report", program=REPORT_SIX_TIMES) for _ in range(2)]
    codes = [int(code) for one in running for code in ended(one).out.split()]
    assert len(codes) == 12
    assert set(codes) <= {0, 1}  # 1 is for one that was refused, since the other had the case
    done = manifests(scanned)
    assert [one["number"] for one in done.values()] == [*range(1, codes.count(0) + 2)]
    assert codes.count(0) >= 1  # how often one met the other is chance
    verified = missedbcc(scanned, "verify")
    assert verified.code == 0, verified.out


def test_evidence_while_a_scan_goes_on_keeps_the_chain(scanned: Path) -> None:
    """The run that goes on has begun, and has no manifest yet."""
    from tests.cli.test_scan import SLOW  # noqa: PLC0415
    from tests.proof.test_evidence import incident_of  # noqa: PLC0415

    name = incident_of(scanned)
    with start(scanned, "scan", "Sent.mbox", program=SLOW) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "waiting\n"
        assert missedbcc(scanned, "evidence", name, "--to", "bag").code == 0
        running.communicate("", timeout=600)
    names = [*manifests(scanned)]
    assert names == ["run-0001.json", "run-0001-evidence-2.json", "run-0002.json"]
    assert missedbcc(scanned, "verify").code == 0


def test_a_manifest_is_written_while_the_case_is_held_and_people_are_told_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taking, scan = import_module("scanner.cli.taking"), import_module("scanner.cli.scan")
    leave, finished = taking.leave_manifest, scan.finished
    order: list[tuple[str, bool]] = []

    def held() -> bool:
        return "another" in _refusal(tmp_path).lower()

    def leaving(*given: Any) -> Any:
        order.append(("manifest", held()))
        return leave(*given)

    def telling(*given: Any, **more: Any) -> None:
        order.append(("telling", held()))
        finished(*given, **more)

    monkeypatch.setattr(taking, "leave_manifest", leaving)
    monkeypatch.setattr(scan, "finished", telling)
    mail(tmp_path / "Sent.mbox")
    assert missedbcc(tmp_path, "scan", "Sent.mbox", "--internal", "corp.example").code == 4
    assert order == [("manifest", True), ("telling", False)]


def _refusal(folder: Path) -> str:
    from scanner.errors import StoreError  # noqa: PLC0415

    try:
        with open_store(folder / CASE / "case.sqlite") as store, store.scanning():
            return ""
    except StoreError as error:
        return str(error)


def test_what_could_not_be_told_is_kept_and_has_a_manifest_of_its_own(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox")
    (tmp_path / "runs.jsonl").mkdir()
    (tmp_path / "missedbcc.toml").write_text(
        '[organisation]\ninternal = ["corp.example"]\n[log]\nfile = "runs.jsonl"\n'
        '[account.archive]\ntype = "mbox"\npath = "Sent.mbox"\n'
    )
    assert missedbcc(tmp_path, "scan").code == 4
    first, second = manifests(tmp_path).values()
    assert (first["kind"], second["kind"], second["done"]) == ("scan", "telling", {"not told": 1})
    assert missedbcc(tmp_path, "verify").code == 0


def test_what_is_settled_has_a_manifest(scanned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conflict = Conflict("I-1", Question.OWNER, "Ann", "Bea", 1, datetime(2026, 3, 2, tzinfo=UTC))
    monkeypatch.setattr(import_module("scanner.cli.decisions"), "_stands", lambda _: Decisions(conflicts=(conflict,)))
    assert missedbcc(scanned, "decisions", "--settle").code == 0
    assert json.loads((scanned / CASE / "manifests/run-0001-decisions-2.json").read_bytes())["done"]["settled"] == 1
