"""The words of one entry of an address field put together: which of them are an address, and which are a name."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from scanner.address import Form
from scanner.special_address import Meaning, is_directory_name, is_undisclosed, meaning_of

_SPEC = re.compile(
    r'((?>(?:"[^"\\]*+(?>(?:\\.[^"\\]*+)*)"|[^\s"@\[\]<>(),;:\\]++)+))@(\[[^\[\]]*+\]|[^\s"@\[\]<>]++)\Z', re.DOTALL
)
_WORD = re.compile(r'[^\s"<>()\[\]\\,;:|]++')
_TAIL = re.compile(r"[\w.-]++\Z")
_TOUCHING = re.compile(r"(\s++)(?=[.@])|(?<=[.@])\s++")
_PREFIX = re.compile(r"\s*+(?:smtp|(mailto)|e-?mail|internet|rfc822|inet)\s*+:\s*+", re.IGNORECASE)
_LONGEST_ADDRESS = 320  # RFC 5321 §4.5.3.1
_WRAPPING = "'`*!?=|/.,"


class Kind(Enum):
    """How a word was written."""

    PLAIN = "plain"
    QUOTED = "quoted"
    ENCODED = "encoded"
    LITERAL = "literal"  # [192.0.2.1] after an @


class Part(NamedTuple):
    """One word: what it says, and whether white space, and a line break, came before it."""

    kind: Kind
    text: str
    glued: bool
    newline: bool


class Cluster(NamedTuple):
    """Words that make one: `spec` as an address would be written, `text` as a name would be shown."""

    spec: str
    text: str
    kind: Kind
    glued: bool
    newline: bool

    @property
    def is_address(self) -> bool:
        """Whether an @ stands in it outside quotes and encoded words."""
        return self.kind is Kind.PLAIN and "@" in self.spec


def clusters(parts: Sequence[Part]) -> list[Cluster]:
    """Neighbouring words that only together are an address made one: `"a b"@x.example`, `a@[192.0.2.1]`."""
    made: list[Cluster] = []
    spec: list[str] = []  # of the last cluster, joined when it is complete: joining each time would be quadratic
    for part in parts:
        written = (
            '"' + part.text.replace("\\", "\\\\").replace('"', '\\"') + '"' if part.kind is Kind.QUOTED else part.text
        )
        if made and part.glued and _belongs(spec[-1], made[-1].kind, part):
            spec.append(written)
            if part.kind is Kind.PLAIN:
                made[-1] = made[-1]._replace(kind=Kind.PLAIN)
            continue
        if made and len(spec) > 1:
            made[-1] = _complete(made[-1], spec)
        spec = [written]
        made.append(Cluster(written, part.text, part.kind, part.glued, part.newline))
    if made and len(spec) > 1:
        made[-1] = _complete(made[-1], spec)
    return made


def _complete(cluster: Cluster, spec: list[str]) -> Cluster:
    whole = "".join(spec)
    return cluster._replace(spec=whole, text=whole)


def _belongs(before: str, kind: Kind, part: Part) -> bool:
    if part.kind is Kind.LITERAL:
        return True
    if part.kind is Kind.PLAIN and part.text[0] in "@.":
        return kind is not Kind.ENCODED or "@" not in before
    return kind is Kind.PLAIN and before[-1] in ".@" and "@" not in part.text


def repaired(found: Sequence[Cluster], *, before_angle: bool) -> tuple[list[Cluster], list[str]]:
    """Addresses that white space or a fold cut in two, put together; and the texts as they were before.

    Only where nothing else makes sense: around `@`, after a dot or hyphen that ends a domain, or after a domain
    without a dot at the end of a line (RFC 5322 §4.4 allows space around dots; folding inside is a sender's error).
    """
    made: list[Cluster] = []
    broken: list[str] = []
    for index, cluster in enumerate(found):
        follower = found[index + 1] if index + 1 < len(found) else None
        if made and _continues(made[-1], cluster, follower, before_angle=before_angle):
            previous = made[-1]
            broken += [previous.spec, cluster.spec]
            whole = previous.spec + cluster.spec
            made[-1] = Cluster(whole, whole, Kind.PLAIN, previous.glued, previous.newline)
        else:
            made.append(cluster)
    return made, broken


def _continues(before: Cluster, cluster: Cluster, follower: Cluster | None, *, before_angle: bool) -> bool:
    if cluster.glued or cluster.kind is not Kind.PLAIN or (follower is None and before_angle):
        return False
    if len(before.spec) > _LONGEST_ADDRESS:  # joining on and on would be quadratic
        return False
    local_part, at, domain = before.spec.rpartition("@")
    if not at:
        starts = cluster.spec[0] == "@" and cluster.spec.count("@") == 1
        return starts and not before_angle and before.kind is not Kind.ENCODED
    if not local_part or before.kind is not Kind.PLAIN or not _TAIL.match(cluster.spec):
        return False
    return not domain or _completes(domain, cluster, follower)


def _completes(domain: str, tail: Cluster, follower: Cluster | None) -> bool:
    """Whether the word is the rest of a domain that was cut."""
    if not tail.spec.strip("."):
        return True
    if follower is not None and not (follower.is_address or follower.newline or follower.spec[0] == "."):
        return False
    if domain[-1] in ".-" or tail.spec[0] == ".":
        return True
    return tail.newline and "." not in domain and "." in tail.spec


class Entry(NamedTuple):
    """An address without angle brackets and the words around it; or words alone."""

    address: Cluster | None
    words: tuple[Cluster, ...]


def entries(found: Sequence[Cluster]) -> Iterator[Entry]:
    """A run without brackets, cut where a separator is missing: before each further address, and at line ends."""
    address: Cluster | None = None
    words: list[Cluster] = []
    later: list[Cluster] = []  # words behind the address: its name, or that of the next one
    for cluster in found:
        if cluster.is_address:
            if address is not None:
                yield Entry(address, tuple(words))
                words, later = later, []
            address = cluster
        elif address is None:
            words.append(cluster)
        elif cluster.newline:
            yield Entry(address, (*words, *later))
            address, words, later = None, [cluster], []
        else:
            later.append(cluster)
    if address is not None or words:
        yield Entry(address, (*words, *later))


def standing_alone(found: Sequence[Cluster]) -> int:
    """How many words in front of an angle bracket are entries of their own, for want of a separator, not its name."""
    for index in range(len(found) - 2, -1, -1):
        if found[index].is_address and (found[index + 1].is_address or found[index + 1].newline):
            return index + 1
    return 0


def phrase(found: Sequence[Cluster]) -> str:
    """Words as a name is shown: a space between them where one was written, and beside an address."""
    shown: list[str] = []
    for cluster in found:
        if shown and (not cluster.glued or "@" in cluster.text or "@" in shown[-1]):
            shown.append(" ")
        shown.append(cluster.text)
    return "".join(shown)


class Spelled(NamedTuple):
    """What an address as written means; `repaired` when foreign marks had to be taken off."""

    meaning: Meaning
    repaired: bool


def spelled(spec: str) -> Spelled | None:
    """What `spec` means as one address (RFC 5322 §3.4.1); None when it is none."""
    stripped = spec
    if len(spec) > 1 and spec[0] == "'" and spec[-1] == "'":
        stripped = spec[1:-1]
    stripped = stripped.rstrip("'*!`|=?/")
    match = _SPEC.match(stripped)
    meaning = meaning_of(match[1], match[2]) if match else None
    return Spelled(meaning, stripped != spec) if meaning else None


class Bracketed(NamedTuple):
    """What stands in angle brackets. `meaning` is None when it is no single address.

    `extra_name` are words that are no part of the address; `accounted` the text where `written` differs from it.
    """

    meaning: Meaning | None
    written: str
    extra_name: str = ""
    repaired: bool = False
    accounted: tuple[str, ...] = ()


def in_brackets(inner: str) -> Bracketed:
    """The address in a pair of angle brackets (RFC 5322 §3.4 angle-addr, §4.4 obs-route), whatever else is there."""
    whole = " ".join(inner.split())
    inner, mended = _unwrapped(inner)
    if "@" not in inner:
        return Bracketed(without_at(inner), inner)
    extra = ""
    if not inner.startswith('"') and len(inner.split()) > 1:
        inner, extra, closed = _unspaced(inner)
        mended = mended or closed
    found = spelled(inner)
    if found is None:
        directory = Meaning(None, Form.DIRECTORY, whole) if is_directory_name(whole) else None
        return Bracketed(directory, whole)
    return Bracketed(found.meaning, inner, extra, mended or found.repaired, (whole, inner))


def _unwrapped(inner: str) -> tuple[str, bool]:
    """Without a prefix, a source route, and marks around it; and whether anything but a route was there."""
    mended = False
    prefix = _PREFIX.match(inner)
    if prefix:
        mended = True
        inner = inner[prefix.end() :]
        if prefix[1]:
            inner = inner.partition("?")[0]  # RFC 6068: header fields follow
    inner = inner.strip()
    if inner.startswith("@") and ":" in inner:
        inner = inner.rpartition(":")[2].strip()
    if len(inner) > 2 and inner[0] + inner[-1] in ('""', "''", "[]") and "@" in inner:
        inner = inner[1:-1].strip()
        mended = True
    return inner, mended


def _unspaced(inner: str) -> tuple[str, str, bool]:
    """An address with white space inside: cut by a fold, or with a name beside it. Address, name, whether repaired."""
    closed = _TOUCHING.sub("", inner)
    words = closed.split()
    if len(words) == 2 and ("\n" in closed or "\r" in closed):
        words = ["".join(words)]
    if len(words) == 1:
        return words[0], "", True
    at = next((index for index, word in enumerate(words) if "@" in word), 0)
    if "/" in inner or spelled(words[at]) is None:
        return inner, "", False
    return words[at], " ".join(words[:at] + words[at + 1 :]), True


def without_at(text: str) -> Meaning | None:
    """What stands where an address should, without an @: a directory name, an alias, words, nothing; None for a URL."""
    text = " ".join(text.split())
    if "://" in text:
        return None
    if not text or is_undisclosed(text.rstrip(":;")):
        return Meaning(None, Form.NAME, "", invented=bool(text))
    if is_directory_name(text):
        return Meaning(None, Form.DIRECTORY, text)
    return Meaning(None, Form.NAME if " " in text else Form.LOCAL, text)


def salvaged(text: str, at_most: int = sys.maxsize) -> tuple[list[tuple[str, Meaning]], list[str]]:
    """The addresses with a dot in the domain that stand anywhere in a text, and the words with an @ that are none."""
    read: list[tuple[str, Meaning]] = []
    unread: list[str] = []
    for word in _WORD.findall(text):
        if "@" not in word:
            continue
        if len(read) + len(unread) >= at_most:
            break
        for piece in [word] if word.count("@") == 1 else word.split("/"):
            bare = piece.strip(_WRAPPING)
            local_part, _, domain = bare.partition("@")
            meaning = meaning_of(local_part, domain) if "." in domain and "@" not in domain else None
            if meaning is not None:
                read.append((bare, meaning))
            elif has_pair(piece):
                unread.append(piece)
    return read, unread


def has_pair(text: str) -> bool:
    """Whether something stands on both sides of an @."""
    sides = text.split("@")
    return any(left and right for left, right in pairwise(sides))
