"""However a writer parts the message that it appends from the last one, nothing is lost."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.account import Account
from scanner.connectors import open_mailbox
from scanner.connectors.interface import Cursor, CursorLost
from scanner.envelope import Envelope
from scanner.errors import SourceDamaged
from tests.connectors.test_mbox import LINE, account, after, last_cursor, mboxrd, some
from tests.contract import LETTERS, letter, wanted

_BODIES = ("", "\n", "\n\n\n", "text", "text\n", "text\n\n\n", "From now on\n", "\nFrom \n", ">From ann\n\n", "\r\n\n")
_BODY = st.sampled_from(_BODIES)
_BREAKS = st.lists(st.sampled_from(["\n", "\r\n"]), max_size=4).map("".join)
_NOISE = st.text("\n\r \tFrom>:2024a", max_size=12)


def read(source: Account, cursor: Cursor | None = None) -> list[tuple[Cursor, tuple[str, str, str]]]:
    """Of each whole message where it stands, what it is and its cursor."""
    found = []
    with open_mailbox(source) as mailbox:
        try:
            for place, reading in mailbox.read(wanted(mailbox)[0], cursor):
                digest = reading.digest if isinstance(reading, Envelope) else ""
                found.append((place, (type(reading).__name__, reading.locator.key, digest)))
        except SourceDamaged:
            pass  # the file ends within a header
    return found


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("empty", [1, 2, 50_000])
@pytest.mark.parametrize("length", [False, True], ids=["", "Content-Length"])
def test_empty_lines_before_what_was_appended_do_not_lose_the_cursor(
    tmp_path: Path, *, packed: bool, line_end: str, empty: int, length: bool
) -> None:
    def put(content: bytes) -> Account:
        content = content.replace(b"\n", line_end.encode())
        return account(tmp_path / "Sent", gzip.compress(content, 1) if packed else content)

    fields = [f"Content-Length: {5 + len(line_end)}"] if length else []
    before = mboxrd([*LETTERS[:3], letter(4, *fields, body="hello\n")])
    cursor = last_cursor(put(before))
    assert after(put(before + b"\n" * empty), cursor) == []
    assert after(put(before + b"\n" * empty + mboxrd(LETTERS[4:])), cursor) == some(5, 6, 7)


@pytest.mark.parametrize(
    "added", [b" \n", b"\t\n", b"\nmore\n", b"\n>From ann\n", b"\n\0\n", b"\nFrom nobody\n"], ids=repr
)
def test_anything_else_behind_the_last_message_does(tmp_path: Path, added: bytes) -> None:
    cursor = last_cursor(account(tmp_path / "Sent", mboxrd(LETTERS[:4])))
    source = account(tmp_path / "Sent", mboxrd(LETTERS[:4]) + added + b"\n" + mboxrd(LETTERS[4:]))
    with pytest.raises(CursorLost, match="rewritten"):
        after(source, cursor)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_header_that_was_cut_off_is_read_again_when_an_empty_line_ends_it(tmp_path: Path, line_end: str) -> None:
    begun = (mboxrd(LETTERS[:3]) + LINE + LETTERS[3].partition(b"\n\n")[0] + b"\n").replace(b"\n", line_end.encode())
    source = account(tmp_path / "Sent", begun)
    cut = read(source)[-1]
    assert cut[1][0] == "Unreadable"
    account(tmp_path / "Sent", begun + line_end.encode())
    with pytest.raises(CursorLost):
        read(source, cut[0])


@given(
    bodies=st.lists(_BODY, min_size=1, max_size=3),
    appended=st.lists(_BODY, max_size=2),
    between=st.one_of(_BREAKS, _NOISE),
    ends=st.tuples(st.sampled_from(["\n", "\r\n"]), st.sampled_from(["\n", "\r\n"])),
    cut=st.integers(0, 60),
)
@settings(max_examples=150, deadline=None)
def test_no_message_is_lost_or_read_twice_however_the_next_one_is_appended(
    bodies: list[str], appended: list[str], between: str, ends: tuple[str, str], cut: int
) -> None:
    first = mboxrd([letter(number, body=body) for number, body in enumerate(bodies)])
    more = mboxrd([letter(10 + number, body=body) for number, body in enumerate(appended)])
    first, more = (part.replace(b"\n", end.encode()) for part, end in zip((first, more), ends, strict=True))
    with tempfile.TemporaryDirectory() as folder:
        source = account(Path(folder) / "Sent", first[: len(first) - cut])
        before = read(source)
        account(Path(folder) / "Sent", first + between.encode() + more)
        whole = read(source)
        try:
            rest = read(source, before[-1][0])
        except CursorLost:
            return  # all of it is read again
        assert [told for _, told in (*before, *rest)] == [told for _, told in whole]
