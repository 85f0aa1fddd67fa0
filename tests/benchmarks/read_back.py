"""A long sheet read back whole: every cell that was given, as openpyxl and LibreOffice find it in the file.

    python -m tests.benchmarks.read_back [--sizes 10000,100000,1000000] [--by openpyxl,libreoffice]

The sheet is that of `bench_workbook`. openpyxl reads the package in read-only mode; LibreOffice opens it and saves the
sheet as a CSV. Each row is compared with the row that was given, in order: printed are the rows that were given, the
rows that were found and the rows that differ, with the seconds and, for LibreOffice, the peak of its memory. It fails
when a row is missing, is one too many, or differs.
"""

from __future__ import annotations

import argparse
import csv
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

from tests.benchmarks.bench_workbook import COLUMNS, lines, ours
from tests.needed import program

SHEET = "Affected people"
Row = tuple[str, ...]

_LONGEST = 3_600  # seconds
# Comma, double quote, UTF-8, from the first line; every sheet in a file of its own.
_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"


def given(count: int) -> Iterator[Row]:
    """The rows as texts, headings first."""
    yield tuple(column.title for column in COLUMNS)
    for line in lines(count):
        yield tuple(_text(value) for value in line.values)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return "" if value is None else str(value)


def by_openpyxl(path: Path) -> Iterator[Row]:
    """As openpyxl reads them."""
    from openpyxl import load_workbook  # noqa: PLC0415 - not in the process of another way

    book = load_workbook(path, read_only=True)
    try:
        for row in book[SHEET].iter_rows(values_only=True):
            yield tuple(_text(value) for value in row)
    finally:
        book.close()


def by_libreoffice(path: Path) -> Iterator[Row]:
    """As LibreOffice reads them."""
    folder = path.parent / "libreoffice"
    profile = (folder / "profile").as_uri()
    soffice = program("soffice", "libreoffice-calc")
    command = [soffice, f"-env:UserInstallation={profile}", "--headless", "--convert-to", _CSV, "--outdir", str(folder)]
    subprocess.run([*command, str(path)], check=True, capture_output=True, timeout=_LONGEST)
    found = folder / f"{path.stem}-{SHEET}.csv"
    with found.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            yield tuple(row)


WAYS: dict[str, Callable[[Path], Iterator[Row]]] = {"openpyxl": by_openpyxl, "libreoffice": by_libreoffice}


def compare(count: int, found: Iterator[Row]) -> tuple[int, int]:
    """How many rows were found, and how many of all differ from what was given."""
    rows = differ = 0
    for one, other in zip_longest(given(count), found):
        rows += other is not None
        if one != other:
            differ += 1
            if differ <= 3:
                sys.stdout.write(f"given {one}\nfound {other}\n")
    return rows, differ


def main() -> int:
    """0 when every row was found as it was given."""
    parser = argparse.ArgumentParser(description="A long sheet, read back whole.")
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--by", default=",".join(WAYS))
    options = parser.parse_args()
    wrong = 0
    for size in map(int, options.sizes.split(",")):
        with tempfile.TemporaryDirectory(prefix="missedbcc-bench-") as folder:
            path = Path(folder) / "long.xlsx"
            ours(size, path)
            for way in options.by.split(","):
                begin = time.monotonic()
                rows, differ = compare(size, WAYS[way](path))
                peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
                memory = f", {peak:,.0f} MiB" if way == "libreoffice" else ""
                took = time.monotonic() - begin
                sys.stdout.write(
                    f"{way}: {size + 1:,} rows given, {rows:,} found, {differ:,} differ; {took:.0f} s{memory}\n"
                )
                sys.stdout.flush()
                wrong += differ
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
