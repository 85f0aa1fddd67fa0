"""The one thing every connector is: a mailbox that can be listed and read, and never changed."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import NewType, Protocol, runtime_checkable

from scanner.coverage import ChosenBy
from scanner.envelope import Envelope, Locator, Reading
from scanner.errors import SourceGone

Cursor = NewType("Cursor", str)
"""How far a folder was read. Only the connector that made it looks inside."""


@dataclass(frozen=True, slots=True)
class Folder:
    """One container of messages.

    `path` is the decoded name, for people and for the case. `messages` is how many the source says it holds, None
    when it does not say before reading. `chosen_by` says whether, and by which rule, it is to be read.
    """

    account: str
    path: str
    messages: int | None
    chosen_by: ChosenBy

    @property
    def wanted(self) -> bool:
        """Whether it is read."""
        return self.chosen_by is not ChosenBy.NOT_SENT

    @property
    def holds_sent(self) -> bool:
        """Whether it is read for the mail that was sent from it, and not as evidence only."""
        return self.chosen_by not in (ChosenBy.NOT_SENT, ChosenBy.HISTORY)


class Mailbox(Protocol):
    """Somebody's mail. There is no method that writes, moves, marks or deletes.

    A `SourceError` ends the mailbox or, raised from `read`, the folder; trouble with one message is an `Unreadable`.
    """

    @property
    def account(self) -> str:
        """The name of the account, as in every locator."""
        ...

    def folders(self) -> Iterator[Folder]:
        """All folders, the unwanted ones too, in a stable order."""
        ...

    def read(self, folder: Folder, after: Cursor | None = None) -> Iterator[tuple[Cursor, Reading]]:
        """Each message of a folder with the cursor that stands behind it, in a stable order.

        Reading again with a cursor gives what follows it and nothing that came before, as long as the folder was not
        rebuilt; a connector that sees a rebuilt folder (a new UIDVALIDITY, a shrunken file) starts from its beginning
        and says so by raising `CursorLost` before the first reading.
        """
        ...

    def thread(self, envelope: Envelope) -> Iterator[Reading]:
        """The earlier messages that this one answers, as far as the source can find them."""
        ...

    def raw(self, locator: Locator) -> bytes:
        """The whole message, byte for byte: for evidence and content rules only."""
        ...


@dataclass(frozen=True, slots=True)
class End:
    """The end of a folder: the cursor behind it, and how many of all messages that were given are still there."""

    cursor: Cursor
    held: int


@runtime_checkable
class CatchesUp(Protocol):
    """A mailbox that knows more at the end of a folder than its last reading could say, such as a link for what is new.

    Reading again from there gives what follows, as from the cursor of the last reading, and costs less.
    """

    def caught_up(self, folder: Folder) -> End | None:
        """The end of a folder that `read` gave to its end; None when it did not."""
        ...


@runtime_checkable
class GivesWhole(Protocol):
    """A mailbox of which whole messages can be had for the asking, without more rights than their headers need."""

    def gives_whole(self, folder: Folder) -> bool:
        """Whether `raw` of a message in this folder takes no longer than the message is large."""
        ...


@runtime_checkable
class Counting(Protocol):
    """A mailbox whose messages may go while others come: it tells how many are left of those that were read."""

    def behind(self, folder: Folder, cursor: Cursor, held: int | None = None) -> int:
        """How many messages the source holds up to the cursor. Raises `CursorLost` as `read` does.

        `held` is how many were there before: as long as there are not more now, they need not be listed to be counted.
        """
        ...


@runtime_checkable
class Recounts(Protocol):
    """A mailbox that counts a folder once more when it opens it: what it does not list of that was not read."""

    def counted(self, folder: Folder) -> int | None:
        """How many messages a folder held that was just read to its end, without those deleted or come meanwhile.

        `folder.messages` is taken into account. None where nothing of the folder was read.
        """
        ...


@runtime_checkable
class ComesInBatches(Protocol):
    """A mailbox whose messages cross a line in batches: a run that is killed pays for those since the last saving."""

    @property
    def batch(self) -> int:
        """How many messages of it to save at a time."""
        ...


@runtime_checkable
class TriesAgain(Mailbox, Protocol):
    """A mailbox whose source may give tomorrow what it did not give today."""

    def again(self, folder: Folder, keys: Sequence[str]) -> Iterator[Reading]:
        """What becomes of these messages, which could not be read, by their locators' keys; each by itself."""
        ...


@runtime_checkable
class LearnsKeys(TriesAgain, Protocol):
    """A mailbox in which a message that could not be read may get a key of its own only when it can be."""

    def key_before(self, locator: Locator) -> str:
        """The key under which a message that `again` gave had been told as unreadable."""
        ...


@runtime_checkable
class PassesOver(Protocol):
    """A mailbox that lists fewer folders than it has, since its settings want no others."""

    def passed_over(self, paths: Container[str]) -> Iterator[Folder]:
        """Those of these folders that are there, and that `folders` did not list: earlier settings wanted them.

        Raises `SourceError` where they cannot be listed.
        """
        ...


@runtime_checkable
class TellsRights(Protocol):
    """A mailbox whose source may say what the login is allowed to do with a folder."""

    def rights(self, folder: Folder) -> str | None:
        """The letters of the rights (RFC 4314 §2.1); None when the source does not say."""
        ...


@runtime_checkable
class TellsBeside(Protocol):
    """A mailbox that may have met something in a folder, beside its messages, that a reader should know."""

    def beside(self, folder: Folder) -> tuple[str, ...]:
        """What it met in a folder that was just read, in sentences that name no folder."""
        ...


def no_such_folder(account: str, path: str) -> SourceGone:
    """The error of a folder that was there when the folders were listed, and is no more."""
    return SourceGone(f"The account {account} has no folder {path} any more.", "It was renamed or deleted.")


class CursorLost(Exception):
    """The folder is not the one that the cursor was made in. `str` of it is a sentence for the coverage."""


class CountsNow(CursorLost):
    """The folder is the same, but messages of it that were put aside count now. `str` of it is a sentence."""
