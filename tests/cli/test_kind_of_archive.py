"""A folder that holds another kind of archive than before is read anew, and nothing is doubled."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

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
