"""Answers of an IMAP server in whatever pieces a socket brings them: what is read never depends on the pieces."""

from __future__ import annotations

import socket
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.connectors.imap_answer import Fetched
from scanner.connectors.imap_input import ConnectionLost, Input

DATE = b"17-Jul-1996 02:44:25 -0700"


class Pieces:
    """A socket that brings these pieces, and then the end of the connection."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces[::-1]

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0

    def recv(self, size: int) -> bytes:
        """The next piece, which is short enough."""
        piece = self.pieces.pop() if self.pieces else b""
        assert len(piece) <= size
        return piece


def an_input(pieces: list[bytes]) -> Input:
    """What reads them."""
    return Input(cast("socket.socket", Pieces(pieces)), 5.0)


def usual(uid: int, body: bytes) -> bytes:
    """An answer as most servers write it."""
    start = b'* 1 FETCH (UID %d RFC822.SIZE 900 INTERNALDATE "%s" BODY[HEADER.FIELDS (TO CC)] ' % (uid, DATE)
    return start + b"{%d}\r\n%s)\r\n" % (len(body), body)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    """The stream in pieces, none of them empty."""
    ends = sorted({place % (len(stream) + 1) for place in places} | {len(stream)})
    starts = [0, *ends]
    return [stream[start:end] for start, end in zip(starts, ends, strict=False) if end > start]


def everything(source: Input) -> tuple[list[Fetched], list[bytes]]:
    """All usual answers, and all other lines."""
    found: list[Fetched] = []
    lines: list[bytes] = []
    while True:
        run = source.usual()
        found += run
        if not run:
            line = source.readline(10_000)
            if not line:
                return found, lines
            lines.append(line)


SOME_BODY = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [b"", b")\r\n", b"To: a@a.example\r\n\r\n", usual(9, b"To: x@x.example\r\n"), b"MB1 OK done\r\n" * 3]
    ),
)
OTHER_LINES = st.sampled_from(
    [b"* 5 EXISTS\r\n", b"* 3 FETCH (FLAGS (\\Seen))\r\n", b"MB7 OK done\r\n", b"+ \r\n", b"* 1 FETCH (UID 4\r\n"]
)


@given(
    st.lists(st.one_of(st.tuples(st.integers(1, 2**32 - 1), SOME_BODY), OTHER_LINES), max_size=8),
    st.lists(st.integers(0, 5_000), max_size=40),
)
def test_the_pieces_change_nothing(answers: list[tuple[int, bytes] | bytes], places: list[int]) -> None:
    stream = b"".join(answer if isinstance(answer, bytes) else usual(*answer) for answer in answers)
    found, lines = everything(an_input(cut(stream, places)))
    assert found == [Fetched(*answer, 900, DATE) for answer in answers if isinstance(answer, tuple)]
    assert lines == [answer for answer in answers if isinstance(answer, bytes)]


@given(st.integers(0, 400), st.lists(st.integers(0, 400), max_size=10))
def test_an_answer_without_its_end_is_no_answer(end: int, places: list[int]) -> None:
    stream = usual(1, b"To: a@a.example\r\n") + usual(2, b"To: b@b.example\r\n")
    first = len(stream) // 2
    found, _ = everything(an_input(cut(stream[: min(end, len(stream) - 1)], places)))
    assert [fetched.uid for fetched in found] == [1] * (end >= first)


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=10), st.lists(st.integers(0, 50), min_size=1))
def test_lines_and_literals_follow_one_another_without_a_gap(
    stream: bytes, places: list[int], sizes: list[int]
) -> None:
    source = an_input(cut(stream, places))
    taken = b""
    for size in sizes:
        line = source.readline(40)
        assert len(line) <= 40
        assert b"\n" not in line[:-1]
        literal = source.read(size)
        taken += line + literal
        assert len(literal) == size or taken == stream
    assert stream.startswith(taken)


def test_a_literal_above_the_allowance_is_not_waited_for() -> None:
    source = an_input([usual(1, b"x" * 4_000)[:200]])
    source.allowance = 3_000
    assert source.usual() == []
    assert source.readline(10_000).endswith(b"{4000}\r\n")


def test_more_than_the_allowance_ends_the_connection() -> None:
    source = an_input([b"x" * 1_000] * 5)
    source.allowance = 3_500
    with pytest.raises(ConnectionLost, match="more in one answer"):
        source.read(5_000)


def test_after_the_deadline_nothing_is_read_any_more() -> None:
    source = an_input([b"x"])
    source.deadline = 0.0
    with pytest.raises(TimeoutError):
        source.usual()
