"""Where the password of a workbook comes from, and that a mistake about it is told before anything is done."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.account import SecretKind, SecretReference
from scanner.cli.password import workbook_password
from scanner.errors import SettingsError

PASSWORD = "battery 7 stapler"


def test_no_option_and_no_config_is_no_lock() -> None:
    assert workbook_password(None) == ""


def test_the_option_wins_over_the_config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WORKBOOK_PASSWORD", PASSWORD)
    monkeypatch.setenv("OTHER_PASSWORD", "another 8 stapler")
    other = SecretReference(SecretKind.ENVIRONMENT, "OTHER_PASSWORD")
    assert workbook_password("env:WORKBOOK_PASSWORD", other) == PASSWORD
    assert workbook_password(None, other) == "another 8 stapler"
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n", encoding="utf-8")
    file.chmod(0o600)
    assert workbook_password(f"file:{file}") == PASSWORD
    assert workbook_password(f"command:echo {PASSWORD}") == PASSWORD


@pytest.mark.parametrize("said", [PASSWORD, "", "env:", "keyring:x", ":x"])
def test_a_password_in_place_of_a_reference_is_refused_and_not_repeated(said: str) -> None:
    with pytest.raises(SettingsError, match="never what it is") as raised:
        workbook_password(said)
    assert raised.value.hint
    assert PASSWORD not in f"{raised.value} {raised.value.hint}"


def test_a_weak_password_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBOOK_PASSWORD", "short")
    with pytest.raises(SettingsError, match="fewer than 12"):
        workbook_password("env:WORKBOOK_PASSWORD")


def test_nobody_is_asked_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        with pytest.raises(SettingsError, match="no terminal"):
            workbook_password("ask")


ASKING = "from scanner.cli.password import workbook_password as asked; print('got', len(asked('ask')))"

QUESTION = re.compile(rb"(?:workbook|more): ")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [((PASSWORD, PASSWORD), "got 17"), ((PASSWORD, "a slip", PASSWORD, PASSWORD), "got 17")],
)
def test_whoever_is_asked_types_it_twice_and_it_is_not_shown(typed: tuple[str, ...], expected: str) -> None:
    """On a terminal of its own."""
    import pty  # noqa: PLC0415 - not on every system

    main, side = pty.openpty()
    started = subprocess.Popen(
        [sys.executable, "-c", ASKING],
        stdin=side, stdout=side, stderr=side, start_new_session=True, env={**os.environ, "COLUMNS": "80"},
    )  # fmt: skip
    os.close(side)
    shown = b""
    rest = list(typed)
    try:
        while expected.encode() not in shown:
            assert select.select([main], [], [], 60)[0], shown
            shown += os.read(main, 1_024)
            # Only behind a whole question: what is typed before the echo is off is thrown away.
            if rest and len(QUESTION.findall(shown)) > len(typed) - len(rest):
                os.write(main, rest.pop(0).encode() + b"\n")
    finally:
        assert started.wait(60) == 0
        os.close(main)
    assert PASSWORD.encode() not in shown
