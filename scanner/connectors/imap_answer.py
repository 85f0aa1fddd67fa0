"""One answer of an IMAP server, and what an answer to FETCH says about a message (RFC 9051 §7.5.2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import lru_cache, partial
from typing import NamedTuple

_UID = re.compile(rb"[( ]UID (\d{1,10})(?=[ )])", re.IGNORECASE)
_SIZE = re.compile(rb"[( ]RFC822\.SIZE (\d{1,19})(?=[ )])", re.IGNORECASE)
_INTERNALDATE = re.compile(rb'[( ]INTERNALDATE "([^"]{20,32})"', re.IGNORECASE)
# Courier quotes the names of the fields, pymap sorts them: the part before them is what a server cannot change.
_BODY = re.compile(
    rb'[( ]BODY\[(?:HEADER[^\]]*)?\](?:<\d+>)? (?:NIL|"((?:[^"\\]|\\.)*)"|~?\{\d+\+?\})', re.IGNORECASE | re.DOTALL
)
_EARLIER_LITERAL = re.compile(rb"\{\d+\+?\}")
_ZONE = re.compile(rb"[+-]\d{4}")
_MONTHS = {
    name: number
    for number, name in enumerate(
        (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"), start=1
    )
}


class Response(NamedTuple):
    """One untagged answer. `text` is the line with each literal's `{size}` left in place."""

    text: bytes
    literals: tuple[bytes, ...] = ()


class Fetched(NamedTuple):
    """What a server said about one message.

    `body` is None when it had nothing, or two different things, to say; `stored` is INTERNALDATE as written.
    """

    uid: int
    body: bytes | None
    size: int | None = None
    stored: bytes | None = None
    trouble: str = ""

    @property
    def received(self) -> Callable[[], datetime | None] | None:
        """When the server stored it; read when somebody asks, since of most messages nobody does."""
        return partial(internal_date, self.stored) if self.stored is not None else None


def read_fetch(response: Response) -> Fetched | None:
    """One FETCH answer, its items in any order; None when it is another answer or names no UID."""
    text = response.text
    number = _UID.search(text)
    if number is None:
        return None
    octets = _SIZE.search(text)
    stored = _INTERNALDATE.search(text)
    return Fetched(
        int(number[1]),
        _body(response),
        int(octets[1]) if octets is not None else None,
        stored[1] if stored is not None else None,
    )


def _body(response: Response) -> bytes | None:
    found = _BODY.search(response.text)
    if found is None:
        return None
    if found[1] is not None:
        return re.sub(rb"\\(.)", rb"\1", found[1], flags=re.DOTALL)
    if not response.literals or found[0].endswith(b"NIL"):
        return None
    if len(response.literals) == 1:
        return response.literals[0]
    index = len(_EARLIER_LITERAL.findall(response.text, 0, found.end())) - 1
    return response.literals[index] if 0 <= index < len(response.literals) else None


def internal_date(value: bytes) -> datetime | None:
    """`17-Jul-1996 02:44:25 -0700` (RFC 9051 §9, date-time) as an aware time; None when it is none."""
    # Fixed columns: a day of one digit is led by a space. `datetime` cannot hold a leap second: it is the one before.
    try:
        return datetime(
            int(value[7:11]),
            _MONTHS[value[3:6].lower()],
            int(value[:2]),
            int(value[12:14]),
            int(value[15:17]),
            min(int(value[18:20]), 59),
            tzinfo=_zone(value[21:]),
        )
    except (ValueError, KeyError):
        return None


@lru_cache(maxsize=256)
def _zone(written: bytes) -> timezone:
    if _ZONE.fullmatch(written) is None:
        raise ValueError("no time zone")
    offset = timedelta(hours=int(written[1:3]), minutes=int(written[3:5]))
    return timezone(-offset if written[:1] == b"-" else offset)
