"""Files of a case that may be purged: old workbooks, and copies of the database from before an update."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from scanner.cli.lateness import age
from scanner.cli.output import Output, printable

if TYPE_CHECKING:
    from scanner.case import Run
    from scanner.cli.case_folder import CaseFolder

_WORKBOOK: Final = re.compile(r"missedbcc-run-(\d{4,})(?:-redacted)?(?:-\d+)?\.xlsx")
_TABLES: Final = re.compile(r"(missedbcc-run-\d{4,}.*)-(?:csv|json|parquet)")
_FORMS: Final = ("csv", "json", "parquet")
_TELLS: Final = (
    "Who has it can find out whether a message was purged: `missedbcc purge` removes it, with whatever option."
)
_GOES: Final = (
    "It holds what the case held then: `missedbcc purge --cleared DAYS` removes it together with that, or once it is "
    "older than that. Where this version works, you may delete it before."
)


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

    A copy of the database that tells of what was purged before it was made may go whatever its age. Workbooks are known
    by the names that we give, and, where somebody gave another, by the manifests. `read` tells whether a workbook is as
    it was written, or as it was when decisions were last read out of it. Raises ReportError.
    """
    from scanner.store.set_aside import set_aside, tells_of_purged  # noqa: PLC0415 - a help text must not pay for it

    days = {run.id: run.started.astimezone(UTC).date() for run in runs}
    told = _Told.by(folder)
    named = {path: int(name[1]) for path in folder.path.iterdir() if (name := _WORKBOOK.fullmatch(path.name))}
    found = sorted((run, path) for path, run in {**told.workbooks, **named}.items())
    latest = max((run for run, _ in found), default=None)
    old = [
        path
        for run, path in found
        if workbooks is not None and run != latest and (days.get(run) or _changed(path)) < workbooks
    ]
    free = [path for path in old if read(path)]
    return OldFiles(
        tuple(free),
        tuple(sorted({*_tables(folder, {path.stem for path in free}), *told.beside(free)})),
        tuple(
            path
            for path in set_aside(folder.database)
            if (copies is not None and _changed(path) < copies) or tells_of_purged(path)
        ),
        tuple(path for path in old if path not in free),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What manifests name and lies in the case folder: workbooks, each with its run, and tables by their folder."""

    workbooks: dict[Path, int]
    tables: dict[Path, list[Path]]

    @staticmethod
    def by(folder: CaseFolder) -> _Told:
        """Only what may be ours, and stands where we write it: a manifest that somebody wrote may name any file."""
        from scanner.proof.manifest import manifests_in  # noqa: PLC0415 - a help text must not pay for it

        told = _Told({}, {})
        for kept in manifests_in(folder.path):
            for output in kept.outputs:
                name = PurePosixPath(output["path"])
                path = folder.path / name
                if ".." in name.parts or name.is_absolute() or path.is_symlink() or not path.is_file():
                    continue
                if output["kind"] == "workbook" and len(name.parts) == 1 and name.suffix.lower() == ".xlsx":
                    told.workbooks[path] = int(kept.facts["run"]) if kept.facts else 0
                elif len(name.parts) == 2 and not path.parent.is_symlink():
                    told.tables.setdefault(path.parent, []).append(path)
        return told

    def beside(self, workbooks: Iterable[Path]) -> Iterator[Path]:
        """The tables that were written beside these workbooks."""
        for workbook in workbooks:
            for form in _FORMS:
                yield from self.tables.get(workbook.with_name(f"{workbook.stem}-{form}"), ())


def _tables(folder: CaseFolder, stems: set[str]) -> Iterator[Path]:
    """The files in the folders of tables that were written beside these workbooks."""
    for path in sorted(folder.path.iterdir()):
        if (name := _TABLES.fullmatch(path.name)) and name[1] in stems and path.is_dir():
            yield from sorted(one for one in path.iterdir() if one.is_file())


def show_copies(folder: CaseFolder, output: Output) -> None:
    """Tell which copies of the database from before an update lie there, how old they are, and how they go."""
    from scanner.store.set_aside import set_aside, tells_of_purged  # noqa: PLC0415 - a help text must not pay for it

    now = datetime.now(UTC)
    for path in set_aside(folder.database):
        made, tells = datetime.fromtimestamp(path.stat().st_mtime, UTC), tells_of_purged(path)
        how = _TELLS if tells else _GOES
        output.data(printable(f"{path.name}: the database from before an update, {age(made, now)} old. {how}"))
        output.object("copy", {"path": str(path), "made": made.isoformat(), "tells_of_purged": tells})


def _changed(path: Path) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
