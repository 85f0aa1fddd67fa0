"""Servers that date mail later than now, or hang: `check` says so, and goes on with the others."""

from __future__ import annotations

import sys
from math import inf
from pathlib import Path

import pytest

from tests.authority import Authority
from tests.cli.command import missedbcc
from tests.connectors.hostile_imap import Script, Talk, hostile, server_context


class Dated(Script):
    """All mail came in in this year."""

    def __init__(self, year: bytes) -> None:
        super().__init__()
        self.year = year

    def item(self, uid: int, body: bytes, key: bytes = b"BODY[HEADER.FIELDS (TO CC)]") -> bytes:
        return super().item(uid, body, key).replace(b"02-Mar-2026", b"02-Mar-" + self.year)


@pytest.mark.parametrize(("year", "told"), [(b"2026", False), (b"2099", True)])
def test_mail_that_is_to_come_is_told(tmp_path: Path, year: bytes, told: bool) -> None:
    authority = Authority(tmp_path / "authority")
    with hostile(Dated(year), authority, server_context(authority)) as running:
        (tmp_path / "missedbcc.toml").write_text(
            f'[account.sales]\ntype = "imap"\nhost = "localhost"\nport = {running.port}\nuser = "sales"\n'
            f'secret = "command:printf x123"\nca_file = "{authority.file}"\n'
        )
        done = missedbcc(tmp_path, "check")
    assert done.code == 0
    assert "Sent: 5 messages (special use" in done.out
    assert ("The server dates a message 2099-03-02 09:00 UTC, which is to come." in done.out) is told


class Hanging(Script):
    """Logs in, and says nothing more; the other account is answered meanwhile."""

    def on_list(self, talk: Talk, tag: bytes, command: bytes) -> None:
        talk.hang()


def test_an_account_that_hangs_holds_up_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check = sys.modules["scanner.cli.check"]
    monkeypatch.setattr(check, "_patience", lambda account: 15.0 if account.name == "aaa" else inf)
    authority = Authority(tmp_path / "authority")
    context = server_context(authority)
    with hostile(Hanging(), authority, context) as stuck, hostile(Script(), authority, context) as well:
        (tmp_path / "missedbcc.toml").write_text(
            "".join(
                f'[account.{name}]\ntype = "imap"\nhost = "localhost"\nport = {running.port}\nuser = "sales"\n'
                f'secret = "command:printf x123"\nca_file = "{authority.file}"\n'
                for name, running in (("aaa", stuck), ("zzz", well))
            )
        )
        done = missedbcc(tmp_path, "check", "--json")
    found = [(line["subject"], line["level"], line["sentence"]) for line in done.objects if line["event"] == "check"]
    theirs = [one for one in found if one[0] in ("aaa", "zzz")]
    assert theirs[0][:2] == ("aaa", "failed")
    assert "within 15 seconds" in theirs[0][2]
    assert theirs[1] == ("zzz", "ok", "Sent: 5 messages (special use \\Sent).")
    assert done.code == 1


def test_all_of_it_may_take_no_longer_than_it_is_given(tmp_path: Path) -> None:
    """Six mailboxes that hang, of which four are tried at a time: those that had no turn are told as well."""
    authority = Authority(tmp_path / "authority")
    with hostile(Hanging(), authority, server_context(authority)) as stuck:
        accounts = "".join(
            f'[account.box{number}]\ntype = "imap"\nhost = "localhost"\nport = {stuck.port}\nuser = "sales"\n'
            f'secret = "command:printf x123"\nca_file = "{authority.file}"\nread_timeout = 600\n'
            for number in range(6)
        )
        (tmp_path / "missedbcc.toml").write_text(accounts)
        done = missedbcc(tmp_path, "check", "--timeout", "3", "--json")
    told = [line for line in done.objects if line.get("subject", "").startswith("box")]
    assert [line["level"] for line in told] == ["failed"] * 6
    assert {line["sentence"] for line in told} == {
        "It was not tried to its end within the 3 seconds that --timeout gives to all."
    }
    assert told[3]["hint"].startswith("Try it by itself: missedbcc check box3.")
    assert done.code == 1
