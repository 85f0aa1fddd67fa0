"""What could not be read is tried again by later runs: counted right, kept when it comes, and nothing doubled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from scanner.case import Outcome, Run
from scanner.connectors.interface import Cursor, Folder
from scanner.coverage import ChosenBy, Coverage
from scanner.envelope import Envelope, Locator, Reading, Skipped, Unreadable
from scanner.errors import SourceInterrupted
from scanner.folder_scan import _turn
from scanner.headers import parse_envelope
from scanner.scan import scan
from scanner.store.store import Store
from tests.mailboxes import Log, Shelf
from tests.store.mail import OURS, raw

GONE = "It was deleted from the folder while we read."


@dataclass
class Sick:
    """A mailbox of so many messages that hands some out on some days only. Counts what it was asked for again."""

    count: int
    sick: set[int]
    gone: set[int] = field(default_factory=set)
    breaks_at: int = 0
    account: str = "ann"
    asked: list[int] = field(default_factory=list)

    def folders(self) -> Iterator[Folder]:
        yield Folder(self.account, "Sent", self.count - len(self.gone), ChosenBy.NAME)

    def behind(self, folder: Folder, cursor: Cursor, held: int | None = None) -> int:
        assert (folder.path, held) != ("", None)
        return sum(number <= int(cursor) for number in range(1, self.count + 1) if number not in self.gone)

    def read(self, folder: Folder, after: Cursor | None = None) -> Iterator[tuple[Cursor, Reading]]:
        for number in range(int(after or 0) + 1, self.count + 1):
            yield Cursor(str(number)), self._one(folder, number)

    def again(self, folder: Folder, keys: Sequence[str]) -> Iterator[Reading]:
        for number in map(int, keys):
            self.asked.append(number)
            if number == self.breaks_at:
                raise SourceInterrupted("The server closed the connection.", "Run the same command again.")
            yield self._one(folder, number)

    def thread(self, envelope: Envelope) -> Iterator[Reading]:
        raise NotImplementedError

    def raw(self, locator: Locator) -> bytes:
        raise NotImplementedError

    def _one(self, folder: Folder, number: int) -> Reading:
        locator = Locator(self.account, folder.path, str(number))
        if number in self.gone:
            return Skipped(locator, GONE)
        if number in self.sick:
            return Unreadable(locator, f"It does not come today, number {number}.")
        return parse_envelope(raw(number), locator)


def run(store: Store, box: Sick, monkeypatch: pytest.MonkeyPatch) -> Run:
    shelf = Shelf(box)
    monkeypatch.setattr("scanner.scan.open_mailbox", shelf.open)
    return scan(shelf.accounts, OURS, store, Log())


def covered(store: Store) -> Coverage:
    (found,) = store.coverage()
    assert found.expected == found.held  # what the source counts is read, unreadable, or skipped with a reason
    return found


def kept(store: Store) -> list[tuple[str, int]]:
    """Each candidate, and at how many places it lies."""
    return [(one.envelope.subject.partition(" ")[0], len(one.places)) for one in store.candidates()]


def test_what_comes_later_is_read_and_no_longer_missing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Sick(6, {2, 5})
    assert run(store, box, monkeypatch).outcome is Outcome.INCOMPLETE
    assert (covered(store).read, covered(store).unreadable) == (4, 2)
    box.sick = {5}
    done = run(store, box, monkeypatch)
    assert (done.outcome, covered(store).read, covered(store).unreadable) == (Outcome.INCOMPLETE, 5, 1)
    assert done.notices == ("ann: Sent: 1 of the messages that could not be read before can be read now.",)
    assert [entry.locator.key for entry in store.unreadable()] == ["5"]
    box.sick = set()
    assert run(store, box, monkeypatch).outcome is Outcome.COMPLETE
    assert (covered(store).read, covered(store).unreadable, list(store.unreadable())) == (6, 0, [])
    assert kept(store) == [(str(number), 1) for number in range(1, 7)]
    assert box.asked == [2, 5, 5]
    run(store, box, monkeypatch)
    assert box.asked == [2, 5, 5]  # nothing is left to be tried


def test_what_went_meanwhile_is_told_as_gone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Sick(4, {3})
    run(store, box, monkeypatch)
    box.gone = {3}
    assert run(store, box, monkeypatch).outcome is Outcome.COMPLETE
    found = covered(store)
    assert (found.read, found.unreadable, found.skipped, found.gone) == (3, 0, ((GONE, 1),), 1)


def test_a_line_that_breaks_keeps_what_came_before(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Sick(6, {2, 4, 6})
    run(store, box, monkeypatch)
    box.sick, box.breaks_at = set(), 4
    done = run(store, box, monkeypatch)
    assert box.asked == [6, 2, 4]  # by turns
    assert (done.outcome, covered(store).read, covered(store).unreadable) == (Outcome.INCOMPLETE, 5, 1)
    assert done.troubles == ("ann: The server closed the connection.",)
    box.breaks_at = 0
    assert run(store, box, monkeypatch).outcome is Outcome.COMPLETE
    assert kept(store) == [(str(number), 1) for number in range(1, 7)]


def test_what_turns_up_unreadable_is_not_tried_twice_in_one_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Sick(3, {3})
    run(store, box, monkeypatch)
    box.count, box.sick = 5, {3, 5}
    run(store, box, monkeypatch)
    assert box.asked == [3]
    assert (covered(store).read, covered(store).unreadable) == (3, 2)


def test_many_are_tried_in_turns(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.folder_scan._TRIED_AGAIN", 3)
    box = Sick(9, set(range(1, 9)))
    run(store, box, monkeypatch)
    for _ in range(3):
        before = len(box.asked)
        run(store, box, monkeypatch)
        assert len(box.asked) - before == 3
    assert set(box.asked) == set(range(1, 9))


def test_each_has_its_turn_at_the_front(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source may stop at those that cost it the line, so that only the first few are tried."""
    for count in (5, 97):
        first = set()
        monkeypatch.setattr(store, "unreadable_keys", lambda _account, _path, n=count: list(map(str, range(n))))
        for turn in range(count):
            monkeypatch.setattr(store, "runs", lambda n=turn: iter(range(n)))
            first.add(_turn(store, "ann", "Sent")[0])
        assert len(first) == count
