"""How an error of each kind ends a command: one sentence, the next step, a code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer

from scanner.cli.exits import STOPPED_AT_ONCE, Exit, _Stop, told
from scanner.errors import LoginRefused, ReportError, SettingsError, StoreError
from tests.cli.command import CANARY, ended, mail, start
from tests.needed import full_disk

FAILING = """
import scanner.scan
from scanner.cli import main

def broken(*given, **named):
    secret = "hunter2"
    raise ValueError("canary.person@freemail.example")

scanner.scan.scan = broken
main()
"""


def run(error: BaseException) -> int:
    with pytest.raises(typer.Exit) as caught, told("Go on."):
        raise error
    return caught.value.exit_code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SettingsError("The settings are wrong."), Exit.USAGE),
        (StoreError("The disk is full."), Exit.FAILED),
        (ReportError("The workbook cannot be written."), Exit.FAILED),
        (LoginRefused("The server says no."), Exit.FAILED),
        (KeyboardInterrupt(), Exit.INCOMPLETE),
        (OSError(28, "No space left on device", "x"), Exit.FAILED),
        (ValueError(), Exit.FAILED),
    ],
)
def test_every_error_has_its_code(error: BaseException, code: int) -> None:
    assert run(error) == code


def test_an_error_is_its_sentence_its_problems_and_its_hint(capsys: pytest.CaptureFixture[str]) -> None:
    run(SettingsError("Two things are wrong.", "Correct them.", ("one", "two")))
    assert capsys.readouterr().err == "Two things are wrong.\n  one\n  two\nCorrect them.\n"


def test_stopping_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    run(KeyboardInterrupt())
    assert capsys.readouterr().err == "Stopped. Go on.\n"


def test_names_from_a_server_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    run(StoreError("The folder \x1b[2J\r\u202e is strange."))
    assert capsys.readouterr().err == "The folder �[2J�� is strange.\n"


def test_what_typer_raises_passes() -> None:
    with pytest.raises(typer.BadParameter), told():
        raise typer.BadParameter("no")
    with pytest.raises(typer.Exit) as caught, told():
        raise typer.Exit(7)
    assert caught.value.exit_code == 7


def test_what_nobody_foresaw_is_one_sentence_without_its_text(tmp_path: Path) -> None:
    (tmp_path / "Sent.mbox").write_bytes(b"From a@corp.example Mon Jul  6 10:00:00 2020\nTo: b@corp.example\n\nx\n")
    done = ended(start(tmp_path, "scan", "Sent.mbox", program=FAILING))
    assert done.code == 1
    assert done.err.startswith("missedbcc failed in a way that nobody foresaw (ValueError).\n")
    assert "MISSEDBCC_DEBUG=1" in done.err
    assert CANARY not in done.err


def test_the_traceback_is_shown_on_request_without_local_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISSEDBCC_DEBUG", "1")
    (tmp_path / "Sent.mbox").write_bytes(b"From a@corp.example Mon Jul  6 10:00:00 2020\nTo: b@corp.example\n\nx\n")
    done = ended(start(tmp_path, "scan", "Sent.mbox", program=FAILING))
    assert done.code == 1
    assert "Traceback" in done.err
    assert "in broken" in done.err
    assert "hunter2" not in done.err


@pytest.mark.parametrize("closed", ["2>&-", ">&-"])
def test_a_stream_that_the_caller_closed_is_no_failure(tmp_path: Path, closed: str) -> None:
    mail(tmp_path / "Sent.mbox", [12])
    done = subprocess.run(
        ["sh", "-c", f'"$0" -m scanner scan Sent.mbox {closed}', sys.executable], cwd=tmp_path, capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 4
    assert (tmp_path / "missedbcc-case/missedbcc-run-0001.xlsx").is_file()


def test_a_path_of_any_bytes_is_given_back_as_it_is(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox", [12])
    done = subprocess.run(
        [sys.executable, "-m", "scanner", "scan", "Sent.mbox", "--case", b"f\xfcr"], cwd=tmp_path, capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, timeout=600, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (4, b"f\xfcr/missedbcc-run-0001.xlsx\n")


SLOW_TO_STOP = """
import signal, sys, time
import scanner.scan
from scanner.cli import main

def slow(*given, **named):
    try:
        print("reading", flush=True)
        time.sleep(240)
    finally:
        print("stopping", flush=True)
        time.sleep(240)

scanner.scan.scan = slow
signal.signal(signal.SIGINT, signal.default_int_handler)  # which is ignored where tests run in the background
main()
"""


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_the_command_at_once_with_one_sentence(tmp_path: Path, second: signal.Signals) -> None:
    mail(tmp_path / "Sent.mbox")
    with start(tmp_path, "scan", "Sent.mbox", program=SLOW_TO_STOP) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "reading\n"
        running.send_signal(signal.SIGINT)
        assert running.stdout.readline() == "stopping\n"
        time.sleep(0.05)  # signals that come together are one
        begun = time.monotonic()
        running.send_signal(second)
        _, said = running.communicate(timeout=600)
    assert (running.returncode, said) == (Exit.INCOMPLETE, f"{STOPPED_AT_ONCE}\n")
    assert time.monotonic() - begun < 60


def test_a_signal_that_is_passed_on_twice_is_one() -> None:
    stop = _Stop()
    stop.at_work = True
    with pytest.raises(KeyboardInterrupt):
        stop(signal.SIGINT, None)
    stop(signal.SIGINT, None)  # would have ended this process


def test_a_full_disk_behind_standard_output_costs_no_alert(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox")
    for words, code in ((("scan", "Sent.mbox", "--internal", "corp.example"), 4), (("status",), 1)):
        with full_disk().open("w") as full:
            done = start(tmp_path, *words, stdout=full)
            _, said = done.communicate(timeout=600)
        assert (done.returncode, "Standard output cannot be written to: No space left" in said) == (code, True)
