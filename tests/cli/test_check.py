"""What `check` tries before the first scan, and how it words each failure."""

from __future__ import annotations

import os
import socket
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner.cli.check import clock_finding
from scanner.cli.finding import Level
from scanner.schedule import Installed, System, sha256_of, write_installed
from scanner.unattended import Cadence
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
    assert done.objects[-1] == {"event": "result", "error": None, "exit_code": 0}
    assert list(tmp_path.iterdir()) == []


def test_a_path_shows_its_folders_and_by_which_rule_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "boss" / ".Sent").mkdir(parents=True)
    for folder in ("", ".Sent", ".Archive", ".Junk"):
        for name in ("cur", "new", "tmp"):
            (tmp_path / "boss" / folder / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / "boss" / folder / "cur" / "1:2,S").write_bytes(message(1))
    done = missedbcc(tmp_path, "check", "boss")
    assert done.code == 0
    assert "Sent: 1 message (name of a sent folder)" in done.out
    assert "Archive: 1 message (received mail, read as evidence)" in done.out
    assert "1 other folder is not read" in done.out


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


@pytest.mark.parametrize("kind", ["mbox", "maildir", "eml"])
def test_an_account_at_whose_path_nothing_is_says_so_before_any_scan(tmp_path: Path, kind: str) -> None:
    (tmp_path / "missedbcc.toml").write_text(f'[account.archive]\ntype = "{kind}"\npath = "old"\n')
    for command in ("check", "scan"):
        done = missedbcc(tmp_path, command)
        assert done.code == 1
        said = done.out + done.err
        assert "archive: old is not there.\n" in said
        assert "or the disk that holds it is missing" in said


def test_a_config_with_mistakes_is_the_worst_of_all(tmp_path: Path) -> None:
    (tmp_path / "missedbcc.toml").write_text("[gate]\nexposure = 1\n")
    done = missedbcc(tmp_path, "check")
    assert done.code == 2
    assert 'gate: unknown key; did you mean "gates"?' in [line.strip() for line in done.out.splitlines()]


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


def test_a_case_folder_that_others_can_enter_is_told_by_what_writes_into_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail(tmp_path / "Sent.mbox", [12])
    case = tmp_path / "my case"
    case.mkdir()
    words = ("Sent.mbox", "--internal", "corp.example", "--case", "my case")
    said = "The case folder my case can be entered by others; it lists the people concerned. Run: chmod 700 'my case'"
    for mode in (0o777, 0o750, 0o705):
        case.chmod(mode)
        done = missedbcc(tmp_path, "scan", *words, "--quiet")
        assert (done.code in {0, 4}, done.err) == (True, f"{said}\n")
        assert missedbcc(tmp_path, "report", "--case", "my case").err.splitlines().count(said) == 1
        assert said not in missedbcc(tmp_path, "decisions", "--case", "my case").err
    for command in (("scan", *words), ("report", "--case", "my case")):
        told = missedbcc(tmp_path, *command, "--json")
        assert told.told == [{"event": "notice", "sentence": said}]
        assert told.objects[-1]["error"] is None
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("scanner.cli.case_folder.sys.platform", "win32")  # whose modes say nothing
        assert missedbcc(tmp_path, "report", "--case", "my case", "--json").told == []
    case.chmod(0o700)
    assert missedbcc(tmp_path, "scan", *words, "--quiet").err == ""


@pytest.mark.parametrize(("year", "level"), [(1970, Level.WARNING), (2030, Level.OK)])
def test_a_clock_that_cannot_be_right_is_told(year: int, level: Level) -> None:
    assert clock_finding(datetime(year, 1, 1, tzinfo=UTC)).level is level


def test_before_the_first_scan_of_a_case_nothing_is_late(tmp_path: Path) -> None:
    (tmp_path / "missedbcc.toml").write_text('[schedule]\nevery = "daily"\n')
    assert "runs" not in levels(missedbcc(tmp_path, "check", "--json"))


@pytest.fixture
def case(tmp_path: Path) -> Path:
    mail(tmp_path / "Sent.mbox")
    (tmp_path / "missedbcc.toml").write_text(
        '[organisation]\ninternal = ["corp.example"]\n[schedule]\nevery = "weekly"\n'
    )
    assert missedbcc(tmp_path, "scan", "Sent.mbox").code == 4
    return tmp_path


def change(case: Path, statement: str) -> None:
    with closing(sqlite3.connect(case / "missedbcc-case/case.sqlite")) as database, database:
        database.execute(statement)


def test_the_age_of_the_last_complete_run_decides(case: Path) -> None:
    done = missedbcc(case, "check", "Sent.mbox", "--json")
    assert (done.code, levels(done)["runs"]) == (0, ["ok"])
    change(case, "UPDATE run SET started = datetime('now', '-10 days'), finished = datetime('now', '-10 days')")
    late = missedbcc(case, "check", "Sent.mbox")
    assert late.code == 1
    assert "runs: The last complete run is 10 days old; the schedule says every Monday at 06:00." in late.out
    assert "missedbcc schedule install" in late.out
    assert "missedbcc schedule show" not in late.out
    write_installed(case / "missedbcc-case/schedule.json", Installed(System.WINDOWS, "missedbcc-1", Cadence()))
    assert "look at why the scheduler did not: `missedbcc schedule show`" in missedbcc(case, "check", "Sent.mbox").out


def test_a_run_that_was_killed_and_folders_that_are_not_complete_are_told(case: Path) -> None:
    change(case, "UPDATE run SET outcome = NULL, finished = NULL")
    change(case, "UPDATE folder SET finished = 0")
    done = missedbcc(case, "check", "Sent.mbox")
    assert done.code == 0
    assert "none of them was complete. The last run: killed, or goes on now." in done.out
    assert "1 folder not read to the end: Sent.mbox." in done.out


def test_a_case_that_cannot_be_read_fails(case: Path) -> None:
    (case / "missedbcc-case/case.sqlite").write_bytes(b"something else" * 100)
    done = missedbcc(case, "check", "Sent.mbox", "--json")
    assert (done.code, levels(done)["case"]) == (1, ["ok", "failed"])


def test_an_allowed_entry_that_has_expired_is_told(tmp_path: Path) -> None:
    entry = '[[allow]]\nreason = "agreed"\nowner = "events team"\nsubject = "forum"\nexpires = '
    (tmp_path / "missedbcc.toml").write_text(f"{entry}2020-01-31\n{entry}2999-01-31\n")
    done = missedbcc(tmp_path, "check")
    assert done.code == 0
    (line,) = [line for line in done.out.splitlines() if " allow: " in line]
    assert line.endswith("Entry 1 (agreed) expired on 2020-01-31: what it covers is reported again.")


def test_who_is_told_and_where_it_is_logged_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "missedbcc.toml").write_text(
        '[tell.webhook]\nurl = "env:NO_SUCH_VARIABLE_HERE"\n[log]\nfile = "none/log"\n[metrics]\nfile = "m.prom"\n'
    )
    done = missedbcc(tmp_path, "check", "--json")
    assert done.code == 2
    found = levels(done)
    assert (found["tell"], found["log"], found["metrics"]) == (["failed", "ok"], ["failed"], ["ok"])
    assert all(line["hint"] for line in done.objects if line.get("level") == "failed")


def test_an_installed_schedule_is_looked_at(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    systemctl = case / "bin/systemctl"
    systemctl.parent.mkdir()
    systemctl.write_text('#!/bin/sh\ncase "$*" in *is-enabled*) echo enabled ;; *) echo active ;; esac\n')
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{systemctl.parent}{os.pathsep}{os.environ['PATH']}")
    units = [case / "a.service"]
    units[0].write_text("x")
    installed = Installed(System.USER, "missedbcc-1", Cadence(), {units[0]: sha256_of(b"x")})
    write_installed(case / "missedbcc-case/schedule.json", installed)
    assert "schedule: systemd-user, every Monday at 06:00; next Monday" in missedbcc(case, "check", "Sent.mbox").out
    assert "by systemd-user, every Monday" in missedbcc(case, "status").out
    units[0].unlink()
    assert levels(missedbcc(case, "check", "Sent.mbox", "--json"))["schedule"] == ["warning"]


@pytest.mark.parametrize(("ahead", "words"), [(10, "10 minutes ahead of"), (-61, "61 minutes behind"), (1, "")])
def test_the_server_s_clock_is_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead: int, words: str
) -> None:
    mail(tmp_path / "Sent.mbox")
    monkeypatch.setattr("scanner.connectors.clock.skew", lambda _account: timedelta(minutes=ahead))
    done = missedbcc(tmp_path, "check", "Sent.mbox")
    assert (f"This clock is {words} the server's." in done.out) is bool(words)


def test_what_nobody_could_be_told_with_or_into_names_its_fix(tmp_path: Path) -> None:
    (tmp_path / "missedbcc.toml").write_text(
        '[tell.mail]\nhost = "127.0.0.1"\nfrom = "a@corp.example"\nto = ["b@corp.example"]\nca_file = "none.pem"\n'
        '[log]\nfile = "folder"\n[metrics]\nfile = "none/missedbcc.prom"\n'
    )
    (tmp_path / "folder").mkdir()
    checked = missedbcc(tmp_path, "check")
    assert checked.code == 2
    assert "The ca_file of [tell.mail] cannot be read, or holds no certificate." in checked.out
    assert "folder cannot be written.\n         It is a folder: name a file." in checked.out
    assert f"Make the folder {tmp_path / 'none'} first." in checked.out
