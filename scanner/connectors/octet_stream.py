"""Where the octets of an archive come from: a file, plain or compressed by gzip, read once from a given place on."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from scanner.errors import AccessDenied, NotAMailbox, SourceDamaged, SourceError, SourceGone

GZIP_MAGIC = b"\x1f\x8b"
_READ_ONLY = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_QUIETLY = _READ_ONLY | getattr(os, "O_NOATIME", 0)
_BLOCK = 128 * 1024
_NOT_THERE = (
    "It was moved or deleted, or never there, or the disk that holds it is missing: put it back, or correct the path."
)
_GZIP_MEMBER = zlib.MAX_WBITS | 16


class OctetStream(Protocol):
    """The octets of an archive. `trouble` is a sentence once it has ended too early, "" before and otherwise."""

    trouble: str

    def at(self, place: int, limit: int) -> bytes:
        """The octets from a place on: `limit` of them, or as many as there are.

        Places are counted from the start of the (decompressed) archive. Each must lie at or behind the one before.
        """
        ...

    def ahead(self, place: int, limit: int) -> bytes | None:
        """The same, with the next place free to lie before this one; None where the stream cannot do that."""
        ...


@contextmanager
def open_stream(path: Path) -> Iterator[OctetStream]:
    """The octets of a file, decompressed when it is a gzip file.

    Raises AccessDenied, NotAMailbox when it is no regular file, SourceGone when it is gone.
    """
    with open_regular(path) as descriptor:
        packed = os.pread(descriptor, 2, 0) == GZIP_MAGIC
        yield _GzipStream(descriptor, path) if packed else _PlainStream(descriptor, path)


def head_of(path: Path, limit: int = 8192) -> bytes:
    """The first octets of a file, decompressed; fewer when it has no more or is damaged. Raises as open_stream."""
    with open_stream(path) as stream:
        return stream.at(0, limit)


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


def source_error(error: OSError, path: Path | str) -> SourceError:
    """What the operating system's refusal means for the person who runs the scan."""
    if isinstance(error, PermissionError):
        return AccessDenied(
            f"The operating system does not let us read {path}.",
            "Give this user the right to read it, or run the scan as a user who has it.",
        )
    if isinstance(error, FileNotFoundError):
        return no_such_path(path)
    return SourceDamaged(
        f"{path} cannot be read: {error.strerror}.", "Check the disk, or copy the file to a sound one; then run again."
    )


def no_such_path(path: Path | str) -> SourceGone:
    """For a path at which nothing is, whether an earlier run read it or nobody ever did."""
    return SourceGone(f"{path} is not there.", _NOT_THERE)


class _PlainStream:
    """A file as it is. It is not mapped into memory: when it shrinks while we read, that is an end and not a crash."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self.trouble = ""
        self._descriptor = descriptor
        self._path = path

    def at(self, place: int, limit: int) -> bytes:
        try:
            return os.pread(self._descriptor, limit, place)
        except OSError as error:
            self.trouble = str(source_error(error, self._path))
            return b""

    def ahead(self, place: int, limit: int) -> bytes | None:
        return self.at(place, limit)


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
        self._kept = b""  # what was given last, and where it begins
        self._place = 0

    def at(self, place: int, limit: int) -> bytes:
        end = self._place + len(self._kept)
        parts = [self._kept[place - self._place :]] if place < end else []
        while end < place + limit:
            more = self._unpack(min(_BLOCK, limit) if end >= place else min(_BLOCK, place - end))
            if not more:
                break
            end += len(more)
            if end > place:
                parts.append(more)
        self._kept, self._place = b"".join(parts), place
        return self._kept[:limit]

    def ahead(self, place: int, limit: int) -> bytes | None:  # noqa: ARG002 - the shape of every stream
        return None

    def _unpack(self, limit: int) -> bytes:
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
                return octets
        return b""

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
