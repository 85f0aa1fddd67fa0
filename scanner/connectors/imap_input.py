"""The bytes that a socket brings, as lines, literals and runs of answers, within a deadline and a limit."""

from __future__ import annotations

import re
import socket
import time

from scanner.connectors.imap_answer import Fetched
from scanner.errors import SourceInterrupted

MAX_LINE = 16 * 1024 * 1024  # a SEARCH answer of a million UIDs is 8 MB
MAX_ANSWER = 64 * 1024 * 1024  # all that one command may bring: 500 headers of 128 KB

_PIECE = 1 << 14  # octets asked of the socket at once: TLS hands out no more (RFC 8446 §5.1)
_LONGEST_START = 4_096  # of the line before a literal; longer ones are read as any other line
# What nearly every server answers, in the order of our question, up to its literal.
_USUAL = re.compile(
    rb'\* \d{1,10} FETCH \(UID (\d{1,10}) RFC822\.SIZE (\d{1,19}) INTERNALDATE "([^"]{20,32})" '
    rb"BODY\[HEADER[^\]]*\] \{(\d{1,19})\}\r\n"
).match
_END = b")\r\n"


class ConnectionLost(SourceInterrupted):
    """The line broke, stalled or talked nonsense: nothing more can be asked on it, a new one may work."""


class Input:
    """What one socket brings. Raises TimeoutError after the deadline, `ConnectionLost` above the allowance."""

    def __init__(self, sock: socket.socket, read_timeout: float) -> None:
        self._sock = sock
        self._read_timeout = read_timeout
        self._hurried = True  # whether the socket has another time-out than the one for reading
        self._held = b""
        self._at = 0
        self.deadline = time.monotonic() + read_timeout
        self.allowance = MAX_ANSWER

    def readline(self, limit: int) -> bytes:
        """The next line with its end; without it where the connection ends or the line is longer than the limit."""
        end = self._held.find(b"\n", self._at) + 1
        if 0 < end <= self._at + limit:
            line = self._held[self._at : end]
            self._at = end
            return line
        parts = [self._held[self._at : self._at + limit]]
        size = len(parts[0])
        self._at += size
        while size < limit and (piece := self._receive()):
            end = min(piece.find(b"\n") + 1 or len(piece), limit - size)
            parts.append(piece[:end])
            size += end
            self._held, self._at = piece, end
            if piece[end - 1 : end] == b"\n":
                break
        return b"".join(parts)

    def read(self, size: int) -> bytes:
        """So many octets; fewer where the connection ends."""
        self._gather(size)
        octets = self._held[self._at : self._at + size]
        self._at += len(octets)
        return octets

    def usual(self) -> list[Fetched]:
        """The answers to FETCH that came and are of the usual form; waits for one. Empty when something else comes."""
        found: list[Fetched] = []
        while not found:
            held, at = self._held, self._at
            end = size = 0
            while (answer := _USUAL(held, at)) is not None:
                uid, octets, stored, length = answer.groups()
                start = answer.end()
                size = int(length)
                end = start + size
                if held[end : end + 3] != _END:
                    break
                found.append(Fetched(int(uid), held[start:end], int(octets), stored))
                at = end + 3
            self._at = at
            if not found and not self._may_become_usual(answer is not None, end, size):
                break
        return found

    def _may_become_usual(self, begun: bool, end: int, size: int) -> bool:  # noqa: FBT001 - one caller
        """Wait for more of an answer that is not here in full; False when it is no usual one, or nothing more came."""
        if begun:
            missing = end + len(_END) - len(self._held)
            return missing > 0 and size <= self.allowance and self._gather(end + len(_END) - self._at)
        if len(self._held) - self._at > _LONGEST_START or self._held.find(b"\n", self._at) >= 0:
            return False
        return self._gather(len(self._held) - self._at + 1)

    def _gather(self, size: int) -> bool:
        """Hold at least so many octets in one piece; False where the connection ends before."""
        count = len(self._held) - self._at
        if count >= size:
            return True
        parts = [self._held[self._at :]]
        while count < size and (piece := self._receive()):
            parts.append(piece)
            count += len(piece)
        self._held, self._at = b"".join(parts), 0
        return count >= size

    def _receive(self) -> bytes:
        remaining = self.deadline - time.monotonic()
        if remaining < self._read_timeout:
            if remaining <= 0:
                raise TimeoutError("the command took longer than its deadline")
            self._sock.settimeout(remaining)
            self._hurried = True
        elif self._hurried:
            self._sock.settimeout(self._read_timeout)
            self._hurried = False
        piece = self._sock.recv(_PIECE)
        self.allowance -= len(piece)
        if self.allowance < 0:
            raise ConnectionLost("The server sent more in one answer than any folder needs.")
        return piece
