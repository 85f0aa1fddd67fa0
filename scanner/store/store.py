"""The case database: runs, folders and how far they were read, candidates, and what could not be read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.engine import Connection, Engine, Row

from scanner.envelope import Envelope, Locator, Unreadable
from scanner.errors import CaseHeld
from scanner.store import decisions, tables
from scanner.store.chunks import chunks
from scanner.store.engine import keep_private, make, open_file, sentences, write_ahead
from scanner.store.evidence import keep_received, read_received, received_ids, received_numbers, register, registry
from scanner.store.facts import to_envelope
from scanner.store.folders import held, read_folders, unreadable_keys
from scanner.store.glance import is_held
from scanner.store.keeping import upsert
from scanner.store.migrations import make_current
from scanner.store.recording import record
from scanner.store.records import WHOLE_ACCOUNT, Found, Held, Kept, Matter, Progress
from scanner.store.retrieval import retrieved
from scanner.store.runs import last_number, read_runs, save_run

if TYPE_CHECKING:
    from scanner.case import Run
    from scanner.coverage import Coverage
    from scanner.decision import Readback
    from scanner.incident import Registry
    from scanner.policy import Policy
    from scanner.received import Received
    from scanner.store.answers import Ledger
    from scanner.store.logged import Taken
    from scanner.store.showings import Showing, Showings

_BY_AGE = (tables.message.c.date.is_(None), tables.message.c.date, tables.message.c.digest)
_PATIENCE = 0.25  # seconds: who only looks whether the case is held has its lock for an instant
_LOOKED_AT = 5.0  # seconds: who looks into the case has a part of its lock until a copy is made
_LOOK = 0.05  # seconds between two tries
_NEVER = datetime.max.replace(tzinfo=UTC)


class Store:
    """An opened case database. Every method raises StoreError, with the next step, when the database fails.

    Each method that writes is one transaction: after an error, or a kill, the state of the last one stands.
    """

    def __init__(self, path: Path, engine: Engine) -> None:
        self.path = path
        self._engine = engine
        self._lock = FileLock(f"{path}.lock", timeout=_PATIENCE, mode=0o600)

    @contextmanager
    def scanning(self) -> Iterator[None]:
        """Hold the case for one command. Raises StoreError when another command holds it.

        Who holds it may take hold again: a scan is a part of a command that goes on to write the workbook.
        """
        with sentences(self.path):
            try:
                self._take_hold()
            except Timeout as error:
                raise CaseHeld(
                    f"Another command is writing to {self.path}.", "Wait for it to end, or name another case folder."
                ) from error
        try:
            yield
        finally:
            try:
                if self._lock.lock_counter == 1:  # the file is merged, and closed, before others may take it for theirs
                    self._engine.dispose()
            finally:
                self._lock.release()

    def _take_hold(self) -> None:
        try:
            self._lock.acquire(poll_interval=_LOOK)
        except Timeout:
            if is_held(self.path):
                raise
            self._lock.acquire(_LOOKED_AT, poll_interval=_LOOK)

    def begin(self, run: Run) -> Run:
        """The run with its number; that of `run` is not looked at."""
        with self._writing() as connection:
            numbered = replace(run, id=last_number(connection) + 1)
            save_run(connection, numbered)
        return numbered

    def save(self, run: Run) -> None:
        """Write what became of a run that was begun."""
        with self._writing() as connection:
            save_run(connection, run)

    def record(self, *found: Found, telling: Callable[[int], Run | None] | None = None) -> int:
        """Save what stretches of folders held together with the cursors behind them.

        Gives how many messages that an earlier reading of a folder had found were not found again: more than 0 only
        at the end of a folder that was read again from its start. They stay in the case. Asked with this number,
        `telling` gives the run that is to be saved in the same transaction, with what is told of it.
        """
        with self._writing() as connection:
            lost = sum(record(connection, one) for one in found)
            if telling and (run := telling(lost)):
                save_run(connection, run)
        return lost

    def progress(self, account: str) -> dict[str, Progress]:
        """How far each folder of an account was read, by folder name."""
        with self._reading() as connection:
            return {found.coverage.folder: found for found in read_folders(connection, account)}

    def folders(self) -> Iterator[Progress]:
        """Every folder and how it was read, in the order of account and folder name."""
        with self._reading() as connection:
            read = read_folders(connection)
        shown = (one for one in read if one.coverage.folder != WHOLE_ACCOUNT or one.coverage.trouble)
        yield from sorted(shown, key=lambda one: (one.coverage.account, one.coverage.folder))

    def coverage(self) -> Iterator[Coverage]:
        """Every folder, in the order of account and folder name; a folder "" is an account that did not open."""
        return (found.coverage for found in self.folders())

    def unreadable(self) -> Iterator[Unreadable]:
        """Every message that could not be read, in the order of account, folder and key."""
        query = sa.select(tables.unreadable, tables.folder.c.account, tables.folder.c.path).join(tables.folder)
        with self._reading() as connection:
            read = [
                Unreadable(Locator(row.account, row.path, row.key), row.reason) for row in connection.execute(query)
            ]
        yield from sorted(read, key=lambda entry: _order(entry.locator))

    def unreadable_keys(self, account: str, folder: str) -> list[str]:
        """The keys of a folder's messages that could not be read, sorted."""
        with self._reading() as connection:
            return unreadable_keys(connection, account, folder)

    def held(self, account: str, folder: str) -> Held:
        """The messages of a folder that are kept."""
        with self._reading() as connection:
            return held(connection, account, folder)

    def runs(self) -> Iterator[Run]:
        """Every run, oldest first."""
        with self._reading() as connection:
            read = read_runs(connection)
        yield from read

    def last_run(self) -> int:
        """The number of the last run; 0 before the first."""
        with self._reading() as connection:
            return last_number(connection)

    def with_known_us(self, policy: Policy) -> Policy:
        """The policy; if it does not know what is internal, completed by what the last run that knew took for it."""
        if policy.knows_us:
            return policy
        runs = [run.policy for run in self.runs() if run.policy.knows_us]
        return replace(policy, internal=runs[-1].internal, own_addresses=runs[-1].own_addresses) if runs else policy

    def candidates(self) -> Iterator[Kept]:
        """Every candidate once, oldest first and those without a date last, however they were found."""
        with self._reading() as connection:
            numbers = list(connection.scalars(sa.select(tables.message.c.id).order_by(*_BY_AGE)))
        yield from self._kept(numbers)

    def envelopes(self) -> Iterator[Envelope]:
        """Of every candidate the copy that says most, where it was found first; in the order of `candidates`."""
        kept = tables.message.c
        with self._reading() as connection:
            numbers = list(connection.scalars(sa.select(kept.id).order_by(*_BY_AGE)))
        for chunk in chunks(numbers):
            with self._reading() as connection:
                rows = {row.id: row.facts for row in connection.execute(_facts(chunk))}
            yield from (to_envelope(rows[number]) for number in chunk if number in rows)

    def of(self, identities: Collection[str]) -> Iterator[Kept]:
        """The candidates with these identities, in the order of `candidates`; what is none of them gives nothing."""
        kept = tables.message.c
        found: list[Row[Any]] = []
        with self._reading() as connection:
            for chunk in chunks(sorted(set(identities))):
                query = sa.select(kept.id, kept.date, kept.digest).where(kept.identity.in_(chunk))
                found += connection.execute(query)
        found.sort(key=lambda row: (row.date is None, row.date or _NEVER, row.digest))
        yield from self._kept([row.id for row in found])

    def retrieved(self, identities: Collection[str]) -> dict[Locator, datetime]:
        """When the copies of these messages were first read, by place; a place of which nobody knows it is left out."""
        with self._reading() as connection:
            return retrieved(connection, identities)

    def received(self) -> Iterator[Received]:
        """Every message that is kept as evidence, oldest first and those without a date last, then by identity."""
        with self._reading() as connection:
            numbers = received_numbers(connection)
        for chunk in chunks(numbers):
            with self._reading() as connection:
                read = list(read_received(connection, chunk))
            yield from read

    def received_ids(self) -> frozenset[str]:
        """The Message-IDs of what is kept as evidence."""
        with self._reading() as connection:
            return received_ids(connection)

    def keeps_received(self) -> bool:
        """Whether anything is kept as evidence."""
        with self._reading() as connection:
            return connection.scalar(sa.select(tables.received.c.id).limit(1)) is not None

    def untraced(self, account: str, most: int) -> list[Kept]:
        """Candidates of an account of which nobody has asked yet what they answer, in the order they were found."""
        number, own = tables.untraced.c.message, tables.folder.c.account == account
        here = sa.select(tables.location.c.message).join(tables.folder).where(own)
        with self._reading() as connection:
            numbers = list(connection.scalars(sa.select(number).where(number.in_(here)).order_by(number).limit(most)))
        return list(self._kept(numbers))

    def traced(self, identities: Collection[str], found: Iterable[Received]) -> None:
        """What was asked about these candidates has been answered; keep what was found."""
        known = tables.message.c
        with self._writing() as connection:
            for chunk in chunks(identities):
                rows = sa.select(known.id).where(known.identity.in_(chunk))
                connection.execute(sa.delete(tables.untraced).where(tables.untraced.c.message.in_(rows)))
            keep_received(connection, found)

    def incident_ids(self) -> Registry:
        """The ids that incidents were given, by the identities of their messages."""
        with self._reading() as connection:
            return registry(connection)

    def register(self, ids: Mapping[str, str], aliases: Mapping[str, str]) -> None:
        """Remember the ids of incidents, by message identity, and of ids that are no longer used the present one."""
        with self._writing() as connection:
            standing = registry(connection).aliases
            register(connection, ids, aliases)
            decisions.join(connection, {old: now for old, now in aliases.items() if old not in standing})

    def _kept(self, numbers: Sequence[int]) -> Iterator[Kept]:
        """The candidates of these rows, a few hundred in memory at a time."""
        for chunk in chunks(numbers):
            with self._reading() as connection:
                rows = {row.id: row for row in connection.execute(_facts(chunk))}
                others = _further(connection, chunk)
                places = _places(connection, chunk)
            for number in chunk:
                if number in rows:  # a scan that goes on meanwhile may have joined it with another
                    row = rows[number]
                    yield _kept(row.identity, [row.facts, *others[number]], places[number])

    def matter(self) -> Matter:
        """What tells this case from every other; it never changes."""
        with self._reading() as connection:
            return decisions.matter(connection)

    def ledger(self) -> Ledger:
        """All answers that were read back, as they stand to one another."""
        with self._reading() as connection:
            return decisions.ledger(connection)

    def take(self, readback: Readback, source: str, read: datetime) -> Taken:
        """Take what somebody typed into a workbook of this case since it was last read from the file `source`."""
        with self._writing() as connection:
            return decisions.take(connection, readback, source, read)

    def would_take(self, readback: Readback, source: str, read: datetime) -> Taken:
        """What `take` would take, without taking it."""
        with self._reading() as connection:
            return decisions.judged(connection, readback, source, read)

    def settle(self, read: datetime) -> int:
        """Let what stands be right wherever something is open; gives how many conflicts and refusals those were."""
        with self._writing() as connection:
            return decisions.settle(connection, read)

    def begin_edition(self, run: int, written: datetime, name: str) -> int:
        """The number of the next workbook, which from now on shows the answers that stand now."""
        with self._writing() as connection:
            return decisions.begin_edition(connection, run, written, name)

    def finish_edition(self, number: int, digest: str, shown: Iterable[Showing]) -> None:
        """Remember that the workbook is written, with this digest, and what it shows of each incident."""
        with self._writing() as connection:
            decisions.finish_edition(connection, number, digest, shown)

    def known_digests(self, source: str) -> frozenset[str]:
        """The digests of workbooks as they were written, and of the file `source` as it was last read to its end."""
        with self._reading() as connection:
            return decisions.known_digests(connection, source)

    def workbooks(self) -> list[tuple[int, str]]:
        """The run and the name of each finished workbook, in the order of their making; "" where nobody noted it."""
        with self._reading() as connection:
            return decisions.workbooks(connection)

    def mark_read(self, source: str, digest: str) -> None:
        """Remember in which state a workbook was read to its end."""
        with self._writing() as connection:
            upsert(connection, tables.reading, [{"source": source, "digest": digest}], "source")

    def showings(self, before: int) -> Showings:
        """What the workbooks of the runs before this one showed."""
        with self._reading() as connection:
            return decisions.showings(connection, before)

    def come_to_rest(self) -> None:
        """Merge the write-ahead log into the file, unless others read it, and close the file until it is wanted again.

        Its octets are all there is then, and may be read: to close a file that SQLite has open drops SQLite's locks.
        """
        with sentences(self.path):
            with closing(self._engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._engine.dispose()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with sentences(self.path), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with sentences(self.path), self._engine.connect() as connection:
            yield connection


@contextmanager
def opened(path: Path) -> Iterator[Store]:
    """The store in the file, which is made when there is none and migrated when an older version made it."""
    with sentences(path):
        make(path)
        engine = open_file(path)
    try:
        with sentences(path):
            make_current(engine, path)
            keep_private(path)
            write_ahead(engine)
        yield Store(path, engine)
    finally:
        engine.dispose()


def _places(connection: Connection, numbers: list[int]) -> defaultdict[int, list[tuple[Locator, str]]]:
    """Of each message the places, sorted, each with the digest of the copy that lies there."""
    columns = (tables.location.c.message, tables.location.c.key, tables.location.c.digest)
    query = sa.select(*columns, tables.folder.c.account, tables.folder.c.path).join(tables.folder)
    query = query.where(tables.location.c.message.in_(numbers)).order_by(sa.func.abs(tables.location.c.reading))
    places: defaultdict[int, list[tuple[Locator, str]]] = defaultdict(list)
    for row in connection.execute(query):
        places[row.message].append((Locator(row.account, row.path, row.key), row.digest))
    for own in places.values():
        own.sort(key=lambda place: _order(place[0]))
    return places


def _facts(numbers: list[int]) -> sa.Select[Any]:
    kept = tables.message.c
    return sa.select(kept.id, kept.identity, kept.facts).where(kept.id.in_(numbers))


def _further(connection: Connection, numbers: list[int]) -> defaultdict[int, list[bytes]]:
    """Of each message the facts of the copies beside the most telling one."""
    columns = tables.further.c
    query = sa.select(columns.message, columns.facts).where(columns.message.in_(numbers))
    found: defaultdict[int, list[bytes]] = defaultdict(list)
    for number, facts in connection.execute(query.order_by(columns.message, columns.number)):
        found[number].append(facts)
    return found


def _kept(identity: str, facts: list[bytes], places: list[tuple[Locator, str]]) -> Kept:
    """The message with its copies at places where they lie now: a copy moves when its folder is rebuilt."""
    digests = dict(places)  # of two readings of a place, the one that comes last
    copies = tuple(_moved(to_envelope(copy), digests) for copy in facts)
    return Kept(identity, copies, tuple(digests.items()) or ((copies[0].locator, copies[0].digest),))


def _moved(envelope: Envelope, digests: dict[Locator, str]) -> Envelope:
    if envelope.locator in digests:
        return envelope
    same = [place for place, digest in digests.items() if digest == envelope.digest]
    return replace(envelope, locator=[*same, *digests, envelope.locator][0])


def _order(locator: Locator) -> tuple[str, str, str]:
    return locator.account, locator.folder, locator.key
