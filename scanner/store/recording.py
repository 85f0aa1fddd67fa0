"""How one stretch of a folder is written into the case: its counts and cursor, candidates, evidence and the rest."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scanner.store import tables
from scanner.store.evidence import keep_received
from scanner.store.folders import forget_unreadable, retire, save_folder, still_closed
from scanner.store.keeping import find_again, keep, upsert
from scanner.store.records import Found
from scanner.store.runs import save_policy


def record(connection: Connection, found: Found) -> int:
    """Write what a stretch held; gives how many messages of earlier readings were not found again, see `retire`."""
    save_policy(connection, found.policy)
    place = save_folder(connection, found)
    if found.restart:
        connection.execute(sa.delete(tables.unreadable).where(tables.unreadable.c.folder == place.folder))
    rows: list[dict[str, object]] = [
        {"folder": place.folder, "key": entry.locator.key, "reason": entry.reason} for entry in found.unreadable
    ]
    upsert(connection, tables.unreadable, rows, "folder", "key")
    forget_unreadable(connection, place, found.mended)
    keep(connection, place, found.candidates)
    find_again(connection, place, found.still_there)
    if place.reading > 1:
        still_closed(connection, place, [*(entry.locator.key for entry in found.unreadable), *found.passed])
    keep_received(connection, found.received)
    return retire(connection, place) if place.ends_again else 0
