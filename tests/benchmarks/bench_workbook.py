"""The workbook of many affected people beside openpyxl's write-only mode on the same rows.

    python -m tests.benchmarks.bench_workbook [--sizes 10000,100000,1000000] [--ways ours,openpyxl,plain]

Each size and way runs in a process of its own and writes a sheet of affected people: 17 columns, of which eleven are
texts, four numbers and two dates, with a link from each person to the incident. "ours" writes the sheet as a workbook
has it: styles, the heights of rows, a table with filters, choices, bands, links, header and footer. "openpyxl" writes
the same cells in write-only mode with the same formats, links, table and print settings, as far as that mode can (no
heights, no bands, no choices). "plain" writes the values alone, also in write-only mode. "rows" only makes the rows.
Printed are processor seconds, rows a second, the peak of memory and the size of the file. It fails where our sheet
takes more than a quarter of the time that "openpyxl" takes, or more than 100 MiB more than the smallest size.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from reports.layout import Column, Line, Sheet, Style, Table
from reports.package import write_package
from reports.shell import Made

GOAL = 0.25  # of the processor time of openpyxl's write-only mode
GROWTH = 100.0  # MiB of memory above that of the smallest size

_TEXT, _NUMBER, _DATE = Style.TEXT, Style.NUMBER, Style.DATE
COLUMNS = (
    Column("Incident", 17, Style.LINK),
    Column("Address", 38),
    Column("Names shown", 30),
    Column("Fields", 10),
    Column("Party", 32),
    Column("Free-mail", 10),
    Column("Role account", 10),
    Column("Full name shown", 11),
    Column("Seen by outsiders", 10, _NUMBER),
    Column("Seen by insiders", 10, _NUMBER),
    Column("Seen by Bcc readers", 10, _NUMBER),
    Column("First shown", 21, _DATE),
    Column("Last shown", 21, _DATE),
    Column("Times shown", 10, _NUMBER),
    Column("Already known to", 10),
    Column("Others affected", 10, _NUMBER),
    Column("Delivered", 21, choices=("as far as known", "no, it came back")),
)
_FORMATS = {_NUMBER: "#,##0_)", _DATE: 'yyyy\\-mm\\-dd\\ hh:mm" UTC"'}
_START = datetime(2015, 1, 1, 8, tzinfo=UTC)
_PEOPLE = 250  # of one incident


def sheet(count: int) -> Sheet:
    """Affected people as the sheet of that name shows them."""
    table = Table("AffectedPeople", COLUMNS, lines(count), "Nobody.", bands={16: {"no": Style.ALERT}})
    return Sheet("Affected people", (table,), frozen_columns=2)


def lines(count: int) -> Iterator[Line]:
    """So many people, each with an address of their own, 250 an incident."""
    for number in range(count):
        incident = number // _PEOPLE
        yield Line(
            (
                f"INC-{incident:08x}",
                f"firstname.lastname{number}@company{number % 997}.example",
                f"Firstname Lastname {number}",
                "To" if number % 3 else "To, Cc",
                f"company{number % 997}.example",
                "no" if number % 4 else "yes",
                "no",
                "yes" if number % 5 else "in part",
                number % 900,
                number % 17,
                0,
                _START + timedelta(minutes=incident),
                _START + timedelta(minutes=incident * 7 + number % 2),
                number % 17 + 1,
                "",
                249,
                "as far as known" if number % 30 else "no, it came back",
            ),
            links={0: f"'Incidents'!A{incident + 2}"},
        )


def ours(count: int, path: Path) -> None:
    """The way that a report takes."""
    made = Made("People", "missedbcc", "Benchmark.", _START, "MBCC-0000-0001")
    with path.open("wb") as target:
        write_package(target, [sheet(count)], made)


def by_openpyxl(count: int, path: Path) -> None:
    """The same cells with the same formats, links, table and print settings, in write-only mode."""
    from openpyxl import Workbook  # noqa: PLC0415 - not in the process of another way
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.styles import Alignment, Border, Font, Side  # noqa: PLC0415
    from openpyxl.worksheet.hyperlink import Hyperlink  # noqa: PLC0415
    from openpyxl.worksheet.table import Table as ExcelTable  # noqa: PLC0415
    from openpyxl.worksheet.table import TableColumn  # noqa: PLC0415

    book = Workbook(write_only=True)
    page = book.create_sheet("Affected people")
    page.freeze_panes = "C2"
    page.print_title_rows = "1:1"
    titles = tuple(TableColumn(id=i, name=column.title) for i, column in enumerate(COLUMNS, start=1))
    page.add_table(ExcelTable(displayName="AffectedPeople", ref=f"A1:Q{count + 1}", tableColumns=titles))
    looks: dict[Style, Any] = {}
    for style in {column.style for column in COLUMNS}:
        looked = looks[style] = WriteOnlyCell(page)
        looked.font = Font(name="Calibri", size=10)
        looked.border = Border(bottom=Side(style="thin", color="BFBFBF"))
        looked.alignment = Alignment(horizontal="left", vertical="top", wrap_text=True)
        looked.number_format = _FORMATS.get(style, "General")
    formats = [looks[column.style]._style for column in COLUMNS]
    page.append([column.title for column in COLUMNS])
    for line in lines(count):
        cells = []
        for i, value in enumerate(line.values):
            cell: Any = WriteOnlyCell(page, value.replace(tzinfo=None) if isinstance(value, datetime) else value)
            cell._style = formats[i]  # the quickest way to dress a cell
            if i in line.links:
                cell.hyperlink = Hyperlink(ref="", location=line.links[i])
            cells.append(cell)
        page.append(cells)
    book.save(path)


def plain(count: int, path: Path) -> None:
    """The values alone, in write-only mode."""
    from openpyxl import Workbook  # noqa: PLC0415

    book = Workbook(write_only=True)
    page = book.create_sheet("Affected people")
    for line in lines(count):
        page.append([value.replace(tzinfo=None) if isinstance(value, datetime) else value for value in line.values])
    book.save(path)


def rows(count: int, path: Path) -> None:
    """The rows, and no file."""
    path.write_text(str(sum(1 for _ in lines(count))), encoding="ascii")


WAYS: dict[str, Callable[[int, Path], None]] = {"ours": ours, "openpyxl": by_openpyxl, "plain": plain, "rows": rows}


def measure(way: str, count: int) -> str:
    """Processor seconds, MiB of memory and MB of file of one way."""
    with tempfile.TemporaryDirectory(prefix="missedbcc-bench-") as folder:
        path = Path(folder) / "bench.xlsx"
        begin = time.process_time()
        WAYS[way](count, path)
        spent = time.process_time() - begin
        size = path.stat().st_size / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{spent:.2f} {peak:.0f} {size:.1f}"


def main() -> int:
    """0 when every goal is met."""
    parser = argparse.ArgumentParser(description="Speed and memory of writing a workbook.")
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    if options.one:
        sys.stdout.write(measure(options.one, sizes[0]) + "\n")
        return 0
    sys.stdout.write(f"{'rows':>9} {'way':<9} {'cpu s':>8} {'rows/s':>9} {'peak MiB':>9} {'MB':>7}\n")
    spent: dict[tuple[int, str], float] = {}
    peaks: list[float] = []
    for size in sizes:
        for way in options.ways.split(","):
            command = [sys.executable, "-m", "tests.benchmarks.bench_workbook", "--one", way, "--sizes", str(size)]
            line = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ).stdout.split()
            spent[size, way] = float(line[0])
            peaks += [float(line[1])] if way == "ours" else []
            rate = size / max(float(line[0]), 0.01)
            sys.stdout.write(f"{size:>9} {way:<9} {line[0]:>8} {rate:>9.0f} {line[1]:>9} {line[2]:>7}\n")
            sys.stdout.flush()
    missed = list(_missed(spent, peaks))
    sys.stdout.write("".join(f"MISSED: {one}\n" for one in missed) or "Every goal is met.\n")
    return 1 if missed else 0


def _missed(spent: dict[tuple[int, str], float], peaks: list[float]) -> Iterator[str]:
    for (size, way), other in spent.items():
        if way == "openpyxl" and (size, "ours") in spent:
            ratio = spent[size, "ours"] / other
            sys.stdout.write(f"{size:>9} rows: {ratio:.3f} of openpyxl's time\n")
            if ratio > GOAL:
                yield f"{ratio:.2f} of openpyxl's time at {size} rows, goal {GOAL}"
    if peaks and peaks[-1] > peaks[0] + GROWTH:
        yield f"{peaks[-1]:.0f} MiB at the largest size, {peaks[0]:.0f} at the smallest"


if __name__ == "__main__":
    sys.exit(main())
