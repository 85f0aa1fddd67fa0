"""The independent check of an address field: every x@y that stands in it must have been accounted for.

It shares nothing with the reader but the decoding of encoded words, so that it does not repeat the reader's mistakes.
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.encoded_word import split_encoded

_CUTS = str.maketrans(dict.fromkeys("\"'<>()[]\\,;:|", " ") | {"\0": None})


def missing_addresses(value: bytes, accounted: Iterable[str]) -> list[str]:
    """The distinct `x@y` of a field body, as written, that are in none of the accounted texts; in order."""
    pieces, _ = split_encoded(value)
    standing = _addresses("".join(piece.text for piece in pieces))
    if not standing:
        return []
    known = _addresses("\n".join(accounted))
    return [written for plain, written in standing.items() if plain not in known]


def _addresses(text: str) -> dict[str, str]:
    """Each word with something on both sides of an @, compared without case and without dots at the ends."""
    return {
        word.casefold().strip(".!?*`=/"): word
        for word in text.translate(_CUTS).split()
        if "@" in word[1:-1] and word.strip("@")
    }
