"""A run that read everything and could not write its workbook: who asks later is told, and what to do."""

from __future__ import annotations

import errno
import signal
from pathlib import Path
from sqlite3 import connect

import pytest

from scanner.cli.unwritten import with_workbook
from scanner.store import open_store
from tests.cli.command import ended, mail, missedbcc, start

CASE = Path("missedbcc-case")
NEXT = "Run `missedbcc report`: it writes one from what was read."


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def hindered(folder: Path, *words: str) -> None:
    """A scan that reads all, and meets a full disk when it writes the workbook."""
    with pytest.MonkeyPatch.context() as full:
        full.setattr("reports.workbook.write_package", full_disk)
        assert missedbcc(folder, "scan", "Sent.mbox", "--internal", "corp.example", *words).code == 1


@pytest.fixture
def here(tmp_path: Path) -> Path:
    mail(tmp_path / "Sent.mbox")
    return tmp_path


def test_status_says_that_the_last_run_has_no_workbook_until_report_has_written_one(here: Path) -> None:
    hindered(here)
    told = missedbcc(here, "status")
    assert told.code == 3
    assert ": complete, without a workbook\n" in told.out
    assert (
        f"The workbook of run 1 was not finished, or not noted: the scan failed or was killed before that. {NEXT}"
        in told.out
    )
    assert missedbcc(here, "report", "--gate", "5").code == 0  # tries other settings: it is no workbook of the run
    assert missedbcc(here, "status").code == 3
    assert missedbcc(here, "report").code == 0
    told = missedbcc(here, "status")
    assert (told.code, "without a workbook" in told.out, "not finished" in told.out) == (0, False, False)


def test_programs_are_told_too(here: Path) -> None:
    hindered(here)
    run, _, _, workbook, _, result = missedbcc(here, "status", "--json").objects
    assert (run["event"], run["outcome"], run["workbook"]) == ("run", "complete", None)
    assert (workbook["event"], workbook["run"], workbook["written"], workbook["busy"]) == ("workbook", 1, False, False)
    assert (workbook["hint"], result["exit_code"]) == (NEXT, 3)
    name = str(missedbcc(here, "report").workbook)
    run, *_, result = missedbcc(here, "status", "--json").objects
    assert (run["workbook"], result["exit_code"]) == (name, 0)


def test_an_earlier_run_without_a_workbook_is_told_and_asks_for_nothing(here: Path) -> None:
    hindered(here)
    assert missedbcc(here, "scan", "Sent.mbox").code == 4
    told = missedbcc(here, "status")
    assert (told.code, told.out.count(", without a workbook\n"), "not finished" in told.out) == (0, 1, False)


def test_a_workbook_that_stands_elsewhere_is_one(here: Path) -> None:
    elsewhere = here / "for-legal.xlsx"
    assert missedbcc(here, "scan", "Sent.mbox", "--output", str(elsewhere)).code == 4
    run, *_, result = missedbcc(here, "status", "--json").objects
    assert (run["workbook"], result["exit_code"]) == (str(elsewhere), 0)


KILLED = """
import os, signal, reports
from scanner.cli import main
reports.write_workbook = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
main()
"""


def test_a_run_that_was_killed_while_it_wrote_is_told(here: Path) -> None:
    assert ended(start(here, "scan", "Sent.mbox", program=KILLED)).code == -signal.SIGKILL
    told = missedbcc(here, "status")
    assert (told.code, NEXT in told.out) == (3, True)


UNNOTED = """
import os, signal
from scanner.cli import main
from scanner.store.store import Store
Store.finish_edition = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
main()
"""


def test_a_workbook_that_lies_there_whole_is_not_said_to_be_missing(here: Path) -> None:
    assert ended(start(here, "scan", "Sent.mbox", program=UNNOTED)).code == -signal.SIGKILL
    assert len(list((here / CASE).glob("*.xlsx"))) == 1
    told = missedbcc(here, "status")
    assert (told.code, "The workbook of run 1 was not finished, or not noted: " in told.out) == (3, True)


def test_a_run_that_nothing_could_be_read_for_misses_no_workbook(here: Path) -> None:
    (here / "gone").symlink_to("nowhere")
    assert missedbcc(here, "scan", "gone").code == 1
    assert "orkbook" not in missedbcc(here, "status").out


def test_while_a_command_has_the_case_the_workbook_may_be_on_its_way(here: Path) -> None:
    hindered(here)
    with open_store(here / CASE / "case.sqlite") as store, store.scanning():
        told = missedbcc(here, "status")
    assert told.code == 3
    assert "The workbook of run 1 is not written yet: a command has the case, or had it a moment ago." in told.out
    assert NEXT not in told.out


def test_check_warns_of_it(here: Path) -> None:
    hindered(here)
    told = missedbcc(here, "check", "Sent.mbox")
    assert (told.code, told.out.count("warning  workbook: The workbook of run 1 was not finished")) == (0, 1)
    assert NEXT in told.out
    assert missedbcc(here, "report").code == 0
    assert "workbook:" not in missedbcc(here, "check", "Sent.mbox").out


def test_figures_name_no_run_without_a_workbook_as_the_last_whole_one(here: Path) -> None:
    def complete() -> list[str]:
        lines = (here / "missedbcc.prom").read_text().splitlines()
        return [line.rpartition(" ")[2] for line in lines if line.startswith("missedbcc_complete_run")]

    (here / "missedbcc.toml").write_text('[metrics]\nfile = "missedbcc.prom"\ncase = "trial"\n')
    hindered(here)
    assert complete() == []
    assert missedbcc(here, "scan", "Sent.mbox").code == 4
    (first,) = complete()
    hindered(here)
    assert complete() == [first]
    assert 'missedbcc_run_exit_code{case="trial"} 1\n' in (here / "missedbcc.prom").read_text()


def test_a_case_from_before_workbooks_were_noted_lacks_none(here: Path) -> None:
    assert missedbcc(here, "scan", "Sent.mbox", "--internal", "corp.example").code in {0, 4}
    with connect(here / CASE / "case.sqlite") as case:  # as the migrations leave such a case
        case.execute("DELETE FROM edition")
        assert case.execute("UPDATE location SET retrieved = NULL").rowcount
    case.close()
    told = missedbcc(here, "status", "--json")
    run, *_, result = told.objects
    assert (run["workbook"], result["exit_code"]) == (None, 0)
    assert "without a workbook" not in missedbcc(here, "status").out
    with open_store(here / CASE / "case.sqlite") as store:
        assert [one.id for one in with_workbook(store)] == [1]
    assert missedbcc(here, "scan", "Sent.mbox").code in {0, 4}
    assert "without a workbook" not in missedbcc(here, "status").out  # nor when later runs have theirs
