"""How folders, and how far they were read, are kept."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from scanner.coverage import ChosenBy, Coverage, as_said_now
from scanner.policy import Policy
from scanner.store import tables
from scanner.store.chunks import chunks
from scanner.store.facts import to_policy
from scanner.store.keeping import Place
from scanner.store.records import Found, Held, Progress

# Made once: to put them together takes longer than to run them, and they run with every stretch that is saved.
_BEFORE: Final = sa.select(tables.folder.c.id, tables.folder.c.reading, tables.folder.c.finished).where(
    tables.folder.c.account == sa.bindparam("of"), tables.folder.c.path == sa.bindparam("called")
)
_HOLDS: Final = tables.folder.c.id == tables.location.c.folder
_AFTER: Final = sa.update(tables.folder).where(tables.folder.c.id == sa.bindparam("row"))


def save_folder(connection: Connection, found: Found) -> Place:
    """Write how far a folder was read; gives where its messages are to be kept."""
    coverage = found.coverage
    before = connection.execute(_BEFORE, {"of": coverage.account, "called": coverage.folder}).one_or_none()
    values = {
        "chosen_by": coverage.chosen_by,
        "expected": coverage.expected,
        "read": coverage.read,
        "unreadable": coverage.unreadable,
        "skipped": coverage.skipped,
        "oldest": coverage.oldest,
        "newest": coverage.newest,
        "trouble": coverage.trouble,
        "finished": coverage.finished,
        "gone": coverage.gone,
        "cursor": found.cursor,
        "policy": found.policy.digest,
    }
    if before is None:
        row = {"account": coverage.account, "path": coverage.folder, "reading": 1, **values}
        made = connection.execute(tables.folder.insert().returning(tables.folder.c.id), row)
        return Place(made.scalar_one(), 1, found.read)
    reading = before.reading + found.restart
    ends = coverage.finished and reading > 1 and (found.restart or not before.finished)
    place = Place(before.id, reading, found.read, ends_again=ends)
    connection.execute(_AFTER, {"row": place.folder, "reading": place.reading, **values})
    return place


def retire(connection: Connection, place: Place) -> int:
    """Forget the places of earlier readings of messages that this reading found again; count those that it misses.

    The places of the latter stay, with the reading below 0 from now on: a folder that is read whole each time is not
    told next time to miss them again.
    """
    own = tables.location.c.folder == place.folder
    now = sa.select(tables.location.c.message).where(own, tables.location.c.reading == place.reading)
    earlier = own & (tables.location.c.reading < place.reading)
    connection.execute(sa.delete(tables.location).where(earlier, tables.location.c.message.in_(now)))
    new = earlier & (tables.location.c.reading > 0)
    lost = connection.scalar(sa.select(sa.func.count(tables.location.c.message.distinct())).where(new)) or 0
    if lost:
        connection.execute(sa.update(tables.location).where(new).values(reading=-tables.location.c.reading))
    return lost


def still_closed(connection: Connection, place: Place, keys: Collection[str]) -> None:
    """Take the places of kept messages into this reading, which cannot or need not read them: they may be there."""
    here, other = tables.location.c, tables.location.alias().c
    same = (other.folder == place.folder) & (other.key == here.key)
    latest = sa.select(sa.func.max(sa.func.abs(other.reading))).where(same).scalar_subquery()  # one was cut short
    for chunk in chunks(keys):
        which = (here.folder == place.folder) & here.key.in_(chunk) & (sa.func.abs(here.reading) == latest)
        connection.execute(sa.update(tables.location).where(which).values(reading=place.reading))


def held(connection: Connection, account: str, path: str) -> Held:
    """The messages of a folder that are kept."""
    own = (tables.folder.c.account == account) & (tables.folder.c.path == path)
    query = sa.select(tables.location.c.key, tables.location.c.digest, tables.message.c.date)
    joined = query.select_from(tables.location).join(tables.message).join(tables.folder, _HOLDS)
    rows = connection.execute(joined.where(own)).all()
    dates = frozenset(row.date for row in rows if row.date)
    return Held(dates, frozenset(row.digest for row in rows), frozenset(row.key for row in rows))


def forget_unreadable(connection: Connection, place: Place, keys: Collection[str]) -> None:
    """Take messages off the list of what could not be read."""
    for chunk in chunks(keys):
        own = (tables.unreadable.c.folder == place.folder) & tables.unreadable.c.key.in_(chunk)
        connection.execute(sa.delete(tables.unreadable).where(own))


def unreadable_keys(connection: Connection, account: str, path: str) -> list[str]:
    """The keys of a folder's messages that could not be read, sorted."""
    own = (tables.folder.c.account == account) & (tables.folder.c.path == path)
    return sorted(connection.scalars(sa.select(tables.unreadable.c.key).join(tables.folder).where(own)))


def read_folders(connection: Connection, account: str | None = None) -> list[Progress]:
    """The folders of one account, or of all."""
    query = sa.select(tables.folder, tables.policy.c.facts).join(tables.policy)
    if account is not None:
        query = query.where(tables.folder.c.account == account)
    policies: dict[str, Policy] = {}
    found = []
    for row in connection.execute(query):
        policy = policies.get(row.policy) or policies.setdefault(row.policy, to_policy(row.facts))
        found.append(Progress(_coverage(row), row.cursor, policy))
    return found


def _coverage(row: Row[Any]) -> Coverage:
    return Coverage(
        account=row.account,
        folder=row.path,
        chosen_by=ChosenBy(row.chosen_by),
        expected=row.expected,
        read=row.read,
        unreadable=row.unreadable,
        skipped=tuple((reason, count) for reason, count in row.skipped),
        oldest=row.oldest,
        newest=row.newest,
        trouble=as_said_now(row.trouble),
        finished=row.finished,
        gone=row.gone,
    )
