"""Messages that a scan kept, and that later scans find again and would not keep: nobody is told that they are gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.store import open_store
from tests.cli.command import mbox, message, scan

GONE = "no longer holds 1 of the messages that the case keeps of it to judge"
OURS_NOW = [word for number in range(10) for word in ("--internal", f"freemail{number}.example")]


def places(folder: Path) -> list[str]:
    with open_store(folder / "missedbcc-case" / "case.sqlite") as store:
        return sorted(place.key for kept in store.candidates() for place in kept.locations)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        pytest.param(["x/Outbox"], ["x"], id="as drafts"),
        pytest.param(["x/Outbox"], ["x/Outbox", *OURS_NOW], id="as internal"),
    ],
)
def test_what_other_settings_would_not_keep_is_not_told_as_gone(
    tmp_path: Path, first: list[str], then: list[str]
) -> None:
    box = tmp_path / "x" / "Outbox"
    box.mkdir(parents=True)
    for number in range(4):
        (box / f"{number}.eml").write_bytes(message(number, 12))
    scan(tmp_path, *first, code=4)
    for _ in range(2):
        assert "no longer holds" not in scan(tmp_path, *then, code=0)
    assert places(tmp_path) == ["0.eml", "1.eml", "2.eml", "3.eml"]
    (box / "1.eml").unlink()
    assert scan(tmp_path, *then, code=0).count(GONE) == 1
    (box / "2.eml").write_bytes(message(9, 12))  # another message under the name of one that was kept
    assert scan(tmp_path, *then, code=0).count(GONE) == 1
    for words in (then, first, then):
        assert "no longer holds" not in scan(tmp_path, *words, code=4 if words is first else 0)


def rename(box: Path) -> None:
    for file in sorted(box.glob("*.eml")):
        file.rename(file.with_name(f"z{file.name}"))


def rewrite(box: Path) -> None:
    """As mail programs do, which write into the header whether a message was read."""
    for number, file in enumerate(sorted(box.iterdir())):
        file.write_bytes(file.read_bytes().replace(b"\n\n", b"\nStatus: RO\n\n", 1))
        file.rename(file.with_name(f"y{number}.eml"))


@pytest.mark.parametrize("changed", [rename, rewrite])
def test_nor_is_it_where_it_lies_elsewhere_in_the_folder_by_then(
    tmp_path: Path, changed: Callable[[Path], None]
) -> None:
    box = tmp_path / "Sent"
    box.mkdir()
    for number in range(3):
        (box / f"{number}.eml").write_bytes(message(number, 12))
    scan(tmp_path, "Sent", code=4)
    changed(box)
    for _ in range(2):
        assert "no longer holds" not in scan(tmp_path, "Sent", *OURS_NOW, code=0)
    assert places(tmp_path) == sorted(file.name for file in box.iterdir())
    min(box.iterdir()).unlink()
    assert scan(tmp_path, "Sent", *OURS_NOW, code=0).count(GONE) == 1


def test_nor_is_it_in_an_mbox_that_was_rewritten(tmp_path: Path) -> None:
    sent = [message(number, 12) for number in range(3)]
    box = mbox(tmp_path / "x.mbox", sent)
    scan(tmp_path, str(box), code=4)
    mbox(box, [one.replace(b"\n\n", b"\nStatus: RO\n\n", 1) for one in sent])
    assert "no longer holds" not in scan(tmp_path, str(box), *OURS_NOW, code=0)
    assert len(places(tmp_path)) == len(sent)
    mbox(box, sent[1:])
    assert scan(tmp_path, str(box), *OURS_NOW, code=0).count(GONE) == 1


LIST = "; ".join(f"Person {number} <person.{number}@freemail{number}.example>" for number in range(12))
ANSWER = f"""From: Ann <ann@freemail1.example>
To: sales@corp.example
Subject: Re: Our news
Date: Tue, 6 Jun 2023 10:00:00 +0000
Message-ID: <answer@freemail1.example>
In-Reply-To: <news@corp.example>

No more of this, please.

-----Original Message-----
From: Sales <sales@corp.example>
Sent: Monday, 5 June 2023 10:00
To: {LIST}
Subject: Our news

Hello all
"""


def test_nor_is_what_an_answer_quotes_that_is_there(tmp_path: Path) -> None:
    box = tmp_path / "Inbox"
    box.mkdir()
    (box / "1.eml").write_text(ANSWER)
    (box / "2.eml").write_bytes(message(2, author="ann@shop.example"))
    scan(tmp_path, "Inbox", code=4)
    for words in (OURS_NOW, OURS_NOW, [], OURS_NOW):
        assert "no longer holds" not in scan(tmp_path, "Inbox", *words, code=0)
    assert places(tmp_path) == ["1.eml"]
    (box / "1.eml").unlink()
    assert scan(tmp_path, "Inbox", *OURS_NOW, code=0).count(GONE) == 1


def test_nor_is_what_cannot_be_read_by_then(tmp_path: Path) -> None:
    box = tmp_path / "Sent"
    box.mkdir()
    for number in range(3):
        (box / f"{number}.eml").write_bytes(message(number, 12))
    scan(tmp_path, "Sent", code=4)
    (box / "1.eml").write_bytes(b"\x1f\x8b\x08damaged")
    for _ in range(2):
        assert "no longer holds" not in scan(tmp_path, "Sent", code=3)
    (box / "1.eml").unlink()
    assert scan(tmp_path, "Sent", code=0).count(GONE) == 1


def test_a_draft_of_what_was_sent_does_not_stand_for_it(tmp_path: Path) -> None:
    box = tmp_path / "M" / "cur"
    for name in ("cur", "new", "tmp"):
        (tmp_path / "M" / name).mkdir(parents=True)
    (box / "1.M1.h:2,S").write_bytes(message(1, 12))
    (box / "2.M1.h:2,DS").write_bytes(message(1, 12))
    scan(tmp_path, "M", code=4)
    assert "no longer holds" not in scan(tmp_path, "M", code=0)
    assert places(tmp_path) == ["1.M1.h"]
    (box / "1.M1.h:2,S").unlink()
    assert scan(tmp_path, "M", code=0).count(GONE) == 1


def test_a_copy_of_another_second_than_the_best_one_is_there(tmp_path: Path) -> None:
    copy = message(1, 12)
    mbox(tmp_path / "one.mbox", [copy.replace(b"Subject:", b"Bcc: x@hidden.example\nSubject:")])
    mbox(tmp_path / "two.mbox", [message(5), copy.replace(b"10:00:00 +0000", b"10:00:07 +0000")])
    scan(tmp_path, "one.mbox", "two.mbox", code=4)
    mbox(tmp_path / "two.mbox", [message(6), message(7), copy.replace(b"10:00:00 +0000", b"10:00:07 +0000")])
    words = ["one.mbox", "two.mbox", *OURS_NOW, "--internal", "hidden.example"]
    assert "no longer holds" not in scan(tmp_path, *words, code=0)


def test_what_stands_in_the_place_of_an_answer_and_is_none_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "Inbox").mkdir()
    (tmp_path / "Inbox" / "1.eml").write_text(ANSWER)
    (tmp_path / "Inbox" / "2.eml").write_bytes(message(2, author="ann@shop.example"))
    scan(tmp_path, "Inbox", code=4)
    (tmp_path / "Inbox" / "1.eml").write_bytes(message(3, author="ann@shop.example"))
    assert scan(tmp_path, "Inbox", *OURS_NOW, code=0).count(GONE) == 1
