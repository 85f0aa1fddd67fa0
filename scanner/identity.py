"""What makes two copies the same message, whatever store they were found in (never a place, never a clock of ours)."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime

_SEPARATOR = "\x1f"


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
    return _hash("content", author, minute, normalised_subject(subject), *sorted(set(visible)))


def named_key(message: str, author: str, visible: Iterable[str]) -> str:
    """The key made from that of the Message-ID (`message_key`), author and visible recipients, without the date."""
    return _hash("named", message, author, *sorted(set(visible)))


def normalised_subject(subject: str) -> str:
    """The subject as copies agree on it: compatibility-normalised, case-folded, without white space."""
    return "".join(unicodedata.normalize("NFKC", subject).casefold().split())


def _hash(*parts: str) -> str:
    text = _SEPARATOR.join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:32]
