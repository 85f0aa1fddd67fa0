"""The way through an mbox: where each message begins and ends, found at the speed of the disk (RFC 4155).

A separator is a line that begins with "From " after an empty line (or at the start of the file) and holds a date, as
`From alice@shop.example Fri Jul 14 02:54:23 2017` does. "From " in a letter's text has no date and begins no message.
Some programs put no empty line or no date there: that is believed only of a file whose beginning shows that habit,
since a letter may quote another one whole. What then looks like a message and is taken for text is counted. Lines may
end with LF or CRLF. A Content-Length field (mboxcl, mboxcl2) is believed only when it leads exactly to the next
separator or to the end of the file.
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
HOLE = bytes(256)  # of the 512 that the smallest block of a disk has, so many stand in one window
_SEPARATOR_ROOM = 2048  # octets that a separator line and the name of the field behind it may take

_DAY = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?[ ]+"
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ ]+"
_TIME = rb"\d{1,2}:\d\d(?::\d\d)?"
_FIELD = rb"(?=[!-9;-~]{1,80}[ \t]*:|>+From )"
_WHEN = _DAY + _MONTH + rb"\d{1,2}[ ]+" + _TIME + rb"[ ][^\n]{0,60}\d{4}[^\n]{0,100}"
# A date as `asctime` writes it, behind a sender of one word, needs no further proof; any other needs a header field on
# the next line.
_ASCTIME = rb'From (?:"[^"\n]{1,200}"[^ \n]{0,200}+ ++|[^ \n]{0,300}+ ++)' + _WHEN
_ANY_ASCTIME = rb"From (?:[^ \n]{1,300}+ ++|[^\n]{0,300}?)" + _WHEN
_OTHER_DATE = rb"From (?=[^\n]{0,400}?\b(?:19|20)\d\d\b)[^\n]{0,400}?" + _TIME + rb"[^\n]{0,100}\n" + _FIELD
# What git puts before each patch that it writes: in a letter, it begins a patch and no message.
_NO_PATCH = rb"(?!From [0-9a-f]{40} Mon Sep 17 00:00:00 2001)"
_DATED = re.compile(_NO_PATCH + b"(?:" + _ASCTIME + rb"\r?(?:\n|\Z)|" + _OTHER_DATE + b")")
# Where the file itself begins in such a way: with a patch, with a sender of several words, or without a date.
_FREELY_DATED = re.compile(b"(?:" + _ANY_ASCTIME + rb"\r?(?:\n|\Z)|" + _OTHER_DATE + b")")
_DATELESS = re.compile(rb"From [^\n]{1,1000}\n" + _FIELD)
_EITHER = re.compile(_FREELY_DATED.pattern + b"|" + _DATELESS.pattern)
_BEGINNING = re.compile(_NO_PATCH + _DATELESS.pattern)
# Without an empty line before it, a separator needs all: its sender, its date, and a field on the next line. In another
# form than asctime's a date may stand in any text, as in "From 10:30 on 15 March 2024", so an address must be there.
_SENDER = rb"(?=From (?:[^\s@]{1,100}@|- |MAILER-DAEMON ))"
_AT_ONCE = re.compile(_NO_PATCH + b"(?:" + _ASCTIME + rb"\n" + _FIELD + b"|" + _SENDER + _OTHER_DATE + b")")
_EUDORA = b"From ???@??? "  # never has an empty line before it, and stands in no text
_LINE_OF_EUDORA = re.compile(re.escape(_EUDORA) + rb"[^\n]{1,300}\n" + _FIELD)
# What nearly every message has, and what it may have once only (RFC 5322 section 3.6).
_TELLING = frozenset((b"from", b"date", b"message-id", b"received"))
_ONCE = frozenset((b"from", b"date", b"message-id", b"to"))
_NAMED = re.compile(rb"\n(from|date|message-id|received|to)[ \t]*:", re.IGNORECASE)
_HEADER_END = re.compile(rb"\n\r*\n")
_SURE = 2  # beginnings of messages without an empty line before them that show a habit
_WHOLE_FILE = 4096  # octets of its beginning: of a file that has fewer, the end is seen too
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
    """What the first lines of a file tell about it.

    begin      where the first separator begins
    separator  what separators behind an empty line look like
    at_once    what those without an empty line before them look like; None where there are none
    """

    begin: int
    separator: re.Pattern[bytes] = _DATED
    at_once: re.Pattern[bytes] | None = None

    def surely(self) -> Dialect:
        """The dialect without a habit that letters in a letter may have shown."""
        return self._replace(at_once=None) if self.at_once is _AT_ONCE else self


def dialect_of(head: bytes) -> Dialect | None:
    """The dialect of the mbox that begins with these octets (the first 4,096 at least); None when it is no mbox.

    A file whose first separator has no date may separate its other messages so too, and one whose first messages have
    no empty line behind them may have none behind the others.
    """
    blank = _BLANK_LINES.match(head)
    begin = blank.end() if blank else 0
    for separator in (_DATED, _FREELY_DATED, _EITHER):
        if separator.match(head, begin):
            return Dialect(begin, separator, _without_empty_lines(head, begin))
    return None


def _without_empty_lines(head: bytes, begin: int) -> re.Pattern[bytes] | None:
    """What begins a message without an empty line before it in a file with this head; None where that is no habit.

    One letter may quote another one whole, so one place says nothing, and none may have the empty line; nor may the end
    of the file, where the head reaches so far.
    """
    if head.startswith(_EUDORA, begin):
        return _LINE_OF_EUDORA
    places = 0
    found = head.find(b"\nFrom ", begin)
    while found >= 0:
        if _AT_ONCE.match(head, found + 1) and is_whole(head, found + 1):
            if _is_behind_empty_line(head, found):
                return None
            places += 1
        found = head.find(b"\nFrom ", found + 1)
    ended = len(head) < _WHOLE_FILE and head.endswith((b"\n\n", b"\n\r\n"))
    return _AT_ONCE if places >= _SURE and not ended else None


def _is_behind_empty_line(octets: bytes, index: int) -> bool:
    """Whether the line break at a place ends an empty line, which may hold a return."""
    return octets[index - 1] == _LF or octets[max(index - 2, 0) : index] == b"\n\r"


def is_whole(octets: bytes, start: int) -> bool:
    """Whether the line at `start` has a header behind it that a message has, as far as 2,048 octets show it.

    Two of From, Date, Message-ID and Received are proof: a letter's own text has one of them at most.
    """
    return _BEGINNING.match(octets, start) is not None and len(_fields_behind(octets, start) & _TELLING) > 1


def _fields_behind(octets: bytes, start: int) -> set[bytes]:
    """Which of the fields that we look for stand in the header behind the line at `start`, in lower case."""
    seen = octets[start : start + _SEPARATOR_ROOM]
    end = _HEADER_END.search(seen)
    return _names_in(seen, 0, end.start() + 1 if end else len(seen))


def _names_in(octets: bytes, begin: int, end: int) -> set[bytes]:
    return {name.lower() for name in _NAMED.findall(octets, begin, end)}


class MboxReader:
    """The messages of one stream, in order. In memory are one window of it and at most one header beyond that.

    Behind the last message, `cut_off` says whether the stream ended within its header. `unsure` counts places that look
    like the beginning of a message, with a header, and were taken for text, since the file sets its messages apart in
    another way. `hole` is the last place at which zeros stand in what was read, as a disk leaves them where it lost
    a block, maybe with the separator of a message; -1 where none do.
    """

    def __init__(self, stream: OctetStream, dialect: Dialect, start: int) -> None:
        self._stream = stream
        self._separator = dialect.separator
        self._at_once = dialect.at_once
        self._base = start  # where in the file the window begins
        self._window = b""
        self._ended = False
        self.cut_off = False
        self.unsure = 0
        self.hole = -1
        self._faulty = start  # where the header ends in which a fault was found last
        self._fill(start)

    def __iter__(self) -> Iterator[Stored]:
        """Each message; none when there is no separator at the place where reading began."""
        start = self._base
        if not self._separator.match(self._window):
            return
        while start - self._base < len(self._window):
            header, block, broken_off = self._read_message(start)
            if broken_off:
                body = end = following = header + broken_off
            else:
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
        found = self._window.rfind(HOLE)
        self.hole = self._base + found if found >= 0 else self.hole

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

    def _read_message(self, start: int) -> tuple[int, HeaderBlock, int]:
        """Where the header of the message at `start` begins, the header, and its length if its writer broke off in it.

        What such a header runs into is searched once, however many messages broke off there.
        """
        base = self._base
        line_end = self._window.find(b"\n", start - base)
        header = base + line_end + 1
        broken_off = self._next_within(header, self._faulty) if line_end >= 0 else 0
        if not broken_off:
            block = read_block(self._window, line_end + 1)
            if line_end < 0 or block.end >= len(self._window):
                header = self._line_after(start)
                block = self._read_header(start, header)
            if not block.defects:
                return header, block, 0
            self._faulty = self._base + block.end
            broken_off = self._next_within(header, self._faulty)
        if broken_off:
            begin = header - self._base
            block = read_block(self._window[begin : begin + broken_off])
        return header, block, broken_off

    def _read_header(self, start: int, header: int) -> HeaderBlock:
        while not self._ended and not holds_whole_header(self._window, header - self._base):
            self._fill(start)
        return read_block(self._window, header - self._base)

    def _next_within(self, header: int, end: int) -> int:
        """How far behind the beginning of a faulty header the next message begins within it; 0 where none does.

        It is another message only where a field comes again that a message has once: a program may have put a From line
        among the fields of one.
        """
        window, begin, limit = self._window, header - self._base, end - self._base
        if begin >= limit:
            return 0
        before: set[bytes] = set()
        looked = begin - 1
        found = window.find(b"\nFrom ", begin, limit)
        while found >= 0:
            before |= _names_in(window, looked, found + 1) & _ONCE
            looked = found
            if _AT_ONCE.match(window, found + 1) and before & _fields_behind(window, found + 1):
                return found + 1 - begin
            found = window.find(b"\nFrom ", found + 1, limit)
        return 0

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
            separator = self._separator if _is_behind_empty_line(window, index) else self._at_once
            if separator and separator.match(window, index + 1):
                break
            if is_whole(window, index + 1):
                self.unsure += 1
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
