"""What every connector must keep: its test inherits these tests and says how to put messages into such a source."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.account import Account
from scanner.connectors import open_mailbox
from scanner.connectors.interface import Cursor, Folder, Mailbox
from scanner.envelope import Envelope, Locator, Reading, Skipped, Unreadable
from scanner.errors import SourceError
from scanner.headers import parse_envelope

NOWHERE = Locator("nobody", "nowhere", "0")


def letter(number: int, *fields: str, body: str = "Dear all,\n\nthe list is attached.\n") -> bytes:
    """A message with the id `<number@corp.example>`; `fields` come on top of the usual ones."""
    lines = [
        f"From: Ann Marsh <ann@corp.example>\nTo: Bo Lind <bo{number}@shop.example>,\n cy@trade.test",
        f"Date: Fri, {number % 28 + 1} Mar 2024 09:30:00 +0100\nMessage-ID: <{number}@corp.example>",
        f"Subject: Letter {number}",
        *fields,
    ]
    return ("\n".join(lines) + "\n\n" + body).encode()


LETTERS = (
    letter(1),
    letter(2, "Cc: =?utf-8?Q?Zo=C3=AB?= <zoe@caf=.example>, Desk: d1@desk.example, d2@desk.example;"),
    letter(3, "In-Reply-To: <1@corp.example>", "References: <1@corp.example>"),
    letter(4, body="From the meeting at 10:30 in 2024 we learnt:\n\nFrom now on, nothing.\n"),
    letter(5, "References: <1@corp.example>\n <3@corp.example>", "Bcc: ed@hidden.test", body="\n\n\n"),
    letter(6, f"X-Long: {'x' * 9000}", "Cc: late@shop.example"),
    letter(7, body=("wgDIAM4A" * 9 + "\n") * 700),
)


class MailboxContract:
    """Inherit, and override `make`; the hooks below it where the source differs from a plain store of octets."""

    def make(self, place: Path, letters: Sequence[bytes]) -> Account:
        """An account with one wanted folder that holds the messages, in this order. `place` is an empty folder."""
        raise NotImplementedError

    def open(self, account: Account) -> AbstractContextManager[Mailbox]:
        """The account's mailbox, opened."""
        return open_mailbox(account)

    def stored(self, message: bytes) -> bytes:
        """A message as the source stores it."""
        return message

    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        folder = tmp_path / "source"
        folder.mkdir()
        return folder

    @pytest.fixture
    def account(self, place: Path) -> Account:
        return self.make(place, LETTERS)

    def test_folders_are_the_same_at_every_look(self, account: Account) -> None:
        with self.open(account) as mailbox:
            folders = list(mailbox.folders())
            assert folders == list(mailbox.folders())
        assert mailbox.account == account.name
        assert {folder.account for folder in folders} == {account.name}
        with self.open(account) as again:
            assert folders == list(again.folders())

    def test_every_message_is_read_once_with_what_its_header_says(self, account: Account) -> None:
        with self.open(account) as mailbox:
            readings = [reading for _, reading in read_all(mailbox)]
        expected = [parse_envelope(self.stored(message), NOWHERE) for message in LETTERS]
        assert by_id(readings) == by_id(expected)
        assert len({reading.locator for reading in readings}) == len(LETTERS)

    def test_the_count_that_a_source_gives_is_the_count_of_readings(self, account: Account) -> None:
        with self.open(account) as mailbox:
            for folder in wanted(mailbox):
                assert folder.messages in {None, len(list(mailbox.read(folder)))}

    def test_reading_twice_gives_the_same(self, account: Account) -> None:
        with self.open(account) as mailbox:
            first = read_all(mailbox)
            assert first == read_all(mailbox)
        with self.open(account) as again:
            assert first == read_all(again)

    def test_a_cursor_leads_to_exactly_what_follows(self, account: Account) -> None:
        with self.open(account) as mailbox:
            (folder,) = wanted(mailbox)
            everything = list(mailbox.read(folder))
        assert len({cursor for cursor, _ in everything}) == len(LETTERS)
        for number, (cursor, _) in enumerate(everything, start=1):
            with self.open(account) as later:
                assert list(later.read(folder, cursor)) == everything[number:]

    def test_a_reading_that_is_broken_off_can_be_taken_up_again(self, account: Account) -> None:
        with self.open(account) as mailbox:
            (folder,) = wanted(mailbox)
            everything = list(mailbox.read(folder))
            taken: list[tuple[Cursor, Reading]] = []
            after: Cursor | None = None
            while len(taken) < len(everything):
                item = next(iter(mailbox.read(folder, after)))
                taken.append(item)
                after = item[0]
            assert taken == everything

    def test_raw_is_the_message_byte_for_byte(self, account: Account) -> None:
        with self.open(account) as mailbox:
            held = sorted(mailbox.raw(reading.locator) for _, reading in read_all(mailbox))
            sizes = {mailbox.raw(r.locator): r.size for _, r in read_all(mailbox) if isinstance(r, Envelope)}
        assert held == sorted(self.stored(message) for message in LETTERS)
        assert all(size in {None, len(octets)} for octets, size in sizes.items())

    def test_raw_of_a_message_that_is_not_there_is_an_error(self, account: Account) -> None:
        with self.open(account) as mailbox:
            _, reading = read_all(mailbox)[0]
            gone = replace(reading.locator, key=self.missing_key(reading.locator.key))
            with pytest.raises(SourceError):
                mailbox.raw(gone)

    def missing_key(self, key: str) -> str:
        """A locator's key that this source could have given, and did not."""
        return f"{key}9"

    def test_a_thread_is_the_earlier_messages_that_one_answers(self, account: Account) -> None:
        with self.open(account) as mailbox:
            envelopes = by_name(mailbox)
            thread = list(mailbox.thread(envelopes["5@corp.example"]))
            assert thread == [envelopes["1@corp.example"], envelopes["3@corp.example"]]
            assert list(mailbox.thread(envelopes["3@corp.example"])) == [envelopes["1@corp.example"]]
            assert list(mailbox.thread(envelopes["1@corp.example"])) == []

    def test_nothing_is_changed(self, place: Path, account: Account) -> None:
        before = snapshot(place)
        with self.open(account) as mailbox:
            for _, reading in read_all(mailbox):
                mailbox.raw(reading.locator)
                if isinstance(reading, Envelope):
                    list(mailbox.thread(reading))
        assert snapshot(place) == before

    def test_a_folder_without_messages_gives_none(self, place: Path) -> None:
        with self.open(self.make(place, ())) as mailbox:
            assert read_all(mailbox) == []


class UnreadableContract:
    """For sources in which a message can be damaged: override `make_damaged` besides."""

    damaged: int = 1

    def make_damaged(self, place: Path) -> Account:
        """An account with one wanted folder that holds LETTERS and `damaged` messages that cannot be read."""
        raise NotImplementedError

    def test_what_cannot_be_read_is_in_the_stream_and_counted(self, tmp_path: Path) -> None:
        with open_mailbox(self.make_damaged(tmp_path)) as mailbox:
            (folder,) = wanted(mailbox)
            readings = [reading for _, reading in mailbox.read(folder)]
        unreadable = [reading for reading in readings if isinstance(reading, Unreadable)]
        assert len(unreadable) == self.damaged
        assert all(reading.reason.endswith(".") for reading in unreadable)
        assert len(by_id(readings)) == len(LETTERS)
        assert folder.messages in {None, len(readings)}


def wanted(mailbox: Mailbox) -> list[Folder]:
    """The folders that a scan reads for the mail sent from them."""
    return [folder for folder in mailbox.folders() if folder.holds_sent]


def read_all(mailbox: Mailbox) -> list[tuple[Cursor, Reading]]:
    """Everything in the wanted folders."""
    return [item for folder in wanted(mailbox) for item in mailbox.read(folder)]


def by_name(mailbox: Mailbox) -> dict[str, Envelope]:
    """The envelopes by Message-ID."""
    return {r.message_id: r for _, r in read_all(mailbox) if isinstance(r, Envelope) and r.message_id}


def by_id(readings: Sequence[Reading]) -> dict[str | None, tuple[object, ...]]:
    """What every source must agree on, by Message-ID; each message once."""
    found: dict[str | None, tuple[object, ...]] = {}
    for reading in readings:
        if isinstance(reading, Unreadable | Skipped):
            continue
        assert reading.message_id not in found
        found[reading.message_id] = (
            reading.date,
            reading.author,
            reading.subject,
            reading.recipients,
            reading.in_reply_to,
            reading.references,
        )
    return found


def snapshot(place: Path) -> dict[str, tuple[int, int, str]]:
    """Every file and folder below a place: when it was last changed, its rights, and a hash of what it holds."""
    found = {}
    for path in sorted(place.rglob("*")):
        held = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        status = path.lstat()
        found[str(path.relative_to(place))] = (status.st_mtime_ns, status.st_mode, held)
    return found
