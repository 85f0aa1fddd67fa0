"""Ctrl-C while the program is still being loaded: one sentence and the code of a stopped command, and no traceback."""

from __future__ import annotations

import os
import signal
import tomllib
from pathlib import Path
from subprocess import PIPE, Popen
from sys import executable, path

import pytest

from scanner.__main__ import INCOMPLETE, STOPPED_EARLY
from scanner.cli import exits

WAITS = """
import signal, sys, time

class Wait:
    def find_spec(self, name, *_):
        if name == {module!r}:
            print("loading", flush=True)
            time.sleep(240)

sys.meta_path.insert(0, Wait())
signal.signal(signal.SIGINT, signal.default_int_handler)  # which is ignored where tests run in the background
"""
"""Python runs this before anything else where it is the module `sitecustomize`."""

READS_WORDS = """
import time
import typer.main
from scanner.__main__ import main

def slow(*_):
    print("loading", flush=True)
    time.sleep(240)

typer.main.get_command = slow
main()
"""
ENTRY = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
MODULE, _, FUNCTION = ENTRY["missedbcc"].partition(":")


def stopped(folder: Path, words: list[str], module: str, number: signal.Signals = signal.SIGINT) -> Popen[str]:
    """The process after the signal, which it gets while it waits within the loading of this module."""
    (folder / "sitecustomize.py").write_text(WAITS.format(module=module))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *filter(None, path)])}
    running = Popen([executable, *words], cwd=folder, env=environment, stdout=PIPE, stderr=PIPE, text=True)
    assert running.stdout is not None
    assert running.stdout.readline() == "loading\n"
    running.send_signal(number)
    return running


def said(running: Popen[str]) -> tuple[int, str, str]:
    with running:
        out, err = running.communicate(timeout=600)
    return running.returncode, out, err


@pytest.mark.parametrize("entry", [["-m", "scanner"], ["-c", f"from {MODULE} import {FUNCTION} as run; run()"]])
@pytest.mark.parametrize("module", ["scanner.cli", "typer", "scanner.cli.exits", "scanner.cli.verify"])
def test_ctrl_c_while_the_commands_are_loaded_is_one_sentence(tmp_path: Path, entry: list[str], module: str) -> None:
    assert said(stopped(tmp_path, [*entry, "status"], module)) == (3, "", f"{STOPPED_EARLY}\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_words_are_read_is_the_same(tmp_path: Path, number: signal.Signals) -> None:
    running = stopped(tmp_path, ["-c", READS_WORDS, "status"], "no such module", number)
    assert said(running) == (3, "", f"{STOPPED_EARLY}\n")


def test_the_entry_says_what_the_commands_say() -> None:
    assert (STOPPED_EARLY, INCOMPLETE) == (exits.STOPPED_EARLY, exits.Exit.INCOMPLETE)
