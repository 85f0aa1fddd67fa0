"""LibreOffice keeps what stands around the cells, opens a locked workbook with its password, and reads many rows."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from reports.encryption import locked
from tests.benchmarks.bench_workbook import ours
from tests.needed import program
from tests.reports import manners
from tests.reports.test_libreoffice import converted, printed_text

pytestmark = pytest.mark.libreoffice
ROWS = 100_000
PASSWORD = "battery 7 stapler"
_ELEMENT = '<library:element library:name="Module1"/>'
_MACRO = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Opening" script:language="StarBasic">
Sub Opened(path As String, password As String, target As String)
  Dim how(0) As New com.sun.star.beans.PropertyValue
  how(0).Name = "Password"
  how(0).Value = password
  Dim kept(0) As New com.sun.star.beans.PropertyValue
  kept(0).Name = "FilterName"
  kept(0).Value = "Calc MS Excel 2007 XML"
  book = StarDesktop.loadComponentFromURL(ConvertToURL(path), "_blank", 0, how())
  book.storeToURL(ConvertToURL(target), kept())
  book.close(True)
End Sub
</script:module>
"""


@pytest.fixture(scope="module")
def soffice() -> str:
    return program("soffice", "libreoffice-calc")


def test_a_round_trip_keeps_lists_dates_prompts_bands_charts_and_links(soffice: str, tmp_path: Path) -> None:
    path = manners.workbook(tmp_path / "manners.xlsx")
    kept = converted(soffice, path, "xlsx")
    book: Any = load_workbook(kept)
    sheet = book["Register"]
    assert book["Lists"].sheet_state == "hidden"
    assert [table.ref for table in sheet.tables.values()] == ["A1:J6"]
    rules = {str(each.sqref): each for each in sheet.data_validations.dataValidation}
    assert (rules["E2:E6"].formula1, rules["E2:E6"].errorStyle) == ('"open,in review,closed"', "warning")
    assert rules["E2:E6"].prompt == "Where it stands."
    assert rules["F2:F6"].formula1 == "Lists!$A$1:$A$3"
    assert (rules["H2:H6"].type, rules["H2:H6"].formula1) == ("date", "36526")
    bands = {str(cells.sqref): [rule.type for rule in cells.rules] for cells in sheet.conditional_formatting}
    assert bands == {"D2:D6": ["beginsWith"] * 3, "E2:E6": ["beginsWith"]}
    with zipfile.ZipFile(kept) as package:
        chart = package.read("xl/charts/chart1.xml").decode()
        assert manners.MARK in package.read("docProps/custom.xml").decode()
    assert "$C$2:$C$6" in chart
    assert sheet["A3"].hyperlink.location.endswith("!A3")
    assert sheet["H2"].is_date
    assert not any(cell.data_type == "f" for page in book for row in page.iter_rows() for cell in row)


def test_a_printout_has_the_chart_and_the_mark(soffice: str, tmp_path: Path) -> None:
    text = printed_text(soffice, manners.workbook(tmp_path / "manners.xlsx"))
    for words in (manners.MARK, "People by month & more", "Page 1 of 2", "2024-02-05 09:30 UTC"):
        assert words in text
    assert "###" not in text


def test_the_password_opens_a_locked_workbook(soffice: str, tmp_path: Path) -> None:
    """By a macro in a profile of our own: the command line has no way to give a password."""
    plain = manners.workbook(tmp_path / "plain.xlsx")
    converted(soffice, plain, "csv")  # which makes the profile
    library = tmp_path / "profile" / "user" / "basic" / "Standard"
    names = library / "script.xlb"
    names.write_text(names.read_text("utf-8").replace(_ELEMENT, _ELEMENT + _ELEMENT.replace("Module1", "Opening")))
    (library / "Opening.xba").write_text(_MACRO, "utf-8")
    path, target = tmp_path / "locked.xlsx", tmp_path / "opened.xlsx"
    with path.open("wb") as file, locked(file, PASSWORD) as stream:
        stream.write(plain.read_bytes())
    subprocess.run(
        [
            soffice,
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            f'macro:///Standard.Opening.Opened("{path}","{PASSWORD}","{target}")',
        ],
        check=True,
        capture_output=True,
        timeout=600,
    )
    assert load_workbook(target)["Register"]["A2"].value == "INC-00000000"


@pytest.mark.timeout(900)
def test_a_hundred_thousand_people_are_read_whole(soffice: str, tmp_path: Path) -> None:
    path = tmp_path / "many.xlsx"
    ours(ROWS, path)
    book = load_workbook(path, read_only=True)
    table = converted(soffice, path, "csv").read_text("utf-8").splitlines()
    assert len(table) == ROWS + 1
    count = 0
    for line, row in zip(table, book["Affected people"].iter_rows(values_only=True), strict=True):
        incident, address, _ = line.split(",", 2)
        assert (incident, address) == row[:2]
        count += 1
    book.close()
    assert count == ROWS + 1
