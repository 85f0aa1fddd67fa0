"""The commands that prove: verify, make-key, and the tables of --format."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from reports.encryption import locked
from reports.returned_file import unlocked
from scanner.store import open_store
from tests.cli.command import CANARY, mail, missedbcc
from tests.reports.test_manifest import human

INTERNAL = ("--internal", "corp.example")


@pytest.fixture
def scanned(tmp_path: Path) -> Path:
    mail(tmp_path / "Sent.mbox")
    assert missedbcc(tmp_path, "scan", "Sent.mbox", *INTERNAL).code == 4
    return tmp_path


def manifest(folder: Path, name: str = "run-0001.json") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "missedbcc-case/manifests" / name).read_bytes())
    return found


def test_a_case_is_as_it_was_written_until_somebody_changes_it(scanned: Path) -> None:
    ended = missedbcc(scanned, "verify")
    assert (ended.code, ended.err) == (0, "")
    assert all(line.startswith(("as written ", "The last manifest has")) for line in ended.out.splitlines())
    assert missedbcc(scanned, "verify", "missedbcc-case").out == ended.out
    digest = ended.out.split()[-1]
    assert missedbcc(scanned, "report").code == 0
    assert missedbcc(scanned, "status").code == 0
    assert missedbcc(scanned, "verify", "--digest", digest).code == 0
    book = scanned / "missedbcc-case/missedbcc-run-0001.xlsx"
    opened = load_workbook(book)
    opened["Decisions"].cell(*human(opened["Decisions"])).value = "confirmed"
    opened.save(book)
    filled = missedbcc(scanned, "verify", "--json")
    (line,) = [one for one in filled.objects if one.get("subject") == book.name]
    assert (filled.code, line["state"], line["answers"]) == (0, "filled in", {"Decisions": 1})
    book.write_bytes(book.read_bytes()[:-100])
    damaged = missedbcc(scanned, "verify")
    assert damaged.code == 1
    assert "damaged     missedbcc-run-0001.xlsx: It is damaged and cannot be opened." in damaged.out


def test_damage_that_a_later_manifest_took_in_is_told(scanned: Path) -> None:
    database = scanned / "missedbcc-case/case.sqlite"
    octets = bytearray(database.read_bytes())
    page = int.from_bytes(octets[16:18], "big")
    octets[page * 3 : -page] = bytes(len(octets) - 4 * page)
    database.write_bytes(octets)
    assert missedbcc(scanned, "report").code == 1
    ended = missedbcc(scanned, "verify")
    assert (ended.code, "damaged     case.sqlite: " in ended.out) == (1, True)
    assert "Restore it from a backup" in ended.out


def test_what_a_manifest_says_and_what_it_does_not(scanned: Path) -> None:
    facts = manifest(scanned)
    assert (facts["kind"], facts["run"], facts["number"], facts["previous"]) == ("scan", 1, 1, None)
    assert (facts["outcome"], facts["exit_status"]) == ("complete", 4)
    (folder,) = facts["folders"]
    assert (folder["read"], folder["unreadable"], folder["missing"]) == (4, 0, 0)
    (permission,) = facts["permissions"]
    assert (permission["source"], permission["access"]) == ("mbox", "Files are opened for reading only.")
    assert CANARY not in json.dumps(facts)


def test_a_signed_case_is_told_from_one_that_is_not(scanned: Path) -> None:
    made = missedbcc(scanned, "make-key", "key")
    assert (made.code, made.out) == (0, "key.pub\n")
    assert stat.S_IMODE((scanned / "key").stat().st_mode) == 0o600
    assert missedbcc(scanned, "verify", "--public-key", "key.pub").code == 1
    (scanned / "missedbcc.toml").write_text('[manifest]\nsigning_key = "file:key"\n')
    assert missedbcc(scanned, "scan", "Sent.mbox", *INTERNAL, "--case", "signed").code == 4
    assert missedbcc(scanned, "verify", "signed", "--public-key", "key.pub").code == 0


def test_a_key_that_cannot_be_had_stops_a_scan_before_it_reads(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox")
    (tmp_path / "missedbcc.toml").write_text('[manifest]\nsigning_key = "file:none"\n')
    ended = missedbcc(tmp_path, "scan", "Sent.mbox", *INTERNAL)
    assert ended.code == 2
    assert "does not exist" in ended.err
    assert not (tmp_path / "missedbcc-case").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("verify", "nowhere"), "There is no case in nowhere."),
        (("verify", "missedbcc-case", "--case", "other"), "The case folder is named twice."),
        (("verify", "--digest", "abc"), "--digest is not a SHA-256."),
        (("verify", "--public-key", "none.pub"), "The public key none.pub cannot be read"),
        (("verify", "--public-key", "Sent.mbox"), "is no public key in PEM"),
        (("make-key", "Sent.mbox"), "Sent.mbox is there already"),
        (("make-key", "no/such/key"), "cannot be written"),
        (("report", "--format", "docx"), "'docx' is not one of"),
    ],
)
def test_what_cannot_be_is_one_sentence(scanned: Path, words: tuple[str, ...], told: str) -> None:
    ended = missedbcc(scanned, *words)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


def test_tables_stand_beside_the_workbook_and_in_the_manifest(scanned: Path) -> None:
    ended = missedbcc(scanned, "report", "--format", "csv", "--format", "json", "--format", "csv", "--format", "xlsx")
    assert (ended.code, ended.out) == (0, "missedbcc-case/missedbcc-run-0001-2.xlsx\n")
    case = scanned / "missedbcc-case"
    folders = {path.name for path in case.iterdir() if path.is_dir()} - {"manifests"}
    assert folders == {"missedbcc-run-0001-2-csv", "missedbcc-run-0001-2-json"}
    assert missedbcc(scanned, "verify").code == 0
    (case / "missedbcc-run-0001-2-csv/viewers.csv").write_text("")
    assert missedbcc(scanned, "verify").code == 1


@pytest.mark.parametrize("configured", [True, False])
def test_no_table_shows_in_clear_what_the_workbook_locks(
    scanned: Path, monkeypatch: pytest.MonkeyPatch, configured: bool
) -> None:
    monkeypatch.setenv("LOCK", "seven brass otters 41")
    if configured:
        (scanned / "missedbcc.toml").write_text('[report]\npassword = "env:LOCK"\n')
    lock = () if configured else ("--password", "env:LOCK")
    before = sorted(scanned.rglob("*"))
    for words in (("scan", "Sent.mbox", *INTERNAL), ("report",)):
        ended = missedbcc(scanned, *words, "--format", "csv", *lock)
        assert (ended.code, ended.out) == (2, "")
        assert "tables would show all in clear" in ended.err
        assert "--redacted" in ended.err
    assert sorted(scanned.rglob("*")) == before
    assert missedbcc(scanned, "report", "--format", "csv", "--redacted", *lock).code == 0
    assert missedbcc(scanned, "report", "--format", "xlsx", *lock).code == 0


def test_a_locked_workbook_that_legal_filled_in_is_compared_when_its_password_is_known(
    scanned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("LOCK", "seven brass otters 41"), ("OTHER", "nine tin herons 52"), ("EMPTY", "")):
        monkeypatch.setenv(name, text)
    assert missedbcc(scanned, "report", "--password", "env:LOCK").code == 0
    book = scanned / "missedbcc-case/missedbcc-run-0001-2.xlsx"
    opened = load_workbook(unlocked(book, "seven brass otters 41"))
    opened["Decisions"].cell(*human(opened["Decisions"])).value = "confirmed"
    with book.open("wb") as target, locked(target, "seven brass otters 41") as stream:
        opened.save(stream)
    for words, told in (
        ((), "cannot be told. Say where its password is kept: --decisions-password."),
        (("--decisions-password", "env:OTHER"), "is encrypted with another password"),
        (("--decisions-password", "env:NOT_SET_AT_ALL"), "NOT_SET_AT_ALL"),
    ):
        ended = missedbcc(scanned, "verify", *words)
        assert ended.code == 1
        assert told in ended.out
    assert missedbcc(scanned, "verify", "--decisions-password", "otters").code == 2
    filled = missedbcc(scanned, "verify", "--decisions-password", "env:LOCK")
    assert filled.code == 0
    assert f"filled in   {book.name}: 1 human cell on Decisions" in filled.out
    (scanned / "missedbcc.toml").write_text('[report]\npassword = "env:LOCK"\n')
    assert missedbcc(scanned, "verify").code == 0


def test_a_program_is_told_in_the_last_line_how_it_stands(scanned: Path) -> None:
    last = missedbcc(scanned, "verify", "--json").objects[-1]
    assert (last["event"], last["states"], last["wrong"], last["exit_code"]) == ("result", {"as written": 3}, 0, 0)
    (scanned / "missedbcc-case/notes.txt").write_text("x")
    last = missedbcc(scanned, "verify", "--json").objects[-1]
    assert (last["states"], last["wrong"], last["exit_code"]) == ({"as written": 3, "unknown": 1}, 1, 1)
    (scanned / "missedbcc-case/notes.txt").unlink()
    with open_store(scanned / "missedbcc-case/case.sqlite") as store, store.scanning():
        (scanned / "missedbcc-case/half.csv").write_text("x")
        last = missedbcc(scanned, "verify", "--json").objects[-1]
    assert (last["states"], last["wrong"], last["exit_code"]) == ({"as written": 3, "in use": 1}, 1, 3)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("nowhere",), "There is no case in nowhere."),
        (("empty",), "There is no case in empty."),
        (("Sent.mbox",), "There is no case in Sent.mbox."),
        (("--digest", "abc"), "--digest is not a SHA-256."),
        (("--decisions-password", "otters"), "--decisions-password says where the password is kept, never what it is."),
    ],
)
def test_a_program_is_told_what_cannot_be(scanned: Path, words: tuple[str, ...], error: str) -> None:
    (scanned / "empty").mkdir()
    ended = missedbcc(scanned, "verify", *words, "--json")
    assert ended.objects == [{"event": "result", "outcome": "failed", "error": error, "exit_code": 2}]
    (told,) = ended.told
    assert (ended.code, told["event"], told["sentence"], bool(told["hint"])) == (2, "error", error, True)


def test_a_database_of_which_no_manifest_is_left_to_tell_is_looked_at_all_the_same(scanned: Path) -> None:
    (scanned / "missedbcc-case/manifests/run-0001.json").write_bytes(b"{")
    told = "case.sqlite: What it was like is not known, since manifests/run-0001.json does not tell it."
    assert f"changed     {told}" in missedbcc(scanned, "verify").out
    (scanned / "missedbcc-case/case.sqlite").write_bytes(b"x" * 5000)
    assert f"damaged     {told} It is damaged." in missedbcc(scanned, "verify").out
    (scanned / "missedbcc-case/case.sqlite").unlink()
    assert f"missing     {told} It is no longer there." in missedbcc(scanned, "verify").out
