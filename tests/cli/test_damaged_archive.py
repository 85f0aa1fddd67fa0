"""An archive that is cut off: each scan keeps what stands before the cut, is incomplete, and writes its workbook."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command import mail, missedbcc, scan


def cut_gzip(place: Path) -> None:
    content = gzip.compress(place.read_bytes())
    place.write_bytes(content[:-4])


def cut_header(place: Path) -> None:
    with place.open("ab") as opened:
        opened.write(b"From sales@corp.example Mon Jul  6 10:00:00 2020\nTo: ann@shop.example")


@pytest.mark.parametrize("cut", [cut_gzip, cut_header])
def test_a_cut_archive_that_brings_nothing_new_is_incomplete_and_no_failure(
    tmp_path: Path, cut: Callable[[Path], None]
) -> None:
    cut(mail(tmp_path / "Sent.mbox"))
    assert "New: 2. Found 2 incidents" in scan(tmp_path, "Sent.mbox", code=3)
    for run in (2, 3):
        said = scan(tmp_path, "Sent.mbox", code=3)
        assert "Nothing new. Found 2 incidents" in said
        assert "Nothing could be read" not in said
        assert (tmp_path / "missedbcc-case" / f"missedbcc-run-000{run}.xlsx").is_file()


def test_an_archive_of_which_nothing_can_be_read_is_a_failure_as_before(tmp_path: Path) -> None:
    (tmp_path / "Sent.mbox.gz").write_bytes(gzip.compress(b"From ")[:12])
    for _ in range(2):
        assert missedbcc(tmp_path, "scan", "Sent.mbox.gz", "--internal", "corp.example").code == 1
