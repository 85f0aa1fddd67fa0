"""With --json, every command writes exactly one result, the last object, however it ends, and why where it failed."""

from __future__ import annotations

import signal
from importlib import import_module
from pathlib import Path

import pytest
import typer.main

from scanner.cli import app
from scanner.errors import StoreError
from scanner.review import review
from scanner.store import open_store
from tests.cli.command import CANARY, Ended, ended, mail, missedbcc, start
from tests.cli.test_exits import FAILING
from tests.cli.test_scan import start_slow

WORDS = {
    "scan": ("scan", "Sent.mbox", "--internal", "corp.example"),
    "report": ("report",),
    "decisions": ("decisions",),
    "status": ("status",),
    "verify": ("verify",),
    "evidence": ("evidence", "I-NOTHING234", "--to", "bag"),
    "purge": ("purge", "--cleared", "9999", "--yes"),
    "check": ("check", "Sent.mbox"),
    "schedule": ("schedule", "show"),
    "schedule remove": ("schedule", "remove"),
    "schedule install": ("schedule", "install", "Sent.mbox", "--on", "systemd-user", "--into", "units", "--yes"),
    "make-key": ("make-key", "signing.pem"),
}
"""Each command that has the option, in words with which it does something."""
WITHOUT = {"init"}
CAN_LACK_A_CASE = {"scan", "check", "schedule", "schedule remove", "schedule install", "make-key"}
NEEDS_AN_ARGUMENT = {"evidence", "schedule", "make-key"}
CONFIGURED = [name for name in WORDS if name not in {"check", "make-key"}]
"""Those that a bad config ends: to `check` it is a finding, and `make-key` reads none."""
FIRST_STEPS = {"check": ("scanner.cli.check", "clock_finding"), "make-key": ("scanner.proof.signature", "make_key")}
"""What these do first; the others look for their settings."""


def commands() -> set[str]:
    command = typer.main.get_command(app)
    return {*getattr(command, "commands")}  # noqa: B009 - a group, which the type does not tell


@pytest.fixture
def here(tmp_path: Path) -> Path:
    mail(tmp_path / "Sent.mbox", [12])
    return tmp_path


@pytest.fixture
def case(here: Path) -> Path:
    assert missedbcc(here, *WORDS["scan"]).code == 4
    return here


def failed(done: Ended, code: int, outcome: str = "failed") -> str:
    """The sentence of a command that failed, which it told in both places and in one shape."""
    events = [one["event"] for one in done.objects]
    assert (events.count("result"), events[-1]) == (1, "result")
    result, (told,) = done.objects[-1], [one for one in done.told if one["event"] == "error"]
    assert set(told) == {"event", "sentence", "problems", "hint", "exit_code"}
    assert (result["exit_code"], told["exit_code"], done.code) == (code, code, code)
    assert (result["outcome"], result["error"]) == (outcome, told["sentence"])
    assert str(told["sentence"]).strip()
    return str(told["sentence"])


def test_every_command_is_walked_through() -> None:
    assert {words[0] for words in WORDS.values()} | WITHOUT == commands()


@pytest.mark.parametrize("name", WORDS)
def test_a_command_that_comes_to_its_end_has_one_result_and_no_error(case: Path, name: str) -> None:
    words = ("evidence", incident(case), "--to", "bag") if name == "evidence" else WORDS[name]
    done = missedbcc(case, *words, "--json")
    events = [one["event"] for one in done.objects]
    assert (events.count("result"), events[-1]) == (1, "result")
    result = done.objects[-1]
    assert (result["error"], result["exit_code"]) == (None, done.code)
    assert done.code == 0
    assert done.told == []


def incident(case: Path) -> str:
    with open_store(case / "missedbcc-case/case.sqlite") as store:
        (found,) = review(store).incidents()
        return found.id


@pytest.mark.parametrize("name", [*WORDS, *WITHOUT])
@pytest.mark.parametrize("at", ["first", "last"])
def test_so_has_one_with_an_unknown_option(here: Path, name: str, at: str) -> None:
    words = WORDS.get(name, (name,))
    done = missedbcc(here, *words, *(("--json", "--nope") if at == "first" else ("--nope", "--json")))
    sentence = failed(done, 2)
    assert "No such option: --" in sentence
    assert done.told[-1]["hint"] == f"See `missedbcc {words[0]} --help`."


@pytest.mark.parametrize("name", sorted(NEEDS_AN_ARGUMENT))
def test_so_has_one_without_its_argument(here: Path, name: str) -> None:
    assert "Missing argument" in failed(missedbcc(here, name, "--json"), 2)


@pytest.mark.parametrize(
    "words",
    [("--json",), ("scna", "--json"), ("scan", "--gate", "1", "--json"), ("scan", "--json", "--gate"),
     ("purge", "--json", "--cleared", "soon"), ("schedule", "--json", "forget"), ("check", "--timeout", "0", "--json")],
)  # fmt: skip
def test_so_have_other_wrong_words(here: Path, words: tuple[str, ...]) -> None:
    failed(missedbcc(here, *words), 2)
    assert {path.name for path in here.iterdir()} == {"Sent.mbox"}


def test_wrong_words_stay_lines_where_nobody_asked_for_objects(here: Path) -> None:
    for words in (("scan", "--nope"), ("scan", "--nope", "--", "--json")):
        done = missedbcc(here, *words)
        assert (done.code, done.out) == (2, "")
        assert "Error: No such option: --nope" in done.err
    assert missedbcc(here, "scan", "--json", "--help").out.startswith("Usage: missedbcc scan")


@pytest.mark.parametrize("name", CONFIGURED)
def test_so_has_one_with_a_bad_config(here: Path, name: str) -> None:
    (here / "missedbcc.toml").write_text("[gates]\nexposer = 3\n")
    failed(missedbcc(here, *WORDS[name], "--json"), 2)


@pytest.mark.parametrize("name", sorted({*WORDS} - CAN_LACK_A_CASE))
def test_so_has_one_without_a_case(here: Path, name: str) -> None:
    assert failed(missedbcc(here, *WORDS[name], "--json"), 2).startswith("There is no case in ")


@pytest.mark.parametrize("name", sorted({*WORDS} - CAN_LACK_A_CASE | {"scan"}))
def test_so_has_one_whose_database_is_damaged(case: Path, name: str) -> None:
    (case / "missedbcc-case/case.sqlite").write_bytes(b"no database at all " * 400)
    if name == "verify":  # which looks at it as at every file
        assert missedbcc(case, *WORDS[name], "--json").objects[-1]["error"] is None
        return
    failed(missedbcc(case, *WORDS[name], "--json"), 1)


@pytest.mark.parametrize(
    "words",
    [
        ("scan", "gone.mbox"),
        ("scan", "Sent.mbox", "--output", "there"),
        ("report", "--decisions", "gone.xlsx"),
        ("decisions", "gone.xlsx"),
        ("verify", "--digest", "12"),
        ("evidence", "I-NOTHING234", "--to", "bag"),
        ("purge",),
        ("schedule", "install", "Sent.mbox", "--on", "systemd"),
        ("schedule", "install", "Sent.mbox", "--on", "systemd-user", "--into", "units"),
        ("make-key", "Sent.mbox"),
        ("make-key", "no/such/folder/signing.pem"),
    ],
)
def test_so_have_those_with_a_reason_of_their_own(case: Path, words: tuple[str, ...]) -> None:
    (case / "there").mkdir()
    failed(missedbcc(case, *words, "--json"), 2)


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize(
    ("error", "code", "outcome"),
    [
        (StoreError("The disk is full.", "Free some space."), 1, "failed"),
        (OSError(28, "No space left on device", "x"), 1, "failed"),
        (ValueError(CANARY), 1, "failed"),
        (KeyboardInterrupt(), 3, "stopped"),
    ],
)
def test_so_has_one_that_something_ends(
    here: Path, monkeypatch: pytest.MonkeyPatch, name: str, error: BaseException, code: int, outcome: str
) -> None:
    def ends(*_: object, **__: object) -> None:
        raise error

    place, step = FIRST_STEPS.get(name, (f"scanner.cli.{WORDS[name][0]}", "settings_of"))
    monkeypatch.setattr(import_module(place), step, ends)
    done = missedbcc(here, *WORDS[name], "--json")
    failed(done, code, outcome)
    assert CANARY not in done.out + done.err


def test_so_has_one_that_is_stopped_while_it_tells(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ends(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(import_module("scanner.cli.scan"), "finished", ends)
    failed(missedbcc(case, *WORDS["scan"], "--json"), 3, "stopped")


def test_so_has_one_with_a_traceback_which_stays_text(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISSEDBCC_DEBUG", "1")
    done = ended(start(here, *WORDS["scan"], "--json", program=FAILING))
    (result,) = done.objects
    assert (result["event"], result["outcome"], result["exit_code"], done.code) == ("result", "failed", 1, 1)
    assert "(ValueError)" in result["error"]
    assert "Traceback" in done.err


def test_so_has_a_scan_that_ctrl_c_stops(tmp_path: Path) -> None:
    with start_slow(tmp_path, "--json") as running:
        running.send_signal(signal.SIGINT)
        running.wait(timeout=600)
        done = ended(running)
    assert failed(done, 3, "stopped").startswith("Stopped. Nothing new was saved before that.")
