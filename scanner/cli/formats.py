"""The option `--format`: tables for machines, beside the workbook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.cli.options import Format
from scanner.errors import SettingsError

if TYPE_CHECKING:
    from scanner.case import Case
    from scanner.proof.manifest import Output


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a case in one form, in a folder beside its workbook."""

    kind: str
    redacted: bool = False

    def folder(self, workbook: Path) -> Path:
        """Where they are written."""
        return workbook.with_name(f"{workbook.stem}-{self.kind}")

    def write(self, case: Case, workbook: Path) -> Sequence[Path]:
        """Write them, and give the files. Raises ReportError."""
        from reports.formats import write_tables  # noqa: PLC0415 - a help text must not pay for it

        return write_tables(case, self.folder(workbook), self.kind, redacted=self.redacted)


def writers_of(formats: Iterable[Format] | None, *, redacted: bool = False) -> tuple[Tables, ...]:
    """One for each form but that of the workbook itself. Raises SettingsError where a library is missing."""
    from reports.formats import must_be_writable  # noqa: PLC0415 - a help text must not pay for it

    kinds = [str(kind) for kind in dict.fromkeys(formats or ()) if kind is not Format.XLSX]
    for kind in kinds:
        must_be_writable(kind)
    return tuple(Tables(kind, redacted) for kind in kinds)


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
