"""A folder that holds another kind of archive than before is read anew, and nothing is doubled."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.account import Account
from scanner.connectors import open_mailbox
from scanner.connectors.interface import Cursor, CursorLost
from tests.cli.command import mbox, message, scan

SENT = [message(number, 12) for number in range(3)]


def maildir(place: Path) -> None:
    for folder in (place, place / ".Sent"):
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(SENT):
        (place / ".Sent" / "cur" / f"{number}.M1.host:2,S").write_bytes(one)


def boxes(place: Path) -> None:
    place.mkdir()
    mbox(place / "Sent", SENT)
    mbox(place / "Inbox", [message(9, author="ann@shop.example")])


@pytest.mark.parametrize("configured", [False, True])
def test_a_maildir_that_is_mbox_files_now_and_back(tmp_path: Path, configured: bool) -> None:
    words = [] if configured else ["mail"]
    for kind, make, code in (("maildir", maildir, 4), ("mbox", boxes, 0), ("maildir", maildir, 0)):
        if configured:
            (tmp_path / "missedbcc.toml").write_text(f'[account.archive]\ntype = "{kind}"\npath = "mail"\n')
        shutil.rmtree(tmp_path / "mail", ignore_errors=True)
        make(tmp_path / "mail")
        told = scan(tmp_path, *words, code=code)
        assert f"Found {len(SENT)} incidents" in told
        assert ("read again from its start" in told) == (kind == "mbox")
        scan(tmp_path, *words, code=0)


@pytest.mark.parametrize("cursor", ["0b1c2d3e:1.eml", "12345678:3.M1.host", "7/1/2", "L - - 0"])
def test_a_cursor_of_another_kind_of_mailbox_is_lost(tmp_path: Path, cursor: str) -> None:
    with open_mailbox(Account("archive", "mbox", mbox(tmp_path / "Sent", SENT))) as opened:
        (folder,) = opened.folders()
        with pytest.raises(CursorLost, match="not ours"):
            next(opened.read(folder, Cursor(cursor)))


def letters(place: Path) -> None:
    place.mkdir(exist_ok=True)
    for number, one in enumerate(SENT):
        (place / f"{number}.eml").write_bytes(one)


@pytest.mark.parametrize(("first", "then"), [(letters, "boxes"), (letters, "maildir"), (boxes, "maildir")])
def test_another_kind_of_archive_may_come_to_lie_beside_one(
    tmp_path: Path, first: Callable[[Path], None], then: str
) -> None:
    place = tmp_path / "mail"
    first(place)
    scan(tmp_path, "mail", code=4)
    before = {*place.iterdir()}
    if then == "boxes":
        mbox(place / "Sent", [message(8, 12)])
        mbox(place / "Inbox", [message(9, author="ann@shop.example")])
    else:
        for part in ("cur", "new", "tmp"):
            (place / part).mkdir()
        (place / "cur" / "8.M1.host:2,S").write_bytes(message(8, 12))
    assert "gone" not in scan(tmp_path, "mail", code=4)
    assert "gone" not in scan(tmp_path, "mail", code=0)
    for one in before:
        one.unlink()
    assert "read in an earlier run, is gone" in scan(tmp_path, "mail", code=3)
    scan(tmp_path, "mail", code=0)
