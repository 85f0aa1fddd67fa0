"""How much is asked for at a time, and how soon it is saved: a run that is killed pays for what is between the two."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest

from scanner.case import Outcome
from scanner.connectors.imap import ImapMailbox
from scanner.connectors.imap_fetch import FIRST_BATCH, LARGEST_BATCH, Batch
from scanner.policy import InternalDomain, Policy
from scanner.scan import Silent, scan
from scanner.store import open_store
from scanner.store.records import Found
from scanner.store.store import Store
from tests.connectors.hostile_imap import Script, Talk
from tests.connectors.imap_reading import Serve

OURS = Policy(internal=(InternalDomain("acme.test"),))
COUNT = 2_600


class Asked(Script):
    """Counts the messages that it was asked for."""

    asked = 0

    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        self.asked += len(uids)
        super().on_fetch(talk, tag, uids, items)


@pytest.mark.parametrize(
    ("clock", "asked_at_once"),
    [
        (lambda: 1.0, FIRST_BATCH),  # no answer takes any time
        (partial(next, count(1.0)), LARGEST_BATCH),  # each takes half of it, so that ever more is asked for
    ],
)
def test_little_is_under_way_that_is_not_saved(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Callable[[], float], asked_at_once: int
) -> None:
    monkeypatch.setattr("scanner.connectors.imap_fetch.monotonic", clock)
    monkeypatch.setattr("scanner.stretch.monotonic", lambda: 1.0)
    script, saved, open_ = Asked(range(1, COUNT + 1)), [0], [0]
    record = Store.record

    def noted(store: Store, found: Found, **named: Any) -> int:
        if found.coverage.folder == "Sent":
            open_.append(script.asked - saved[-1])
            saved.append(found.coverage.accounted)
        return record(store, found, **named)

    monkeypatch.setattr(Store, "record", noted)
    running = serve(script)
    with open_store(tmp_path / "case.db") as store:
        run = scan([running.account(read_timeout=60.0, command_deadline=60.0)], OURS, store, Silent())
    assert run.outcome is Outcome.COMPLETE
    assert saved[-1] == COUNT == script.asked
    assert max(later - earlier for earlier, later in pairwise(saved)) <= ImapMailbox.batch
    assert max(open_) <= ImapMailbox.batch + 2 * asked_at_once


def test_more_is_asked_for_where_we_wait_for_the_line_time_and_again() -> None:
    batch = Batch()
    assert batch.size == FIRST_BATCH
    for seconds, size in (
        (0.4, FIRST_BATCH),
        (0.1, FIRST_BATCH),
        (0.4, FIRST_BATCH),
        (0.4, 2 * FIRST_BATCH),
        (0.4, 2 * FIRST_BATCH),
        (0.4, 4 * FIRST_BATCH),
        (0.4, 4 * FIRST_BATCH),
        (0.4, LARGEST_BATCH),
        (0.9, LARGEST_BATCH),
        (0.9, LARGEST_BATCH),
        (0.9, LARGEST_BATCH),
    ):
        batch.waited(seconds, 1.0)
        assert batch.size == batch.limit == size
    batch.choked(LARGEST_BATCH)
    for _ in range(4):
        batch.waited(0.9, 1.0)
    assert (batch.size, batch.limit) == (LARGEST_BATCH // 8, LARGEST_BATCH)
    for _ in range(10):
        batch.went_well(1)
    assert batch.size == LARGEST_BATCH


def test_a_server_that_chokes_is_not_asked_for_more() -> None:
    batch = Batch()
    batch.choked(FIRST_BATCH)
    for _ in range(4):
        batch.waited(0.9, 1.0)
    assert (batch.size, batch.limit) == (FIRST_BATCH // 8, FIRST_BATCH)


def test_the_time_from_one_answer_to_the_next_is_what_counts() -> None:
    batch = Batch()
    for begun, came in ((10.0, 11.0), (11.6, 12.0), (12.6, 13.0)):
        batch.answered(begun, came)
    assert batch.limit == 2 * FIRST_BATCH
