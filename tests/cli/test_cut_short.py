"""A run that is stopped, that fails, or that is killed: what is told of it, by itself or by the next one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import pytest

from scanner.account import Account
from scanner.cli.scan import STANDS
from scanner.connectors import open_mailbox
from scanner.connectors.interface import Mailbox
from scanner.errors import ReportError
from tests.authority import Authority
from tests.cli.command import mail, missedbcc
from tests.cli.test_after import ACCOUNT, authority, configure, figures, here, letters, log, post, text_of, traces
from tests.cli.test_unwritten import full_disk
from tests.telling.run import Post

__all__ = ["authority", "here", "post"]


def stop(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_run_that_was_stopped_says_so_and_what_it_read(
    here: Path, authority: Authority, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def until_the_second(account: Account) -> Iterator[Mailbox]:
        if account.name != "archive":
            raise KeyboardInterrupt
        with open_mailbox(account) as mailbox:
            yield mailbox

    mail(here / "boss.mbox")
    configure(
        here, authority, post.port, ACCOUNT + '[account."boss@corp.example"]\ntype = "mbox"\npath = "boss.mbox"\n'
    )
    monkeypatch.setattr("scanner.scan.open_mailbox", until_the_second)
    assert missedbcc(here, "scan").code == 3
    (letter,) = letters(post)
    assert letter["Subject"] == "missedbcc: stopped (trial, run 1)"
    text = text_of(letter).replace("\r", "")
    assert "Run 1 of the case trial was stopped.\n" in text
    assert "What was read so far is kept, and the next scan goes on from there:\n\n1 folders\n4 messages read\n" in text
    assert "Not read to the end:\n- account 1: it was not read to its end yet\n" in text
    assert "no workbook" not in text
    assert "boss" not in traces(here, post)
    assert (log(here)[-1]["run"], log(here)[-1]["outcome"], log(here)[-1]["read"]) == (1, "stopped", 4)
    assert (figures(here)["messagesread"], figures(here)["run_exit_code"]) == (4, 3)


def test_a_run_that_was_stopped_before_its_workbook_says_that(
    here: Path, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("scanner.cli.scan"), "hand_over", stop)
    assert missedbcc(here, "scan").code == 3
    (letter,) = letters(post)
    assert letter["Subject"] == "missedbcc: stopped (trial, run 1)"
    assert "The mail was read, but no workbook was written of it: `missedbcc report` writes one." in text_of(letter)
    assert "4 messages read" in text_of(letter)
    assert (log(here)[-1]["run"], log(here)[-1]["unwritten"]) == (1, True)


def test_a_run_that_failed_says_why_in_words_that_name_nothing(
    here: Path, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr("reports.workbook.write_package", full_disk)
        assert missedbcc(here, "scan").code == 1
    (letter,) = letters(post)
    assert letter["Subject"] == "missedbcc: failed (trial, run 1)"
    assert "It ended early: the workbook could not be written: No space left on device (ReportError)." in text_of(
        letter
    )
    assert "4 messages read" in text_of(letter)
    assert str(here) not in traces(here, post)
    assert missedbcc(here, "scan").code == 4
    assert "Run 1, before this one, ended before its workbook was written." in text_of(letters(post)[-1])
    missedbcc(here, "scan")
    assert "before this one" not in text_of(letters(post)[-1])


@pytest.fixture
def needed(here: Path, authority: Authority, post: Post) -> Path:
    """A folder with mail, whose config tells only what somebody must hear."""
    configure(here, authority, post.port, tell='when = "needed"')
    return here


class Killed(BaseException):
    """The end of a run at a point, behind which nothing of it is done."""


def kill(*_: object, **__: object) -> NoReturn:
    raise Killed


def scan_killed(here: Path, monkeypatch: pytest.MonkeyPatch, point: str, way: Callable[..., object] = kill) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(point, way)
        with pytest.raises(Killed):
            missedbcc(here, "scan")


BEFORE = "Run 1, before this one, ended (complete), and nobody was told of it."
WHILE = "Run 1, before this one, ended (complete), and the telling of it was cut short: you may have been told already."
KNOWN = "Workbooks of which not everybody was told show 2 new or changed incidents."


@pytest.mark.parametrize(
    ("point", "of_it", "said"),
    [
        ("scanner.cli.after._late", 0, BEFORE),
        ("scanner.cli.after._summary", 0, BEFORE),
        ("scanner.telling.tell", 0, WHILE),
        ("scanner.telling.log.append", 1, WHILE),
        ("scanner.telling.pending.ToTell.told", 1, WHILE),
    ],
)
def test_a_run_that_was_killed_behind_its_workbook_is_told_by_the_next_and_once(
    needed: Path, post: Post, monkeypatch: pytest.MonkeyPatch, point: str, of_it: int, said: str
) -> None:
    here = needed
    scan_killed(here, monkeypatch, point)
    assert len(letters(post)) == of_it
    assert len(list((here / "missedbcc-case").glob("*.xlsx"))) == 1
    assert missedbcc(here, "scan").code == 0
    assert len(letters(post)) == of_it + 1
    letter = letters(post)[-1]
    assert letter["Subject"] == "missedbcc: nothing new, 2 untold incidents (trial, run 2)"
    assert f"{said}\n{KNOWN}\n" in text_of(letter).replace("\r", "")
    assert (log(here)[-1]["before"], log(here)[-1]["untold_incidents"]) == (said, 2)
    missedbcc(here, "scan")
    assert (len(letters(post)), log(here)[-1]["before"], log(here)[-1]["untold_incidents"]) == (of_it + 1, None, 0)
    assert missedbcc(here, "verify").code == 0


def refuse(*_: object) -> NoReturn:
    raise ReportError("There is no room for it.", "Make some.")


ENDINGS: dict[Callable[..., object], tuple[int, str]] = {stop: (3, "stopped"), refuse: (1, "failed")}


@pytest.mark.parametrize(
    ("home", "name", "way"),
    [
        ("taking", "leave_manifest", stop),
        ("taking", "leave_manifest", refuse),
        ("scan", "facts_of", stop),
    ],
)
def test_what_its_workbook_showed_is_told_of_a_run_that_ended_behind_it(
    needed: Path, post: Post, monkeypatch: pytest.MonkeyPatch, home: str, name: str, way: Callable[..., object]
) -> None:
    here, (code, said) = needed, ENDINGS[way]
    with monkeypatch.context() as ended:
        ended.setattr(import_module(f"scanner.cli.{home}"), name, way)
        done = missedbcc(here, "scan", "--json")
    assert (done.code, done.objects[-1]["outcome"], done.objects[-1]["new"]) == (code, said, 2)
    assert (here / str(done.objects[-1]["workbook"])).is_file()
    (letter,) = letters(post)
    assert letter["Subject"] == f"missedbcc: {said}, 2 untold incidents (trial, run 1)"
    text = text_of(letter).replace("\r", "")
    assert f"Its workbook was written before that, and stands.\n{KNOWN}\n" in text
    assert "no workbook" not in text
    assert "early: the workbook could not be written" not in text
    assert ("a file beside the workbook could not be written" in text) is (said == "failed")
    assert log(here)[-1]["untold_incidents"] == 2
    assert missedbcc(here, "scan").code == 0
    assert len(letters(post)) == 1


@pytest.mark.parametrize("point", ["scan._Result.say", "after._late", "after._summary", "after._told"])
def test_a_run_that_is_stopped_behind_its_workbook_before_it_told_that_says_who_will(
    needed: Path, post: Post, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    here = needed
    module, _, name = point.partition(".")
    with monkeypatch.context() as ended:
        home = import_module(f"scanner.cli.{module}")
        holder, _, name = name.rpartition(".")
        ended.setattr(getattr(home, holder) if holder else home, name, stop)
        done = missedbcc(here, "scan", "--json")
    result = done.objects[-1]
    assert (done.code, result["exit_code"], result["run"], result["new"]) == (3, 3, 1, 2)
    assert (here / str(result["workbook"])).is_file()
    assert result["error"] == f"Stopped. {STANDS} The next scan tells of it."
    assert letters(post) == []
    assert missedbcc(here, "scan").code == 0
    assert letters(post)[-1]["Subject"] == "missedbcc: nothing new, 2 untold incidents (trial, run 2)"


def test_a_run_that_told_nobody_is_told_though_scans_that_tell_nobody_came_behind_it(
    needed: Path, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = needed
    scan_killed(here, monkeypatch, "scanner.cli.after._late")
    telling = (here / "missedbcc.toml").read_text()
    (here / "missedbcc.toml").write_text('[organisation]\ninternal = ["corp.example"]\n' + ACCOUNT)
    assert missedbcc(here, "scan").code == 0
    (here / "missedbcc.toml").write_text(telling)
    assert missedbcc(here, "scan").code == 0
    (letter,) = letters(post)
    assert letter["Subject"] == "missedbcc: nothing new, 2 untold incidents (trial, run 3)"
    assert BEFORE in text_of(letter)
    missedbcc(here, "scan")
    assert (len(letters(post)), log(here)[-1]["untold_incidents"]) == (1, 0)


@pytest.mark.parametrize(("point", "pending"), [("after._late", "due"), ("after._told", "begun")])
def test_status_and_check_say_that_a_run_was_not_told(
    needed: Path, monkeypatch: pytest.MonkeyPatch, point: str, pending: str
) -> None:
    here = needed
    scan_killed(here, monkeypatch, f"scanner.cli.{point}")
    said = "Not everybody was told of run 1 yet."
    told = missedbcc(here, "status").out
    assert f"{said}\nWhere no scan goes on, the next one tells it.\n" in told
    assert f"warning  tell: {said}" in missedbcc(here, "check").out
    assert runs_of(here) == [pending]
    missedbcc(here, "scan")
    assert said not in missedbcc(here, "status").out + missedbcc(here, "check").out
    assert runs_of(here) == [None, None]


def runs_of(here: Path) -> list[object]:
    return [one["pending"] for one in missedbcc(here, "status", "--json").objects if one["event"] == "run"]


def test_several_runs_that_told_nobody_are_all_told_by_the_next(
    here: Path, authority: Authority, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(here, authority, post.port, tell='when = "needed"')
    scan_killed(here, monkeypatch, "scanner.telling.tell")
    mail(here / "Sent.mbox", [1])
    scan_killed(here, monkeypatch, "scanner.cli.after._summary")
    assert letters(post) == []
    missedbcc(here, "scan")
    (letter,) = letters(post)
    assert letter["Subject"] == "missedbcc: nothing new, 2 untold incidents, 2 warnings (trial, run 3)"
    assert "Run 2, before this one, ended (complete), and nobody was told of it." in text_of(letter)


def test_a_run_that_failed_and_could_not_tell_it_is_told_by_the_next(
    here: Path, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "Sent.mbox").rename(here / "Kept.mbox")
    scan_killed(here, monkeypatch, "scanner.telling.tell")
    (here / "Kept.mbox").rename(here / "Sent.mbox")
    missedbcc(here, "scan")
    (letter,) = letters(post)
    assert "Run 1, before this one, ended (failed), and the telling of it was cut short" in text_of(letter)


def test_a_scan_that_tells_nobody_notes_nothing(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox")
    missedbcc(tmp_path, "scan", "Sent.mbox", "--internal", "corp.example")
    assert not (tmp_path / "missedbcc-case" / "to-tell.txt").exists()


def test_where_it_cannot_be_noted_that_is_said_and_the_scan_goes_on(here: Path, post: Post) -> None:
    (here / "missedbcc-case").mkdir(mode=0o700)
    (here / "missedbcc-case" / "to-tell.txt").mkdir()
    done = missedbcc(here, "scan")
    assert (done.code, len(letters(post))) == (4, 1)
    assert "What is to be told cannot be noted in " in done.err


def test_a_run_that_was_killed_is_told_by_the_next(here: Path, authority: Authority, post: Post) -> None:
    configure(here, authority, post.port, tell='when = "needed"')
    missedbcc(here, "scan")
    with closing(sqlite3.connect(here / "missedbcc-case/case.sqlite")) as case, case:
        case.execute("UPDATE run SET outcome = NULL, finished = NULL")
    assert missedbcc(here, "scan").code == 0
    said = "Run 1, before this one, did not come to its end. What it had saved is kept; this one went on from there."
    assert said in text_of(letters(post)[-1])
    assert log(here)[-1]["before"] == said
    missedbcc(here, "scan")
    assert (len(letters(post)), log(here)[-1]["before"]) == (2, None)
