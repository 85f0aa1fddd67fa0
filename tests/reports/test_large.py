"""Many affected people: memory stays bounded, and no row is lost."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from reports import write_workbook
from scanner.errors import ReportError
from scanner.incident import Incident
from tests.reports import example

PEOPLE = 50_000
MOST_MEMORY = 300  # MiB


@dataclass(frozen=True)
class RepeatingCase(example.ExampleCase):
    """The same incident of 250 people under many ids, made anew at each pass as a store would."""

    times: int = 0

    def incidents(self) -> Iterator[Incident]:
        people = tuple(example.person(number) for number in range(250))
        first = example.full_case().held_incidents[0]
        one = example.incident(1, people, first.exposures[0].envelope)
        return (replace(one, id=f"INC-{number:08x}") for number in range(self.times))


def large_case(people: int) -> RepeatingCase:
    return RepeatingCase(example.policy(), held_runs=(example.run(),), times=people // 250)


def test_fifty_thousand_people_take_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.xlsx"
    subprocess.run([sys.executable, "-m", "tests.reports.test_large", str(path)], check=True, timeout=600)
    with zipfile.ZipFile(path) as package:
        people = package.read("xl/worksheets/sheet4.xml")
        assert len(re.findall(b"<row ", people)) == PEOPLE + 1
        spans = re.findall(rb'<hyperlink ref="A(\d+):A(\d+)" ', people)
        assert sum(int(last) - int(first) + 1 for first, last in spans) == PEOPLE
        assert f'ref="A1:M{PEOPLE + 1}"'.encode() in package.read("xl/tables/table5.xml")


def test_a_sheet_too_large_for_a_workbook_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.package._MOST_BYTES", 100_000)
    with pytest.raises(ReportError, match="“Affected people” grows beyond"):
        write_workbook(large_case(1_000), tmp_path / "x.xlsx")
    assert list(tmp_path.iterdir()) == []


if __name__ == "__main__":
    write_workbook(large_case(PEOPLE), Path(sys.argv[1]))
    # The kernel's own mark of this program: `getrusage` also remembers how large the process was that started it.
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    used = int(peak[1]) // 1024 if peak else 0
    if not 0 < used <= MOST_MEMORY:
        sys.exit(f"writing {PEOPLE:,} people took {used} MiB")
