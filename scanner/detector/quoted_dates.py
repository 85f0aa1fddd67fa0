"""The date line of a quoted header, in the language of the program that quoted it, to an aware moment."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from datetime import datetime
from typing import Final

from scanner.dates import read_date
from scanner.defect import Defect
from scanner.detector.quote_labels import ENGLISH, months_of

_LONGEST: Final = 200  # characters; a longer line is no date
_ENGLISH_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TUESDAY_OR_MARCH: Final = "mar"  # mardi, martes, martedì, marți

_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s?[年년./-]\s?(\d{1,2})\s?[月월./-]\s?(\d{1,2})(?!\d)[日일.]?")
# Dots separate day and month in countries that put the day first. With two digits the year could be seconds.
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2}(?=\D{1,9}\d{1,2}[:.]\d{2}))(?!\d)")
_ISO = re.compile(r"(?<!\d)\d{4}-\d{1,2}-\d{1,2}(?!\d)")
_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/])")
_HOURS = re.compile(r"(?<!\d)(\d{1,2})\s?[hH時시]\s?(\d{2})(?!\d)[分분]?")
_HALF = re.compile(r"\b([aApP])\.?\s?[mM]\b\.?")
_HALVES = (("上午", " AM "), ("午前", " AM "), ("오전", " AM "), ("下午", " PM "), ("午後", " PM "), ("오후", " PM "))
_WORD = re.compile(r"[^\W\d_]++")
_KEPT = re.compile(r"AM|PM|[A-Z]{3,5}|UT|Z")


def read_quoted_date(text: str, languages: Collection[str]) -> tuple[datetime | None, Defect | None]:
    """The moment that the date line of a quotation names; `languages` are those that its labels may be of.

    None with NO_DATE for an empty line, with BAD_DATE where the line cannot be read in one way only: `03/04/2024` under
    English labels may be March or April. A line without a zone is read as UTC, with DATE_WITHOUT_ZONE, although
    programs quote in the zone of their user. Never raises.
    """
    if not text.strip():
        return None, Defect.NO_DATE
    if len(text) > _LONGEST:
        return None, Defect.BAD_DATE
    plain = unicodedata.normalize("NFKC", text).replace("(", " ").replace(")", " ")
    plain = _in_figures(plain, day_first=bool(languages) and ENGLISH not in languages)
    english = _in_english(plain, languages or (ENGLISH,))
    if english is None:
        return None, Defect.BAD_DATE
    return read_date(english.encode("ascii", "replace"))


def _in_figures(text: str, *, day_first: bool) -> str:
    """The date with its parts in an order and form that say which is which, as far as the text tells."""
    for half, name in _HALVES:
        text = text.replace(half, name)
    text = _HOURS.sub(r"\1:\2", text)
    text = _HALF.sub(lambda found: f"{found[1].upper()}M", text)
    text = _YEAR_FIRST.sub(r"\1-\2-\3 ", text)
    text = _DOTTED.sub(lambda found: _day_first(found[1], found[2], found[3]), text)
    if day_first:
        text = _SLASHED.sub(lambda found: _day_first(found[1], found[3], found[4]), text)
    return text


def _day_first(day: str, month: str, year: str) -> str:
    return f"{2000 + int(year) if len(year) == 2 else year}-{month}-{day} "


def _in_english(text: str, languages: Collection[str]) -> str | None:
    """The text with the month in English, and without weekdays and small words; None when it names two months."""
    words = _WORD.findall(text)
    named: dict[str, frozenset[int]] = {}
    if not _ISO.search(text):
        named = _named(words, languages) or _named(words, (ENGLISH,))
    if len(named) > 1:
        named = {word: months for word, months in named.items() if word.lower() != _TUESDAY_OR_MARCH}
    told = frozenset[int]().union(*named.values())
    if len(told) > 1:
        return None
    month = f" {_ENGLISH_MONTHS[min(told) - 1]} " if told else ""

    def in_english(found: re.Match[str]) -> str:
        word = found[0]
        if word in named:
            return month
        return word if _KEPT.fullmatch(word) else " "

    return _WORD.sub(in_english, text)


def _named(words: Collection[str], languages: Collection[str]) -> dict[str, frozenset[int]]:
    """The words that name months, with the months."""
    return {word: months for word in words if (months := months_of(word, languages))}
