"""Mailboxes in mbox files: mboxo, mboxrd, mboxcl and mboxcl2, plain or compressed by gzip (RFC 4155).

The account's path is one such file, or a folder in which each mbox file is a folder of mail. Read without writing a
byte; the file may grow or shrink meanwhile. A message that Thunderbird marked as deleted and has not yet removed from
the file (`X-Mozilla-Status`) is read like any other: deleting one's copy does not unsend it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard
from zlib import crc32

from scanner.account import Account
from scanner.connectors.folder_marks import all_there, choose, label_marks, marks_of, title_in
from scanner.connectors.interface import CountsNow, Cursor, CursorLost, Folder
from scanner.connectors.mbox_reader import HOLE, Dialect, MboxReader, Stored, dialect_of
from scanner.connectors.octet_stream import head_of, open_stream
from scanner.connectors.stored_message import reading_of, storable
from scanner.connectors.thread_index import ThreadIndex
from scanner.connectors.tree import BOXES, Kind, kind_of, walk_files
from scanner.envelope import Envelope, Locator, Mark, Reading, Skipped, Unreadable
from scanner.errors import NotAMailbox, SettingsError, SourceDamaged, SourceError

_SUFFIX = re.compile(r"(?:\.mbox|\.mbx)?(?:\.gz)?\Z", re.IGNORECASE)
_BLOCK = 64 * 1024
_LABELS = b"x-gmail-labels"
_DRAFTS = "drafts"
_WRITTEN = re.compile(rf"(\d+):(\d+):(\d+)(:{_DRAFTS})?", re.ASCII)
_UNSURE = (
    "a From line and a header stand in the text of messages, but not as this file sets its messages apart; they were "
    "read as text, and may be messages"
)
_LOST = "a stretch of zeros stands in this file, as a crash or a failing disk leaves it; messages may have stood there."
_INTERNAL = b"DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA"


@contextmanager
def open(account: Account) -> Iterator[MboxMailbox]:  # noqa: A001 - the name that every connector has
    """The mailbox of an account with a path. Raises the `SourceError` that says why it cannot be read."""
    if account.path is None:
        raise SettingsError(f"The account {account} names no path.", "Set path to an mbox file or a folder of them.")
    yield MboxMailbox(account, _files(account.path, account.sent_folders))


def title_of(path: str) -> str:
    """The folder's name in the path of an mbox file: `old/Sent.mbox.gz` and Apple's `old/Sent.mbox/mbox` are Sent."""
    return _SUFFIX.sub("", path.removesuffix("/mbox")) or path


def _files(path: Path, configured: tuple[str, ...]) -> dict[str, Path]:
    if not path.is_dir():
        return {storable(path.name): path}
    found: dict[str, Path] = {}
    for file in walk_files(path):
        name, kind = storable(file.relative_to(path).as_posix()), kind_of(file).kind
        declared = name in configured or title_of(name) in configured
        if kind in BOXES or (kind is Kind.EMPTY and declared):
            found[name] = file
    if not found:
        raise NotAMailbox(f"There is no mbox file in {path}.", "Name the folder that holds the mbox files.")
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """What a cursor holds: the last message read, by its place and header, and where the next one begins."""

    following: int
    start: int
    print: int
    drafts: bool  # whether the name of the folder said that nothing in it was sent

    def holds(self, stored: Stored | None) -> TypeGuard[Stored]:
        """Whether that message still stands there, with the header that it had then, and ends no earlier.

        Of a header that was cut off, what ends it was added since.
        """
        if stored is None or stored.start != self.start or stored.following < self.following:
            return False
        whole = stored.following == self.following or stored.body <= self.following
        return whole and crc32(stored.block.octets) == self.print

    @classmethod
    def of(cls, cursor: Cursor) -> _Place:
        """The place that a cursor names. Raises `CursorLost` for one that no mbox gave."""
        written = _WRITTEN.fullmatch(cursor)
        if written is None:  # what is called so was a Maildir before, or lay on a server
            raise CursorLost("The note of how far the folder was read is not ours; it is read again from its start.")
        return cls(int(written[1]), int(written[2]), int(written[3]), bool(written[4]))


class MboxMailbox:
    """One account. A locator's key is the offset of the separator line, in the decompressed file.

    A cursor names the last message by its offset and a checksum of its header. Reading goes on behind it when that
    message still stands there and still ends at the same place, but for empty lines; else `CursorLost`.
    """

    def __init__(self, account: Account, files: dict[str, Path]) -> None:
        self._account = account
        self._files = files
        self._threads = ThreadIndex(self)
        self._beside: dict[str, tuple[str, ...]] = {}

    @property
    def account(self) -> str:
        """The name of the account."""
        return self._account.name

    def folders(self) -> Iterator[Folder]:
        """One folder a file, by path. How many messages it holds is unknown before it is read.

        Behind them NoSentFolder, where one that the config names is not among them.
        """
        titles = {path: self._title(path) for path in self._files}
        chosen = choose(self._account, titles)
        for path in self._files:
            yield Folder(self.account, path, None, chosen[path])
        all_there(self._account, titles)

    def _title(self, path: str) -> str:
        """The name that tells what a folder is for."""
        return title_in(self._account, title_of(path))

    def read(self, folder: Folder, after: Cursor | None = None) -> Iterator[tuple[Cursor, Reading]]:
        """Each message in the order of the file.

        Raises SourceDamaged behind the last message that could be read when the file ends too early.
        """
        file = self._files[folder.path]
        place = _Place.of(after) if after else None
        marks = marks_of(self._account, folder.path, self._title(folder.path))
        if place and place.drafts and Mark.DRAFT not in marks:
            raise CountsNow(f"{file} was taken for drafts before and is not now; it is read from its beginning.")
        dialect = _dialect(file) or Dialect(0)
        start = place.start if place else dialect.begin
        with open_stream(file) as stream:
            reader = MboxReader(stream, dialect, start)
            stored = iter(reader)
            if place and not _stands(file, place, next(stored, None)):
                raise CursorLost(f"{file} was rewritten since it was last read; it is read from its beginning.")
            before = reader.unsure  # within the last message read: told by the run that read it
            yield from self._readings(stored, folder.path)
            unsure = reader.unsure - before
            lost = reader.hole >= place.following if place else reader.hole >= 0 or _begins_with_hole(file, dialect)
            self._beside[folder.path] = (*([f"{_UNSURE} ({unsure:,})."] if unsure else ()), *([_LOST] if lost else ()))
            if stream.trouble:
                raise SourceDamaged(stream.trouble, "What could be read was kept; get a whole copy of the file.")
            if reader.cut_off:
                raise SourceDamaged(
                    f"{file.name} ends in the middle of a header: its last message is cut off.",
                    "What could be read was kept. Scan it again when nobody writes into it any more; where it is cut, "
                    "get a whole copy of it, else add an empty line to the end of a copy of it.",
                )

    def beside(self, folder: Folder) -> tuple[str, ...]:
        """How many places in what was read of a folder last may begin a message, and that some of it is lost."""
        return self._beside.get(folder.path, ())

    def thread(self, envelope: Envelope) -> Iterator[Reading]:
        """The messages of this account whose Message-ID this one names. The first call reads the whole account."""
        for locator in self._threads.find(envelope):
            with self._stored(locator) as stored:
                yield from (reading for _, reading in self._readings(iter((stored,)), locator.folder))

    def gives_whole(self, folder: Folder) -> bool:
        """Not of a compressed file, which must be read from its start to come to a message."""
        with open_stream(self._files[folder.path]) as stream:
            return stream.ahead(0, 1) is not None

    def raw(self, locator: Locator) -> bytes:
        """The message as it is stored, with the `>` that the mbox put before its From lines.

        Without the separator line before it and without the empty line that the mbox puts behind it.
        """
        with self._stored(locator) as stored, open_stream(self._files[locator.folder]) as stream:
            return stream.at(stored.header, stored.end - stored.header)

    @contextmanager
    def _stored(self, locator: Locator) -> Iterator[Stored]:
        start = int(locator.key)
        file = self._files[locator.folder]
        with open_stream(file) as stream:
            stored = next(iter(MboxReader(stream, _dialect(file) or Dialect(0), start)), None)
            if stored is None:
                raise SourceError(
                    f"The message {locator} is no longer there.", "The file was rewritten; scan it again."
                )
            yield stored

    def _readings(self, messages: Iterator[Stored], path: str) -> Iterator[tuple[Cursor, Reading]]:
        account, marks = self._account.name, marks_of(self._account, path, self._title(path))
        aside = f":{_DRAFTS}" if Mark.DRAFT in marks else ""
        for stored in messages:
            block = stored.block
            locator = Locator(account, path, str(stored.start))
            looked = block.looked
            if block.defects or _LABELS in looked or looked.get(b"subject", b"").find(_INTERNAL) >= 0:
                reading = _odd_reading(stored, locator, marks)
            else:
                reading = reading_of(block, locator, stored.end - stored.header, marks)
            yield Cursor(f"{stored.following}:{stored.start}:{crc32(block.octets)}{aside}"), reading


def _stands(file: Path, place: _Place, stored: Stored | None) -> bool:
    """Whether the last message read still stands in the file, with nothing but line breaks added to its end.

    Some writers put an empty line more before a message that they append.
    """
    if not place.holds(stored):
        return False
    begin = place.following
    with open_stream(file) as stream:  # the reader may be further on, and a compressed file cannot be read backwards
        while begin < stored.following:
            added = stream.at(begin, min(_BLOCK, stored.following - begin))
            if not added or added.strip(b"\r\n"):
                return False
            begin += len(added)
    return True


def _odd_reading(stored: Stored, locator: Locator, marks: frozenset[Mark]) -> Reading:
    """The reading of what may be no message, or have labels or a fault.

    Of a cut header nothing is taken: an address that is cut in its middle is that of somebody who does not exist, and
    fields that are not all there yet make another message. What is still being written is read by the next run.
    """
    block = stored.block
    if stored.cut:
        return Unreadable(locator, "Its header is cut off where the file ends too early.")
    if block.first.get(b"subject", b"").strip().startswith(_INTERNAL):
        return Skipped(locator, "It is a mail program's own note about the folder, not a message.")
    if _LABELS in block.looked:
        marks |= label_marks(block.looked[_LABELS])
    return reading_of(block, locator, stored.end - stored.header, marks)


def _begins_with_hole(file: Path, dialect: Dialect) -> bool:
    """Whether zeros stand before the first message; nearly no file has room for them there, and is looked at again."""
    return dialect.begin >= len(HOLE) and HOLE in head_of(file)[: dialect.begin]


def _dialect(file: Path) -> Dialect | None:
    """What the mbox's separators look like; None for an empty file. Raises NotAMailbox when it is no mbox."""
    head = head_of(file)
    dialect = dialect_of(head)
    if dialect is None and head.strip():
        raise NotAMailbox(
            f"{file} is no mbox file: it does not begin with a From line.",
            "Name an mbox file, a Maildir, or a folder of .eml files.",
        )
    return dialect
