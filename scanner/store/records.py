"""What goes into the store and comes out of it, apart from the nouns of the root; no database is needed to hold it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from scanner.coverage import Coverage
from scanner.envelope import Envelope, Locator, Unreadable
from scanner.policy import Policy
from scanner.received import Received

WHOLE_ACCOUNT = ""
"""The folder name under which the coverage tells that an account could not be opened or listed."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one stretch of a folder held: saved as a whole or not at all.

    `coverage` is that of the folder up to the end of the stretch, earlier stretches and runs included. `cursor` stands
    behind the last message of the stretch; None when nothing was read yet. `policy` is the one that chose the
    candidates. `restart` says that the stretch begins at the folder's first message although it was read before. `read`
    is the moment at which all of it had been read, aware; None where nobody knows it. `mended` are the keys of messages
    that could not be read in an earlier run, and of which it is known now what they are, or that they are gone.
    `still_there` are messages that this reading would not keep, and that may be among those that earlier ones kept.
    `passed` are the keys of messages that it passed over, and that are there.
    """

    coverage: Coverage
    cursor: str | None
    policy: Policy
    restart: bool = False
    candidates: tuple[Envelope, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    received: tuple[Received, ...] = ()
    read: datetime | None = None
    mended: tuple[str, ...] = ()
    still_there: tuple[Envelope, ...] = ()
    passed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """By what the messages of a folder that are kept are told from nearly all others: dates, digests and keys.

    The date is that of the copy that says most, which another copy may have in another zone.
    """

    dates: frozenset[datetime] = frozenset()
    digests: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()

    def may_hold(self, envelope: Envelope) -> bool:
        """Whether a message may be one of them, wherever it lies now and whatever was added to it, or may quote one."""
        if not self.keys:
            return False
        return envelope.date in self.dates or envelope.digest in self.digests or envelope.locator.key in self.keys


NOTHING_HELD: Final = Held()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a folder was read, and by which policy its candidates were chosen last.

    Without a `cursor` although messages are accounted for, it was read by an earlier version that kept less of them.
    """

    coverage: Coverage
    cursor: str | None
    policy: Policy


@dataclass(frozen=True, slots=True)
class Matter:
    """What tells a case from every other: its name, and 32 secret bytes from which the ids of its people are made."""

    name: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """A candidate message and every place where a copy of it lies.

    `identity` never changes once given. `copies` are those that are needed to know everybody concerned: the one that
    says most first (one that was sent before a draft, one that names its Bcc before one that does not), and copies that
    name other people. `places` are sorted, each with the digest of the copy that lies there.
    """

    identity: str
    copies: tuple[Envelope, ...]
    places: tuple[tuple[Locator, str], ...]

    @property
    def envelope(self) -> Envelope:
        """The copy that says most."""
        return self.copies[0]

    @property
    def locations(self) -> tuple[Locator, ...]:
        """The places alone."""
        return tuple(place for place, _ in self.places)
