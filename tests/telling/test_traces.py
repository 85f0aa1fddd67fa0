"""The log and the metrics file: their form, their rights, and that they stand up to what happens to files."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from scanner.case import Alarm
from scanner.telling.failure import CannotTell
from scanner.telling.log import AccountLine, append, log_lines
from scanner.telling.metrics import exposition, write
from tests.telling.run import SUMMARY

LINES = [AccountLine("sales", "failed", error="LoginRefused"), AccountLine("account 1", "incomplete", 2, 9, 1, 0, 3)]
COMPLETE = datetime(2026, 11, 7, 6, tzinfo=UTC)


def samples(text: str) -> dict[str, dict[str, float]]:
    """What a collector reads: values by name and state."""
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge"
        assert family.documentation
        for sample in family.samples:
            found.setdefault(sample.name.removeprefix("missedbcc_"), {})[
                sample.labels.get("state", sample.labels.get("kind", ""))
            ] = sample.value
    return found


def test_every_line_is_an_object_with_time_run_and_event() -> None:
    lines = [json.loads(line) for line in log_lines(SUMMARY, LINES, 1)]
    assert {(line["time"], line["run"]) for line in lines} == {("2026-11-22T06:30:00+00:00", 7)}
    sales, other, result = lines
    assert (sales["event"], sales["account"], sales["outcome"], sales["error"]) == (
        "account", "sales", "failed", "LoginRefused",
    )  # fmt: skip
    assert (other["read"], other["unreadable"], other["missing"], other["error"]) == (9, 1, 3, None)
    assert (result["event"], result["exit_code"], result["new"], result["late"]) == ("result", 3, 2, True)
    assert (result["not_told"], result["error"], result["case"]) == (1, None, "sales")


def test_a_log_is_its_owner_s_alone_and_only_grows(tmp_path: Path) -> None:
    log = tmp_path / "runs.jsonl"
    append(log, ["a", "b"])
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    log.rename(tmp_path / "runs.jsonl.1")  # as logrotate does it
    append(log, ["c"])
    assert (tmp_path / "runs.jsonl.1").read_text() == "a\nb\n"
    log.write_text("")  # or so
    append(log, ["d"])
    assert log.read_text() == "d\n"


def test_a_line_is_not_joined_to_one_that_a_full_disk_cut_off(tmp_path: Path) -> None:
    log = tmp_path / "runs.jsonl"
    log.write_text('{"to')
    append(log, ["d"])
    assert log.read_text() == '{"to\nd\n'


def test_what_a_disk_takes_only_in_part_is_written_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, write = tmp_path / "runs.jsonl", os.write
    monkeypatch.setattr("scanner.telling.log.os.write", lambda handle, rest: write(handle, rest[:2]))
    append(log, ["abcde"])
    assert log.read_text() == "abcde\n"


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotTell, match="cannot be written: Is a directory"):
        append(tmp_path, ["a"])
    with pytest.raises(CannotTell, match="No such file or directory"):
        append(tmp_path / "none" / "log", ["a"])


def test_a_collector_reads_every_figure() -> None:
    told = samples(exposition(replace(SUMMARY, alarms={Alarm.GONE: 2}), COMPLETE))
    assert told == {
        "run_timestamp_seconds": {"": SUMMARY.finished.timestamp()},
        "complete_run_timestamp_seconds": {"": COMPLETE.timestamp()},
        "run_duration_seconds": {"": 61.25},
        "run_exit_code": {"": 3},
        "run_late": {"": 1},
        "accounts_not_read": {"": 2},
        "not_told": {"": 0},
        "alarms": {"read_again": 0, "shrunk": 0, "found_gone": 0, "gone": 2},
        "messages": {"read": 1234, "unreadable": 1},
        "incidents": {"all": 3, "new": 2},
        "affected_people": {"": 40},
    }


def test_what_is_not_known_is_not_given() -> None:
    told = samples(exposition(replace(SUMMARY, counts={}, gaps=(), late=""), None))
    assert set(told) == {f"run_{name}" for name in ("duration_seconds", "exit_code", "late", "timestamp_seconds")} | {
        "accounts_not_read", "alarms", "not_told",
    }  # fmt: skip


@pytest.mark.parametrize("case", ['a"b', "a\\b", "a\nb", "büro", "a{b}", 'x" 1\nevil 2'])
def test_a_case_of_any_name_is_one_label(case: str) -> None:
    families: Iterable[object] = text_string_to_metric_families(exposition(replace(SUMMARY, case=case), COMPLETE))
    labels = {sample.labels["case"] for family in families for sample in family.samples}  # type: ignore[attr-defined]
    assert labels == {case}


def test_the_file_changes_at_once_and_others_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "missedbcc.prom"
    file.write_text("old")
    with file.open() as reader:
        write(file, "new\n")
        assert reader.read() == "old"
    assert file.read_text() == "new\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [file]


def test_a_metrics_file_that_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "missedbcc.prom"
    folder.mkdir()
    with pytest.raises(CannotTell, match="cannot be written"):
        write(folder, "new")
    assert list(tmp_path.iterdir()) == [folder]
    with pytest.raises(CannotTell, match="No such file"):
        write(tmp_path / "none" / "m.prom", "new")
