"""What a scan says last that was stopped, or that did not read what others of its case hold."""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from scanner.account import Account
from scanner.cli.scan import RESUME, STANDS
from scanner.connectors.interface import Mailbox
from tests.cli.command import mail, missedbcc

SENT = "Sent.mbox"
ANEW = "Nothing new was saved before that. Run the same command again."


@pytest.mark.parametrize(("saved", "said"), [(True, RESUME), (False, "Nothing new was saved before that.")])
def test_a_scan_that_is_stopped_says_whether_it_kept_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saved: bool, said: str
) -> None:
    (tmp_path / "old").mkdir()
    for name in ("ann", "bea"):
        mail(tmp_path / "old" / f"{name}.mbox")
    read, opened = import_module("scanner.scan").open_mailbox, []

    def stop(account: Account) -> AbstractContextManager[Mailbox]:
        opened.append(account)
        if len(opened) > saved:
            raise KeyboardInterrupt
        return read(account)  # type: ignore[no-any-return]

    monkeypatch.setattr("scanner.scan.open_mailbox", stop)
    for _ in range(2):  # what an earlier run read was not read by this one
        stopped = missedbcc(tmp_path, "scan", "old", "--internal", "corp.example")
        assert (stopped.code, said in stopped.err) == (3, True)
        opened.clear()
        said = "Nothing new was saved before that."


@pytest.mark.parametrize("where", ["find_sources", "hand_over", "finished"])
def test_so_does_one_that_is_stopped_before_or_behind_the_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    mail(tmp_path / SENT)
    home = "sources" if where == "find_sources" else "scan"
    monkeypatch.setattr(import_module(f"scanner.cli.{home}"), where, stop)
    stopped = missedbcc(tmp_path, "scan", SENT, "--internal", "corp.example")
    said = {"find_sources": ANEW, "hand_over": RESUME, "finished": STANDS}[where]
    assert (stopped.code, stopped.err.splitlines()[-1]) == (3, f"Stopped. {said}")
    assert len(list(tmp_path.glob("missedbcc-case/*.xlsx"))) == (where == "finished")


def test_a_scan_that_found_nothing_but_a_folder_gone_has_saved_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old").mkdir()
    for name in ("ann", "bea"):
        mail(tmp_path / "old" / f"{name}.mbox")
    assert missedbcc(tmp_path, "scan", "old", "--internal", "corp.example").code in (0, 4)
    (tmp_path / "old" / "bea.mbox").unlink()

    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(import_module("scanner.cli.scan"), "hand_over", stop)
    for said in (RESUME, ANEW):  # the second one meets nothing
        stopped = missedbcc(tmp_path, "scan", "old", "--internal", "corp.example")
        assert (stopped.code, stopped.err.splitlines()[-1]) == (3, f"Stopped. {said}")


def test_mail_that_another_account_read_with_other_settings_was_read(tmp_path: Path) -> None:
    for name in ("ann", "bea"):
        mail(tmp_path / f"{name}.mbox")
        assert missedbcc(tmp_path, "scan", f"{name}.mbox", "--internal", "corp.example").code in (0, 4)
    done = missedbcc(tmp_path, "scan", "bea.mbox", "--internal", "corp.example", "--gate", "2")
    assert done.code == 3
    assert "ann.mbox: It was read with other settings" in done.err
    assert "All mail was read, some of it with other settings" in done.err
    assert "Some mail was not read" not in done.err
