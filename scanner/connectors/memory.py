"""A mailbox made of lists: the fastest source, and the model of how the others must behave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from scanner.connectors.folder_marks import folder_marks
from scanner.connectors.interface import Cursor, Folder
from scanner.coverage import ChosenBy
from scanner.envelope import Envelope, Locator, Reading, Unreadable
from scanner.errors import SourceError
from scanner.headers import parse_envelope


@dataclass(frozen=True)
class MemoryMailbox:
    """Whole messages (bytes) by folder; a `str` in place of bytes is a message that cannot be read, and why.

    Folders of `received` mail are read as evidence, `unwanted` ones are not read.
    """

    account: str
    messages: Mapping[str, Sequence[bytes | str]]
    unwanted: frozenset[str] = field(default_factory=frozenset)
    received: frozenset[str] = field(default_factory=frozenset)

    def folders(self) -> Iterator[Folder]:
        """The folders in the order of the mapping."""
        for path, held in self.messages.items():
            mixed = ChosenBy.HISTORY if path in self.received else ChosenBy.ARCHIVE
            yield Folder(self.account, path, len(held), ChosenBy.NOT_SENT if path in self.unwanted else mixed)

    def gives_whole(self, folder: Folder) -> bool:
        """Always."""
        return folder.path in self.messages

    def read(self, folder: Folder, after: Cursor | None = None) -> Iterator[tuple[Cursor, Reading]]:
        """Messages by position; the cursor is the position of the last one given, counting from 1."""
        held = self.messages[folder.path]
        marks = folder_marks(folder.path)
        for number in range(int(after or 0), len(held)):
            locator = Locator(self.account, folder.path, str(number + 1))
            message = held[number]
            if isinstance(message, str):
                yield Cursor(str(number + 1)), Unreadable(locator, message)
            else:
                yield Cursor(str(number + 1)), parse_envelope(message, locator, size=len(message), marks=marks)

    def thread(self, envelope: Envelope) -> Iterator[Reading]:
        """The messages whose Message-ID this one names in In-Reply-To or References."""
        wanted = {*envelope.in_reply_to, *envelope.references}
        for folder in self.folders():
            for _, reading in self.read(folder):
                if isinstance(reading, Envelope) and reading.message_id in wanted:
                    yield reading

    def raw(self, locator: Locator) -> bytes:
        """The bytes as they were put in."""
        try:
            message = self.messages[locator.folder][int(locator.key) - 1]
        except (KeyError, IndexError):
            raise SourceError(f"There is no message {locator}.") from None
        if isinstance(message, str):
            raise SourceError(f"The message {locator} cannot be read: {message}")
        return message
