"""Tables for machines: the same cells as in the workbook, whole, typed, and never a formula."""

from __future__ import annotations

import csv
import json
import stat
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from reports import write_workbook
from reports.formats import FORMATS, must_be_writable, write_tables
from reports.formats.csv import guarded
from reports.formats.keys import Keyed, keyed
from reports.layout import Column, Line, Style, Table
from reports.presentation import Presentation
from scanner.errors import ReportError, SettingsError
from tests.needed import optional
from tests.reports import example
from tests.reports.hostile import HOSTILE

Rows = dict[str, list[dict[str, Any]]]
CASE = example.full_case()


def read_csv(folder: Path) -> Rows:
    found: Rows = {}
    for file in folder.glob("*.csv"):
        with file.open(newline="", encoding="utf-8") as stream:
            found[file.stem] = [dict(row) for row in csv.DictReader(stream)]
    return found


def read_json(folder: Path) -> Rows:
    return {
        file.stem: [json.loads(line) for line in file.read_text("utf-8").split("\n") if line]
        for file in folder.glob("*.jsonl")
    }


def read_parquet(folder: Path) -> Rows:
    parquet = optional("pyarrow.parquet", "parquet")
    return {file.stem: parquet.read_table(file).to_pylist() for file in folder.glob("*.parquet")}


READERS: dict[str, Callable[[Path], Rows]] = {"csv": read_csv, "json": read_json, "parquet": read_parquet}


def written(folder: Path, kind: str, *, redacted: bool = False) -> Rows:
    if kind == "parquet":
        optional("pyarrow", "parquet")
    write_tables(CASE, folder, kind, redacted=redacted)
    return READERS[kind](folder)


def tables_of(workbook: Path) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """Every table of a workbook: its name, and its rows with the header first."""
    for sheet in load_workbook(workbook):
        for table in sheet.tables.values():
            yield table.name, list(sheet[table.ref] and [tuple(c.value for c in row) for row in sheet[table.ref]])


def in_csv(value: Any) -> str:
    if isinstance(value, datetime):
        value = (value + timedelta(milliseconds=500)).replace(microsecond=0).isoformat() + "Z"
    return "" if value is None else str(guarded(value))


@pytest.mark.parametrize("kind", FORMATS)
def test_every_cell_is_that_of_the_workbook(tmp_path: Path, kind: str) -> None:
    book = write_workbook(CASE, tmp_path / "book.xlsx")
    found = written(tmp_path / "tables", kind)
    about = {one["table"]: one for one in json.loads((tmp_path / "tables/tables.json").read_bytes())["tables"]}
    compared = 0
    for name, (head, *rows) in tables_of(book):
        key = next(key for key in about if key.replace("_", "") == name.lower())
        columns = about[key]["columns"]
        assert [column["title"] for column in columns] == list(head)
        if not found[key]:
            assert len(rows) == 1  # the sentence that there is nothing
            continue
        assert len(found[key]) == len(rows)
        for row, other in zip(rows, found[key], strict=True):
            assert list(other) == [column["key"] for column in columns]
            for value, column in zip(row, columns, strict=True):
                assert_same(value, other[column["key"]], column["type"], kind)
                compared += 1
    assert compared > 5_000


def assert_same(value: Any, other: Any, type_: str, kind: str) -> None:
    """A word such as "unknown" stands for an unknown number or moment; a long text is whole only for machines."""
    if type_ != "text" and isinstance(value, str):
        value = None
    if isinstance(value, str) and "[cut here:" in value:
        assert str(other).lstrip("'").startswith(value[:1_000].lstrip("'"))
    elif kind == "csv":
        assert other == in_csv(value) or float(other) == pytest.approx(value)
    elif isinstance(value, datetime):
        moment = other if kind == "parquet" else datetime.fromisoformat(other)
        assert abs(moment - value.replace(tzinfo=UTC)) <= timedelta(seconds=1)
    elif isinstance(value, float):
        assert other == pytest.approx(value)
    else:
        assert other == value


@pytest.mark.parametrize("kind", FORMATS)
def test_a_redacted_edition_names_nobody(tmp_path: Path, kind: str) -> None:
    whole, redacted = written(tmp_path / "whole", kind), written(tmp_path / "redacted", kind, redacted=True)
    assert "@freemail.example" in str(whole)
    assert "@freemail.example" not in str(redacted)
    assert {key: len(rows) for key, rows in redacted.items()} == {key: len(rows) for key, rows in whole.items()}
    assert {row["person"] for row in redacted["affected_people"]} == {row["person"] for row in whole["affected_people"]}


def test_keys_do_not_depend_on_the_language_of_the_workbook(tmp_path: Path) -> None:
    french = write_workbook(CASE, tmp_path / "book.xlsx", Presentation(language="fr"))
    assert "Incidents" in load_workbook(french).sheetnames
    assert "legal_told_on" in written(tmp_path / "tables", "json")["affected_people"][0]


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_the_same_case_gives_the_same_bytes_for_its_owner_alone(tmp_path: Path, kind: str) -> None:
    one, other = (write_tables(CASE, tmp_path / name, kind) for name in ("one", "other"))
    assert [path.name for path in one] == [path.name for path in other]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]
    assert {stat.S_IMODE(path.stat().st_mode) for path in one} == {0o600}
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o700


def test_what_is_there_is_not_overwritten_and_a_failure_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(ReportError, match="is there already"):
        write_tables(CASE, tmp_path / "there", "csv")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ReportError, match="cannot be written"):
        write_tables(CASE, tmp_path / "file/tables", "csv")
    assert {path.name for path in tmp_path.iterdir()} == {"there", "file"}


def test_without_pyarrow_the_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(SettingsError, match="pyarrow"):
        must_be_writable("parquet")
    must_be_writable("csv")


def one_column(values: list[Any], style: Style = Style.TEXT) -> Keyed:
    return keyed(Table("OneColumn", (Column("Its value", 10, style),), [Line((value,)) for value in values], "none"))


def test_hostile_texts_are_whole_and_no_formula(tmp_path: Path) -> None:
    import reports.formats.csv as form  # noqa: PLC0415

    texts = [*HOSTILE, "'quoted", "''", "x" * 100_000, "a\nb", 'say "so"', "a,b"]
    with (tmp_path / "out.csv").open("wb") as stream:
        form.write(one_column(texts), stream)
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as stream:
        title, *cells = [row[0] if row else "" for row in csv.reader(stream)]
    assert title == "its_value"
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "|", "%")) for cell in cells)
    whole = [text.encode("utf-8", "backslashreplace").decode() for text in texts]
    assert [cell.removeprefix("'") for cell in cells] == whole


def test_keys_are_distinct_and_types_are_kept() -> None:
    columns = (Column("A b", 1), Column("A, b", 1), Column("N", 1, Style.NUMBER), Column("D", 1, Style.DATE))
    table = keyed(Table("SomePeople", columns, [Line(("", None, "unknown", "unknown")), Line(("x", 1, 2))], ""))
    assert (table.key, [field.key for field in table.fields]) == ("some_people", ["a_b", "a_b_2", "n", "d"])
    assert list(table.rows()) == [[None, None, None, None], ["x", "1", 2, None]]


@pytest.mark.parametrize("kind", FORMATS)
def test_memory_does_not_grow_with_the_rows(tmp_path: Path, kind: str) -> None:
    form = __import__(f"reports.formats.{kind}", fromlist=["write"])
    if kind == "parquet":
        optional("pyarrow", "parquet")

    def peak(count: int) -> int:
        lines = (Line((f"person{number}@freemail.example", number)) for number in range(count))
        table = keyed(Table("T", (Column("Address", 1), Column("Number", 1, Style.NUMBER)), lines, ""))
        tracemalloc.start()
        with (tmp_path / f"{count}").open("wb") as stream:
            form.write(table, stream)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(120_000) < 1.5 * peak(40_000)


@pytest.mark.parametrize("kind", FORMATS)
def test_redacted_tables_that_show_an_address_all_the_same_are_not_left_there(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "parquet":
        optional("pyarrow", "parquet")
    monkeypatch.setattr("reports.workbook.redacted", lambda sheet: sheet)
    with pytest.raises(ReportError, match="looks like an address"):
        write_tables(CASE, tmp_path / "tables", kind, redacted=True)
    assert list(tmp_path.iterdir()) == []
