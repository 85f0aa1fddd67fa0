"""Whatever an mbox file holds, twice as much of it takes about twice as long."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.connectors import open_mailbox
from tests.connectors.test_mbox import LINE, account
from tests.contract import read_all
from tests.growth import assert_linear

HOSTILE = {
    "only separators": LINE,
    "separators and empty lines": LINE + b"\n",
    "almost separators": b"From \n",
    "almost separators behind empty lines": b"\nFrom \n",
    "undated lines": b"\nFrom ann 10:30\n",
    "one field": b"To: a@shop.example\n",
    "carriage returns": b"To: a@shop.example\r\r\n",
    "quotes": b">From \n",
    "no line break": b"From ",
    "letters in a letter": b"From ann@corp.example 09:30 2024\nFrom: a\nDate: b\n",
    "letters in a header": LINE + b"X: y\n",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_take_linear_time(tmp_path: Path, content: bytes) -> None:
    def read(size: int) -> None:
        source = account(tmp_path / "Sent", LINE + b"To: a@shop.example\n" + content * (size // len(content)) + b"\n\n")
        with open_mailbox(source) as mailbox:
            assert read_all(mailbox)

    assert_linear(read, 60_000)
