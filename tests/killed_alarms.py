"""Scans that meet what somebody must hear of, killed or stopped at their n-th statement or commit, for growing n.

    python -m tests.killed_alarms FOLDER [STEP]

Behind each, the scan is run again to its end. Prints, as JSON, the alarms of a scan left alone, how many were killed
or stopped, and those points after which the alarms of both scans together are others.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path

import scanner.scan
import scanner.stretch
from scanner.case import Alarm
from scanner.connectors.interface import Cursor, CursorLost, Folder
from scanner.coverage import ChosenBy
from scanner.envelope import Envelope, Locator, Reading
from scanner.headers import parse_envelope
from scanner.store import open_store
from tests.killed_scan import run
from tests.mailboxes import Shelf
from tests.store.mail import raw

_STEP = 5


class Numbered:
    """A mailbox of messages by number, in its `life`: cursors of another are lost."""

    def __init__(self, account: str, life: int = 1, **folders: Sequence[int]) -> None:
        self.account = account
        self.life = life
        self.held: Mapping[str, Sequence[int]] = folders

    def folders(self) -> Iterator[Folder]:
        for path, held in self.held.items():
            yield Folder(self.account, path, len(held), ChosenBy.NAME)

    def read(self, folder: Folder, after: Cursor | None = None) -> Iterator[tuple[Cursor, Reading]]:
        for number in self.held[folder.path]:
            if number > self.last(after):
                place = Locator(self.account, folder.path, f"{self.life}/{number}")
                yield Cursor(place.key), parse_envelope(raw(number), place)

    def last(self, after: Cursor | None) -> int:
        life, _, number = (after or f"{self.life}/0").partition("/")
        if life != str(self.life):
            raise CursorLost("The folder was rebuilt, so it is read again from its start.")
        return int(number)

    def thread(self, envelope: Envelope) -> Iterator[Reading]:
        assert envelope.message_id
        yield from ()

    def raw(self, locator: Locator) -> bytes:
        raise NotImplementedError


class Counted(Numbered):
    """The same, telling how many of those that were read it still lists."""

    def behind(self, folder: Folder, cursor: Cursor, held: int | None = None) -> int:
        assert held != 0
        return sum(number <= self.last(cursor) for number in self.held[folder.path])


def before() -> Shelf:
    """Three mailboxes."""
    ann = Numbered("ann", Sent=range(1, 9), Old=(20, 21), Back=range(90, 95))
    return Shelf(ann, Numbered("bob", Sent=range(30, 38)), Counted("cyd", Sent=range(50, 60)))


def between() -> Shelf:
    """A folder of the first is gone for a while."""
    ann = Numbered("ann", Sent=range(1, 9), Old=(20, 21))
    return Shelf(ann, Numbered("bob", Sent=range(30, 38)), Counted("cyd", Sent=range(50, 60)))


def after() -> Shelf:
    """One lost mail and a folder, and the other folder is there again; one was rebuilt; one shrank, and got mail."""
    ann = Numbered("ann", Sent=(1, 2, 5, 6, 7, 8), Back=range(91, 96))
    return Shelf(ann, Numbered("bob", 2, Sent=range(32, 42)), Counted("cyd", Sent=range(54, 63)))


def told(path: Path, first: int) -> Counter[Alarm]:
    """The alarms of the runs from this one on."""
    with open_store(path) as store:
        return Counter(alarm for one in store.runs() if one.id >= first for alarm in one.alarms)


def scanned(shelf: Shelf, path: Path, kill_at: int | None = None, *, stopped: bool = False) -> bool:
    """Whether a scan of the shelf came to its end."""
    vars(scanner.scan).update(open_mailbox=shelf.open)
    return run(path, kill_at, stopped=stopped, of=lambda: shelf)


def main(folder: Path, step: int = _STEP) -> None:
    vars(scanner.stretch).update(_STRETCH_MESSAGES=3)
    begun = folder / "begun.db"
    scanned(before(), begun)
    scanned(between(), begun)
    whole = Path(shutil.copy(begun, folder / "whole.db"))
    scanned(after(), whole)
    right = told(whole, 3)
    killed, wrong = 0, []
    for stopped in (False, True):
        for point in count(1, step):
            path = Path(shutil.copy(begun, folder / f"{point}-{stopped}.db"))
            if scanned(after(), path, point, stopped=stopped):
                break
            killed += 1
            if point % 2:  # every other case is killed twice
                scanned(after(), path, point + 4)
            scanned(after(), path)
            if (found := told(path, 3)) != right:
                wrong.append((point, stopped, {str(alarm): found[alarm] - right[alarm] for alarm in Alarm}))
    sys.stdout.write(json.dumps({"alarms": right, "killed": killed, "wrong": wrong}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
