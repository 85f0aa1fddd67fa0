"""The rule by which a folder counts as one of sent mail.

A name says so when its last component, or one above it (`Sent/2023`), is a sent folder's name in some language, alone
or followed by a year or number (`Sent 2023`, `sent-mail-2023-04`, `Gesendet (1)`).
"""

from __future__ import annotations

import re
import unicodedata

from scanner.connectors.sent_folder_names import SENT_FOLDER_NAMES

_SEPARATORS = re.compile(r"[/\\.]")
_NUMBERED = re.compile(r"\A(.*?\D)[\s_.-]*\(?\d{1,4}(?:[-_. ]\d{1,2}){0,2}\)?\Z", re.DOTALL)


def is_sent_name(path: str) -> bool:
    """Whether the last component of a folder's path is a sent folder's name (NFC, case-folded, > 30 languages)."""
    last = _folded(_SEPARATORS.split(path.rstrip("/\\."))[-1])
    if last in _NAMES:
        return True
    numbered = _NUMBERED.match(last)
    return numbered is not None and numbered[1].rstrip(" _.-(") in _NAMES


def lies_under_sent_name(path: str) -> bool:
    """Whether any component but the last is a sent folder's name: people sort sent mail into years below it."""
    parts = _SEPARATORS.split(path)
    return any(is_sent_name(part) for part in parts[:-1] if part)


def _folded(name: str) -> str:
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    return " ".join(folded.replace("_", " ").split())


_NAMES = frozenset(_folded(name) for names in SENT_FOLDER_NAMES.values() for name in names)
