"""Where words go: data to standard output, everything else to standard error."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TextIO

import typer

from scanner.case import Outcome

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]
"""What a command tells a program. A rate may have a fraction, which a manifest (`scanner.proof.canonical`) has not."""


@dataclass(frozen=True, slots=True)
class Output:
    """How a command speaks: for people, or (`json`) as JSON, one object a line. `quiet` leaves data and warnings."""

    json: bool = False
    quiet: bool = False

    def data(self, line: str) -> None:
        """A result for people and pipes: standard output, one line; nothing with `json`."""
        if not self.json:
            _write(sys.stdout, line)

    def object(self, event: str, fields: Mapping[str, JsonValue]) -> None:
        """Something for programs: one JSON object with its `event` first; nothing without `json`."""
        if self.json:
            _write(sys.stdout, _object(event, fields))

    def result(self, code: int, fields: Mapping[str, JsonValue]) -> None:
        """What the command came to, for programs: the last object, and the only one with this event.

        A command that does not get here has its result from `fail`, with the same `exit_code` and why as its `error`.
        """
        if self.json:
            _result(code, {**fields, "error": None})

    def meanwhile(self, fields: Mapping[str, JsonValue]) -> None:
        """What the result shall say too if the command ends before `result`."""
        _MANNER.meanwhile = fields

    def tell(self, line: str) -> None:
        """What a person may want to know: standard error; nothing with `quiet`, or where a program listens."""
        if not self.quiet and not self.json:
            warn(line)


def warn(line: str) -> None:
    """What a person must know: standard error; where a program listens, an object like those of `Output.object`."""
    _write(sys.stderr, _object("notice", {"sentence": line}) if _MANNER.objects else printable(line))


def fail(code: int, sentence: str, hint: str = "", problems: Sequence[str] = ()) -> None:
    """Say why a command ends with this code, on standard error; where a program listens, its result says that too."""
    if _MANNER.objects and not _MANNER.ended:
        _result(code, _early(code, sentence))
    _write(sys.stderr, failure(code, sentence, hint, problems))


def failure(code: int, sentence: str, hint: str = "", problems: Sequence[str] = ()) -> str:
    """Why a command ends: some lines for people, one object for programs."""
    if _MANNER.objects:
        return _object("error", {"sentence": sentence, "problems": [*problems], "hint": hint, "exit_code": int(code)})
    lines = (sentence, *(f"  {problem}" for problem in problems), hint)
    return "\n".join(printable(line) for line in lines if line)


@dataclass(slots=True)
class _Manner:
    """How this process speaks on standard error, whoever of its parts does it, in whatever thread."""

    objects: bool = False
    ended: bool = False  # whether the result was written: there is one
    meanwhile: Mapping[str, JsonValue] = field(default_factory=dict)


_FAILED: Final = 1  # as in `scanner.cli.exits`, which imports this
_STOPPED: Final = 3
_MANNER: Final = _Manner()


@contextmanager
def speaking(*, objects: bool) -> Iterator[None]:
    """Within the block `warn` writes objects, or lines, and what is logged as a warning, such as a wait, is said by it.

    Else `logging` would write it on standard error itself, as a line.
    """
    import logging  # noqa: PLC0415 - a help text must not pay for it

    class Said(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            warn(record.getMessage())

    before, handler = _MANNER.objects, Said(logging.WARNING)
    _MANNER.objects, _MANNER.ended, _MANNER.meanwhile = objects, False, {}
    logging.getLogger().addHandler(handler)
    try:
        yield
    except BaseException as error:  # a traceback is about to be shown, or else `fail` was there already
        if objects and not (_MANNER.ended or isinstance(error, (typer.Exit, typer.Abort, typer.BadParameter))):
            sentence = f"missedbcc failed in a way that nobody foresaw ({type(error).__name__})."
            _result(_FAILED, _early(_FAILED, sentence))
        raise
    finally:
        logging.getLogger().removeHandler(handler)
        _MANNER.objects = before


def _early(code: int, sentence: str) -> dict[str, JsonValue]:
    """What the result of a command says that came to no end of its own."""
    outcome = Outcome.STOPPED if code == _STOPPED else Outcome.FAILED
    return {**_MANNER.meanwhile, "outcome": str(outcome), "error": sentence}


def _result(code: int, fields: Mapping[str, JsonValue]) -> None:
    _MANNER.ended = True
    _write(sys.stdout, _object("result", {**fields, "exit_code": int(code)}))


def _object(event: str, fields: Mapping[str, JsonValue]) -> str:
    return json.dumps({"event": event, **fields})


def printable(text: str) -> str:
    """The text without control characters: names come from servers, and must not steer a terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _write(stream: TextIO, line: str) -> None:
    """Write one line at once. When the reader has gone away, go on in silence: the work itself is still wanted.

    So it is where the stream fails, as that of a full disk does; but then the code of the command must not say that all
    went well, and who reads the other stream is told.
    """
    try:
        stream.write(line + "\n")
        stream.flush()
    except BrokenPipeError:
        silence(stream)
    except OSError as error:
        silence(stream)
        if stream is sys.stdout:
            _LOST.add(str(error.strerror))
            warn(f"Standard output cannot be written to: {error.strerror}. The work itself goes on.")


_LOST: set[str] = set()
"""How standard output failed, until somebody asks."""


def lost() -> bool:
    """Whether standard output failed since somebody last asked."""
    failed = bool(_LOST)
    _LOST.clear()
    return failed


def have_streams() -> None:
    """Make both streams fit to be written to: also where the caller has closed one, and for file names of any bytes."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="surrogateescape")  # a path is given back byte for byte


def silence(stream: TextIO) -> None:
    """Send what this stream is given from now on to nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
