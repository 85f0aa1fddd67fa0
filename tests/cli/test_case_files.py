"""What the commands leave in a case folder: verify knows every file, and purge takes all that goes with a workbook."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.cli.command import mail, missedbcc
from tests.cli.schedulers import CRONTAB
from tests.cli.test_purge import age
from tests.proof.test_evidence import incident_of
from tests.reports.test_manifest import human

FORMATS = ("--format", "csv", "--format", "json", "--format", "parquet")
KINDS = {
    "database": r"case\.sqlite(-wal|-shm|\.lock)?",
    "workbook": r"missedbcc-run-\d{4}(-redacted)?(-\d+)?\.xlsx",
    "tables": r"missedbcc-run-\d{4}(-redacted)?(-\d+)?-(csv|json|parquet)/[a-z_]+\.(csv|json|jsonl|parquet)",
    "manifest": r"manifests/run-\d{4}(-[a-z]+-\d+)?\.json",
    "signature": r"manifests/run-\d{4}(-[a-z]+-\d+)?\.sig",
    "rows": r"manifests/run-\d{4}(-[a-z]+-\d+)?\.rows",
    "schedule": r"schedule\.json",
}


def files(folder: Path) -> dict[str, str]:
    """The kind of each file in the case folder."""
    case = folder / "missedbcc-case"
    names = [path.relative_to(case).as_posix() for path in case.rglob("*") if path.is_file()]
    kinds = {name: [kind for kind, form in KINDS.items() if re.fullmatch(form, name)] for name in names}
    assert {name: kind for name, kind in kinds.items() if len(kind) != 1} == {}
    return {name: kind for name, (kind,) in kinds.items()}


def lines(folder: Path) -> str:
    done = missedbcc(folder, "verify")
    assert done.code == 0, done.out
    return done.out


def test_every_file_that_a_command_leaves_is_known_and_goes_with_its_workbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail(tmp_path / "Sent.mbox")
    assert missedbcc(tmp_path, "make-key", "key").code == 0
    (tmp_path / "missedbcc.toml").write_text(
        '[organisation]\ninternal = ["corp.example"]\n[manifest]\nsigning_key = "file:key"\n'
        '[schedule]\nevery = "weekly"\n[account.archive]\ntype = "mbox"\npath = "Sent.mbox"\n'
    )
    assert missedbcc(tmp_path, "scan", *FORMATS).code == 4
    book = tmp_path / "missedbcc-case/missedbcc-run-0001.xlsx"
    opened = load_workbook(book)
    opened["Decisions"].cell(*human(opened["Decisions"])).value = "confirmed"
    opened.save(book)
    assert missedbcc(tmp_path, "decisions").code == 0
    assert missedbcc(tmp_path, "report", "--redacted", *FORMATS).code == 0
    assert missedbcc(tmp_path, "report", "--gate", "20").code == 0
    assert missedbcc(tmp_path, "evidence", incident_of(tmp_path), "--to", "bag").code == 0
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "crontab").write_text(CRONTAB)
    (programs / "crontab").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TABLE", str(tmp_path / "table"))
    installed = missedbcc(tmp_path, "schedule", "install", "--on", "cron", "--yes")
    assert installed.code == 0, installed.err
    for words in (("status",), ("check",), ("schedule", "show")):
        assert missedbcc(tmp_path, *words).code in (0, 1, 3)
    before = files(tmp_path)
    assert set(before.values()) == KINDS.keys()
    assert list(before.values()).count("rows") == list(before.values()).count("workbook") == 3
    lines(tmp_path)

    assert missedbcc(tmp_path, "scan").code in (0, 4)
    age(tmp_path, 40)
    purged = missedbcc(tmp_path, "purge", "--workbooks", "30", "--yes")
    assert purged.code == 0, purged.err
    left = {name: kind for name, kind in files(tmp_path).items() if "run-0001" in name}
    assert set(left.values()) == {"manifest", "signature"}
    assert sum(kind == "rows" for kind in files(tmp_path).values()) == 1
    assert "It was purged, as a later manifest says." in lines(tmp_path)
