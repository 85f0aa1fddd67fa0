"""Where the octets of an archive come from: a file, plain or compressed by gzip, read once from a given place on."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from scanner.errors import AccessDenied, NotAMailbox, SourceError, SourceInterrupted

GZIP_MAGIC = b"\x1f\x8b"
_READ_ONLY = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_QUIETLY = _READ_ONLY | getattr(os, "O_NOATIME", 0)
_BLOCK = 128 * 1024
_GZIP_MEMBER = zlib.MAX_WBITS | 16


class OctetStream(Protocol):
    """Octets in order. `trouble` is a sentence once the stream has ended too early, "" before and otherwise."""

    trouble: str

    def read(self, limit: int) -> bytes:
        """The next octets, at most `limit`; none only at the end."""
        ...

    def peek(self, position: int, limit: int) -> bytes | None:
        """Octets at a place further on; None when the stream cannot look ahead."""
        ...

    def move(self, position: int) -> None:
        """Goes on at a place further on, counted from the start of the archive."""
        ...


@contextmanager
def open_stream(path: Path, start: int = 0) -> Iterator[OctetStream]:
    """The octets of a file from `start` on, decompressed when it is a gzip file.

    Raises AccessDenied, NotAMailbox when it is no regular file, SourceInterrupted when it is gone.
    """
    with open_regular(path) as descriptor:
        packed = os.pread(descriptor, 2, 0) == GZIP_MAGIC
        stream: OctetStream = _GzipStream(descriptor, path) if packed else _PlainStream(descriptor, path)
        stream.move(start)
        yield stream


def head_of(path: Path, limit: int = 8192) -> bytes:
    """The first octets of a file, decompressed; fewer when it has no more or is damaged. Raises as open_stream."""
    octets = b""
    with open_stream(path) as stream:
        while len(octets) < limit:
            more = stream.read(limit - len(octets))
            if not more:
                break
            octets += more
    return octets


@contextmanager
def open_regular(path: Path) -> Iterator[int]:
    """A descriptor of a regular file, for reading only. Opening never blocks, not even on a pipe."""
    try:
        descriptor = open_quietly(path)
    except OSError as error:
        raise source_error(error, path) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotAMailbox(
                f"{path} is not a regular file.", "Name an mbox file, a Maildir or a folder of .eml files."
            )
        yield descriptor
    finally:
        os.close(descriptor)


def open_quietly(path: Path | str, folder: int | None = None) -> int:
    """A descriptor for reading that leaves the time of the last access as it is, where the system lets us.

    `path` may be relative to the descriptor of a folder.
    """
    try:
        return os.open(path, _QUIETLY, dir_fd=folder)
    except PermissionError:  # only the owner of a file may leave no trace; others may still read it
        return os.open(path, _READ_ONLY, dir_fd=folder)


def source_error(error: OSError, path: Path) -> SourceError:
    """What the operating system's refusal means for the person who runs the scan."""
    if isinstance(error, PermissionError):
        return AccessDenied(
            f"The operating system does not let us read {path}.",
            "Give this user the right to read it, or run the scan as a user who has it.",
        )
    if isinstance(error, FileNotFoundError):
        return SourceInterrupted(f"{path} is gone.", "It was moved or deleted while we read; run the scan again.")
    return SourceInterrupted(
        f"{path} cannot be read: {error.strerror}.", "Check the disk, or copy the file to a sound one; then run again."
    )


class _PlainStream:
    """A file as it is."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self.trouble = ""
        self._descriptor = descriptor
        self._path = path

    def read(self, limit: int) -> bytes:
        try:
            return os.read(self._descriptor, limit)
        except OSError as error:
            self.trouble = str(source_error(error, self._path))
            return b""

    def peek(self, position: int, limit: int) -> bytes | None:
        try:
            return os.pread(self._descriptor, limit, position)
        except OSError:
            return None

    def move(self, position: int) -> None:
        os.lseek(self._descriptor, position, os.SEEK_SET)


class _GzipStream:
    """A gzip file (RFC 1952), of one member or several; what can be decompressed is given, then the trouble is told.

    Decompression is bounded by what is asked for, so a small file that unpacks to a huge one costs no memory.
    """

    def __init__(self, descriptor: int, path: Path) -> None:
        self.trouble = ""
        self._descriptor = descriptor
        self._path = path
        self._packed = b""
        self._member = zlib.decompressobj(_GZIP_MEMBER)
        self._position = 0

    def read(self, limit: int) -> bytes:
        while not self.trouble:
            packed = self._packed or self._read_packed()
            if not packed:
                break
            if self._member.eof and not self._begin_member(packed):
                continue
            try:
                octets = self._member.decompress(self._packed or packed, limit)
            except zlib.error:
                self.trouble = f"{self._path} is damaged: its compressed data cannot be read any further."
                break
            self._packed = self._member.unconsumed_tail or self._member.unused_data
            if octets:
                self._position += len(octets)
                return octets
        return b""

    def peek(self, position: int, limit: int) -> bytes | None:  # noqa: ARG002 - the shape of every stream
        return None

    def move(self, position: int) -> None:
        while self._position < position and self.read(min(_BLOCK, position - self._position)):
            pass

    def _read_packed(self) -> bytes:
        try:
            packed = os.read(self._descriptor, _BLOCK)
        except OSError as error:
            self.trouble = str(source_error(error, self._path))
            return b""
        if not packed and not self._member.eof:
            self.trouble = f"{self._path} ends in the middle of its compressed data."
        return packed

    def _begin_member(self, packed: bytes) -> bool:
        """Whether another member begins; tape blocks are filled up with zeros, which say nothing."""
        self._packed = packed.lstrip(b"\0")
        if not self._packed:
            return False
        if len(self._packed) < len(GZIP_MAGIC):
            self._packed += self._read_packed()
        if not self._packed.startswith(GZIP_MAGIC):
            self.trouble = f"{self._path} holds something behind its compressed data that is not compressed by gzip."
            return False
        self._member = zlib.decompressobj(_GZIP_MEMBER)
        return True
