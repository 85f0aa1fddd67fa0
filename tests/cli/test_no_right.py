"""What `verify` says of files that it has no right to read: they are not checked, and that is no damage."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from scanner.proof.findings import NO_RIGHT
from tests.cli.command import mail, missedbcc

CASE = Path("missedbcc-case")
BOOK = "missedbcc-run-0001.xlsx"
ROWS = "manifests/run-0001.rows"


@pytest.fixture
def scanned(tmp_path: Path) -> Path:
    mail(tmp_path / "Sent.mbox")
    assert missedbcc(tmp_path, "make-key", "signing.pem").code == 0
    (tmp_path / "missedbcc.toml").write_text('[manifest]\nsigning_key = "file:signing.pem"\n')
    assert missedbcc(tmp_path, "scan", "Sent.mbox", "--internal", "corp.example", "--format", "csv").code == 4
    return tmp_path


@pytest.fixture
def closed(scanned: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Takes the right to read a file or folder of the case away, from whoever runs the tests: root keeps it always."""
    opened, listed = Path.open, os.scandir

    def close(name: str) -> None:
        place = scanned / CASE / name

        def refuse(path: Path, mode: str = "r", *given: Any, **named: Any) -> IO[Any]:
            if place in (path.absolute(), *path.absolute().parents):
                raise PermissionError(13, "Permission denied", str(path))
            return opened(path, mode, *given, **named)

        def refuse_listing(folder: Any = ".") -> Iterator[os.DirEntry[str]]:
            if not isinstance(folder, int) and Path(folder).absolute() == place:
                raise PermissionError(13, "Permission denied", str(folder))
            return listed(folder)

        monkeypatch.setattr(Path, "open", refuse)
        monkeypatch.setattr(os, "scandir", refuse_listing)

    return close


@pytest.mark.parametrize("name", [BOOK, "case.sqlite", ROWS, "manifests/run-0001.sig"])
def test_it_is_not_checked_and_not_called_damaged(scanned: Path, closed: Callable[[str], None], name: str) -> None:
    closed(name)
    told = missedbcc(scanned, "verify")
    assert told.code == 3, told.out
    assert any(line.startswith(f"not checked {name}: ") and line.endswith(NO_RIGHT) for line in told.out.splitlines())
    assert "damaged " not in told.out
    assert "The last manifest has the SHA-256" in told.out
    result = missedbcc(scanned, "verify", "--json").objects[-1]
    assert (result["states"]["not checked"], result["wrong"], result["exit_code"]) == (1, 1, 3)


def test_a_folder_that_may_not_be_listed_is_told_with_each_file_in_it(
    scanned: Path, closed: Callable[[str], None]
) -> None:
    tables = f"{BOOK.removesuffix('.xlsx')}-csv"
    count = len(list((scanned / CASE / tables).iterdir()))
    closed(tables)
    told = missedbcc(scanned, "verify")
    assert (told.code, told.out.count(f"not checked {tables}")) == (3, count + 1)


def test_what_differs_besides_counts(scanned: Path, closed: Callable[[str], None]) -> None:
    (scanned / CASE / "strange").write_bytes(b"x")
    closed("case.sqlite")
    assert missedbcc(scanned, "verify").code == 1


def test_a_changed_workbook_is_not_judged_without_the_digests_of_its_rows(
    scanned: Path, closed: Callable[[str], None]
) -> None:
    book = scanned / CASE / BOOK
    book.write_bytes(book.read_bytes() + b"\0")
    closed(ROWS)
    told = missedbcc(scanned, "verify")
    assert told.code == 3, told.out
    assert f"not checked {BOOK}: It was changed; in which rows cannot be told: you have no right" in told.out


@pytest.mark.parametrize("name", ["manifests", "manifests/run-0001.json"])
def test_without_the_manifests_nothing_is_checked(scanned: Path, closed: Callable[[str], None], name: str) -> None:
    closed(name)
    told = missedbcc(scanned, "verify")
    assert told.code == 3, told.err
    (line,) = told.out.splitlines()
    assert line.startswith("not checked manifests: You have no right to read all of the manifests")
    assert missedbcc(scanned, "verify", "--json").objects[-1]["last_manifest"] is None


def test_a_disk_that_fails_is_damage_as_before(scanned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def fail(path: Path, *given: Any, **named: Any) -> Any:
        if path.name == BOOK:
            raise OSError(5, "Input/output error", str(path))
        return opened(path, *given, **named)

    monkeypatch.setattr(Path, "open", fail)
    told = missedbcc(scanned, "verify")
    assert told.code == 1
    assert f"damaged     {BOOK}: It cannot be read: Input/output error." in told.out
