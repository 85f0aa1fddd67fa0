"""R1 and R2: a scan is killed (SIGKILL) at a statement of the store, or at any time while it reads from a server."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scanner.scan import Silent, scan
from scanner.store import open_store
from tests.dovecot import Dovecot
from tests.faults.figure import Figure
from tests.faults.mail import OURS, Box, case, counted, filled, found, until_complete

_SECONDS_A_KILL = 60.0


def at_statements(step: int) -> Figure:
    """Each `step`th statement and commit of a scan of two mailboxes; every other case is killed twice."""
    figure = Figure("R1 killed at a statement or commit of the store", changed=None)
    with tempfile.TemporaryDirectory(prefix="mbfault") as folder:
        command = [sys.executable, "-m", "tests.killed_scan", folder, str(step)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=3_000, check=False)
    if done.returncode:
        figure.wrong.append(done.stderr[-500:])
        return figure
    report = json.loads(done.stdout)
    figure.cases = report["killed"]
    figure.lost = len(report["wrong"])
    figure.wrong += [f"point {point}" for point in report["wrong"]]
    return figure


def at_any_time(server: Dovecot, kills: int, letters: int) -> Figure:
    """A scan of so many letters over IMAP; after each kill it goes on, and begins anew when it came to its end."""
    figure = Figure(f"R2 killed at any time in a scan of {letters:,} messages over IMAP")
    box = filled(server, f"faults-killed-{letters}", letters)
    before = server.state(box.name)
    draw = random.Random(2)  # noqa: S311 - the same moments in each run
    scans = again = partly = 0
    longest = _duration(box)
    deadline = time.monotonic() + _SECONDS_A_KILL * (kills + 1)
    while figure.cases < kills:
        if time.monotonic() > deadline:
            figure.wrong.append(f"only {figure.cases} of {kills} kills in the time that was meant for all")
            break
        scans += 1
        with case() as path:
            last = 0
            while figure.cases < kills and not _killed(box, path, draw.uniform(0.05, longest)):
                figure.cases += 1
                last, before_it = _progress(path), last
                again = max(again, before_it - last)
                partly += 0 < last < letters
            with open_store(path) as store:
                until_complete(box.account(command_deadline=60.0, read_timeout=20.0), store, figure, scans)
                figure.compare(box.truth, found(store), scans)
                counted(store, figure, letters, scans)
    figure.changed = int(server.state(box.name) != before)
    figure.also = f"{scans} scans brought to their end, {partly} kills with a part of the mail saved"
    if again > 0:
        figure.wrong.append(f"{again} messages that were saved were gone after a kill")
    return figure


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
            scan([box.account(command_deadline=60.0, read_timeout=20.0)], OURS, store, Silent())
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
