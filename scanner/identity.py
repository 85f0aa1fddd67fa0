"""What makes two copies the same message, whatever store they were found in (never a place, never a clock of ours)."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple

_SEPARATOR = "\x1f"
_ZONES: Final = 14
"""Hours by which the dates of two copies may differ when a conversion damaged the time zone: the widest zone."""

_SHORT: Final = 256  # characters of a text that is normalised at once, whatever stands in it
_RUN: Final = 30
"""Marks upon one letter that are put in order at once, as in the Stream-Safe Text Format (UAX #15 §13)."""


class Keys(NamedTuple):
    """By what a copy is recognised.

    `content` is the identity. `message` is the key of the Message-ID. `named` is that key with the author, those shown
    and the minute within the hour, and `hour` is the hour of sending, counted from 1970 (0 without a date).
    """

    content: str
    message: str | None
    named: str | None
    hour: int

    @property
    def kept(self) -> tuple[str, ...]:
        """The keys under which the copy is found."""
        return (self.content, self._around(0)) if self.named else (self.content,)

    @property
    def sought(self) -> tuple[str, ...]:
        """The keys under which every copy of the same message stands, beside other messages."""
        if not self.named:
            return (self.content,)
        nearer = -1 if self.hour % (2 * _ZONES) < _ZONES else 1
        return (self.content, self._around(0), self._around(nearer))

    def agree_by_name(self, other: Keys) -> bool:
        """Whether Message-ID, author and audience agree, and the dates too, but for whole hours of a damaged zone."""
        return self.named is not None and self.named == other.named and abs(self.hour - other.hour) <= _ZONES

    def _around(self, step: int) -> str:
        return f"{self.named}{self.hour // (2 * _ZONES) + step}"


def message_key(message_id: str | None) -> str | None:
    """The key made from the Message-ID: None when the message has none (RFC 5322 §3.6.4).

    Conversions renumber messages, so this key proves sameness when it agrees and nothing when it differs.
    """
    if not message_id:
        return None
    left, at, right = message_id.strip().strip("<>").rpartition("@")
    return _hash("id", left + at + right.lower())


def content_key(author: str, date: datetime | None, subject: str, visible: Iterable[str]) -> str | None:
    """The key made from what every store keeps: author, minute of sending, subject and visible recipients.

    `author` and `visible` are canonical addresses (or, for people without one, the text shown). Seconds are dropped
    because Graph and Exchange conversions lose them. None without a date: then only the digest identifies the copy.
    """
    if date is None:
        return None
    minute = date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
    return _hash("content", author, minute, normalised_subject(subject), *_distinct(visible))


def keys_of(content: str, message: str | None, author: str, date: datetime | None, shown: Iterable[str]) -> Keys:
    """All keys of a copy; `content` is its identity, `message` its `message_key`, `shown` who its visible fields show.

    The Message-ID alone proves nothing (some programs give one to many messages), so the author, the audience and the
    date must agree with it. Conversions damage time zones and subjects: of the date whole hours do not count, of the
    subject nothing does. A copy without a date is recognised by its content alone.
    """
    if message is None or date is None:
        return Keys(content, message, None, 0)
    hour, minute = divmod(int(date.timestamp()) // 60, 60)
    return Keys(content, message, _hash("named", message, author, str(minute), *_distinct(shown)), hour)


def _distinct(people: Iterable[str]) -> list[str]:
    """Each once, sorted. People who come sorted stay in that order, so that to sort them again costs little."""
    return sorted(dict.fromkeys(people))


def sibling_key(content: str, digest: str) -> str:
    """The identity of a message whose content key another message holds already; `digest` is that of its header."""
    return _hash("sibling", content, digest)


def normalised_subject(subject: str) -> str:
    """The subject as copies agree on it: compatibility-normalised, case-folded, without white space."""
    return "".join(compatible(subject).casefold().split())


def compatible(text: str) -> str:
    """The text in compatibility form (NFKC), in linear time: of more than thirty marks in a row the rest stay apart.

    To put a run of marks in order takes time with its square, and a hostile subject is one run of millions.
    """
    if len(text) <= _SHORT or text.isascii():
        return unicodedata.normalize("NFKC", text)
    pieces: list[str] = []
    begin = run = 0
    for place, letter in enumerate(text):
        run = run + 1 if _is_mark(letter) else 0
        if run > _RUN:
            pieces.append(text[begin:place])
            begin, run = place, 1
    return "".join(unicodedata.normalize("NFKC", piece) for piece in (*pieces, text[begin:]))


@lru_cache(maxsize=8192)
def _is_mark(letter: str) -> bool:
    return unicodedata.combining(unicodedata.normalize("NFKD", letter)[-1]) > 0


def _hash(*parts: str) -> str:
    text = _SEPARATOR.join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:32]
