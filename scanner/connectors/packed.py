"""What a file compressed by bzip2 or xz begins with: enough to tell whether mail is in it, which is not read."""

from __future__ import annotations

import re
from typing import Final

MOST_PACKED: Final = 1 << 20
"""Octets of a file, from its first on, that hold a whole block of bzip2 (900,000 octets at most, and its tables)."""
_BZIP2: Final = re.compile(rb"BZh[1-9]1AY&SY")  # with the sign of its first block: text may begin with BZh, too
_XZ: Final = b"\xfd7zXZ\0"
_MEMORY: Final = 1 << 27  # octets; `xz -9` asks for half of it


def packing_of(head: bytes) -> str:
    """The suffix of files compressed in this way, "" for any other file."""
    if _BZIP2.match(head):
        return ".bz2"
    return ".xz" if head.startswith(_XZ) else ""


def unpacked(packed: bytes, form: str, limit: int) -> bytes | None:
    """The first octets of what is compressed, at most `limit`; None where it is damaged or asks for much memory."""
    try:
        octets = _unpack_bzip2(packed, limit) if form == ".bz2" else _unpack_xz(packed, limit)
    except (OSError, EOFError, ImportError):  # builds of Python without the libraries are common
        return None
    return octets or None


def _unpack_bzip2(packed: bytes, limit: int) -> bytes:
    import bz2  # noqa: PLC0415 - few files need it, and not every Python has it

    return bz2.BZ2Decompressor().decompress(packed, limit)


def _unpack_xz(packed: bytes, limit: int) -> bytes:
    import lzma  # noqa: PLC0415 - likewise

    try:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, _MEMORY).decompress(packed, limit)
    except lzma.LZMAError as error:
        raise EOFError(str(error)) from None
