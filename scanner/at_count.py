"""The independent check of an address field: every x@y that stands in it must have been accounted for.

It shares no code with the reader, so that it does not repeat the reader's mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\s\"'<>()\[\]\\,;:|\x00-\x1f\x7f]++")
_MARKS = ".!?*`=/-_#"
_WORD_BYTES = re.compile(rb"[^\s\"'<>()\[\]\\,;:|]++")


def holds_one_address(item: bytes) -> bool:
    """Whether all the `x@y` in the bytes are the same one."""
    return len({word for word in _WORD_BYTES.findall(item.lower()) if word.count(b"@")}) == 1


def missing_addresses(text: str, accounted: Iterable[str]) -> list[str]:
    """The distinct `x@y` of a decoded field body, as written, that are in none of the accounted texts; in order."""
    standing = _addresses(text)
    if not standing:
        return []
    accounted = list(accounted)
    plain = {text.casefold() for text in accounted}  # most are nothing but the address, and need no search
    if all(map(plain.__contains__, standing)):
        return []
    known = _addresses("\n".join(accounted))
    return [written for address, written in standing.items() if address not in known]


def _addresses(text: str) -> dict[str, str]:
    """Each word with more than marks on both sides of an @, compared without case and without marks at the ends."""
    found = {}
    for word in dict.fromkeys(word for word in _WORD.findall(text) if "@" in word):
        left, _, right = word.partition("@")
        if left.strip(_MARKS) and right.strip(_MARKS + "@"):
            found[word.casefold().strip(_MARKS)] = word
    return found
