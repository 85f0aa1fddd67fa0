"""Progress on a terminal, in plain lines and as JSON lines."""

from __future__ import annotations

import os
import pty
import sys
from pathlib import Path
from subprocess import Popen

import pytest

from scanner.cli.output import Output
from scanner.cli.progress import Lines, Objects, Tally, masked, watching
from scanner.connectors.interface import Folder
from scanner.coverage import ChosenBy, Coverage
from scanner.errors import SourceInterrupted
from tests.cli.command import mail

SENT = Folder("boss", "Sent", 9000, ChosenBy.NAME)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("scanner.cli.progress.monotonic", clock)
    return clock


def test_plain_lines_come_every_ten_seconds_with_rate_and_time_left(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    watch = Lines(Output())
    watch.folder_started(SENT, 1000)
    for second in range(1, 22):
        clock.now = 100.0 + second
        watch.progress(SENT, 1000 + 100 * second, 0)
    assert capsys.readouterr().err.splitlines() == [
        "boss: Sent: 2,000 of 9,000 messages, 100 a second, 1 min 10 s left",
        "boss: Sent: 3,000 of 9,000 messages, 100 a second, 1 min 0 s left",
    ]


def test_a_folder_of_unknown_size_has_no_time_left(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    watch = Lines(Output())
    box = Folder("old.mbox", "old.mbox", None, ChosenBy.ARCHIVE)
    watch.folder_started(box, 0)
    clock.now += 10
    watch.progress(box, 50, 0)
    watch.folder_done(
        Coverage("old.mbox", "old.mbox", ChosenBy.ARCHIVE, None, 60, 1, (("no message", 2),), finished=True)
    )
    assert capsys.readouterr().err.splitlines() == [
        "old.mbox: 50 messages, 5 a second",
        "old.mbox: 60 read, 1 unreadable, 2 skipped (no message)",
    ]


def test_json_progress_comes_once_a_second_and_ends_in_numbers(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    watch = Objects(Output(json=True))
    watch.folder_started(SENT, 0)
    for tick in range(1, 9):
        clock.now = 100.0 + tick / 4
        watch.progress(SENT, 100 * tick, tick)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert '"per_second": 400.0, "seconds_left": 22' in lines[0]


def test_quiet_still_says_what_was_not_read(capsys: pytest.CaptureFixture[str]) -> None:
    watch = Tally(Output(quiet=True))
    watch.notice("nothing")
    watch.folder_done(Coverage("boss", "Sent", ChosenBy.NAME, 1))
    watch.trouble("boss", SourceInterrupted("The connection broke.", "Try again."))
    assert capsys.readouterr().err == "boss: The connection broke.\n  Try again.\n"


@pytest.mark.parametrize(
    ("output", "kind"), [(Output(json=True), Objects), (Output(quiet=True), Tally), (Output(), Lines)]
)
def test_the_watch_fits_where_the_words_go(output: Output, kind: type[Tally]) -> None:
    with watching(output) as watch:
        assert type(watch) is kind


def test_addresses_in_sentences_are_masked() -> None:
    assert masked("corp.example, owner@freemail.example and <a.b@x.test> are ours.") == (
        "corp.example, …@freemail.example and <…@x.test> are ours."
    )


def test_a_terminal_gets_a_live_line_and_the_same_words(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox")
    terminal, end = pty.openpty()
    with Popen(
        [sys.executable, "-m", "scanner", "scan", "Sent.mbox"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TERM": "xterm", "NO_COLOR": "1"},
        stdout=-3, stderr=end,
    ) as running:  # fmt: skip
        os.close(end)
        told = b""
        try:
            while part := os.read(terminal, 65536):
                told += part
        except OSError:  # a terminal whose other end is closed says so
            pass
    os.close(terminal)
    assert running.returncode == 4
    assert b"Found 2 incidents" in told
    assert b"\x1b[3" not in told  # no colours
