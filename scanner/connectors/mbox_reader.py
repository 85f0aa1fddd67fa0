"""The way through an mbox: where each message begins and ends, found at the speed of the disk (RFC 4155).

A separator is a line that begins with "From " after an empty line (or at the start of the file) and holds a date, as
`From alice@shop.example Fri Jul 14 02:54:23 2017` does. "From " in a letter's text has no date and begins no message.
Some programs put no empty line before it, and files joined from several have separators with and without dates: such a
line counts where header fields follow it. Lines may end with LF or CRLF. A Content-Length field (mboxcl, mboxcl2) is
believed only when it leads exactly to the next separator or to the end of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from scanner.connectors.octet_stream import OctetStream
from scanner.defect import Defect
from scanner.header_block import HeaderBlock, holds_whole_header, read_block

_BLOCK = 256 * 1024
_LF = 10
_HOP = 8192  # octets searched at a time before looking for a space
_SEPARATOR_ROOM = 2048  # octets that a separator line and the name of the field behind it may take

_DAY = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?[ ]+"
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ ]+"
_TIME = rb"\d{1,2}:\d\d(?::\d\d)?"
_FIELD = rb"(?=[!-9;-~]{1,80}[ \t]*:|>+From )"
# A date as `asctime` writes it needs no further proof; any other needs a header field on the next line.
_ASCTIME = (
    rb"From (?:[^ \n]{1,300}+ ++|[^\n]{0,300}?)"
    + _DAY
    + _MONTH
    + rb"\d{1,2}[ ]+"
    + _TIME
    + rb"[ ][^\n]{0,60}\d{4}[^\n]{0,100}"
)
_OTHER_DATE = rb"From (?=[^\n]{0,400}?\b(?:19|20)\d\d\b)[^\n]{0,400}?" + _TIME + rb"[^\n]{0,100}\n" + _FIELD
# A sender without a date, or with one that we do not know, counts where the header behind shows soon that it is one.
_BARE = (
    rb"From (?:[^\s@]{1,100}@[^\s]{1,200}|-|MAILER-DAEMON)(?:[ \t][^\n]{0,99}\d[^\n]{0,20})?[ \t]*\r?\n"
    rb"(?=(?:(?:[!-9;-~]{1,60}[ \t]*:|[ \t])[^\n]{0,200}\n){0,4}"
    rb"(?i:message-id|date|received|return-path|mime-version)[ \t]*:)"
)
_DATED = re.compile(b"(?:" + _ASCTIME + rb"\r?(?:\n|\Z)|" + _OTHER_DATE + b"|" + _BARE + b")")
_DATELESS = re.compile(rb"From [^\n]{1,1000}\n" + _FIELD)
_EITHER = re.compile(_DATED.pattern + b"|" + _DATELESS.pattern)
# Without an empty line before it, a separator needs both: its date, and a field on the next line. In another form than
# asctime's a date may stand in any text, as in "From 10:30 on 15 March 2024", so a sender must stand before it.
_SENDER = rb"(?=From (?:[^\s@]{1,100}@|- |MAILER-DAEMON ))"
_AT_ONCE = re.compile(b"(?:" + _ASCTIME + rb"\n" + _FIELD + b"|" + _SENDER + _OTHER_DATE + b")")
# What a crash of the disk or an editor may leave before the first separator.
_BLANK_LINES = re.compile(rb"(?:\xef\xbb\xbf)?(?>(?:[\0 \t\r]*+\n)*)\0*+")


class Stored(NamedTuple):
    """One message of an mbox. Places are offsets in the (decompressed) file.

    start      of the separator line
    header     of the message
    block      its header, taken apart
    body       what is behind the header and the empty line that ends it
    end        of the message, without the empty line that the mbox adds
    following  of the next separator, or the end of the file
    cut        whether the file ends within its header, so that its last field may go on
    """

    start: int
    header: int
    block: HeaderBlock
    body: int
    end: int
    following: int
    cut: bool = False


class Dialect(NamedTuple):
    """What the first lines of a file tell about it: where the first separator begins, and what separators look like."""

    begin: int
    separator: re.Pattern[bytes] = _DATED


def dialect_of(head: bytes) -> Dialect | None:
    """The dialect of the mbox that begins with these octets (the first few thousand); None when it is no mbox.

    A file whose first separator has no date may separate its other messages so too.
    """
    blank = _BLANK_LINES.match(head)
    begin = blank.end() if blank else 0
    if _DATED.match(head, begin):
        return Dialect(begin, _DATED)
    return Dialect(begin, _EITHER) if _DATELESS.match(head, begin) else None


class MboxReader:
    """The messages of one stream, in order. In memory are one window of it and at most one header beyond that.

    Behind the last message, `cut_off` says whether the stream ended within its header.
    """

    def __init__(self, stream: OctetStream, dialect: Dialect, start: int) -> None:
        self._stream = stream
        self._separator = dialect.separator
        self._base = start  # where in the file the window begins
        self._window = b""
        self._ended = False
        self.cut_off = False
        self._fill(start)

    def __iter__(self) -> Iterator[Stored]:
        """Each message; none when there is no separator at the place where reading began."""
        start = self._base
        if not self._separator.match(self._window):
            return
        while start - self._base < len(self._window):
            base = self._base
            line_end = self._window.find(b"\n", start - base)
            header = base + line_end + 1
            block = read_block(self._window, line_end + 1)
            if line_end < 0 or block.end >= len(self._window):
                header = self._line_after(start)
                block = self._read_header(start, header)
            if block.defects:
                block = self._as_far_as_the_next(block, header - self._base)
            body = self._base + block.end
            end, following = self._landing(block, body) or self._find_end(body)
            if block.defects:
                # Nothing stands behind it, not even the empty line that every writer of an mbox puts there.
                self.cut_off = Defect.NO_HEADER_END in block.defects and body == following and self._is_end(body)
            yield Stored(start, header, block, body, end, following, self.cut_off)
            start = following

    def _fill(self, keep: int) -> None:
        """Lets go what lies before the place `keep`, and takes in at least as much again as is kept."""
        kept = len(self._window) - (keep - self._base)
        self._window = self._stream.at(keep, max(_BLOCK, 2 * kept))
        self._base = keep
        self._ended = len(self._window) <= kept

    def _is_end(self, place: int) -> bool:
        """Whether nothing of the file is left at a place within the window or right behind it."""
        return self._ended and place >= self._base + len(self._window)

    def _line_after(self, start: int) -> int:
        """Where the line behind the one at `start` begins."""
        while True:
            found = self._window.find(b"\n", start - self._base)
            if found >= 0:
                return self._base + found + 1
            if self._ended:
                return self._base + len(self._window)
            self._fill(start)

    def _read_header(self, start: int, header: int) -> HeaderBlock:
        while not self._ended and not holds_whole_header(self._window, header - self._base):
            self._fill(start)
        return read_block(self._window, header - self._base)

    def _as_far_as_the_next(self, block: HeaderBlock, begin: int) -> HeaderBlock:
        """The header, without the message that follows where its writer stopped in the middle of it."""
        window = self._window
        found = window.find(b"\nFrom ", begin, block.end)
        while found >= 0 and not _AT_ONCE.match(window, found + 1):
            found = window.find(b"\nFrom ", found + 1, block.end)
        return block if found < 0 else read_block(window[: found + 1], begin)

    def _find_end(self, body: int) -> tuple[int, int]:
        """Where the message ends, and where the next separator or the end of the file is."""
        index = body - 1 - self._base
        while True:
            window = self._window
            index = before_from(window, index)
            size = len(window)
            if index > size - _SEPARATOR_ROOM and not self._ended:
                place = self._base + min(index, max(size - 6, body - 1 - self._base))
                self._fill(max(place - 16, self._base))
                index = place - self._base
                continue
            if index >= size:
                index = size - 1  # the end of the file, as if a separator began there
                break
            # After an empty line: "\n\nFrom" or "\n\r\nFrom".
            empty = window[index - 1] == _LF or window[max(index - 2, 0) : index] == b"\n\r"
            if (self._separator if empty else _AT_ONCE).match(window, index + 1):
                break
            index += 1
        tail = window[max(index - 2, 0) : index + 1]
        added = 1 if tail.endswith(b"\n\n") else 2 if tail.endswith(b"\n\r\n") else 0
        following = self._base + index + 1
        return max(following - added, body), following

    def _landing(self, block: HeaderBlock, body: int) -> tuple[int, int] | None:
        """Where the message ends and the next separator is, when a Content-Length field leads exactly there."""
        field = block.looked.get(b"content-length")
        if field is None:
            return None
        written = field.strip()
        if not written.isdigit() or len(written) > 15:
            return None
        end = body + int(written)
        there = self._look(end - 1)
        if there[:1] != b"\n" and end != body:
            return None
        added = 2 if there.startswith(b"\r\n", 1) else 1 if there.startswith(b"\n", 1) else 0
        following = end + added
        at_end = len(there) == 1 + added
        if not at_end and not self._separator.match(there, 1 + added):
            return None
        if following - self._base > len(self._window):
            self._base, self._window = following, b""
            self._fill(following)
        return end, following

    def _look(self, place: int) -> bytes:
        """What stands at a place further on, as far as a separator may reach; nothing when we cannot tell."""
        index = place - self._base
        seen = self._window[index : index + _SEPARATOR_ROOM]
        if len(seen) == _SEPARATOR_ROOM or self._ended:
            return seen
        return self._stream.ahead(place, _SEPARATOR_ROOM) or b""


def before_from(window: bytes, index: int) -> int:
    """The next line break at or behind `index` with "From" after it; the end of the window where there is none.

    A separator holds a space, and encoded attachments have none: where a stretch has no separator, the search goes on
    at the next space.
    """
    find, size = window.find, len(window)
    while index < size:
        found = find(b"\nFrom", index, index + _HOP)
        if found >= 0:
            return found
        index += _HOP - 4
        space = find(b" ", index)
        if space < 0:
            break
        index = max(index, space - 5)
    return size
