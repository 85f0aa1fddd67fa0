"""How a command ends: an error becomes a sentence and a code."""

from __future__ import annotations

import os
import signal
from contextlib import ContextDecorator
from enum import IntEnum
from types import FrameType, TracebackType
from typing import Final, Literal

import typer

from scanner.cli.output import warn
from scanner.errors import MissedBccError, SettingsError

DEBUG: Final = "MISSEDBCC_DEBUG"


class Exit(IntEnum):
    """The exit codes of every command. INCOMPLETE wins over EXPOSURES."""

    CLEAN = 0
    FAILED = 1
    USAGE = 2
    INCOMPLETE = 3
    EXPOSURES = 4


CODES: Final = """Exit codes:

\b
0  everything read, nothing new found
1  failed
2  wrong usage or settings
3  incomplete: some mail could not be read, or the scan was stopped
4  exposures found that no earlier run had found
3 wins over 4.
"""
"""Stands at the end of every help text. The mark keeps typer from joining the lines."""

STOPPED: Final = "Stopped."


class told(ContextDecorator):  # noqa: N801 - used as a decorator, read as a word
    """Around a command: whatever is raised inside becomes one sentence on standard error and an exit code.

    An exception that nobody foresaw shows its traceback only where MISSEDBCC_DEBUG is set, because its text may quote
    mail; local variables are never shown.
    """

    def __init__(self, resume: str = "") -> None:
        """`resume` says how to go on after Ctrl-C."""
        self._resume = resume

    def __enter__(self) -> told:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        if isinstance(error, KeyboardInterrupt):
            warn(f"{STOPPED} {self._resume}".strip())
            raise typer.Exit(Exit.INCOMPLETE) from None
        if isinstance(error, MissedBccError):
            _tell(error)
            raise typer.Exit(Exit.USAGE if isinstance(error, SettingsError) else Exit.FAILED) from None
        if os.environ.get(DEBUG) or not isinstance(error, Exception) or _is_typers(error):
            return False
        for line in _unforeseen(error):
            warn(line)
        raise typer.Exit(Exit.FAILED) from None


def stop_on_terminate() -> None:
    """Make SIGTERM stop a command as Ctrl-C does."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _tell(error: MissedBccError) -> None:
    warn(str(error))
    for problem in getattr(error, "problems", ()):
        warn(f"  {problem}")
    if error.hint:
        warn(error.hint)


def _unforeseen(error: Exception) -> tuple[str, str]:
    if isinstance(error, OSError) and error.strerror:
        place = f": {error.filename}" if error.filename else ""
        return (
            f"The operating system refused: {error.strerror}{place}.",
            "Correct that, then run the same command again.",
        )
    sentence = f"missedbcc failed in a way that nobody foresaw ({type(error).__name__})."
    return sentence, f"Run it again with {DEBUG}=1 in the environment to see where; that output may quote mail."


def _is_typers(error: Exception) -> bool:
    """Whether typer itself handles it: Exit, Abort, and complaints about the command line."""
    return isinstance(error, (typer.Exit, typer.Abort, typer.BadParameter))
