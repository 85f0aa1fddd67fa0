"""Files of a case that may be purged: old workbooks, and copies of the database from before an update."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from scanner.case import Run
    from scanner.cli.case_folder import CaseFolder

_WORKBOOK: Final = re.compile(r"missedbcc-run-(\d{4,})(?:-redacted)?(?:-\d+)?\.xlsx")
_TABLES: Final = re.compile(r"(missedbcc-run-\d{4,}.*)-(?:csv|json|parquet)")


@dataclass(frozen=True, slots=True)
class OldFiles:
    """Workbooks, tables beside them, and copies that may go, and workbooks that may hold decisions nobody has read."""

    workbooks: tuple[Path, ...] = ()
    tables: tuple[Path, ...] = ()
    copies: tuple[Path, ...] = ()
    edited: tuple[Path, ...] = ()

    @property
    def all(self) -> tuple[Path, ...]:
        """Every file that may go."""
        return tuple(path for _, path in self.by_kind)

    @property
    def by_kind(self) -> tuple[tuple[str, Path], ...]:
        """The same, each with what it is."""
        kinds = (
            ("workbook", self.workbooks),
            ("table beside a workbook", self.tables),
            ("copy of the database", self.copies),
        )
        return tuple((kind, path) for kind, paths in kinds for path in paths)


def old_files(
    folder: CaseFolder, runs: Iterable[Run], workbooks: date | None, copies: date | None, read: Callable[[Path], bool]
) -> OldFiles:
    """Those from before these days; None is never. The latest workbook always stays.

    `read` tells whether a workbook is as it was written, or as it was when decisions were last read out of it.
    """
    days = {run.id: run.started.astimezone(UTC).date() for run in runs}
    found = sorted((int(name[1]), path) for path in folder.path.iterdir() if (name := _WORKBOOK.fullmatch(path.name)))
    latest = max((run for run, _ in found), default=None)
    old = [
        path
        for run, path in found
        if workbooks is not None and run != latest and (days.get(run) or _changed(path)) < workbooks
    ]
    free = [path for path in old if read(path)]
    return OldFiles(
        tuple(free),
        tuple(_tables(folder, {path.stem for path in free})),
        tuple(path for path in _copies(folder) if copies is not None and _changed(path) < copies),
        tuple(path for path in old if path not in free),
    )


def _tables(folder: CaseFolder, stems: set[str]) -> Iterator[Path]:
    """The files in the folders of tables that were written beside these workbooks."""
    for path in sorted(folder.path.iterdir()):
        if (name := _TABLES.fullmatch(path.name)) and name[1] in stems and path.is_dir():
            yield from sorted(one for one in path.iterdir() if one.is_file())


def _copies(folder: CaseFolder) -> Iterator[Path]:
    return iter(sorted(folder.path.glob(f"{folder.database.name}.before-*")))


def _changed(path: Path) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
