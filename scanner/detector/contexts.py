"""What a text says of everybody whom it was sent to, where that is sensitive: health, children, union and so on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from scanner.detector.context_words import CONTEXT_WORDS, SPARED

_WORD: Final = re.compile(r"[^\W\d_]+")
_MEMORY: Final = 50_000  # words remembered before starting anew
_LONGEST: Final = 60  # letters of a word that is worth remembering
_UMLAUTS: Final = (("a\u0308", "ae"), ("o\u0308", "oe"), ("u\u0308", "ue"))
_STROKES: Final = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})  # nothing decomposes


def contexts_of(text: str, extra: Iterable[tuple[str, str]] = ()) -> tuple[str, ...]:
    """The names of the sensitive contexts that the words of a text belong to, sorted; a subject as a rule.

    `extra` adds (context, word) pairs, written as in `scanner.detector.context_words`; they may name new contexts.
    All languages are asked at once, since nothing says in which one a subject is written. Time is linear in the text.
    """
    words = words_of(text)
    return _lexicon(tuple(extra)).contexts(words) if words else ()


def words_of(text: str) -> list[str]:
    """The words of a text in the form in which they are compared: letters only, without case and accents.

    German umlauts become ae, oe and ue, since both spellings are in use and `Schuler` is no `Schüler`.
    """
    return _WORD.findall(text.casefold() if text.isascii() else _plain(text))


def context_names() -> tuple[str, ...]:
    """The contexts that have words of their own, in the order of the list."""
    return tuple(CONTEXT_WORDS)


class _Term(NamedTuple):
    """A phrase: each word with a mark that says whether it is whole (`=`), a beginning, an end or an inner part."""

    context: str
    words: tuple[tuple[str, str], ...]
    spared: bool

    def fits(self, words: list[str], start: int) -> bool:
        """Whether the words after the first one follow; the first was looked up."""
        here = words[start + 1 : start + len(self.words)]
        return len(here) + 1 == len(self.words) and all(map(_fits, self.words[1:], here))


class _Lexicon:
    """All terms, by their first word. What a word begins is remembered, since words come again."""

    def __init__(self, terms: Iterable[_Term]) -> None:
        self._whole: dict[str, list[_Term]] = {}
        self._first: dict[str, list[_Term]] = {}
        self._last: dict[str, list[_Term]] = {}
        self._inner: dict[str, list[_Term]] = {}
        tables = {"=": self._whole, "^": self._first, "$": self._last, "~": self._inner}
        for term in terms:
            kind, stem = term.words[0]
            tables[kind].setdefault(stem, []).append(term)
        self._heads = sorted({len(stem) for stem in self._first})
        self._tails = sorted({len(stem) for stem in self._last})
        self._known: dict[str, tuple[_Term, ...]] = {}

    def contexts(self, words: list[str]) -> tuple[str, ...]:
        hits: list[tuple[_Term, int]] = []
        spared: dict[str, set[int]] = {}
        for start, word in enumerate(words):
            for term in self._begun_by(word):
                if not term.fits(words, start):
                    continue
                if term.spared:
                    spared.setdefault(term.context, set()).update(range(start, start + len(term.words)))
                else:
                    hits.append((term, start))
        found = {
            term.context
            for term, start in hits
            if term.context not in spared or spared[term.context].isdisjoint(range(start, start + len(term.words)))
        }
        return tuple(sorted(found))

    def _begun_by(self, word: str) -> tuple[_Term, ...]:
        terms = self._known.get(word)
        if terms is None:
            terms = tuple(self._look_up(word))
            if len(self._known) >= _MEMORY:
                self._known.clear()
            if len(word) <= _LONGEST:
                self._known[word] = terms
        return terms

    def _look_up(self, word: str) -> Iterator[_Term]:
        yield from self._whole.get(word, ())
        for length in self._heads:
            yield from self._first.get(word[:length], ()) if length <= len(word) else ()
        for length in self._tails:
            yield from self._last.get(word[-length:], ()) if length <= len(word) else ()
        for stem, terms in self._inner.items():
            if stem in word:
                yield from terms


@lru_cache(maxsize=4)
def _lexicon(extra: tuple[tuple[str, str], ...]) -> _Lexicon:
    terms = [
        _term(context, entry, spared=False)
        for context, languages in CONTEXT_WORDS.items()
        for entries in languages.values()
        for entry in entries.split(",")
    ]
    terms += [_term(context, entry, spared=True) for context, entries in SPARED.items() for entry in entries.split(",")]
    terms += [_term(context, entry, spared=False) for context, entry in extra]
    return _Lexicon(term for term in terms if term.words)


def _term(context: str, entry: str, *, spared: bool) -> _Term:
    words: list[tuple[str, str]] = []
    for part in entry.split():
        pieces = words_of(part)
        marked = [["=", piece] for piece in pieces]
        if marked and part.endswith("*"):
            marked[-1][0] = "^"
        if marked and part.startswith("*"):
            marked[0][0] = "~" if marked[0][0] == "^" else "$"
        words += [(mark, piece) for mark, piece in marked]
    return _Term(context, tuple(words), spared)


def _fits(term: tuple[str, str], word: str) -> bool:
    kind, stem = term
    if kind == "=":
        return word == stem
    if kind == "^":
        return word.startswith(stem)
    return word.endswith(stem) if kind == "$" else stem in word


def _plain(text: str) -> str:
    # Letter by letter: to normalise a long run of combining marks at once takes more than linear time.
    folded = "".join(map(_decomposed, text)).casefold()
    for marked, spelt in _UMLAUTS:
        folded = folded.replace(marked, spelt)
    return "".join(letter for letter in folded if letter.isascii() or not _is_mark(letter)).translate(_STROKES)


@lru_cache(maxsize=8192)
def _decomposed(letter: str) -> str:
    return unicodedata.normalize("NFKD", letter)


@lru_cache(maxsize=8192)
def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter) in ("Mn", "Cf")  # accents, and what is written without being seen
