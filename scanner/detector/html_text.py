"""The text of an HTML message, line for line as a reader sees it, in linear time whatever is given.

The standard library's parser needs quadratic time for tags and comments that are never closed, in some of the releases
of Python that we run on.
"""

from __future__ import annotations

import html
import re
from typing import Final
from urllib.parse import unquote

# fmt: off
_BREAKING: Final = frozenset((
    "address", "article", "aside", "blockquote", "body", "br", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "nav", "ol",
    "option", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul",
))
# fmt: on
_PARTING: Final = frozenset(("td", "th"))
_UNREAD: Final = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("script", "style", "head", "title")}
_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]{0,20}+)")
_MAIL_LINK = re.compile(r"""\bhref\s*+=\s*+["']?\s*+mailto:([^"'?>\s]{3,320}+)""", re.IGNORECASE)
_ASSIGNED = re.compile(r"=\s*+\Z")
_ENDS = re.compile("[>\"']")
_SPACE = re.compile(r"[^\S\u00a0]++")
# The number of a character reference that is no character; so long a one would also be refused by `int`.
_NO_CHARACTER = re.compile(r"&#(?:\d{8,}+|[xX][0-9a-fA-F]{7,}+);?")


def html_text(source: str) -> str:
    """The text of `source`: blocks, rows and `<br>` begin lines, cells are parted by a tab, references are resolved.

    No line is empty. A link to an address (`mailto:`) whose text does not hold one is followed by it in angle brackets.
    What is styled to be hidden is read too: a quotation that is folded away is a quotation. Comments, styles, scripts
    and the head are left out. Never raises.
    """
    return _Reader(source).text()


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source
        self._pieces: list[str] = []
        self._linked: tuple[str, int] | None = None  # the address of the open link, and where its text begins
        self._missing: set[str] = set()  # quotes of which there is no further one

    def text(self) -> str:
        source, size, position = self._source, len(self._source), 0
        while position < size:
            opening = source.find("<", position)
            if opening < 0:
                break
            self._say(source[position:opening])
            position = self._markup(opening)
        self._say(source[position:])
        lines = (line.strip(" \t") for line in "".join(self._pieces).split("\n"))
        return "\n".join(line for line in lines if line)

    def _say(self, written: str) -> None:
        if written:
            said = html.unescape(_NO_CHARACTER.sub("\ufffd", _SPACE.sub(" ", written)))
            self._pieces.append(said.replace("\u00a0", " "))

    def _markup(self, opening: int) -> int:
        """Reads what begins with a `<`; gives where it ends."""
        source = self._source
        if source.startswith("<!--", opening):
            end = source.find("-->", opening + 4)
            return len(source) if end < 0 else end + 3
        name = _NAME.match(source, opening + 1)
        if name is None and source[opening + 1 : opening + 2] not in ("!", "?"):
            self._pieces.append("<")
            return opening + 1
        end = self._end_of_tag(opening)
        if end < 0:
            self._say(source[opening:])
            return len(source)
        if name:
            return self._tag(name[0].lower(), opening, end)
        return end

    def _tag(self, name: str, opening: int, end: int) -> int:
        bare = name.removeprefix("/")
        if bare in _BREAKING:
            self._pieces.append("\n")
        elif bare in _PARTING:
            self._pieces.append("\t")
        elif bare == "a":
            self._close_link()
            if name == "a":
                self._open_link(opening, end)
        elif name in _UNREAD:
            close = _UNREAD[name].search(self._source, end)
            return close.start() if close else len(self._source)
        return end

    def _open_link(self, opening: int, end: int) -> None:
        link = _MAIL_LINK.search(self._source, opening, end)
        if link:
            address = unquote(html.unescape(_NO_CHARACTER.sub("", link[1])))
            if address.count("@") == 1 and not re.search(r"[\s<>,;]", address):
                self._linked = address, len(self._pieces)

    def _close_link(self) -> None:
        if self._linked:
            address, begin = self._linked
            self._linked = None
            shown = "".join(self._pieces[begin:])
            if shown.strip() and "@" not in shown:
                self._pieces.append(f" <{address}>")

    def _end_of_tag(self, opening: int) -> int:
        """Behind the `>` that ends a tag, which values in quotes may hold too; -1 without one."""
        source = self._source
        position = opening + 1
        while True:
            found = _ENDS.search(source, position)
            if found is None:
                return -1
            position = found.end()
            quote = found[0]
            if quote == ">":
                return position
            if quote not in self._missing and _ASSIGNED.search(source, max(opening, found.start() - 4), found.start()):
                closing = source.find(quote, position)
                if closing < 0:
                    self._missing.add(quote)
                else:
                    position = closing + 1
