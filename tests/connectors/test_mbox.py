"""Mbox files in all dialects, and what goes wrong with them."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from scanner.account import Account
from scanner.connectors import open_mailbox
from scanner.connectors.interface import Cursor, CursorLost, Mailbox
from scanner.coverage import ChosenBy
from scanner.envelope import Envelope, Mark, Reading, Skipped, Unreadable
from scanner.errors import AccessDenied, NoSentFolder, NotAMailbox, SourceDamaged, SourceError, SourceGone
from tests.contract import LETTERS, MailboxContract, UnreadableContract, letter, read_all, wanted

LINE = b"From ann@corp.example Fri Mar 15 09:30:00 2024\n"


def quoted(message: bytes) -> bytes:
    """The body as mboxrd writes it."""
    return re.sub(rb"(?m)^(>*From )", rb">\1", message)


def mboxrd(letters: Sequence[bytes], line: bytes = LINE) -> bytes:
    return b"".join(line + quoted(message) + b"\n" for message in letters)


def account(path: Path, content: bytes | None = None) -> Account:
    if content is not None:
        path.write_bytes(content)
    return Account("archive", "mbox", path)


def envelopes(account: Account) -> list[Envelope]:
    with open_mailbox(account) as mailbox:
        return [reading for _, reading in read_all(mailbox) if isinstance(reading, Envelope)]


def ids(account: Account) -> list[str | None]:
    return [envelope.message_id for envelope in envelopes(account)]


def some(*numbers: int) -> list[str]:
    return [f"{number}@corp.example" for number in numbers]


ALL = some(1, 2, 3, 4, 5, 6, 7)


class TestMboxrd(MailboxContract, UnreadableContract):
    damaged = 2

    def make(self, place: Path, letters: Sequence[bytes]) -> Account:
        return account(place / "Sent.mbox", mboxrd(letters))

    def make_damaged(self, place: Path) -> Account:
        held = mboxrd(LETTERS[:3]) + LINE + b"\nno header\n\n" + LINE + b"\0" * 900 + b"\n\n" + mboxrd(LETTERS[3:])
        return account(place / "Sent.mbox", held)

    def stored(self, message: bytes) -> bytes:
        return quoted(message)


class TestGzip(TestMboxrd):
    def make(self, place: Path, letters: Sequence[bytes]) -> Account:
        content = mboxrd(letters)
        cut = len(content) // 2
        return account(place / "Sent.mbox.gz", gzip.compress(content[:cut]) + gzip.compress(content[cut:]))


class TestCrlf(TestMboxrd):
    def make(self, place: Path, letters: Sequence[bytes]) -> Account:
        return account(place / "Sent.mbox", mboxrd(letters).replace(b"\n", b"\r\n"))

    def stored(self, message: bytes) -> bytes:
        return quoted(message).replace(b"\n", b"\r\n")


class TestMboxcl2(MailboxContract):
    """Lengths in place of quotation."""

    traps = LINE + letter(99) + b"\n"

    def make(self, place: Path, letters: Sequence[bytes]) -> Account:
        return account(place / "Sent.mbox", b"".join(LINE + self.stored(message) + b"\n" for message in letters))

    def stored(self, message: bytes) -> bytes:
        head, _, body = message.partition(b"\n\n")
        body += b"\n" + self.traps
        return head + b"\nContent-Length: %d\n\n" % len(body) + body


class TestMboxcl2OfLargeMessages(TestMboxcl2):
    traps = b"x" * 600_000 + b"\n\n" + TestMboxcl2.traps


def test_a_length_that_leads_nowhere_is_not_believed(tmp_path: Path) -> None:
    for lie in ("0", "7", "5000000", "-3", "many", "9" * 30, ""):
        held = mboxrd([letter(1, f"Content-Length: {lie}"), *LETTERS[1:]])
        assert ids(account(tmp_path / "Sent", held)) == ALL


TRAPS = [
    "\n\nFrom the 10:30 meeting in March 2024 came this.\nIt was long.\n",
    "\n\nFrom time to time\nSubject: not a header\n",
    "\nFrom ann@corp.example Fri Mar 15 09:30:00 2024\nwithout an empty line before\n",
    "\n\n>From ann@corp.example Fri Mar 15 09:30:00 2024\n",
    "\n\n From ann@corp.example Fri Mar 15 09:30:00 2024\n",
    "\n\nfrom ann@corp.example Fri Mar 15 09:30:00 2024\n",
    "\n\nFrom: ann@corp.example Fri Mar 15 09:30:00 2024\n",
    "\n\nFrom\n\nFrom \n\nFrom\n",
]


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_from_line_in_a_letter_begins_no_message(tmp_path: Path, trap: str, end: bytes) -> None:
    held = LINE + letter(1, body=trap) + b"\n" + LINE + letter(2) + b"\n"
    assert ids(account(tmp_path / "Sent", held.replace(b"\n", end))) == some(1, 2)


SEPARATORS = [
    "From ann@corp.example Fri Mar  1 09:30:00 2024",
    "From - Fri Mar 15 09:30:00 2024",
    "From 1234567890@xxx Fri Mar 15 09:30:00 +0000 2024",
    "From ann@corp.example Fri Mar 15 09:30 CET 2024",
    "From ann@corp.example Fri, 15 Mar 2024 09:30:00 +0100",
    "From ???@??? Mon Jan 01 00:00:00 1997",
    'From "Ann Marsh"@corp.example Fri Mar 15 09:30:00 2024 remote from hub',
    "From ann@corp.example 2024-03-15T09:30:00+01:00",
    "From ann@corp.example ven. mars 15 09:30:00 2024",
    "From ann@corp.example",  # believed because the first one is so, too
]


@pytest.mark.parametrize("line", SEPARATORS)
def test_separators_of_many_programs(tmp_path: Path, line: str) -> None:
    held = mboxrd(LETTERS, line.encode() + b"\n")
    assert ids(account(tmp_path / "Sent", held)) == ALL
    assert ids(account(tmp_path / "Sent", held.replace(b"\n", b"\r\n"))) == ALL


@pytest.mark.parametrize(("end", "kept"), [("", ""), ("\n", "\n"), ("\n\n", "\n"), ("\n\n\n", "\n\n")])
def test_the_end_of_the_last_message(tmp_path: Path, end: str, kept: str) -> None:
    source = account(tmp_path / "Sent", LINE + letter(1) + b"\n" + LINE + letter(2, body="end" + end))
    with open_mailbox(source) as mailbox:
        assert mailbox.raw(read_all(mailbox)[1][1].locator) == letter(2, body="end" + kept)


def test_a_message_that_is_only_a_header(tmp_path: Path) -> None:
    bare = letter(1, body="")
    source = account(tmp_path / "Sent", LINE + bare + LINE + bare + b"\n" + LINE + bare)
    assert [envelope.size for envelope in envelopes(source)] == [len(bare)] * 3


def test_empty_lines_and_a_byte_order_mark_before_the_first_separator(tmp_path: Path) -> None:
    assert ids(account(tmp_path / "Sent", b"\xef\xbb\xbf\r\n\n" + mboxrd(LETTERS))) == ALL


def test_a_quoted_separator_before_the_header_is_no_field(tmp_path: Path) -> None:
    (found,) = envelopes(account(tmp_path / "Sent", LINE + b">From bo@corp.example Fri Mar 15 2024\n" + letter(1)))
    assert found.message_id == "1@corp.example"
    assert found.defects == ()


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    source = account(tmp_path / "Sent.mbox", b"")
    with open_mailbox(source) as mailbox:
        assert [folder.path for folder in mailbox.folders()] == ["Sent.mbox"]
        assert read_all(mailbox) == []


def test_a_file_that_is_no_mailbox_says_so(tmp_path: Path) -> None:
    source = account(tmp_path / "Sent.mbox", b"Dear diary,\n")
    with open_mailbox(source) as mailbox, pytest.raises(NotAMailbox, match="no mbox file"):
        read_all(mailbox)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "Sent")
    with open_mailbox(account(tmp_path / "Sent")) as mailbox, pytest.raises(NotAMailbox, match="regular file"):
        read_all(mailbox)


def test_the_servers_own_note_is_skipped(tmp_path: Path) -> None:
    note = letter(9).replace(b"Letter 9", b"DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA")
    with open_mailbox(account(tmp_path / "Sent", mboxrd([note, *LETTERS]))) as mailbox:
        readings = [reading for _, reading in read_all(mailbox)]
    assert isinstance(readings[0], Skipped)
    assert [reading.message_id for reading in readings[1:] if isinstance(reading, Envelope)] == ALL


def test_a_message_deleted_and_not_yet_removed_is_read(tmp_path: Path) -> None:
    assert ids(account(tmp_path / "Sent", mboxrd([letter(1, "X-Mozilla-Status: 0009")]))) == some(1)


def test_gmails_labels_are_folders(tmp_path: Path) -> None:
    held = [
        letter(1, "X-Gmail-Labels: =?UTF-8?Q?Gesendet,Wichtig?="),
        letter(2, "X-Gmail-Labels: Inbox,Important"),
        letter(3, 'X-Gmail-Labels: Opened,"Drafts"'),
        letter(4),
    ]
    marks = [envelope.marks for envelope in envelopes(account(tmp_path / "All mail.mbox", mboxrd(held)))]
    assert marks == [{Mark.SENT}, frozenset(), {Mark.DRAFT}, frozenset()]


# Files that grow, shrink, break.


def cursors(mailbox: Mailbox) -> list[Cursor]:
    return [cursor for cursor, _ in read_all(mailbox)]


def after(source: Account, cursor: Cursor) -> list[str | None]:
    with open_mailbox(source) as mailbox:
        (folder,) = wanted(mailbox)
        found = [reading for _, reading in mailbox.read(folder, cursor)]
    return [reading.message_id for reading in found if isinstance(reading, Envelope)]


def last_cursor(source: Account) -> Cursor:
    with open_mailbox(source) as mailbox:
        return cursors(mailbox)[-1]


@pytest.mark.parametrize("cursor", ["0b1c2d3e:1.eml", "12345678:3.M1.host", "7/1/2", "L - - 0"])
def test_a_cursor_of_another_kind_of_mailbox_is_lost(tmp_path: Path, cursor: str) -> None:
    source = account(tmp_path / "Sent", mboxrd(LETTERS[:4]))
    with pytest.raises(CursorLost, match="not ours"):
        after(source, Cursor(cursor))


@pytest.mark.parametrize("packed", [False, True])
def test_what_was_appended_follows_the_cursor(tmp_path: Path, packed: bool) -> None:
    pack = gzip.compress if packed else bytes
    source = account(tmp_path / "Sent", pack(mboxrd(LETTERS[:4])))
    cursor = last_cursor(source)
    assert after(source, cursor) == []
    account(tmp_path / "Sent", pack(mboxrd(LETTERS)))
    assert after(source, cursor) == some(5, 6, 7)


REWRITTEN = {
    "shortened": mboxrd(LETTERS[:2]),
    "emptied": b"",
    "another message in its place": mboxrd([*LETTERS[:3], letter(8), *LETTERS[4:]]),
    "an earlier message removed": mboxrd([LETTERS[0], *LETTERS[2:]]),
    "the last message was not whole": mboxrd(LETTERS[:4])[:-1] + b"and more\n\n" + mboxrd(LETTERS[4:]),
}


@pytest.mark.parametrize("content", REWRITTEN.values(), ids=REWRITTEN.keys())
def test_a_cursor_is_lost_when_the_file_was_rewritten(tmp_path: Path, content: bytes) -> None:
    source = account(tmp_path / "Sent", mboxrd(LETTERS[:4]))
    cursor = last_cursor(source)
    account(tmp_path / "Sent", content)
    with pytest.raises(CursorLost, match="rewritten"):
        after(source, cursor)


def test_a_file_that_shrinks_while_it_is_read_ends_the_folder(tmp_path: Path) -> None:
    source = account(tmp_path / "Sent", mboxrd([letter(n, body="text\n" * 40_000) for n in range(1, 8)]))
    with open_mailbox(source) as mailbox:
        readings = mailbox.read(wanted(mailbox)[0])
        read = [next(readings)[1]]
        os.truncate(tmp_path / "Sent", 300_000)
        read += [reading for _, reading in readings]
    assert 1 <= len(read) < 7


def interrupted(source: Account) -> tuple[list[Reading], SourceDamaged]:
    read: list[Reading] = []

    def take(mailbox: Mailbox) -> None:
        for _, reading in mailbox.read(wanted(mailbox)[0]):
            read.append(reading)

    with open_mailbox(source) as mailbox, pytest.raises(SourceDamaged) as caught:
        take(mailbox)
    return read, caught.value


@pytest.mark.parametrize("left", [0.2, 0.5, 0.9, 0.999])
def test_truncated_gzip_keeps_what_was_read_and_says_so(tmp_path: Path, left: float) -> None:
    held = mboxrd([letter(n, f"X-Noise: {os.urandom(900).hex()}") for n in range(1, 200)])
    packed = gzip.compress(held)
    read, error = interrupted(account(tmp_path / "Sent.gz", packed[: int(len(packed) * left)]))
    assert "ends in the middle of its compressed data" in str(error)
    assert error.hint
    assert len(read) >= 199 * left * 0.9
    assert [isinstance(reading, Envelope) for reading in read[:-1]] == [True] * (len(read) - 1)


def test_a_header_cut_off_by_the_truncation_is_unreadable(tmp_path: Path) -> None:
    content = mboxrd(LETTERS[:2]) + LINE + LETTERS[2][:60]
    packed = gzip.compress(content[:-40]) + gzip.compress(content[-40:], 0)[:-30]
    read, _ = interrupted(account(tmp_path / "Sent.gz", packed))
    assert isinstance(read[-1], Unreadable)
    assert len(read) == 3


def test_damaged_gzip_is_not_clean(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(mboxrd([letter(n, f"X-Noise: {os.urandom(900).hex()}") for n in range(200)])))
    packed[len(packed) // 2 : len(packed) // 2 + 2000] = b"\xff" * 2000
    _, error = interrupted(account(tmp_path / "Sent.gz", bytes(packed)))
    assert "damaged" in str(error)


def test_an_mbox_that_ends_within_a_header_is_not_clean(tmp_path: Path) -> None:
    whole = mboxrd(LETTERS)
    cut = whole[: whole.rindex(b"Subject:") + 4]
    read, error = interrupted(account(tmp_path / "Sent", cut))
    assert len(read) == len(ALL)
    assert "cut off" in str(error)


def test_zeros_behind_gzip_are_padding_and_other_octets_are_not(tmp_path: Path) -> None:
    packed = gzip.compress(mboxrd(LETTERS))
    assert ids(account(tmp_path / "Sent.gz", packed + b"\0" * 500_000)) == ALL
    read, error = interrupted(account(tmp_path / "Sent.gz", packed + b"garbage"))
    assert len(read) == len(ALL)
    assert "not compressed by gzip" in str(error)


def test_a_missing_file_is_a_source_that_is_gone(tmp_path: Path) -> None:
    with open_mailbox(account(tmp_path / "Sent")) as mailbox, pytest.raises(SourceGone, match="is not there"):
        read_all(mailbox)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_denied(tmp_path: Path) -> None:
    source = account(tmp_path / "Sent", mboxrd(LETTERS))
    (tmp_path / "Sent").chmod(0)
    with open_mailbox(source) as mailbox, pytest.raises(AccessDenied):
        read_all(mailbox)


# Folders of mbox files.


@pytest.fixture
def store(tmp_path: Path) -> Path:
    for name in ("Inbox", "Sent", "Drafts", "Junk", "Sent.sbd/2023", "Old.mbox/mbox", "notes.txt", "Sent.msf"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(mboxrd(LETTERS[:2]) if "." not in path.name else b"nothing\n")
    return tmp_path


def test_each_mbox_file_of_a_folder_is_a_folder(store: Path) -> None:
    with open_mailbox(account(store)) as mailbox:
        chosen = {folder.path: folder.chosen_by for folder in mailbox.folders()}
    assert chosen == {
        "Drafts": ChosenBy.HISTORY,
        "Inbox": ChosenBy.HISTORY,
        "Junk": ChosenBy.NOT_SENT,
        "Old.mbox/mbox": ChosenBy.HISTORY,
        "Sent": ChosenBy.NAME,
        "Sent.sbd/2023": ChosenBy.NAME,
    }


def test_the_config_may_name_the_sent_folders(store: Path) -> None:
    source = Account("archive", "mbox", store, sent_folders=("Old.mbox/mbox",))
    with open_mailbox(source) as mailbox:
        assert [folder.path for folder in wanted(mailbox)] == ["Old.mbox/mbox"]
        assert {ChosenBy.CONFIGURED} == {folder.chosen_by for folder in wanted(mailbox)}
        assert all(isinstance(r, Envelope) and Mark.SENT in r.marks for _, r in read_all(mailbox))
    wrong = Account("archive", "mbox", store, sent_folders=("Sant",))
    with open_mailbox(wrong) as mailbox, pytest.raises(NoSentFolder):
        list(mailbox.folders())


def test_each_folder_that_the_config_names_must_be_there(store: Path) -> None:
    with open_mailbox(Account("archive", "mbox", store, sent_folders=("Sent", "Sant"))) as mailbox:
        with pytest.raises(NoSentFolder, match=r": Sant\.") as caught:
            list(mailbox.folders())
        assert "Drafts, Inbox, Junk, Sent, Old.mbox/mbox" in caught.value.hint
    (store / "Sant").write_bytes(b"")  # as mail programs leave a folder without messages
    with open_mailbox(Account("archive", "mbox", store, sent_folders=("Sent", "Sant"))) as mailbox:
        assert [folder.path for folder in wanted(mailbox)] == ["Sant", "Sent"]
        assert read_all(mailbox)


def test_a_folder_without_mbox_files_is_no_mailbox(tmp_path: Path) -> None:
    with pytest.raises(NotAMailbox), open_mailbox(account(tmp_path)):
        pass


def test_raw_of_a_rewritten_file_is_an_error(tmp_path: Path) -> None:
    source = account(tmp_path / "Sent", mboxrd(LETTERS))
    with open_mailbox(source) as mailbox:
        locator = read_all(mailbox)[3][1].locator
        account(tmp_path / "Sent", mboxrd(LETTERS[1:]))
        with pytest.raises(SourceError, match="no longer there"):
            mailbox.raw(locator)
