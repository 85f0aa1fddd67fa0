"""Where a message of an mbox ends and the next begins, in files that break the rule of the empty line and the date."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.defect import Defect
from tests.connectors.test_mbox import ALL, LINE, account, envelopes, ids, mboxrd, quoted, some
from tests.contract import LETTERS, letter

BETWEEN = {
    "nothing": b"",
    "a line of blanks": b" \n",
    "a line with two returns": b"\r\r\n",
    "zeros and an empty line": bytes(40) + b"\n\n",
}
EUDORA = b"From ???@??? Mon Jan 01 00:00:00 1997\n"
OTHER_DATE = b"From ann@corp.example 2024-03-15T09:30:00+01:00\n"


@pytest.mark.parametrize("line", [LINE, EUDORA, OTHER_DATE])
@pytest.mark.parametrize("between", BETWEEN.values(), ids=BETWEEN)
def test_no_message_is_lost_where_the_empty_line_is_missing(tmp_path: Path, line: bytes, between: bytes) -> None:
    held = b"".join(line + quoted(message).rstrip(b"\n") + b"\n" + between for message in LETTERS)
    assert ids(account(tmp_path / "Sent", held)) == ALL
    assert ids(account(tmp_path / "Sent", held.replace(b"\n", b"\r\n"))) == ALL


@pytest.mark.parametrize(
    "line",
    [
        "From ann@corp.example",
        "From -",
        "From MAILER-DAEMON",
        "From ann@corp.example Fri, 15 Mar 24 09:30:00 GMT",
        "From ann@corp.example Fri Mar 15 2024",
        "From ann@corp.example 1710491400",
    ],
)
def test_no_message_is_lost_where_two_kinds_of_separators_were_joined(tmp_path: Path, line: str) -> None:
    joined = mboxrd(LETTERS[:2]) + mboxrd(LETTERS[2:], line.encode() + b"\n")
    assert ids(account(tmp_path / "Sent", joined)) == ALL
    assert ids(account(tmp_path / "Sent", joined.replace(b"\n", b"\r\n"))) == ALL


@pytest.mark.parametrize(
    "trap",
    [
        "Hello,\nFrom 10:30 on 15 March 2024\nWhere: room 5\n",
        "Hello,\nFrom ann@corp.example I heard this at 10:30 in 2024\nand more\n",
        "\n\nFrom ann@corp.example comes a note:\nSubject: not a header\n",
        "\n\nFrom ann@corp.example\nTo: bo@corp.example\nSubject: quoted by hand\n",
        "\n\nFrom - to\nDate: soon\n",
    ],
)
def test_text_that_looks_a_little_like_a_separator_is_none(tmp_path: Path, trap: str) -> None:
    held = LINE + letter(1, body=trap) + b"\n" + LINE + letter(2) + b"\n"
    assert ids(account(tmp_path / "Sent", held)) == some(1, 2)


def test_a_header_that_breaks_off_takes_nobody_from_the_next_message(tmp_path: Path) -> None:
    broken = LINE + b"From: ann@corp.example\nTo: q@shop.example\nSubject: bro\n"
    first, second = envelopes(account(tmp_path / "Sent", broken + LINE + letter(2) + b"\n"))
    assert [entry.address.canonical for entry in first.recipients if entry.address] == ["q@shop.example"]
    assert Defect.NO_HEADER_END in first.defects
    assert second.message_id == "2@corp.example"
    assert second.defects == ()


@pytest.mark.parametrize("before", [bytes(512), b" \n\t\n", b"\0\n\n\0"])
def test_what_a_crash_leaves_in_front_hides_nothing(tmp_path: Path, before: bytes) -> None:
    assert ids(account(tmp_path / "Sent", before + mboxrd(LETTERS))) == ALL
