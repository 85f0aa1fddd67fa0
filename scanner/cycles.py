"""How seldom Python looks for reference cycles: hardly anything here makes any, and each look takes time."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_ALLOCATIONS: Final = 50_000  # of objects that can hold others, between two looks for cycles among them


def look_seldom() -> None:
    """For the rest of the process: what a command loads, and the rows that it reads, make hardly any."""
    gc.set_threshold(_ALLOCATIONS, *gc.get_threshold()[1:])


@contextmanager
def few_looks() -> Iterator[None]:
    """Look seldom, and not in what was loaded before: that took a sixth of a scan's time.

    Readings hold no cycles and are freed without it; the few that errors and libraries make are found all the same.
    """
    before = gc.get_threshold()
    gc.freeze()
    look_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
