"""One ordinary entry of an address field to a recipient: what nearly all mail holds, and nothing else."""

from __future__ import annotations

import re

from scanner.address import Address, Field, Recipient
from scanner.encoded_word import decode_text

_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]++"
_QUOTED = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_SPEC = rf"{_LOCAL}@[A-Za-z0-9.-]++"
_NAME = rf'(?:{_QUOTED}[ \t\r\n]*+(?=<)|[^"<>,;:()\\@\[\]]*+(?=<))'
ITEM = rf"{_NAME}?+(?:<{_SPEC}>|{_SPEC})"
"""`name <address>`, `"name" <address>`, `<address>` or `address`, as a pattern that never backtracks."""

_ODD = re.compile(
    r"\A(?:'|imcea|/|cn=|ou=|ex:|missing|invalid|unexpected|.{0,60}(?:recip|undisc|unlist|suppress|header))"
    r"|#ext#|=\?|\.\.|[.']\Z|\A\.|\.@|@[.-]|@[^.]*+\Z|@.{254}",
    re.IGNORECASE | re.DOTALL,
)
_PAIR = re.compile(r"\\(.)", re.DOTALL)


def ordinary_recipient(item: str, field: Field, group: str = "") -> Recipient | None:
    """The recipient that an ASCII `ITEM` names; None when there is anything odd about it, for the scanner to read."""
    name, _, spec = item.rpartition("<")
    if name or spec.endswith(">"):
        spec = spec[:-1]
    if _ODD.search(spec):
        return None
    local_part, _, domain = spec.partition("@")
    address = Address(local_part, domain.lower())
    name = " ".join(name.split())
    if not name:
        return Recipient(address, "", field, group=group)
    if name[0] == '"':
        name = name[1:-1]
        if "\\" in name:
            name = _PAIR.sub(r"\1", name)
    decoded: str | None = name
    if "=?" in name:
        decoded = _decoded(name)
    if decoded is None or not decoded.isprintable():
        return None
    if "@" in decoded and decoded.strip("'").casefold() != address.canonical:
        return None
    return Recipient(address, shown_name(decoded, address), field, group=group)


def _decoded(name: str) -> str | None:
    text, defects = decode_text(name.encode("ascii"))
    return None if defects else text


def shown_name(name: str, address: Address | None) -> str:
    """A display name on one line, without Outlook's apostrophes around it; "" when it only repeats the address."""
    name = " ".join(name.split())
    if len(name) > 1 and name[0] == "'" and name[-1] == "'":
        name = name[1:-1].strip()
    if address is not None and "@" in name and name.strip("<>'\" ").casefold() == address.canonical:
        return ""
    return name
