"""Whether work grows with its size alone: a law about the reader, not a measurement of the machine."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

_FACTOR = 16
_ALLOWED = 64  # linear work needs 16 times as long, quadratic 256: a busy machine's factor of 4 lies between
_ATTEMPTS = 3
_FLOOR = 0.001  # seconds below which the clock says nothing


def assert_linear(work: Callable[[int], object], size: int) -> None:
    """Fails when 16 times `size` costs more than 64 times the processor time of `size`, three times in a row."""
    ratios: list[float] = []
    while len(ratios) < _ATTEMPTS:
        small = max(min(_seconds(work, size) for _ in range(3)), _FLOOR)
        ratios.append(_seconds(work, size * _FACTOR) / small)
        if ratios[-1] <= _ALLOWED:
            return
    raise AssertionError(f"{_FACTOR} times the size took {ratios} times as long")


def _seconds(work: Callable[[int], object], size: int) -> float:
    begin = process_time()
    work(size)
    return process_time() - begin
