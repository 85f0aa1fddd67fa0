"""The command `schedule` with cron: what else stands in the table is kept, whatever happens."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from shutil import copytree
from subprocess import run

import pytest

from tests.cli.command import mail, missedbcc
from tests.cli.schedulers import fake_schedulers

TABLE = "MAILTO=ops\n5 4 * * * backup\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return fake_schedulers(tmp_path, monkeypatch)


def test_cron_keeps_what_else_stands_in_the_table(here: Path) -> None:
    table = here.parent / "table"
    table.write_text("5 4 * * * mine\n")
    done = missedbcc(here, "schedule", "install", "--on", "cron", "--yes")
    assert (done.code, "06:00.\n" in done.err, "half an hour" in done.err) == (0, True, False)
    assert missedbcc(here, "schedule", "install", "--on", "cron", "--yes", "--every", "daily").code == 0
    lines = table.read_text().splitlines()
    assert lines[0] == "5 4 * * * mine"
    (line,) = [one for one in lines if one.startswith("0 6 * * * cd ")]
    assert "'my scans'" in line or "my scans'" in line
    assert missedbcc(here, "schedule", "show").code == 0
    assert missedbcc(here, "schedule", "remove", "--yes").code == 0
    assert table.read_text() == "5 4 * * * mine\n"


def test_a_table_without_our_lines_is_told(here: Path) -> None:
    assert missedbcc(here, "schedule", "install", "--on", "cron", "--yes").code == 0
    (here.parent / "table").write_text("")
    shown = missedbcc(here, "schedule", "show")
    assert shown.code == 1
    assert "are not in the crontab, so nothing starts the scan." in shown.out
    checked = missedbcc(here, "check")
    assert checked.code == 1
    assert "are not in the crontab, so nothing starts the scan." in checked.out
    assert "Run: missedbcc schedule install" in checked.out


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("0 6 * * 1", "# 0 6 * * 1", 1, "are all comments"),
        ("0 6 * * 1", "0 6 * * 3", 0, "were changed since"),
        ("umask 077", "umask 022", 0, "were changed since"),
    ],
)
def test_a_line_of_the_table_that_somebody_changed_is_told(
    here: Path, old: str, new: str, code: int, words: str
) -> None:
    mail(here / "Sent.mbox")
    assert missedbcc(here, "schedule", "install", "--on", "cron", "--yes").code == 0
    table = here.parent / "table"
    table.write_text(table.read_text().replace(old, new))
    shown = missedbcc(here, "schedule", "show")
    assert (shown.code, words in shown.out) == (1, True)
    checked = missedbcc(here, "check")
    assert (checked.code, words in checked.out) == (code, True)


def test_a_table_that_cannot_be_read_tells_nothing_of_the_schedule(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mail(here / "Sent.mbox")
    assert missedbcc(here, "schedule", "install", "--on", "cron", "--yes").code == 0
    monkeypatch.setenv("CRONTAB_FAILS", "crontab: Input/output error")
    said = "in the crontab could not be told: `crontab -l` failed: crontab: Input/output error"
    shown = missedbcc(here, "schedule", "show")
    assert (shown.code, said in shown.out, "left as it is" in shown.out) == (1, True, False)
    assert (shown.err, "if it is active, the next run is due" in shown.out) == ("Run by hand: crontab -l\n", True)
    checked = missedbcc(here, "check")
    assert (checked.code, said in checked.out) == (0, True)
    assert missedbcc(here, "scan").code in {0, 4}
    told = missedbcc(here, "status").out
    assert (", by cron, every Monday at 06:00, if that is active\n" in told, said in told) == (True, True)


@pytest.mark.parametrize(
    ("fails", "says", "code"),
    [
        ("crontab: Input/output error", "", "1"),
        ("crontab: Input/output error", TABLE[:11], "1"),  # cut in the midst of it
        ("no crontab for me", "", "2"),
        ("no crontab for me", TABLE, "1"),
        ("You (me) are not allowed to use this program", "", "1"),
    ],
)
def test_a_table_that_cannot_be_read_is_left_alone(
    here: Path, monkeypatch: pytest.MonkeyPatch, fails: str, says: str, code: str
) -> None:
    table = here.parent / "table"
    table.write_text(TABLE)
    for name, value in (("CRONTAB_FAILS", fails), ("CRONTAB_SAYS", says), ("CRONTAB_CODE", code)):
        monkeypatch.setenv(name, value)
    done = missedbcc(here, "schedule", "install", "--on", "cron", "--yes")
    assert done.code == 1
    assert f"The crontab cannot be read, so it is left as it is: `crontab -l` failed: {fails}" in done.err
    assert "crontab -e" in done.err
    assert table.read_text() == TABLE
    assert not (here / "missedbcc-case").exists()


def test_octets_of_other_lines_stay_as_they_are(here: Path) -> None:
    table = here.parent / "table"
    theirs = b"# caf\xe9 \xff\r\n5 4 * * * \xc3\xa9\x0bx\n"
    table.write_bytes(theirs)
    assert missedbcc(here, "schedule", "install", "--on", "cron", "--yes").code == 0
    assert table.read_bytes().startswith(theirs + b"# BEGIN ")
    assert missedbcc(here, "schedule", "remove", "--yes").code == 0
    assert table.read_bytes() == theirs


@pytest.mark.parametrize("mark", ["BEGIN", "END"])
def test_no_second_line_comes_beside_one_whose_mark_is_gone(here: Path, mark: str) -> None:
    install = ("schedule", "install", "--on", "cron", "--yes")
    assert missedbcc(here, *install).code == 0
    table = here.parent / "table"
    torn = "".join(line for line in table.read_text().splitlines(keepends=True) if not line.startswith(f"# {mark} "))
    table.write_text(torn)
    done = missedbcc(here, *install)
    assert done.code == 1
    assert "stands without the line that belongs to it" in done.err
    assert table.read_text() == torn


@pytest.mark.parametrize(("fails", "code"), [("", 0), ("no crontab for me", 0), ("crontab: Input/output error", 1)])
def test_the_command_for_lines_written_elsewhere_keeps_the_table(
    here: Path, monkeypatch: pytest.MonkeyPatch, fails: str, code: int
) -> None:
    table = here.parent / "table"
    table.write_text("" if fails.startswith("no") else TABLE)
    done = missedbcc(here, "schedule", "install", "--on", "cron", "--into", "it's out", "--yes")
    (command,) = [line for line in done.out.splitlines() if line.startswith("--- run by hand: ")]
    monkeypatch.setenv("CRONTAB_FAILS", fails)
    shell = run(["/bin/sh", "-c", command.removeprefix("--- run by hand: ")], cwd=here, check=False)
    assert shell.returncode == code
    (lines,) = (here / "it's out").glob("*.cron")
    standing = "" if fails.startswith("no") else TABLE
    assert table.read_text() == standing + ("" if code else lines.read_text())


def test_the_line_for_cron_scans_when_a_shell_runs_it(here: Path) -> None:
    """In a folder whose name holds what shells and cron take for their own, without our environment."""
    odd = here.rename(here.parent / "it's 100% $HOME;x")
    mail(odd / "Sent.mbox")
    assert missedbcc(odd, "schedule", "install", "--on", "cron", "--yes").code == 0
    (line,) = [one for one in (here.parent / "table").read_text().splitlines() if not one.startswith("#")]
    command = line.split(" ", 5)[5].replace("\\%", "%")  # as cron hands it on (crontab(5))
    path = os.pathsep.join(entry for entry in sys.path if entry)
    done = run(
        ["/bin/sh", "-c", command], cwd="/", env={"PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4, done.stderr
    assert Path(done.stdout.strip()).parent == odd / "missedbcc-case"
    assert Path(done.stdout.strip()).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("marks", "code"), [(("BEGIN",), 1), (("END",), 1), (("BEGIN", "END"), 1), ((), 0)])
def test_a_line_that_stays_is_not_called_removed(here: Path, marks: tuple[str, ...], code: int) -> None:
    assert missedbcc(here, "schedule", "install", "--on", "cron", "--yes").code == 0
    table = here.parent / "table"
    torn = [line for line in table.read_text().splitlines() if not line.startswith(tuple(f"# {m} " for m in marks))]
    table.write_text("\n".join(["5 4 * * * other scan --case elsewhere", *torn, ""]))
    done = missedbcc(here, "schedule", "remove", "--yes")
    assert done.code == code
    assert ("Removed." in done.err) is (code == 0)
    assert ("it was left alone" in done.err) is (code == 1)
    table.write_text("5 4 * * * other scan --case elsewhere\n")
    again = missedbcc(here, "schedule", "remove", "--yes")
    assert again.code == 0
    assert ("Removed." in again.err) is (code == 1)


def test_a_case_that_was_moved_is_not_called_scheduled(here: Path) -> None:
    mail(here / "Sent.mbox")
    assert missedbcc(here, "schedule", "install", "--on", "cron", "--yes").code == 0
    (here / "missedbcc-case").rename(here / "moved")
    for words in (("schedule", "show"), ("check",)):
        told = missedbcc(here, *words, "--case", "moved")
        assert (told.code, "the case was moved, or copied, here" in told.out) == (1, True)
    assert missedbcc(here, "schedule", "remove", "--yes", "--case", "moved").code == 0
    assert (here.parent / "table").read_text() == ""


def test_a_copy_of_a_case_leaves_the_schedule_of_the_case(here: Path) -> None:
    assert missedbcc(here, "schedule", "install", "--on", "cron", "--yes").code == 0
    table = (here.parent / "table").read_text()
    copytree(here / "missedbcc-case", here / "copy")
    done = missedbcc(here, "schedule", "remove", "--yes", "--case", "copy")
    assert (done.code, "whose schedule stays" in done.err) == (0, True)
    assert (here.parent / "table").read_text() == table
    assert missedbcc(here, "schedule", "show").code == 0
    assert missedbcc(here, "schedule", "install", "--on", "cron", "--yes", "--case", "copy").code == 0
