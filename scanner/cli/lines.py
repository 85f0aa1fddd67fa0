"""The lines and objects that several commands print."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePath

from scanner.cli.output import JsonValue
from scanner.coverage import ChosenBy, Coverage
from scanner.incident import Class
from scanner.policy import Gate


def folder_line(coverage: Coverage) -> str:
    """What became of one folder, in one line."""
    if coverage.chosen_by is ChosenBy.NOT_SENT and coverage.trouble:
        return f"{place(coverage.account, coverage.folder)}: {coverage.trouble}"
    if coverage.trouble and not (coverage.accounted or coverage.finished or coverage.expected):
        return f"{place(coverage.account, coverage.folder)}: not read: {coverage.trouble}"
    of = "" if coverage.expected is None or coverage.gone else f" of {coverage.expected:,}"
    parts = [f"{coverage.read:,}{of} read"]
    if coverage.gone:  # deleted or moved since: what is there now is no share of what was read
        parts.append(f"{coverage.gone:,} no longer there")
    if coverage.unreadable:
        parts.append(f"{coverage.unreadable} unreadable")
    parts += [f"{count} skipped ({reason})" for reason, count in coverage.skipped]
    if coverage.missing:
        parts.append(f"{coverage.missing} missing")
    if not coverage.finished:
        parts.append("not read to its end")
    trouble = f". {coverage.trouble}" if coverage.trouble else ""
    return f"{place(coverage.account, coverage.folder)}: {', '.join(parts)}{trouble}"


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
        "gone": coverage.gone,
        "trouble": coverage.trouble,
        "finished": coverage.finished,
        "complete": coverage.complete,
    }


def cleared_line(cleared: Counter[Class], gate: Gate) -> str:
    """How many incidents are of other classes than the reported one, and of which."""
    people = f"{counted(gate.exposure, 'person', 'people')} of {counted(gate.parties, 'party', 'parties')}"
    said = {Class.BELOW_GATE: f"{Class.BELOW_GATE} ({people})"}
    of = ", ".join(f"{cleared[klass]:,} {said.get(klass, klass)}" for klass in Class if cleared[klass])
    return f"{cleared.total():,} more {'was' if cleared.total() == 1 else 'were'} considered and cleared: {of}."


def cleared_fields(cleared: Counter[Class]) -> dict[str, JsonValue]:
    """The same for programs: how many are of each class, none left out."""
    return {str(klass): cleared[klass] for klass in Class if klass is not Class.PROBABLE}


def place(account: str, folder: str) -> str:
    """A folder of an account; a path that is one folder is named once."""
    return account if folder in {"", ".", account, PurePath(account).name} else f"{account}: {folder}"


def counted(number: int, one: str, several: str = "") -> str:
    """A number with its noun: 1 folder, 2,000 folders."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def said_of(files: int, reason: str) -> str:
    """Why so many files are not read, for a reason that stands for one of them."""
    from scanner.connectors.tree import SEVERAL  # noqa: PLC0415 - connectors; a help text must not pay for them

    return reason if files == 1 else SEVERAL.get(reason, f"Of each: {reason}")
