"""The catalogues of languages that come with the package, read from `languages/*.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib.resources import files
from itertools import chain, islice
from types import MappingProxyType
from typing import Final

from reports.catalogue import Catalogue, Manner, variants
from reports.presentation import LANGUAGES

ENGLISH: Final = "en"
TRANSLATED: Final = tuple(code for code in LANGUAGES if code != ENGLISH)
COLUMNS, CHOICES = "columns", "choices"
"""The sections of what is read back from a workbook."""
SOURCES: Final = "sources"
"""The catalogues of what the sources of mail say, each beside the one of its language: `sources.fr.toml`."""
_INTERRUPTED, _ENDINGS = "interrupted", "endings"
WITHHELD: Final = "(withheld)"
"""What stands in a redacted edition where something was taken out."""

_ID: Final = re.compile(r"(?=[^0-9]*[0-9])(?:INC-|P-|MBCC-)?[0-9a-f]{8,128}(?:-[0-9]{1,9})?|I-[A-Z2-7]{10}")
_BETWEEN_IDS: Final = re.compile(r"[\s,;()/]+")
_MARKS: Final = {"en": (",", "."), "fr": ("\u202f", ","), "de": (".", ",")}
"""The marks of thousands and of decimals, by language."""
COLONS: Final = {"en": ": ", "fr": "\u00a0: ", "de": ": "}
"""What stands between a name and what is told of it."""
_NAMED: Final = re.compile(r": (?=[A-Z0-9])")
_MOST_NAMES: Final = 4  # an account, a folder, and colons in their names


@cache
def sections(code: str) -> Mapping[str, Mapping[str, str]]:
    """What a language says by section, and there by the English template.

    A sentence about what was interrupted may end in a server's words. Whatever is said behind these would be taken for
    more of them, so each such sentence stands here with each of its endings too.
    """
    tables: dict[str, Mapping[str, str]] = {}
    for name in (code, f"{SOURCES}.{code}"):
        tables.update(tomllib.loads((files("reports") / "languages" / f"{name}.toml").read_text("utf-8")))
    begun, endings = tables[_INTERRUPTED].items(), tables[_ENDINGS].items()
    tables["ended"] = {f"{said} {end}": f"{answer} {then}" for said, answer in begun for end, then in endings}
    return MappingProxyType(tables)


def answers(code: str) -> Mapping[str, str]:
    """What a language says by the English template; where two sections have one, the last counts."""
    return dict(chain.from_iterable(table.items() for table in sections(code).values()))


def templates() -> frozenset[str]:
    """All that we say in English, as plain templates: what fits none of them is not ours alone."""
    return frozenset(chain.from_iterable(map(variants, chain.from_iterable(map(answers, TRANSLATED)))))


def manner(code: str, foreign: Callable[[str], str]) -> Manner:
    """How numbers are written in a language; `foreign` is for texts that are not ours."""
    return Manner(*_MARKS[code], _few if code == "fr" else _one, foreign)


@cache
def catalogue(code: str) -> Catalogue:
    """The catalogue of a language; it remembers what it answered, so the sheets of a workbook share it."""
    said = answers(code)
    return Catalogue(said, manner(code, lambda text: said[WITHHELD] if text == WITHHELD else text))


def said_of(known: Catalogue, text: str, otherwise: Callable[[str], str], colon: str = ": ") -> str:
    """What a catalogue says to a text, as `Catalogue.said`; a name before a sentence of ours stays, with this `colon`.

    What is told of accounts and folders begins with their names: `ann: Sent: The folder was rebuilt.`
    """
    if known.whole(text) is not None or not _NAMED.search(text):
        return known.said(text, otherwise)
    return "\n".join(_named(known, line, otherwise, colon) for line in text.split("\n"))


def _named(known: Catalogue, line: str, otherwise: Callable[[str], str], colon: str) -> str:
    if known.whole(line) is None:
        for end in islice(_NAMED.finditer(line), _MOST_NAMES):
            missed: list[str] = []
            said = known.said(line[end.end() :], partial(_noted, missed))
            if not missed:
                return f"{line[: end.start()]}{colon}{said}"
    return known.said(line, otherwise)


def _noted(missed: list[str], sentence: str) -> str:
    missed.append(sentence)
    return sentence


@cache
def back(section: str) -> Mapping[str, str]:
    """The English word of a section by what it is in any language, English too."""
    known = {word: word for code in TRANSLATED for word in sections(code)[section]}
    for code in TRANSLATED:
        known.update({answer: word for word, answer in sections(code)[section].items()})
    return MappingProxyType(known)


def holds_ids(text: str) -> bool:
    """Whether the text holds ids and digests and nothing else: they are the same in every language."""
    return all(_ID.fullmatch(token) for token in _BETWEEN_IDS.split(text) if token)


def _one(number: float) -> bool:
    return number == 1


def _few(number: float) -> bool:
    """Up to, and not with, two; 0 too."""
    return abs(number) < 2
