"""When the copies of messages were read from their places: kept from the first reading, whatever is read again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scanner.envelope import Locator
from scanner.store.chunks import chunks
from scanner.store.tables import folder, location, message


def first_readings(connection: Connection, own: int, keys: Iterable[str]) -> dict[tuple[str, str], datetime | None]:
    """When what lies in the folder of the row `own` under these keys was first read, by key and digest.

    A copy with another digest is another copy: it was not read before. None for what was first read by a version that
    did not keep the time: when it is read again is not when it was first read.
    """
    place = location.c
    found: dict[tuple[str, str], datetime | None] = {}
    for chunk in chunks(keys):
        query = sa.select(place.key, place.digest, sa.func.min(place.retrieved).label("first"))
        query = query.where(place.folder == own, place.key.in_(chunk))
        for row in connection.execute(query.group_by(place.key, place.digest)):
            found[row.key, row.digest] = row.first
    return found


def retrieved(connection: Connection, identities: Collection[str]) -> dict[Locator, datetime]:
    """When the copies of these messages were read, by their places; a place of which it is not known is left out."""
    place = location.c
    found: dict[Locator, datetime | None] = {}
    for chunk in chunks(sorted(identities)):
        query = sa.select(folder.c.account, folder.c.path, place.key, place.retrieved)
        query = query.select_from(location.join(folder).join(message)).where(message.c.identity.in_(chunk))
        last = query.order_by(sa.func.abs(place.reading))  # of two readings of a place the last one counts
        for row in connection.execute(last):
            found[Locator(row.account, row.path, row.key)] = row.retrieved
    return {where: when for where, when in found.items() if when is not None}
