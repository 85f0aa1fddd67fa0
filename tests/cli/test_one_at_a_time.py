"""One command at a time has a case: from the first message that a scan reads to what it remembers of the workbook."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import StoreError
from scanner.store import open_store
from tests.cli.command import mail, missedbcc


def refused(folder: Path) -> bool:
    """Whether the case is held."""
    try:
        with open_store(folder / "missedbcc-case/case.sqlite") as store, store.scanning():
            return False
    except StoreError as error:
        return "Another command" in str(error)


def test_a_case_is_held_from_reading_to_remembering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held: dict[str, bool] = {}
    command = import_module("scanner.cli.scan")  # as an attribute it is the command itself
    read, hand_over, facts_of = import_module("scanner.scan").scan, command.hand_over, command.facts_of

    def reading(*given: Any, **named: Any) -> Any:
        held["before reading"] = refused(tmp_path)
        run = read(*given, **named)
        held["after reading"] = refused(tmp_path)
        return run

    def handing_over(*given: Any) -> Any:
        held["before handing over"] = refused(tmp_path)
        done = hand_over(*given)
        held["after handing over"] = refused(tmp_path)
        return done

    def facts(*given: Any) -> Any:
        held["for the manifest"] = refused(tmp_path)
        return facts_of(*given)

    monkeypatch.setattr(import_module("scanner.scan"), "scan", reading)
    monkeypatch.setattr(command, "hand_over", handing_over)
    monkeypatch.setattr(command, "facts_of", facts)
    mail(tmp_path / "Sent.mbox")
    assert missedbcc(tmp_path, "scan", "Sent.mbox", "--internal", "corp.example").code == 4
    assert (len(held), all(held.values())) == (5, True), held
    assert not refused(tmp_path)


def test_a_report_is_refused_while_a_scan_goes_on(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox")
    missedbcc(tmp_path, "scan", "Sent.mbox", "--internal", "corp.example")
    with open_store(tmp_path / "missedbcc-case/case.sqlite") as store, store.scanning():
        done = missedbcc(tmp_path, "report")
    assert (done.code, done.err.count("Another command is writing")) == (1, 1)
