"""Scans that are killed (SIGKILL) at their n-th statement or commit, for growing n, and then run again to the end.

    python -m tests.killed_scan FOLDER

Prints, as JSON, how many were killed, and the points after which the case differs from that of a scan left alone.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from itertools import count
from pathlib import Path

from sqlalchemy.event import listen

import scanner.scan
import scanner.stretch
from scanner.scan import Silent, scan
from scanner.store import open_store
from tests.mailboxes import Faulty, Shelf
from tests.store.mail import OURS, raw

_STEP = 4


def shelf() -> Shelf:
    """Two accounts; a message that lies in two folders, one that is no candidate, and one that cannot be read."""
    sent: list[bytes | str] = [raw(1), raw(2), "Cut off.", raw(3, outsiders=2), *map(raw, range(4, 12))]
    return Shelf(
        Faulty("ann", {"Sent": sent, "All": [raw(2), raw(30)], "Inbox": []}, unwanted=frozenset({"Inbox"})),
        Faulty("bob", {"Sent": [raw(11), raw(40), raw(41)]}),
    )


def run(path: Path, kill_at: int | None) -> bool:
    """Scan in a process of its own, killed at a statement; whether it lived to its end."""
    child = os.fork()
    if child == 0:
        with open_store(path) as store:
            if kill_at is not None:
                statements = count(1)

                def executing(*_ignored: object) -> None:
                    if next(statements) == kill_at:
                        os.kill(os.getpid(), signal.SIGKILL)

                listen(store._engine, "before_cursor_execute", executing)
                listen(store._engine, "commit", executing)
            scan(shelf().accounts, OURS, store, Silent())
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return status == 0


def told(path: Path) -> str:
    """Everything in the case but its runs."""
    with open_store(path) as store:
        return repr((list(store.candidates()), list(store.coverage()), list(store.unreadable())))


def main(folder: Path) -> None:
    vars(scanner.scan).update(open_mailbox=shelf().open)
    vars(scanner.stretch).update(_STRETCH_MESSAGES=3)
    run(folder / "whole.db", None)
    whole = told(folder / "whole.db")
    killed, wrong = 0, []
    for point in count(1, _STEP):
        path = folder / f"{point}.db"
        if run(path, point):
            break
        killed += 1
        if point % 2:  # every other case is killed twice
            run(path, point + 7)
        run(path, None)
        if told(path) != whole:
            wrong.append(point)
    sys.stdout.write(json.dumps({"killed": killed, "wrong": wrong}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
