"""The making of a workbook: the sheets in their order, the document's properties, and the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import Protocol, cast

from reports.encryption import locked
from reports.entry import Sayings
from reports.language import in_language, words
from reports.layout import MAX_ROWS, Sheet
from reports.manifest import Ledger
from reports.package import write_package
from reports.presentation import PLAIN, Presentation
from reports.questions import mark
from reports.redaction import REDACTED_EDITION, Shuffled, must_show_no_address, redacted
from reports.safe_file import replacing
from reports.shell import Made
from reports.summary import Findings, extent, totals
from scanner.case import Case

_CHUNK = 1 << 20
_DESCRIPTION = "Personal data: lists people whose address was shown to others. Handle with care."
_NO_MOMENT = datetime(1980, 1, 1, tzinfo=UTC)  # the first that a zip archive can hold; for a case without a run


class _SheetModule(Protocol):
    def sheet(self, case: Case, findings: Findings) -> Sheet: ...


def write(
    case: Case,
    path: Path,
    names: Sequence[str],
    presentation: Presentation = PLAIN,
    capacity: int = MAX_ROWS,
    ledger: Ledger | None = None,
) -> Path:
    """Write the sheets of these modules; see `reports.write_workbook`. `capacity` is the rows of one worksheet."""
    sheets = sheets_of(case, names, presentation, capacity)
    if ledger is not None:
        sheets = map(ledger.listening, sheets)
    with replacing(path) as file, locked(file, presentation.password) as target:
        if not presentation.redacted:
            write_package(target, sheets, _made(case, presentation), capacity)
            return path
        with TemporaryFile() as draft:
            write_package(draft, sheets, _made(case, presentation), capacity)
            must_show_no_address(draft)
            draft.seek(0)
            copyfileobj(draft, target, _CHUNK)
    return path


def sheets_of(
    case: Case, names: Sequence[str], presentation: Presentation = PLAIN, capacity: int = MAX_ROWS
) -> Iterator[Sheet]:
    """The sheets of these modules in the form that is asked for, as they are written."""
    if presentation.redacted:
        case = cast(Case, Shuffled(case))
    findings = Findings(totals(case, case.person_id if presentation.redacted else str), extent(case), capacity)
    for name in names:
        module = cast(_SheetModule, import_module(f"reports.sheets.{name}"))
        sheet = module.sheet(case, findings)
        yield in_language(redacted(sheet) if presentation.redacted else sheet, presentation.language)


def _made(case: Case, presentation: Presentation) -> Made:
    """The properties: dated by the last run, not by the clock, so that the same case gives the same bytes."""
    said = words(presentation.language)
    latest = list(case.runs())[-1:]
    run = f"run {latest[0].id}, version {latest[0].version}" if latest else "no run"
    moment = (latest[0].finished or latest[0].started) if latest else _NO_MOMENT
    return Made(
        title=said("missedbcc: who was shown to whom"),
        creator="missedbcc",
        description=said(REDACTED_EDITION if presentation.redacted else _DESCRIPTION),
        moment=max(moment.astimezone(UTC), _NO_MOMENT),
        identifier=f"{run}, settings {case.policy.digest}",
        mark=mark(case.id, case.edition),
        language=presentation.language,
        sayings=Sayings().passed_through(said),
    )
