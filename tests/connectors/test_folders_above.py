"""What the folders above an archive say of it, where it was found in a folder that somebody named."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.connectors import open_mailbox
from scanner.connectors.discover import discover
from scanner.envelope import Envelope, Mark
from tests.connectors.test_discover import MBOX, put
from tests.contract import LETTERS

SENT, DRAFT = frozenset((Mark.SENT,)), frozenset((Mark.DRAFT,))

ID = "3F2504E0-4F89-41D3-9A0C-0305E82C3301"


def marks(given: Path) -> dict[str, frozenset[Mark]]:
    """The marks of the messages found, by account and folder as they lie below the given path."""
    found: dict[str, frozenset[Mark]] = {}
    for account in discover(given).accounts:
        with open_mailbox(account) as mailbox:
            for folder in mailbox.folders():
                for _, reading in mailbox.read(folder):
                    assert isinstance(reading, Envelope)
                    where = f"{account.name}/{folder.path}".removeprefix(str(given))
                    found[where] = reading.marks & (SENT | DRAFT)
    return found


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("export/Sent/2023/one.eml", LETTERS[0], SENT),
        ("export/Gesendet/2023/05/one.eml", LETTERS[0], SENT),
        ("export/Sent/2023.mbox", MBOX, SENT),
        ("export/Drafts/2023/one.eml", LETTERS[0], DRAFT),
        ("export/Drafts/2023.mbox", MBOX, DRAFT),
        (f"V10/{ID}/Sent Messages.mbox/{ID}/Data/1/Messages/1.emlx", LETTERS[0], SENT),
        (f"V10/{ID}/Drafts.mbox/{ID}/Data/Messages/1.emlx", LETTERS[0], DRAFT),
        ("V10/Drafts.mbox/mbox", MBOX, DRAFT),
        ("sent/anna.mbox", MBOX, frozenset()),
        ("sent/anna/one.eml", LETTERS[0], frozenset()),
        ("draft/anna.mbox", MBOX, frozenset()),
        ("draft/Inbox/2023.mbox", MBOX, frozenset()),
        ("sent/Inbox.mbox", MBOX, frozenset()),
        ("sent/Posteingang/one.eml", LETTERS[0], frozenset()),
        ("draft.example/one.eml", LETTERS[0], frozenset()),
        ("projects/one.eml", LETTERS[0], frozenset()),
    ],
)
def test_their_names_count(tmp_path: Path, name: str, content: bytes, expected: frozenset[Mark]) -> None:
    if name.endswith(".emlx"):
        content = b"%d\n%b" % (len(content), content)
    put(tmp_path, name, content)
    assert list(marks(tmp_path).values()) == [expected]


def test_they_count_for_the_folders_of_an_archive_too(tmp_path: Path) -> None:
    for folder in ("Drafts", "Drafts/2023", "Sent", "Sent/2023", "Sent/Inbox"):
        put(tmp_path, f"export/{folder}/one.eml", LETTERS[0])
    expected = {
        "/export/Drafts/.": DRAFT,
        "/export/Drafts/2023": DRAFT,
        "/export/Sent/.": SENT,
        "/export/Sent/2023": SENT,
        "/export/Sent/Inbox": frozenset(),
    }
    assert marks(tmp_path) == expected


def test_who_names_a_folder_of_sent_mail_names_those_below_it(tmp_path: Path) -> None:
    put(tmp_path, "Sent/2023/one.eml", LETTERS[0])
    put(tmp_path, "Sent/2024.mbox", MBOX)
    assert set(marks(tmp_path / "Sent").values()) == {SENT}
    put(tmp_path, "Sent/one.eml", LETTERS[0])
    assert set(marks(tmp_path / "Sent").values()) == {SENT}


def test_who_names_an_outbox_wants_it_judged(tmp_path: Path) -> None:
    put(tmp_path, "Drafts/one.eml", LETTERS[0])
    put(tmp_path, "Drafts/2023/one.eml", LETTERS[0])
    assert set(marks(tmp_path / "Drafts").values()) == {frozenset()}
