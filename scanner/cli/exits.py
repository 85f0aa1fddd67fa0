"""How a command ends: an error becomes a sentence and a code."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum
from functools import wraps
from types import FrameType, TracebackType
from typing import Final, Literal, NoReturn, ParamSpec

import typer

from scanner.cli.output import fail, failure, lost, speaking
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
4  exposures found: incidents that are new, or changed since they were last shown
3 wins over 4.
"""
"""Stands at the end of every help text. The mark keeps typer from joining the lines."""

STOPPED: Final = "Stopped."
STOPPED_EARLY: Final = "Stopped before anything was begun."
STOPPED_AT_ONCE: Final = "Stopped at once; what was saved before stands."

_Given = ParamSpec("_Given")
_TOGETHER: Final = 0.02  # seconds within which two signals are one
_STDERR: Final = 2


def code_of(error: BaseException) -> Exit:
    """With which code a command ends that this ends early; one that was stopped is incomplete."""
    if isinstance(error, KeyboardInterrupt):
        return Exit.INCOMPLETE
    return Exit.USAGE if isinstance(error, SettingsError) else Exit.FAILED


class told:  # noqa: N801 - used as a decorator, read as a word
    """Around a command: whatever is raised inside becomes one sentence on standard error and an exit code.

    Where the command has a parameter `json` that is true, all that comes on standard error is JSON, one object a line.
    An exception that nobody foresaw shows its traceback only where MISSEDBCC_DEBUG is set, because its text may quote
    mail; local variables are never shown.
    """

    def __init__(self, resume: str = "") -> None:
        """`resume` says how to go on after Ctrl-C, where nothing `stopping` inside the command knows better."""
        self._resume = resume

    def __call__(self, command: Callable[_Given, None]) -> Callable[_Given, None]:
        """The command with this around it."""

        @wraps(command)
        def inside(*given: _Given.args, **named: _Given.kwargs) -> None:
            with speaking(objects=named.get("json") is True), self:
                command(*given, **named)

        return inside

    def __enter__(self) -> told:
        _STOP.at_work = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        if lost() and (error is None or (isinstance(error, typer.Exit) and error.exit_code == Exit.CLEAN)):
            raise typer.Exit(Exit.FAILED) from None
        if isinstance(error, KeyboardInterrupt):
            fail(code_of(error), f"{STOPPED} {str(error) or self._resume}".strip())
            raise typer.Exit(code_of(error)) from None
        if isinstance(error, MissedBccError):
            fail(code_of(error), str(error), error.hint, getattr(error, "problems", ()))
            raise typer.Exit(code_of(error)) from None
        if os.environ.get(DEBUG) or not isinstance(error, Exception) or _is_typers(error):
            return False
        fail(Exit.FAILED, *_unforeseen(error))
        raise typer.Exit(Exit.FAILED) from None


@contextmanager
def stopping(resume: Callable[[], str]) -> Iterator[None]:
    """Within the block, Ctrl-C says how to go on, which is asked for then; "" leaves that to whoever is around it."""
    try:
        yield
    except KeyboardInterrupt as stopped:
        raise KeyboardInterrupt(str(stopped) or resume()) from None


def stop_on_signals() -> None:
    """Make SIGTERM, and a terminal that goes away, stop a command as Ctrl-C does; a second one ends it at once."""
    signal.signal(signal.SIGTERM, _STOP)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # not under nohup
        signal.signal(signal.SIGHUP, _STOP)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored, as in the background
        signal.signal(signal.SIGINT, _STOP)


class _Stop:
    """The first signal lets the command put things in order; the second does not wait for that.

    It ends the process as a kill does, which every file of a case survives; so does one that comes before a command is
    `at_work`, while typer still reads the words. A terminal and a program such as `timeout` may both pass the same
    signal on, so one that comes with the first is part of it.
    """

    def __init__(self) -> None:
        self.at_work = False
        self._first: float | None = None

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self.at_work:
            _end_at_once(STOPPED_EARLY)
        if self._first is None:
            self._first = now
            raise KeyboardInterrupt
        if now - self._first >= _TOGETHER:
            _end_at_once(failure(Exit.INCOMPLETE, STOPPED_AT_ONCE))


def _end_at_once(said: str) -> NoReturn:
    with suppress(OSError):  # not through sys.stderr, which may be in the midst of a line
        os.write(_STDERR, f"{said}\n".encode())
    os._exit(Exit.INCOMPLETE)


_STOP: Final = _Stop()


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
