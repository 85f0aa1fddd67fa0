"""Why a run ended early, in words that name no file and nobody: those of the kind of error, and of the system."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from scanner.errors import CaseHeld, ReportError, SettingsError, SourceError, StoreError

_KINDS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (SettingsError, "the settings, or the words of the command, are wrong"),
    (CaseHeld, "another command held the case"),
    (StoreError, "the case could not be opened, read or written"),
    (ReportError, "the workbook could not be written"),
    (SourceError, "what was to be read could not be opened"),
    (OSError, "the operating system refused something"),
)


def reason_of(error: BaseException, *, written: bool = False) -> str:
    """The reason; the error's own sentence is left out, since it may name a path, an account or a cell.

    `written` is whether the workbook was, so that something else could not be.
    """
    said = next((words for kind, words in _KINDS if isinstance(error, kind)), "it failed in a way that nobody foresaw")
    if written and isinstance(error, ReportError):
        said = "a file beside the workbook could not be written"
    system = next((os.strerror(one.errno) for one in _chain(error) if isinstance(one, OSError) and one.errno), "")
    return f"{said}: {system}" if system else said


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and those that led to it."""
    met: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in met:
        met.append(following)
        yield following
        following = following.__cause__ or following.__context__
