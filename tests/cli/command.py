"""The real command in a process of its own, and mail for it to read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CANARY = "canary.person"
"""The local part of every outsider: it must never be on a console."""


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def workbook(self) -> Path:
        (line,) = self.out.splitlines()
        return Path(line)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "error", "NO_COLOR": "1"}


def missedbcc(folder: Path, *words: str | Path, more: dict[str, str] | None = None) -> Ended:
    done = subprocess.run(
        [sys.executable, "-m", "scanner", *map(str, words)],
        cwd=folder,
        env=environment() | (more or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def message(number: int, outsiders: int = 1, author: str = "sales@corp.example") -> bytes:
    shown = ", ".join(f"Person {one} <{CANARY}.{number}.{one}@freemail{one}.example>" for one in range(outsiders))
    lines = (
        f"From: Sales <{author}>",
        f"To: {shown}",
        f"Subject: message {number}",
        f"Date: Mon, 06 Jul 2020 10:{number % 60:02}:00 +0000",
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
