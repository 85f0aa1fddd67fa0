"""R22: whatever the locale, the time zone and the hash seed, the same mail gives the same case and workbook."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from openpyxl import load_workbook

from scanner.review import review
from scanner.store import open_store
from tests.cli.command import mail
from tests.faults.figure import Figure

_LOCALES = ("C", "C.UTF-8", "POSIX", "de_DE.UTF-8", "tr_TR.UTF-8")
_ZONES = ("UTC", "Europe/Paris", "Asia/Kolkata", "America/St_Johns", "Pacific/Kiritimati")
_OF_THE_RUN = ("Run 1", "Run 2")  # the first cell of a row that says when it was
# Drawn or read from the clock for each case: its name, those of people in it, and moments (the mail is of 2020).
_OWN = re.compile(
    r"MBCC-[0-9a-f]{12}|P-[0-9a-f]{14}|datetime\.datetime\(20(?:2[4-9]|[3-9]\d),[0-9, ]+\)"
    r"|20(?:2[4-9]|[3-9]\d)-\d\d-\d\d \d\d:\d\d(?::\d\d)?"
)


def measure(cases: int) -> Figure:
    """So many combinations, each twice."""
    figure = Figure("R22 locale, time zone and hash seed", changed=None)
    with tempfile.TemporaryDirectory(prefix="mbfault") as folder:
        truth: list[str] = []
        for number in range(2 * cases):
            place = Path(folder) / str(number)
            told = _told(place, number // 2)
            truth = truth or told
            figure.cases += 1
            figure.compare(truth, told, number)
            if told != truth and sorted(told) == sorted(truth):
                figure.wrong.append(f"{number}: another order")
    figure.also = f"{len(truth)} lines compared"
    return figure


def _told(place: Path, number: int) -> list[str]:
    """The whole case and its sheets, line by line, without what names the run itself."""
    place.mkdir()
    mail(place / "Sent.mbox", (1, 2, 12, 30, 1, 14, 12, 5) * 2)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONHASHSEED": str(number),
        "LC_ALL": _LOCALES[number % len(_LOCALES)],
        "TZ": _ZONES[number // 2 % len(_ZONES)],
    }
    command = [sys.executable, "-c", "from scanner.cli import main; main()", "scan", "Sent.mbox"]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, timeout=600, check=False)
    lines = [f"code {done.returncode}"]
    with open_store(place / "missedbcc-case" / "case.sqlite") as store:
        lines += [f"{one.identity} {where}" for one in store.candidates() for where in one.locations]
        lines += [f"incident {one.id} {len(one.affected)}" for one in review(store).incidents()]
    (book,) = (place / "missedbcc-case").glob("*.xlsx")
    for sheet in load_workbook(book).worksheets:
        for row, cells in enumerate(sheet.iter_rows(values_only=True)):
            if not cells or cells[0] not in _OF_THE_RUN:
                lines.append(_OWN.sub("OWN", f"{sheet.title} {row} {cells}".replace(str(place), "PLACE")))
    return lines
