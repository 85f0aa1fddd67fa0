"""The digests that a scan may have taken of a message, made again from the whole message."""

from __future__ import annotations

import hashlib
import re

from scanner.account import Account
from scanner.header_block import HeaderBlock, begin_of, read_block

_LINES = re.compile(rb"[^\n]*\n|[^\n]+\Z")
_NAME = re.compile(rb"([!-9;-~]+)[ \t]*:")


def digest_matches(account: Account, raw: bytes, scanned: str) -> bool | None:
    """Whether the header is the one whose digest a scan took; None where that cannot be told.

    An archive shows the whole header. Of a server only the fields were asked for that a scan needs (IMAP): servers
    may write them in another way than they stand in the message, so there a difference proves nothing. Microsoft Graph
    shows no header, and the digest is of other values.
    """
    if not scanned or account.scheme == "graph":
        return None
    block = read_block(raw, begin_of(raw))
    if hashlib.sha256(block.octets).hexdigest() == scanned:
        return True
    if account.scheme != "imap":
        return False
    from scanner.connectors.imap_fetch import FIELDS  # noqa: PLC0415 - archives do without it

    asked = frozenset(FIELDS.lower().split())
    return True if hashlib.sha256(_of_fields(block, asked)).hexdigest() == scanned else None


def _of_fields(block: HeaderBlock, asked: frozenset[bytes]) -> bytes:
    """The lines of these fields, in their order (RFC 9051 §6.4.5.1), taken apart as a scan takes them."""
    kept: list[bytes] = []
    wanted = False
    for line in _LINES.findall(block.octets):
        if not line.startswith((b" ", b"\t")):
            name = _NAME.match(line)
            wanted = name is not None and name[1].lower() in asked
        if wanted:
            kept.append(line)
    fields = b"".join(kept) + b"\r\n"
    return read_block(fields, begin_of(fields)).octets
