"""The parts of a whole message (RFC 2046): texts, attached originals, delivery reports; bounded, in linear time.

The standard library's parser goes down one call for each level of nesting and looks for every open boundary in every
line, so that a message of a megabyte can stop it. This one is told how deep to go, and goes no deeper.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from enum import Enum, auto
from itertools import pairwise
from typing import Final, NamedTuple

from scanner.detector.html_text import html_text
from scanner.encoded_word import decode_labelled
from scanner.header_block import MAX_HEADER, begin_of

DEEPEST: Final = 12
"""Levels of nesting that are read."""
MOST_PARTS: Final = 500
"""Parts of one message that are read."""
LONGEST_TEXT: Final = 4 * 1024 * 1024
"""Octets of one text that are read, before they are decoded."""

_LONGEST_FIELD: Final = 2000
_LONGEST_HEADER: Final = 65_536  # of a part; that of a message may be longer
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n|\A\r?\n")
_FIELD = re.compile(
    rb"(?:\A|\n)content-(type|transfer-encoding)[ \t]*+:([^\n]*+(?>(?:\n[ \t][^\n]*+)*))", re.IGNORECASE
)
_PARAMETER = re.compile(rb";\s*+(boundary|charset)(?:\*0?\*?)?\s*+=\s*+(?:\"([^\"]*+)\"|([^\s;\"]++))", re.IGNORECASE)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]++")


class Kind(Enum):
    """What a part is to us."""

    TEXT = auto()
    ORIGINAL = auto()  # the header of an attached message (message/rfc822, text/rfc822-headers, RFC 6533's twins)
    REPORT = auto()  # message/delivery-status (RFC 3464 §2)


class Part(NamedTuple):
    """One part: its octets, decoded, and for a TEXT what they are to be read as."""

    kind: Kind
    octets: bytes
    charset: str = ""
    is_html: bool = False

    @property
    def text(self) -> str:
        """The text, with HTML turned into lines."""
        text = decode_labelled(self.octets, self.charset)
        return html_text(text) if self.is_html else text


class _Stretch(NamedTuple):
    octets: bytes
    start: int
    end: int
    depth: int
    kind: bytes  # the type that it has where its header names none


def parts_of(raw: bytes) -> Iterator[Part]:
    """The parts of a message that may tell something of another message, in the order written. Never raises.

    Nothing is read beyond DEEPEST levels, MOST_PARTS parts and LONGEST_TEXT octets of one part.
    """
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    waiting = [_Stretch(raw, begin_of(raw), len(raw), 0, b"text/plain")]
    read = 0
    while waiting and read < MOST_PARTS:
        stretch = waiting.pop()
        read += 1
        part, inner = _read(stretch)
        if part:
            yield part
        if stretch.depth < DEEPEST:
            waiting += reversed(inner)


def header_of(octets: bytes) -> bytes:
    """The header of a message, or all of it where no empty line ends it."""
    end = _EMPTY_LINE.search(octets, 0, MAX_HEADER)
    return octets[: end.start() + 1] if end else octets[:MAX_HEADER]


def _read(stretch: _Stretch) -> tuple[Part | None, list[_Stretch]]:
    octets, start, end, depth, default = stretch
    longest = _LONGEST_HEADER if depth else MAX_HEADER
    empty = _EMPTY_LINE.search(octets[start : min(end, start + longest)])
    header = octets[start : start + empty.start()] if empty else octets[start : min(end, start + longest)]
    body = start + empty.end() if empty else end
    kind, charset, boundary, encoding = _nature(header, default)
    if kind.startswith(b"multipart/"):
        inner = b"message/rfc822" if kind == b"multipart/digest" else b"text/plain"
        places = _between(octets, body, end, boundary) if boundary else []
        if places:
            return None, [_Stretch(octets, first, last, depth + 1, inner) for first, last in places]
        kind = b"text/plain"  # a damaged message: its text is read as it stands
    if kind in (b"message/rfc822", b"message/global"):
        if encoding not in (b"", b"7bit", b"8bit", b"binary"):
            octets = _decoded(octets[body:end], encoding)
            body, end = 0, len(octets)
        body = min(begin_of(octets, body), end)
        original = Part(Kind.ORIGINAL, header_of(octets[body : min(end, body + MAX_HEADER)]))
        return original, [_Stretch(octets, body, end, depth + 1, b"text/plain")]
    return _leaf(kind, charset, _decoded(octets[body : min(end, body + LONGEST_TEXT)], encoding)), []


def _leaf(kind: bytes, charset: str, octets: bytes) -> Part | None:
    if kind in (b"text/rfc822-headers", b"message/global-headers"):
        return Part(Kind.ORIGINAL, header_of(octets))
    if kind in (b"message/delivery-status", b"message/global-delivery-status"):
        return Part(Kind.REPORT, octets)
    if kind in (b"text/plain", b"text/html"):
        return Part(Kind.TEXT, octets, charset, kind == b"text/html")
    return None


def _nature(header: bytes, default: bytes) -> tuple[bytes, str, bytes, bytes]:
    """Type, character set, boundary and transfer encoding; the first of each field counts."""
    fields = {name.lower(): body[:_LONGEST_FIELD] for name, body in reversed(_FIELD.findall(header))}
    told = fields.get(b"type", default)
    kind = told.partition(b";")[0].strip().lower()
    parameters = {name.lower(): quoted or plain for name, quoted, plain in reversed(_PARAMETER.findall(told))}
    charset = parameters.get(b"charset", b"").decode("latin-1").replace("\0", "")
    encoding = fields.get(b"transfer-encoding", b"").strip().lower()
    return kind if b"/" in kind else default, charset, parameters.get(b"boundary", b"").rstrip(), encoding


def _between(octets: bytes, start: int, end: int, boundary: bytes) -> list[tuple[int, int]]:
    """Where the parts between the delimiter lines begin and end (RFC 2046 §5.1.1); the last may lack its end."""
    delimiter = b"--" + boundary
    begins: list[tuple[int, int]] = []  # of the line, and of what follows it
    position = octets.find(delimiter, start, end)
    while position >= 0 and len(begins) <= MOST_PARTS:
        after = position + len(delimiter)
        line_end = octets.find(b"\n", after, end)
        line_end = end if line_end < 0 else line_end
        rest = octets[after : min(line_end, after + 80)].rstrip()
        if (position == start or octets[position - 1 : position] == b"\n") and rest in (b"", b"--"):
            begins.append((position, min(line_end + 1, end)))
            if rest:
                break
        position = octets.find(delimiter, after, end)
    else:
        begins.append((end, end))
    return [(first, last) for (_, first), (last, _) in pairwise(begins) if first < last]


def _decoded(octets: bytes, encoding: bytes) -> bytes:
    if encoding == b"quoted-printable":
        return binascii.a2b_qp(octets)
    if encoding == b"base64":
        letters = _NOT_BASE64.sub(b"", octets.partition(b"=")[0])
        letters = letters[:-1] if len(letters) % 4 == 1 else letters
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
    return octets
