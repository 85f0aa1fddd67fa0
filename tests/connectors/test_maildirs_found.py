"""Maildirs that lie in one another, or beside one another, are read once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from scanner.connectors import open_mailbox
from scanner.connectors.discover import discover
from tests.connectors.test_discover import maildir


def read(given: Path) -> Counter[str]:
    """How often each message is read, by the folder in which it lies, and "" for each account."""
    found: Counter[str] = Counter()
    for account in discover(given).accounts:
        found[""] += 1
        with open_mailbox(account) as mailbox:
            for folder in mailbox.folders():
                for _, reading in mailbox.read(folder):
                    found[mailbox.raw(reading.locator).decode()] += 1
    return found


@pytest.mark.parametrize(
    "folders",
    [
        ("Sent", ".Sent/z/q"),
        ("Sent", "anna", "anna/deep/x"),
        ("Sent", "people/anna", "people/anna/.Sent"),
        (".Sent", "Sent"),
        (".Sent", "Sent", ".Sent/z", "Sent/z"),
    ],
)
def test_each_is_read_once_by_one_account(tmp_path: Path, folders: tuple[str, ...]) -> None:
    for name in folders:
        maildir(tmp_path, name)
        (tmp_path / name / "cur" / "1.M1P1.host:2,S").write_text(f"From: {name}@x.example\nSubject: 1\n\n")
    assert read(tmp_path) == {"": 1, **{f"From: {name}@x.example\nSubject: 1\n\n": 1 for name in folders}}
