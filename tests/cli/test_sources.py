"""What a scan says of mail that lies there and is not read."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from scanner.cli.sources import find_sources
from scanner.config import Config
from scanner.store import open_store
from tests.cli.command import Ended, mail, mbox, message, missedbcc

SENT = "Sent.mbox"
CONFIG = '[account.archive]\ntype = "mbox"\npath = "kept"\n'


def damaged(path: Path) -> None:
    path.write_bytes(gzip.compress(b"From ann@corp.example Fri Mar 15 09:30:00 2024\n")[:12] + b"\xff" * 60)


def link_to_nothing(path: Path) -> None:
    path.symlink_to(path.parent / "gone")


def outlook(path: Path) -> None:
    path.write_bytes(b"!BDN" + b"\0" * 600)


def zipped(path: Path) -> None:
    path.write_bytes(b"PK\3\4" + b"\0" * 60)


def cells(done: Ended) -> list[str]:
    book = load_workbook(done.workbook)
    return [str(value) for sheet in book for row in sheet.iter_rows(values_only=True) for value in row if value]


UNREAD: list[tuple[str, Callable[[Path], None], str]] = [
    ("old.mbox.gz", damaged, "damaged"),
    ("old.pst", outlook, "Outlook data file"),
    ("old.zip", zipped, "zip archive"),
    ("Archive.mbox", link_to_nothing, "link to something that is not there"),
]


@pytest.mark.parametrize(("name", "make", "why"), UNREAD)
@pytest.mark.parametrize("words", [(".",), (SENT, "{}")])
def test_mail_that_is_not_read_leaves_the_scan_incomplete(
    tmp_path: Path, name: str, make: Callable[[Path], None], why: str, words: tuple[str, ...]
) -> None:
    mail(tmp_path / SENT)
    make(tmp_path / name)
    done = missedbcc(tmp_path, "scan", *(word.format(name) for word in words), "--case", "../case")
    assert done.code == 3
    assert "Found 2 incidents" in done.err
    assert f"{name}: " in done.err
    assert why in done.err
    (line,) = [
        one
        for one in missedbcc(tmp_path, "check", *(word.format(name) for word in words)).out.splitlines()
        if why in one
    ]
    assert line.startswith("failed")
    told = cells(Ended(done.code, str((tmp_path / done.workbook).resolve()), done.err))
    assert any(name in cell and why in cell for cell in told)


def test_a_file_that_is_closed_to_us_leaves_the_scan_incomplete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail(tmp_path / SENT)
    mail(tmp_path / "Closed.mbox")
    opened = os.open

    def refuse(path: Path | str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if Path(path).name == "Closed.mbox":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", refuse)  # root, as which tests may run, may open everything
    done = missedbcc(tmp_path, "scan", ".", "--case", str(tmp_path / "case"))
    assert done.code == 3
    assert "Closed.mbox: The operating system does not let us read it." in done.err
    assert "Found 2 incidents" in done.err
    assert any("Closed.mbox: The operating system" in cell for cell in cells(done))


def test_a_link_to_nothing_does_not_keep_the_other_words_from_being_read(tmp_path: Path) -> None:
    mail(tmp_path / SENT)
    link_to_nothing(tmp_path / "broken")
    done = missedbcc(tmp_path, "scan", "broken", SENT)
    assert done.code == 3
    assert "Did you mean" not in done.err
    assert "Found 2 incidents" in done.err
    alone = missedbcc(tmp_path, "scan", "broken", "--case", "other")
    assert alone.code == 1
    assert "link to something that is not there" in alone.err


def test_a_letter_without_a_suffix_is_judged(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "one.eml").write_bytes(message(1))
    (tmp_path / "letters" / "two").write_bytes(message(2, 30))
    done = missedbcc(tmp_path, "scan", "letters", "--internal", "corp.example")
    assert done.code == 4
    assert "Read 2 messages" in done.err
    assert "Found 1 incident" in done.err


def test_an_archive_of_the_config_is_incomplete_with_mail_beside_it(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    mail(tmp_path / "kept" / SENT)
    (tmp_path / "missedbcc.toml").write_text(CONFIG)
    assert missedbcc(tmp_path, "scan").code == 4
    outlook(tmp_path / "kept" / "old.pst")
    for words in ((), ("archive",)):
        done = missedbcc(tmp_path, "scan", *words)
        assert done.code == 3
        assert "old.pst: It is an Outlook data file" in done.err


def test_a_sent_folder_of_the_config_that_is_not_there_leaves_the_scan_incomplete(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    mail(tmp_path / "kept" / "Sent")
    mbox(tmp_path / "kept" / "Sent-2024", [message(9, 30)])
    (tmp_path / "missedbcc.toml").write_text(f'{CONFIG}sent_folders = ["Sent", "Sent-2024x"]\n')
    done = missedbcc(tmp_path, "scan")
    assert done.code == 3
    assert "Sent-2024x" in done.err
    assert "Sent, Sent-2024." in done.err
    assert "archive: Sent: 4 read" in done.err


def test_the_case_beside_the_mail_is_no_mail(tmp_path: Path) -> None:
    mail(tmp_path / SENT)
    assert missedbcc(tmp_path, "scan", ".").code == 4
    again = missedbcc(tmp_path, "scan", ".")
    assert again.code == 0
    assert "xlsx" in again.err


def test_what_two_words_meet_is_one_trouble(tmp_path: Path) -> None:
    mail(tmp_path / SENT)
    outlook(tmp_path / "old.pst")
    found = find_sources([str(tmp_path), str(tmp_path)], Config())
    assert len(found.accounts) == 1
    assert [word for word, _ in found.failed] == [str(tmp_path / "old.pst")]


def test_a_mailbox_that_is_gone_from_the_folder_leaves_one_scan_incomplete_and_stays_on_coverage(
    tmp_path: Path,
) -> None:
    def scanned(code: int) -> tuple[str, dict[str, str]]:
        done = missedbcc(tmp_path, "scan", "archive", "--internal", "corp.example")
        assert done.code == code
        with open_store(tmp_path / "missedbcc-case" / "case.sqlite") as store:
            return done.err, {one.account: one.trouble for one in store.coverage() if one.trouble}

    (tmp_path / "archive").mkdir()
    for name in ("ann", "bea"):
        mail(tmp_path / "archive" / f"{name}.mbox")
    assert scanned(4)[1] == {}
    (tmp_path / "archive/bea.mbox").rename(tmp_path / "bea.mbox")
    said, wanting = scanned(3)
    assert "archive/bea.mbox: The folder or archive was deleted, moved, renamed or emptied" in said
    assert list(wanting) == ["archive/bea.mbox"]
    assert wanting["archive/bea.mbox"].endswith("what was added to it later was not read.")
    assert missedbcc(tmp_path, "status").code == 3
    assert scanned(0)[1] == wanting
    (tmp_path / "bea.mbox").rename(tmp_path / "archive/bea.mbox")
    assert scanned(0)[1] == {}
