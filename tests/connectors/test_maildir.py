"""Maildirs, with all that lies about in them."""

from __future__ import annotations

import gzip
import os
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from scanner.account import Account
from scanner.connectors import open_mailbox
from scanner.connectors.interface import Cursor, CursorLost
from scanner.connectors.maildir import decode_name
from scanner.coverage import ChosenBy
from scanner.envelope import Envelope, Mark, Reading, Skipped, Unreadable
from scanner.errors import NotAMailbox, SourceError
from scanner.header_block import HeaderBlock, read_block
from tests.contract import LETTERS, MailboxContract, UnreadableContract, letter, read_all, wanted


def fill(folder: Path, letters: Sequence[bytes], suffix: str = ":2,S", part: str = "cur") -> Path:
    """A Maildir with these messages; new ones are named on from those that are there."""
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    held = len(list((folder / "cur").iterdir())) + len(list((folder / "new").iterdir()))
    for number, message in enumerate(letters, start=held):
        (folder / part / f"{1_710_000_000 + number}.M{number:06}P1.host{suffix}").write_bytes(message)
    return folder


def account(path: Path) -> Account:
    return Account("maildir", "maildir", path)


def readings(path: Path) -> list[Reading]:
    with open_mailbox(account(path)) as mailbox:
        return [reading for _, reading in read_all(mailbox)]


def reasons(path: Path) -> dict[str, str]:
    """Why messages were not read, by their keys."""
    return {r.locator.key: r.reason for r in readings(path) if isinstance(r, Skipped | Unreadable)}


class TestMaildir(MailboxContract, UnreadableContract):
    damaged = 4

    def make(self, place: Path, letters: Sequence[bytes]) -> Account:
        fill(place / ".Sent", letters[:4])
        fill(place / ".Sent", letters[4:], suffix="", part="new")
        (place / ".Sent" / "dovecot.index").write_bytes(b"\0index")
        (place / ".Sent" / "tmp" / "1.M1P1.host").write_bytes(letter(99))
        return account(fill(place, [letter(98)]))

    def make_damaged(self, place: Path) -> Account:
        packed = gzip.compress(letter(90))
        fill(place, [*LETTERS, b"", b"\0" * 5000, packed[:40], packed[:20] + b"\xff" * 200])
        return account(place)


class TestCompressedByDovecot(MailboxContract):
    def make(self, place: Path, letters: Sequence[bytes]) -> Account:
        return account(fill(place, [gzip.compress(message) for message in letters], suffix=",S=900,W=900:2,RS"))


def test_the_folders_of_a_maildir(tmp_path: Path) -> None:
    fill(tmp_path, LETTERS[:1])
    names = (".Sent", ".Sent.2024", ".Entw&APw-rfe", ".&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-", ".Archive", "nested/Sent")
    for name in names:
        fill(tmp_path / name, LETTERS[:2])
    (tmp_path / ".Link").symlink_to(tmp_path / ".Archive")
    with open_mailbox(account(tmp_path)) as mailbox:
        folders = [(folder.path, folder.messages, folder.chosen_by) for folder in mailbox.folders()]
    assert folders == [
        ("INBOX", 1, ChosenBy.HISTORY),
        ("Archive", 2, ChosenBy.HISTORY),
        ("Entwürfe", 2, ChosenBy.HISTORY),
        ("Sent", 2, ChosenBy.NAME),
        ("Sent.2024", 2, ChosenBy.NAME),
        ("nested/Sent", 2, ChosenBy.NAME),
        ("Отправленные", 2, ChosenBy.NAME),
    ]


def test_without_a_sent_folder_everything_is_read(tmp_path: Path) -> None:
    fill(tmp_path, LETTERS[:1])
    fill(tmp_path / ".Projects", LETTERS[1:3])
    with open_mailbox(account(tmp_path)) as mailbox:
        assert [folder.chosen_by for folder in mailbox.folders()] == [ChosenBy.ARCHIVE] * 2
        assert len(read_all(mailbox)) == 3


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Sent", "Sent"),
        ("Tom &- Co", "Tom & Co"),
        ("Entw&APw-rfe", "Entwürfe"),
        ("&U,BTFw-", "台北"),
        ("&2D3eAA-", "😀"),
        ("Entwürfe", "Entwürfe"),
        ("a&b", "a&b"),
        ("&AAA", "&AAA"),
        ("&A-", "&A-"),
        ("&2D0-", "&2D0-"),
    ],
)
def test_folder_names_are_decoded(name: str, shown: str) -> None:
    assert decode_name(name) == shown


@pytest.mark.parametrize("mark", [":", ";", "!"])
def test_flags_make_marks_and_the_key_outlives_them(tmp_path: Path, mark: str) -> None:
    fill(tmp_path, LETTERS[:1], f"{mark}2,DS")
    fill(tmp_path, LETTERS[1:2], f"{mark}2,ST")
    first, second = readings(tmp_path)
    assert isinstance(first, Envelope)
    assert isinstance(second, Envelope)
    assert first.marks == {Mark.DRAFT}
    assert second.marks == frozenset()
    assert first.locator.key == "1710000000.M000000P1.host"


def test_what_is_no_message_is_skipped_and_never_opened(tmp_path: Path) -> None:
    cur = fill(tmp_path / "mail", LETTERS[:1]) / "cur"
    outside = tmp_path / "secret"
    outside.write_bytes(letter(66))
    (cur / "2.out:2,S").symlink_to(outside)
    (cur / "3.inside:2,S").symlink_to(cur / "1710000000.M000000P1.host:2,S")
    (cur / "4.dangling:2,S").symlink_to(cur / "nothing")
    (cur / "5.folder").mkdir()
    (cur / ".hidden").write_bytes(letter(67))
    os.mkfifo(cur / "6.pipe:2,S")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(cur / "7.s"))
        told = reasons(tmp_path / "mail")
    assert {key: reason.split(",")[0] for key, reason in told.items()} == {
        "2.out": "It is a link that leads out of the mailbox.",
        "4.dangling": "It is a link to something that is no message.",
        "5.folder": "It is a folder",
        "6.pipe": "It is a pipe",
        "7.s": "It is a pipe",
    }
    assert len(readings(tmp_path / "mail")) == 7


def test_a_message_that_changes_its_name_while_we_read_is_found_again(tmp_path: Path) -> None:
    fill(tmp_path, LETTERS[:2])
    fill(tmp_path, LETTERS[2:4], suffix="", part="new")
    with open_mailbox(account(tmp_path)) as mailbox:
        stream = mailbox.read(wanted(mailbox)[0])
        read = [next(stream)[1]]
        flagged = sorted((tmp_path / "cur").iterdir())[1]
        flagged.rename(flagged.with_name(flagged.name + "DF"))
        seen, gone = sorted((tmp_path / "new").iterdir())
        seen.rename(tmp_path / "cur" / (seen.name + ":2,S"))
        gone.unlink()
        read += [reading for _, reading in stream]
    assert [isinstance(reading, Envelope) for reading in read] == [True, True, True, False]
    assert isinstance(read[3], Skipped)
    assert "vanished" in read[3].reason


def test_two_files_with_one_unique_name_are_two_messages(tmp_path: Path) -> None:
    fill(tmp_path, LETTERS[:1])
    name = "1710000000.M000000P1.host"
    (tmp_path / "cur" / f"{name}:2,F").write_bytes(LETTERS[1])
    (tmp_path / "new" / name).write_bytes(LETTERS[2])
    with open_mailbox(account(tmp_path)) as mailbox:
        found = [reading.locator for _, reading in read_all(mailbox)]
        assert {mailbox.raw(locator) for locator in found} == set(LETTERS[:3])


def test_names_that_are_no_text_are_read(tmp_path: Path) -> None:
    fill(tmp_path, ())
    name = b"1.\xff\xfe.host:2,S"
    with open(os.fsencode(tmp_path / "cur") + b"/" + name, "wb") as file:
        file.write(LETTERS[0])
    with open_mailbox(account(tmp_path)) as mailbox:
        ((cursor, reading),) = read_all(mailbox)
        assert reading.locator.key == r"1.\xff\xfe.host"
        assert f"{cursor}{reading.locator}".isprintable()
        assert mailbox.raw(reading.locator) == LETTERS[0]


def cursor_behind(path: Path, number: int) -> Cursor:
    with open_mailbox(account(path)) as mailbox:
        return read_all(mailbox)[number - 1][0]


def following(path: Path, cursor: Cursor) -> int:
    with open_mailbox(account(path)) as mailbox:
        return len(list(mailbox.read(wanted(mailbox)[0], cursor)))


def test_a_cursor_stands_while_flags_change_and_mail_arrives(tmp_path: Path) -> None:
    fill(tmp_path, LETTERS[:5])
    cursor = cursor_behind(tmp_path, 3)
    for path in list((tmp_path / "cur").iterdir()):
        path.rename(path.with_name(path.name + "T"))
    fill(tmp_path, LETTERS[5:])
    assert following(tmp_path, cursor) == 4


@pytest.mark.parametrize("change", ["added", "removed"])
def test_a_cursor_is_lost_when_earlier_messages_changed(tmp_path: Path, change: str) -> None:
    fill(tmp_path, LETTERS[:5])
    cursor = cursor_behind(tmp_path, 4)
    if change == "added":
        (tmp_path / "cur" / "1500000000.M1P1.imported:2,S").write_bytes(LETTERS[6])
    else:
        sorted((tmp_path / "cur").iterdir())[1].unlink()
    with pytest.raises(CursorLost, match="added or removed"):
        following(tmp_path, cursor)


def test_long_headers_are_read_to_their_end(tmp_path: Path) -> None:
    many = ",\n ".join(f"p{n}@shop.example" for n in range(20_000))
    fill(tmp_path, [letter(1, f"Cc: {many}")])
    (reading,) = readings(tmp_path)
    assert isinstance(reading, Envelope)
    assert len(reading.recipients) == 20_002


def test_a_folder_that_is_no_maildir(tmp_path: Path) -> None:
    with pytest.raises(NotAMailbox), open_mailbox(account(tmp_path)):
        pass


def test_raw_of_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    fill(tmp_path, [gzip.compress(letter(1))[:-20]])
    with open_mailbox(account(tmp_path)) as mailbox, pytest.raises(SourceError, match="damaged"):
        mailbox.raw(read_all(mailbox)[0][1].locator)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("fields", [3, 200])
def test_each_header_is_taken_apart_once_however_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fields: int, end: bytes
) -> None:
    """A long one is cut off by the first reading of its file, and that is nothing to take apart."""
    trace = b"".join(b"X-Trace-%d: %s\n" % (number, b"x" * 60) for number in range(fields))
    fill(tmp_path, [(trace + letter(1)).replace(b"\n", end)])
    taken: list[int] = []

    def counted(octets: bytes, begin: int) -> HeaderBlock:
        taken.append(len(octets))
        return read_block(octets, begin)

    monkeypatch.setattr("scanner.connectors.message_file.read_block", counted)
    (found,) = readings(tmp_path)
    assert isinstance(found, Envelope)
    assert (found.message_id, found.defects) == ("1@corp.example", ())
    assert len(taken) == 1


def test_as_many_are_counted_as_are_listed(tmp_path: Path) -> None:
    fill(tmp_path, [letter(1), letter(2)])
    fill(tmp_path, [letter(3)], part="new")
    (tmp_path / "cur" / ".hidden").write_bytes(letter(4))
    (tmp_path / "cur" / "below").mkdir()
    with open_mailbox(account(tmp_path)) as mailbox:
        (folder,) = mailbox.folders()
        assert folder.messages == len(list(mailbox.read(folder))) == 4
    for file in (tmp_path / "new").iterdir():
        file.unlink()
    (tmp_path / "new").rmdir()
    (tmp_path / "maildirfolder").touch()
    with open_mailbox(account(tmp_path)) as mailbox:
        assert [folder.messages for folder in mailbox.folders()] == [3]
