"""Reading from a scripted server, and what became of each message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from scanner.connectors.imap import ImapMailbox
from scanner.connectors.interface import Cursor, Folder
from scanner.connectors.retry import Patience
from scanner.coverage import ChosenBy
from scanner.envelope import Envelope, Reading, Skipped, Unreadable
from tests.connectors.hostile_imap import HostileImap, Script

SENT = Folder("alice", "Sent", None, ChosenBy.SPECIAL_USE)
Serve = Callable[[Script], HostileImap]


class Naps(list[float]):
    """Sleeping, without sleep."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def mailbox(running: HostileImap, naps: Naps | None = None, **changes: object) -> ImapMailbox:
    server = running.server(**changes)
    return ImapMailbox(
        replace(running.account(), server=server), server, Patience(sleep=Naps() if naps is None else naps)
    )


def read(running: HostileImap, after: str | None = None, naps: Naps | None = None) -> list[tuple[Cursor, Reading]]:
    box = mailbox(running, naps)
    try:
        return list(box.read(SENT, Cursor(after) if after else None))
    finally:
        box.close()


def outcome(readings: list[tuple[Cursor, Reading]]) -> dict[int, str]:
    """What became of each UID; a UID that comes twice fails."""
    result: dict[int, str] = {}
    for cursor, reading in readings:
        uid = int(cursor.split("/")[1])
        assert uid not in result
        assert cursor == reading.locator.key or cursor.startswith(f"{reading.locator.key}/")
        kinds = {Envelope: "read", Unreadable: "unreadable", Skipped: "skipped"}
        result[uid] = next(name for kind, name in kinds.items() if isinstance(reading, kind))
    assert list(result) == sorted(result)
    return result


def reasons(readings: list[tuple[Cursor, Reading]]) -> list[str]:
    return [reading.reason for _, reading in readings if not isinstance(reading, Envelope)]


def all_read(uids: range) -> dict[int, str]:
    return dict.fromkeys(uids, "read")
