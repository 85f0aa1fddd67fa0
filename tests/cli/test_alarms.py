"""What nobody may miss although a run read everything: who is told of it where nobody watches."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest

from tests.authority import Authority
from tests.cli.command import mail, missedbcc
from tests.cli.test_after import authority, configure, figures, here, letters, log, post, text_of, traces
from tests.cli.test_cut_short import stop
from tests.cli.test_round_trip import FIRST, STATUS, TOLD, typed
from tests.telling.run import Post

__all__ = ["authority", "here", "post"]


def test_a_folder_that_shrank_is_told_to_people_log_figures_and_status(
    here: Path, authority: Authority, post: Post
) -> None:
    configure(here, authority, post.port, tell='when = "needed"')
    missedbcc(here, "scan", "--quiet")
    missedbcc(here, "scan", "--quiet")
    assert (len(letters(post)), log(here)[-1]["alarms"]) == (1, {})
    mail(here / "Sent.mbox", [1])
    done = missedbcc(here, "scan", "--quiet")
    assert (done.code, done.err) == (0, "")
    letter = letters(post)[-1]
    assert letter["Subject"] == "missedbcc: nothing new, 2 warnings (trial, run 3)"
    assert "- 1 folder was read again from its start" in text_of(letter)
    assert "- 1 folder no longer holds messages that were found in it before" in text_of(letter)
    assert "Sent.mbox" not in traces(here, post)
    assert log(here)[-1]["alarms"] == {"found_gone": 1, "read_again": 1}
    told = figures(here)
    assert (told["alarmsread_again"], told["alarmsfound_gone"], told["alarmsgone"]) == (1, 1, 0)
    told_here = missedbcc(here, "status")
    assert told_here.code == 0
    assert "Sent.mbox was rewritten since it was last read; it is read from its beginning.\n" in told_here.out
    assert "of the messages that the case keeps of it to judge; they stay in the case. Other messages" in told_here.out
    objects = missedbcc(here, "status", "--json").objects
    assert [one["alarms"] for one in objects if one["event"] == "run"][1:] == [{}, {"found_gone": 1, "read_again": 1}]
    assert len([one for one in objects if one["event"] == "notice"]) == 2


def test_answers_that_wait_for_somebody_are_told_each_time_until_somebody_decides(
    here: Path, authority: Authority, post: Post
) -> None:
    configure(here, authority, post.port, tell='when = "needed"')
    assert missedbcc(here, "scan", "--quiet").code == 4
    shutil.copy(here / FIRST, here / "back.xlsx")
    typed(here / FIRST, (STATUS, "open"), (TOLD, "next week"))
    typed(here / "back.xlsx", (STATUS, "closed"))
    assert missedbcc(here, "decisions", "back.xlsx").code == 3
    waiting = "Open: 1 answer in conflict and 1 cell not taken. The columns Conflict say which: "
    for _ in range(2):  # what is read back is told once, what is open each time
        done = missedbcc(here, "scan", "--quiet")
        assert (done.code, done.err.startswith(waiting), len(done.err.splitlines())) == (0, True, 1)
        letter = letters(post)[-1]
        assert str(letter["Subject"]).startswith("missedbcc: nothing new, 2 open answers (trial, run ")
        assert "1 answers in conflict" in text_of(letter)
        assert "Somebody must decide between answers" in text_of(letter)
        assert "next week" not in traces(here, post)
    assert len(letters(post)) == 3
    assert (log(here)[-1]["open_conflicts"], log(here)[-1]["open_refusals"]) == (1, 1)
    assert (figures(here)["open_answersconflict"], figures(here)["open_answersnot_taken"]) == (1, 1)
    assert waiting in missedbcc(here, "status").out
    (told,) = [one for one in missedbcc(here, "status", "--json").objects if one["event"] == "decisions"]
    assert told == {"event": "decisions", "open_conflicts": 1, "open_refusals": 1}
    done = missedbcc(here, "report", "--json")
    assert [one["sentence"].startswith(waiting) for one in done.told] == [True]
    assert (done.objects[-1]["open_conflicts"], done.objects[-1]["open_refusals"]) == (1, 1)
    missedbcc(here, "decisions", "--settle")
    assert missedbcc(here, "scan", "--quiet").err == ""
    assert len(letters(post)) == 3
    assert "Open: " not in missedbcc(here, "status").out


def test_status_prints_no_address_with_what_is_to_be_known(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox")
    missedbcc(tmp_path, "scan", "Sent.mbox")  # which notes whom it took for internal
    told = missedbcc(tmp_path, "status").out
    assert "internal" in told
    assert "@corp.example" not in told.replace("…@", "")


def test_alarms_of_a_run_that_nobody_was_told_of_are_told_by_the_next_and_shown_by_status(
    here: Path, authority: Authority, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(here, authority, post.port, tell='when = "needed"')
    missedbcc(here, "scan", "--quiet")
    mail(here / "Sent.mbox", [1])
    with monkeypatch.context() as killed:  # before it wrote its workbook and told anybody
        killed.setattr(import_module("scanner.cli.scan"), "hand_over", stop)
        killed.setattr("scanner.cli.after.finished", lambda *_, **__: None)
        missedbcc(here, "scan", "--quiet")
    assert len(letters(post)) == 1
    assert missedbcc(here, "scan", "--quiet").code == 0
    assert letters(post)[-1]["Subject"] == "missedbcc: nothing new, 2 warnings (trial, run 3)"
    assert log(here)[-1]["alarms"] == {"found_gone": 1, "read_again": 1}
    shown = [line for line in missedbcc(here, "status").out.splitlines() if line.startswith("  Run 2: archive: ")]
    assert [" was rewritten since it was last read" in line for line in shown] == [True, False]
    missedbcc(here, "scan", "--quiet")
    assert (len(letters(post)), log(here)[-1]["alarms"]) == (2, {})
    assert "Run 2: archive" not in missedbcc(here, "status").out


def test_alarms_of_a_run_that_was_not_told_to_everybody_are_told_again(
    here: Path, authority: Authority, post: Post
) -> None:
    configure(here, authority, post.port, tell='when = "needed"')
    missedbcc(here, "scan", "--quiet")
    with closing(sqlite3.connect(here / "missedbcc-case/case.sqlite")) as case, case:
        kept = '{"sentences": ["One is gone."], "alarms": ["gone", "not_told"]}'
        case.execute("UPDATE run SET notices = ?", [kept])
    missedbcc(here, "scan", "--quiet")
    assert letters(post)[-1]["Subject"] == "missedbcc: nothing new, 2 untold incidents, 1 warning (trial, run 2)"
    assert log(here)[-1]["alarms"] == {"gone": 1}
    assert "  Run 1: One is gone.\n" in missedbcc(here, "status").out


def test_status_names_no_workbook_that_is_gone(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox")
    missedbcc(tmp_path, "scan", "Sent.mbox", "--internal", "corp.example")
    (workbook,) = (tmp_path / "missedbcc-case").glob("*.xlsx")
    named = [one["workbook"] for one in missedbcc(tmp_path, "status", "--json").objects if one["event"] == "run"]
    assert [Path(one).name for one in named] == [workbook.name]
    workbook.unlink()
    named = [one["workbook"] for one in missedbcc(tmp_path, "status", "--json").objects if one["event"] == "run"]
    assert named == [None]
