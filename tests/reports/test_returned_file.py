"""Files that cannot be read, or must not be: one sentence with the next step each, and nothing is changed."""

from __future__ import annotations

import io
import zipfile
from importlib import import_module
from pathlib import Path

import pytest

from reports.decisions import read_decisions
from scanner.errors import ReportError
from tests.reports.returned import CASE, EXPECTED, PEOPLE, ROWS, said, written


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return written(tmp_path / "book.xlsx", ROWS, PEOPLE)


@pytest.mark.parametrize("lock", [".~lock.book.xlsx#", "~$book.xlsx"])
def test_a_workbook_that_is_open_elsewhere_is_read_as_it_was_saved(path: Path, lock: str) -> None:
    path.with_name(lock).touch()
    back = read_decisions(path)
    assert said(back) == EXPECTED
    assert back.problems == read_decisions(written(path.with_name("other.xlsx"), ROWS, PEOPLE)).problems


def refused(path: Path, password: str = "") -> str:
    before = path.read_bytes()
    with pytest.raises(ReportError) as caught:
        read_decisions(path, password)
    assert caught.value.hint
    assert path.read_bytes() == before
    return f"{caught.value} {caught.value.hint}"


def test_a_workbook_that_takes_no_decisions_says_so(tmp_path: Path) -> None:
    assert "takes no decisions" in refused(written(tmp_path / "a.xlsx", ROWS, mark=f"MBCC-{CASE}-0000"))
    assert "does not say which case" in refused(written(tmp_path / "b.xlsx", ROWS, mark="nothing"))
    two = f"MBCC-{CASE}-0001 MBCC-{CASE}-0002"
    assert "several workbooks" in refused(written(tmp_path / "c.xlsx", ROWS, mark=two))


def zipped(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def test_what_is_no_workbook_is_told_with_the_next_step(tmp_path: Path) -> None:
    csv = tmp_path / "a.csv"
    csv.write_text("Incident,Status\n")
    assert "save it as Excel workbook" in refused(csv)
    (tmp_path / "empty.xlsx").touch()
    assert "it is empty" in refused(tmp_path / "empty.xlsx")
    assert ".xlsb" in refused(zipped(tmp_path / "b.xlsb", {"xl/workbook.bin": b"x"}))
    assert ".ods" in refused(zipped(tmp_path / "o.ods", {"mimetype": b"x", "content.xml": b"<x/>"}))
    assert "no workbook" in refused(zipped(tmp_path / "z.xlsx", {"a.txt": b"x"}))
    with pytest.raises(ReportError, match="cannot be read: No such file"):
        read_decisions(tmp_path / "missing.xlsx")
    with pytest.raises(ReportError, match="cannot be read: Is a directory"):
        read_decisions(tmp_path)


def test_a_damaged_workbook_is_refused_or_read(path: Path) -> None:
    whole = path.read_bytes()
    refusals = 0
    for place in range(0, len(whole), 97):
        for damaged in (whole[:place], whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :]):
            path.write_bytes(damaged)
            try:
                read_decisions(path)
            except ReportError:
                refusals += 1
    assert refusals > len(whole) / 97  # every cut, and what hit a checked part


BOMB = b"<worksheet><sheetData><row>" + b"<c><v>1</v></c>" * 20_000 + b"</row></sheetData></worksheet>"


@pytest.mark.parametrize(
    ("part", "content", "says"),
    [
        ("xl/worksheets/sheet1.xml", b"<worksheet>" + b" " * 40_000_000, "no spreadsheet program"),
        ("xl/worksheets/sheet1.xml", BOMB, "sheets cannot be read"),
        ("xl/styles.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><styleSheet/>', "no spreadsheet program"),
        ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row r='x'/>", "sheets cannot be read"),
        ("xl/workbook.xml", b"\xff", "sheets cannot be read"),
    ],
)
def test_a_package_that_would_do_harm_is_refused(path: Path, part: str, content: bytes, says: str) -> None:
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    assert part in parts
    assert says in refused(zipped(path, parts | {part: content}))


def test_a_row_far_away_costs_nothing(path: Path) -> None:
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    far = parts["xl/worksheets/sheet1.xml"].replace(
        b"</sheetData>", b'<row r="999999999"><c r="ZZZ9"/></row></sheetData>'
    )
    assert said(read_decisions(zipped(path, parts | {"xl/worksheets/sheet1.xml": far}))) == EXPECTED


def encrypted(path: Path, password: str) -> Path:
    inside = io.BytesIO(path.read_bytes())
    with path.open("wb") as file:
        import_module("msoffcrypto.format.ooxml").OOXMLFile(inside).encrypt(password, file)
    return path


def test_an_encrypted_workbook_is_read_with_its_password_alone(path: Path) -> None:
    encrypted(path, "a secret of ours")
    assert "--decisions-password" in refused(path)
    assert "another password" in refused(path, "a guess")
    assert said(read_decisions(path, "a secret of ours")) == EXPECTED
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 0x55
    path.write_bytes(whole)
    assert "secret of ours" not in refused(path, "a secret of ours")


def test_an_old_or_broken_compound_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "old.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))
    assert "damaged" in refused(path, "x")
