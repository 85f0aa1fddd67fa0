"""The tables of a workbook for machines: a folder with one file a table, as CSV, JSON Lines or Parquet.

Tables and columns have English keys whatever language the workbook is in. Moments are in UTC, unknown is nothing at
all, texts are whole, and there are no links. `tables.json` says which tables and columns there are, and how to read
them.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from scanner.case import Case

FORMATS: Final = ("csv", "json", "parquet")


def write_tables(case: Case, folder: Path, kind: str, *, redacted: bool = False) -> list[Path]:
    """Write the tables of a case into a new folder, and give the files. `kind` is one of FORMATS.

    The folder appears in one step, for its owner alone. A `redacted` edition holds what such a workbook would. The
    rows are streamed: memory does not grow with them. Raises ReportError, and SettingsError where pyarrow is missing.
    """
    written: list[Path] = import_module("reports.formats.folder").write(case, folder, kind, redacted=redacted)
    return written


def must_be_writable(kind: str) -> None:
    """Raise SettingsError where the library for this kind is not installed: before a scan, not after it."""
    if kind == "parquet":
        import_module("reports.formats.parquet").library()
