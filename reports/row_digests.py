"""Digests of rows: what a row says, whatever program saved it, in whatever order its rows and columns stand."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final

from reports.cells import fitted

SIZE: Final = 16
"""Octets of a digest: the first half of a SHA-256. To find another row with the same one takes 2^128 trials."""

CellValue = str | int | float | bool | datetime | date | time | timedelta | None
"""What openpyxl gives for a cell."""

# What a cell holds as a number or a date; anything beyond is written as text (`reports.cells.cell`).
_EXACT_NUMBER = 2**53
_FIFTEEN_DIGITS = 10**15
_SHORT = 1_000
_FIRST_DATE = datetime(1900, 3, 1, tzinfo=UTC)

# ECMA-376 Part 1 §22.9.2.19: programs differ in how often they undo this escape.
_ESCAPED = re.compile(r"_x005F_(?=x[0-9A-Fa-f]{4}_)", re.IGNORECASE)
_LINE_END = re.compile(r"_x000D_\n|\r\n?")


def tokens_of(values: Iterable[CellValue]) -> list[str]:
    """The tokens of a row of ours. Most cells are plain texts and small numbers, of which there are many millions."""
    tokens = []
    for value in values:
        if value is None:
            tokens.append("")
        elif isinstance(value, str) and len(value) < _SHORT and value.isascii() and value.isprintable():
            tokens.append(_text(value) if "_" in value else f"s{value}" if value else "")
        else:
            tokens.append(written(value))
    return tokens


def written(value: CellValue) -> str:
    """A value of ours as the token that `read` gives for the cell it is written to; "" for an empty cell."""
    if isinstance(value, str):
        return _text(fitted(value))
    if value is None:
        return ""
    if isinstance(value, datetime):
        return _of_moment(value)
    if isinstance(value, (int, float)) and not abs(value) <= _EXACT_NUMBER:
        return _text(str(value))
    return read(value)


def read(value: CellValue, *, formula: bool = False) -> str:
    """The token of a value that openpyxl read. Numbers count to 15 digits and moments to the second."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"f{value}" if formula else _text(value)
    if isinstance(value, (bool, time, timedelta)):
        return f"o{value!r}"
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return _moment(datetime(value.year, value.month, value.day))  # noqa: DTZ001 - a cell has no zone
    return f"n{value}" if isinstance(value, int) and abs(value) < _FIFTEEN_DIGITS else f"n{value:.15g}"


def row_digest(tokens: Iterable[tuple[int, str]]) -> bytes:
    """The digest of the cells of a row that are not empty, each with the number of its column, in ascending order."""
    said = "".join([f"{number}:{len(token)}:{token}" for number, token in tokens if token])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest()[:SIZE]


def _text(text: str) -> str:
    if "_" in text:
        before = None
        while before != text:
            before, text = text, _ESCAPED.sub("_", text)
    if "\r" in text or "_x000D_\n" in text:
        text = _LINE_END.sub("\n", text)
    return f"s{text}" if text else ""


@lru_cache(maxsize=4_096)  # many rows tell of one message
def _of_moment(moment: datetime) -> str:
    try:
        utc = moment.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        return _text(moment.isoformat())
    return _text(moment.isoformat()) if utc < _FIRST_DATE else _moment(utc)


def _moment(moment: datetime) -> str:
    return f"d{(moment + timedelta(milliseconds=500)).replace(microsecond=0, tzinfo=None).isoformat()}"


class Digests:
    """Digests of one size, in no order, each as often as it was added. A million of them take 16 MB."""

    def __init__(self, octets: bytes = b"") -> None:
        """`octets` are digests, one behind the other. Raises ValueError for a part of one."""
        if len(octets) % SIZE:
            raise ValueError("the octets end in the middle of a digest")
        self._lots = [bytearray() for _ in range(256)]  # by the first octet: small enough to sort one by one
        for digest in _cut(octets):
            self.add(digest)

    def __len__(self) -> int:
        return sum(map(len, self._lots)) // SIZE

    def add(self, digest: bytes) -> None:
        """Count one more."""
        self._lots[digest[0]] += digest

    def octets(self) -> Iterator[bytes]:
        """All of them in ascending order, in pieces."""
        for lot in self._lots:
            yield b"".join(sorted(_cut(lot)))

    def hexdigest(self) -> str:
        """SHA-256 over all of them in ascending order, hexadecimal."""
        total = hashlib.sha256()
        for piece in self.octets():
            total.update(piece)
        return total.hexdigest()

    def differ(self, other: Digests) -> tuple[int, int]:
        """How many are here alone, and how many are there alone."""
        mine = theirs = 0
        for lot, beside in zip(self._lots, other._lots, strict=True):
            if lot != beside:
                ours, yours = Counter(_cut(lot)), Counter(_cut(beside))
                mine += (ours - yours).total()
                theirs += (yours - ours).total()
        return mine, theirs


def _cut(octets: bytes | bytearray) -> list[bytes]:
    whole = bytes(octets)
    return [whole[at:end] for at, end in pairwise(range(0, len(whole) + 1, SIZE))]


def ranks(titles: Sequence[str]) -> list[int]:
    """For each column the place of its title among the sorted titles: the same wherever the column is moved."""
    order = sorted(range(len(titles)), key=lambda place: titles[place])
    found = [0] * len(titles)
    for rank, place in enumerate(order):
        found[place] = rank
    return found
