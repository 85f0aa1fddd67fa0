"""A scan makes Python look seldom for reference cycles, and sets that back however it ends."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path

import pytest

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
