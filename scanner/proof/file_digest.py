"""The digest of a file: its size and its SHA-256, whatever it holds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class FileDigest:
    """The size of a file in octets and its SHA-256, hexadecimal."""

    size: int
    sha256: str


def file_digest(path: Path) -> FileDigest:
    """Of the file's octets, a piece at a time. Raises OSError."""
    total, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            total.update(piece)
            size += len(piece)
    return FileDigest(size, total.hexdigest())


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal. Raises OSError."""
    return file_digest(path).sha256
