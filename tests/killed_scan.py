"""Scans that are killed (SIGKILL) at their n-th statement or commit, for growing n, and then run again to the end.

    python -m tests.killed_scan FOLDER [STEP]

Every STEPth point is tried, every fourth if nothing else is said. Prints, as JSON, how many were killed, and the points
after which the case differs from that of a scan left alone.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
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
    """Two accounts; a message in two folders, one that is no candidate, one that cannot be read, and some answers."""
    thanks = [_answer(number, f"m{number}@corp.example") for number in (2, 9, 41)]
    ours = raw(50, outsiders=1)
    reply = raw(51).replace(b"Subject: ", b"In-Reply-To: <m50@corp.example>\r\nSubject: Re: ")
    sent: list[bytes | str] = [raw(1), raw(2), "Cut off.", raw(3, outsiders=2), *map(raw, range(4, 12))]
    return Shelf(
        Faulty(
            "ann",
            {"Inbox": [*thanks, _answer(70, "x@corp.example")], "Sent": sent, "All": [raw(2), raw(30)], "Spam": []},
            unwanted=frozenset({"Spam"}),
            received=frozenset({"Inbox"}),
        ),
        Faulty("bob", {"Sent": [ours, reply, raw(11), raw(40), raw(41)]}),
    )


def _answer(number: int, name: str) -> bytes:
    return raw(100 + number, outsiders=1, author="p1@c1.example").replace(
        b"Subject: ", b"In-Reply-To: <" + name.encode() + b">\r\nSubject: Re: "
    )


def run(path: Path, kill_at: int | None, *, stopped: bool = False, of: Callable[[], Shelf] = shelf) -> bool:
    """Scan in a process of its own, killed at a statement, or stopped by Ctrl-C; whether it lived to its end."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # which is ignored where tests run in the background
        with open_store(path) as store:
            if kill_at is not None:
                statements = count(1)

                def executing(*_ignored: object) -> None:
                    if next(statements) == kill_at:
                        os.kill(os.getpid(), signal.SIGINT if stopped else signal.SIGKILL)

                listen(store._engine, "before_cursor_execute", executing)
                listen(store._engine, "commit", executing)
            try:
                scan(of().accounts, OURS, store, Silent())
            except KeyboardInterrupt:
                os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return status == 0


def told(path: Path) -> str:
    """Everything in the case but its runs."""
    with open_store(path) as store:
        found = (list(store.candidates()), list(store.received()), store.untraced("bob", 9))
        return repr((*found, list(store.coverage()), list(store.unreadable())))


def main(folder: Path, step: int = _STEP) -> None:
    vars(scanner.scan).update(open_mailbox=shelf().open)
    vars(scanner.stretch).update(_STRETCH_MESSAGES=3)
    run(folder / "whole.db", None)
    whole = told(folder / "whole.db")
    with open_store(folder / "whole.db") as store:
        evidence = sorted(str(one.message_id) for one in store.received())
    killed, wrong = 0, []
    for point in count(1, step):
        path = folder / f"{point}.db"
        if run(path, point):
            break
        killed += 1
        if point % 2:  # every other case is killed twice
            run(path, point + 7)
        run(path, None)
        if told(path) != whole:
            wrong.append(point)
    sys.stdout.write(json.dumps({"killed": killed, "wrong": wrong, "evidence": evidence}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
