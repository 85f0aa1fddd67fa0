"""Mailboxes that open and cannot be read, and logins that may do more than read: `check` tells both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.authority import Authority
from tests.cli.command import Ended, missedbcc
from tests.connectors.hostile_imap import Script, Talk, header, hostile, server_context


class Closed(Script):
    """Lists and examines, and gives out only the messages from this UID on."""

    def __init__(self, given: int) -> None:
        super().__init__()
        self.given = given

    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        for uid in uids:
            if uid >= self.given:
                talk.send(self.item(uid, header(uid)))
        if min(uids, default=self.given) < self.given:
            talk.send(tag + b" NO [NOPERM] you may not read this\r\n")
        else:
            talk.send(tag + b" OK done\r\n")


class Acl(Script):
    """Says what the login may do (RFC 4314)."""

    capabilities = Script.capabilities + b" ACL"
    folders = b'* LIST (\\HasNoChildren \\Sent) "/" "Sent Items"\r\n'

    def __init__(self, answer: bytes) -> None:
        super().__init__()
        self.told = answer

    def answer(self, talk: Talk, line: bytes) -> None:
        tag, _, command = line.partition(b" ")
        if command.startswith(b"MYRIGHTS "):
            talk.send(self.told.replace(b"TAG", tag))
        else:
            super().answer(talk, line)


def checked(folder: Path, script: Script, *words: str) -> tuple[Ended, list[bytes]]:
    authority = Authority(folder / "authority")
    with hostile(script, authority, server_context(authority)) as running:
        (folder / "missedbcc.toml").write_text(
            f'[account.sales]\ntype = "imap"\nhost = "localhost"\nport = {running.port}\nuser = "sales"\n'
            f'secret = "command:printf x123"\nca_file = "{authority.file}"\nconnect_timeout = 5\n'
        )
        done = missedbcc(folder, "check", *words)
        return done, running.said(b"MYRIGHTS")


def of_sales(done: Ended) -> list[dict[str, Any]]:
    return [line for line in done.objects if line.get("subject") == "sales"]


def test_a_mailbox_whose_mail_cannot_be_read_fails(tmp_path: Path) -> None:
    done, _ = checked(tmp_path, Closed(100), "--json")
    assert done.code == 1
    failed, *rest = of_sales(done)
    assert failed["level"] == "failed"
    assert failed["sentence"].startswith("Sent: the first 3 messages cannot be read: ")
    assert "you may not read this" in failed["sentence"]
    assert "let this login read the folder" in failed["hint"]
    assert not [line for line in rest if "5 messages" in line["sentence"]]


def test_one_message_that_cannot_be_read_is_no_closed_mailbox(tmp_path: Path) -> None:
    done, _ = checked(tmp_path, Closed(2), "--json")
    assert done.code == 0
    warned, well, *_ = of_sales(done)
    assert (warned["level"], well["level"]) == ("warning", "ok")
    assert warned["sentence"].startswith("Sent: a message cannot be read: ")
    assert well["sentence"].startswith("Sent: 5 messages")


@pytest.mark.parametrize(
    ("answer", "rights"),
    [
        (b'* MYRIGHTS "Sent Items" lrswipkxtea\r\nTAG OK done\r\n', "lrswipkxtea"),
        (b"* MYRIGHTS {10}\r\nSent Items rwl\r\nTAG OK done\r\n", "rwl"),
        (b'* MYRIGHTS "Sent \\"x\\" Items" "lr"\r\nTAG OK done\r\n', "lr"),
        (b"* MYRIGHTS Sent lrcd\r\nTAG OK done\r\n", "lrcd"),
        (b'* MYRIGHTS "Sent Items" ""\r\nTAG OK done\r\n', ""),
        (b"TAG OK done\r\n", None),
        (b"TAG NO not today\r\n", None),
        (b"TAG BAD what\r\n", None),
    ],
)
def test_what_the_login_may_do_beyond_reading_is_information(tmp_path: Path, answer: bytes, rights: str | None) -> None:
    done, asked = checked(tmp_path, Acl(answer), "--json")
    assert done.code == 0
    assert asked == [b'MYRIGHTS "Sent Items"']
    told = next(line for line in of_sales(done) if "rights" in line)
    assert (told["level"], told["rights"]) == ("ok", rights)
    more = None if rights is None else [letter for letter in rights if letter not in "lr"]
    assert told["too_much"] == more
    if rights is None:
        assert "cannot be told" in told["sentence"]
    else:
        assert ("may do more there than read" in told["sentence"]) is bool(more)


def test_a_server_without_rights_is_not_asked_for_them(tmp_path: Path) -> None:
    done, asked = checked(tmp_path, Script())
    assert (done.code, asked) == (0, [])
    assert "Sent: the server does not say what the login may do there" in done.out
