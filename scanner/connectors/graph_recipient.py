"""A row of Exchange's recipient table, as Graph gives it, to recipients: the same ones that its header would give."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import NamedTuple

from scanner.address import Field, Form, Origin, Recipient
from scanner.address_field import read_address_field
from scanner.defect import Defect
from scanner.ordinary_address import DOMAIN, LOCAL_PART, ordinary_recipient, shown_name
from scanner.special_address import is_directory_name, is_undisclosed

_SPEC = re.compile(rf"{LOCAL_PART}@{DOMAIN}\Z")
_TYPED = re.compile(r"<?\[((?:smtp|mailto):[^\s\[\]<>]++)\]>?", re.IGNORECASE)  # as old Exchange and Notes spell it
_BREAKING = re.compile(r"[\x00-\x1f\x7f<>]++")
_KNOWN_AT_MOST = 65_536
_KEPT_AT_MOST = 512
# What is odd about the header field that we write to have an entry read, and not about the entry.
_OF_THE_FIELD = frozenset((Defect.RAW_8BIT, Defect.UNKNOWN_CHARSET, Defect.BAD_SEPARATOR))


class Row(NamedTuple):
    """What one row says: recipients, the text that could not be read as such, and what is odd about it."""

    recipients: tuple[Recipient, ...]
    rest: tuple[str, ...] = ()
    defects: tuple[Defect, ...] = ()


class KnownRows(dict[tuple[str | None, str | None], Row]):
    """Rows seen before, by address and name: the same row gives the same records. Bounded. One for each field."""

    __slots__ = ("_field",)

    def __init__(self, field: Field) -> None:
        super().__init__()
        self._field = field

    def __missing__(self, key: tuple[str | None, str | None]) -> Row:
        address, name = key
        row = read_row(address or "", name or "", self._field)
        if len(address or "") + len(name or "") <= _KEPT_AT_MOST:
            if len(self) >= _KNOWN_AT_MOST:
                self.clear()
            self[key] = row
        return row


def read_row(address: str, name: str, field: Field) -> Row:
    """Whom `{"name": name, "address": address}` names ("" for what is missing or null). Never raises.

    `address` may be an internet address, that of a guest, an encapsulated one ([MS-OXCMAIL] 2.1.3.2), an X.500 name,
    the name once more, or nothing at all. The readings agree with those of a header, so that copies of a message in an
    archive are known to be the same message.
    """
    address = " ".join(address.split())
    if typed := _TYPED.fullmatch(address):
        address = typed[1]
    name = " ".join(name.split())
    if _SPEC.match(address):
        plain = ordinary_recipient(address, field)
        if plain is not None and plain.address is not None and name.isprintable():
            shown = shown_name(name, plain.address)
            if "@" not in shown:
                return Row((Recipient(plain.address, shown, field) if shown else plain,))
    return _carefully(address, name, field)


def _carefully(address: str, name: str, field: Field) -> Row:
    if is_directory_name(address):
        # Exchange's own directory names hold brackets, which a header field would take for a comment.
        shown = shown_name(name, None)
        inside = _inside(name, field)
        directory = Recipient(None, shown, field, Form.DIRECTORY, text=address)
        return Row((directory, *inside.recipients), inside.rest, (Defect.UNRESOLVED_ADDRESS, *inside.defects))
    if not address or (address == name and "@" not in name):
        return _by_name(name or address, field)
    body = _encoded(name) + b" <" + _BREAKING.sub(" ", address).encode("utf-8", "replace") + b">"
    return _read(body, field)


def _by_name(name: str, field: Field) -> Row:
    """Somebody shown by name only; a name that is an address, or a list of them, is read as such."""
    if not name or is_undisclosed(name.rstrip(":;")):
        return Row(())
    return _read(_encoded(name), field)


def _inside(name: str, field: Field) -> Row:
    """The addresses inside a display name: shown to everybody, though nothing was sent to them."""
    if "@" not in name:
        return Row(())
    read = _read(_encoded(name) + b" <nobody@nowhere.invalid>", field)
    return read._replace(recipients=tuple(entry for entry in read.recipients if entry.origin is Origin.NAME))


def _read(body: bytes, field: Field) -> Row:
    reading = read_address_field(body, field)
    return Row(reading.recipients, reading.rest, tuple(d for d in reading.defects if d not in _OF_THE_FIELD))


def _encoded(text: str) -> bytes:
    """The text as one encoded word (RFC 2047 §4.1), whose content is data and never syntax."""
    return b"=?utf-8?b?" + b64encode(text.encode("utf-8", "replace")) + b"?=" if text else b""
