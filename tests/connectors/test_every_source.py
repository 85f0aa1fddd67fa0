"""The same messages from every source give the same recipients, but where a server changed the bytes it was given."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from scanner.account import Account, Login, SecretKind, SecretReference
from scanner.address import Recipient
from scanner.connectors import open_mailbox
from scanner.connectors.interface import Cursor, CursorLost
from scanner.connectors.memory import MemoryMailbox
from scanner.envelope import Envelope, Locator
from scanner.errors import LoginRefused
from scanner.headers import parse_envelope
from tests.connectors.many_forms import COUNT, many_forms
from tests.dovecot import Dovecot
from tests.vendors import PROXY, PROXY_PASSWORD, USER, Vendor

Recipients = dict[str, tuple[Recipient, ...]]


def recipients_of(account: Account) -> Recipients:
    """The recipients by Message-ID of all that a source holds, each message once."""
    found: Recipients = {}
    with open_mailbox(account) as mailbox:
        for folder in mailbox.folders():
            if not folder.wanted:
                continue
            for _, reading in mailbox.read(folder):
                assert isinstance(reading, Envelope), reading
                assert reading.message_id is not None
                assert reading.message_id not in found
                found[reading.message_id] = reading.recipients
    return found


@cache
def direct() -> Recipients:
    """What the reader makes of the bytes themselves."""
    memory = MemoryMailbox("memory", {"Sent": many_forms()})
    readings = [reading for folder in memory.folders() for _, reading in memory.read(folder)]
    return {r.message_id: r.recipients for r in readings if isinstance(r, Envelope) and r.message_id}


def _as_mbox(tmp_path: Path) -> Account:
    lines = []
    for message in many_forms():
        text = re.sub(rb"(?m)^(>*From )", rb">\1", message.replace(b"\r\n", b"\n"))
        lines.append(b"From us@acme.test Mon Mar  2 10:00:00 2026\n" + text + b"\n")
    (tmp_path / "Sent.mbox").write_bytes(b"".join(lines))
    return Account("mbox", "mbox", path=tmp_path / "Sent.mbox")


def _as_maildir(tmp_path: Path) -> Account:
    for part in ("cur", "new", "tmp"):
        (tmp_path / "Sent" / part).mkdir(parents=True)
    for number, message in enumerate(many_forms()):
        (tmp_path / "Sent/cur" / f"{1_700_000_000 + number}.M1P1.acme:2,S").write_bytes(message.replace(b"\r\n", b"\n"))
    return Account("maildir", "maildir", path=tmp_path / "Sent")


def _as_eml(tmp_path: Path) -> Account:
    (tmp_path / "Sent").mkdir()
    for number, message in enumerate(many_forms()):
        (tmp_path / "Sent" / f"{number:04d}.eml").write_bytes(message)
    return Account("eml", "eml", path=tmp_path / "Sent")


def test_there_are_five_hundred_and_they_are_not_alike() -> None:
    assert len(direct()) == COUNT == 500
    assert len({recipients for recipients in direct().values() if recipients}) > 470
    assert len(direct()["large@acme.test"]) == 2000


@pytest.mark.parametrize("make", [_as_mbox, _as_maildir, _as_eml], ids=["mbox", "Maildir", "eml"])
def test_a_local_source_gives_the_recipients_of_the_bytes(tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    assert recipients_of(make(tmp_path)) == direct()


@pytest.mark.dovecot
def test_dovecot_gives_the_recipients_of_the_bytes(dovecot: Dovecot) -> None:
    dovecot.fill("forms", many_forms())
    assert recipients_of(dovecot.account("forms")) == direct()


@pytest.mark.othervendors
def test_courier_gives_the_recipients_of_the_bytes(courier: Vendor) -> None:
    courier.fill(many_forms())
    assert recipients_of(courier.account()) == direct()


@pytest.mark.othervendors
def test_cyrus_gives_the_recipients_of_the_bytes_it_kept(cyrus: Vendor) -> None:
    """Cyrus replaces every 8-bit byte of a header by X when it stores a message (munge8bit): those names are lost."""
    cyrus.fill(many_forms())
    kept = {}
    for message in many_forms():
        header, gap, body = message.partition(b"\r\n\r\n")
        stored = re.sub(rb"[\x80-\xff]", b"X", header) + gap + body
        envelope = parse_envelope(stored, Locator("", "", ""))
        assert envelope.message_id
        kept[envelope.message_id] = envelope.recipients
    found = recipients_of(cyrus.account())
    assert found == kept
    altered = [name for name in found if found[name] != direct()[name]]
    assert len(altered) == 40, "the two forms with raw 8-bit names, and no others"
    for name in altered:
        assert [r.address for r in found[name]] == [r.address for r in direct()[name]]


@pytest.mark.othervendors
def test_reading_changes_nothing_on_cyrus(cyrus: Vendor) -> None:
    def state() -> tuple[object, object]:
        with cyrus.client() as client:
            items = ["MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "HIGHESTMODSEQ"]
            status = client.folder_status(cyrus.sent, items)
            client.select_folder(cyrus.sent, readonly=True)
            uids = client.search("ALL")
            return status, client.fetch(uids[:200], ["FLAGS", "MODSEQ"])

    cyrus.fill(many_forms()[:3])
    before = state()
    with open_mailbox(cyrus.account()) as mailbox:
        for folder in mailbox.folders():
            readings = list(mailbox.read(folder))
            if readings:
                mailbox.raw(readings[0][1].locator)
    assert state() == before


@pytest.mark.othervendors
def test_a_proxy_user_opens_the_mailbox_on_cyrus(cyrus: Vendor) -> None:
    secret = SecretReference(SecretKind.COMMAND, f"printf %s {PROXY_PASSWORD}")
    server = replace(cyrus.server(), user=PROXY, act_as=USER, login=Login.PLAIN, secret=secret)
    with open_mailbox(replace(cyrus.account(), server=server)) as mailbox:
        assert "INBOX/Sent" in [folder.path for folder in mailbox.folders() if folder.wanted]
    other = replace(cyrus.server(), act_as=PROXY, login=Login.PLAIN)
    with pytest.raises(LoginRefused), open_mailbox(replace(cyrus.account(), server=other)):
        pass


@pytest.mark.othervendors
def test_a_rebuilt_folder_of_courier_loses_the_cursor(courier: Vendor) -> None:
    courier.fill(many_forms()[:1])

    def first() -> Cursor:
        with open_mailbox(courier.account()) as mailbox:
            folder = next(folder for folder in mailbox.folders() if folder.wanted)
            return next(iter(mailbox.read(folder)))[0]

    old = first()
    database = courier.overlay.root / "var/lib/mbmail/Maildir/.Sent/courierimapuiddb"
    header, _, rest = database.read_text().partition("\n")
    version, validity, *others = header.split(" ")
    database.write_text(" ".join((version, str(int(validity) + 1), *others)) + "\n" + rest)
    with open_mailbox(courier.account()) as mailbox:
        folder = next(folder for folder in mailbox.folders() if folder.wanted)
        with pytest.raises(CursorLost, match="UIDVALIDITY"):
            next(mailbox.read(folder, old))
