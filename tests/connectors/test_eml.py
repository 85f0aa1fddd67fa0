"""Folders of .eml files, and single ones."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from scanner.account import Account
from scanner.connectors import open_mailbox
from scanner.connectors.interface import CursorLost
from scanner.coverage import ChosenBy
from scanner.envelope import Envelope, Mark, Unreadable
from scanner.errors import NoSentFolder, NotAMailbox
from tests.contract import LETTERS, MailboxContract, UnreadableContract, letter, read_all, wanted


def account(path: Path) -> Account:
    return Account("letters", "eml", path)


def fill(place: Path, letters: Sequence[bytes], suffix: str = ".eml") -> Account:
    place.mkdir(parents=True, exist_ok=True)
    for number, message in enumerate(letters):
        (place / f"{number:03}{suffix}").write_bytes(message)
    return account(place)


class TestEml(MailboxContract, UnreadableContract):
    damaged = 3

    def make(self, place: Path, letters: Sequence[bytes]) -> Account:
        (place / "readme.txt").write_text("not a message")
        (place / "999.eml").write_bytes(letter(99))  # so that the folder is one of mail without letters, too
        (place / "999.eml").unlink()
        if not letters:
            (place / "nothing.mbox").write_text("")
        return fill(place, letters)

    def make_damaged(self, place: Path) -> Account:
        return fill(place, [*LETTERS, b"", b"\0" * 100, b"just text\n\nand more\n"])

    def test_a_folder_without_messages_gives_none(self, place: Path) -> None:
        with pytest.raises(NotAMailbox, match=r"no \.eml file"), self.open(self.make(place, ())):
            pass

    def missing_key(self, key: str) -> str:
        return f"9{key}"


class TestEmlx(TestEml):
    """Apple Mail: a length, the message, and a property list."""

    def make(self, place: Path, letters: Sequence[bytes]) -> Account:
        tail = b'<?xml version="1.0"?>\n<plist><dict/></plist>\n'
        return fill(place, [b"%d      \n%s%s" % (len(one), one, tail) for one in letters], ".emlx")


class TestCrlf(TestEml):
    def make(self, place: Path, letters: Sequence[bytes]) -> Account:
        return fill(place, [self.stored(one) for one in letters], ".EML")

    def stored(self, message: bytes) -> bytes:
        return message.replace(b"\n", b"\r\n")


class TestOneFile:
    def test_a_single_message_is_a_mailbox(self, tmp_path: Path) -> None:
        (tmp_path / "one.eml").write_bytes(LETTERS[0])
        with open_mailbox(account(tmp_path / "one.eml")) as mailbox:
            ((_, reading),) = read_all(mailbox)
            assert isinstance(reading, Envelope)
            assert mailbox.raw(reading.locator) == LETTERS[0]

    def test_another_file_is_not(self, tmp_path: Path) -> None:
        (tmp_path / "one.bin").write_bytes(b"\x89PNG\r\n")
        with pytest.raises(NotAMailbox), open_mailbox(account(tmp_path / "one.bin")):
            pass


def test_folders_below_are_folders_of_mail(tmp_path: Path) -> None:
    fill(tmp_path / "Sent Items", LETTERS[:2])
    fill(tmp_path / "Sent Items" / "2024", LETTERS[2:4])
    fill(tmp_path / "Inbox", LETTERS[4:5])
    fill(tmp_path, LETTERS[5:6])
    with open_mailbox(account(tmp_path)) as mailbox:
        assert [(folder.path, folder.messages, folder.chosen_by) for folder in mailbox.folders()] == [
            (".", 1, ChosenBy.HISTORY),
            ("Inbox", 1, ChosenBy.HISTORY),
            ("Sent Items", 2, ChosenBy.NAME),
            ("Sent Items/2024", 2, ChosenBy.NAME),
        ]
        assert all(isinstance(r, Envelope) and r.marks >= {Mark.SENT} for _, r in read_all(mailbox))


def test_the_name_of_the_folder_itself_counts(tmp_path: Path) -> None:
    with open_mailbox(fill(tmp_path / "Gesendete Objekte", LETTERS[:1])) as mailbox:
        ((_, reading),) = read_all(mailbox)
    assert isinstance(reading, Envelope)
    assert reading.marks == {Mark.SENT}


def test_windows_marks_and_empty_lines_before_the_header_are_passed_over(tmp_path: Path) -> None:
    befores = [b"\xef\xbb\xbf", b"\r\n\r\n", b"From ann Fri Mar 15 09:30:00 2024\n", b"\n>From ann\n"]
    with open_mailbox(fill(tmp_path, [before + LETTERS[0] for before in befores])) as mailbox:
        found = [reading for _, reading in read_all(mailbox)]
    assert [reading.defects for reading in found if isinstance(reading, Envelope)] == [()] * 4
    assert len({reading.digest for reading in found if isinstance(reading, Envelope)}) == 1


def test_a_pipe_named_like_a_message_is_skipped(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.eml")
    with open_mailbox(fill(tmp_path, LETTERS)) as mailbox:
        assert len([reading for _, reading in read_all(mailbox) if isinstance(reading, Envelope)]) == len(LETTERS)
        assert next(mailbox.folders()).messages == len(LETTERS) + 1


def test_a_cursor_is_lost_when_an_earlier_file_appears(tmp_path: Path) -> None:
    with open_mailbox(fill(tmp_path, LETTERS[:3])) as mailbox:
        (folder,) = wanted(mailbox)
        cursor = read_all(mailbox)[-1][0]
        (tmp_path / "001a.eml").write_bytes(LETTERS[4])
        with pytest.raises(CursorLost):
            list(mailbox.read(folder, cursor))


def test_each_folder_that_the_config_names_must_be_there(tmp_path: Path) -> None:
    fill(tmp_path / "Sent", LETTERS[:1])
    (tmp_path / "empty").mkdir()
    with open_mailbox(Account("letters", "eml", tmp_path, sent_folders=("Sent", "empty"))) as mailbox:
        assert [folder.path for folder in wanted(mailbox)] == ["Sent", "empty"]
        assert len(read_all(mailbox)) == 1
    for name in ("gone", ".."):
        source = Account("letters", "eml", tmp_path, sent_folders=("Sent", name))
        with open_mailbox(source) as mailbox, pytest.raises(NoSentFolder) as caught:
            list(mailbox.folders())
        assert name in str(caught.value)
        assert "Sent." in caught.value.hint


def test_an_mbox_that_is_named_like_one_message_hides_none(tmp_path: Path) -> None:
    line = b"From ann@corp.example Fri Mar 15 09:30:00 2024\n"
    (tmp_path / "one.eml").write_bytes(line + LETTERS[0])
    (tmp_path / "two.eml").write_bytes(line + LETTERS[1] + b"\n" + line + LETTERS[2])
    with open_mailbox(Account("archive", "eml", tmp_path)) as mailbox:
        one, two = (reading for folder in mailbox.folders() for _, reading in mailbox.read(folder))
    assert isinstance(one, Envelope)
    assert isinstance(two, Unreadable)
    assert "several messages" in two.reason


_FROM = "From ann@corp.example Fri Mar 15 09:30:00 2024\n"
_PATCH = "From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n"


@pytest.mark.parametrize(
    "text",
    [
        f"See:\n\n{_PATCH}From: Di <di@desk.example>\nDate: Fri, 14 Jul 2017 01:00:00 +0000\n\n---\n",
        f"I got:\n{_FROM}From: Di <di@desk.example>\nDate: Fri, 14 Jul 2017 01:00:00 +0000\n\ntext\n",
        "I got:\n\nFrom di@desk.example\nFrom: Di <di@desk.example>\nDate: Fri, 14 Jul 2017 01:00:00 +0000\n\ntext\n",
        f"I got:\n\n{_FROM}Subject: no more of it\n\ntext\n",
    ],
)
def test_what_a_letter_quotes_does_not_make_its_file_an_mbox(tmp_path: Path, text: str) -> None:
    (tmp_path / "one.eml").write_bytes(_FROM.encode() + letter(1, body=text))
    with open_mailbox(Account("archive", "eml", tmp_path)) as mailbox:
        (one,) = (reading for folder in mailbox.folders() for _, reading in mailbox.read(folder))
    assert isinstance(one, Envelope)
    assert one.message_id == "1@corp.example"
