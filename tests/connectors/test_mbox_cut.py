"""An mbox that is scanned while a mail program writes into it: wherever it ends, nobody is invented and none missed."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.account import Account
from scanner.case import Outcome
from scanner.connectors import open_mailbox
from scanner.connectors.interface import Cursor, CursorLost, Mailbox
from scanner.envelope import Envelope, Reading, Unreadable
from scanner.errors import NotAMailbox, SourceDamaged
from scanner.policy import Gate
from scanner.scan import Silent, scan
from scanner.store import open_store
from scanner.store.store import Store
from tests.connectors.test_mbox import LINE, interrupted
from tests.contract import wanted
from tests.store.mail import OURS


def letter(number: int) -> bytes:
    """Its list goes on in a second line, and the field of a third is folded in front of its address."""
    return (
        f"From: Ann <ann@corp.example>\nTo: Bo Lind <bo.lind{number}@shop{number}.example>,\n cy{number}@trade.test\n"
        f'Cc: "Di@desk"\n <di{number}@desk{number}.example>\nDate: Fri, {number} Mar 2024 09:30:00 +0100\n'
        f"Message-ID: <{number}@corp.example>\nSubject: Letter {number}\n\nDear all,\n\nthe list.\n"
    ).encode()


SEVERAL = replace(OURS, gate=Gate(candidate=2, exposure=2))
WHOLE = b"".join(LINE + letter(number) + b"\n" for number in (1, 2, 3))
FORMS = {"lines end with LF": WHOLE, "lines end with CRLF": WHOLE.replace(b"\n", b"\r\n")}


def told(envelope: Envelope) -> tuple[str, str | None, tuple[str, ...]]:
    return envelope.identity, envelope.message_id, tuple(str(one.address) for one in envelope.recipients)


def taken(mailbox: Mailbox, after: Cursor | None = None) -> Iterator[tuple[Cursor, Reading]]:
    (folder,) = wanted(mailbox)
    yield from mailbox.read(folder, after)


@pytest.mark.parametrize("whole", FORMS.values(), ids=FORMS)
def test_wherever_it_is_cut_its_messages_are_whole_or_unreadable(tmp_path: Path, whole: bytes) -> None:
    source = Account("archive", "mbox", tmp_path / "Sent")
    (tmp_path / "Sent").write_bytes(whole)
    with open_mailbox(source) as mailbox:
        everything = [told(one) for _, one in taken(mailbox) if isinstance(one, Envelope)]
    assert len(everything) == 3
    first = whole.index(b"\n") + 1
    for end in range(first, len(whole)):
        (tmp_path / "Sent").write_bytes(whole[:end])
        readings, cut = read_so_far(source)
        read = [told(one) for _, one in readings if isinstance(one, Envelope)]
        left = [one for _, one in readings if isinstance(one, Unreadable)]
        assert read == everything[: len(read)]
        assert cut == bool(left) == (len(read) < whole[:end].count(b"From ann@corp.example Fri Mar 15 09:30:00 2024"))
        (tmp_path / "Sent").write_bytes(whole)
        assert [*read, *gone_on(source, readings[-1][0])][-3:] == everything


def read_so_far(source: Account) -> tuple[list[tuple[Cursor, Reading]], bool]:
    readings, cut = [], False
    with open_mailbox(source) as mailbox:
        try:
            for entry in taken(mailbox):
                readings.append(entry)
        except SourceDamaged as error:
            cut = "ends in the middle of a header" in str(error)
    return readings, cut


def gone_on(source: Account, after: Cursor) -> list[tuple[str, str | None, tuple[str, ...]]]:
    """What the next run reads: what follows, or all again."""
    with open_mailbox(source) as mailbox:
        try:
            readings = list(taken(mailbox, after))
        except CursorLost:
            readings = list(taken(mailbox))
    return [told(one) for _, one in readings if isinstance(one, Envelope)]


def found(store: Store) -> dict[str, list[tuple[str, ...]]]:
    return {kept.identity: [told(copy)[2] for copy in kept.copies] for kept in store.candidates()}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_scans_of_a_growing_file_find_what_one_scan_of_the_whole_file_finds(tmp_path: Path, *, packed: bool) -> None:
    path = tmp_path / ("Sent.gz" if packed else "Sent")
    source = Account("archive", "mbox", path)

    def put(octets: bytes) -> None:
        path.write_bytes(gzip.compress(octets, 1) if packed else octets)

    put(WHOLE)
    with open_store(tmp_path / "whole.db") as store:
        assert scan([source], SEVERAL, store, Silent()).outcome is Outcome.COMPLETE
        everything = found(store)
    assert len(everything) == 3
    with open_store(tmp_path / "growing.db") as store:
        for end in range(len(LINE), len(WHOLE), 5):
            put(WHOLE[:end])
            outcome = scan([source], SEVERAL, store, Silent()).outcome
            now = found(store)
            (coverage,) = store.coverage()
            assert now.items() <= everything.items()
            assert (outcome is Outcome.COMPLETE) == coverage.finished == (coverage.unreadable == 0)
        put(WHOLE)
        assert scan([source], SEVERAL, store, Silent()).outcome is Outcome.COMPLETE
        (coverage,) = store.coverage()
        assert (found(store), coverage.read, coverage.unreadable) == (everything, 3, 0)
        assert sum(1 for _ in store.unreadable()) == 0
        assert all(len(kept.places) == 1 for kept in store.candidates())


def test_a_file_that_begins_within_its_first_line_is_no_mbox_yet(tmp_path: Path) -> None:
    (tmp_path / "Sent").write_bytes(WHOLE[:20])
    with open_mailbox(Account("archive", "mbox", tmp_path / "Sent")) as mailbox, pytest.raises(NotAMailbox):
        list(taken(mailbox))


def test_a_header_without_an_end_may_go_on(tmp_path: Path) -> None:
    bare = letter(1).partition(b"\n\n")[0] + b"\n"
    (tmp_path / "Sent").write_bytes(LINE + bare + b"\n" + LINE + bare)
    read, error = interrupted(Account("archive", "mbox", tmp_path / "Sent"))
    assert [isinstance(reading, Envelope) for reading in read] == [True, False]
    assert error.hint.endswith("else add an empty line to the end of a copy of it.")


@pytest.mark.parametrize("begin", range(len(LINE) + 40, len(LINE + letter(1)) + 80, 7))
def test_a_stretch_of_zeros_is_told_once_and_loses_nothing_behind_it(tmp_path: Path, begin: int) -> None:
    sound = LINE + letter(1) + b"\n"
    source = Account("archive", "mbox", tmp_path / "Sent")
    (tmp_path / "Sent").write_bytes(sound + WHOLE[:begin] + bytes(512) + WHOLE[begin + 512 :] + WHOLE)
    with open_store(tmp_path / "case.db") as store:
        notices = scan([source], SEVERAL, store, Silent()).notices
        assert len([notice for notice in notices if "a stretch of zeros stands in this file" in notice]) == 1
        assert {kept.envelope.subject for kept in store.candidates()} >= {"Letter 1", "Letter 2", "Letter 3"}
        with (tmp_path / "Sent").open("ab") as opened:
            opened.write(LINE + letter(4) + b"\n")
        assert scan([source], SEVERAL, store, Silent()).notices == ()


def test_zeros_before_the_first_message_are_told(tmp_path: Path) -> None:
    (tmp_path / "Sent").write_bytes(bytes(4096) + WHOLE)
    with open_store(tmp_path / "case.db") as store:
        done = scan([Account("archive", "mbox", tmp_path / "Sent")], SEVERAL, store, Silent())
        assert len([notice for notice in done.notices if "a stretch of zeros stands in this file" in notice]) == 1
        assert len(list(store.candidates())) == 3
