"""From archives on disk to incidents: read, appended to, shortened, and found twice."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.account import Account, ImapServer
from scanner.case import Outcome, Run
from scanner.connectors.discover import discover
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
    assert incidents(store) == [(f"{number} price lists", 1) for number in (1, 2, 3, 4)]
    assert [folder.read for folder in store.coverage()] == [4]


def test_an_mbox_that_was_replaced_is_read_again(tmp_path: Path, store: Store) -> None:
    archive = write_mbox(tmp_path / "sent.mbox", 1, 2, 3)
    run(store, archive)
    write_mbox(tmp_path / "sent.mbox", 2)
    done = run(store, archive)
    assert len(done.notices) == 2  # that it shrank, and what is gone
    assert incidents(store) == [(f"{number} price lists", 1) for number in (1, 2, 3)]
    assert [folder.read for folder in store.coverage()] == [1]


def test_a_message_in_an_mbox_and_a_maildir_is_one_incident(tmp_path: Path, store: Store) -> None:
    box = mailbox.Maildir(str(tmp_path / "Maildir"))
    box.add(raw(2))
    accounts = (write_mbox(tmp_path / "sent.mbox", 1, 2), Account("home", "maildir", tmp_path / "Maildir"))
    assert run(store, *accounts).outcome is Outcome.COMPLETE
    box.add(raw(3))
    run(store, *accounts)
    assert incidents(store) == [("1 price lists", 1), ("2 price lists", 2), ("3 price lists", 1)]
    assert {folder.account: folder.read for folder in store.coverage()} == {"archive": 2, "home": 2}


def test_an_archive_that_is_not_there_leaves_the_others_read(tmp_path: Path, store: Store) -> None:
    done = run(store, Account("lost", "mbox", tmp_path / "lost.mbox"), write_mbox(tmp_path / "sent.mbox", 1))
    assert done.outcome is Outcome.INCOMPLETE
    assert done.troubles[0].startswith("lost: ")
    assert incidents(store) == [("1 price lists", 1)]


def write_letter(folder: Path, number: int, content: bytes = b"") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{number}.eml"
    path.write_bytes(content or raw(number))
    return path


UNKNOWN = "It is not known whose mail this is"


def test_mail_of_nobody_known_is_not_clean(tmp_path: Path, store: Store) -> None:
    accounts = discover(write_letter(tmp_path / "letters", 1)).accounts
    for _ in range(2):  # once it is read, there is nothing new, and it is still not known
        done = run(store, *accounts, policy=Policy())
        assert done.outcome is Outcome.INCOMPLETE
        assert [UNKNOWN in trouble for trouble in done.troubles] == [True]
        assert [(UNKNOWN in folder.trouble, folder.read) for folder in store.coverage()] == [(True, 1)]
        assert incidents(store) == []
    done = run(store, *accounts)
    assert (done.outcome, done.troubles) == (Outcome.COMPLETE, ())
    assert [folder.complete for folder in store.coverage()] == [True]
    assert incidents(store) == [("1 price lists", 1)]


def test_each_account_says_once_that_nobody_owns_it(tmp_path: Path, store: Store) -> None:
    for number, folder in enumerate(("a", "b", "b/c")):
        write_letter(tmp_path / folder, number)
    done = run(store, *discover(tmp_path).accounts, policy=Policy())
    assert len(list(store.coverage())) == 3
    assert [trouble.partition(": ")[0] for trouble in done.troubles] == [str(tmp_path / "a"), str(tmp_path / "b")]


def test_sent_mail_is_ours_although_nothing_is_internal(tmp_path: Path, store: Store) -> None:
    for number in range(3):
        write_letter(tmp_path / "Sent", number, raw(number, author=f"ann@corp{number}.example"))
    done = run(store, *discover(tmp_path / "Sent").accounts, policy=Policy())
    assert (done.policy.internal, done.outcome) == ((), Outcome.COMPLETE)
    assert len(incidents(store)) == 3


def test_the_name_of_an_archive_is_nobodys_address(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "anna@corp.example"
    write_mbox(path, 1, 2)
    done = run(store, *discover(path).accounts, policy=Policy())
    assert (done.policy.internal, done.outcome) == ((), Outcome.INCOMPLETE)


def test_the_name_of_an_account_on_a_server_is_its_owners_address(store: Store) -> None:
    closed = ImapServer("127.0.0.1", "anna", port=1, connect_timeout=1)  # nobody listens there
    done = run(store, Account("anna@corp.example", "imap", server=closed), policy=Policy())
    assert [entry.domain for entry in done.policy.internal] == ["corp.example"]


@pytest.mark.parametrize("name", ["Postausgang", "Outbox.mbox", "Drafts", "Templates.mbox"])
def test_an_outbox_that_was_named_is_judged(tmp_path: Path, store: Store, name: str) -> None:
    write_mbox(tmp_path / name, 1, 2)
    write_letter(tmp_path / "Outbox", 3)
    done = run(store, *discover(tmp_path / name).accounts, *discover(tmp_path / "Outbox").accounts)
    assert [subject for subject, _ in incidents(store)] == [f"{number} price lists" for number in (1, 2, 3)]
    assert (done.outcome, done.notices) == (Outcome.COMPLETE, ())


def test_drafts_beside_other_mail_are_not_judged_and_counted_in_a_sentence(tmp_path: Path, store: Store) -> None:
    write_mbox(tmp_path / "old.mbox", 1)
    write_letter(tmp_path / "Drafts", 2)
    write_letter(tmp_path / "Drafts", 3)
    write_letter(tmp_path / "Project", 4, b"X-Unsent: 1\r\n" + raw(4))
    write_letter(tmp_path / "Project", 5, b"Content-Type: multipart/report\r\n" + raw(5))
    write_letter(tmp_path / "Project", 6)
    write_letter(tmp_path / "Letters", 7, b"X-Unsent: 1\r\n" + raw(7))
    done = run(store, *discover(tmp_path).accounts)
    assert [subject for subject, _ in incidents(store)] == ["1 price lists", "6 price lists"]
    aside = "messages that show several outsiders, but are marked as drafts or reports, were not judged"
    counts = (("Drafts", 2), ("Letters", 1), ("Project", 2))
    assert done.notices == tuple(f"{tmp_path / folder}: .: {aside} ({count})." for folder, count in counts)


def test_whose_mail_it_is_is_found_out(tmp_path: Path, store: Store) -> None:
    done = run(store, write_mbox(tmp_path / "sent.mbox", *range(1, 8)), policy=Policy())
    assert [entry.domain for entry in done.policy.internal] == ["corp.example"]
    assert len(incidents(store)) == 7
