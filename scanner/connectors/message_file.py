"""Messages that are files of their own: listing them, reading their headers, and telling how far one has come."""

from __future__ import annotations

import errno
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from scanner.connectors.interface import Cursor, CursorLost
from scanner.connectors.octet_stream import GZIP_MAGIC, open_quietly, open_stream, source_error
from scanner.connectors.stored_message import reading_of
from scanner.envelope import Locator, Mark, Reading, Skipped, Unreadable
from scanner.errors import SourceError
from scanner.header_block import MAX_HEADER, HeaderBlock, begin_of, holds_whole_header, read_block

_FIRST_READ = 4096  # octets; most headers are shorter
_EMPTY_LINE, _EMPTY_LINE_CR = b"\n\n", b"\n\r\n"
_GZIP = zlib.MAX_WBITS | 16
_SEPARATED = re.compile(rb"\s*+From ")
_TELLING = frozenset((b"from", b"date", b"message-id"))  # two of them tell a message from text
_NOT_FOLLOWED = {errno.ELOOP, getattr(errno, "EMLINK", errno.ELOOP)}


class Entry(NamedTuple):
    """One file of a folder. `key` identifies it as long as it is there; `odd` says why it is not to be opened."""

    key: str
    folder: str
    name: str
    marks: frozenset[Mark] = frozenset()
    odd: str = ""

    @property
    def path(self) -> str:
        """The file."""
        return f"{self.folder}/{self.name}"


def count_files(folder: str | Path) -> int:
    """How many things `list_files` gives, without the hidden ones. Raises OSError when the folder cannot be listed."""
    return sum(not name.startswith(".") for name in os.listdir(folder))


def list_files(folder: str | Path, root: Path, *, hidden: bool = False) -> Iterator[tuple[str, str]]:
    """Name and oddity of each thing in a folder, `hidden` ones on request. Raises OSError when it cannot be listed.

    Odd is all that is no regular file, and a link that leads out of `root`.
    """
    with os.scandir(folder) as listing:
        for thing in listing:
            if hidden or not thing.name.startswith("."):
                yield thing.name, "" if thing.is_file(follow_symlinks=False) else _oddity(thing, root)


def _oddity(thing: os.DirEntry[str], root: Path) -> str:
    if thing.is_dir(follow_symlinks=False):
        return "It is a folder, not a message."
    if not thing.is_symlink():
        return "It is a pipe, a socket or a device, not a message."
    target = Path(os.path.realpath(thing.path))
    if not target.is_relative_to(os.path.realpath(root)):
        return "It is a link that leads out of the mailbox."
    return "" if target.is_file() else "It is a link to something that is no message."


def read_entries(
    entries: Sequence[Entry],
    place: tuple[str, str],
    after: Cursor | None,
    marks: frozenset[Mark],
    again: Callable[[Entry], Entry | None] | None = None,
) -> Iterator[tuple[Cursor, Reading]]:
    """The reading of each file, in the order given; `place` is account and folder.

    A cursor holds the key of the last file read and a checksum of all keys up to it: a file that appears before it is
    never missed, since the checksum differs then and CursorLost is raised. `again` finds a file that has changed its
    name since it was listed.
    """
    account, folder = place
    begin, checksum = _resume(entries, after) if after is not None else (0, 0)
    for entry in entries[begin:]:
        checksum = zlib.crc32(b"%s/" % entry.key.encode(), checksum)
        locator, own = Locator(account, folder, entry.key), entry.marks
        yield Cursor(f"{checksum:08x}:{entry.key}"), _reading(entry, locator, marks | own if own else marks, again)


def _resume(entries: Sequence[Entry], after: Cursor) -> tuple[int, int]:
    written, _, key = after.partition(":")
    checksum = 0
    for number, entry in enumerate(entries, start=1):
        checksum = zlib.crc32(b"%s/" % entry.key.encode(), checksum)
        if entry.key == key and f"{checksum:08x}" == written:
            return number, checksum
    raise CursorLost("Messages were added or removed before the last one read; the folder is read from its beginning.")


def _reading(
    entry: Entry, locator: Locator, marks: frozenset[Mark], again: Callable[[Entry], Entry | None] | None
) -> Reading:
    if entry.odd:
        return Skipped(locator, entry.odd)
    try:
        return _read(entry, locator, marks)
    except FileNotFoundError:
        renamed = again(entry) if again else None
        if renamed is None:
            return Skipped(locator, "It vanished while the folder was read.")
        return _reading(renamed, locator, marks, None)
    except (OSError, zlib.error) as error:
        return Unreadable(locator, _why(error))
    except SourceError as error:
        return Unreadable(locator, str(error))


def _why(error: OSError | zlib.error) -> str:
    if isinstance(error, PermissionError):
        return "The operating system does not let us read the file."
    if isinstance(error, OSError):
        return f"The file cannot be read: {error.strerror}."
    return "Its compressed data is damaged."


def _read(entry: Entry, locator: Locator, marks: frozenset[Mark]) -> Reading:
    descriptor = open_quietly(entry.path)
    try:
        size: int | None = os.fstat(descriptor).st_size
        if not size:
            return Unreadable(locator, "The file is empty.")
        octets = os.read(descriptor, _FIRST_READ)
        start = 0
        if octets.startswith(GZIP_MAGIC):
            octets, size = _unpacked(descriptor, octets, MAX_HEADER + 2), None
        elif entry.name.endswith(".emlx"):
            start, size = _apple(octets, size)
        elif _SEPARATED.match(octets) and _holds_several(entry.path):
            return Unreadable(locator, "It is an mbox file of several messages: give it a name that ends in .mbox.")
        block = _header(octets, start, descriptor)
    finally:
        os.close(descriptor)
    return reading_of(block, locator, size, marks)


def _holds_several(path: str) -> bool:
    """Whether a file that is named like one message is an mbox with more than one.

    What follows must be set apart as in an mbox and have the header of a message: a letter may quote a patch or another
    letter.
    """
    from scanner.connectors.mbox_reader import MboxReader, dialect_of  # noqa: PLC0415 - nearly no message is one

    with open_stream(Path(path)) as stream:
        dialect = dialect_of(stream.at(0, _FIRST_READ))
        if dialect is None:
            return False
        others = islice(MboxReader(stream, dialect.surely(), dialect.begin), 1, None)
        return any(len(_TELLING & other.block.first.keys()) > 1 for other in others)


def _header(octets: bytes, start: int, descriptor: int) -> HeaderBlock:
    """The header, reading on as long as it is not at its end."""
    begin = begin_of(octets, start)
    if _EMPTY_LINE in octets or _EMPTY_LINE_CR in octets:  # else it is cut off: to take that apart would be in vain
        block = read_block(octets, begin)
        if block.end < len(octets) and not block.defects:
            return block
    while not holds_whole_header(octets, begin):
        more = os.read(descriptor, max(65536, len(octets)))
        if not more:
            break
        octets += more
        begin = begin_of(octets, start)
    return read_block(octets, begin)


def _apple(octets: bytes, size: int | None) -> tuple[int, int | None]:
    """Where the message begins in a file of Apple Mail, whose first line is the message's length, and that length."""
    line, _, _ = octets.partition(b"\n")
    written = line.strip()
    return (len(line) + 1, int(written)) if written.isdigit() and len(written) < 16 else (0, size)


def _unpacked(descriptor: int, octets: bytes, limit: int) -> bytes:
    """At most `limit` octets of a message that is compressed by gzip. Raises zlib.error."""
    member = zlib.decompressobj(_GZIP)
    parts: list[bytes] = []
    while octets and limit > 0 and not member.eof:
        part = member.decompress(octets, limit)
        limit -= len(part)
        parts.append(part)
        octets = member.unconsumed_tail or os.read(descriptor, 65536)
    unpacked = b"".join(parts)
    if not member.eof and limit > 0 and _EMPTY_LINE not in unpacked and _EMPTY_LINE_CR not in unpacked:
        raise zlib.error("the header is cut off")
    return unpacked


def entry_of(locator: Locator, entries: Iterable[Entry]) -> Entry:
    """The file that a locator of this folder names. Raises SourceError when it is no longer among the entries."""
    for entry in entries:
        if entry.key == locator.key:
            return entry
    raise SourceError(f"The message {locator} is no longer there.", "It was deleted or moved; scan again.")


class LastFolder:
    """The files of the folder that was read last, so that one of them is found without listing the folder again."""

    def __init__(self) -> None:
        self._path = ""
        self._entries: dict[str, Entry] = {}

    def note(self, path: str, entries: Iterable[Entry]) -> None:
        """These are the files of the folder."""
        self._path, self._entries = path, {entry.key: entry for entry in entries}

    def find(self, locator: Locator) -> Entry | None:
        """The file that a locator names, if it is one of them and still there under the same name."""
        entry = self._entries.get(locator.key) if locator.folder == self._path else None
        return entry if entry is not None and os.path.lexists(entry.path) else None


def whole_message(entry: Entry, locator: Locator) -> bytes:
    """The message, byte for byte, decompressed. Raises SourceError when the file cannot be read or is damaged."""
    try:
        return _octets(entry)
    except OSError as error:
        raise source_error(error, entry.path) from None
    except zlib.error:
        raise SourceError(f"The compressed data of the message {locator} is damaged.") from None


def _octets(entry: Entry) -> bytes:
    descriptor = open_quietly(entry.path)
    try:
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            octets = file.read()
    finally:
        os.close(descriptor)
    if octets.startswith(GZIP_MAGIC):
        return zlib.decompress(octets, _GZIP)
    if entry.name.endswith(".emlx"):
        start, size = _apple(octets, None)
        return octets[start : start + size] if size is not None else octets
    return octets
