"""With --json, what comes on standard error is JSON too: waits, notices, and why a command ended."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Iterator
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path

import pytest

from scanner.account import Account
from scanner.cli.exits import STOPPED_AT_ONCE
from scanner.connectors.interface import Cursor, Folder
from scanner.connectors.memory import MemoryMailbox
from scanner.connectors.retry import Patience
from scanner.envelope import Reading
from scanner.errors import ReportError, SourceInterrupted
from tests.cli.command import CANARY, ended, mail, message, missedbcc, start
from tests.cli.test_exits import SLOW_TO_STOP
from tests.cli.test_scan import start_slow

SCAN = ("scan", "Sent.mbox", "--internal", "corp.example")
WAITED = "mail.test: The line broke. Waiting 7 seconds before attempt 2."


class Throttled(MemoryMailbox):
    """Its server asks for a pause before each folder."""

    def read(self, folder: Folder, after: Cursor | None = None) -> Iterator[tuple[Cursor, Reading]]:
        trouble = SourceInterrupted("The line broke.", retry_after=7.0)
        Patience(sleep=lambda _: None, named="mail.test").wait(trouble, "")
        yield from super().read(folder, after)


@pytest.fixture
def throttled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def opened(account: Account) -> nullcontext[MemoryMailbox]:
        return nullcontext(Throttled(account.name, {"Sent": [message(number, 12) for number in range(3)]}))

    mail(tmp_path / "Sent.mbox")
    monkeypatch.setattr(import_module("scanner.scan"), "open_mailbox", opened)
    return tmp_path


def test_a_wait_is_a_notice(throttled: Path) -> None:
    done = missedbcc(throttled, *SCAN, "--json")
    assert done.code == 4
    assert done.told == [{"event": "notice", "sentence": WAITED}]
    assert done.objects[-1]["event"] == "result"


def test_without_it_a_wait_is_a_line(throttled: Path) -> None:
    done = missedbcc(throttled, *SCAN)
    assert done.err.splitlines().count(WAITED) == 1


def test_nothing_of_it_stays_behind(throttled: Path) -> None:
    before = list(logging.getLogger().handlers)
    missedbcc(throttled, *SCAN, "--json")
    assert logging.getLogger().handlers == before
    assert missedbcc(throttled, "report", "--case", "no such").err.startswith("There is no case in no such.\n")


def test_what_people_must_know_is_a_notice(throttled: Path) -> None:
    missedbcc(throttled, *SCAN)
    (throttled / "missedbcc-case/missedbcc-run-0002.xlsx").write_bytes(b"no workbook")
    done = missedbcc(throttled, "report", "--json")
    (told,) = done.told
    assert (told["event"], "missedbcc-run-0002.xlsx" in told["sentence"]) == ("notice", True)


@pytest.mark.parametrize(
    "words", [("report",), ("status",), ("decisions",), ("verify",), ("scan", "gone.mbox"), ("purge",)]
)
def test_an_error_that_ends_a_command_is_one_object(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "missedbcc.toml").write_text("[gates]\nexposer = 3\ncandydate = 3\n")
    done = missedbcc(tmp_path, *words, "--json")
    (told,) = done.told
    assert (told["event"], told["exit_code"], done.code) == ("error", 2, 2)
    assert len(told["problems"]) == 2
    assert told["sentence"]


def test_so_is_one_that_nobody_foresaw_and_it_quotes_nothing(throttled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError(CANARY)

    monkeypatch.setattr(import_module("scanner.cli.scan"), "hand_over", broken)
    done = missedbcc(throttled, *SCAN, "--json")
    *_, told = done.told
    assert (told["event"], told["exit_code"], done.code) == ("error", 1, 1)
    assert "(ValueError)" in told["sentence"]
    assert "MISSEDBCC_DEBUG=1" in told["hint"]
    assert CANARY not in done.err


def test_so_is_one_with_its_next_step(throttled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise ReportError("The disk is full.", "Free some space.")

    monkeypatch.setattr(import_module("scanner.cli.scan"), "hand_over", full)
    *_, told = missedbcc(throttled, *SCAN, "--json").told
    assert told == {
        "event": "error", "sentence": "The disk is full.", "problems": [], "hint": "Free some space.", "exit_code": 1,
    }  # fmt: skip


def test_so_is_ctrl_c(tmp_path: Path) -> None:
    with start_slow(tmp_path, "--json") as running:
        running.send_signal(signal.SIGINT)
        running.wait(timeout=600)
        done = ended(running)
    (told,) = done.told
    assert (told["event"], told["exit_code"], done.code) == ("error", 3, 3)
    assert told["sentence"].startswith("Stopped. Nothing new was saved")


def test_so_is_a_second_one(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox")
    with start(tmp_path, "scan", "Sent.mbox", "--json", program=SLOW_TO_STOP) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "reading\n"
        running.send_signal(signal.SIGINT)
        assert running.stdout.readline() == "stopping\n"
        time.sleep(0.05)  # signals that come together are one
        running.send_signal(signal.SIGINT)
        done = ended(running)
    (told,) = done.told
    assert (told["event"], told["sentence"], told["exit_code"], done.code) == ("error", STOPPED_AT_ONCE, 3, 3)
