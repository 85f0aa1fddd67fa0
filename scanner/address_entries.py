"""The entries of an address field as their words come in: who is named, with what name, and what stays unread."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from scanner.address import Field, Form, Origin, Recipient
from scanner.address_words import (
    Bracketed,
    Cluster,
    Kind,
    Part,
    clusters,
    entries,
    in_brackets,
    phrase,
    repaired,
    salvaged,
    spelled,
    standing_alone,
    without_at,
)
from scanner.defect import Defect
from scanner.ordinary_address import shown_name, with_comment
from scanner.ordinary_list import plain_address
from scanner.special_address import Meaning, is_directory_name, is_undisclosed

_COMMENT_MARK = re.compile(r"\\.|[()]", re.DOTALL)
_DISCLOSED_AT_MOST = 5_000  # addresses in one name or comment; a text with more is kept whole as unread
_JOINED_AT_MOST = 3  # "Doe, John, MD <j@x>": more phrases in a row are people without addresses, not one name


@dataclass(slots=True)
class Reading:
    """What the scanner found.

    `accounted` holds addresses as written where the recipient shows them otherwise; `unread` the text beyond a limit.
    """

    recipients: list[Recipient] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    defects: set[Defect] = field(default_factory=set)
    accounted: list[str] = field(default_factory=list)
    unread: str = ""
    tokens: int = 0


@dataclass(slots=True)
class _Bracketed:
    """An address in angle brackets whose comments and late name may still follow."""

    meaning: Meaning | None
    written: str
    name: str
    comments: list[str]


class _Waiting(NamedTuple):
    """A phrase whose address may still come; `lone` if it is one plain word, as an alias is."""

    text: str
    comment: str
    lone: bool


class Entries:
    """The state between two words. `parts` are words not yet given to an entry; `pending` phrases without address."""

    def __init__(self, destination: Field, reading: Reading, read_nested: Callable[[str, Entries], None]) -> None:
        self.field = destination
        self.reading = reading
        self.read_nested: Callable[[str, Entries], None] | None = read_nested
        self.semicolons = False  # whether the text holds any
        self.group = ""
        self.in_group = False
        self.parts: list[Part] = []
        self.pending: list[_Waiting] = []
        self.comments: list[str] = []
        self.last: _Bracketed | None = None

    # ---- what comes in

    def add(self, kind: Kind, text: str, *, glued: bool, newline: bool) -> None:
        """One more word. After `a@x.example (Joe)`, a further address or line begins another entry."""
        if self.comments and self.parts and not glued and kind is Kind.PLAIN and (newline or "@" in text[1:]):
            before = self.parts[-1]
            if before.kind is Kind.PLAIN and "@" in before.text[1:-1]:
                self.reading.defects.add(Defect.BAD_SEPARATOR)
                self.end_item(closes=False)
        if kind is Kind.QUOTED or text.strip():
            self.parts.append(Part(kind, text, glued and bool(self.parts), newline))

    def comment(self, text: str) -> None:
        """A comment belongs to the entry that it stands in or follows."""
        target = self.comments if self.last is None or self.parts else self.last.comments
        target.append(text)

    def semicolon(self) -> None:
        """A semicolon ends a group (RFC 5322 §3.4), or stands where a comma should."""
        if not self.in_group:
            self.reading.defects.add(Defect.BAD_SEPARATOR)
        self.leave_group()

    def leave_group(self) -> None:
        """What follows is in no group."""
        self.in_group = False
        self.group = ""

    def enter_group(self) -> None:
        """A colon: the words before it name a group, unless an address is among them."""
        if self.last or any(part.kind is Kind.PLAIN and "@" in part.text for part in self.parts):
            self.reading.defects.add(Defect.BAD_SEPARATOR)
            self.end_item(closes=True)
            return
        self._settle()
        comments, self.comments = self.comments, []
        name = shown_name(with_comment(phrase(clusters(self.parts)), " ".join(comments)), None)
        self.parts.clear()
        self._disclose(name, None)
        if name:
            self.group = name
            self.in_group = True

    def bracketed(self, inner: str, comments: Sequence[str]) -> None:
        """An address in angle brackets: the words before it are its name."""
        if self.last is not None:
            self.reading.defects.add(Defect.BAD_SEPARATOR)
            self._shut()
        found = self._joined(before_angle=True)
        alone = standing_alone(found)
        if alone:
            self.reading.defects.add(Defect.BAD_SEPARATOR)
            self._run(found[:alone])
        name = self._with_pending(found[alone:])
        plain = plain_address(inner)
        target = Bracketed(Meaning(plain), inner, accounted=(inner,)) if plain else in_brackets(inner)
        if target.extra_name:
            name = f"{name} {target.extra_name}".strip()
        self._note(target.accounted, mended=target.repaired)
        self.last = _Bracketed(target.meaning, target.written, name, [*self.comments, *comments])
        self.comments = []

    def end_run(self) -> None:
        """Something that separates words, though no separator: they cannot be one address."""
        if self.last is None:
            self.end_item(closes=False)

    def end_item(self, *, closes: bool) -> None:
        """A separator: the words so far are an entry, the late name of the last one, or a phrase still waiting.

        `closes` says that what follows cannot belong to a waiting phrase: a semicolon, or the end.
        """
        if self.parts or self.last or self.comments:
            found = self._joined(before_angle=False)
            if self.last is not None and found and not any(cluster.is_address for cluster in found):
                found = self._late_name(self.last, found, closes=closes)
            if self.last is not None:
                self._shut()
                if found:
                    self.reading.defects.add(Defect.BAD_SEPARATOR)
            self._run(found)
        if closes:
            self._settle()

    # ---- words to entries

    def _joined(self, *, before_angle: bool) -> list[Cluster]:
        found, broken = repaired(clusters(self.parts), before_angle=before_angle)
        self.parts.clear()
        self._note(broken, mended=bool(broken))
        return found

    def _with_pending(self, own: Sequence[Cluster]) -> str:
        """The name of an address; an unquoted comma may have cut it: `Doe, John <j@x.example>` is one person."""
        name = phrase(own)
        if not self.pending:
            return name
        lone_word = not own and self.pending[-1].lone
        if lone_word or (own and own[0].kind is Kind.QUOTED):
            self._settle()
            return name
        keep = len(self.pending) if len(self.pending) <= _JOINED_AT_MOST else 1
        joined = self.pending[-keep:]
        del self.pending[-keep:]
        self._settle()
        return ", ".join([with_comment(waiting.text, waiting.comment) for waiting in joined] + [name] * bool(name))

    def _late_name(self, last: _Bracketed, found: list[Cluster], *, closes: bool) -> list[Cluster]:
        """Words behind a bracket, `<a@x.example> Anna`: the name if there is none, else what nobody can place."""
        if not last.name:
            last.name = phrase(found)
            return []
        if closes:
            self.reading.rest.append(phrase(found))
            return []
        return found

    def _shut(self) -> None:
        """The entry in brackets is complete."""
        last, self.last = self.last, None
        if last is not None:
            self._emit(last.meaning, last.written, with_comment(last.name, " ".join(last.comments)))

    def _run(self, found: Sequence[Cluster]) -> None:
        """Words without brackets: entries, the last of which may wait for its address."""
        comment, self.comments = " ".join(self.comments), []
        for number, entry in enumerate(entries(found)):
            if number:
                self.reading.defects.add(Defect.BAD_SEPARATOR)
            if entry.address is None:
                self._phrase(entry.words, comment)
            else:
                name = self._with_pending(entry.words) if entry.words else ""
                self._settle()
                self._bare(entry.address, with_comment(name, comment))
            comment = ""
        self._disclose(comment, None)

    def _bare(self, address: Cluster, name: str) -> None:
        plain = plain_address(address.spec)
        if plain is not None:
            self.reading.accounted.append(address.spec)
            self._emit(Meaning(plain), address.spec, name)
            return
        found = spelled(address.spec)
        if found is None:
            self._emit(None, address.spec, name)
            return
        self._note([address.spec], mended=found.repaired)
        meaning = found.meaning
        if meaning.form is Form.DIRECTORY and "/" in address.spec and name:  # Jo Doe/Sales/Corp@Corp
            meaning = meaning._replace(text=f"{name} {meaning.text}")
            name = f"{name} {address.spec.partition('/')[0]}"
        self._emit(meaning, address.spec, name)

    def _phrase(self, words: Sequence[Cluster], comment: str) -> None:
        """Words without an address: they wait, unless an address is hidden in their quotes or encoded words."""
        text = phrase(words)
        if not text.strip():
            self._disclose(comment, None)
            return
        if "@" not in text:
            self.pending.append(_Waiting(text, comment, lone=len(words) == 1 and words[0].kind is Kind.PLAIN))
            if len(words) == 1 and words[0].kind is Kind.QUOTED:
                self._settle()
            return
        self._settle()
        self._disclose(comment, None)
        if self.read_nested is None:
            self._emit(None, text, "")
            return
        self.reading.defects.add(Defect.REPAIRED_ADDRESS)
        inner = Entries(self.field, self.reading, self.read_nested)
        inner.read_nested = None
        inner.group, inner.in_group = self.group, self.in_group
        self.read_nested(text, inner)

    def _settle(self) -> None:
        """The waiting phrases get no address any more."""
        waiting, self.pending = self.pending, []
        if 1 < len(waiting) <= _JOINED_AT_MOST and self.semicolons and not self.in_group:
            whole = ", ".join(with_comment(one.text, one.comment) for one in waiting)
            waiting = [_Waiting(whole, "", lone=False)]  # Doe, John; Roe, Jane
        for text, comment, lone in waiting:
            if is_undisclosed(text):
                self._disclose(comment, None)
            elif not any(character.isalnum() for character in text):
                self.reading.rest.append(with_comment(text, comment))
            elif lone or is_directory_name(text):
                self._emit(without_at(text), text, comment)
            else:
                self._emit(Meaning(None, Form.NAME, text), text, with_comment(text, comment))

    # ---- entries to results

    def _emit(self, meaning: Meaning | None, written: str, name: str) -> None:
        reading = self.reading
        if meaning is None:
            self._salvage(written, name)
            return
        if meaning.invented:
            reading.rest += [meaning.text] * bool(meaning.text)
            self._disclose(name, None)
            return
        shown = shown_name(name, meaning.address)
        if meaning.address is not None:
            reading.recipients.append(Recipient(meaning.address, shown, self.field, group=self.group))
        elif shown or meaning.text:
            nameless = meaning.form is not Form.NAME
            reading.defects.add(Defect.UNRESOLVED_ADDRESS if nameless else Defect.NAME_WITHOUT_ADDRESS)
            text = " ".join((meaning.text or shown).split())
            reading.recipients.append(Recipient(None, shown, self.field, meaning.form, group=self.group, text=text))
        self._disclose(shown, meaning)

    def _salvage(self, written: str, name: str) -> None:
        """No single address: every address that can be made out is taken, and the whole text is kept as unread."""
        read, _ = salvaged(written, _DISCLOSED_AT_MOST)
        self.reading.rest.append(" ".join(f"{name} {written}".split()))
        for bare, meaning in read:
            self._note([bare], mended=True)
            self._emit(meaning, bare, name if len(read) == 1 else "")

    def _disclose(self, text: str, owner: Meaning | None) -> None:
        """Addresses inside a name or comment: shown to everybody, though nothing was sent to them."""
        if "@" not in text:
            return
        own = owner.address.canonical if owner and owner.address else None
        read, unread = salvaged(text, _DISCLOSED_AT_MOST)
        self.reading.tokens += 2 * len(read)
        if text.count("@") > _DISCLOSED_AT_MOST:
            self.reading.defects.add(Defect.LIMIT_REACHED)
            unread = [text]
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

    def _note(self, accounted: Sequence[str], *, mended: bool) -> None:
        self.reading.accounted.extend(accounted)
        if mended:
            self.reading.defects.add(Defect.REPAIRED_ADDRESS)


def without_comments(text: str) -> tuple[str, list[str]]:
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
