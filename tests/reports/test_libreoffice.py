"""LibreOffice opens the workbook: nothing is a formula, nothing is cut, and the values survive."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from openpyxl import load_workbook

from reports import write_workbook
from tests.needed import program
from tests.reports import example

pytestmark = pytest.mark.libreoffice


@pytest.fixture(scope="module")
def soffice() -> str:
    return program("soffice", "libreoffice-calc")


def converted(soffice: str, path: Path, kind: str) -> Path:
    profile = path.parent / "profile"
    out = path.parent / "out"
    subprocess.run(
        [
            soffice,
            f"-env:UserInstallation={profile.as_uri()}",
            "--headless",
            "--convert-to",
            kind,
            "--outdir",
            str(out),
            str(path),
        ],
        check=True,
        capture_output=True,
        timeout=600,
    )
    return out / f"{path.stem}.{kind}"


def printed_text(soffice: str, path: Path) -> str:
    """What a printout of the workbook says, laid out as on paper."""
    command = [program("pdftotext", "poppler-utils"), "-layout", str(converted(soffice, path, "pdf")), "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=600).stdout


def test_a_round_trip_keeps_every_text_and_number(soffice: str, tmp_path: Path) -> None:
    path = write_workbook(example.full_case(), tmp_path / "full.xlsx")
    ours, theirs = load_workbook(path), load_workbook(converted(soffice, path, "xlsx"))
    assert theirs.sheetnames == ours.sheetnames
    compared = 0
    for sheet in ours:
        other = theirs[sheet.title]
        assert {t.name: t.ref for t in other.tables.values()} == {t.name: t.ref for t in sheet.tables.values()}
        for row in sheet.iter_rows():
            for cell in row:
                twin = other[cell.coordinate]
                assert twin.data_type != "f", f"{sheet.title}!{cell.coordinate} became a formula"
                if isinstance(cell.value, str):
                    # openpyxl reads the escape _x005F_ as it stands; LibreOffice, like Excel, resolves it.
                    assert str(twin.value).replace("_x005F_", "_") == cell.value.replace("_x005F_", "_")
                    compared += 1
                elif cell.value is not None:
                    assert twin.value == (pytest.approx(cell.value) if isinstance(cell.value, float) else cell.value)
                    compared += 1
    assert compared > 4_000


def test_a_printout_has_a_page_for_every_sheet(soffice: str, tmp_path: Path) -> None:
    path = write_workbook(example.full_case(), tmp_path / "full.xlsx")
    text = printed_text(soffice, path)
    assert "###" not in text
    for word in ("missedbcc: who was shown to whom", "INCOMPLETE", "SHA-256", "What no scan of sent mail can see"):
        assert word in text
