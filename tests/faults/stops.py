"""R23: Ctrl-C once and twice, SIGTERM, a closed output, and two scans of one case, at any time of the real command."""

from __future__ import annotations

import random
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from subprocess import Popen, TimeoutExpired

from scanner.store import open_store
from tests.cli.command import ended, mail, start
from tests.faults.figure import Figure

_SOURCE = "Sent.mbox"
_SECONDS = 300.0  # in which a command that is stopped ends even where the machine is busy
_MAIL = (1, 2, 12, 30, 1, 14) * 40
WAYS = ("Ctrl-C", "SIGTERM", "closed output", "two scans", "Ctrl-C twice")


def measure(cases: int, ways: Sequence[str] = WAYS) -> Figure:
    """So many cases, the ways in turn, each at a moment of its own; then the command runs again to its end."""
    figure = Figure("R23 stopped, or started twice", changed=None)
    draw = random.Random(23)  # noqa: S311 - the same moments in each run
    slowest = 0.0
    with tempfile.TemporaryDirectory(prefix="mbfault") as folder:
        whole = Path(folder) / "whole"
        seconds = _whole(whole)
        truth = _told(whole)
        for number in range(cases):
            place = Path(folder) / str(number)
            place.mkdir()
            mail(place / _SOURCE, _MAIL)
            way = ways[number % len(ways)]
            about = f"{way}, case {number}"
            took = _stopped(place, way, draw.uniform(0.1, seconds), figure, about)
            slowest = max(slowest, took)
            again = ended(_started(place))
            figure.cases += 1
            if again.code not in (0, 4):
                figure.wrong.append(f"{about}: the next run ended with {again.code}: {again.err[-300:]}")
            else:
                figure.compare(truth, _told(place), about)
    figure.also = f"at most {slowest:.1f} s to end"
    if slowest > _SECONDS:
        figure.wrong.append(f"took {slowest:.1f} s to end")
    return figure


def _whole(place: Path) -> float:
    place.mkdir()
    mail(place / _SOURCE, _MAIL)
    begun = time.monotonic()
    ended(_started(place))
    return time.monotonic() - begun


def _told(place: Path) -> list[str]:
    with open_store(place / "missedbcc-case" / "case.sqlite") as store:
        return [f"{one.identity} {where}" for one in store.candidates() for where in one.locations]


def _started(place: Path) -> Popen[str]:
    """The command, which hears Ctrl-C from its first moment on.

    What runs in the background ignores it, and so does what that starts. A command that took it up only after its
    modules were loaded missed one that came before, and went on to its end: on a busy machine, for most of a minute.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return start(place, "scan", _SOURCE)
    finally:
        signal.signal(signal.SIGINT, before or signal.default_int_handler)


def _stopped(place: Path, way: str, wait: float, figure: Figure, about: str) -> float:
    """Bring it about, and judge what was said. Gives the seconds from the signal to the end."""
    running = _started(place)
    if way == "closed output" and running.stdout is not None:
        running.stdout.close()
        running.stdout = None
    time.sleep(wait)  # the moment is what this varies
    begun = time.monotonic()
    if way == "two scans":
        second = ended(_started(place))
        _judge(second.code, second.err, (0, 1, 4), figure, about)
    elif way != "closed output":
        running.send_signal(signal.SIGTERM if way == "SIGTERM" else signal.SIGINT)
        if way == "Ctrl-C twice":
            time.sleep(0.05)
            running.send_signal(signal.SIGINT)
    try:
        _, said = running.communicate(timeout=2 * _SECONDS)
    except TimeoutExpired:
        running.kill()
        figure.wrong.append(f"{about}: did not end")
        return 2 * _SECONDS
    took = time.monotonic() - begun
    _judge(running.returncode, said, _codes(way), figure, about)
    return took if way in ("Ctrl-C", "Ctrl-C twice", "SIGTERM") else 0.0


def _codes(way: str) -> tuple[int, ...]:
    """Stopped, or done before the signal came; a signal in the first tenths meets a program that is not there yet."""
    if way in ("closed output", "two scans"):
        return (0, 1, 4)
    return (0, 3, 4, -signal.SIGTERM, -signal.SIGINT)


def _judge(code: int, said: str, codes: tuple[int, ...], figure: Figure, about: str) -> None:
    if code not in codes:
        figure.wrong.append(f"{about}: code {code}: {said[-300:]}")
    if "Traceback" in said and code not in (-signal.SIGTERM, -signal.SIGINT):
        figure.unclear += 1
        figure.wrong.append(f"{about}: {said[-600:]}")
    if code in (1, 3):
        lines = [line for line in said.splitlines() if line.strip() and not line.startswith("  ")]
        figure.hear(lines[-1].removeprefix("Error: ") if lines else "", about)
