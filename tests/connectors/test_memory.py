"""The mailbox made of lists, against the contract that the others are measured by."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from scanner.account import Account
from scanner.connectors.interface import Mailbox
from scanner.connectors.memory import MemoryMailbox
from scanner.coverage import ChosenBy
from scanner.envelope import Envelope, Locator, Mark, Unreadable
from scanner.errors import SourceError
from tests.contract import LETTERS, MailboxContract, read_all


class TestMemory(MailboxContract):
    held: Sequence[bytes] = ()

    def make(self, place: Path, letters: Sequence[bytes]) -> Account:
        self.held = letters
        return Account("memory", "memory")

    def open(self, account: Account) -> AbstractContextManager[Mailbox]:
        return nullcontext(MemoryMailbox(account.name, {"Sent": self.held}))


def test_a_message_that_cannot_be_read_says_why() -> None:
    mailbox = MemoryMailbox("memory", {"Sent": [LETTERS[0], "The disk is gone."]})
    (_, first), (_, second) = read_all(mailbox)
    assert isinstance(first, Envelope)
    assert second == Unreadable(Locator("memory", "Sent", "2"), "The disk is gone.")
    with pytest.raises(SourceError, match="The disk is gone"):
        mailbox.raw(second.locator)


def test_an_unwanted_folder_is_listed_and_not_chosen() -> None:
    mailbox = MemoryMailbox("memory", {"Sent": [], "INBOX": LETTERS}, frozenset({"INBOX"}))
    assert [(folder.path, folder.messages, folder.chosen_by) for folder in mailbox.folders()] == [
        ("Sent", 0, ChosenBy.ARCHIVE),
        ("INBOX", len(LETTERS), ChosenBy.NOT_SENT),
    ]


def test_the_name_of_the_folder_marks_its_messages() -> None:
    mailbox = MemoryMailbox("memory", {name: LETTERS[:1] for name in ("Gesendet", "Entwürfe", "Projects")})
    marks = [reading.marks for _, reading in read_all(mailbox) if isinstance(reading, Envelope)]
    assert marks == [{Mark.SENT}, {Mark.DRAFT}, frozenset()]
