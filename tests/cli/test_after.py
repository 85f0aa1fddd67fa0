"""What a scan tells when it has ended: to people, to a log, in figures; well, partly, not at all, late."""

from __future__ import annotations

import email
import json
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.authority import Authority
from tests.cli.command import CANARY, mail, missedbcc
from tests.telling.run import Post

ACCOUNT = '[account.archive]\ntype = "mbox"\npath = "Sent.mbox"\n'


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def post(authority: Authority) -> Iterator[Post]:
    with Post(authority.certificate("localhost")) as post:
        yield post


@pytest.fixture
def here(tmp_path: Path, authority: Authority, post: Post) -> Path:
    """A folder with mail and a config that tells, logs and measures."""
    mail(tmp_path / "Sent.mbox")
    configure(tmp_path, authority, post.port)
    return tmp_path


def configure(folder: Path, authority: Authority, port: int, more: str = ACCOUNT, tell: str = "") -> None:
    (folder / "missedbcc.toml").write_text(
        '[organisation]\ninternal = ["corp.example"]\n[schedule]\nevery = "weekly"\n'
        f'[tell]\ndeadline = 10\n{tell}\n[tell.mail]\nhost = "localhost"\nport = {port}\nca_file = "{authority.file}"\n'
        'from = "scan@corp.example"\nto = ["sec@corp.example"]\n'
        f'[log]\nfile = "runs.jsonl"\n[metrics]\nfile = "missedbcc.prom"\ncase = "trial"\n{more}'
    )


def letters(post: Post) -> list[Message]:
    return [email.message_from_bytes(content) for _, _, content, _ in post.inbox.taken]


def text_of(letter: Message) -> str:
    content = letter.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


def log(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "runs.jsonl").read_text().splitlines()]


def figures(folder: Path) -> dict[str, float]:
    text = (folder / "missedbcc.prom").read_text()
    return {
        sample.name.removeprefix("missedbcc_")
        + (sample.labels.get("state") or sample.labels.get("kind") or ""): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def traces(folder: Path, post: Post) -> str:
    files = [folder / "runs.jsonl", folder / "missedbcc.prom"]
    return "".join(file.read_text() for file in files) + "".join(
        content.decode() for *_, content, _ in post.inbox.taken
    )


def test_a_scan_that_finds_something_is_told_three_times_and_names_nobody(here: Path, post: Post) -> None:
    done = missedbcc(here, "scan")
    assert (done.code, done.err.count("Nobody was told")) == (4, 0)
    (letter,) = letters(post)
    assert letter["Subject"] == "missedbcc: 2 new incidents (trial, run 1)"
    assert "Exit code 4: exposures were found" in text_of(letter)
    assert "2 incidents in all\n2 new\n0 known\n0 changed\n0 reopened\n" in text_of(letter).replace("\r", "")
    assert "missedbcc-run-0001.xlsx" not in text_of(letter)
    account, result = log(here)
    assert (account["account"], account["outcome"], account["read"]) == ("archive", "complete", 4)
    assert (result["exit_code"], result["incidents"], result["late"]) == (4, 2, False)
    assert [result[state] for state in ("new", "known", "changed", "reopened")] == [2, 0, 0, 0]
    told = figures(here)
    assert (told["run_exit_code"], told["incidentsnew"], told["messagesread"], told["run_late"]) == (4, 2, 4, 0)
    assert told["complete_run_timestamp_seconds"] == told["run_timestamp_seconds"]
    assert CANARY not in traces(here, post)
    missedbcc(here, "scan")
    assert letters(post)[1]["Subject"] == "missedbcc: nothing new (trial, run 2)"
    assert len(log(here)) == 4
    assert (figures(here)["incidentsnew"], figures(here)["incidentsknown"]) == (0, 2)


def test_a_partial_run_tells_which_account_by_its_name_or_a_number(
    here: Path, authority: Authority, post: Post
) -> None:
    gone = '[account."boss@corp.example"]\ntype = "mbox"\npath = "gone.mbox"\n'
    configure(here, authority, post.port, ACCOUNT + gone, tell='when = "needed"\nworkbook = true')
    assert missedbcc(here, "scan").code == 3
    (letter,) = letters(post)
    assert letter["Subject"] == "missedbcc: incomplete, 2 new incidents (trial, run 1)"
    assert "- account 1: " in text_of(letter)
    assert "missedbcc-run-0001.xlsx" in text_of(letter)
    assert [(line.get("account"), line["outcome"]) for line in log(here)] == [
        ("archive", "complete"), ("account 1", "failed"), (None, "incomplete"),
    ]  # fmt: skip
    assert "boss@" not in traces(here, post)
    assert figures(here)["accounts_not_read"] == 1
    assert "complete_run_timestamp_seconds" not in figures(here)


def test_a_run_that_could_not_begin_is_told_too(here: Path, post: Post) -> None:
    missedbcc(here, "scan")
    (here / "missedbcc-case/case.sqlite").write_bytes(b"something else" * 100)
    assert missedbcc(here, "scan").code == 1
    letter = letters(post)[-1]
    assert letter["Subject"] == "missedbcc: failed (trial)"
    assert "It ended early: the case could not be opened, read or written (StoreError)." in text_of(letter)
    assert (log(here)[-1]["run"], log(here)[-1]["exit_code"], log(here)[-1]["error"]) == (None, 1, "StoreError")


def test_a_second_scan_beside_the_first_is_refused_and_alarms_nobody(here: Path, post: Post) -> None:
    from scanner.store import open_store  # noqa: PLC0415

    missedbcc(here, "scan")
    before = figures(here)
    with open_store(here / "missedbcc-case/case.sqlite") as store, store.scanning():
        (last,) = store.runs()
        store.begin(replace(last, finished=None, outcome=None))
        second = missedbcc(here, "scan")
    assert second.code == 1
    assert second.err.count("Another command is writing to") == 1
    assert (len(letters(post)), figures(here)) == (1, before)
    assert log(here)[-1]["error"] == "CaseHeld"


def test_a_scan_that_another_command_keeps_from_the_case_is_told_as_failed(here: Path, post: Post) -> None:
    from scanner.store import open_store  # noqa: PLC0415

    missedbcc(here, "scan")
    with open_store(here / "missedbcc-case/case.sqlite") as store, store.scanning():  # as `missedbcc report` does
        refused = missedbcc(here, "scan")
    assert refused.code == 1
    letter = letters(post)[-1]
    assert letter["Subject"] == "missedbcc: failed (trial)"
    assert "It ended early: another command held the case (CaseHeld)." in text_of(letter)
    assert (len(letters(post)), figures(here)["run_exit_code"]) == (2, 1)
    assert (log(here)[-1]["run"], log(here)[-1]["error"]) == (None, "CaseHeld")


def age_runs(folder: Path, days: int) -> None:
    with closing(sqlite3.connect(folder / "missedbcc-case/case.sqlite")) as case, case:
        case.execute(
            "UPDATE run SET started = datetime(started, ?), finished = datetime(finished, ?)", [f"-{days} days"] * 2
        )


def test_the_next_run_notices_the_missed_ones(here: Path, post: Post) -> None:
    missedbcc(here, "scan")
    age_runs(here, 15)
    assert missedbcc(here, "scan").code == 0
    letter = letters(post)[-1]
    assert letter["Subject"] == "missedbcc: runs were missed, nothing new (trial, run 2)"
    first = "Runs were missed before this one. The last complete run was 15 days before it; the schedule says every Mon"
    assert text_of(letter).startswith(first)
    assert (log(here)[-1]["late"], log(here)[-1]["missed"]) == (True, True)
    assert figures(here)["run_late"] == 1
    assert missedbcc(here, "scan").code == 0
    assert log(here)[-1]["late"] is False


def test_to_fail_at_telling_changes_nothing_and_is_said(here: Path, authority: Authority) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    configure(here, authority, port)
    (here / "runs.jsonl").mkdir()
    done = missedbcc(here, "scan")
    assert done.code == 4
    assert "Nobody was told by mail: the mail server localhost cannot be reached" in done.err
    assert "cannot be written: Is a directory" in done.err
    with closing(sqlite3.connect(here / "missedbcc-case/case.sqlite")) as case:
        ((notices,),) = case.execute("SELECT notices FROM run")
    assert "Nobody was told by mail" in notices
    assert figures(here)["not_told"] == 2


def test_that_nobody_was_told_stands_until_somebody_is(here: Path, authority: Authority, post: Post) -> None:
    untold = "Not everybody was told of the last run: a way of telling failed."
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        configure(here, authority, closed.getsockname()[1], tell='when = "needed"')
        missedbcc(here, "scan")
        assert (figures(here)["not_told"], log(here)[-1]["not_told"]) == (1, 1)
        (here / "gone").symlink_to("nowhere")
        assert missedbcc(here, "scan", "gone").code == 1  # after which nobody is told either
    told = missedbcc(here, "status")
    assert untold in told.out
    assert "Nobody was told by mail: the mail server localhost cannot be reached" in told.out
    assert f"warning  tell: {untold}" in missedbcc(here, "check").out
    configure(here, authority, post.port, tell='when = "needed"')
    assert missedbcc(here, "scan").code == 0
    assert "was not told to everybody: a way of telling failed." in text_of(letters(post)[-1])
    assert untold not in missedbcc(here, "status").out + missedbcc(here, "check").out
    assert figures(here)["not_told"] == 0
    missedbcc(here, "scan")
    assert len(letters(post)) == 1


def test_the_log_of_the_command_line_wins(here: Path) -> None:
    missedbcc(here, "scan", "--log", "mine.jsonl")
    assert (here / "mine.jsonl").exists()
    assert not (here / "runs.jsonl").exists()


def test_paths_that_were_typed_are_numbers_in_the_log(here: Path, post: Post) -> None:
    mail(here / "anna.mbox")
    missedbcc(here, "scan", "anna.mbox")
    assert [line.get("account") for line in log(here)] == ["account 1", None]
    assert "anna" not in traces(here, post)
