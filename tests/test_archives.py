"""From archives on disk to incidents: read, appended to, shortened, and found twice."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.account import Account
from scanner.case import Outcome, Run
from scanner.policy import Policy
from scanner.review import review
from scanner.scan import Silent, scan
from scanner.store import open_store
from scanner.store.store import Store
from tests.mailboxes import Log
from tests.store.mail import OURS, raw


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "case" / "case.db") as opened:
        yield opened


def write_mbox(path: Path, *numbers: int) -> Account:
    lines = [b"From ann@corp.example Fri Mar 15 09:30:00 2024\n" + raw(number) + b"\n" for number in numbers]
    path.write_bytes(b"".join(line.replace(b"\r\n", b"\n") for line in lines))
    return Account("archive", "mbox", path)


def run(store: Store, *accounts: Account, policy: Policy = OURS, log: Log | None = None) -> Run:
    return scan(accounts, policy, store, log or Silent())


def incidents(store: Store) -> list[tuple[str, int]]:
    found = review(store).incidents()
    return sorted((one.exposures[0].envelope.subject, len(one.locations)) for one in found)


def test_an_mbox_that_grows_is_read_on_from_where_it_ended(tmp_path: Path, store: Store) -> None:
    archive = write_mbox(tmp_path / "sent.mbox", 1, 2, 3)
    assert run(store, archive).outcome is Outcome.COMPLETE
    write_mbox(tmp_path / "sent.mbox", 1, 2, 3, 4)
    log = Log()
    assert run(store, archive, log=log).outcome is Outcome.COMPLETE
    assert [already for _, already in log.said("started")] == [3]
    assert incidents(store) == [(f"Price list {number}", 1) for number in (1, 2, 3, 4)]
    assert [folder.read for folder in store.coverage()] == [4]


def test_an_mbox_that_was_replaced_is_read_again(tmp_path: Path, store: Store) -> None:
    archive = write_mbox(tmp_path / "sent.mbox", 1, 2, 3)
    run(store, archive)
    write_mbox(tmp_path / "sent.mbox", 2)
    done = run(store, archive)
    assert len(done.notices) == 2  # that it shrank, and what is gone
    assert incidents(store) == [(f"Price list {number}", 1) for number in (1, 2, 3)]
    assert [folder.read for folder in store.coverage()] == [1]


def test_a_message_in_an_mbox_and_a_maildir_is_one_incident(tmp_path: Path, store: Store) -> None:
    box = mailbox.Maildir(str(tmp_path / "Maildir"))
    box.add(raw(2))
    accounts = (write_mbox(tmp_path / "sent.mbox", 1, 2), Account("home", "maildir", tmp_path / "Maildir"))
    assert run(store, *accounts).outcome is Outcome.COMPLETE
    box.add(raw(3))
    run(store, *accounts)
    assert incidents(store) == [("Price list 1", 1), ("Price list 2", 2), ("Price list 3", 1)]
    assert {folder.account: folder.read for folder in store.coverage()} == {"archive": 2, "home": 2}


def test_an_archive_that_is_not_there_leaves_the_others_read(tmp_path: Path, store: Store) -> None:
    done = run(store, Account("lost", "mbox", tmp_path / "lost.mbox"), write_mbox(tmp_path / "sent.mbox", 1))
    assert done.outcome is Outcome.INCOMPLETE
    assert done.troubles[0].startswith("lost: ")
    assert incidents(store) == [("Price list 1", 1)]


def test_whose_mail_it_is_is_found_out(tmp_path: Path, store: Store) -> None:
    done = run(store, write_mbox(tmp_path / "sent.mbox", *range(1, 8)), policy=Policy())
    assert [entry.domain for entry in done.policy.internal] == ["corp.example"]
    assert len(incidents(store)) == 7
