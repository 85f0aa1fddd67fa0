"""Which runs are still to be told: noted before a run begins, and struck out when everybody was told of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Final

from scanner.telling.failure import CannotTell

_OWN_MODE: Final = 0o600


class Pending(StrEnum):
    """How far the telling of a run came; the values stand in the file."""

    DUE = "due"  # nobody was told
    BEGUN = "begun"  # some may have been told, and others not
    _TOLD = "told"


_STATES: Final = frozenset(map(str, Pending))


class ToTell:
    """The file of a case in which that is noted: lines of a run and a state, the last one of each run counts.

    A run that is killed behind its workbook tells nobody, and its workbook makes what it found known to the next one.
    So it is noted first and told then. A message that was handed over cannot be taken back, and no server tells us
    later whether it took one: a run that is killed between the two is told twice, and the second time says so. Lines
    are only added, each by one call, and emptied when nothing is due: a kill never leaves less than is due.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def due(self, run: int) -> None:
        """Note that a run which is about to begin is to be told. Raises CannotTell."""
        self._add([run], Pending.DUE, os.O_APPEND if self.runs() else os.O_TRUNC)

    def begun(self, run: int) -> None:
        """Note that this run, and those before it that are still to be told, are told now. Raises CannotTell."""
        self._add({run, *self._up_to(run)}, Pending.BEGUN)

    def told(self, run: int) -> None:
        """Strike this run out, and those before it. Raises CannotTell."""
        self._add(self._up_to(run), Pending._TOLD)

    def runs(self) -> dict[int, Pending]:
        """Those that are still to be told."""
        try:
            lines = self._file.read_text("ascii", "replace").split("\n")[:-1]  # the last may be a part of one
        except OSError:
            return {}
        found: dict[int, Pending] = {}
        for line in lines:
            number, _, state = line.partition(" ")
            if number.isdecimal() and state in _STATES:
                found[int(number)] = Pending(state)
        return {run: state for run, state in sorted(found.items()) if state is not Pending._TOLD}

    def _up_to(self, run: int) -> list[int]:
        return [one for one in self.runs() if one <= run]

    def _add(self, runs: Iterable[int], state: Pending, how: int = os.O_APPEND) -> None:
        text = "".join(f"{run} {state}\n" for run in sorted(runs))
        try:
            handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | how, _OWN_MODE)
            try:
                os.write(handle, text.encode())
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise CannotTell(f"what is to be told cannot be noted in {self._file}: {error.strerror}") from None
