"""How far a folder of a Graph mailbox was read, as text: the place in the first pass, or the link for what is new.

A first pass remembers the time of the last message and which messages of that second it gave, so that it goes on from
there whatever became of the service's pages. Afterwards every message that was read is remembered by a short hash of
its immutable id: the service repeats messages, tells changed ones like new ones, and forgets links.

Both say by a hash which folder they are of. Folders are kept by their names, and another folder may come to bear one:
a new folder, or that of a mailbox that was made anew. Its id is another one then, while a folder that is only renamed
keeps its own (Microsoft Graph, "Get immutable identifiers for Outlook resources").
"""

from __future__ import annotations

import hashlib
from binascii import b2a_base64
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from scanner.connectors.graph_link import folder_in
from scanner.connectors.interface import Cursor, CursorLost

WORD = 8
"""Characters of the hash of an id: 48 bits, so that two of a million messages agree with a probability of 1 : 560.

Of a folder it is compared with one other, and its id of 120 characters or more would stand in each cursor.
"""
_FIRST_BEFORE, _FIRST = "graph-first-1", "graph-first-2"
_LATER_BEFORE, _LATER = "graph-later-1", "graph-later-2"
_NONE = "-"
_ANOTHER = "Another folder bears this name now: it is read from its start."
_UNNAMED = "An earlier version began to read it and did not note which folder it was: it is read from its start once."
_URL_SAFE = str.maketrans("+/", "-_")


def word_of(identifier: str) -> str:
    """The short hash of an id."""
    digest = hashlib.blake2b(identifier.encode("utf-8", "replace"), digest_size=6).digest()
    return b2a_base64(digest, newline=False).decode("ascii")


@dataclass(slots=True)
class First:
    """A place in the first pass, ascending by sending time.

    `count` is how many messages were given; `at` the sending time of the last one, "" at the beginning; `ties` are the
    words of those given of that same second; `holes` are seconds that the service cannot list, whose messages are found
    later by their ids. `folder` is the word of the folder's id, "" where an earlier version did not note it.
    """

    count: int = 0
    at: str = ""
    ties: list[str] = field(default_factory=list)
    holes: list[str] = field(default_factory=list)
    folder: str = ""

    def cursor(self) -> Cursor:
        """As text."""
        holes = ",".join(self.holes) or _NONE
        where = f"{_FIRST} {self.folder or _NONE} {self.count} {self.at or _NONE} {holes}"
        return Cursor(f"{where} {''.join(self.ties) or _NONE}")


@dataclass(slots=True)
class Later:
    """Behind the first pass. `link` is the next page or the delta link, "" to ask for a new one.

    `seen` are the words of all messages that were given, `gone` those that left the folder since, and `others` is how
    many items of the folder are no messages. `holes` are the seconds that could not be listed and that stand for one
    message each, among `seen` too, until it is known by its id: each with that id, "" until then. `folder` is as in the
    first pass.
    """

    link: str = ""
    others: int = 0
    gone: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    before: str = ""  # `seen` as text, without what came since the last cursor
    since: list[str] = field(default_factory=list)
    holes: dict[str, str] = field(default_factory=dict)
    folder: str = ""
    _gone: str | None = field(default=None, init=False)  # `gone` as text, until it changes

    def add(self, word: str) -> None:
        """One message more was given."""
        if word not in self.seen:
            self.seen.add(word)
            self.since.append(word)
        self.returned(word)

    def left(self, word: str) -> None:
        """A message that was given left the folder."""
        if word in self.seen and word not in self.gone:
            self.gone.add(word)
            self._gone = None

    def returned(self, word: str) -> None:
        """A message is in the folder, as far as we are told now."""
        if word in self.gone:
            self.gone.remove(word)
            self._gone = None

    def only(self, listed: set[str]) -> None:
        """Of the messages that were given, none but these are in the folder."""
        self.gone, self._gone = self.seen - listed, None

    def stand(self, second: str) -> None:
        """A second stands for one message more, which was given and which no list holds."""
        self.add(word_of(second))
        self.holes[second] = ""

    def stands(self, second: str) -> bool:
        """Whether a second still stands for a message."""
        word = word_of(second)
        return word in self.seen and word not in self.gone

    def name(self, second: str, identifier: str) -> None:
        """The message that a second stood for is known by its id from now on, and was given by that."""
        self.seen.discard(word_of(second))
        self.seen.add(word_of(identifier))
        self.before, self.since = "".join(sorted(self.seen)), []
        self.holes[second] = identifier

    def fell(self, second: str) -> bool:
        """Whether a second stands for nothing any more, since all messages of the folder, or its own, were listed."""
        return word_of(second) in self.gone

    @property
    def standing(self) -> list[str]:
        """The seconds that stand for a message, those first that were tried least of late."""
        return [second for second, identifier in self.holes.items() if not identifier and self.stands(second)]

    @property
    def present(self) -> int:
        """How many of the messages that were given are still in the folder, as far as we were told."""
        return len(self.seen) - len(self.gone)

    def cursor(self) -> Cursor:
        """As text. What was seen is only appended to, and what is gone sorted once, so that this costs one copy."""
        if self._gone is None:
            self._gone = "".join(sorted(self.gone))
        if self.since:
            self.before += "".join(self.since)
            self.since.clear()
        holes = ",".join(f"{second}={quote(named, safe='')}" for second, named in self.holes.items()) or _NONE
        where = f"{_LATER} {self.folder or _NONE} {self.link or _NONE} {self.others} {self._gone or _NONE}"
        return Cursor(f"{where} {holes} {self.before or _NONE}")


def behind(first: First, seen: set[str]) -> Later:
    """The place behind a first pass that gave these."""
    return Later(seen=seen, before="".join(sorted(seen)), folder=first.folder)


def place_in(folder: str, cursor: Cursor | None) -> First | Later:
    """The place that a cursor names in the folder with this id; without a cursor its beginning.

    Raises `CursorLost` where the cursor is of another folder, or none of ours. Those of earlier versions do not say of
    which folder they are. Behind a first pass their link does; where there is none, to ask for a new one lists the ids
    of all messages, so that none is missed. Within a first pass nothing does.
    """
    own = word_of(folder)
    if cursor is None:
        return First(folder=own)
    place = read_cursor(cursor)
    if not place.folder and isinstance(place, First):
        raise CursorLost(_UNNAMED)
    if not place.folder and isinstance(place, Later):
        linked = folder_in(place.link)
        if linked and linked.translate(_URL_SAFE) != folder.translate(_URL_SAFE):
            raise CursorLost(_ANOTHER)
        place.folder, place.link = own, place.link if linked else ""
    if place.folder != own:
        raise CursorLost(_ANOTHER)
    return place


def read_cursor(cursor: Cursor) -> First | Later:
    """The place that a cursor names. Raises `CursorLost` for one that is none of ours."""
    kind, *parts = cursor.split(" ")
    try:
        if kind in (_FIRST_BEFORE, _FIRST):
            folder, count, at, holes, ties = parts if kind == _FIRST else [_NONE, *parts]
            return First(int(count), _text(at), _words(ties), _listed(holes), _text(folder))
        if kind in (_LATER_BEFORE, _LATER):
            *before, seen = parts
            folder, link, others, gone, holes = before if kind == _LATER else [_NONE, *before, _NONE]
            place = Later(_text(link), int(others), set(_words(gone)), set(_words(seen)), _text(seen))
            place.folder = _text(folder)
            for hole in _listed(holes):
                second, _, named = hole.partition("=")
                place.holes[second] = unquote(named)
            return place
    except ValueError:
        pass
    raise CursorLost("The note of how far the folder was read is not ours; it is read again from its start.")


def _words(text: str) -> list[str]:
    return [] if text == _NONE else [text[start : start + WORD] for start in range(0, len(text), WORD)]


def _text(text: str) -> str:
    return "" if text == _NONE else text


def _listed(text: str) -> list[str]:
    return [] if text == _NONE else text.split(",")
