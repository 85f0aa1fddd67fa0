"""The command `scan` from end to end, in a process of its own."""

from __future__ import annotations

import errno
import signal
import socket
import stat
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
from openpyxl import load_workbook

from scanner.account import Account
from scanner.connectors import open_mailbox
from scanner.connectors.interface import Mailbox
from scanner.errors import SettingsError
from scanner.incident import Class
from scanner.store import open_store
from tests.cli.command import CANARY, LOADED, Ended, ended, mail, mbox, message, missedbcc, start

SENT = "Sent.mbox"


def texts(workbook: Path) -> str:
    book = load_workbook(workbook)
    return "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell)


def result(done: Ended) -> dict[str, Any]:
    assert done.objects[-1]["event"] == "result"
    return done.objects[-1]


def test_a_path_is_scanned_without_a_config(tmp_path: Path) -> None:
    mail(tmp_path / SENT)
    done = missedbcc(tmp_path, "scan", SENT)
    assert done.code == 4
    assert done.workbook == Path("missedbcc-case/missedbcc-run-0001.xlsx")
    assert f"{CANARY}.3.29@freemail29.example" in texts(tmp_path / done.workbook)
    assert "Read 4 messages in 1 folder." in done.err
    assert "New: 2. Found 2 incidents; 42 people affected." in done.err


def test_the_case_is_for_its_owner_alone(tmp_path: Path) -> None:
    mail(tmp_path / SENT)
    missedbcc(tmp_path, "scan", SENT)
    case = tmp_path / "missedbcc-case"
    assert stat.S_IMODE(case.stat().st_mode) == 0o700
    assert {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in case.rglob("*")} == {
        (False, 0o600),
        (True, 0o700),
    }


def test_no_address_of_the_mail_is_on_the_console(tmp_path: Path) -> None:
    mail(tmp_path / SENT)
    mbox(tmp_path / "own.mbox", [message(9, 12, author="owner@freemail.example")] * 3)
    for words in (["scan", SENT, "own.mbox"], ["scan", "--json", SENT], ["status"], ["status", "--json"], ["report"]):
        done = missedbcc(tmp_path, *words)
        assert CANARY not in done.out + done.err
        assert "owner@" not in done.out + done.err
        assert "sales@" not in done.out + done.err


def test_nothing_found_ends_with_0(tmp_path: Path) -> None:
    mail(tmp_path / SENT, [1, 2, 3])
    done = missedbcc(tmp_path, "scan", SENT)
    assert done.code == 0
    assert (tmp_path / done.workbook).is_file()
    assert "Nothing new. Found 0 incidents" in done.err


def test_what_an_earlier_run_found_is_not_new(tmp_path: Path) -> None:
    sent = mail(tmp_path / SENT)
    first, second = missedbcc(tmp_path, "scan", SENT), missedbcc(tmp_path, "scan", SENT)
    assert (first.code, second.code) == (4, 0)
    assert second.workbook.name == "missedbcc-run-0002.xlsx"
    assert "Nothing new. Found 2 incidents" in second.err
    with sent.open("ab") as stream:
        stream.write(b"From sales@corp.example Mon Jul  6 10:00:00 2020\n" + message(7, 11) + b"\n")
    third = missedbcc(tmp_path, "scan", SENT)
    assert third.code == 4
    assert "New: 1, known: 2. Found 3 incidents" in third.err


def test_what_no_workbook_showed_stays_new(tmp_path: Path) -> None:
    mail(tmp_path / SENT)
    with pytest.MonkeyPatch.context() as full:
        full.setattr("reports.workbook.write_package", _full_disk)
        failed = missedbcc(tmp_path, "scan", SENT, "--output", "for-legal.xlsx")
    assert (failed.code, failed.out) == (1, "")
    assert "for-legal.xlsx cannot be written: the disk is full" in failed.err
    assert missedbcc(tmp_path, "scan", SENT).code == 4


def _full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("ending", [MemoryError(), KeyboardInterrupt()])
def test_a_scan_that_dies_while_it_writes_the_workbook_has_reported_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: BaseException
) -> None:
    def dying(*_: object) -> Path:
        raise ending

    mail(tmp_path / SENT)
    with monkeypatch.context() as patch:
        patch.setattr("reports.write_workbook", dying)
        assert missedbcc(tmp_path, "scan", SENT).code in {1, 3}
    again = missedbcc(tmp_path, "scan", SENT)
    assert again.code == 4
    assert "New: 2. Found 2 incidents" in again.err
    assert missedbcc(tmp_path, "scan", SENT).code == 0


def test_only_messages_that_were_read_count_as_read_in_earlier_runs(tmp_path: Path) -> None:
    sent = mail(tmp_path / SENT, [1])
    sent.write_bytes(sent.read_bytes() + b"From x Mon Jul  6 10:00:00 2020\n\n\0\0\0\0\n\n")
    first = result(missedbcc(tmp_path, "scan", "--json", SENT))
    assert (first["read"], first["unreadable"], first["read_earlier"]) == (1, 1, 0)
    second = result(missedbcc(tmp_path, "scan", "--json", SENT))
    assert (second["read"], second["unreadable"], second["read_earlier"]) == (1, 1, 1)


def test_files_that_are_no_mail_are_told_and_kept_with_the_run(tmp_path: Path) -> None:
    mail(tmp_path / SENT)
    for number in range(5):
        (tmp_path / f"picture{number}.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    done = missedbcc(tmp_path, "scan", ".")
    assert done.code == 4
    assert "5 files left out: picture0.png, picture1.png, picture2.png, and others." in done.err
    with open_store(tmp_path / "missedbcc-case" / "case.sqlite") as store:
        (run,) = store.runs()
    assert any("5 files left out" in notice for notice in run.notices)


def test_a_lower_gate_finds_more(tmp_path: Path) -> None:
    mail(tmp_path / SENT, [1, 5, 6, 12])
    assert "Found 1 incident;" in missedbcc(tmp_path, "scan", SENT).err
    assert "New: 2, known: 1. Found 3 incidents" in missedbcc(tmp_path, "scan", SENT, "--gate", "4").err


def test_what_was_cleared_is_told_by_class_with_the_whole_gate(tmp_path: Path) -> None:
    mail(tmp_path / SENT, [2, 6, 12, 30])
    done = missedbcc(tmp_path, "scan", SENT, "--gate", "25")
    assert "2 more were considered and cleared: 2 below the gate (25 people of 2 parties)." in done.err
    assert "lower gate" not in done.err
    few = missedbcc(tmp_path, "scan", SENT, "--gate", "2")
    assert "1 more was considered and cleared: 1 few parties." in few.err


def test_people_shown_by_name_only_are_not_told_as_affected(tmp_path: Path) -> None:
    to = ", ".join([*(f"p{n}@firm-{n}.example" for n in range(12)), '"Anna Berg" <>'])
    letter = (
        f"From: us@corp.example\nTo: {to}\nDate: Mon, 5 Jan 2026 10:00:00 +0000\nMessage-ID: <n@corp.example>\n\nx\n"
    )
    (tmp_path / SENT).write_text(f"From us@corp.example Mon Jan  5 10:00:00 2026\n{letter}", "ascii")
    done = missedbcc(tmp_path, "scan", SENT, "--internal", "corp.example")
    assert "Found 1 incident; 12 people affected." in done.err
    assert "(address unknown)" in texts(next(tmp_path.glob("*/*.xlsx")))


def test_colleagues_are_no_strangers(tmp_path: Path) -> None:
    domains = [word for number in range(12) for word in ("--internal", f"freemail{number}.example")]
    mail(tmp_path / SENT, [12])
    assert missedbcc(tmp_path, "scan", SENT).code == 4
    done = missedbcc(tmp_path, "scan", SENT, "--case", "other", "--internal", "corp.example", *domains)
    assert done.code == 0


def test_mail_that_cannot_be_read_wins_over_findings(tmp_path: Path) -> None:
    mail(tmp_path / SENT)
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    done = missedbcc(tmp_path, "scan", SENT, "picture.png")
    assert done.code == 3
    assert "picture.png: " in done.err
    assert "Found 2 incidents" in done.err
    assert "Some mail was not read" in done.err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ([], 2, "There is nothing to read"),
        ([""], 2, "A source is empty"),
        ([SENT, " "], 2, "A source is empty"),
        (["sent.mbox"], 2, "did you mean Sent.mbox?"),
        (["nothing.like.it"], 2, "neither an account of the config nor a path"),
        (["picture.png"], 1, "picture.png"),
        ([SENT, "--config", "none.toml"], 2, "There is no config file none.toml"),
        ([SENT, "--internal", "corp"], 2, "--internal corp: this is no domain name"),
        ([SENT, "--output", "picture.png"], 2, "does not end in .xlsx"),
        ([SENT, "--output", "workbook.xlsx"], 2, "never overwritten"),
        ([SENT, "--case", "picture.png"], 1, "The case folder picture.png cannot be made"),
    ],
)
def test_each_failure_is_told_with_the_next_step(tmp_path: Path, words: list[str], code: int, told: str) -> None:
    mail(tmp_path / SENT)
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "workbook.xlsx").write_bytes(b"PK")
    done = missedbcc(tmp_path, "scan", *words)
    assert done.code == code
    assert done.out == ""
    assert told in done.err
    assert "Traceback" not in done.err
    assert len(done.err.splitlines()) >= 2


def test_paths_that_all_fail_are_all_told(tmp_path: Path) -> None:
    for name in ("one.png", "two.png"):
        (tmp_path / name).write_bytes(b"\x89PNG\r\n\x1a\n")
    done = missedbcc(tmp_path, "scan", "one.png", "two.png")
    assert done.code == 1
    assert "one.png is no mailbox" in done.err
    assert "two.png is no mailbox" in done.err


def test_three_mistakes_in_the_config_are_all_told(tmp_path: Path) -> None:
    (tmp_path / "missedbcc.toml").write_text(
        '[organisation]\ninternl = []\n[gates]\nexposure = "ten"\n[account.a]\ntype = "mbox"\npth = "Sent"\n'
    )
    done = missedbcc(tmp_path, "scan")
    assert done.code == 2
    assert "missedbcc.toml has 3 mistakes." in done.err
    for told in ('did you mean "internal"?', "gates.exposure: a whole number", 'did you mean "path"?'):
        assert told in done.err


def test_accounts_of_the_config_are_scanned_by_name_or_all(tmp_path: Path) -> None:
    mail(tmp_path / SENT)
    mail(tmp_path / "old.mbox", [14])
    (tmp_path / "missedbcc.toml").write_text(
        f'[organisation]\ninternal = ["corp.example"]\n[case]\nfolder = "matter"\n'
        f'[account.new]\ntype = "mbox"\npath = "{SENT}"\n[account.old]\ntype = "mbox"\npath = "old.mbox"\n'
    )
    done = missedbcc(tmp_path, "scan", "old")
    assert (done.code, done.workbook.parent) == (4, Path("matter"))
    assert "old: " in done.err
    assert "new: " not in done.err
    assert "Read 5 messages in 2 folders, 1 of them in earlier runs." in missedbcc(tmp_path, "scan").err


def test_an_account_that_fails_leaves_the_others_read(tmp_path: Path) -> None:
    mail(tmp_path / SENT)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    (tmp_path / "missedbcc.toml").write_text(
        f'[account.a]\ntype = "imap"\nhost = "127.0.0.1"\nport = {port}\nuser = "u"\nsecret = "env:NOT_THERE"\n'
        f'[account.b]\ntype = "mbox"\npath = "{SENT}"\n'
    )
    done = missedbcc(tmp_path, "scan")
    assert done.code == 3
    assert "a: " in done.err
    assert "Found 2 incidents" in done.err
    alone = missedbcc(tmp_path, "scan", "a", "--case", "other")
    assert (alone.code, alone.out) == (1, "")
    assert "Nothing could be read" in alone.err


def test_a_secret_that_is_not_there_stops_one_account_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mail(tmp_path / SENT)
    (tmp_path / "missedbcc.toml").write_text(
        f'[account.a]\ntype = "mbox"\npath = "x"\n[account.b]\ntype = "mbox"\npath = "{SENT}"\n'
    )

    def opened(account: Account) -> AbstractContextManager[Mailbox]:
        if account.name == "a":
            raise SettingsError("The environment variable NOT_THERE is not set.", "Set it.")
        return open_mailbox(account)

    monkeypatch.setattr("scanner.scan.open_mailbox", opened)
    done = missedbcc(tmp_path, "scan")
    assert done.code == 3
    assert "a: The environment variable NOT_THERE is not set." in done.err
    assert "Found 2 incidents" in done.err


def test_json_lines_tell_the_whole_scan(tmp_path: Path) -> None:
    mail(tmp_path / SENT)
    done = missedbcc(tmp_path, "scan", "--json", SENT)
    assert done.code == 4
    events = [line["event"] for line in done.objects]
    assert [event for event in events if event not in {"notice", "progress"}] == ["account", "folder", "result"]
    (folder,) = [line for line in done.objects if line["event"] == "folder"]
    assert (folder["read"], folder["unreadable"], folder["complete"]) == (4, 0, True)
    told = result(done)
    assert (told["outcome"], told["exit_code"], told["read"]) == ("complete", 4, 4)
    assert (told["incidents"], told["new"], told["known"], told["affected_people"]) == (2, 2, 0, 42)
    assert set(told["cleared"]) == {str(klass) for klass in Class} - {str(Class.PROBABLE)}
    assert set(told["cleared"].values()) == {0}
    assert (tmp_path / told["workbook"]).is_file()
    assert done.err == ""


def test_json_tells_a_failure_too(tmp_path: Path) -> None:
    done = missedbcc(tmp_path, "scan", "--json", ".")
    assert done.code == 1
    assert result(done)["exit_code"] == 1
    wrong = missedbcc(tmp_path, "scan", "--json", "nowhere")
    assert wrong.code == 2
    assert result(wrong)["exit_code"] == 2


def test_quiet_says_only_the_path(tmp_path: Path) -> None:
    mail(tmp_path / SENT)
    done = missedbcc(tmp_path, "scan", "--quiet", SENT)
    assert done.workbook.name == "missedbcc-run-0001.xlsx"
    assert done.err == ""


def test_an_output_file_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    mail(tmp_path / SENT)
    done = missedbcc(tmp_path, "scan", SENT, "-o", "for-legal.xlsx")
    assert done.workbook == Path("for-legal.xlsx")
    assert stat.S_IMODE((tmp_path / "for-legal.xlsx").stat().st_mode) == 0o600


def test_a_path_is_scanned_without_what_only_servers_and_configs_need(tmp_path: Path) -> None:
    mail(tmp_path / SENT)
    done = ended(start(tmp_path, "scan", SENT, program=LOADED))
    assert done.code == 4
    modules = {module.partition(".")[0] for module in done.err.splitlines()[-1].split()}
    assert modules.isdisjoint({"imapclient", "msal", "requests", "alembic", "rich", "pydantic"})


def test_a_reader_that_goes_away_is_met_in_silence(tmp_path: Path) -> None:
    mail(tmp_path / SENT)
    with start(tmp_path, "scan", "--json", SENT) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode == 4
    assert (tmp_path / "missedbcc-case/missedbcc-run-0001.xlsx").is_file()


SLOW = """
import errno
import signal
import sys
from contextlib import nullcontext
import scanner.scan
from scanner.cli import main
from scanner.connectors.memory import MemoryMailbox
from tests.cli.command import message

class Slow(MemoryMailbox):
    def read(self, folder, after=None):
        for number, found in enumerate(super().read(folder, after)):
            if number == 3:
                print("waiting", flush=True)
                sys.stdin.read()
            yield found

sent = [message(number, 12) for number in range(5)]
scanner.scan.open_mailbox = lambda account: nullcontext(Slow(account.name, {"Sent": sent}))
signal.signal(signal.SIGINT, signal.default_int_handler)  # which is ignored where tests run in the background
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which is where they run under nohup
main()
"""
"""The command, on a mailbox that waits for the end of standard input in the middle of a folder."""


def start_slow(folder: Path, *words: str) -> Popen[str]:
    mail(folder / SENT)
    running = start(folder, "scan", SENT, "--internal", "corp.example", *words, program=SLOW)
    assert running.stdout is not None
    running.stdout.readline()  # "waiting"
    return running


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_scan_that_is_stopped_says_how_to_go_on_and_does(tmp_path: Path, number: signal.Signals) -> None:
    with start_slow(tmp_path) as running:
        running.send_signal(number)
        running.wait(timeout=600)  # its standard input is still open: nothing but the signal ends it
        stopped = ended(running)
    assert stopped.code == 3
    assert stopped.out == ""
    assert stopped.err == "Stopped. Nothing new was saved before that. Run the same command again.\n"
    again = ended(start_slow(tmp_path))
    assert again.code == 4
    assert "Found 5 incidents" in again.err
    assert "missedbcc-run-0002.xlsx" in again.out


def test_a_second_scan_of_the_same_case_is_refused(tmp_path: Path) -> None:
    with start_slow(tmp_path) as running:
        second = missedbcc(tmp_path, "scan", SENT)
        first = ended(running)
    assert second.code == 1
    assert "Another command is writing" in second.err
    assert first.code == 4
    assert "missedbcc-run-0001.xlsx" in first.out
