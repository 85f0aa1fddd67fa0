"""The lines and objects that several commands print."""

from __future__ import annotations

from pathlib import PurePath

from scanner.cli.output import JsonValue
from scanner.coverage import ChosenBy, Coverage


def folder_line(coverage: Coverage) -> str:
    """What became of one folder, in one line."""
    if coverage.chosen_by is ChosenBy.NOT_SENT and coverage.trouble:
        return f"{place(coverage.account, coverage.folder)}: {coverage.trouble}"
    of = "" if coverage.expected is None else f" of {coverage.expected:,}"
    parts = [f"{coverage.read:,}{of} read"]
    if coverage.unreadable:
        parts.append(f"{coverage.unreadable} unreadable")
    parts += [f"{count} skipped ({reason})" for reason, count in coverage.skipped]
    if coverage.missing:
        parts.append(f"{coverage.missing} missing")
    if not coverage.finished:
        parts.append("not read to its end")
    if coverage.trouble:
        parts.append(coverage.trouble)
    return f"{place(coverage.account, coverage.folder)}: {', '.join(parts)}"


def folder_fields(coverage: Coverage) -> dict[str, JsonValue]:
    """The same for programs."""
    return {
        "account": coverage.account,
        "folder": coverage.folder,
        "chosen_by": str(coverage.chosen_by),
        "expected": coverage.expected,
        "read": coverage.read,
        "unreadable": coverage.unreadable,
        "skipped": dict(coverage.skipped),
        "missing": coverage.missing,
        "trouble": coverage.trouble,
        "finished": coverage.finished,
        "complete": coverage.complete,
    }


def place(account: str, folder: str) -> str:
    """A folder of an account; a path that is one folder is named once."""
    return account if folder in {"", ".", account, PurePath(account).name} else f"{account}: {folder}"


def counted(number: int, one: str, several: str = "") -> str:
    """A number with its noun: 1 folder, 2,000 folders."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"
