"""The workbook that a security team hands to legal.

`SHEETS` names the modules of `reports.sheets` in the order in which a reader meets them; each has a function `sheet`.
A new sheet is one module and one line here. pandas and openpyxl are loaded when a workbook is written, not before.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from reports.presentation import PLAIN, Presentation

if TYPE_CHECKING:
    from reports.manifest import Ledger
    from scanner.case import Case

SHEETS = (
    "read_me_first",
    "incidents",
    "affected_people",
    "person_and_message",
    "viewers",
    "timeline",
    "considered_and_cleared",
    "coverage",
    "evidence",
    "decisions",
)


def write_workbook(case: Case, path: Path, presentation: Presentation = PLAIN, ledger: Ledger | None = None) -> Path:
    """Write the whole case as an Excel workbook, in the form that is asked for, and give its path.

    The file appears in one step, readable by its owner alone; missing folders above it are made likewise. The same
    case gives the same bytes. A `ledger` notes what every row says, for the manifest. Raises ReportError when the file
    cannot be written; what was there before then stays.
    """
    workbook = import_module("reports.workbook")
    written: Path = workbook.write(case, path, SHEETS, presentation, ledger=ledger)
    return written
