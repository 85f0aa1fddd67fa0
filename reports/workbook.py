"""The making of a workbook: the sheets in their order, the document's properties, and the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from reports.layout import MAX_ROWS, Sheet
from reports.package import write_package
from reports.safe_file import replacing
from reports.shell import Made
from reports.summary import Findings, extent, totals
from scanner.case import Case

_NO_MOMENT = datetime(1980, 1, 1, tzinfo=UTC)  # the first that a zip archive can hold; for a case without a run


class _SheetModule(Protocol):
    def sheet(self, case: Case, findings: Findings) -> Sheet: ...


def write(case: Case, path: Path, names: Sequence[str], capacity: int = MAX_ROWS) -> Path:
    """Write the sheets of these modules; see `reports.write_workbook`. `capacity` is the rows of one worksheet."""
    findings = Findings(totals(case), extent(case), capacity)
    with replacing(path) as target:
        write_package(target, _sheets(case, findings, names), _made(case), capacity)
    return path


def _sheets(case: Case, findings: Findings, names: Sequence[str]) -> Iterator[Sheet]:
    for name in names:
        module = cast(_SheetModule, import_module(f"reports.sheets.{name}"))
        yield module.sheet(case, findings)


def _made(case: Case) -> Made:
    """The properties: dated by the last run, not by the clock, so that the same case gives the same bytes."""
    latest = list(case.runs())[-1:]
    run = f"run {latest[0].id}, version {latest[0].version}" if latest else "no run"
    moment = (latest[0].finished or latest[0].started) if latest else _NO_MOMENT
    return Made(
        title="missedbcc: who was shown to whom",
        creator="missedbcc",
        description="Personal data: lists people whose address was shown to others. Handle with care.",
        moment=max(moment.astimezone(UTC), _NO_MOMENT),
        identifier=f"{run}, settings {case.policy.digest}",
    )
