"""A folder that loses its file of sent mail is searched as several mailboxes from then on: that loss is told, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import mail, missedbcc

_WORDS = ("--internal", "corp.example")


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A folder with sent and received mail that was scanned once."""
    folder = tmp_path / "box"
    folder.mkdir()
    mail(folder / "Sent.mbox", [12, 1])
    mail(folder / "Inbox.mbox", [1, 2])
    assert missedbcc(tmp_path, "scan", "box", *_WORDS).code == 4
    return folder


def test_a_file_of_sent_mail_that_is_gone_leaves_one_run_incomplete(tmp_path: Path, box: Path) -> None:
    (box / "Sent.mbox").unlink()
    found = missedbcc(tmp_path, "scan", "box", *_WORDS)
    assert found.code == 3
    assert "box: It is no longer in the folder that was searched." in found.err
    assert missedbcc(tmp_path, "scan", "box", *_WORDS).code == 0


@pytest.mark.usefixtures("box")
def test_a_folder_of_which_nothing_is_gone_is_complete_however_it_is_searched(tmp_path: Path) -> None:
    assert missedbcc(tmp_path, "scan", "box/Sent.mbox", "box/Inbox.mbox", *_WORDS).code == 0
    assert missedbcc(tmp_path, "scan", "box", *_WORDS).code == 0
