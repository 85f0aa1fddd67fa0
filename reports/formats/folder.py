"""The folder of tables: written beside its place, and there in one step."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from reports import SHEETS
from reports.formats.keys import Keyed, keyed
from reports.layout import Table
from reports.presentation import Presentation
from reports.redaction import must_show_no_address_in
from reports.workbook import sheets_of
from scanner import __version__
from scanner.case import Case
from scanner.errors import ReportError
from scanner.whole_folder import whole_folder

_ABOUT: Final = "tables.json"


def write(case: Case, folder: Path, kind: str, *, redacted: bool) -> list[Path]:
    """See `reports.formats.write_tables`."""
    if folder.exists() or folder.is_symlink():
        raise ReportError(f"The tables cannot be written to {folder}: it is there already.", "Move it away.")
    try:
        with whole_folder(folder) as unfinished:
            _fill(unfinished, case, kind, redacted=redacted)
            if redacted:
                _must_show_no_address(unfinished)
    except OSError as error:
        raise ReportError(
            f"The tables cannot be written to {folder}: {error.strerror or type(error).__name__}.",
            "Free some space or name a folder of your own, then write the report again; the scan is kept.",
        ) from error
    return sorted(folder.iterdir())


def _fill(folder: Path, case: Case, kind: str, *, redacted: bool) -> None:
    form = import_module(f"reports.formats.{kind}")
    tables: list[Mapping[str, Any]] = []
    for sheet in sheets_of(case, SHEETS, Presentation(redacted=redacted)):
        for block in sheet.blocks:
            if isinstance(block, Table):
                table = keyed(block)
                name = f"{table.key}{form.SUFFIX}"
                _put(folder / name, form, table)
                tables.append(_told(table, name, sheet.title))
    about = {
        "case": case.id,
        "edition": case.edition,
        "run": max((run.id for run in case.runs()), default=None),
        "version": __version__,
        "redacted": redacted,
        "format": kind,
        "reading": form.READING,
        "tables": tables,
    }
    descriptor = os.open(folder / _ABOUT, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(json.dumps(about, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace") + b"\n")


def _must_show_no_address(folder: Path) -> None:
    """Look at the files as they became, as at a redacted workbook. Raises ReportError."""
    for path in sorted(folder.iterdir()):
        if path.suffix != ".parquet":
            with path.open("rb") as text:
                must_show_no_address_in(text)
            continue
        for batch in import_module("pyarrow.parquet").ParquetFile(path).iter_batches():  # its pages are compressed
            for row in batch.to_pylist():
                lines = "\n".join(map(str, row.values()))
                must_show_no_address_in(io.BytesIO(lines.encode("utf-8", "backslashreplace")))


def _put(path: Path, form: Any, table: Keyed) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        form.write(table, stream)


def _told(table: Keyed, name: str, sheet: str) -> dict[str, Any]:
    return {
        "table": table.key,
        "file": name,
        "sheet": sheet,
        "columns": [
            {"key": field.key, "title": field.title, "type": str(field.type), "filled_by_people": field.human}
            for field in table.fields
        ],
    }
