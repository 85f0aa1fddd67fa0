"""The command against a real server, by way of a config file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import CANARY, message, missedbcc
from tests.dovecot import PASSWORD, Dovecot

pytestmark = pytest.mark.dovecot


RIGHT = 'secret = "env:MAIL_PASSWORD"'


def config(folder: Path, server: Dovecot, name: str, *lines: str) -> None:
    (folder / "missedbcc.toml").write_text(
        '[organisation]\ninternal = ["corp.example"]\n'
        f'[account.{name}]\ntype = "imap"\nhost = "localhost"\nport = {server.port}\nuser = "{server.address(name)}"\n'
        f'ca_file = "{server.authority.file}"\n' + "\n".join(lines)
    )


def test_an_account_is_checked_and_scanned(tmp_path: Path, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    dovecot.fill("cli", [message(number, many) for number, many in enumerate([1, 2, 12, 30])])
    dovecot.fill("cli", [message(9, 20)], "INBOX")
    config(tmp_path, dovecot, "cli", RIGHT)
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    before = dovecot.state("cli")
    checked = missedbcc(tmp_path, "check")
    assert checked.code == 0
    assert "cli: Sent: 4 messages (special use \\Sent)." in checked.out
    scanned = missedbcc(tmp_path, "scan", "cli")
    assert scanned.code == 4
    assert "cli: Sent: 4 of 4 read" in scanned.err
    assert "Found 2 incidents; 42 people affected." in scanned.err
    assert CANARY not in checked.out + checked.err + scanned.out + scanned.err
    assert PASSWORD not in checked.out + checked.err + scanned.out + scanned.err
    assert missedbcc(tmp_path, "scan").code == 0
    assert dovecot.state("cli") == before


@pytest.mark.parametrize(
    ("name", "line", "told"),
    [
        ("wrong", 'secret = "env:WRONG_PASSWORD"', "wrong"),
        ("none", 'secret = "env:NOT_SET"', "The environment variable NOT_SET is not set."),
        ("far", f"{RIGHT}\nconnect_timeout = 2", "imap.invalid"),
    ],
)
def test_each_failure_of_an_account_is_one_sentence_and_the_next_step(
    tmp_path: Path, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch, name: str, line: str, told: str
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    monkeypatch.setenv("WRONG_PASSWORD", "hunter2")
    config(tmp_path, dovecot, name, line)
    file = tmp_path / "missedbcc.toml"
    if name == "far":
        file.write_text(file.read_text().replace('"localhost"', '"imap.invalid"'))
    scanned = missedbcc(tmp_path, "scan")
    assert (scanned.code, scanned.out) == (1, "")
    trouble, hint, *_ = scanned.err.splitlines()
    assert trouble.startswith(f"{name}: ")
    assert told in trouble
    assert hint.startswith("  ")
    checked = missedbcc(tmp_path, "check")
    assert checked.code == (2 if name == "none" else 1)
    assert trouble in checked.out
    assert "hunter2" not in scanned.err + checked.out


def test_a_mailbox_without_sent_mail_is_never_nothing_found(
    tmp_path: Path, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    config(tmp_path, dovecot, "fresh", RIGHT, 'sent_folders = ["Verschickt"]')
    scanned = missedbcc(tmp_path, "scan")
    assert scanned.code == 1
    assert "Verschickt" in scanned.err


def test_beside_a_sent_folder_that_is_not_there_the_others_are_read(
    tmp_path: Path, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was renamed: what is sent from the other folders meanwhile is not left unread until somebody corrects that."""
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    dovecot.fill("two", [message(number, many) for number, many in enumerate([1, 12])])
    dovecot.fill("two", [message(2, 14)], "Outgoing")
    config(tmp_path, dovecot, "two", RIGHT, 'sent_folders = ["Sent", "Outgoing"]')
    assert missedbcc(tmp_path, "scan").code == 4
    dovecot.doveadm("mailbox", "rename", "-u", dovecot.address("two"), "Outgoing", "Posted")
    dovecot.fill("two", [message(3, 16)])
    scanned = missedbcc(tmp_path, "scan", "--json")
    result = scanned.objects[-1]
    assert (scanned.code, result["new"], result["known"], result["read_earlier"]) == (3, 1, 2, 2)
    troubles = [line["sentence"] for line in scanned.objects if line["event"] == "trouble"]
    assert troubles == ["The settings name a sent folder that the account does not have: Outgoing."]
    again = missedbcc(tmp_path, "scan", "--json")
    assert (again.code, again.objects[-1]["new"]) == (3, 0)
    config(tmp_path, dovecot, "two", RIGHT, 'sent_folders = ["Sent", "Posted"]')
    assert missedbcc(tmp_path, "scan").code == 3  # told once: the folder that was read has another name now
    assert missedbcc(tmp_path, "scan").code == 0
