"""R1 and R2: a scan is killed (SIGKILL) at a statement of the store, or at any time while it reads from a server."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from scanner.account import Account
from scanner.scan import Silent, scan
from scanner.store import open_store
from tests.dovecot import Dovecot
from tests.faults.figure import Figure
from tests.faults.mail import OURS, Box, case, counted, found, letter, name_of, until_complete

_SECONDS_A_KILL = 200.0
_HANDED = re.compile(rb"\* \d+ FETCH \(")


def at_statements(step: int) -> Figure:
    """Each `step`th statement and commit of a scan of two mailboxes; every other case is killed twice."""
    figure = Figure("R1 killed at a statement or commit of the store", changed=None)
    if report := _reported(figure, "tests.killed_scan", step):
        figure.lost = len(report["wrong"])
        figure.wrong += [f"point {point}" for point in report["wrong"]]
    return figure


def alarms_at_statements(step: int) -> Figure:
    """The same of scans that meet what somebody must hear of, killed or stopped: alarms are lost or doubled."""
    figure = Figure("R1 alarms of a run killed or stopped at a statement", changed=None)
    if report := _reported(figure, "tests.killed_alarms", step):
        figure.also = f"{sum(report['alarms'].values())} alarms in each"
        for point, stopped, differences in report["wrong"]:
            figure.lost += sum(max(0, -number) for number in differences.values())
            figure.doubled += sum(max(0, number) for number in differences.values())
            figure.wrong.append(f"point {point}{', stopped' if stopped else ''}: {differences}")
    return figure


def _reported(figure: Figure, module: str, step: int) -> dict[str, Any]:
    """What a module says of the scans that it killed, in the JSON it prints; nothing where it fails."""
    with tempfile.TemporaryDirectory(prefix="mbfault") as folder:
        command = [sys.executable, "-m", module, folder, str(step)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=3_000, check=False)
    if done.returncode:
        figure.wrong.append(done.stderr[-500:])
        return {}
    report: dict[str, Any] = json.loads(done.stdout)
    figure.cases = report["killed"]
    return report


def at_any_time(server: Dovecot, kills: int, letters: int) -> Figure:
    """A scan of so many letters over IMAP; after each kill it goes on, and begins anew when it came to its end.

    A run lives for a sixth of the length of a whole scan on average, so the kills fall in all parts of the mail. One
    letter in ten is shown to many, as the scan keeps them, and the others are everyday mail, which it only counts.
    """
    figure = Figure(f"R2 killed at any time in a scan of {letters:,} messages over IMAP")
    box = Box(server, f"faults-killed-{letters}", letters)
    server.fill(box.name, (letter(number) if number % 10 == 0 else _everyday(number) for number in _numbers(letters)))
    truth = [name_of(number) for number in _numbers(letters) if number % 10 == 0]
    server.record(box.name)
    before = server.state(box.name)
    draw = random.Random(2)  # noqa: S311 - the same moments in each run
    longest = _duration(box)
    asked, saved = _sent(box), _Saved(letters)
    deadline = time.monotonic() + _SECONDS_A_KILL * (kills + 1)
    scans = 0
    while figure.cases < kills:
        if time.monotonic() > deadline:
            figure.wrong.append(f"only {figure.cases} of {kills} kills in the time that was meant for all")
            break
        scans += 1
        with case() as path:
            saved.begin()
            while figure.cases < kills and not _killed(box, path, draw.uniform(0.05, longest / 3)):
                figure.cases += 1
                saved.note(_progress(path))
            with open_store(path) as store:
                until_complete(_patient(box), store, figure, scans)
                figure.compare(truth, found(store), scans)
                counted(store, figure, letters, scans)
    figure.changed = int(server.state(box.name) != before)
    again = (_sent(box) - asked - scans * letters) / max(1, figure.cases)
    figure.also = (
        f"a scan takes {longest:.0f} s; {scans} brought to their end; a part of the mail saved at {saved.partly} "
        f"kills, which fell in {len(saved.tenths)} of its ten parts; {again:.0f} messages fetched again for a kill"
    )
    if saved.gone > 0:
        figure.wrong.append(f"{saved.gone} messages that were saved were gone after a kill")
    return figure


def _numbers(letters: int) -> range:
    return range(1, letters + 1)


def _everyday(number: int) -> bytes:
    """A letter to one person."""
    return re.sub(rb"(?m)^To: .*$", b"To: p%d@c%d.example" % (number, number % 700), letter(number))


class _Saved:
    """How many messages of a case were saved after each kill: it never becomes less."""

    def __init__(self, letters: int) -> None:
        self.partly = self.gone = self._last = 0
        self.tenths: set[int] = set()
        self._letters = letters

    def begin(self) -> None:
        """A new case, in which nothing is saved."""
        self._last = 0

    def note(self, now: int) -> None:
        """What stands in the case after a kill."""
        self.gone = max(self.gone, self._last - now)
        self._last = now
        self.partly += 0 < now < self._letters
        if now < self._letters:
            self.tenths.add(now * 10 // self._letters)


def _sent(box: Box) -> int:
    """How many messages the server has handed to the scans of this box."""
    answers = (box.server.root / "rawlog" / box.server.address(box.name)).glob("*.out")
    return sum(len(_HANDED.findall(path.read_bytes())) for path in answers)


def _patient(box: Box) -> Account:
    return box.account(command_deadline=60.0, read_timeout=20.0)


def _duration(box: Box) -> float:
    """Seconds that such a scan takes when it is left alone."""
    begun = time.monotonic()
    with case() as path:
        _killed(box, path, 600.0)
    return time.monotonic() - begun


def _killed(box: Box, path: Path, seconds: float) -> bool:
    """Scan in a process of its own, and kill it after so long; whether it was at its end before."""
    child = os.fork()
    if child == 0:
        with open_store(path) as store:
            scan([_patient(box)], OURS, store, Silent())
        os._exit(0)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if os.waitpid(child, os.WNOHANG)[0]:
            return True
        time.sleep(0.01)  # the time of the kill is what this test varies
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def _progress(path: Path) -> int:
    """How many messages the case accounts for."""
    if not path.exists():
        return 0
    with open_store(path) as store:
        return sum(folder.accounted for folder in store.coverage())
