"""Mailboxes that break, forget and refuse when a test of the scan wants it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from scanner.account import Account
from scanner.connectors.interface import Cursor, CursorLost, Folder, Mailbox
from scanner.connectors.memory import MemoryMailbox
from scanner.coverage import ChosenBy, Coverage
from scanner.envelope import Envelope, Locator, Reading
from scanner.errors import SourceError


@dataclass
class Faulty:
    """A mailbox in memory. `breaks` raises an error in place of a message (counting from 1) of a folder."""

    account: str
    messages: dict[str, list[bytes | str]]
    unwanted: frozenset[str] = frozenset()
    breaks: dict[tuple[str, int], BaseException] = field(default_factory=dict)
    listing_breaks: SourceError | None = None
    forgotten: set[str] = field(default_factory=set)
    chosen_by: ChosenBy = ChosenBy.ARCHIVE
    received: frozenset[str] = frozenset()
    reads: list[tuple[str, Cursor | None]] = field(default_factory=list)

    def folders(self) -> Iterator[Folder]:
        for folder in self._memory().folders():
            yield folder if not folder.holds_sent else replace(folder, chosen_by=self.chosen_by)
        if self.listing_breaks:
            raise self.listing_breaks

    def read(self, folder: Folder, after: Cursor | None = None) -> Iterator[tuple[Cursor, Reading]]:
        self.reads.append((folder.path, after))
        if after is not None and folder.path in self.forgotten:
            raise CursorLost("The folder was rebuilt, so it is read again from its start.")
        for number, (cursor, reading) in enumerate(self._memory().read(folder, after), start=int(after or 0) + 1):
            if (folder.path, number) in self.breaks:
                raise self.breaks[folder.path, number]
            yield cursor, reading
        if (folder.path, 0) in self.breaks:  # behind the last message
            raise self.breaks[folder.path, 0]

    def thread(self, envelope: Envelope) -> Iterator[Reading]:
        return self._memory().thread(envelope)

    def raw(self, locator: Locator) -> bytes:
        return self._memory().raw(locator)

    def _memory(self) -> MemoryMailbox:
        return MemoryMailbox(self.account, self.messages, self.unwanted, self.received)


class Shelf:
    """The mailboxes of a test by account name, in place of the connectors; an error is what opening one raises."""

    def __init__(self, *mailboxes: Mailbox, **refused: SourceError) -> None:
        self.mailboxes = {mailbox.account: mailbox for mailbox in mailboxes}
        self.refused = refused

    @property
    def accounts(self) -> list[Account]:
        return [Account(name, "memory") for name in (*self.mailboxes, *self.refused)]

    @contextmanager
    def open(self, account: Account) -> Iterator[Mailbox]:
        if account.name in self.refused:
            raise self.refused[account.name]
        yield self.mailboxes[account.name]


class Log:
    """A watch that writes down what it is told."""

    def __init__(self) -> None:
        self.lines: list[tuple[Any, ...]] = []

    def said(self, kind: str) -> list[Any]:
        return [line[1] if len(line) == 2 else line[1:] for line in self.lines if line[0] == kind]

    def account_opened(self, account: str, folders: Sequence[Folder]) -> None:
        self.lines.append(("opened", account, len(folders)))

    def folder_started(self, folder: Folder, already_read: int) -> None:
        self.lines.append(("started", folder.path, already_read))

    def progress(self, folder: Folder, read: int, candidates: int) -> None:
        self.lines.append(("progress", folder.path, read, candidates))

    def folder_done(self, coverage: Coverage) -> None:
        self.lines.append(("done", coverage))

    def notice(self, sentence: str) -> None:
        self.lines.append(("notice", sentence))

    def trouble(self, account: str, error: SourceError) -> None:
        self.lines.append(("trouble", account, str(error)))
