"""A server that dates mail later than now shows that one of the clocks is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.authority import Authority
from tests.cli.command import missedbcc
from tests.connectors.hostile_imap import Script, hostile, server_context


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
