"""The option `--format`: tables for machines, beside the workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.case import Case
from scanner.cli.options import Format
from scanner.errors import SettingsError

if TYPE_CHECKING:
    from scanner.proof.manifest import Output

Writer = Callable[[Case, Path], Sequence[Path]]
"""Writes the tables of a case beside a workbook, and gives the files."""


def writers_of(formats: Iterable[Format] | None, *, redacted: bool = False) -> tuple[Writer, ...]:
    """One for each form but that of the workbook itself. Raises SettingsError where a library is missing."""
    from reports.formats import must_be_writable  # noqa: PLC0415 - a help text must not pay for it

    kinds = [str(kind) for kind in dict.fromkeys(formats or ()) if kind is not Format.XLSX]
    for kind in kinds:
        must_be_writable(kind)
    return tuple(partial(_write, kind, redacted) for kind in kinds)


def must_not_be_in_clear(formats: Iterable[Format] | None, password: str, *, redacted: bool = False) -> None:
    """Raise SettingsError where tables would show in clear what the workbook beside them locks away."""
    if password and not redacted and any(kind is not Format.XLSX for kind in formats or ()):
        raise SettingsError(
            "The workbook gets a password, and no other format can have one: tables would show all in clear.",
            "Leave --format out, or write them with `missedbcc report --redacted`.",
        )


def folders_of(outputs: Iterable[Output]) -> list[Path]:
    """The folders of tables among what was written."""
    return list(dict.fromkeys(one.path.parent for one in outputs if one.path.name == "tables.json"))


def _write(kind: str, redacted: bool, case: Case, workbook: Path) -> Sequence[Path]:  # noqa: FBT001 - a part of it
    from reports.formats import write_tables  # noqa: PLC0415

    return write_tables(case, workbook.with_name(f"{workbook.stem}-{kind}"), kind, redacted=redacted)
