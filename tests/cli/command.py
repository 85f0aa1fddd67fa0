"""The command, in this process or in one of its own, and mail for it to read."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from subprocess import PIPE, Popen
from typing import IO, Any

from typer.testing import CliRunner

from scanner.cli import app

CANARY = "canary.person"
"""The local part of every outsider: it must never be on a console."""


LOADED = """
import sys
from scanner.cli import main
try:
    main()
finally:
    print(*sorted(sys.modules), file=sys.stderr)
"""
"""A program: the command, and then the names of all modules it has loaded, in the last line of standard error."""


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def told(self) -> list[dict[str, Any]]:
        """What a program was told on standard error."""
        return [json.loads(line) for line in self.err.splitlines()]

    @property
    def workbook(self) -> Path:
        (line,) = self.out.splitlines()
        return Path(line)


def missedbcc(folder: Path, *words: str | Path) -> Ended:
    """The command in this process, with `folder` as the working folder."""
    with contextlib.chdir(folder):
        done = CliRunner().invoke(app, [*map(str, words)], prog_name="missedbcc")
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Ended(done.exit_code, done.stdout, done.stderr)


def scan(folder: Path, *words: str, code: int) -> str:
    """What a scan of the mail of corp.example says, which must end with this code."""
    done = missedbcc(folder, "scan", *words, "--internal", "corp.example")
    assert done.code == code, done.err
    return done.err


def start(
    folder: Path,
    *words: str | Path,
    program: str = "from scanner.cli import main; main()",
    stdout: IO[str] | int = PIPE,
) -> Popen[str]:
    """The real command in a process of its own."""
    return Popen(
        [sys.executable, "-c", program, *map(str, words)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "error"},
        stdin=PIPE,
        stdout=stdout,
        stderr=PIPE,
        text=True,
    )


def ended(process: Popen[str]) -> Ended:
    """What a process came to; its standard input is closed."""
    with process:
        out, err = process.communicate("", timeout=600)
    return Ended(process.returncode, out, err)


def message(number: int, outsiders: int = 1, author: str = "sales@corp.example") -> bytes:
    """A mailing of its own: nothing in its subject or date joins it to that of another number."""
    topic = "".join("klmnoprstv"[int(digit)] for digit in f"{number:03}")
    day = datetime(2020, 7, 6, 10, tzinfo=UTC) + timedelta(days=9 * number)
    shown = ", ".join(f"Person {one} <{CANARY}.{number}.{one}@freemail{one}.example>" for one in range(outsiders))
    lines = (
        f"From: Sales <{author}>",
        f"To: {shown}",
        f"Subject: Newsletter about {topic}",
        f"Date: {format_datetime(day)}",
        f"Message-ID: <{number}@corp.example>",
        "",
        "Hello",
        "",
    )
    return "\n".join(lines).encode()


def mbox(path: Path, messages: Iterable[bytes]) -> Path:
    path.write_bytes(b"".join(b"From sales@corp.example Mon Jul  6 10:00:00 2020\n" + one + b"\n" for one in messages))
    return path


def mail(path: Path, outsiders: Sequence[int] = (1, 2, 12, 30)) -> Path:
    """An mbox; the numbers are of visible outsiders, message by message."""
    return mbox(path, [message(number, many) for number, many in enumerate(outsiders)])
