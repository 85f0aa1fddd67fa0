"""Commands make Python look seldom for reference cycles; a scan sets that back however it ends."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path

import pytest

from scanner import cli, cycles
from scanner.connectors.interface import Folder
from scanner.scan import Silent, scan
from scanner.store import open_store
from tests.mailboxes import Faulty, Shelf
from tests.store.mail import OURS, raw


class Looks(Silent):
    """Notes how the collector is set while the scan runs."""

    def __init__(self) -> None:
        self.threshold = self.frozen = 0

    def account_opened(self, account: str, folders: Sequence[Folder]) -> None:
        del account, folders
        self.threshold, self.frozen = gc.get_threshold()[0], gc.get_freeze_count()


@pytest.mark.parametrize("stops", [False, True])
def test_the_collector_is_set_back_after_a_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, stops: bool
) -> None:
    box = Faulty("ann", {"Sent": [raw(1), raw(2)]}, breaks={("Sent", 2): KeyboardInterrupt()} if stops else {})
    shelf, watch, before = Shelf(box), Looks(), gc.get_threshold()
    monkeypatch.setattr("scanner.scan.open_mailbox", shelf.open)
    with open_store(tmp_path / "case.db") as store:
        if stops:
            with pytest.raises(KeyboardInterrupt):
                scan(shelf.accounts, OURS, store, watch)
        else:
            scan(shelf.accounts, OURS, store, watch)
    assert (watch.threshold > 20 * before[0], watch.frozen > 10_000) == (True, True)
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)


def test_a_command_and_a_scan_look_as_seldom_as_one_number_says(monkeypatch: pytest.MonkeyPatch) -> None:
    before, looks = gc.get_threshold(), []
    monkeypatch.setattr("scanner.cycles._ALLOCATIONS", 12_345)
    for name in ("stop_on_signals", "have_streams"):
        monkeypatch.setattr(cli, name, lambda: None)
    monkeypatch.setattr(cli, "app", lambda **_: looks.append(gc.get_threshold()))
    try:
        cli.main()
    finally:
        gc.set_threshold(*before)
    with cycles.few_looks():
        looks.append(gc.get_threshold())
    assert looks == [(12_345, *before[1:])] * 2
    assert gc.get_threshold() == before
