"""One ordinary entry of an address field to a recipient: what nearly all mail holds, and nothing else."""

from __future__ import annotations

from scanner.address import Address, Field, Recipient
from scanner.encoded_word import decode_text

_SPACE = r"[ \t\r\n]*+"
_ATOM = r"[A-Za-z0-9!$%&'*+/=^_`{|}~-]++"
LOCAL_PART = rf"(?!['/=]){_ATOM}(?>(?:\.{_ATOM})*)"
DOMAIN = r"[A-Za-z0-9-]++(?>(?:\.[A-Za-z0-9-]++)+)"
_SPEC = rf"{LOCAL_PART}@{DOMAIN}"
QUOTED = r'"[^"\\]*+(?>(?:\\.[^"\\]*+)*)"'
_PHRASE = r'[^\s"<>,;:()\\@\[\]][^"<>,;:()\\@\[\]]*+'
_NAME = rf"(?:{QUOTED}{_SPACE}(?=<)|{_PHRASE}(?>(?:,{_SPACE}{_PHRASE}){{0,3}})(?=<))"
ITEM = rf"(?>{_NAME}?)(?:<{_SPEC}>|{_SPEC})(?>(?:{_SPACE}\([^()\\\"@]*+\))?)"
"""`name <address>`, `"name" <address>`, `<address>`, `address` or `address (name)`; it never backtracks.

A name without quotes may hold up to three commas, which are data: `Doe, John <j@x.example>` is one person.
"""

_ODD_START = ("imcea", "cn=", "ou=", "o=", "c=", "g=", "s=", "dc=", "uid=", "missing", "invalid", "unexpected")
_ODD_LETTERS = frozenset(start[0] for start in _ODD_START)


def ordinary_recipient(item: str, field: Field, group: str = "") -> Recipient | None:
    """The recipient that an ASCII `ITEM` names; None when there is anything odd about it, for the scanner to read."""
    comment = ""
    if item[-1] == ")":
        item, _, comment = item[:-1].rpartition("(")
        item = item.rstrip()
    name, _, spec = item.rpartition("<")
    if spec[-1] == ">":
        spec = spec[:-1]
        name = name.strip()
    local_part, _, domain = spec.lower().partition("@")
    if "recip" in local_part or (local_part[0] in _ODD_LETTERS and local_part.startswith(_ODD_START)):
        return None
    address = Address(spec[: len(local_part)], domain)
    if name or comment:
        shown = ordinary_name(name, comment, address)
        if shown is None:
            return None
        name = shown
    return Recipient(address, name, field, group=group) if group else Recipient(address, name, field)


def ordinary_name(name: str, comment: str, address: Address) -> str | None:
    """The name as shown, from what stands in front of an address and in the comment behind; None when it is odd."""
    if name[:1] == '"':
        name = unescaped(name[1:-1])
    elif "," in name:
        if "=?" in name:
            return None
        name = ", ".join(phrase.strip() for phrase in name.split(","))
    if comment:
        name = with_comment(name, comment)
    if "=?" in name:
        name, defects = decode_text(name.encode("ascii"))
        if defects:
            return None
    if "  " in name or not name.isprintable():
        name = " ".join(name.split())
        if not name.isprintable():
            return None
    if "@" in name and name.strip("'").casefold() != address.canonical:
        return None
    return shown_name(name, address) if "'" in name or "@" in name or name[:1] == " " or name[-1:] == " " else name


def with_comment(name: str, comment: str) -> str:
    """A name as it is shown with the comment beside it; the comment is the name where there is no other."""
    comment = comment.strip()
    if not comment:
        return name
    return f"{name.strip()} ({comment})" if name.strip() else comment


def unescaped(text: str) -> str:
    """Text of a quotation or comment without the backslashes of its quoted pairs (RFC 5322 §3.2.1)."""
    if "\\" not in text:
        return text
    if "\\\\" not in text:
        return text.replace("\\", "")
    return "\\".join(piece.replace("\\", "") for piece in text.split("\\\\"))


def shown_name(name: str, address: Address | None) -> str:
    """A display name on one line, without Outlook's apostrophes around it; "" when it only repeats the address."""
    if "  " in name or not name.isprintable():
        name = " ".join(name.split())
    name = name.strip()
    if name[:1] == "'" and name[-1] == "'" and len(name) > 1:
        name = name[1:-1].strip()
    if "@" in name and address is not None and name.strip("<>'\" ").casefold() == address.canonical:
        return ""
    return name
