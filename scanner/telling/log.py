"""A log of runs for programs that watch many systems: JSON, one object a line, without addresses."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scanner.telling.failure import CannotTell
from scanner.telling.summary import Summary

OWN_MODE: Final = 0o600


@dataclass(frozen=True, slots=True)
class AccountLine:
    """What became of one account in a run: its label, counts of messages, and the kind of error or ""."""

    account: str
    outcome: str
    folders: int = 0
    read: int = 0
    unreadable: int = 0
    skipped: int = 0
    missing: int = 0
    error: str = ""


def log_lines(summary: Summary, accounts: Iterable[AccountLine], failures: int) -> list[str]:
    """A line for each account, and one for the run; `failures` is how many ways of telling people failed."""
    head = {"time": summary.finished.isoformat(timespec="seconds"), "run": summary.run}
    lines: list[Mapping[str, object]] = [
        {
            **head,
            "event": "account",
            "account": one.account,
            "outcome": one.outcome,
            "folders": one.folders,
            "read": one.read,
            "unreadable": one.unreadable,
            "skipped": one.skipped,
            "missing": one.missing,
            "error": one.error or None,
        }
        for one in accounts
    ]
    told = summary.fields()
    names = ("case", "outcome", "exit_code", "seconds")
    lines.append(
        {
            **head,
            "event": "result",
            **{name: told[name] for name in names},
            **summary.counts,
            "alarms": told["alarms"],
            "late": bool(summary.late),
            "missed": summary.missed,
            "not_told": failures,
            "error": summary.error or None,
            "reason": summary.reason or None,
            "unwritten": summary.unwritten,
            "before": summary.before or None,
            "untold_incidents": summary.untold_incidents,
        }
    )
    return [json.dumps(line, ensure_ascii=True) for line in lines]


def append(file: Path, lines: Iterable[str]) -> None:
    """Add lines at the end of a file, which is made for its owner alone. Raises CannotTell.

    The file is opened for each run and every line is one write, so it may be moved away or cut at any time.
    """
    try:
        torn = _is_torn(file)
        handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, OWN_MODE)
        try:
            for line in ([""] if torn else []) + [*lines]:
                rest = f"{line}\n".encode()
                while rest:  # a disk that is almost full takes a part, and refuses only the next
                    rest = rest[os.write(handle, rest) :]
        finally:
            os.close(handle)
    except OSError as error:
        raise CannotTell(f"the log {file} cannot be written: {error.strerror}") from None


def _is_torn(file: Path) -> bool:
    """Whether the last line has no end, as a full disk or a loss of power leaves it: ours must not be joined to it."""
    if not file.is_file():
        return False
    with suppress(OSError), file.open("rb") as stream:  # one that may be written may be closed to reading
        if stream.seek(0, os.SEEK_END):
            stream.seek(-1, os.SEEK_END)
            return stream.read(1) != b"\n"
    return False
