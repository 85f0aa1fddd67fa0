"""An address field to the recipient table of Exchange, in its own simple way: it shares no code with the product."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from typing import NamedTuple

_TOKEN = re.compile(
    r'"(?P<quoted>(?:[^"\\]|\\.)*)"|<(?P<angle>[^<>]*)>|\((?P<comment>[^()]*)\)|(?P<end>[,;])|(?P<colon>:)'
    r"|(?P<word>(?:[^\s\"<>(),;:\\\[\]]|\[[^\[\]]*\])+)|\s+|(?P<stray>.)",
    re.DOTALL,
)
_ENCODED = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?=(?:\s+=\?[^?\s]+\?[bBqQ]\?[^?]*\?=)*")


class Person(NamedTuple):
    """A row of the recipient table. `address` None: a name only; with `null` the answer says so in so many words."""

    name: str | None
    address: str | None
    null: bool = False


def people(value: str) -> Iterator[Person]:
    """Everybody in a field body: groups are flattened, semicolons separate as commas do, comments are names."""
    words: list[str] = []
    angle, comment = None, ""
    for token in _TOKEN.finditer(value):
        kind = token.lastgroup
        text = token[kind] if kind else ""
        if kind == "end":
            yield from _person(words, angle, comment)
            words, angle, comment = [], None, ""
        elif kind == "colon" and angle is None and not any("@" in word for word in words):
            words = []
        elif kind == "angle":
            angle = "".join(text.split())
        elif kind == "comment":
            comment = text
        elif kind == "quoted":
            words.append(re.sub(r"\\(.)", r"\1", text))
        elif kind in ("word", "stray"):
            words.append(text)
    yield from _person(words, angle, comment)


def _person(words: list[str], angle: str | None, comment: str) -> Iterator[Person]:
    if angle is None:
        spec = next((word for word in reversed(words) if "@" in word), None)
        if spec is not None:
            words = [word for word in words if word is not spec]
            angle = spec
    name = decoded(" ".join(words)) or decoded(comment) or None
    if angle and angle.upper().startswith("IMCEAEX-"):
        angle = _directory_name(angle)
    if angle or name:
        yield Person(name, angle or None)


def _directory_name(encapsulated: str) -> str:
    """The X.500 name in an IMCEA address (MS-OXCMAIL 2.1.3.1.8): `_` stands for `/`, `+HH` for an octet."""
    text = encapsulated[len("IMCEAEX-") :].rpartition("@")[0].replace("_", "/")
    return re.sub(r"\+([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), text)


def decoded(text: str) -> str:
    """Text without RFC 2047 encoding; what cannot be decoded stays as it is."""
    return _ENCODED.sub(lambda found: _decoded(found[0]), text)


def _decoded(words: str) -> str:
    try:
        return "".join(
            part if isinstance(part, str) else part.decode(charset or "ascii", "replace")
            for part, charset in decode_header(words)
        )
    except (LookupError, HeaderParseError):
        return words
