"""What somebody typed into a cell, as the answer to its question; or a sentence on why it cannot be one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Final

from reports.cells import fitted
from reports.questions import WITHHELD
from reports.spreadsheet import Odd, Value
from scanner.decision import Kind, Question, Status
from scanner.incident import Band

CHOICES: Final[Mapping[Question, tuple[str, ...]]] = {
    Question.STATUS: tuple(str(status) for status in Status),
    Question.BAND: tuple(str(band) for band in Band),
}
"""The words that can answer a question, in English."""

_HINT: Final = {Kind.DAY: "2026-03-02", Kind.MOMENT: "2026-03-02 14:30"}
_MONTHS: Final = (
    "jan january januar janvier",
    "feb february februar février fevrier févr",
    "mar march märz maerz mars",
    "apr april avril avr",
    "may mai",
    "jun june juni juin",
    "jul july juli juillet juil",
    "aug august août aout",
    "sep sept september septembre",
    "oct october oktober octobre okt",
    "nov november novembre",
    "dec december dezember décembre decembre dez déc",
)
_MONTH: Final = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED: Final = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})")  # day first, wherever dots are used
_SLASHED: Final = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_NAMED: Final = re.compile(r"(\d{1,2})(?:\.|er|st|nd|rd|th)? ?([^\W\d_]{3,10})\.?,? (\d{4})")
_NAMED_FIRST: Final = re.compile(r"([^\W\d_]{3,10})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_CLOCK: Final = re.compile(
    r"(?:T|,? )(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d{1,6})?)?"
    r" ?(?P<zone>Z|UTC|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
_LONGEST: Final = 60  # characters of a date
_Typed = str | float | bool | datetime


@dataclass(frozen=True, slots=True)
class Words:
    """Our words in all languages: the English one by each, in lower case; and what withholds a text, likewise.

    `called` says what the words of a choice are called where the answer was typed.
    """

    choices: Mapping[str, str] = field(default_factory=dict)
    withheld: frozenset[str] = frozenset((WITHHELD,))
    called: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """Why a cell gives no answer, as a sentence that follows the name of the cell."""

    sentence: str


def answer_of(question: Question, value: Value | None, words: Words) -> str | Misunderstood | None:
    """The answer as it is kept, "" for an empty cell; None where the cell only says that a text is withheld."""
    if value is None:
        return ""
    if isinstance(value, Odd):
        return Misunderstood(f"holds {value.kind}. Type the answer itself.")
    if question.kind in _HINT:
        return _moment(question.kind, value)
    text = text_of(value)
    if text.casefold() in words.withheld:
        return None
    return _choice(question, text, words) if question.kind is Kind.CHOICE else text


def _choice(question: Question, text: str, words: Words) -> str | Misunderstood:
    known = CHOICES[question]
    said = " ".join(text.casefold().split())
    curly = said.replace("'", "’")  # as our French words have it, and few keyboards
    english = said if said in known else words.choices.get(said) or words.choices.get(curly, said)
    if english in ("", *known):
        return english
    offered = ", ".join(words.called.get(word, word) for word in known)
    return Misunderstood(f"can only be one of: {offered}; or empty.")


def text_of(value: Value | None) -> str:
    """What was typed, word for word, as a cell can show it again; in brackets what it is where that is no text."""
    if isinstance(value, Odd):
        return fitted(value.text) or f"({value.kind})"
    return "" if value is None else fitted(_text_of(value).replace("\r\n", "\n").replace("\r", "\n")).strip()


def _text_of(value: _Typed) -> str:
    """Numbers and dates where a text is asked for, as people write them."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return value


def _moment(kind: Kind, value: _Typed) -> str | Misunderstood:
    if isinstance(value, str) and not value.strip():
        return ""
    moment = value if isinstance(value, datetime) else _written(value) if isinstance(value, str) else None
    if moment is None:
        return Misunderstood(f"is no date that can be read for sure. Write it like {_HINT[kind]}.")
    if kind is Kind.DAY:
        return moment.date().isoformat()
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="seconds")
    except OverflowError:
        return Misunderstood(f"is no date that can be read for sure. Write it like {_HINT[kind]}.")


def _written(text: str) -> datetime | None:
    """The moment that a text names if there is one way to read it; UTC without a zone, midnight without a time."""
    text = " ".join(text.split()).removesuffix(" UTC").strip()
    if len(text) > _LONGEST:
        return None
    for pattern in (_ISO, _DOTTED, _SLASHED, _NAMED, _NAMED_FIRST):
        found = pattern.match(text)
        day = _day(pattern, found) if found else None
        if found and day:
            rest = text[found.end() :]
            return datetime.combine(day, time(), None) if not rest else _with_clock(day, rest)
    return None


def _day(pattern: re.Pattern[str], found: re.Match[str]) -> date | None:
    """None where there is no such day, or where figures may be read as month or as day."""
    one, two, three = found.groups()
    if pattern is _ISO:
        year, month, day = int(one), int(two), int(three)
    elif pattern in (_NAMED, _NAMED_FIRST):
        name, number = (two, one) if pattern is _NAMED else (one, two)
        year, month, day = int(three), _MONTH.get(name.casefold(), 0), int(number)
    else:
        year, month, day = int(three), int(two), int(one)
        if pattern is _SLASHED:
            if month > 12:
                month, day = day, month
            elif day <= 12 and day != month:
                return None
    try:
        return date(year, month, day) if year >= 1900 else None
    except ValueError:
        return None


def _with_clock(day: date, rest: str) -> datetime | None:
    found = _CLOCK.fullmatch(rest)
    if not found:
        return None
    zone = (found["zone"] or "+00:00").upper().replace("UTC", "+00:00").replace("Z", "+00:00")
    try:
        return datetime.fromisoformat(
            f"{day.isoformat()}T{int(found['hour']):02}:{found['minute']}:{found['second'] or '00'}{zone}"
        )
    except ValueError:
        return None
