"""The careful reading of an address field that is no ordinary list: token by token, in linear time, never failing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from scanner.address import Field, Form, Origin, Recipient
from scanner.address_words import (
    Cluster,
    Kind,
    Part,
    Spelled,
    clusters,
    entries,
    phrase,
    repaired,
    salvaged,
    spelled,
    standing_alone,
)
from scanner.defect import Defect
from scanner.encoded_word import split_encoded
from scanner.ordinary_address import ITEM, ordinary_recipient, shown_name
from scanner.special_address import Meaning, is_directory_name, is_undisclosed

# Encoded words are decoded first and stand in the text as \x01 number \x02, so that what they hold is data.
_TOKEN = re.compile(
    r"""(?P<space>\s++)
    | (?P<word>(?:[^\s"()<>,;:\[\]\\\x01]|:(?=//))++)
    | \x01(?P<encoded>\d++)\x02
    | "(?P<quoted>[^"\\]*+(?:\\.[^"\\]*+)*+)"
    | (?P<separator>[,;][\s,;]*+)
    | <(?P<angle>(?:\s*+"[^"\\]*+(?:\\.[^"\\]*+)*+"(?=\s*+@))?+[^<>]*+)>
    | \[(?P<bracket>[^\[\]]*+)\]
    | (?P<colon>:[:\s]*+)
    | \\(?P<pair>[^\x01])
    | (?P<open>["<(\[])
    | (?P<stray>.)""",
    re.VERBOSE | re.DOTALL,
)
_ORDINARY = re.compile(rf"\s*+({ITEM})\s*+(?:,\s*+(?![,;])|;\s*+(?![,;])|\Z)")
_COMMENT_MARK = re.compile(r"\\.|[()]", re.DOTALL)
_ENCODED = re.compile(r"\x01(\d++)\x02")
_PAIR = re.compile(r"\\(.)", re.DOTALL)
_CONTROLS = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]++")
_PREFIX = re.compile(r"\s*+(?:smtp|(mailto)|e-?mail|internet|rfc822|inet)\s*+:\s*+", re.IGNORECASE)
_PREFIX_WORDS = frozenset({"smtp", "mailto", "email", "e-mail", "internet", "rfc822", "inet"})
_DIRECTORY_PREFIXES = frozenset({"ex", "x400", "x500", "notes", "fax", "ccmail", "ms", "gwise"})
_TOUCHING = re.compile(r"\s++(?=[.@])|(?<=[.@])\s++")
_JOINED_AT_MOST = 3  # "Doe, John, MD <j@x>": more phrases in a row are people without addresses, not one name


@dataclass(slots=True)
class Reading:
    """What the scanner found. `accounted` holds addresses as written where the recipient shows them otherwise."""

    recipients: list[Recipient] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    defects: set[Defect] = field(default_factory=set)
    accounted: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Open:
    """An address in angle brackets whose comments and late name may still follow."""

    meaning: Meaning | None
    written: str
    name: str
    comments: list[str]


def scan_field(value: bytes, destination: Field) -> Reading:
    """Everything that an address field holds, however broken. Never raises; time grows with the length alone."""
    reading = Reading()
    if b"\0" in value:
        value = value.replace(b"\0", b"")
        reading.defects.add(Defect.REPAIRED_ADDRESS)
    pieces, defects = split_encoded(value)
    reading.defects |= defects
    decoded: list[str] = []
    text: list[str] = []
    for piece in pieces:
        if piece.encoded:
            text.append(f"\x01{len(decoded)}\x02")
            decoded.append(piece.text)
        else:
            text.append(_CONTROLS.sub(" ", piece.text))
    _Scanner("".join(text), decoded, destination, reading).run()
    if reading.rest:
        reading.defects.add(Defect.UNPARSED_TEXT)
    return reading


class _Scanner:
    """The state between two tokens. `parts` are words not yet given to an entry; `pending` phrases without address."""

    def __init__(
        self, text: str, decoded: Sequence[str], destination: Field, reading: Reading, *, nested: bool = False
    ):
        self.text = text
        self.decoded = decoded
        self.field = destination
        self.reading = reading
        self.nested = nested
        self.semicolons = ";" in text
        self.group = ""
        self.in_group = False
        self.parts: list[Part] = []
        self.comments: list[str] = []
        self.pending: list[tuple[str, bool]] = []  # a phrase, and whether it is one plain word
        self.open: _Open | None = None
        self.glued = False
        self.newline = False
        self.position = 0
        self.comment_ends: dict[int, int] | None = None  # filled when a comment is found that nothing closes

    # ---- tokens

    def run(self) -> None:
        """Read the whole text."""
        text, end = self.text, len(self.text)
        token = _TOKEN.match
        ordinary = _ORDINARY.match
        fresh = True
        while self.position < end:
            text = self.text
            if fresh and not self.pending:
                item = ordinary(text, self.position)
                recipient = ordinary_recipient(item[1], self.field, self.group) if item and item[1].isascii() else None
                if item and recipient:
                    self.reading.recipients.append(recipient)
                    separator = text[item.end(1) : item.end()]
                    self.position = item.end()
                    if ";" in separator:
                        self._semicolon()
                    continue
            match = token(text, self.position)
            if match is None:  # cannot be: the last alternative takes any character
                break
            self.position = match.end()
            kind = match.lastgroup or "stray"
            fresh = kind == "separator"
            _HANDLERS[kind](self, match)
            if kind != "space":
                self.glued = kind not in _BOUNDARIES
                self.newline = False
        self._end_item(closes=True)

    def _space(self, match: re.Match[str]) -> None:
        self.glued = False
        blank = match[0]
        self.newline = self.newline or "\n" in blank or "\r" in blank

    def _word(self, match: re.Match[str]) -> None:
        self._part(Kind.PLAIN, match[0])

    def _encoded(self, match: re.Match[str]) -> None:
        self._part(Kind.ENCODED, self.decoded[int(match["encoded"])])

    def _quoted(self, match: re.Match[str]) -> None:
        inner = match["quoted"]
        follows = self.text[match.end() : match.end() + 1]
        if "@" in inner and ">" in inner and ((self.glued and self.parts) or follows.isalnum()):
            # The quotes are paired the wrong way round: an earlier one was never closed.
            self._unterminated(match)
            return
        self._part(Kind.QUOTED, _PAIR.sub(r"\1", self._plain(inner)))

    def _pair(self, match: re.Match[str]) -> None:
        self._part(Kind.QUOTED, match["pair"])

    def _separator(self, match: re.Match[str]) -> None:
        marks = match[0]
        semicolons = marks.count(";")
        if (semicolons and not self.in_group) or marks.count(",") > 1 or semicolons > 1:
            self.reading.defects.add(Defect.BAD_SEPARATOR)
        self._end_item(closes=bool(semicolons))
        if semicolons:
            self._leave_group()

    def _semicolon(self) -> None:
        if not self.in_group:
            self.reading.defects.add(Defect.BAD_SEPARATOR)
        self._leave_group()

    def _leave_group(self) -> None:
        self.in_group = False
        self.group = ""

    def _angle(self, match: re.Match[str]) -> None:
        inner = match["angle"]
        if _at_signs(inner) > 1 and not inner.lstrip().startswith("@") and "/" not in inner:
            self._unterminated(match)  # several addresses in one pair of brackets: read them one by one
            return
        self._address(inner)

    def _bracket(self, match: re.Match[str]) -> None:
        inner = self._plain(match["bracket"])
        if self.glued and self.parts and self.parts[-1].text.endswith("@"):
            self._part(Kind.LITERAL, f"[{inner}]")
        elif "@" not in inner:
            self._part(Kind.QUOTED, f"[{inner}]")
        elif _at_signs(inner) > 1:
            self._unterminated(match)
        else:
            self.reading.defects.add(Defect.REPAIRED_ADDRESS)
            self._address(inner)

    def _colon(self, match: re.Match[str]) -> None:
        last = self.parts[-1] if self.parts else None
        if last and last.kind is Kind.PLAIN and last.text.lower() in _PREFIX_WORDS:
            self.parts.pop()
            self.reading.defects.add(Defect.REPAIRED_ADDRESS)
            return
        if last and last.kind is Kind.PLAIN and last.text.lower() in _DIRECTORY_PREFIXES:
            self.parts[-1] = last._replace(text=last.text + ":")
            return
        if self.open or any(part.kind is Kind.PLAIN and "@" in part.text for part in self.parts):
            self.reading.defects.add(Defect.BAD_SEPARATOR)
            self._end_item(closes=True)
            return
        self._settle()
        name = shown_name(phrase(clusters(self.parts)), None)
        self.parts.clear()
        self.comments.clear()
        if name:
            self.group = name
            self.in_group = True
            self._disclose(name, None)

    def _opening(self, match: re.Match[str]) -> None:
        mark = match[0]
        if mark == "(":
            end = self._comment_end(match.start())
            if end is not None:
                comment = self._plain(self.text[match.end() : end - 1])
                self.position = end
                target = self.comments if self.open is None or self.parts else self.open.comments
                target.append(_PAIR.sub(r"\1", comment))
                return
        elif mark == '"':  # nothing closes it, so nothing closes a later one either
            start = match.start()
            self.text = self.text[:start] + self.text[start:].replace('"', " ")
        self._unterminated(match)

    def _unterminated(self, match: re.Match[str]) -> None:
        self.reading.defects.add(Defect.UNTERMINATED)
        self.position = match.start() + 1
        self.glued = False

    def _stray(self, match: re.Match[str]) -> None:
        if match[0] in ")]":
            self.reading.defects.add(Defect.BAD_SEPARATOR)
        if match[0] == ")" and not self.open:
            self._end_item(closes=False)

    def _part(self, kind: Kind, text: str) -> None:
        if text.strip():
            self.parts.append(Part(kind, text, self.glued and bool(self.parts), self.newline))

    def _plain(self, text: str) -> str:
        """The text with its encoded words in place."""
        return _ENCODED.sub(lambda match: self.decoded[int(match[1])], text) if "\x01" in text else text

    def _comment_end(self, start: int) -> int | None:
        """Where the comment that begins here ends (nested ones included), None when nothing closes it."""
        if self.comment_ends is not None:
            return self.comment_ends.get(start)
        stack: list[int] = []
        ends: dict[int, int] = {}
        for mark in _COMMENT_MARK.finditer(self.text, start):
            if mark[0] == "(":
                stack.append(mark.start())
            elif mark[0] == ")":
                ends[stack.pop()] = mark.end()
                if not stack:
                    return mark.end()
        self.comment_ends = ends
        return None

    # ---- entries

    def _address(self, inner: str) -> None:
        """An address in angle brackets ends the run of words before it, which is its name."""
        if self.open is not None:
            self.reading.defects.add(Defect.BAD_SEPARATOR)
            self._shut()
        found, broken = repaired(clusters(self.parts), before_angle=True)
        self._mend(broken)
        alone = standing_alone(found)
        if alone:
            self.reading.defects.add(Defect.BAD_SEPARATOR)
            self._run(found[:alone])
        own = found[alone:]
        self.parts.clear()
        name = self._with_pending(own)
        comments, self.comments = self.comments, []
        inside: list[str] = []
        if "(" in inner:
            inner, inside = _without_comments(inner)
        self.open = self._target(self._plain(inner), name)
        self.open.comments = comments + [self._plain(comment) for comment in inside]

    def _with_pending(self, own: Sequence[Cluster]) -> str:
        """The name of an address; an unquoted comma may have cut it: `Doe, John <j@x.example>` is one person."""
        name = phrase(own)
        if not self.pending:
            return name
        lone_word = not own and self.pending[-1][1]
        if lone_word or (own and own[0].kind is Kind.QUOTED):
            self._settle()
            return name
        keep = len(self.pending) if len(self.pending) <= _JOINED_AT_MOST else 1
        joined = self.pending[-keep:]
        del self.pending[-keep:]
        self._settle()
        return ", ".join([text for text, _ in joined] + [name] * bool(name))

    def _target(self, inner: str, name: str) -> _Open:
        prefix = _PREFIX.match(inner)
        if prefix:
            self.reading.defects.add(Defect.REPAIRED_ADDRESS)
            inner = inner[prefix.end() :]
            if prefix[1]:
                inner = inner.partition("?")[0]
        inner = inner.strip()
        if inner.startswith("@") and ":" in inner:
            inner = inner.rpartition(":")[2].strip()  # a source route (RFC 5322 §4.4)
        if len(inner) > 2 and inner[0] in "\"'[" and inner[-1] in "\"']" and "@" in inner:
            inner = inner[1:-1].strip()
            self.reading.defects.add(Defect.REPAIRED_ADDRESS)
        if "@" not in inner:
            return _Open(_meaning_without_at(inner), inner, name, [])
        whole = inner
        if any(character.isspace() for character in inner) and not inner.lstrip().startswith('"'):
            inner, name = self._unspaced(inner, name)
        found = spelled(inner)
        if found is None and is_directory_name(whole):
            return _Open(Meaning(None, Form.DIRECTORY, whole), whole, name, [])
        if found is None:
            return _Open(None, whole, name, [])
        self._note(found, inner)
        return _Open(found.meaning, inner, name, [])

    def _unspaced(self, inner: str, name: str) -> tuple[str, str]:
        """An address in brackets with white space inside: cut by a fold, or with the name put inside too."""
        closed = _TOUCHING.sub("", inner)
        words = closed.split()
        if len(words) > 1 and len(words) == 2 and "\n" in closed:
            words = ["".join(words)]
        if closed != inner or len(words) == 1:
            self.reading.defects.add(Defect.REPAIRED_ADDRESS)
            self.reading.accounted.append(inner)
        if len(words) == 1:
            return words[0], name
        at = next((index for index, word in enumerate(words) if "@" in word), 0)
        if spelled(words[at]) is None or is_directory_name(inner) or "/" in inner:
            return inner, name
        self.reading.defects.add(Defect.REPAIRED_ADDRESS)
        others = " ".join(words[:at] + words[at + 1 :])
        return words[at], f"{name} {others}" if name else others

    def _end_item(self, *, closes: bool) -> None:
        """A separator: the words so far are an entry, the late name of the last one, or a phrase still waiting.

        `closes` says that what follows cannot belong to a waiting phrase: a semicolon, or the end.
        """
        if self.parts or self.open or self.comments:
            found, broken = repaired(clusters(self.parts), before_angle=False)
            self._mend(broken)
            self.parts.clear()
            if self.open is not None and found and not any(cluster.is_address for cluster in found):
                found = self._late_name(found, closes=closes)
            if self.open is not None:
                self._shut()
                if found:
                    self.reading.defects.add(Defect.BAD_SEPARATOR)
            self._run(found)
        if closes:
            self._settle()

    def _late_name(self, found: list[Cluster], *, closes: bool) -> list[Cluster]:
        """Words behind a bracket, `<a@x.example> Anna`: the name if there is none, else what nobody can place."""
        opened = self.open
        if opened is None or (opened.name and not closes):
            return found
        if opened.name:
            self.reading.rest.append(phrase(found))
        else:
            opened.name = phrase(found)
        return []

    def _shut(self) -> None:
        """The entry in brackets is complete."""
        opened, self.open = self.open, None
        if opened is not None:
            name = opened.name or " ".join(opened.comments)
            self._emit(opened.meaning, opened.written, name)
            self._disclose_all(opened.comments if opened.name else (), opened.meaning)

    def _run(self, found: Sequence[Cluster]) -> None:
        """Words without brackets: entries, the last of which may wait for its address."""
        comments, self.comments = self.comments, []
        first = True
        for entry in entries(found):
            if not first:
                self.reading.defects.add(Defect.BAD_SEPARATOR)
            first = False
            words = phrase(entry.words)
            if entry.address is None:
                self._phrase(entry.words, words)
                continue
            name = words
            if entry.words and self.pending:
                name = self._with_pending(entry.words)
            self._settle()
            said = " ".join(comments)
            self._bare(entry.address, name or said)
            self._disclose_all(comments if name else (), None)
            comments = []
        self._disclose_all(comments, None)

    def _bare(self, address: Cluster, name: str) -> None:
        found = spelled(address.spec)
        if found is None:
            self._emit(None, address.spec, name)
            return
        self._note(found, address.spec)
        meaning = found.meaning
        if meaning.form is Form.DIRECTORY and "/" in address.spec and name:  # Jo Doe/Sales/Corp@Corp
            whole = f"{name} {meaning.text}"
            meaning = meaning._replace(text=whole)
            name = f"{name} {address.spec.partition('/')[0]}"
        self._emit(meaning, address.spec, name)

    def _phrase(self, words: Sequence[Cluster], text: str) -> None:
        """Words without an address: they wait, unless an address is hidden in their quotes or encoded words."""
        if "@" not in text:
            lone = len(words) == 1 and words[0].kind is Kind.PLAIN
            self.pending.append((text, lone))
            if len(words) == 1 and words[0].kind is Kind.QUOTED:
                self._settle()
            return
        self._settle()
        if self.nested:
            self._emit(None, text, "")
            return
        self.reading.defects.add(Defect.REPAIRED_ADDRESS)
        inner = _Scanner(text, (), self.field, self.reading, nested=True)
        inner.group, inner.in_group = self.group, self.in_group
        inner.run()

    def _settle(self) -> None:
        """The waiting phrases get no address any more."""
        waiting, self.pending = self.pending, []
        if len(waiting) > 1 and self.semicolons and not self.in_group and len(waiting) <= _JOINED_AT_MOST:
            waiting = [(", ".join(text for text, _ in waiting), False)]  # Doe, John; Roe, Jane
        for text, lone in waiting:
            meaning = _meaning_without_at(text) if lone or is_directory_name(text) else None
            if is_undisclosed(text):
                continue
            if not any(character.isalnum() for character in text):
                self.reading.rest.append(text)
                continue
            self._emit(meaning or Meaning(None, Form.NAME, text), text, "" if lone or meaning else text)

    # ---- results

    def _emit(self, meaning: Meaning | None, written: str, name: str) -> None:
        reading = self.reading
        if meaning is None:
            self._salvage(written, name)
            return
        if meaning.invented:
            reading.rest += [meaning.text] * bool(meaning.text)
            return
        shown = shown_name(name, meaning.address)
        if meaning.address is not None:
            reading.recipients.append(Recipient(meaning.address, shown, self.field, group=self.group))
        elif meaning.form is not Form.NAME or shown or meaning.text:
            reading.defects.add(Defect.NAME_WITHOUT_ADDRESS if meaning.form is Form.NAME else Defect.UNRESOLVED_ADDRESS)
            text = " ".join((meaning.text or shown).split())
            reading.recipients.append(Recipient(None, shown, self.field, meaning.form, group=self.group, text=text))
        self._disclose(shown, meaning)

    def _salvage(self, written: str, name: str) -> None:
        """No single address: every address that can be made out is taken, and the whole text is kept as unread."""
        read, _ = salvaged(written)
        self.reading.rest.append(" ".join(f"{name} {written}".split()))
        for bare, meaning in read:
            self._note(Spelled(meaning, repaired=True), bare)
            self._emit(meaning, bare, name if len(read) == 1 else "")

    def _disclose_all(self, texts: Sequence[str], owner: Meaning | None) -> None:
        for text in texts:
            self._disclose(text, owner)

    def _disclose(self, text: str, owner: Meaning | None) -> None:
        """Addresses inside a name or comment: shown to everybody, though nothing was sent to them."""
        if "@" not in text:
            return
        own = owner.address.canonical if owner and owner.address else None
        read, unread = salvaged(text)
        for bare, meaning in read:
            if meaning.address is None:
                unread.append(bare)
                continue
            self.reading.accounted.append(bare)
            if meaning.address.canonical != own:
                self.reading.recipients.append(
                    Recipient(meaning.address, "", self.field, origin=Origin.NAME, group=self.group)
                )
        self.reading.rest += [word for word in unread if word.casefold() != own]

    def _note(self, found: Spelled, written: str) -> None:
        self.reading.accounted.append(written)
        if found.repaired:
            self.reading.defects.add(Defect.REPAIRED_ADDRESS)

    def _mend(self, broken: Sequence[str]) -> None:
        if broken:
            self.reading.accounted.extend(broken)
            self.reading.defects.add(Defect.REPAIRED_ADDRESS)


_BOUNDARIES = frozenset({"space", "separator", "angle", "colon", "open", "stray"})
_HANDLERS = {
    "space": _Scanner._space,
    "word": _Scanner._word,
    "encoded": _Scanner._encoded,
    "quoted": _Scanner._quoted,
    "separator": _Scanner._separator,
    "angle": _Scanner._angle,
    "bracket": _Scanner._bracket,
    "colon": _Scanner._colon,
    "pair": _Scanner._pair,
    "open": _Scanner._opening,
    "stray": _Scanner._stray,
}


def _meaning_without_at(text: str) -> Meaning:
    """What stands where an address should, without an @: a directory name, an alias, or nothing."""
    text = " ".join(text.split())
    if not text or is_undisclosed(text.rstrip(":;")):
        return Meaning(None, Form.NAME, "", invented=bool(text))
    if is_directory_name(text):
        return Meaning(None, Form.DIRECTORY, text)
    if " " in text:
        return Meaning(None, Form.NAME, text)
    return Meaning(None, Form.LOCAL, text)


def _without_comments(text: str) -> tuple[str, list[str]]:
    """The text without its comments (RFC 5322 §3.2.2), and what the comments say; an open one is plain text."""
    kept: list[str] = []
    comments: list[str] = []
    depth = 0
    done = begin = 0
    for mark in _COMMENT_MARK.finditer(text):
        if mark[0] == "(":
            if depth == 0:
                begin = mark.start()
            depth += 1
        elif mark[0] == ")" and depth:
            depth -= 1
            if depth == 0:
                kept.append(text[done:begin])
                comments.append(text[begin + 1 : mark.start()])
                done = mark.end()
    kept.append(text[done:])
    return "".join(kept), comments


def _at_signs(text: str) -> int:
    """How many @ stand outside quotes and comments."""
    if "(" in text:
        text, _ = _without_comments(text)
    if '"' in text:
        text = "".join(text.split('"')[::2])
    return text.count("@")
