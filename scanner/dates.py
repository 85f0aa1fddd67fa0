"""The Date field, in every form that mail really carries, to an aware moment (RFC 5322 §3.3 and §4.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from scanner.defect import Defect

_LONGEST = 1000  # octets; a longer Date field is no date, and is not worth the time of reading it

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_WEEKDAYS = frozenset(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
# Hours from UTC. RFC 5322 §4.3 defines the American names; the others have one meaning wherever they are used. Names
# with several meanings (BST, IST, CST outside America) beyond these, and the military letters, count as unknown.
_ZONES: dict[str, float] = (
    {"ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 1, "cet": 1, "cest": 2, "met": 1, "mest": 2, "mez": 1}
    | {"mesz": 2, "eet": 2, "eest": 3, "msk": 3, "jst": 9, "kst": 9, "hst": -10, "akst": -9, "akdt": -8, "nzst": 12}
    | {"nzdt": 13, "aest": 10, "aedt": 11, "awst": 8, "acst": 9.5, "acdt": 10.5, "nst": -3.5, "ndt": -2.5, "ast": -4}
    | {"adt": -3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}
    | {"est5edt": -5, "cst6cdt": -6, "mst7mdt": -7, "pst8pdt": -8}
)

# Parts of a date, comments removed. A hyphen is a sign only after white space, a time or UTC: "14-07-2017" has none.
_PARTS = re.compile(
    r"(?P<clock>\d{1,2}[:.]\d{1,2}(?:[:.]\d{1,2}(?:[.,]\d+)?)?)(?![:.]?\d)"
    r"|(?P<iso>\d{4}-\d{1,2}-\d{1,2})(?!\d)"
    r"|(?P<offset>(?:\+|(?:(?<=\s)|(?<=:\d\d)|(?<=UTC)|(?<=GMT))-)(?:\d{1,2}:?\d{2}|\d{1,2})(?!\d))"
    r"|(?P<number>\d+)"
    r"|(?P<word>[A-Za-z][A-Za-z0-9]*)"
    r"|(?P<other>[^\s,;/-])"
)


def read_date(value: bytes) -> tuple[datetime | None, Defect | None]:
    """The moment that a Date field names, with the zone it was written in.

    Gives None with BAD_DATE when the field cannot be read without guessing, or names a moment that does not exist or
    lies outside the years 1900 to 9998. Without a zone, or with one that nobody can tell (a military letter, an
    unknown name), the moment is read as UTC, with DATE_WITHOUT_ZONE. A wrong weekday is ignored; second 60 is read as
    59, so that the minute stays as written. Never raises.
    """
    text = value.strip()
    colon = text.find(b":")
    # The usual form, "Fri, 14 Jul 2017 02:54:23 +0200": its day and its zone repeat from message to message.
    day = _iso_day(text[: colon - 2])
    zone = _iso_zone(text[colon + 6 :])
    if day and zone and text[colon + 3 : colon + 4] == b":":
        try:
            return datetime.fromisoformat(f"{day}{text[colon - 2 : colon + 6].decode()}{zone}"), None
        except ValueError:
            pass  # the careful reader below decides
    return _read_slowly(text)


@lru_cache(maxsize=4096)
def _iso_day(text: bytes) -> str:
    """`Fri, 14 Jul 2017 ` to `2017-07-14T`; "" for anything else."""
    found = re.fullmatch(rb"(?:[A-Z][a-z][a-z],[ \t]+)?(\d{1,2})[ \t]+([A-Z][a-z][a-z])[ \t]+(\d{4})[ \t]+", text)
    if not found:
        return ""
    month = _MONTHS.get(found[2].decode().lower())
    year = int(found[3])
    return f"{year:04}-{month:02}-{int(found[1]):02}T" if month and 1900 <= year <= 9998 else ""


@lru_cache(maxsize=4096)
def _iso_zone(text: bytes) -> str:
    """` +0200` or ` +0200 (CEST)` to `+02:00`; "" for anything else."""
    found = re.fullmatch(rb"[ \t]+([+-])([01]\d|2[0-3])([0-5]\d)(?:[ \t]+\([A-Za-z0-9 ]{0,40}\))?", text)
    return f"{found[1].decode()}{found[2].decode()}:{found[3].decode()}" if found else ""


@dataclass(slots=True)
class _Parts:
    """What a date field was found to hold, before it is known to be a date."""

    clock: str = ""
    afternoon: str = ""
    zone: timedelta | None = None
    month: int = 0  # -1 when the whole day stands in ISO 8601 form
    strange: bool = False  # a word that we do not know stands before the time
    numbers: list[str] = field(default_factory=list)


def _read_slowly(value: bytes) -> tuple[datetime | None, Defect | None]:
    if len(value) > _LONGEST:
        return None, Defect.BAD_DATE
    parts = _parts_of(_without_comments(value.decode("latin-1")))
    moment = _moment(parts) if parts else None
    if parts is None or moment is None:
        return None, Defect.BAD_DATE
    if parts.zone is None:
        return moment, Defect.DATE_WITHOUT_ZONE
    return moment.replace(tzinfo=timezone(parts.zone)), None


def _without_comments(text: str) -> str:
    """The text without its comments (RFC 5322 §3.2.2), nested ones too; one left open reaches to the end."""
    kept: list[str] = []
    depth = start = 0
    for position, sign in enumerate(text):
        if sign == "(":
            if not depth:
                kept.append(text[start:position])
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
            start = position + 1
    if not depth:
        kept.append(text[start:])
    return " ".join(kept)


def _parts_of(text: str) -> _Parts | None:
    parts = _Parts()
    for kind, token in _tokens(text):
        if kind == "clock":
            if parts.clock:
                return None
            parts.clock = token.replace(".", ":")
        elif kind == "iso":
            parts.numbers[:0] = token.split("-")
            parts.month = -1
        elif kind == "offset":
            parts.zone = parts.zone or _offset(token)
        elif kind == "number":
            parts.numbers.append(token)
        else:
            _take_word(parts, token.lower())
    return parts


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    # "2024-07-15T10:11:12Z" is two parts glued by a letter, and "14-Jul-2017" three glued by hyphens.
    text = re.sub(r"(\d)T(\d)", r"\1 \2", text)
    text = re.sub(r"\b(\d{1,2})-([A-Za-z]{3,9})-(\d{2,4})\b", r"\1 \2 \3", text)
    for found in _PARTS.finditer(text):
        if found.lastgroup != "other":
            yield found.lastgroup or "", found.group()


def _offset(token: str) -> timedelta | None:
    digits = token[1:].replace(":", "")
    if len(digits) <= 2:
        digits += "00"
    hours, minutes = int(digits[:-2]), int(digits[-2:])
    if hours > 23 or minutes > 59:
        return None
    east = timedelta(hours=hours, minutes=minutes)
    return -east if token[0] == "-" else east


def _take_word(parts: _Parts, word: str) -> None:
    if word in _MONTHS and not parts.month:
        parts.month = _MONTHS[word]
    elif word in {"am", "pm"}:
        parts.afternoon = word
    elif word in _ZONES:
        if parts.zone is None:
            parts.zone = timedelta(hours=_ZONES[word])
    elif word[:3] not in _WEEKDAYS and not parts.clock:
        parts.strange = True


def _moment(parts: _Parts) -> datetime | None:
    day_month_year = _calendar(parts)
    if not day_month_year or not parts.clock:
        return None
    day, month, year = day_month_year
    hour, minute, second = ([int(n) for n in re.split("[:,]", parts.clock)[:3]] + [0])[:3]
    if parts.afternoon:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if parts.afternoon == "pm" else 0)
    try:
        return datetime(year, month, day, hour, minute, 59 if second == 60 else second, tzinfo=UTC)
    except ValueError:
        return None


def _calendar(parts: _Parts) -> tuple[int, int, int] | None:
    """Day, month and year, when there is only one way to read them."""
    numbers = parts.numbers
    if any(len(number) > 4 for number in numbers):
        return None
    if parts.month > 0 and len(numbers) >= 2:
        first, second = numbers[:2]
        day, year = (second, first) if len(first) >= 3 else (first, second)
        return _checked(int(day), parts.month, year)
    if parts.month < 0:  # ISO 8601: year, month, day
        return _checked(int(numbers[2]), int(numbers[1]), numbers[0])
    if not parts.month and not parts.strange and len(numbers) >= 3:
        return _by_numbers(numbers[:3])
    return None


def _by_numbers(numbers: list[str]) -> tuple[int, int, int] | None:
    """A date in figures only: read where one of the first two can be no month, or both agree."""
    if len(numbers[0]) == 4:
        return _checked(int(numbers[2]), int(numbers[1]), numbers[0])
    first, second = int(numbers[0]), int(numbers[1])
    if first > 12 or first == second:
        return _checked(first, second, numbers[2])
    if second > 12:
        return _checked(second, first, numbers[2])
    return None


def _checked(day: int, month: int, year: str) -> tuple[int, int, int] | None:
    """The three, with the year completed as RFC 5322 §4.3 says; None outside the years that we accept."""
    number = int(year)
    if len(year) == 2:
        number += 2000 if number < 50 else 1900
    elif len(year) == 3:
        number += 1900
    return (day, month, number) if 1900 <= number <= 9998 else None
