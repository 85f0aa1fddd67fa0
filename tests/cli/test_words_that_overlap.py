"""Words that lead to the same mail, and archives that are gone from a folder, however it is called."""

from __future__ import annotations

import shutil
from itertools import permutations
from pathlib import Path

import pytest

from scanner.cli.sources import find_sources
from scanner.config import Config
from scanner.coverage import ChosenBy, Coverage
from scanner.departed import earlier_at
from tests.cli.command import mail, missedbcc, scan

GONE = "The folder or archive was deleted"
LOST = "Nothing is left of what was named: "
ASIDE = "are marked as drafts or reports, were not judged (1)"
NOW = "was taken for drafts before and is not now; it is read from its beginning."


def coverage(account: str) -> Coverage:
    return Coverage(account, "Sent", ChosenBy.ARCHIVE, None, read=1, finished=True)


NAMES = (
    "a.mbox",
    "sub/c.mbox",
    "sub (mbox)",
    "../b.mbox",
    "../../d.mbox",
    "/m/e.mbox",
    "archive",
    "tenant/ann@x.example",
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (".", ["a.mbox", "sub (mbox)", "sub/c.mbox"]),
        ("./", ["a.mbox", "sub (mbox)", "sub/c.mbox"]),
        ("sub", ["sub (mbox)", "sub/c.mbox"]),
        ("sub/", ["sub (mbox)", "sub/c.mbox"]),
        ("./sub", ["sub (mbox)", "sub/c.mbox"]),
        ("other/../sub", ["sub (mbox)", "sub/c.mbox"]),
        ("su", []),
        ("sub (mbox)", ["sub (mbox)"]),
        ("..", ["../b.mbox"]),
        ("../..", ["../../d.mbox"]),
        ("/", ["/m/e.mbox"]),
        ("/m", ["/m/e.mbox"]),
        ("/m/e.mbox/", ["/m/e.mbox"]),
    ],
)
def test_what_lies_at_a_path_is_known_however_it_is_written(path: str, expected: list[str]) -> None:
    assert earlier_at(path, map(coverage, NAMES), ("archive", "tenant/")) == expected


@pytest.mark.parametrize("word", [".", "./", "{}", "{}/", "../mail"])
def test_an_archive_that_is_gone_from_the_folder_is_told_however_it_is_called(tmp_path: Path, word: str) -> None:
    here = tmp_path / "mail"
    (here / "sub").mkdir(parents=True)
    mail(here / "a.mbox")
    mail(here / "sub" / "c.mbox")
    words = (word.format(here), "--case", "../case")
    scan(here, *words, code=4)
    shutil.rmtree(here / "sub")
    assert scan(here, *words, code=3).count(GONE) == 1
    assert GONE not in scan(here, *words, code=0)
    told = missedbcc(here, "status", "--case", "../case").out
    assert f" no longer there. {GONE}, moved, renamed or emptied, or is shown to us no more." in told
    (here / "a.mbox").unlink()
    for _ in range(2):  # nothing is left of the folder that was named, which its disk may have left
        said = scan(here, *words, code=1)
        assert (said.count(LOST), said.count(GONE)) == (1, 0)


def test_the_accounts_of_the_config_are_no_files_of_the_folder(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox")
    mail(tmp_path / "a.mbox")
    (tmp_path / "missedbcc.toml").write_text('[account.archive]\ntype = "mbox"\npath = "Sent.mbox"\n')
    scan(tmp_path, code=4)
    (tmp_path / "Sent.mbox").unlink()
    assert GONE not in scan(tmp_path, ".", code=0)
    (tmp_path / "a.mbox").unlink()
    said = scan(tmp_path, ".", code=1)
    assert said.startswith(f".: {LOST}")
    assert "archive: " not in said


def outbox(folder: Path) -> None:
    (folder / "x" / "Outbox" / "2023").mkdir(parents=True)
    mail(folder / "x" / "Outbox" / "1.mbox", [12])


@pytest.mark.parametrize("words", list(permutations(["x", "x/Outbox", "x/Outbox/1.mbox"])))
def test_the_word_that_comes_closest_counts_in_whatever_order(tmp_path: Path, words: tuple[str, ...]) -> None:
    outbox(tmp_path)
    assert "1 incident" in scan(tmp_path, *words, code=4)
    for some in (words, words[:2]):
        (closest,) = find_sources([str(tmp_path / word) for word in some], Config()).accounts
        assert (closest.searched, closest.below) == ("x/Outbox/1.mbox" not in some, "")


@pytest.mark.parametrize("word", ["x/Outbox", "x/Outbox/1.mbox"])
def test_a_folder_of_drafts_is_judged_as_soon_as_somebody_names_it(tmp_path: Path, word: str) -> None:
    outbox(tmp_path)
    assert ASIDE in scan(tmp_path, "x", code=0)
    assert scan(tmp_path, word, code=4).count(NOW) == 1
    for words in ([word], ["x"], ["x", word]):
        said = scan(tmp_path, *words, code=0)
        assert "1 incident" in said
        assert NOW not in said
        assert "no longer holds" not in said
    mail(tmp_path / "x" / "Outbox" / "1.mbox", [12, 13])
    assert ASIDE in scan(tmp_path, "x", code=0)
    assert NOW in scan(tmp_path, word, code=4)
