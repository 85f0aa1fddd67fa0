"""Where the messages of an archive lie, by their Message-ID: made when a thread is first asked for."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.connectors.interface import CursorLost, Mailbox
from scanner.envelope import Envelope, Locator
from scanner.errors import SourceError


class ThreadIndex:
    """Locators by Message-ID.

    An archive has no index of its own, so the first question reads every header of every folder once (as long as a
    scan) and keeps about 300 bytes a message; later questions cost nothing. Folders that cannot be read to their end
    give what they gave.
    """

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._places: dict[str, list[Locator]] | None = None

    def find(self, envelope: Envelope) -> Iterator[Locator]:
        """The messages whose Message-ID this one names in In-Reply-To or References, in the order of the archive."""
        wanted = dict.fromkeys((*envelope.in_reply_to, *envelope.references))
        if not wanted:
            return
        if self._places is None:
            self._places = self._read()
        found = [place for name in wanted for place in self._places.get(name, ())]
        yield from dict.fromkeys(found)

    def _read(self) -> dict[str, list[Locator]]:
        places: dict[str, list[Locator]] = {}
        for folder in self._mailbox.folders():
            try:
                for _, reading in self._mailbox.read(folder):
                    if isinstance(reading, Envelope) and (name := reading.outline.message_id):
                        places.setdefault(name, []).append(reading.locator)
            except (SourceError, CursorLost):
                continue
        return places
