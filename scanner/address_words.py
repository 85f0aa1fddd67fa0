"""The words of one entry of an address field put together: which of them are an address, and which are a name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from scanner.special_address import Meaning, meaning_of

_SPEC = re.compile(r'((?:"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s"@\[\]<>]++)++)@(\[[^\[\]]*+\]|[^\s"@\[\]<>]++)\Z', re.DOTALL)
_WORD = re.compile(r'[^\s"<>()\[\]\\,;:|]++')
_TAIL = re.compile(r"[\w.-]++\Z")
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
        return True
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
    if cluster.glued or cluster.kind is not Kind.PLAIN:
        return False
    if follower is None and before_angle:
        return False
    if len(before.spec) > 320:  # longer than any address (RFC 5321 §4.5.3.1): joining on and on would be quadratic
        return False
    local_part, at, domain = before.spec.rpartition("@")
    if not at:
        return (
            cluster.spec[0] == "@"
            and not before_angle
            and cluster.spec.count("@") == 1
            and before.kind is not Kind.ENCODED
        )
    if not local_part or before.kind is not Kind.PLAIN or not _TAIL.match(cluster.spec):
        return False
    if not domain:
        return True
    if follower is not None and not (follower.is_address or follower.newline or follower.spec[0] == "."):
        return False
    if domain[-1] in ".-" or cluster.spec[0] == ".":
        return True
    return cluster.newline and "." not in domain and "." in cluster.spec


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
    """Words as a name is shown: a space between them where one was written."""
    shown: list[str] = []
    for cluster in found:
        if shown and not cluster.glued:
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


def salvaged(text: str) -> tuple[list[tuple[str, Meaning]], list[str]]:
    """The addresses with a dot in the domain that stand anywhere in a text, and the words with an @ that are none."""
    read: list[tuple[str, Meaning]] = []
    unread: list[str] = []
    for word in _WORD.findall(text):
        if "@" not in word:
            continue
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
