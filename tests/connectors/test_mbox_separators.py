"""Where a message of an mbox ends and the next begins, in files that break the rule of the empty line and the date."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.account import Account
from scanner.connectors import open_mailbox
from scanner.connectors.interface import TellsBeside
from scanner.defect import Defect
from scanner.envelope import Envelope
from scanner.scan import Silent, scan
from scanner.store import open_store
from tests.connectors.test_mbox import ALL, LINE, account, envelopes, ids, mboxrd, quoted, some
from tests.contract import LETTERS, letter, read_all, wanted
from tests.store.mail import OURS

BETWEEN = {
    "nothing": b"",
    "a line of blanks": b" \n",
    "a line with two returns": b"\r\r\n",
    "zeros and an empty line": bytes(40) + b"\n\n",
}
EUDORA = b"From ???@??? Mon Jan 01 00:00:00 1997\n"
OTHER_DATE = b"From ann@corp.example 2024-03-15T09:30:00+01:00\n"
PATCH = (
    "From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\nFrom: Di <di@desk.example>\n"
    "Date: Fri, 14 Jul 2017 01:00:00 +0000\nSubject: [PATCH] Mend it\n\n---\n x | 1 +\n"
)


def told(source: Account) -> tuple[list[str | None], int]:
    """The messages, and how many places may be others."""
    with open_mailbox(source) as mailbox:
        found = [reading.message_id for _, reading in read_all(mailbox) if isinstance(reading, Envelope)]
        assert isinstance(mailbox, TellsBeside)
        (folder,) = wanted(mailbox)
        number = re.search(r"\((\d+)\)\.\Z", " ".join(mailbox.beside(folder)))
    return found, int(number[1]) if number else 0


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
def test_messages_behind_another_kind_of_separators_are_told(tmp_path: Path, line: str) -> None:
    joined = mboxrd(LETTERS[:2]) + mboxrd(LETTERS[2:], line.encode() + b"\n")
    for held in (joined, joined.replace(b"\n", b"\r\n")):
        assert told(account(tmp_path / "Sent", held)) == (some(1, 2), 5)


@pytest.mark.parametrize(
    "trap",
    [
        "Hello,\nFrom 10:30 on 15 March 2024\nWhere: room 5\n",
        "Hello,\nFrom ann@corp.example I heard this at 10:30 in 2024\nand more\n",
        "\n\nFrom ann@corp.example comes a note:\nSubject: not a header\n",
        "\n\nFrom ann@corp.example\nTo: bo@corp.example\nSubject: quoted by hand\n",
        "\n\nFrom - to\nDate: soon\n",
        "\n\nFrom -\nDate: 3 March\n",
        "\n\nFrom ann@corp.example on 3/7\nTo: bo@corp.example\nDate: 3 July\n",
        "\n\nFrom ann@corp.example 15 March 2024\nInvoice: 1\nMIME-Version: x\n",
        "Hello,\nFrom ann@corp.example Fri Mar 15 09:30:00 2024\nHi: there is text\n",
        "Hello,\nFrom Mon Mar 4 10:00 to Tue Mar 5 2024\nContact: bob\n",
        "Hello,\nFrom Mon Jul 3 10:00:00 BST 2017 to now\nTotal: 3\n",
        "Hello,\nFrom the shop on Mon, Jul 3 10:00:00 2017 we saw\nNote: three\n",
        "Hello,\nFrom anna@corp.example 12:30:11 15 March 2024\nSubject: hello\n",
        "Hello,\n" + PATCH,
        "Hello,\n\n" + PATCH,
    ],
)
def test_text_that_looks_a_little_like_a_separator_is_none(tmp_path: Path, trap: str) -> None:
    held = LINE + letter(1, body=trap) + b"\n" + LINE + letter(2) + b"\n"
    assert told(account(tmp_path / "Sent", held)) == (some(1, 2), 0)


def test_a_letter_that_is_quoted_whole_is_text_and_is_told(tmp_path: Path) -> None:
    text = "I got this today:\nFrom bo@shop.example Fri Jul 14 01:00:00 2017\n" + letter(9).decode()
    held = mboxrd(LETTERS[:2]) + LINE + letter(3, body=text) + b"\n" + LINE + letter(4) + b"\n"
    source = account(tmp_path / "Sent", held)
    assert told(source) == (some(1, 2, 3, 4), 1)
    with open_store(tmp_path / "case.db") as store:
        (notice,) = scan([source], OURS, store, Silent()).notices
        assert notice.endswith("they were read as text, and may be messages (1).")
        assert scan([source], OURS, store, Silent()).notices == ()  # of what this run read


def test_patches_are_messages_in_a_file_of_patches(tmp_path: Path) -> None:
    found = envelopes(account(tmp_path / "Sent", (PATCH + "\n").encode() * 3))
    assert [envelope.subject for envelope in found] == ["[PATCH] Mend it"] * 3


@pytest.mark.parametrize("before", ["Return-Path: <ann@corp.example>", "Cc: di@desk.example\nSubject: one"])
def test_a_from_line_among_the_fields_of_a_message_does_not_cut_it(tmp_path: Path, before: str) -> None:
    cut = f"{before}\n".encode() + LINE + letter(1)
    (found, _) = envelopes(account(tmp_path / "Sent", LINE + cut + b"\n" + LINE + letter(2) + b"\n"))
    assert found.message_id == "1@corp.example"
    assert ("di@desk.example" in found.shown) == ("di@desk" in before)


_LINES = st.sampled_from(
    [
        "text",
        " ",
        "> quoted",
        "From bo@shop.example Fri Jul 14 01:00:00 2017",
        "From - Fri Jul 14 01:00:00 2017",
        LINE.decode().rstrip(),
        "From bo@shop.example 2024-03-15T09:30:00+01:00",
        "From bo@shop.example",
        "From me",
        "From: Bo <bo@shop.example>",
        "To: bo@shop.example",
        "Date: Fri, 14 Jul 2017 01:00:00 +0000",
        "Message-ID: <quoted@shop.example>",
    ]
)
_TEXT = st.lists(_LINES, max_size=12).map(lambda lines: "\n".join(["text", *lines, ""]))


@given(texts=st.lists(_TEXT, min_size=1, max_size=6), size=st.sampled_from([0, 9000]), crlf=st.booleans())
@settings(max_examples=200, deadline=None)
def test_whatever_a_letter_quotes_is_text_where_no_empty_line_is_before_it(
    texts: list[str], size: int, *, crlf: bool
) -> None:
    letters = [letter(1, body="text\n" * size)] + [letter(2 + n, body=text) for n, text in enumerate(texts)]
    held = b"".join(LINE + each + b"\n" for each in letters)
    with tempfile.TemporaryDirectory() as folder:
        source = account(Path(folder) / "Sent", held.replace(b"\n", b"\r\n") if crlf else held)
        assert ids(source) == some(*range(1, len(letters) + 1))


@given(
    texts=st.lists(st.lists(st.sampled_from(["text", " ", "> From", "From me", "To: bo"])), min_size=3, max_size=9),
    line=st.sampled_from([LINE, EUDORA, OTHER_DATE]),
    crlf=st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_a_file_without_empty_lines_has_as_many_messages_as_were_written(
    texts: list[list[str]], line: bytes, *, crlf: bool
) -> None:
    letters = [letter(n, body="\n".join(["text", *lines, ""])) for n, lines in enumerate(texts)]
    held = b"".join(line + each for each in letters)
    with tempfile.TemporaryDirectory() as folder:
        source = account(Path(folder) / "Sent", held.replace(b"\n", b"\r\n") if crlf else held)
        assert ids(source) == some(*range(len(letters)))


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
