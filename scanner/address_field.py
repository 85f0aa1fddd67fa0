"""An address field, however broken, to recipients: in linear time, with nothing dropped."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from scanner.address import Field, Recipient
from scanner.address_entries import Reading
from scanner.address_scanner import scan_pieces
from scanner.at_count import holds_one_address, missing_addresses
from scanner.defect import Defect
from scanner.encoded_word import decode_text, split_encoded
from scanner.ordinary_address import ITEM, QUOTED, ordinary_recipient
from scanner.ordinary_list import bare_people_of, people_of

LONGEST = 4 * 1024 * 1024
"""Bytes of one field that are read; what is beyond them is kept as unread text and reported."""

_KNOWN_AT_MOST = 65_536
_COUNTED_AT_MOST = 50_000
_KEPT_AT_MOST = 512
_LONG = 65_536  # bytes of a field whose pieces are so many that looking for cycles among them takes time
_SEEN_AT_MOST = 16_384
_SEEN_LENGTH = 256

# The last alternative takes whatever is left, so that a field is either read as a whole or seen to be refused;
# no alternative is empty, so that the search never starts anew behind white space.
_ITEMS = re.compile(rb"(?:(" + ITEM.encode("ascii") + rb")[ \t\r\n]*+(?:,[ \t\r\n]*+|\Z)|.+)", re.DOTALL)


class AddressField(NamedTuple):
    """The reading of one address field.

    `recipients` in the order written; `rest` is the decoded text that nobody could read as an address, in order;
    `defects` each once, sorted by value.
    """

    recipients: tuple[Recipient, ...]
    rest: tuple[str, ...] = ()
    defects: tuple[Defect, ...] = ()


_EMPTY = AddressField(())
_QUOTED = re.compile(rf"{QUOTED}|\([^()]*+\)")
_BAD_SEPARATOR = (Defect.BAD_SEPARATOR,)


class _Refused(Exception):
    """The field is not an ordinary list."""


class _Known(dict[bytes, Recipient]):
    """Ordinary entries of one field seen before: the same bytes give the same record. Bounded."""

    __slots__ = ("_field",)

    def __init__(self, field: Field) -> None:
        super().__init__()
        self._field = field

    def __missing__(self, item: bytes) -> Recipient:
        if not item or not item.isascii():
            raise _Refused
        recipient = ordinary_recipient(item.decode("ascii"), self._field)
        if recipient is None or (item.count(b"@") > 1 and not holds_one_address(item)):
            raise _Refused
        if len(item) <= _KEPT_AT_MOST:
            if len(self) >= _KNOWN_AT_MOST:
                self.clear()
            self[item] = recipient
        return recipient


_KNOWN = {field: _Known(field) for field in Field}
_SEEN: dict[Field, dict[bytes, AddressField]] = {field: {} for field in Field}  # short fields, as most are


def read_address_field(value: bytes, field: Field) -> AddressField:
    """Everybody whom a destination field names (RFC 5322 §3.4 and §4.4, and what real mail does instead).

    `value` is the field body as found, still folded and encoded. Never raises. Every `x@y` in it is the address of a
    recipient or stands in `rest`; a count that shares no code with the reader says AT_COUNT when one does not.
    """
    known = _SEEN[field]
    seen = known.get(value)
    if seen is not None:
        return seen
    if len(value) > LONGEST or not value.isascii():
        return _carefully(value, field)
    body = value.strip()
    if not body:
        return _EMPTY
    result = _as_list(body.decode("ascii"), field)
    if result is None:
        return _by_entries(body, field) or _carefully(value, field)
    if len(value) <= _SEEN_LENGTH:
        if len(known) >= _SEEN_AT_MOST:
            known.clear()
        known[value] = result
    return result


def _as_list(text: str, field: Field) -> AddressField | None:
    """The reading of a list without anything odd in it, None for others."""
    defects: tuple[Defect, ...] = ()
    people = None if "<" in text else bare_people_of(text, field)
    if people is not None:
        if len(people) - text[:-1].count(",") > 1:  # white space alone stands between two of them
            defects = _BAD_SEPARATOR
        return tuple.__new__(AddressField, (tuple(people), (), defects))
    people = people_of(text, field)
    if people is None:
        return None
    if ";" in text and ";" in _QUOTED.sub("", text):
        if "=?" in text:
            return None
        defects = _BAD_SEPARATOR
    return tuple.__new__(AddressField, (tuple(people), (), defects))


def _by_entries(body: bytes, field: Field) -> AddressField | None:
    """The reading of a list of ordinary entries (`scanner.ordinary_address`), None for others."""
    items = _ITEMS.findall(body)
    try:
        recipients = tuple(map(_KNOWN[field].__getitem__, items))
    except _Refused:
        return None
    signs = body.count(b"@")
    if signs != len(items) and signs != b"".join(items).count(b"@"):
        return None
    return AddressField(recipients)


def forget_people() -> None:
    """Empty the memory of what was seen before. It changes no reading, only the time until it is full again."""
    for known in _KNOWN.values():
        known.clear()
    for seen in _SEEN.values():
        seen.clear()


def _accounted(reading: Reading) -> list[str]:
    shown = [entry.address.addr_spec if entry.address else entry.text for entry in reading.recipients]
    return [*reading.accounted, *reading.rest, *shown]


def _carefully(value: bytes, field: Field) -> AddressField:
    if len(value) <= _LONG:
        return _piece_by_piece(value, field)
    with _no_look_for_cycles():
        return _piece_by_piece(value, field)


@contextmanager
def _no_look_for_cycles() -> Iterator[None]:
    """What is made meanwhile is as many small records as a long field has pieces, and none of them is in a cycle."""
    looks = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looks:
            gc.enable()


def _piece_by_piece(value: bytes, field: Field) -> AddressField:
    beyond = b""
    if len(value) > LONGEST:
        cut = value.rfind(b",", 0, LONGEST) + 1 or LONGEST
        value, beyond = value[:cut], value[cut:]
    pieces, defects = split_encoded(value.replace(b"\0", b""))
    reading = scan_pieces(pieces, field)
    defects |= reading.defects
    if b"\0" in value:
        defects.add(Defect.REPAIRED_ADDRESS)
    # An encoded word with an @ is a whole of its own, whatever is written right beside it.
    text = "".join(f" {said} " if encoded and "@" in said else said for said, encoded in pieces)
    rest = reading.rest
    text = text.removesuffix(reading.unread)
    kept_whole = Defect.LIMIT_REACHED in defects and text.count("@") > _COUNTED_AT_MOST  # and said to be unread
    missing = [] if kept_whole else missing_addresses(text, _accounted(reading))
    if missing:
        defects.add(Defect.AT_COUNT)
        rest += missing
    if beyond.strip():
        defects.add(Defect.LIMIT_REACHED)
    rest += [unread for unread in (reading.unread, decode_text(beyond)[0]) if unread.strip()]
    if rest:
        defects.add(Defect.UNPARSED_TEXT)
    return AddressField(tuple(reading.recipients), tuple(rest), tuple(sorted(defects)))
