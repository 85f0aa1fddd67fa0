"""A run that is stopped, that fails, or that is killed: what is told of it, by itself or by the next one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path

import pytest

from scanner.account import Account
from scanner.connectors import open_mailbox
from scanner.connectors.interface import Mailbox
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
