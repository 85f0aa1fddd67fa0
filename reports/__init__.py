"""The workbook that a security team hands to legal.

`SHEETS` names the modules of `reports.sheets` in the order in which a reader meets them; each has a function `sheet`.
A new sheet is one module and one line here. pandas and openpyxl are loaded when a workbook is written, not before.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scanner.case import Case

SHEETS = (
    "read_me_first",
    "incidents",
    "affected_people",
    "timeline",
    "considered_and_cleared",
    "coverage",
    "evidence",
)


def write_workbook(case: Case, path: Path) -> Path:
    """Write the whole case as an Excel workbook, and give its path.

    The file appears in one step, readable by its owner alone; missing folders above it are made likewise. The same
    case gives the same bytes. Raises ReportError when the file cannot be written; what was there before then stays.
    """
    workbook = import_module("reports.workbook")
    written: Path = workbook.write(case, path, SHEETS)
    return written
