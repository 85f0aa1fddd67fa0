"""What `check` tries before the first scan, and how it words each failure."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.cli.check import Level, clock_finding
from tests.cli.command import Ended, mail, message, missedbcc


def levels(done: Ended) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in done.objects:
        if line["event"] == "check":
            found.setdefault(line["subject"], []).append(line["level"])
    return found


def closed_port() -> int:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port: int = closed.getsockname()[1]
        return port


def test_before_the_first_scan_and_without_anything(tmp_path: Path) -> None:
    done = missedbcc(tmp_path, "check", "--json")
    assert done.code == 0
    assert levels(done) == {
        "clock": ["ok"], "config": ["warning"], "case": ["ok"], "disk": ["ok"], "sources": ["warning"],
    }  # fmt: skip
    assert done.objects[-1] == {"event": "result", "exit_code": 0}
    assert list(tmp_path.iterdir()) == []


def test_a_path_shows_its_folders_and_by_which_rule_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "boss" / ".Sent").mkdir(parents=True)
    for folder in ("", ".Sent", ".Archive", ".Junk"):
        for name in ("cur", "new", "tmp"):
            (tmp_path / "boss" / folder / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / "boss" / folder / "cur" / "1:2,S").write_bytes(message(1))
    done = missedbcc(tmp_path, "check", "boss")
    assert done.code == 0
    assert "Sent: 1 messages (name of a sent folder)" in done.out
    assert "Archive: 1 messages (received mail, read as evidence)" in done.out
    assert "1 other folders are not read" in done.out


def test_every_account_is_tried_and_each_failure_names_its_fix(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox")
    (tmp_path / "missedbcc.toml").write_text(
        '[organisation]\ninternal = ["corp.example"]\n'
        f'[account.far]\ntype = "imap"\nhost = "127.0.0.1"\nport = {closed_port()}\nuser = "u"\nsecret = "env:X"\n'
        '[account.gone]\ntype = "mbox"\npath = "gone.mbox"\n'
        '[account.here]\ntype = "mbox"\npath = "Sent.mbox"\n'
    )
    done = missedbcc(tmp_path, "check", "--json")
    assert done.code == 1
    found = levels(done)
    assert (found["config"], found["far"], found["gone"], found["here"]) == (["ok"], ["failed"], ["failed"], ["ok"])
    assert all(line["hint"] for line in done.objects if line.get("level") == "failed")


def test_a_config_with_mistakes_is_the_worst_of_all(tmp_path: Path) -> None:
    (tmp_path / "missedbcc.toml").write_text("[gate]\nexposure = 1\n")
    done = missedbcc(tmp_path, "check")
    assert done.code == 2
    assert 'gate: unknown key; did you mean "gates"?' in done.out


def test_a_source_that_is_nothing_is_wrong_usage(tmp_path: Path) -> None:
    done = missedbcc(tmp_path, "check", "Sent.mbx")
    assert done.code == 2
    assert "neither an account of the config nor a path" in done.out


def test_a_case_folder_that_cannot_be_one_or_that_others_can_enter(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert levels(missedbcc(tmp_path, "check", "--json", "--case", "file"))["case"] == ["failed"]
    (tmp_path / "open").mkdir(mode=0o755)
    assert levels(missedbcc(tmp_path, "check", "--json", "--case", "open"))["case"] == ["warning"]
    (tmp_path / "open").chmod(0o700)
    assert levels(missedbcc(tmp_path, "check", "--json", "--case", "open"))["case"] == ["ok"]


@pytest.mark.parametrize(("year", "level"), [(1970, Level.WARNING), (2030, Level.OK)])
def test_a_clock_that_cannot_be_right_is_told(year: int, level: Level) -> None:
    assert clock_finding(datetime(year, 1, 1, tzinfo=UTC)).level is level
