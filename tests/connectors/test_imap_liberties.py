"""What servers do within the standard and a little beside it: every message is accounted for all the same."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

from scanner import header_block
from scanner.connectors.imap_fetch import FIELDS
from scanner.envelope import Envelope
from scanner.errors import SourceError
from tests.connectors.hostile_imap import Script, Talk, header
from tests.connectors.imap_reading import SENT, Serve, all_read, mailbox, outcome, read, reasons

# What a server may do within the standard, and what servers do a little beside it.


class Odd(Script):
    """Every liberty at once: quoted names, other order, news in between, tiny segments, two SEARCH lines."""

    def on_search(self, talk: Talk, tag: bytes, criteria: bytes) -> None:
        talk.send(b"* SEARCH 1 2 \r\n* 6 EXISTS\r\n* SEARCH 3 4 5  \r\n", tag + b" OK\r\n")

    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        for uid in reversed(uids):
            body = header(uid).replace(b"\r\n", b"\n").replace(b"Number", b"N\xfcmber")
            text = b'* %d FETCH (BODY[HEADER.FIELDS ("TO" "CC")] {%d}\r\n%s UID %d RFC822.SIZE 900)\r\n'
            answer = text % (uid, len(body), body, uid)
            talk.send(b"* %d FETCH (FLAGS (\\Seen))\r\n* 9 EXPUNGE\r\n" % uid)
            talk.send(*(answer[at : at + 7] for at in range(0, len(answer), 7)))
        talk.send(b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n" + tag + b" OK\r\n")


def test_liberties_of_servers_change_nothing(serve: Serve) -> None:
    readings = read(serve(Odd()))
    assert outcome(readings) == all_read(range(1, 6))
    first = readings[0][1]
    assert isinstance(first, Envelope)
    assert first.message_id == "m1@acme.test"
    assert first.received is None
    assert first.size == 900


class Quoted(Script):
    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        for uid in uids:
            text = b'* 1 FETCH (UID %d BODY[HEADER.FIELDS (TO)] "To: \\"A \\\\ B\\" <a%d@a.example>")\r\n' % (uid, uid)
            talk.send(text)
        talk.send(tag + b" OK done\r\n")


def test_a_header_in_a_quoted_string_is_read(serve: Serve) -> None:
    readings = read(serve(Quoted()))
    assert outcome(readings) == all_read(range(1, 6))
    assert [len(r.recipients) for _, r in readings if isinstance(r, Envelope)] == [1] * 5


class NoUidnext(Script):
    def on_examine(self, talk: Talk, tag: bytes, command: bytes) -> None:
        talk.send(b"* %d EXISTS\r\n" % len(self.uids) + self.uidvalidity + tag + b" OK done\r\n")

    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        if items == b"(UID)":
            talk.send(b"".join(b"* 1 FETCH (UID %d)\r\n" % uid for uid in uids) + tag + b" OK\r\n")
        else:
            super().on_fetch(talk, tag, uids, items)


def test_a_server_without_uidnext_is_read_to_its_end(serve: Serve) -> None:
    assert outcome(read(serve(NoUidnext([3, 5, 900_000])))) == dict.fromkeys((3, 5, 900_000), "read")


class CutsSearch(NoUidnext):
    """Yahoo's MESSAGELIMIT (RFC 9738): fewer results than there are, and OK."""

    def on_search(self, talk: Talk, tag: bytes, criteria: bytes) -> None:
        talk.send(b"* SEARCH 1 2\r\n" + tag + b" OK [MESSAGELIMIT 2 2] done\r\n")


class CutsFetch(Script):
    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        super().on_fetch(talk, tag + b" OK [MESSAGELIMIT 2 2]\r\n", uids[:2], items)


@pytest.mark.parametrize("script", [CutsSearch, CutsFetch])
def test_answers_cut_short_are_asked_for_again(serve: Serve, script: type[Script]) -> None:
    assert outcome(read(serve(script()))) == all_read(range(1, 6))


def test_a_sparse_folder_is_crossed_in_few_searches(serve: Serve) -> None:
    class Sparse(Script):
        def on_search(self, talk: Talk, tag: bytes, criteria: bytes) -> None:
            low, _, high = criteria.removeprefix(b"UID ").partition(b":")
            found = [uid for uid in self.uids if int(low) <= uid <= int(high or low)]
            talk.send(b"* SEARCH " + b" ".join(b"%d" % uid for uid in found) + b"\r\n" + tag + b" OK\r\n")

        def expand(self, sequence: bytes) -> list[int]:
            return [int(part) for part in sequence.split(b",")]

    running = serve(Sparse([5, 2_000_000_000, 4_000_000_000]))
    assert outcome(read(running)) == dict.fromkeys((5, 2_000_000_000, 4_000_000_000), "read")
    assert len(running.said(b"UID SEARCH")) < 10


# Messages that a server cannot or will not hand out.


class Faulty(Script):
    """Hands out message 3 in a way given by `shape`."""

    def __init__(self, shape: Callable[[Script, int], bytes], *, gone: bool = False) -> None:
        super().__init__()
        self.shape = shape
        self.gone = gone

    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        for uid in uids:
            talk.send(self.shape(self, uid) if uid == 3 else self.item(uid, header(uid)))
        talk.send(tag + b" OK done\r\n")

    def on_search(self, talk: Talk, tag: bytes, criteria: bytes) -> None:
        if self.gone and criteria == b"UID 3":
            talk.send(b"* SEARCH\r\n" + tag + b" OK\r\n")
        else:
            super().on_search(talk, tag, criteria)


SHAPES: dict[str, Callable[[Script, int], bytes]] = {
    "missing": lambda script, uid: b"",
    "nil": lambda script, uid: b"* 3 FETCH (UID 3 BODY[HEADER.FIELDS (TO)] NIL)\r\n",
    "empty": lambda script, uid: script.item(3, b""),
    "blank": lambda script, uid: script.item(3, b"\r\n"),
    "another": lambda script, uid: script.item(77, header(77)),
    "twice": lambda script, uid: script.item(3, header(3)) + script.item(3, header(4)),
    "notice": lambda script, uid: script.item(
        3,
        b'From: "Microsoft Exchange Server" <server@acme.test>\r\nTo: us@acme.test\r\nSubject: Retrieval using the '
        b"IMAP4 protocol failed for the following message: 3\r\n\r\n",
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_message_not_handed_out_is_unreadable_and_the_others_are_read(serve: Serve, shape: str) -> None:
    readings = read(serve(Faulty(SHAPES[shape])))
    assert outcome(readings) == all_read(range(1, 6)) | {3: "unreadable"}
    assert len(reasons(readings)[0]) > 20


@pytest.mark.parametrize("shape", ["missing", "nil"])
def test_a_message_deleted_meanwhile_is_skipped(serve: Serve, shape: str) -> None:
    readings = read(serve(Faulty(SHAPES[shape], gone=True)))
    assert outcome(readings) == all_read(range(1, 6)) | {3: "skipped"}
    assert "deleted" in reasons(readings)[0]


def test_a_command_stays_short_and_asks_for_few(serve: Serve) -> None:
    uids = list(itertools.islice((n * 7 + n % 3 for n in range(1, 10_000)), 2_000))
    running = serve(Script(uids))
    running.script.expand = lambda sequence: [  # type: ignore[method-assign]
        uid
        for part in sequence.split(b",")
        for low, _, high in [part.partition(b":")]
        for uid in uids
        if int(low) <= uid <= int(high or low)
    ]
    assert outcome(read(running)) == dict.fromkeys(uids, "read")
    assert max(len(line) for line in running.heard) <= 4096


def test_raw_is_fetched_without_marking_it_seen(serve: Serve) -> None:
    class Whole(Script):
        def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
            talk.send(self.item(uids[0], header(uids[0]) + b"body\r\n", b"BODY[]") + tag + b" OK\r\n")

    running = serve(Whole())
    box = mailbox(running)
    reading = next(box.read(SENT))[1]
    assert box.raw(reading.locator) == header(1) + b"body\r\n"
    with pytest.raises(SourceError, match="rebuilt"):
        box.raw(replace(reading.locator, key="6/1"))
    box.close()
    assert running.said(b"UID FETCH")[-1].endswith(b"(UID BODY.PEEK[])")


def test_the_read_and_the_raw_of_one_consumer_do_not_disturb_each_other(serve: Serve) -> None:
    box = mailbox(serve(Script(range(1, 1203))))
    seen = []
    for cursor, reading in box.read(SENT):
        seen.append(cursor)
        if len(seen) in (1, 500, 501):
            box.raw(reading.locator)
    box.close()
    assert len(seen) == len(set(seen)) == 1202


class Answers(Script):
    """Answers ID and NAMESPACE in the given words, and refuses SEARCH."""

    capabilities = b"IMAP4rev1 AUTH=PLAIN ID NAMESPACE"
    folders = b'* LIST (\\Sent) "/" Sent\r\n* LIST (\\Sent) "/" "Other/bob/Sent"\r\n* LIST () "/" "Public/Sent"\r\n'
    words = b""

    def answer(self, talk: Talk, line: bytes) -> None:
        if line.endswith(b" NAMESPACE"):
            talk.send(self.words + line.split(b" ")[0] + b" OK\r\n")
        else:
            super().answer(talk, line)

    def on_id(self, talk: Talk, tag: bytes, command: bytes) -> None:
        talk.send(b"* ID (((\r\n" + tag + b" NO go away\r\n")

    def on_search(self, talk: Talk, tag: bytes, criteria: bytes) -> None:
        talk.send(tag + b" BAD no such thing here\r\n")


NAMESPACES = {
    b'* NAMESPACE (("" "/")) (("Other/" "/")) (("Public/" "/")("More/" NIL))\r\n': ["Sent"],
    b'* NAMESPACE (("" "/")) NIL (("Public/" "/" "X-PARAM" ("a" "b")))\r\n': ["Sent", "Other/bob/Sent", "Public/Sent"],
    b'* NAMESPACE (("" "/")) NIL NIL\r\n': ["Sent", "Other/bob/Sent", "Public/Sent"],
    b"* NAMESPACE ((((\r\n": ["Sent", "Other/bob/Sent", "Public/Sent"],
    b"": ["Sent", "Other/bob/Sent", "Public/Sent"],
}


@pytest.mark.parametrize("words", NAMESPACES)
def test_folders_of_other_people_are_known_by_the_namespace(serve: Serve, words: bytes) -> None:
    script = Answers()
    script.words = words
    box = mailbox(serve(script))
    assert [folder.path for folder in box.folders() if folder.wanted] == NAMESPACES[words]
    box.close()


def test_a_server_that_cannot_search_is_read_by_fetch(serve: Serve) -> None:
    class Lists(Answers):
        def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
            if items == b"(UID)":
                talk.send(b"".join(b"* 1 FETCH (UID %d)\r\n" % uid for uid in uids) + tag + b" OK\r\n")
            else:
                super().on_fetch(talk, tag, uids, items)

    assert outcome(read(serve(Lists()))) == all_read(range(1, 6))


def test_every_field_that_the_header_reader_knows_is_asked_for() -> None:
    asked = {name.lower() for name in FIELDS.decode().split()}
    # These two are written by programs that keep mail in files, and no IMAP server adds them.
    assert set(header_block._WANTED) - {"x-gmail-labels", "content-length"} <= asked
