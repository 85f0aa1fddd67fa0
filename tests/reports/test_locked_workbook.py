"""A whole report with a password: locked, marked, and refused before any work where the password is weak."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from reports import write_workbook
from reports.presentation import Presentation
from reports.questions import mark
from reports.shell import MARK_PROPERTY
from scanner.errors import SettingsError
from tests.reports import example
from tests.reports.test_encryption import PASSWORD, decrypted


def test_a_report_with_a_password_opens_with_it_alone(tmp_path: Path) -> None:
    case = example.full_case()
    path = write_workbook(case, tmp_path / "x.xlsx", Presentation(password=PASSWORD))
    assert not path.read_bytes().startswith(b"PK")
    assert path.stat().st_mode & 0o777 == 0o600
    book: Any = load_workbook(decrypted(path, PASSWORD))
    plain: Any = load_workbook(write_workbook(case, tmp_path / "plain.xlsx"))
    assert book.sheetnames == plain.sheetnames
    said = mark(case.id, case.edition)
    assert [each.value for each in book.custom_doc_props.props] == [said]
    assert [each.name for each in book.custom_doc_props.props] == [MARK_PROPERTY]
    assert {sheet.oddHeader.right.text for sheet in book} == {said}


@pytest.mark.parametrize("redacted", [False, True])
def test_a_weak_password_writes_nothing(tmp_path: Path, redacted: bool) -> None:
    with pytest.raises(SettingsError, match="fewer than 12"):
        write_workbook(example.full_case(), tmp_path / "x.xlsx", Presentation(redacted=redacted, password="short"))
    assert list(tmp_path.iterdir()) == []
