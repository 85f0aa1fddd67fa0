"""The IMAP connector against a real Dovecot."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from scanner.account import Account, ImapServer, Login, SecretKind, SecretReference
from scanner.connectors import imap, imap_fetch
from scanner.connectors.imap import ImapMailbox
from scanner.connectors.interface import Counting, Cursor, CursorLost, Folder
from scanner.connectors.retry import Patience
from scanner.coverage import ChosenBy
from scanner.envelope import Envelope, Locator, Mark, Skipped
from scanner.errors import LoginRefused, NoSentFolder, SourceError
from scanner.headers import parse_envelope
from tests.contract import MailboxContract
from tests.dovecot import MASTER, MASTER_PASSWORD, Dovecot

pytestmark = pytest.mark.dovecot

READING = re.compile(
    rb"\S+ (?:CAPABILITY|ID \(.*\)|NAMESPACE|LIST \"\" \"\*\"|STATUS .*|EXAMINE .*|NOOP|LOGOUT|"
    rb"UID SEARCH [A-Za-z0-9:*()\"<>@. -]+|"
    rb"UID FETCH [0-9,:*]+ \((?:UID|RFC822\.SIZE|INTERNALDATE|BODY\.PEEK\[.*?\]| )+\))"
)


class TestContract(MailboxContract):
    """Dovecot keeps lines ended by LF in its files and hands them out ended by CRLF, as IMAP wants them."""

    @pytest.fixture(autouse=True)
    def server(self, dovecot: Dovecot) -> None:
        self.dovecot = dovecot

    def make(self, place: Path, letters: Sequence[bytes]) -> Account:
        name = f"contract-{zlib.crc32(str(place).encode()):08x}"
        self.dovecot.fill(name, letters)
        return self.dovecot.account(name)

    def stored(self, message: bytes) -> bytes:
        return message.replace(b"\n", b"\r\n")


def message(number: int, extra: bytes = b"") -> bytes:
    return (
        b"Received: from nowhere.test\r\nDate: Mon, 2 Mar 2026 10:%02d:00 +0100\r\nFrom: Us <us@acme.test>\r\n%s"
        b'To: "One, %d" <one%d@a.example>,\r\n two%d@b.example\r\nCC: =?utf-8?q?Zo=C3=AB?= <zoe%d@c.example>\r\n'
        b"Message-ID: <m%d@acme.test>\r\nSubject: Number %d\r\n\r\nBody %d\r\n"
    ) % (number % 60, extra, *(number,) * 7)


def messages(count: int) -> list[bytes]:
    return [message(number) for number in range(1, count + 1)]


def sent(mailbox: ImapMailbox) -> Folder:
    return next(folder for folder in mailbox.folders() if folder.path == "Sent")


def uids(cursors: Sequence[Cursor]) -> list[int]:
    return [int(cursor.split("/")[1]) for cursor in cursors]


def test_what_is_read_is_what_was_put_there(dovecot: Dovecot) -> None:
    put = messages(1203)
    dovecot.fill("plain", put)
    with imap.open(dovecot.account("plain")) as mailbox:
        folder = sent(mailbox)
        assert (folder.messages, folder.chosen_by) == (1203, ChosenBy.SPECIAL_USE)
        read = list(mailbox.read(folder))
        assert mailbox.raw(read[700][1].locator) == put[700]
    assert uids([cursor for cursor, _ in read]) == list(range(1, 1204))
    for (_, reading), whole in zip(read, put, strict=True):
        assert isinstance(reading, Envelope)
        direct = parse_envelope(whole, reading.locator, marks=frozenset({Mark.SENT}))
        assert reading.received is not None
        assert replace(reading, digest="", received=None, size=None) == replace(direct, digest="", size=None)
        assert reading.size == len(whole)


LOGINS = ["password", "plain", "starttls", "authorisation id", "master user", "xoauth2", "oauthbearer"]


def login(dovecot: Dovecot, way: str) -> ImapServer:
    """A server record for one way to log in to alice's mailbox."""
    master = SecretReference(SecretKind.COMMAND, f"printf %s '{MASTER_PASSWORD}'")
    alice = dovecot.server("alice")
    ways = {
        "password": alice,
        "plain": replace(alice, login=Login.PLAIN),
        "starttls": dovecot.starttls("alice"),
        "authorisation id": replace(alice, login=Login.PLAIN, user=MASTER, act_as=alice.user, secret=master),
        "master user": replace(alice, user=MASTER, act_as=alice.user, master_separator="*", secret=master),
        "xoauth2": dovecot.tokened("alice", Login.XOAUTH2),
        "oauthbearer": dovecot.tokened("alice", Login.OAUTHBEARER),
    }
    return ways[way]


@pytest.mark.parametrize("way", LOGINS)
def test_each_login_opens_the_right_mailbox(dovecot: Dovecot, way: str) -> None:
    if not list((dovecot.maildir("alice") / "cur").iterdir()):
        dovecot.fill("alice", [message(4711)])
    account = replace(dovecot.account("alice"), server=login(dovecot, way))
    with imap.open(account) as mailbox:
        readings = [reading for _, reading in mailbox.read(sent(mailbox))]
    assert [r.message_id for r in readings if isinstance(r, Envelope)] == ["m4711@acme.test"]


def test_a_wrong_secret_is_refused_in_a_sentence(dovecot: Dovecot) -> None:
    wrong = SecretReference(SecretKind.COMMAND, "printf wrong-canary")
    alice, other = dovecot.server("alice"), dovecot.address("other")
    cases = [
        replace(alice, secret=wrong),
        replace(alice, secret=wrong, login=Login.PLAIN),
        replace(alice, login=Login.PLAIN, act_as=other),
        replace(alice, act_as=other, master_separator="*"),
        replace(alice, secret=wrong, login=Login.XOAUTH2),
        dovecot.tokened("alice", Login.XOAUTH2, exp=1),
        dovecot.tokened("alice", Login.OAUTHBEARER, exp=1),
        dovecot.tokened("alice", Login.OAUTHBEARER, email=other),
        dovecot.tokened("alice", Login.XOAUTH2, iss="https://elsewhere.test"),
        dovecot.tokened("alice", Login.OAUTHBEARER, scope="calendar"),
    ]
    for server in cases:
        with (
            pytest.raises(LoginRefused) as caught,
            imap.open(replace(dovecot.account("alice"), server=server)),
        ):
            pass
        assert "wrong-canary" not in str(caught.value) + caught.value.hint
        assert "localhost" in str(caught.value)
        assert caught.value.hint


def test_reading_changes_nothing_and_says_only_reading_commands(dovecot: Dovecot) -> None:
    dovecot.fill("untouched", messages(40))
    fresh = dovecot.maildir("untouched") / "new" / "1700000000.M1P1.acme"
    fresh.write_bytes(message(41))
    dovecot.record("untouched")
    before = dovecot.state("untouched")
    with imap.open(dovecot.account("untouched")) as mailbox:
        readings = list(mailbox.read(sent(mailbox)))
        envelope = readings[0][1]
        assert isinstance(envelope, Envelope)
        list(mailbox.thread(replace(envelope, references=("m3@acme.test",))))
        mailbox.raw(envelope.locator)
    assert len(readings) == 41
    assert dovecot.state("untouched") == before
    assert fresh.exists() or (dovecot.maildir("untouched") / "cur" / f"{fresh.name}:2,").exists()
    commands = [line for line in dovecot.recorded("untouched").split(b"\r\n") if line]
    commands = [re.sub(rb"\A\d+\.\d+ ", b"", line) for line in commands]
    assert len(commands) >= 6
    assert not [line for line in commands if READING.fullmatch(line) is None]


def test_a_stopped_reading_goes_on_behind_the_cursor(dovecot: Dovecot) -> None:
    dovecot.fill("stopped", messages(1100))
    cursor: Cursor | None = None
    seen: list[Cursor] = []
    for share in (3, 500, 1, 502, 10_000):
        with imap.open(dovecot.account("stopped")) as mailbox:
            part = [cursor for cursor, _ in islice(mailbox.read(sent(mailbox), cursor), share)]
        cursor = part[-1]
        seen += part
    assert uids(seen) == list(range(1, 1101))
    with imap.open(dovecot.account("stopped")) as mailbox:
        assert not list(mailbox.read(sent(mailbox), cursor))
        dovecot.fill("stopped", [message(9)])
        assert uids([cursor for cursor, _ in mailbox.read(sent(mailbox), cursor)]) == [1101]


def test_a_connection_thrown_out_is_opened_again_and_nothing_doubles(dovecot: Dovecot) -> None:
    dovecot.fill("kicked", messages(4100))
    naps: list[float] = []
    account = dovecot.account("kicked")
    mailbox = ImapMailbox(account, dovecot.server("kicked"), Patience(sleep=naps.append))
    seen = []
    for cursor, _ in mailbox.read(sent(mailbox)):
        seen.append(cursor)
        if len(seen) in (1, 1700, 3000):
            dovecot.kick("kicked")
    mailbox.close()
    assert uids(seen) == list(range(1, 4101))
    assert naps, "the connection was never lost"


def test_messages_deleted_while_we_read_are_skipped(dovecot: Dovecot) -> None:
    dovecot.fill("expunged", messages(2700))
    with imap.open(dovecot.account("expunged")) as mailbox:
        folder = sent(mailbox)
        readings = []
        for _, reading in mailbox.read(folder):
            readings.append(reading)
            if len(readings) == 10:
                dovecot.doveadm("expunge", "-u", dovecot.address("expunged"), "mailbox", "Sent", "uid", "2600:2604")
    assert folder.messages == len(readings) == 2700
    skipped = [reading for reading in readings if isinstance(reading, Skipped)]
    assert [reading.locator.key.partition("/")[2] for reading in skipped] == ["2600", "2601", "2602", "2603", "2604"]
    assert sum(isinstance(reading, Envelope) for reading in readings) == 2695


def test_it_counts_how_many_of_the_messages_up_to_a_cursor_are_left(dovecot: Dovecot) -> None:
    dovecot.fill("expiring", [message(number) for number in range(1, 7)])
    with imap.open(dovecot.account("expiring")) as mailbox:
        folder = sent(mailbox)
        cursors = [cursor for cursor, _ in mailbox.read(folder)]
        assert isinstance(mailbox, Counting)
        assert [mailbox.behind(folder, cursor) for cursor in cursors] == [1, 2, 3, 4, 5, 6]
        dovecot.doveadm("expunge", "-u", dovecot.address("expiring"), "mailbox", "Sent", "1:2")
        assert [mailbox.behind(folder, cursor) for cursor in cursors] == [0, 0, 1, 2, 3, 4]
        with pytest.raises(CursorLost):
            mailbox.behind(folder, Cursor("1/3"))


def test_a_rebuilt_folder_loses_the_cursor_and_is_read_anew(dovecot: Dovecot) -> None:
    dovecot.fill("rebuilt", messages(5))
    with imap.open(dovecot.account("rebuilt")) as mailbox:
        old = [cursor for cursor, _ in mailbox.read(sent(mailbox))]
    dovecot.rebuild("rebuilt")
    with imap.open(dovecot.account("rebuilt")) as mailbox:
        folder = sent(mailbox)
        with pytest.raises(CursorLost, match="UIDVALIDITY"):
            next(mailbox.read(folder, old[2]))
        new = [cursor for cursor, _ in mailbox.read(folder)]
        with pytest.raises(SourceError, match="rebuilt"):
            mailbox.raw(Locator("rebuilt", "Sent", old[0]))
    assert len(new) == 5
    assert not set(new) & set(old)


def test_windows_and_batches_of_any_size_read_the_same(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    dovecot.fill("windows", messages(700))
    dovecot.doveadm("expunge", "-u", dovecot.address("windows"), "mailbox", "Sent", "uid", "100:330,332,334")
    expected = [uid for uid in range(1, 701) if not (100 <= uid <= 330 or uid in (332, 334))]
    for window, longest in ((1, 3_500), (37, 20), (100, 3_500), (20_000, 3_500)):
        monkeypatch.setattr(imap_fetch, "WINDOW", window)
        monkeypatch.setattr(imap_fetch, "LONGEST_SET", longest)
        with imap.open(dovecot.account("windows")) as mailbox:
            assert uids([cursor for cursor, _ in mailbox.read(sent(mailbox))]) == expected


def test_sent_folders_are_found_by_use_then_by_name_or_by_the_settings(dovecot: Dovecot) -> None:
    names = ("Gesendete Elemente", "Отправленные", "Sent Items", "Projects/寄件備份", "Sent/2023", "Consent", "Résumé")
    dovecot.maildir("folders", "INBOX")
    for name in names:
        dovecot.doveadm("mailbox", "create", "-u", dovecot.address("folders"), name)
    with imap.open(dovecot.account("folders")) as mailbox:
        chosen = {folder.path: folder.chosen_by for folder in mailbox.folders()}
    assert {path: chosen.pop(path) for path in names[:5]} == dict.fromkeys(names[:5], ChosenBy.NAME)
    assert chosen.pop("Sent") is ChosenBy.SPECIAL_USE
    assert set(chosen) >= {"INBOX", "Drafts", "Consent", "Résumé"}
    assert set(chosen.values()) == {ChosenBy.NOT_SENT}
    with imap.open(dovecot.account("folders", "résumé", "Consent")) as mailbox:
        wanted = {folder.path: folder.chosen_by for folder in mailbox.folders() if folder.wanted}
    assert wanted == {"Résumé": ChosenBy.CONFIGURED, "Consent": ChosenBy.CONFIGURED}
    with imap.open(dovecot.account("folders", "Consent", "Nowhere")) as mailbox:
        with pytest.raises(NoSentFolder, match="Nowhere") as caught:
            list(mailbox.folders())
        assert "Gesendete Elemente" in caught.value.hint


def test_only_what_lies_in_a_sent_folder_is_marked_sent(dovecot: Dovecot) -> None:
    dovecot.fill("marks", [message(1)])
    dovecot.fill("marks", [message(2)], "INBOX")
    dovecot.fill("marks", [message(3)], "Drafts")
    marks = {}
    with imap.open(dovecot.account("marks")) as mailbox:
        for folder in mailbox.folders():
            for _, reading in mailbox.read(folder):
                assert isinstance(reading, Envelope)
                marks[folder.path] = reading.marks
    assert marks == {"Sent": {Mark.SENT}, "INBOX": set(), "Drafts": {Mark.DRAFT}}


def test_the_thread_of_a_reply_is_found_in_sent_and_inbox(dovecot: Dovecot) -> None:
    dovecot.fill("thread", [message(1), message(11)])
    dovecot.fill("thread", [message(2), message(22)], "INBOX")
    reply = message(3, b"In-Reply-To: <m2@acme.test>\r\nReferences: <m1@acme.test> <m2@acme.test> <gone@x.test>\r\n")
    dovecot.fill("thread", [reply])
    with imap.open(dovecot.account("thread")) as mailbox:
        envelope = [reading for _, reading in mailbox.read(sent(mailbox))][-1]
        assert isinstance(envelope, Envelope)
        earlier = list(mailbox.thread(envelope))
    found = {(r.locator.folder, r.message_id) for r in earlier if isinstance(r, Envelope)}
    assert found == {("Sent", "m1@acme.test"), ("INBOX", "m2@acme.test")}


def test_a_field_that_the_server_overlooks_is_found_in_the_whole_header(dovecot: Dovecot) -> None:
    odd = b"From: us@acme.test\r\nTo : one@a.example, two@b.example\r\nMessage-ID: <odd@acme.test>\r\n\r\nBody\r\n"
    none = b"From: us@acme.test\r\nMessage-ID: <none@acme.test>\r\n\r\nBody\r\n"
    dovecot.fill("overlooked", [odd, none, b"no header at all", b"\r\nonly a body\r\n", b"X-Odd: 1\r\n\r\n"])
    with imap.open(dovecot.account("overlooked")) as mailbox:
        readings = [reading for _, reading in mailbox.read(sent(mailbox))]
    assert len(readings) == 5
    first = readings[0]
    assert isinstance(first, Envelope)
    assert [r.address.addr_spec for r in first.recipients if r.address] == ["one@a.example", "two@b.example"]
