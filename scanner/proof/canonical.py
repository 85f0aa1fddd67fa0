"""JSON in the one form in which equal values have equal bytes (RFC 8785, JSON Canonicalization Scheme)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

CanonicalValue = str | int | bool | None | list["CanonicalValue"] | dict[str, "CanonicalValue"]
"""What a manifest is made of. There are no fractions in it: their canonical form is that of another language."""

_EXACT: Final = 2**53  # a reader that holds numbers as doubles (RFC 7493 §2.2) keeps integers up to here apart


def canonical(value: CanonicalValue) -> bytes:
    """The bytes: UTF-8, keys in the order of their UTF-16 code units, no white space, the shortest escapes.

    Lone surrogates, which UTF-8 cannot hold, are written out as text. Raises TypeError for a value that is none of
    CanonicalValue, and ValueError for a number beyond 2^53.
    """
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def moment_text(moment: datetime | None) -> str | None:
    """A moment as a manifest writes it: UTC, ISO 8601 with Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def _plain(value: object) -> CanonicalValue:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > _EXACT:
            raise ValueError("a number beyond 2^53 is not the same for every reader")
        return int(value)
    if isinstance(value, Mapping):
        keys = sorted(map(str, value), key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return {str(_plain(key)): _plain(value[key]) for key in keys}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    raise TypeError(f"{type(value).__name__} has no canonical JSON here")
