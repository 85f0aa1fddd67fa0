"""What a check of a case finds: one line for each file, and whether it is as it was written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Final, Protocol

NO_RIGHT: Final = "You have no right to read it, so it was not checked. Get that right, or let its owner check."


class State(StrEnum):
    """How a file stands beside what the manifests say of it."""

    AS_WRITTEN = "as written"
    FILLED = "filled in"  # only cells that people fill are others
    SAVED = "saved again"  # by another program, and every cell says the same
    NOTE = "note"
    CHANGED = "changed"
    DAMAGED = "damaged"
    MISSING = "missing"
    UNKNOWN = "unknown"  # nothing names it
    UNCHECKED = "not checked"  # it cannot be read here, which says nothing of what it holds
    IN_USE = "in use"  # a command has the case now, so that this cannot be told

    @property
    def fine(self) -> bool:
        """Whether nobody needs to look at it."""
        return self in (State.AS_WRITTEN, State.FILLED, State.SAVED, State.NOTE)

    @property
    def untold(self) -> bool:
        """Whether nobody can tell yet how it stands."""
        return self in (State.UNCHECKED, State.IN_USE)


@dataclass(frozen=True, slots=True)
class Found:
    """One line. `subject` is a file as the manifests name it; `counts` are numbers for programs, by sheet."""

    state: State
    subject: str
    sentence: str
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


class Changes(Protocol):
    """How a workbook differs (`reports.workbook_check.Changes`)."""

    @property
    def facts(self) -> Mapping[str, int]:
        """Sheets of which rows are others, and how many."""
        ...

    @property
    def answers(self) -> Mapping[str, int]:
        """Sheets of which human cells are others, and how many."""
        ...

    @property
    def missing(self) -> tuple[str, ...]:
        """Sheets that are no more."""
        ...

    @property
    def added(self) -> tuple[str, ...]:
        """Sheets that were not there."""
        ...

    @property
    def saved_by(self) -> str:
        """What its properties name as the program that saved it, "" for ours or where they name none."""
        ...


class Comparing(Protocol):
    """Compares a workbook with the facts of its sheets and the file with the digests of its rows.

    Raises ReportError when the workbook cannot be opened, and OSError or ValueError when `rows` cannot be used.
    """

    def __call__(self, workbook: Path | IO[bytes], sheets: Sequence[Mapping[str, Any]], rows: Path, /) -> Changes:
        """How the workbook differs."""
        ...
