"""What EXAMINE and STATUS count is read, or the run is incomplete; what went while we read is no alarm."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from scanner.case import Outcome
from scanner.coverage import Coverage
from scanner.scan import Silent, scan
from scanner.store import open_store
from tests.connectors.hostile_imap import Script, Talk
from tests.connectors.imap_reading import Serve
from tests.store.mail import OURS

MISSING = "messages that were counted in it before were not listed"


@dataclass(frozen=True)
class Said:
    """One answer: how many messages, None for a refusal; and of EXAMINE UIDNEXT, and what came since the last one."""

    messages: int | None
    uidnext: int = 6
    came: tuple[int, ...] = ()


class Counted(Script):
    """Lists messages 1 to 5, and counts one thing after the other; the last one again and again."""

    def __init__(self, examine: list[Said], status: list[Said], uids: list[int] | None = None) -> None:
        super().__init__([1, 2, 3, 4, 5] if uids is None else uids)
        self.examine, self.status = examine, status

    def on_examine(self, talk: Talk, tag: bytes, command: bytes) -> None:
        said = self.examine[0] if len(self.examine) == 1 else self.examine.pop(0)
        if said.messages is None:
            talk.send(tag + b" NO not now\r\n")
            return
        self.uids += [uid for uid in said.came if uid not in self.uids]
        talk.send(b"* %d EXISTS\r\n" % said.messages + self.uidvalidity)
        talk.send(b"* OK [UIDNEXT %d] next\r\n" % said.uidnext + tag + b" OK [READ-ONLY] done\r\n")

    def on_status(self, talk: Talk, tag: bytes, command: bytes) -> None:
        said = self.status[0] if len(self.status) == 1 else self.status.pop(0)
        if said.messages is None:
            talk.send(tag + b" NO not now\r\n")
            return
        talk.send(b"* STATUS Sent (MESSAGES %d)\r\n" % said.messages + tag + b" OK done\r\n")

    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        if items == b"(UID)":
            talk.send(b"".join(b"* 1 FETCH (UID %d)\r\n" % uid for uid in uids) + tag + b" OK\r\n")
        else:
            super().on_fetch(talk, tag, uids, items)


class Vanishing(Counted):
    """Message 3 is deleted between the list and the reading."""

    def expand(self, sequence: bytes) -> list[int]:
        listed = super().expand(sequence)
        if len(listed) > 1:
            return listed
        return [uid for uid in listed if uid != 3]

    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        super().on_fetch(talk, tag, [uid for uid in uids if uid != 3 or items == b"(UID)"], items)


def found(serve: Serve, script: Script, path: Path) -> tuple[Outcome | None, Coverage, tuple[str, ...]]:
    with open_store(path / "case.db") as store:
        run = scan([serve(script).account()], OURS, store, Silent())
        (coverage,) = store.coverage()
        return run.outcome, coverage, run.troubles


@pytest.mark.parametrize("status", [500, 5, 4, None])
def test_what_examine_counts_and_nobody_lists_is_missing(serve: Serve, tmp_path: Path, status: int | None) -> None:
    outcome, coverage, troubles = found(serve, Counted([Said(500, 501)], [Said(status)]), tmp_path)
    assert (outcome, coverage.expected, coverage.read, coverage.missing) == (Outcome.INCOMPLETE, 500, 5, 495)
    assert [MISSING in trouble for trouble in troubles] == [True]


def test_what_status_counts_and_nobody_lists_is_missing(serve: Serve, tmp_path: Path) -> None:
    for place, again in enumerate((Said(7), Said(None))):
        (tmp_path / str(place)).mkdir()
        outcome, coverage, troubles = found(serve, Counted([Said(5)], [Said(7), again]), tmp_path / str(place))
        assert (outcome, coverage.expected, coverage.missing, len(troubles)) == (Outcome.INCOMPLETE, 7, 2, 1)


@pytest.mark.parametrize(
    ("examine", "status"),
    [
        ([Said(5)], [Said(None)]),
        ([Said(6), Said(5)], [Said(6), Said(5)]),  # one went between EXAMINE and the list
        ([Said(6), Said(5)], [Said(None)]),
        ([Said(6), Said(7, 8, (6, 7))], [Said(6), Said(7)]),  # and two came
        ([Said(5)], [Said(6), Said(5)]),  # one went between STATUS and EXAMINE
        ([Said(5)], [Said(3)]),  # some came between them
    ],
)
def test_what_goes_and_comes_meanwhile_is_no_alarm(
    serve: Serve, tmp_path: Path, examine: list[Said], status: list[Said]
) -> None:
    outcome, coverage, troubles = found(serve, Counted(examine, status), tmp_path)
    assert (outcome, coverage.expected, coverage.read, troubles) == (Outcome.COMPLETE, 5, 5, ())


def test_what_came_and_went_again_hides_none_that_is_withheld(serve: Serve, tmp_path: Path) -> None:
    outcome, coverage, _ = found(serve, Counted([Said(8), Said(8, 9)], [Said(8)]), tmp_path)
    assert (outcome, coverage.expected, coverage.missing) == (Outcome.INCOMPLETE, 8, 3)


def test_what_cannot_be_counted_again_is_missing(serve: Serve, tmp_path: Path) -> None:
    outcome, coverage, _ = found(serve, Counted([Said(6), Said(None)], [Said(5)]), tmp_path)
    assert (outcome, coverage.missing) == (Outcome.INCOMPLETE, 1)


def test_a_message_that_vanishes_hides_none_that_is_withheld(serve: Serve, tmp_path: Path) -> None:
    outcome, coverage, _ = found(serve, Vanishing([Said(6), Said(5)], [Said(None)]), tmp_path)
    assert (coverage.read, coverage.accounted, coverage.missing) == (4, 5, 1)
    assert outcome is Outcome.INCOMPLETE


def test_a_message_that_vanishes_alone_is_no_alarm(serve: Serve, tmp_path: Path) -> None:
    outcome, coverage, _ = found(serve, Vanishing([Said(5), Said(4)], [Said(5), Said(4)]), tmp_path)
    assert (outcome, coverage.read, coverage.accounted, coverage.expected) == (Outcome.COMPLETE, 4, 5, 5)


def test_the_weeks_after_count_as_well(serve: Serve, tmp_path: Path) -> None:
    running = serve(Counted([Said(5)], [Said(None)]))
    with open_store(tmp_path / "case.db") as store:
        weeks = []
        for script in (
            running.script,
            Counted([Said(7, 8)], [Said(None)], [1, 2, 3, 4, 5, 6]),
            Counted([Said(7, 8)], [Said(None)], [1, 2, 3, 4, 5, 6]),
            Counted([Said(7, 8)], [Said(None)], [1, 2, 3, 4, 5, 6, 7]),
            Counted([Said(4, 8)], [Said(None)], [1, 2, 3, 7]),
        ):
            running.script = script
            run = scan([running.account()], OURS, store, Silent())
            (one,) = store.coverage()
            weeks.append((run.outcome, one.expected, one.held, one.read, one.gone))
    assert weeks == [
        (Outcome.COMPLETE, 5, 5, 5, 0),
        (Outcome.INCOMPLETE, 7, 6, 6, 0),
        (Outcome.INCOMPLETE, 7, 6, 6, 0),
        (Outcome.COMPLETE, 7, 7, 7, 0),
        (Outcome.COMPLETE, 4, 4, 7, 3),
    ]
