"""Lists that are short enough for one statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

_Item = TypeVar("_Item")
_MOST: Final = 500  # SQLite takes some thousand values in a statement, and a row has several


def chunks(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """The items in lists that are short enough for one statement."""
    rest = iter(items)
    while chunk := list(islice(rest, _MOST)):
        yield chunk
