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
    waiting: list[str] = []  # "Doe," before "John <j@x.example>"
    angle, comment = None, ""
    for token in _TOKEN.finditer(value + ","):
        kind = token.lastgroup
        text = token[kind] if kind else ""
        if kind == "end" or (kind == "angle" and angle is not None):
            yield from _persons(words, angle, comment, waiting)
            waiting = [*waiting, " ".join(words)] if angle is None and words and not _addresses(words) else []
            if text == ";":
                yield from map(_without_address, waiting)
                waiting = []
            words, angle, comment = [], None, ""
        if kind == "colon" and angle is None and not _addresses(words):
            words = []
        elif kind == "angle":
            angle = text.strip() if text.strip().startswith("/") else "".join(text.split())
        elif kind == "comment":
            comment = text
        elif kind == "quoted":
            quoted_local = value[token.end() : token.end() + 1] == "@"
            words.append(token[0] if quoted_local else re.sub(r"\\(.)", r"\1", text))
        elif kind in ("word", "stray"):
            if text.startswith("@") and words and words[-1].startswith('"'):
                text = words.pop() + text
            words.append(text)
    yield from map(_without_address, waiting)


def _addresses(words: list[str]) -> list[str]:
    return [word for word in words if "@" in word]


def _without_address(words: str) -> Person:
    """A name that no address follows; directory names stand bare in some headers."""
    return Person(None, words) if words.startswith("/") else Person(decoded(words), None)


def _persons(words: list[str], angle: str | None, comment: str, waiting: list[str]) -> Iterator[Person]:
    """The people of one entry: one, unless several bare addresses stand in it without a separator."""
    if angle is None:
        bare = _addresses(words)
        if bare:
            yield from map(_without_address, waiting)
        names = [word for word in words if "@" not in word]
        for word in bare:
            yield Person(decoded(" ".join(names)) or decoded(comment) or None, _plain(word))
        return
    name = ", ".join([*waiting, decoded(" ".join(words))] if waiting else [decoded(" ".join(words))])
    yield Person(name or decoded(comment) or None, _plain(angle) or None)


def _plain(spec: str) -> str:
    """An address without route and prefix, and a directory name in its own form."""
    if spec.upper().startswith("IMCEAEX-"):
        return _directory_name(spec)
    if spec.startswith("["):
        spec = spec.strip("[]")
    return re.sub(r"\A@[^:]*:|\A(?:mailto|smtp):", "", spec, flags=re.IGNORECASE)


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
