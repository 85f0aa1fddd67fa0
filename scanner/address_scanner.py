"""The careful reading of an address field that is no ordinary list: token by token, in linear time, never failing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice, repeat
from operator import itemgetter

from scanner.address import Address, Field, Form, Origin, Recipient
from scanner.address_entries import Entries, Reading, without_comments
from scanner.address_words import Kind
from scanner.defect import Defect
from scanner.encoded_word import Piece
from scanner.ordinary_address import DOMAIN, ITEM, LOCAL_PART, ordinary_recipient, unescaped

MOST_TOKENS = 30_000
"""Tokens of one field that are read one by one: five thousand people in the oddest forms, thirty thousand else.

An address counts as two, because more is done with it.
"""

MOST_RECIPIENTS = 100_000
"""Recipients up to which addresses are still picked from what comes after those tokens."""

_MOST_COMMENT_MARKS = 100_000  # parentheses looked at for the end of one comment
_UNASCII_ADDRESS = 20  # tokens that one is counted for: IDNA processing takes as long

# Encoded words are decoded first and stand in the text as \x01 number \x02, so that what they hold is data.
_TOKEN = re.compile(
    r"""(\s*+)(?:
      (?P<word>(?>(?:(?i:ex|x[45]00|notes|fax|ccmail|ms|gwise):(?=[^\s,;]))?)
        (?>(?:[^\s"()<>,;:\[\]\\\x01]|:(?=//)|\\(?=[^\s"()<>,;:\[\]\\\x01]))+))
    | \x01(?P<encoded>\d++)\x02
    | "(?P<quoted>[^"\\]*+(?>(?:\\.[^"\\]*+)*))"
    | (?P<separator>[,;][\s,;]*+)
    | <(?P<angle>(?>(?:\s*+"[^"\\]*+(?>(?:\\.[^"\\]*+)*)"(?=\s*+@))?)[^<>]*+)>
    | \[(?P<bracket>[^\[\]]*+)\]
    | (?P<colon>:[:\s]*+)
    | \\(?P<pair>[^\x01])
    | (?P<open>["<(\[])
    | (?P<end>\Z)
    | (?P<stray>.))""",
    re.VERBOSE | re.DOTALL,
)
_ORDINARY = re.compile(rf"\s*+({ITEM})\s*+(?:,\s*+(?![,;])|;\s*+(?![,;])|\Z)")
# Every word without an @ is taken as well, so that the search never starts twice in one word.
_PLAIN_ADDRESS = re.compile(
    rf"({LOCAL_PART})@({DOMAIN})(?=[\s\"'<>()\[\],;:|]|\Z)"
    r"""|[^\s"'<>()\[\]\\,;:|]++(?>(?:[\s"'<>()\[\]\\,;:|]++[^\s"'<>()\[\]\\,;:|@]++(?=[\s"'<>()\[\]\\,;:|]|\Z))*)"""
)
_COMMENT_MARK = re.compile(r"\\.|[()]", re.DOTALL)
_LINE_ENDS = re.compile(r"[\r\n\t]++")
_ENCODED = re.compile(r"\x01(\d++)\x02")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]++")
_INTERNET, _WRITTEN = Form.INTERNET, Origin.ADDRESS  # members of an enumeration are slow to find
_PREFIX_WORDS = frozenset({"smtp", "mailto", "email", "e-mail", "internet", "rfc822", "inet"})


def scan_pieces(pieces: Sequence[Piece], field: Field) -> Reading:
    """Everything that an address field holds, however broken. Never raises; time grows with the length alone.

    `pieces` are the field body without its encoding. What is beyond `MOST_TOKENS` is searched for addresses all the
    same, and kept as unread text as a whole.
    """
    decoded: list[str] = []
    text: list[str] = []
    for piece in pieces:
        if piece.encoded:
            text.append(f"\x01{len(decoded)}\x02")
            decoded.append(piece.text)
        else:
            text.append(_CONTROLS.sub(" ", piece.text) if not piece.text.isprintable() else piece.text)
    reading = Reading()
    _Scanner("".join(text), decoded, Entries(field, reading, _read_nested)).run()
    return reading


def _read_nested(text: str, entries: Entries) -> None:
    """Read text that stood in quotes or encoded words where an address belongs."""
    _Scanner(_CONTROLS.sub(" ", text), (), entries).run()


class _Scanner:
    """The state between two tokens: where we are, and how the next word hangs on the last."""

    def __init__(self, text: str, decoded: Sequence[str], entries: Entries) -> None:
        self.text = text
        self.decoded = decoded
        self.entries = entries
        self.reading = entries.reading
        self.position = 0
        self.glued = False  # no white space, and nothing else that separates, since the last word
        self.newline = False
        self.comment_ends: dict[int, int] | None = None  # filled when a comment is found that nothing closes
        entries.semicolons = ";" in text

    def run(self) -> None:
        """Read the whole text."""
        end = len(self.text)
        fresh = True
        while self.position < end:
            if self.reading.tokens >= MOST_TOKENS:
                self._rush()
                break
            self.reading.tokens += 1
            if fresh and not self.entries.pending and self._ordinary():
                continue
            match = _TOKEN.match(self.text, self.position)
            if match is None:  # cannot be: the last alternative takes any character
                break
            self.position = match.end()
            if match[1]:
                self.glued = False
                self.newline = "\n" in match[1] or "\r" in match[1]
            kind = match.lastgroup or "end"
            _HANDLERS[kind](self, match)
            self.newline = False
            self.glued = kind in _GLUE
            fresh = kind == "separator"
        self.entries.end_item(closes=True)

    def _ordinary(self) -> bool:
        """Read one ordinary entry at once, if one stands here."""
        item = _ORDINARY.match(self.text, self.position)
        if item is None or not item[1].isascii():
            return False
        recipient = ordinary_recipient(item[1], self.entries.field, self.entries.group)
        if recipient is None:
            return False
        self.reading.recipients.append(recipient)
        self.position = item.end()
        if self.text.find(";", item.end(1), self.position) >= 0:
            self.entries.semicolon()
        return True

    def _rush(self) -> None:
        """The field is too long to be read with care: take its addresses, and keep the text."""
        unread = self._plain(self.text[self.position :])
        self.position = len(self.text)
        self.reading.defects.add(Defect.LIMIT_REACHED)
        self.entries.end_item(closes=True)
        if self.entries.read_nested is None:
            self.reading.rest.append(unread)
        else:
            self.reading.unread = unread
        room = max(MOST_RECIPIENTS - len(self.reading.recipients), 0)
        found = list(islice(filter(itemgetter(0), _PLAIN_ADDRESS.findall(unread)), room))
        # Records made without a line of Python for each: there may be a hundred thousand of them.
        new, local_parts, domains = tuple.__new__, map(itemgetter(0), found), map(itemgetter(1), found)
        addresses = map(new, repeat(Address), zip(local_parts, map(str.lower, domains), strict=True))
        same = map(repeat, ("", self.entries.field, _INTERNET, _WRITTEN, "", ""))
        self.reading.recipients += map(new, repeat(Recipient), zip(addresses, *same, strict=False))

    # ---- what to do with each kind of token

    def _word(self, match: re.Match[str]) -> None:
        word = match["word"]
        if "@" in word:
            self.reading.tokens += 1 if word.isascii() else _UNASCII_ADDRESS
        if "\\" in word:  # a backslash before what needs none
            self.reading.accounted.append(word)
            self.reading.defects.add(Defect.REPAIRED_ADDRESS)
            word = word.replace("\\", "")
        self._part(Kind.PLAIN, word)

    def _encoded(self, match: re.Match[str]) -> None:
        self._part(Kind.ENCODED, self.decoded[int(match["encoded"])])

    def _quoted(self, match: re.Match[str]) -> None:
        inner = match["quoted"]
        if "@" in inner and ">" in inner:
            follows = self.text[match.end() : match.end() + 1]
            if (self.glued and self.entries.parts) or follows.isalnum():
                # The quotes are paired the wrong way round: an earlier one was never closed.
                self._unterminated(match)
                return
        self._part(Kind.QUOTED, _LINE_ENDS.sub(" ", unescaped(self._plain(inner))))

    def _pair(self, match: re.Match[str]) -> None:
        if not match["pair"].isspace():
            self._part(Kind.QUOTED, match["pair"])

    def _separator(self, match: re.Match[str]) -> None:
        marks = match["separator"]
        semicolons = marks.count(";")
        if (semicolons and not self.entries.in_group) or marks.count(",") > 1 or semicolons > 1:
            self.reading.defects.add(Defect.BAD_SEPARATOR)
        self.entries.end_item(closes=bool(semicolons))
        if semicolons:
            self.entries.leave_group()

    def _angle(self, match: re.Match[str]) -> None:
        inner = match["angle"]
        if _at_signs(inner) > 1 and not inner.lstrip().startswith("@") and "/" not in inner:
            self._unterminated(match)  # several addresses in one pair of brackets: read them one by one
            return
        self.reading.tokens += 1 if inner.isascii() else _UNASCII_ADDRESS
        comments: list[str] = []
        if "(" in inner:
            inner, comments = without_comments(inner)
        self.entries.bracketed(self._plain(inner), [self._plain(comment) for comment in comments])

    def _bracket(self, match: re.Match[str]) -> None:
        inner = self._plain(match["bracket"])
        parts = self.entries.parts
        if parts and parts[-1].kind is Kind.PLAIN and parts[-1].text[-1] == "@":
            self.entries.add(Kind.LITERAL, f"[{inner}]", glued=True, newline=False)
        elif "@" not in inner:
            self._part(Kind.QUOTED, f"[{inner}]")
        elif _at_signs(inner) > 1:
            self._unterminated(match)
        else:
            self.reading.defects.add(Defect.REPAIRED_ADDRESS)
            self.entries.bracketed(inner, [])

    def _colon(self, _match: re.Match[str]) -> None:
        parts = self.entries.parts
        last = parts[-1] if parts and parts[-1].kind is Kind.PLAIN else None
        if last and last.text.lower() in _PREFIX_WORDS:
            parts.pop()
            self.reading.defects.add(Defect.REPAIRED_ADDRESS)
        else:
            self.entries.enter_group()

    def _open(self, match: re.Match[str]) -> None:
        mark = match["open"]
        start = match.start("open")
        if mark == "(":
            end = self._comment_end(start)
            if end is not None:
                self.entries.comment(unescaped(self._plain(self.text[start + 1 : end - 1])))
                self.position = end
                return
        elif mark == '"':  # nothing closes it, so nothing closes a later one either
            self.text = self.text[:start] + self.text[start:].replace('"', " ")
        self._unterminated(match)

    def _unterminated(self, match: re.Match[str]) -> None:
        """Take only the mark that opens, and read on behind it."""
        self.reading.defects.add(Defect.UNTERMINATED)
        self.position = match.end(1) + 1

    def _end(self, match: re.Match[str]) -> None:
        """White space at the end."""

    def _stray(self, match: re.Match[str]) -> None:
        if match["stray"] in ")]":
            self.reading.defects.add(Defect.BAD_SEPARATOR)
        if match["stray"] == ")":
            self.entries.end_run()

    # ---- small help

    def _part(self, kind: Kind, text: str) -> None:
        self.entries.add(kind, text, glued=self.glued, newline=self.newline)

    def _plain(self, text: str) -> str:
        """The text with its encoded words in place."""
        return _ENCODED.sub(lambda match: self.decoded[int(match[1])], text) if "\x01" in text else text

    def _comment_end(self, start: int) -> int | None:
        """Where the comment that begins here ends (nested ones included), None when nothing closes it."""
        if self.comment_ends is not None:
            return self.comment_ends.get(start)
        stack: list[int] = []
        ends: dict[int, int] = {}
        for mark in islice(_COMMENT_MARK.finditer(self.text, start), _MOST_COMMENT_MARKS):
            if mark[0] == "(":
                stack.append(mark.start())
            elif mark[0] == ")":
                ends[stack.pop()] = mark.end()
                if not stack:
                    return mark.end()
        self.comment_ends = ends
        return None


_GLUE = frozenset({"word", "encoded", "quoted", "pair", "bracket"})
_HANDLERS = {
    "word": _Scanner._word,
    "encoded": _Scanner._encoded,
    "quoted": _Scanner._quoted,
    "separator": _Scanner._separator,
    "angle": _Scanner._angle,
    "bracket": _Scanner._bracket,
    "colon": _Scanner._colon,
    "pair": _Scanner._pair,
    "open": _Scanner._open,
    "end": _Scanner._end,
    "stray": _Scanner._stray,
}


def _at_signs(text: str) -> int:
    """How many @ stand outside quotes and comments."""
    if "(" in text:
        text, _ = without_comments(text)
    if '"' in text:
        text = "".join(text.split('"')[::2])
    return text.count("@")
