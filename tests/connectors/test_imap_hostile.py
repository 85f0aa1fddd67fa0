"""Servers that cut, stall, lie and attack: each ends in bounded time, with every message accounted for."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from scanner.connectors.interface import Cursor, CursorLost
from scanner.envelope import Reading
from scanner.errors import AccessDenied, SourceError, SourceInterrupted
from tests.connectors.hostile_imap import Script, Talk, header, within
from tests.connectors.imap_reading import SENT, Naps, Serve, all_read, mailbox, outcome, read


class Poison(Script):
    """Misbehaves whenever message 7 is among those asked for."""

    def __init__(self, act: Callable[[Script, Talk, bytes], None]) -> None:
        super().__init__(range(1, 21))
        self.act = act

    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        for uid in uids:
            if uid == 7:
                self.act(self, talk, tag)
                return
            talk.send(self.item(uid, header(uid)))
        talk.send(tag + b" OK done\r\n")


def _refuse(script: Script, talk: Talk, tag: bytes) -> None:
    talk.send(tag + b" NO [SERVERBUG] cannot convert\r\n")


def _limit(script: Script, talk: Talk, tag: bytes) -> None:
    talk.send(tag + b" BAD Command Error. 10\r\n")


def _close(script: Script, talk: Talk, tag: bytes) -> None:
    talk.send(b"* 7 FETCH (UID 7 BODY[HEADER.FIELDS (TO)] {500}\r\nTo: a@")
    raise ConnectionError


def _bye(script: Script, talk: Talk, tag: bytes) -> None:
    talk.send(b"* BYE internal error\r\n")
    raise ConnectionError


def _huge(script: Script, talk: Talk, tag: bytes) -> None:
    talk.send(b"* 7 FETCH (UID 7 BODY[HEADER.FIELDS (TO)] {1000000000000000}\r\nTo: a@")
    talk.hang()


def _stall(script: Script, talk: Talk, tag: bytes) -> None:
    talk.send(b"* 7 FETCH (UID 7 BODY[HEADER.FIELDS (TO)] {500}\r\nTo: a@")
    talk.hang()


def _short_literal(script: Script, talk: Talk, tag: bytes) -> None:
    body = header(7)
    talk.send(b"* 7 FETCH (UID 7 BODY[HEADER.FIELDS (TO)] {%d}\r\n%s)\r\n%s OK\r\n" % (len(body) + 400, body, tag))
    talk.hang()


def _foreign_tag(script: Script, talk: Talk, tag: bytes) -> None:
    talk.send(b"XX9 OK done\r\n")
    talk.hang()


def _drip(script: Script, talk: Talk, tag: bytes) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        talk.send(b"*")
        time.sleep(0.2)  # the dribble under test: each byte comes before the read time-out


def _chatter(script: Script, talk: Talk, tag: bytes) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        talk.send(b"* 7 FETCH (FLAGS (\\Seen))\r\n" * 10)
        time.sleep(0.01)  # untagged lines without end, at a pace that spares this machine


@pytest.mark.parametrize("act", [_refuse, _limit, _close, _bye, _huge])
def test_one_poisonous_message_costs_itself_only(serve: Serve, act: Callable[[Script, Talk, bytes], None]) -> None:
    with within(15):
        readings = read(serve(Poison(act)))
    assert outcome(readings) == all_read(range(1, 21)) | {7: "unreadable"}


@pytest.mark.parametrize("act", [_stall, _short_literal, _foreign_tag, _drip, _chatter])
def test_a_message_that_stalls_the_server_is_given_up_in_time(
    serve: Serve, act: Callable[[Script, Talk, bytes], None]
) -> None:
    with within(15):
        readings = read(serve(Poison(act)))
    assert outcome(readings) == all_read(range(1, 21)) | {7: "unreadable"}


# Servers that are of no use at all: a clear end.


class Refuses(Script):
    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        talk.send(tag + b" NO [NOPERM] not for you\r\n")


class Dies(Script):
    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        raise ConnectionError


class Nested(Script):
    def on_list(self, talk: Talk, tag: bytes, command: bytes) -> None:
        talk.send(b"* LIST " + b"(" * 20_000 + b"\r\n" + self.folders + tag + b" OK\r\n")


class LongSearch(Script):
    def on_search(self, talk: Talk, tag: bytes, criteria: bytes) -> None:
        talk.send(b"* SEARCH" + b" 1 2 3 4 5" * 200_000 + b" 99999999999999999999 -4\r\n" + tag + b" OK\r\n")


class EndlessLine(Script):
    def on_search(self, talk: Talk, tag: bytes, criteria: bytes) -> None:
        while True:
            talk.send(b"1 " * 100_000)


class Throttled(Script):
    """Exchange's wording; the second attempt is served."""

    waits = b"299"

    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        if talk.number == 1:
            text = b" BAD Request is throttled. Suggested Backoff Time: %s milliseconds\r\n" % self.waits
            talk.send(tag + text)
        else:
            super().on_fetch(talk, tag, uids, items)


class Unconnected(Script):
    def on_examine(self, talk: Talk, tag: bytes, command: bytes) -> None:
        talk.send(tag + b" BAD User is authenticated but not connected.\r\n")


class Rebuilt(Script):
    """Cuts the line once, and has another UIDVALIDITY afterwards."""

    def on_examine(self, talk: Talk, tag: bytes, command: bytes) -> None:
        self.uidvalidity = b"* OK [UIDVALIDITY %d] ok\r\n" % (6 + talk.number)
        super().on_examine(talk, tag, command)

    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        if talk.number == 1:
            raise ConnectionError
        super().on_fetch(talk, tag, uids, items)


def test_a_server_that_refuses_everything_is_left(serve: Serve) -> None:
    running = serve(Refuses(range(1, 2000)))
    with within(10), pytest.raises(SourceInterrupted, match="not for you"):
        read(running)
    assert len(running.said(b"UID FETCH")) < 60


def test_a_server_that_dies_at_every_fetch_is_left(serve: Serve) -> None:
    naps = Naps()
    with within(10), pytest.raises(SourceInterrupted, match=r"read up to the message before UID \d+"):
        read(serve(Dies(range(1, 2000))), naps=naps)
    assert all(0.5 <= nap <= 60 for nap in naps)
    assert len(naps) < 40


def test_nesting_without_end_is_passed_over(serve: Serve) -> None:
    box = mailbox(serve(Nested()))
    assert [folder.path for folder in box.folders()] == ["Sent"]
    box.close()


def test_a_search_answer_of_megabytes_is_read(serve: Serve) -> None:
    with within(10):
        assert outcome(read(serve(LongSearch()))) == all_read(range(1, 6))


def test_a_line_without_end_is_cut(serve: Serve) -> None:
    with within(20), pytest.raises(SourceInterrupted):
        read(serve(EndlessLine()))


def test_a_server_that_asks_for_a_pause_gets_it(serve: Serve) -> None:
    naps = Naps()
    assert outcome(read(serve(Throttled()), naps=naps)) == all_read(range(1, 6))
    assert naps == [0.299]


def test_a_pause_of_an_hour_ends_the_reading_and_says_so(serve: Serve) -> None:
    script = Throttled()
    script.waits = b"3600000"
    with pytest.raises(SourceInterrupted, match="3600 seconds") as caught:
        read(serve(script))
    assert caught.value.retry_after == 3600


def test_a_mailbox_closed_to_a_good_token_is_named_with_its_fix(serve: Serve) -> None:
    with pytest.raises(AccessDenied, match="closed to it") as caught:
        read(serve(Unconnected()))
    assert "Add-MailboxPermission" in caught.value.hint


def test_a_folder_rebuilt_while_it_is_read_is_not_mixed(serve: Serve) -> None:
    with pytest.raises(SourceInterrupted, match="UIDVALIDITY"):
        read(serve(Rebuilt()))


def test_a_cursor_of_another_life_is_lost(serve: Serve) -> None:
    with pytest.raises(CursorLost, match="UIDVALIDITY"):
        read(serve(Script()), after="6/3")
    assert outcome(read(serve(Script()), after="7/3")) == all_read(range(4, 6))


def test_without_uidvalidity_every_run_begins_anew(serve: Serve) -> None:
    script = Script()
    script.uidvalidity = b""
    readings = read(serve(script))
    assert outcome(readings) == all_read(range(1, 6))
    with pytest.raises(CursorLost):
        read(serve(script), after=readings[-1][0])


def test_a_token_that_ages_out_in_the_middle_is_fetched_anew(serve: Serve) -> None:
    class Ages(Script):
        def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
            if talk.number == 1:
                talk.send(self.item(uids[0], header(uids[0])) + b"* BYE Session invalidated - AccessTokenExpired\r\n")
                raise ConnectionError
            super().on_fetch(talk, tag, uids, items)

    running = serve(Ages())
    assert outcome(read(running)) == all_read(range(1, 6))
    assert running.connections == 2
    assert running.said(b"UID FETCH 2"), "what was delivered before the end is not asked for again"
    assert len(running.said(b"LOGIN")) == 2


class ByeAt(Script):
    """Says BYE at the given place."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def answer(self, talk: Talk, line: bytes) -> None:
        if self.place.encode() in line.upper():
            talk.send(b"* BYE going down\r\n")
            raise ConnectionError
        super().answer(talk, line)

    def greet(self, talk: Talk) -> None:
        if self.place == "greeting":
            talk.send(b"* BYE too busy\r\n")
            raise ConnectionError
        super().greet(talk)


@pytest.mark.parametrize("place", ["greeting", "CAPABILITY", "LOGIN", " ID ", "LIST", "EXAMINE", "SEARCH", "FETCH"])
def test_goodbye_at_any_place_is_a_sentence(serve: Serve, place: str) -> None:
    with within(10), pytest.raises(SourceError) as caught:
        read(serve(ByeAt(place)))
    assert str(caught.value).count("\n") == 0
    assert len(str(caught.value)) > 20


@pytest.mark.parametrize("cut", [0, 1, 5, 11, 12, 60, 200, 700, 1500])
def test_a_line_cut_anywhere_loses_and_doubles_nothing(serve: Serve, cut: int) -> None:
    class Cut(Script):
        def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
            answer = b"".join(self.item(uid, header(uid)) for uid in uids) + tag + b" OK done\r\n"
            if talk.number == 1:
                talk.send(answer[:cut])
                raise ConnectionError
            talk.send(answer)

    assert outcome(read(serve(Cut(range(1, 12))))) == all_read(range(1, 12))


def test_a_line_that_breaks_behind_the_last_message_loses_nothing(serve: Serve) -> None:
    class Breaks(Script):
        def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
            for uid in uids:
                talk.send(self.item(uid, header(uid)))
            if talk.number > 1:
                talk.send(tag + b" OK done\r\n")
            else:
                raise ConnectionError

    naps = Naps()
    assert outcome(read(serve(Breaks(range(1, 1500))), naps=naps)) == all_read(range(1, 1500))
    assert naps == []


class BreaksInSearch(Script):
    """Breaks off in the midst of its first list of UIDs; a connection that has selected nothing is refused."""

    def __init__(self) -> None:
        super().__init__(range(1, 12))
        self.examined: set[int] = set()

    def on_examine(self, talk: Talk, tag: bytes, command: bytes) -> None:
        self.examined.add(talk.number)
        super().on_examine(talk, tag, command)

    def on_search(self, talk: Talk, tag: bytes, criteria: bytes) -> None:
        if talk.number == 1:
            talk.send(b"* SEARCH 1 2 3")
            raise ConnectionError
        if talk.number in self.examined:
            super().on_search(talk, tag, criteria)
        else:
            talk.send(tag + b" BAD No mailbox selected\r\n")

    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        if talk.number in self.examined:
            super().on_fetch(talk, tag, uids, items)
        else:
            talk.send(tag + b" BAD No mailbox selected\r\n")


def test_a_line_that_breaks_while_the_messages_are_listed_loses_nothing(serve: Serve) -> None:
    assert outcome(read(serve(BreaksInSearch()))) == all_read(range(1, 12))


def test_a_line_that_breaks_while_messages_are_counted_costs_nothing(serve: Serve) -> None:
    box = mailbox(serve(BreaksInSearch()))
    assert box.behind(SENT, Cursor("7/5")) == 5
    box.close()


class Dribbles(Script):
    """Hands out a message every fifth of a second, for ever in time for the next read."""

    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        for uid in uids:
            time.sleep(0.2)  # the slowness under test
            talk.send(self.item(uid, header(uid)))
        talk.send(tag + b" OK done\r\n")


def test_a_mailbox_that_takes_too_long_is_left_and_what_came_of_it_is_kept(serve: Serve) -> None:
    running = serve(Dribbles(range(1, 301)))
    box = mailbox(running, mailbox_deadline=2.0, command_deadline=60.0)
    readings: list[tuple[Cursor, Reading]] = []
    with within(6), pytest.raises(SourceInterrupted, match="longer than the 2 seconds") as caught:
        readings.extend(box.read(SENT))
    box.close()
    assert "mailbox_deadline" in caught.value.hint
    assert 2 <= len(readings) <= 10
    assert outcome(readings) == all_read(range(1, len(readings) + 1))


def test_what_came_before_a_server_was_given_up_is_kept(serve: Serve) -> None:
    class Ends(Script):
        def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
            for uid in uids:
                if uid >= 120:
                    raise ConnectionError
                talk.send(self.item(uid, header(uid)))
            talk.send(tag + b" OK done\r\n")

    readings: list[tuple[Cursor, Reading]] = []
    box = mailbox(serve(Ends(range(1, 400))))
    with within(10), pytest.raises(SourceInterrupted, match="before UID 12"):
        readings.extend(box.read(SENT))
    box.close()
    assert list(outcome(readings)) == list(range(1, len(readings) + 1))
    assert len(readings) >= 119
