"""The command `schedule`, with schedulers of the test's own behind the names of the real ones."""

from __future__ import annotations

import json
import os
import pty
import sys
from pathlib import Path
from pwd import getpwnam
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory

import pytest

from scanner.cli.schedule_job import job_name
from scanner.schedule import Installed, System, write_installed
from scanner.unattended import Cadence
from tests.cli.command import mail, missedbcc
from tests.cli.schedulers import CONFIG, fake_schedulers
from tests.needed import gives_folders_away

INSTALL = ("schedule", "install", "--on", "systemd-user")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return fake_schedulers(tmp_path, monkeypatch)


def units(here: Path) -> list[Path]:
    return sorted((here.parent / "settings/systemd/user").glob("*"))


def on(system: str) -> tuple[str, ...]:
    return ("--on", system, "--run-as", "root") if system == "systemd" else ("--on", system)


def calls(here: Path) -> list[str]:
    file = here.parent / "calls"
    return file.read_text().splitlines() if file.exists() else []


def test_nothing_is_written_that_was_not_shown_and_agreed_to(here: Path) -> None:
    asked = missedbcc(here, *INSTALL)
    assert asked.code == 2
    assert "add --yes" in asked.err
    assert "OnCalendar=Mon *-*-* 06:00:00" in asked.out
    assert (units(here), calls(here)) == ([], [])
    done = missedbcc(here, *INSTALL, "--yes")
    assert done.code == 0
    assert "Installed. The next run is due Monday" in done.err
    assert "06:00, or up to half an hour later." in done.err
    for unit in units(here):
        assert unit.read_text() in done.out
        assert unit.stat().st_mode & 0o777 == 0o644


def test_to_install_again_changes_it_and_to_remove_leaves_nothing(here: Path) -> None:
    assert missedbcc(here, *INSTALL, "--yes").code == 0
    before = {unit: unit.read_bytes() for unit in units(here)}
    assert missedbcc(here, *INSTALL, "--yes").code == 0
    assert {unit: unit.read_bytes() for unit in units(here)} == before
    assert missedbcc(here, *INSTALL, "--yes", "--weekday", "thu", "--time", "5:30").code == 0
    assert list(before) == units(here)
    name = job_name(here / "missedbcc-case")
    shown = missedbcc(here, "schedule", "show", "--json").objects[0]
    assert (shown["installed"], shown["name"], shown["changed"]) == (True, name, [])
    assert shown["cadence"] == "every Thursday at 05:30"
    assert calls(here)[:2] == ["--user daemon-reload", f"--user enable --now {name}.timer"]
    assert missedbcc(here, "schedule", "remove", "--yes").code == 0
    assert units(here) == []
    assert calls(here)[-2:] == [f"--user disable --now {name}.timer", "--user daemon-reload"]
    assert not (here / "missedbcc-case/schedule.json").exists()
    again = missedbcc(here, "schedule", "remove", "--yes")
    assert (again.code, len(calls(here))) == (0, 8)
    assert "nothing is removed" in again.err


def test_a_unit_that_somebody_changed_stays(here: Path) -> None:
    missedbcc(here, *INSTALL, "--yes")
    service, timer = units(here)
    service.write_text(service.read_text() + "# mine\n")
    shown = missedbcc(here, "schedule", "show")
    assert shown.code == 1
    assert f"{service}: gone, or changed" in shown.out
    done = missedbcc(here, "schedule", "remove", "--yes")
    assert done.code == 0
    assert f"{service} was changed since it was written, so it stays" in done.err
    assert units(here) == [service]
    assert timer not in units(here)


def test_the_scheduler_s_refusal_is_told_with_the_command(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKEN", "-")
    done = missedbcc(here, *INSTALL, "--yes")
    assert done.code == 1
    assert "`systemctl --user daemon-reload` failed: no bus here" in done.err
    timer = f"{job_name(here / 'missedbcc-case')}.timer"
    both = f"Run by hand: systemctl --user daemon-reload && systemctl --user enable --now {timer}"
    assert both in done.err.replace("\n", " ")


def test_the_files_go_even_where_systemd_cannot_be_reached(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert missedbcc(here, *INSTALL, "--yes").code == 0
    timer = f"{job_name(here / 'missedbcc-case')}.timer"
    link = units(here)[0].parent / "timers.target.wants" / timer
    link.parent.mkdir()
    link.symlink_to(units(here)[1])
    monkeypatch.setenv("BROKEN", "-")
    done = missedbcc(here, "schedule", "remove", "--yes")
    assert done.code == 1
    assert f"Run by hand: systemctl --user stop {timer} && systemctl --user daemon-reload" in done.err
    assert "The files are removed" in done.err
    assert (units(here), list(link.parent.iterdir())) == ([link.parent], [])
    again = missedbcc(here, "schedule", "remove", "--yes")
    assert (again.code, "Removed." in again.err) == (0, True)
    assert not (here / "missedbcc-case/schedule.json").exists()


def test_only_the_commands_that_remain_are_named(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKEN", "enable --now")
    done = missedbcc(here, *INSTALL, "--yes")
    assert done.code == 1
    timer = f"{job_name(here / 'missedbcc-case')}.timer"
    assert f"Run by hand: systemctl --user enable --now {timer}" in done.err
    shown = missedbcc(here, "schedule", "show")
    assert shown.code == 1
    assert "every Monday at 06:00; nothing starts it." in shown.out
    assert f"{timer} is disabled, so nothing starts the scan." in shown.out
    start = f"Run: systemctl --user daemon-reload && systemctl --user enable --now {timer}"
    assert start in shown.err
    checked = missedbcc(here, "check")
    assert checked.code == 1
    assert f"failed   schedule: {timer} is disabled" in checked.out
    assert start in checked.out


def test_what_is_gone_already_needs_no_command(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missedbcc(here, *INSTALL, "--yes")
    for unit in units(here):
        unit.unlink()
    monkeypatch.setenv("BROKEN", "-")
    assert missedbcc(here, "schedule", "remove", "--yes").code == 0
    assert "No schedule is installed" in missedbcc(here, "schedule", "show").out


@pytest.mark.parametrize("system", ["systemd", "systemd-user", "cron", "launchd", "windows"])
def test_files_can_be_written_elsewhere_and_nothing_is_started(here: Path, system: str) -> None:
    done = missedbcc(here, "schedule", "install", *on(system), "--into", "out", "--yes")
    assert done.code == 0
    assert (here / "out").is_dir()
    assert calls(here) == []
    assert not (here.parent / "table").exists()
    assert "No schedule is installed" in missedbcc(here, "schedule", "show").out


def test_no_secret_stands_in_what_is_written(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "canary-5e77")
    account = '[account.sales]\ntype = "imap"\nhost = "imap.corp.example"\nuser = "sales"\n'
    (here / "missedbcc.toml").write_text(account + 'secret = "env:MAIL_PASSWORD"\n')
    done = missedbcc(here, *INSTALL, "--yes")
    assert "does not have your environment, so not env:MAIL_PASSWORD" in done.err
    written = "".join(unit.read_text() for unit in units(here)) + done.out + done.err
    assert "canary-5e77" not in written
    assert "MAIL_PASSWORD" not in "".join(unit.read_text() for unit in units(here))


def test_what_a_run_needs_for_itself_is_looked_for_too(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (here / "missedbcc.toml").open("a") as config:
        config.write('[report]\npassword = "env:LOCK"\n[manifest]\nsigning_key = "file:none.pem"\n')
    monkeypatch.delenv("LOCK", raising=False)
    mail(here / "Sent.mbox")
    checked = missedbcc(here, "check")
    assert checked.code == 2
    assert "failed   report: The environment variable LOCK is not set." in checked.out
    assert "failed   manifest: The secret file none.pem does not exist." in checked.out
    told = missedbcc(here, "schedule", "install", "--on", "cron", "--yes").err
    assert "does not have your environment, so not env:LOCK" in told


def test_a_secret_that_hangs_is_not_waited_for_beyond_the_limit(here: Path) -> None:
    with (here / "missedbcc.toml").open("a") as config:
        config.write('[tell.webhook]\nurl = "file:pipe"\n')
    os.mkfifo(here / "pipe", 0o600)
    mail(here / "Sent.mbox")
    checked = missedbcc(here, "check", "--timeout", "2")
    assert checked.code == 1
    assert "failed   tell: The secret at file:pipe did not come in time." in checked.out


def test_a_credential_must_be_given_and_only_systemd_has_them(here: Path) -> None:
    account = '[account.sales]\ntype = "imap"\nhost = "imap.corp.example"\nuser = "sales"\n'
    (here / "missedbcc.toml").write_text(account + 'secret = "credential:mail"\n')
    missing = missedbcc(here, *INSTALL, "--yes")
    assert missing.code == 2
    assert "--credential mail=FILE" in missing.err
    wrong = missedbcc(here, "schedule", "install", "--on", "cron", "--yes", "--credential", "mail=pw")
    assert (wrong.code, "Only systemd" in wrong.err) == (2, True)
    assert missedbcc(here, *INSTALL, "--yes", "--credential", "../x=pw").code == 2
    done = missedbcc(here, *INSTALL, "--yes", "--credential", "mail=my pw")
    assert f"LoadCredential=mail:{here}/my pw\n" in units(here)[0].read_text()
    assert "is not there, or not for you to see" in done.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--weekday", "mo"], "--weekday mo: a weekday such as monday was expected"),
        (["--time", "25:00"], "--time 25:00: a time of day"),
        (["--every", "daily", "--weekday", "mon"], "--weekday means something only where it is weekly"),
        (["--day", "3"], "--day means something only where it is monthly"),
    ],
)
def test_a_slip_is_told_and_nothing_is_written(here: Path, words: list[str], sentence: str) -> None:
    done = missedbcc(here, *INSTALL, "--yes", *words)
    assert done.code == 2
    assert sentence in done.err
    assert units(here) == []


def test_without_anything_to_scan_nothing_is_scheduled(here: Path) -> None:
    (here / "missedbcc.toml").write_text("")
    done = missedbcc(here, *INSTALL, "--yes")
    assert (done.code, units(here)) == (2, [])
    assert "no account is configured" in done.err
    assert missedbcc(here, *INSTALL, "--yes", "archive/Sent.mbox").code == 0
    assert f'-- "{here}/archive/Sent.mbox"' in units(here)[0].read_text()


def test_another_scheduler_takes_over_only_after_the_first_is_removed(here: Path) -> None:
    missedbcc(here, *INSTALL, "--yes")
    other = missedbcc(here, "schedule", "install", "--on", "cron", "--yes")
    assert other.code == 2
    assert "scheduled by systemd-user already" in other.err


def test_each_case_has_a_name_of_its_own(tmp_path: Path) -> None:
    names = {job_name(tmp_path / one / "missedbcc-case") for one in "ab"} | {job_name(tmp_path / "Büro 1")}
    assert len(names) == 3
    assert all(name.isascii() and " " not in name for name in names)


def test_the_shown_lines_are_the_same_for_programs(here: Path) -> None:
    told, result = missedbcc(here, *INSTALL, "--yes", "--json").objects
    assert (told["system"], result["event"], result["written"]) == ("systemd-user", "result", True)
    assert sorted(told["files"]) == [str(unit) for unit in units(here)]
    remembered = json.loads((here / "missedbcc-case/schedule.json").read_text())
    assert sorted(remembered["files"]) == sorted(told["files"])


@pytest.mark.parametrize(("answer", "count"), [("n\n", 0), ("\n", 0), ("y\n", 2)])
def test_on_a_terminal_it_asks(here: Path, answer: str, count: int) -> None:
    end, terminal = pty.openpty()
    with Popen(
        [sys.executable, "-m", "scanner", *INSTALL], stdin=terminal, stdout=PIPE, stderr=PIPE, text=True, cwd=here,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:  # fmt: skip
        os.write(end, answer.encode())
        out, err = process.communicate(timeout=600)
    os.close(end)
    os.close(terminal)
    assert process.returncode == 0
    assert "Write this? [y/N]" in err
    assert "OnCalendar=" in out
    assert len(units(here)) == count
    assert ("Nothing was written." in err) is (count == 0)


def test_a_scheduled_case_is_as_it_was_written(here: Path) -> None:
    mail(here / "Sent.mbox")
    assert missedbcc(here, *INSTALL, "--yes").code == 0
    assert (here / "missedbcc-case/schedule.json").is_file()
    assert missedbcc(here, "scan", "--internal", "corp.example").code == 4
    assert missedbcc(here, "verify").code == 0


@pytest.mark.parametrize(
    ("system", "typed"),
    [
        ("systemd-user", "/.config/systemd/user/"),
        ("systemd", "/etc/systemd/system/"),
        ("cron", "| crontab -"),
        ("launchd", "~/Library/LaunchAgents/"),
        ("windows", "schtasks /Create"),
    ],
)
def test_files_written_elsewhere_come_with_the_commands_that_make_them_work(
    here: Path, system: str, typed: str
) -> None:
    done = missedbcc(here, "schedule", "install", *on(system), "--into", "my files", "--yes")
    assert done.code == 0, done.err
    by_hand = [line for line in done.out.splitlines() if line.startswith("--- run by hand: ")]
    assert typed in by_hand[0]
    quote = '"' if system == "windows" else "'"
    for path in (here / "my files").iterdir():
        assert any(f"{quote}{path}{quote}" in line for line in by_hand)
    assert "`schedule show` and `remove` know nothing of it" in done.err
    assert missedbcc(here, "schedule", "show").out == "No schedule is installed for this case.\n"


def test_a_system_wide_service_runs_as_whom_it_is_told(here: Path) -> None:
    install = ("schedule", "install", "--on", "systemd", "--into", "out", "--yes")
    unasked = missedbcc(here, *install)
    assert unasked.code == 2
    assert "needs a user to run as" in unasked.err
    assert not (here / "out").exists()
    unknown = missedbcc(here, *install, "--run-as", "no-such-user")
    assert unknown.code == 0
    assert "this machine has no user no-such-user." in unknown.err
    assert "chown -R no-such-user" in unknown.err
    elsewhere = missedbcc(here, *INSTALL, "--yes", "--run-as", "nobody")
    assert (elsewhere.code, "only with --on systemd" in elsewhere.err) == (2, True)


def test_a_folder_that_the_service_cannot_write_is_told(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By whoever installs, who may write there, and for the user of the service, who may not."""
    (here / "missedbcc.toml").write_text(f'{CONFIG}[metrics]\nfile = "figures/m.prom"\n')
    mail(here / "Sent.mbox")
    (here / "figures").mkdir(mode=0o700)
    done = missedbcc(here, "schedule", "install", "--on", "systemd", "--run-as", "nobody", "--into", "out", "--yes")
    assert f"nobody may not write into {here}/figures" in done.err
    (here / "missedbcc-case").mkdir(mode=0o700, exist_ok=True)
    monkeypatch.setenv("IS_ENABLED", "enabled")
    monkeypatch.setenv("IS_ACTIVE", "active")
    file = here / "missedbcc-case/schedule.json"
    write_installed(file, Installed(System.SYSTEM, "missedbcc-1", Cadence(), run_as="nobody"))
    checked = missedbcc(here, "check", "--json")
    assert checked.code == 1
    told = {line["subject"]: line for line in checked.objects if line.get("level") == "failed"}
    assert sorted(told) == ["case", "metrics"]
    assert "cannot be written by nobody, as whom the scheduled scan runs" in told["metrics"]["sentence"]
    assert "setfacl -m u:nobody:rwx" in told["metrics"]["hint"]
    assert "Removed." in missedbcc(here, "schedule", "remove", "--yes").err


@gives_folders_away
def test_files_in_a_folder_of_the_service_that_it_cannot_write_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever scanned by hand first owns the database and the log, whosever the folders are."""
    with TemporaryDirectory() as made:
        here = Path(made)
        fake_schedulers(here, monkeypatch)
        (here / "missedbcc.toml").write_text(f'{CONFIG}[log]\nfile = "run.jsonl"\n')
        mail(here / "Sent.mbox")
        case, log = here / "missedbcc-case", here / "run.jsonl"
        assert missedbcc(here, "scan").code in {0, 4}
        user = getpwnam("nobody")
        for folder in (here, case):
            os.chown(folder, user.pw_uid, user.pw_gid)
        done = missedbcc(here, "schedule", "install", "--on", "systemd", "--run-as", "nobody", "--into", "out", "--yes")
        assert (
            f"nobody may not write to the case database, by owner and mode; first: chown -R nobody {case}" in done.err
        )
        assert f"nobody may not write to {log}, by owner and mode; first: chown nobody {log}" in done.err
        write_installed(case / "schedule.json", Installed(System.SYSTEM, "missedbcc-1", Cadence(), run_as="nobody"))
        checked = missedbcc(here, "check", "--json")
        told = {line["subject"]: line for line in checked.objects if line.get("level") == "failed"}
        assert told["case"]["sentence"].startswith("missedbcc-case/case.sqlite cannot be written by nobody")
        assert told["case"]["hint"] == f"Give nobody the whole folder: chown -R nobody {case}"
        assert told["log"]["hint"] == f"Give nobody the file: chown nobody {log}"
        for file in (case / "case.sqlite", log):
            os.chown(file, user.pw_uid, user.pw_gid)
        checked = missedbcc(here, "check", "--json")
        assert not {"case", "log"} & {line["subject"] for line in checked.objects if line.get("level") == "failed"}
