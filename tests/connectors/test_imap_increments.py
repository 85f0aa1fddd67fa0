"""What a later run asks a server for: only what is new, and a list of all only where the counts do not agree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from scanner.connectors import imap
from scanner.connectors.imap import ImapMailbox
from scanner.connectors.interface import Cursor, CursorLost
from scanner.errors import SourceInterrupted
from tests.connectors.hostile_imap import HostileImap, Script, Talk
from tests.connectors.imap_reading import SENT, Serve, all_read, mailbox, outcome, read
from tests.dovecot import Dovecot

NOTHING: dict[int, str] = {}


class Later(Script):
    """A week later: `uids` are there, and what the server counts and promises may differ."""

    def __init__(self, uids: list[int], *, exists: int | None = None, uidnext: int | None = None) -> None:
        super().__init__(uids)
        self.exists = len(uids) if exists is None else exists
        self.uidnext = max(uids) + 1 if uidnext is None else uidnext

    def on_examine(self, talk: Talk, tag: bytes, command: bytes) -> None:
        talk.send(b"* %d EXISTS\r\n" % self.exists + self.uidvalidity)
        talk.send(b"* OK [UIDNEXT %d] next\r\n" % self.uidnext + tag + b" OK [READ-ONLY] done\r\n")


class WithStar(Later):
    """Knows the UID of the last message by `FETCH *`."""

    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        if items == b"(UID)":
            talk.send(b"".join(b"* 1 FETCH (UID %d)\r\n" % uid for uid in uids) + tag + b" OK\r\n")
        else:
            super().on_fetch(talk, tag, uids, items)


@contextmanager
def opened(running: HostileImap) -> Iterator[ImapMailbox]:
    box = mailbox(running)
    try:
        yield box
    finally:
        box.close()


def later(running: HostileImap, after: str, held: int | None) -> tuple[int, dict[int, str]]:
    """How many the next run counts behind its cursor, and what it reads from there."""
    with opened(running) as box:
        return box.behind(SENT, Cursor(after), held), outcome(list(box.read(SENT, Cursor(after))))


def test_a_week_without_change_asks_for_no_list(serve: Serve) -> None:
    running = serve(Later([1, 2, 3, 7, 9]))
    assert later(running, "7/9", 5) == (5, NOTHING)
    assert not running.said(b"UID")
    assert len(running.said(b"EXAMINE")) == 1


def test_what_is_new_is_searched_for_in_its_own_range(serve: Serve) -> None:
    running = serve(Later([1, 2, 3, 7, 9, 10, 11]))
    assert later(running, "7/9", 5) == (5, {10: "read", 11: "read"})
    assert [line.partition(b"UID SEARCH ")[2] for line in running.said(b"UID SEARCH")] == [b"UID 10:11"]


def test_old_messages_that_went_are_counted_without_a_list(serve: Serve) -> None:
    running = serve(Later([7, 9, 10]))
    assert later(running, "7/9", 5) == (2, {10: "read"})
    assert len(running.said(b"UID SEARCH")) == 1


@pytest.mark.parametrize(
    ("script", "held", "found"),
    [
        # As many were deleted as came, and one that came is not shown: EXISTS alone would say that all is there.
        (Later([2, 3, 5], exists=4, uidnext=6), 3, (2, {5: "read"})),
        (Later([2, 3], exists=3, uidnext=5), 3, (2, NOTHING)),
        # One that came was deleted again.
        (Later([1, 2, 3, 5]), 3, (3, {5: "read"})),
        # Messages appear that were not shown before.
        (Later([1, 2, 3]), 2, (3, NOTHING)),
        # One was withheld before, and another one was deleted: only a list tells them from each other.
        (Later([1, 3], exists=3, uidnext=4), None, (2, NOTHING)),
    ],
)
def test_counts_that_do_not_agree_are_settled_by_a_list(
    serve: Serve, script: Script, held: int | None, found: tuple[int, dict[int, str]]
) -> None:
    running = serve(script)
    assert later(running, "7/3", held) == found
    assert [line for line in running.said(b"UID SEARCH") if b"UID 1:" in line]


def test_a_uidnext_at_or_below_what_was_read_bounds_nothing(serve: Serve) -> None:
    """RFC 9051 §2.3.1.1: it is above every UID that was given; one that is not is an error of the server."""
    for uidnext in (4, 5):
        assert later(serve(WithStar([2, 3, 4, 5, 6], uidnext=uidnext)), "7/5", 5) == (4, {6: "read"})


def test_a_search_that_is_refused_loses_nothing_new(serve: Serve) -> None:
    class Refused(WithStar):
        def on_search(self, talk: Talk, tag: bytes, criteria: bytes) -> None:
            talk.send(tag + b" NO not today\r\n")

    assert later(serve(Refused([2, 3, 4])), "7/3", 3) == (2, {4: "read"})


def test_a_line_that_breaks_between_counting_and_reading_costs_nothing(serve: Serve) -> None:
    running = serve(Later([1, 2, 3, 4]))
    with opened(running) as box:
        assert box.behind(SENT, Cursor("7/3"), 3) == 3
        box._line.drop()
        assert outcome(list(box.read(SENT, Cursor("7/3")))) == {4: "read"}


def test_what_was_counted_for_one_cursor_serves_no_other(serve: Serve) -> None:
    with opened(serve(Later([1, 2, 3, 4]))) as box:
        assert box.behind(SENT, Cursor("7/3"), 3) == 3
        assert outcome(list(box.read(SENT, Cursor("7/1")))) == {2: "read", 3: "read", 4: "read"}
        assert outcome(list(box.read(SENT))) == all_read(range(1, 5))
        with pytest.raises(CursorLost):
            box.behind(SENT, Cursor("6/3"), 3)


class Runs(Script):
    """Answers SEARCH RETURN (ALL) in runs (RFC 4731)."""

    capabilities = b"IMAP4rev1 ESEARCH"
    runs = b""

    def on_search(self, talk: Talk, tag: bytes, criteria: bytes) -> None:
        if not criteria.startswith(b"RETURN (ALL) UID "):  # whether one message is there
            super().on_search(talk, tag, criteria)
            return
        named = b" ALL " + self.runs if self.runs else b""
        talk.send(b'* ESEARCH (TAG "' + tag + b'") UID' + named + b"\r\n" + tag + b" OK done\r\n")


@pytest.mark.parametrize("runs", [b"1:3,5,7:6", b"7:5,1,3:1", b"1:4294967295", b"6,7,5,1:3,1:2"])
def test_runs_of_uids_are_read_in_any_order_and_kept_within_the_folder(serve: Serve, runs: bytes) -> None:
    script = Runs([1, 2, 3, 5, 6, 7])
    script.runs = runs
    found = outcome(read(serve(script)))
    assert {uid for uid, what in found.items() if what == "read"} == {1, 2, 3, 5, 6, 7}
    assert set(found) <= set(range(1, 8))


def test_an_empty_answer_in_runs_is_asked_again_by_fetch(serve: Serve) -> None:
    class Forgetful(Runs):
        def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
            if items != b"(UID)":
                super().on_fetch(talk, tag, uids, items)
                return
            talk.send(b"".join(b"* 1 FETCH (UID %d)\r\n" % uid for uid in uids) + tag + b" OK\r\n")

    assert outcome(read(serve(Forgetful()))) == all_read(range(1, 6))


def test_more_uids_than_a_folder_holds_are_not_made_room_for(serve: Serve) -> None:
    class Boundless(Runs):
        runs = b"1:4294967295"

        def on_examine(self, talk: Talk, tag: bytes, command: bytes) -> None:
            talk.send(b"* 5 EXISTS\r\n" + self.uidvalidity + b"* OK [UIDNEXT 4294967295] next\r\n" + tag + b" OK\r\n")

    with pytest.raises(SourceInterrupted, match="more messages than any folder holds"):
        read(serve(Boundless()))


def test_a_week_without_change_costs_as_much_for_a_large_folder_as_for_a_small_one(dovecot: Dovecot) -> None:
    octets: dict[str, int] = {}
    for name, count in (("week-small", 10), ("week-large", 2_000)):
        dovecot.fill(name, [b"From: us@acme.test\nTo: a@one.example\nSubject: %d\n\n" % n for n in range(count)])
        with imap.open(dovecot.account(name)) as box:
            *_, (cursor, _) = box.read(SENT)
        dovecot.doveadm("expunge", "-u", dovecot.address(name), "mailbox", "Sent", "uid", "2,4,6,8")
        dovecot.record(name)
        with imap.open(dovecot.account(name)) as box:
            assert box.behind(SENT, cursor, count) == count - 4
            assert not list(box.read(SENT, cursor))
        files = (dovecot.root / "rawlog" / dovecot.address(name)).glob("*.out")
        octets[name] = sum(path.stat().st_size for path in files)
    # More digits in the counts, in the UIDs that are asked for, and in the time that the server says it took.
    assert octets["week-large"] - octets["week-small"] <= 48


def test_a_message_that_could_not_be_had_is_asked_for_again(serve: Serve) -> None:
    class Poisoned(Script):
        """Breaks the connection for message 2."""

        def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
            if 2 in uids:
                raise ConnectionError
            super().on_fetch(talk, tag, uids, items)

    running = serve(Poisoned())
    with opened(running) as box:
        found = [(Cursor(one.locator.key), one) for one in box.again(SENT, ["7/1", "7/2", "7/4", "7/9", "6/3"])]
    assert outcome(found) == {1: "read", 2: "unreadable", 4: "read", 9: "skipped"}


@pytest.mark.parametrize("hangs", [False, True])
def test_trying_again_ends_where_one_message_after_the_other_costs_the_line(serve: Serve, *, hangs: bool) -> None:
    class Poisoned(Script):
        """Breaks the connection for all but message 3, or lets it hang."""

        def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
            if uids == [3]:
                super().on_fetch(talk, tag, uids, items)
                return
            if hangs:
                talk.hang()
            raise ConnectionError

    running = serve(Poisoned(range(1, 30)))
    with opened(running) as box:
        found = [(Cursor(one.locator.key), one) for one in box.again(SENT, [f"7/{uid}" for uid in range(1, 30)])]
    unreadable = dict.fromkeys((1, 2, 4, 5, 6), "unreadable")
    assert outcome(found) == dict(sorted({**unreadable, 3: "read"}.items()))
    assert running.connections <= 12
