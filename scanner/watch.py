"""Who is told how a scan goes, while it goes on, and who keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from scanner.case import Alarm
from scanner.connectors.interface import Folder
from scanner.coverage import Coverage
from scanner.errors import SourceError
from scanner.store.records import Found


class Watch(Protocol):
    """Who is told how a scan goes. Accounts are named; counts are of messages."""

    def account_opened(self, account: str, folders: Sequence[Folder]) -> None:
        """The account is open, and these are all its folders, the unwanted ones too."""
        ...

    def folder_started(self, folder: Folder, already_read: int) -> None:
        """A wanted folder is about to be read; `already_read` of its messages are behind the cursor."""
        ...

    def progress(self, folder: Folder, read: int, candidates: int) -> None:
        """Some four times a second: messages accounted for, `already_read` included, and candidates of this run."""
        ...

    def folder_done(self, coverage: Coverage) -> None:
        """The folder was read to its end, or as far as it went."""
        ...

    def notice(self, sentence: str) -> None:
        """Something that a reader should know, although nothing is missing because of it."""
        ...

    def trouble(self, account: str, error: SourceError) -> None:
        """The account, or one of its folders, could not be read to its end."""
        ...


class Told(Protocol):
    """Who keeps the sentences of a run."""

    troubles: list[str]

    def note(self, sentence: str) -> None:
        """What a reader should know although nothing is missing."""
        ...

    def alarm(self, alarm: Alarm, folder: Folder, sentence: str) -> None:
        """The same where somebody must hear it: kept with the next state of the folder that is recorded."""
        ...

    def record(self, found: Found) -> None:
        """Save a state of a folder, and tell what it no longer holds."""
        ...

    def keep_gone(self, *left: Found, sentence: str = "") -> None:
        """Something is no longer there, which is kept at the end; without a sentence it is told as trouble."""
        ...

    def fail(self, account: str, error: SourceError) -> None:
        """What could not be read."""
        ...


class Silent:
    """A watch that looks away."""

    def account_opened(self, account: str, folders: Sequence[Folder]) -> None:
        """Nothing."""

    def folder_started(self, folder: Folder, already_read: int) -> None:
        """Nothing."""

    def progress(self, folder: Folder, read: int, candidates: int) -> None:
        """Nothing."""

    def folder_done(self, coverage: Coverage) -> None:
        """Nothing."""

    def notice(self, sentence: str) -> None:
        """Nothing."""

    def trouble(self, account: str, error: SourceError) -> None:
        """Nothing."""
