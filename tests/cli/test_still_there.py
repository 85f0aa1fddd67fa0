"""Messages that a scan kept, and that later scans find again and would not keep: nobody is told that they are gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.store import open_store
from tests.cli.command import mail, mbox, message, scan

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


def test_what_moved_within_its_file_is_found_again_though_other_settings_would_not_keep_it(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox", [12, 12, 12])
    scan(tmp_path, "Sent.mbox", code=4)
    mbox(tmp_path / "Sent.mbox", [message(2, 12), message(1, 12)])
    assert scan(tmp_path, "Sent.mbox", *OURS_NOW, code=0).count(GONE) == 1
