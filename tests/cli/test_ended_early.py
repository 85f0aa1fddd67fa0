"""Every run has a manifest: one that a signal or an error ends, and one that was killed, by the next command."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import ReportError
from tests.cli.command import ended, mail, missedbcc
from tests.cli.test_scan import start_slow

CASE = "missedbcc-case"


def manifests(folder: Path) -> dict[str, dict[str, Any]]:
    """In the order in which they were written."""
    read = {path.name: json.loads(path.read_bytes()) for path in (folder / CASE / "manifests").glob("run-*.json")}
    return dict(sorted(read.items(), key=lambda one: one[1]["number"]))


def verified(folder: Path) -> list[str]:
    done = missedbcc(folder, "verify")
    assert done.code == 0, done.out
    return done.out.splitlines()


def stopped(folder: Path, number: signal.Signals) -> None:
    with start_slow(folder) as running:
        running.send_signal(number)
        running.wait(timeout=600)  # its standard input is still open: nothing but the signal ends it
        ended(running)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_scan_that_a_signal_ends_leaves_its_manifest(tmp_path: Path, number: signal.Signals) -> None:
    stopped(tmp_path, number)
    (facts,) = manifests(tmp_path).values()
    assert (facts["kind"], facts["run"], facts["outcome"], facts["exit_status"]) == ("scan", 1, "stopped", 3)
    assert (facts["incidents"], facts["error"], facts["outputs"]) == (None, None, [])
    assert [one["source"] for one in facts["permissions"]] == ["mbox"]
    assert verified(tmp_path)[0].startswith("as written  manifests: 1 manifest.")


def test_a_run_that_was_killed_is_written_up_by_the_next(tmp_path: Path) -> None:
    stopped(tmp_path, signal.SIGKILL)
    assert manifests(tmp_path) == {}
    assert missedbcc(tmp_path, "verify").code == 1
    stopped(tmp_path, signal.SIGKILL)
    assert ended(start_slow(tmp_path)).code == 4
    first, second, third = manifests(tmp_path).values()
    assert first["note"] == "ended without a manifest; written up by run 2"
    assert second["note"] == "ended without a manifest; written up by run 3"
    assert [one["run"] for one in (first, second, third)] == [1, 2, 3]
    assert (first["outcome"], first["exit_status"]) == (None, None)
    notes = [line for line in verified(tmp_path) if line.startswith("note")]
    assert notes == [
        f"note        manifests/run-000{run}-write-up-2.json: Run {run} ended without a manifest; written up by run "
        f"{run + 1}. It was stopped before it could write one, or its manifest was taken away, or an earlier version "
        "made it."
        for run in (1, 2)
    ]


def test_a_first_scan_that_is_stopped_before_it_begins_anything_misses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    mail(tmp_path / "Sent.mbox")
    with monkeypatch.context() as patched:
        patched.setattr(import_module("scanner.scan"), "scan", stop)
        assert missedbcc(tmp_path, "scan", "Sent.mbox").code == 3
    assert manifests(tmp_path) == {}
    (line,) = verified(tmp_path)
    assert line.startswith("note        manifests: There is no manifest, and none is missing:")
    assert missedbcc(tmp_path, "scan", "Sent.mbox").code == 4
    assert [facts["run"] for facts in manifests(tmp_path).values()] == [1]
    verified(tmp_path)


@pytest.fixture
def scanned(tmp_path: Path) -> Path:
    mail(tmp_path / "Sent.mbox")
    assert missedbcc(tmp_path, "scan", "Sent.mbox", "--internal", "corp.example").code == 4
    return tmp_path


def killed(folder: Path) -> None:
    """The case as after a kill behind the workbook and before the manifest: that is as if there was none."""
    (folder / CASE / "manifests/run-0001.json").unlink()
    (folder / CASE / ".missedbcc-run-0001-2.xlsx.abc.part").write_bytes(b"half")
    (folder / CASE / ".missedbcc-run-0001-2-csv.abc.part").mkdir()
    (folder / CASE / ".missedbcc-run-0001-2-csv.abc.part/viewers.csv").write_bytes(b"half")
    (folder / CASE / "manifests/.run-0001.json.abc.part").write_bytes(b"half")


def test_what_a_killed_run_left_lying_is_named_or_cleared(scanned: Path) -> None:
    killed(scanned)
    assert missedbcc(scanned, "report").code == 0
    first, second = manifests(scanned).values()
    assert first["note"] == "ended without a manifest; written up by missedbcc report"
    assert [one["path"] for one in first["found"]] == ["manifests/run-0001.rows", "missedbcc-run-0001.xlsx"]
    assert set(first["removed"]) == {
        ".missedbcc-run-0001-2.xlsx.abc.part", ".missedbcc-run-0001-2-csv.abc.part",
        "manifests/.run-0001.json.abc.part",
    }  # fmt: skip
    assert second["kind"] == "report"
    assert (
        "note        missedbcc-run-0001.xlsx: No manifest tells what it was when it was written: none was, or it was "
        "taken away or damaged; every octet is as it was found."
    ) in verified(scanned)
    assert not list((scanned / CASE).rglob("*.part"))
    (scanned / CASE / "missedbcc-run-0001.xlsx").write_bytes(b"x")
    changed = missedbcc(scanned, "verify")
    assert changed.code == 1
    assert "changed     missedbcc-run-0001.xlsx" in changed.out


def test_the_digests_of_rows_are_kept_as_long_as_their_workbook_may_be_there(scanned: Path) -> None:
    rows, workbook = scanned / CASE / "manifests/run-0001.rows", scanned / CASE / "missedbcc-run-0001.xlsx"
    killed(scanned)
    rows.with_suffix(".sig").write_bytes(b"x")
    for _ in range(2):
        assert missedbcc(scanned, "report").code == 0
        assert (rows.is_file(), rows.with_suffix(".sig").is_file()) == (True, True)
        verified(scanned)
    workbook.unlink()
    assert missedbcc(scanned, "report").code == 0
    assert (rows.exists(), rows.with_suffix(".sig").exists()) == (False, False)
    (told,) = (one for one in list(manifests(scanned).values())[1:] if one["kind"] == "write-up")
    assert told["removed"] == ["manifests/run-0001.rows", "manifests/run-0001.sig"]


def test_a_file_that_somebody_put_there_is_no_command_that_ended(scanned: Path) -> None:
    (scanned / CASE / "missedbcc-run-0009.xlsx").write_bytes(b"x")
    assert missedbcc(scanned, "report").code == 0
    note = manifests(scanned)["run-0001-write-up-2.json"]["note"]
    assert note == "is followed by files that no manifest names; written up by missedbcc report"
    (line,) = (line for line in verified(scanned) if f"Run 1 {note}." in line)
    assert line.endswith(
        "What wrote them was stopped before it could write one, or its manifest was taken away, or somebody put them "
        "there."
    )


@pytest.mark.parametrize("error", [ReportError("The disk is full."), RuntimeError("x"), KeyboardInterrupt()])
@pytest.mark.parametrize("command", ["scan", "report"])
def test_a_command_that_fails_leaves_its_manifest(
    scanned: Path, monkeypatch: pytest.MonkeyPatch, command: str, error: BaseException
) -> None:
    def failing(*_: Any) -> Iterator[None]:
        raise error

    monkeypatch.setattr(import_module(f"scanner.cli.{command}"), "hand_over", failing)
    words = ("Sent.mbox",) if command == "scan" else ()
    code = missedbcc(scanned, command, *words).code
    assert code == (3 if isinstance(error, KeyboardInterrupt) else 1)
    facts = list(manifests(scanned).values())[-1]
    assert (facts["kind"], facts["exit_status"]) == (command, code)
    assert facts["error"] == (None if code == 3 else type(error).__name__)
    verified(scanned)


def test_ctrl_c_behind_the_workbook_leaves_it_named(scanned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(import_module("scanner.cli.report"), "facts_of", stop)
    assert missedbcc(scanned, "report").code == 3
    facts = manifests(scanned)["run-0001-report-2.json"]
    assert [one["path"] for one in facts["found"]] == ["missedbcc-run-0001-2.xlsx"]
    verified(scanned)


def test_ctrl_c_within_the_manifest_leaves_one(scanned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("scanner.proof.manifest")
    put, calls = module._put, []

    def stop_once(target: Path, pieces: Any) -> None:
        calls.append(target)
        put(target, pieces)
        if len(calls) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(module, "_put", stop_once)
    assert missedbcc(scanned, "report").code == 3
    assert manifests(scanned)["run-0001-report-2.json"]["exit_status"] == 3
    verified(scanned)


@pytest.mark.parametrize(("first", "said"), [("The first.", "The disk is full. "), ("The disk is full.", "")])
def test_where_even_that_fails_the_first_error_is_told_and_none_twice(
    scanned: Path, monkeypatch: pytest.MonkeyPatch, first: str, said: str
) -> None:
    def fail(sentence: str, *_: Any) -> None:
        raise ReportError(sentence)

    with monkeypatch.context() as patched:
        patched.setattr(import_module("scanner.cli.report"), "hand_over", partial(fail, first))
        patched.setattr(import_module("scanner.cli.taking"), "leave_manifest", partial(fail, "The disk is full."))
        done = missedbcc(scanned, "report")
    assert done.code == 1
    assert done.err.splitlines() == [f"{said}The next command that takes the case writes up what this one did.", first]
    assert missedbcc(scanned, "report").code == 0
    verified(scanned)
