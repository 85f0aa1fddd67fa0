"""The bytes of a header to its fields, as they stand there: unfolded by nobody, lost by nobody (RFC 5322 §2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from scanner.defect import Defect

MAX_HEADER = 8 * 1024 * 1024
"""Octets of one header that are read. That more of it lies beyond is reported as HEADER_CUT, whose text says 8 MiB."""

# fmt: off
_WANTED = (
    "apparently-to", "auto-submitted", "bcc", "cc", "content-class", "content-length", "content-type", "date", "from",
    "in-reply-to", "list-id", "list-post", "message-id", "precedence", "references", "resent-bcc", "resent-cc",
    "resent-date", "resent-from", "resent-message-id", "resent-sender", "resent-to", "sender", "subject", "to",
    "x-gmail-labels", "x-unsent",
)
# fmt: on
_DESTINATIONS = frozenset((b"to", b"cc", b"bcc", b"resent-to", b"resent-cc", b"resent-bcc", b"apparently-to"))
# What a first look takes beside them: all that it needs to tell that a message is ours and has too few recipients to
# matter.
_BESIDE = frozenset((b"date", b"content-length", b"content-type", b"from", b"subject", b"x-gmail-labels"))
_BESIDE |= {b"resent-date", b"resent-from", b"resent-sender", b"resent-message-id"}
_WANTED_NAMES = frozenset(name.encode() for name in _WANTED)
# As nearly all programs write them: a name that is looked up need not be put in lower case.
_AS_WRITTEN = {b"To": b"to", b"Cc": b"cc", b"CC": b"cc", b"Date": b"date", b"From": b"from"}
_AS_WRITTEN |= {b"Content-Type": b"content-type", b"Subject": b"subject"}


def _names(names: Iterable[str]) -> bytes:
    """A pattern that matches each of the names, in any case, testing no letter twice."""
    trees = sorted(_prefix_trees(names).items())
    # Plain letters are tested faster than sets of letters, and most names fail at the first.
    branches = (f"{letter.upper()}{rest}|{letter}{rest}" for letter, rest in trees)
    return f"(?:{'|'.join(branches)})".encode()


def _prefix_trees(names: Iterable[str]) -> dict[str, str]:
    tails: dict[str, list[str]] = {}
    for name in names:
        if name:
            tails.setdefault(name[0], []).append(name[1:])
    return {letter: _tree(rest) for letter, rest in tails.items()}


def _tree(names: list[str]) -> str:
    branches = [
        (f"[{letter.upper()}{letter}]" if letter.isalpha() else letter) + rest
        for letter, rest in _prefix_trees(names).items()
    ]
    if not branches:
        return ""
    tree = f"(?:{'|'.join(branches)})" if len(branches) > 1 or "" in names else branches[0]
    return f"(?>{tree}?)" if "" in names else tree


# A header without a fault: lines, each a name, a colon and the rest, or folded. Possessive throughout, so that no input
# makes it go back. It stops in front of the empty line, or of the first fault.
_SOUND = re.compile(
    rb"(?>(?:[!-9;-~]++[ \t]*+:[^\n]*+\n(?>(?:(?:[!-9;-~]++:|[ \t]|[!-9;-~]++[ \t]++:)[^\n]*+\n)*))?)",
)
_FOLDED = rb")[ \t]*+:([^\n]*+(?>(?:\n[ \t][^\n]*+)*))"
_FIELD = re.compile(rb"\n(" + _names(_WANTED) + _FOLDED)
_LOOKED = re.compile(rb"\n(" + _names(name.decode() for name in _DESTINATIONS | _BESIDE) + _FOLDED)
_LINE = re.compile(rb"([!-9;-~]++)[ \t]*+:(.*)", re.DOTALL)
# What may stand before the first field: a byte order mark, empty lines, the separator lines of an mbox.
_FOREWORD = re.compile(
    rb"(?>(?:\xef\xbb\xbf)?)(?>(?:[ \t]*+\r*+\n|>*+From (?![ \t]*+:)[^\r\n]*+(?:\r*+\n|\r|\Z))*)",
)
_QUOTED_SEPARATORS = re.compile(rb"(?>(?:>++From (?![ \t]*+:)[^\n]*+\n)*)")
_END = re.compile(rb"\n\r*+\n")
_CR_ONLY = re.compile(rb"[!-9;-~]++[ \t]*+:[^\r\n]*+(?>(?:\r[ \t][^\r\n]*+)*)\r(?:[!-9;-~]++[ \t]*+:|\r(?!\r*+\n)|\Z)")
# A line that a program with other line ends put among the rest. Mail programs differ in whether they see the field.
_CR_FIELD = re.compile(rb"\r(?=" + _names(name.decode() for name in _DESTINATIONS) + rb"[ \t]*+:)")


class HeaderBlock:
    """One header, taken apart as far as somebody asks.

    octets        the header as given, without the empty line that ends it
    end           where the body begins, counted from the start of what was given
    destinations  the bodies of the destination fields, in order, as written, folded
    looked        of all fields that a first look takes, the first body by lower-case name
    authors       how many From fields there are
    strays        text of lines that are no field but hold an address, with the destination field they follow
    room          how many recipients it has at most, noted by whoever looked
    """

    __slots__ = ("_fields", "_first", "authors", "defects", "destinations", "end", "looked", "octets", "room", "strays")

    def __init__(
        self,
        octets: bytes,
        end: int,
        fields: list[tuple[bytes, bytes]] | None = None,
        defects: tuple[Defect, ...] = (),
        strays: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        self.octets = octets
        self.end = end
        self.defects = defects
        self.strays = strays
        self.room: int | None = None
        self.authors = 0
        self._fields = fields
        self._first: dict[bytes, bytes] | None = None
        self.destinations: list[bytes] = []
        self.looked: dict[bytes, bytes] = {}
        self._look(_LOOKED.findall(b"\n" + octets) if fields is None else fields)

    def _look(self, fields: list[tuple[bytes, bytes]]) -> None:
        looked, destinations = self.looked, self.destinations
        for written, body in fields:
            name = _AS_WRITTEN.get(written) or written.lower()
            if name in _DESTINATIONS:
                destinations.append(body)
            if name not in looked:
                looked[name] = body
            if name == b"from":
                self.authors += 1

    @property
    def fields(self) -> list[tuple[bytes, bytes]]:
        """All fields that we know, in order: lower-case name and body as written, still folded."""
        if self._fields is None:
            self._fields = [(name.lower(), body) for name, body in _FIELD.findall(b"\n" + self.octets)]
        return self._fields

    @property
    def first(self) -> dict[bytes, bytes]:
        """The first body of each of these fields, by name."""
        if self._first is None:
            self._first = dict(self.fields[::-1])
        return self._first


def begin_of(raw: bytes, start: int = 0) -> int:
    """Where the header of the message at `start` begins: behind a byte order mark, empty lines and separator lines."""
    foreword = _FOREWORD.match(raw, start)
    return foreword.end() if foreword else start


def read_block(raw: bytes, start: int = 0) -> HeaderBlock:
    """The header that begins at `start` in `raw`, which may go on with the message's body. Never raises.

    The header ends at the first empty line. Lines may end with LF, CRLF or CR. Nothing after the first MAX_HEADER
    octets is read.
    """
    sound = _SOUND.match(raw, start, start + MAX_HEADER)
    end = sound.end() if sound else start
    following = raw[end : end + 2]
    if following[:1] == b"\n":
        octets = raw[start:end]
        if b"\r" not in octets:
            return HeaderBlock(octets, end + 1)
    elif following == b"\r\n":
        octets = raw[start:end]
        if octets.count(b"\r") == octets.count(b"\r\n"):
            return HeaderBlock(octets, end + 2)
    return _read_slowly(raw, start)


def holds_whole_header(raw: bytes, start: int) -> bool:
    """Whether the header that begins at `start` ends within `raw`, or is too long to be read any further."""
    return len(raw) - start > MAX_HEADER or _END.search(raw, start) is not None


class _Lines:
    """The fields of a faulty header, gathered line by line."""

    def __init__(self) -> None:
        self.fields: list[tuple[bytes, list[bytes]]] = []
        self.strays: list[tuple[bytes, bytes]] = []
        self.broken = False

    def take(self, line: bytes) -> bool:
        """Takes a line in; False when it shows that the body has begun without an empty line."""
        if line[:1] in (b" ", b"\t") and self.fields:
            self.fields[-1][1].append(line)
            return True
        found = _LINE.match(line)
        if found:
            self.fields.append((found[1].lower(), [found[2]]))
            return True
        self.broken = True
        if line.startswith(b"--"):
            return False  # the delimiter of a MIME part (RFC 2046 §5.1.1)
        self._keep(line)
        return True

    def _keep(self, line: bytes) -> None:
        """A list of recipients whose folded lines have lost their indentation goes on; other text is kept aside."""
        name, body = self.fields[-1] if self.fields else (b"", [])
        if name not in _DESTINATIONS:
            return
        if body[-1].rstrip().endswith((b",", b";")):
            body.append(b" " + line)
        elif b"@" in line:
            self.strays.append((name, line))


def _read_slowly(raw: bytes, start: int) -> HeaderBlock:
    """The same for a header with any fault: a missing end, lines that are no field, odd line ends."""
    limit = start + MAX_HEADER
    skipped = _QUOTED_SEPARATORS.match(raw, start, limit)
    start = skipped.end() if skipped else start
    empty_line = _END.search(raw, start, limit)
    text = raw[start : empty_line.end() if empty_line else limit]
    if _CR_ONLY.match(text):
        text = re.sub(rb"\r(?!\n)", b"\n", text)
    text = _CR_FIELD.sub(b"\n", text)
    lines = _Lines()
    position, ended, size = 0, False, len(text)
    while position < size and not ended:
        line_end = text.find(b"\n", position)
        line_end = size if line_end < 0 else line_end
        line = text[position:line_end]
        ended = not line.strip(b"\r")
        if not ended and not lines.take(line):
            break
        if not ended:
            position = min(line_end + 1, size)
    after = min(line_end + 1, size) if ended else position
    defects = []
    if lines.broken:
        defects.append(Defect.BROKEN_HEADER_LINE)
    if not ended:
        cut = position == size and len(raw) > start + size
        defects.append(Defect.HEADER_CUT if cut else Defect.NO_HEADER_END)
    fields = [(name, b"\n".join(body)) for name, body in lines.fields if name in _WANTED_NAMES]
    octets = raw[start : start + position]
    return HeaderBlock(octets, start + after, fields, tuple(defects), tuple(lines.strays))
