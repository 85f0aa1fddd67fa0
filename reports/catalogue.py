"""Our sentences in another form, from a catalogue of templates that are matched against the English text.

A template is a sentence with places: `{n}` is a number, `{d}` a date or a moment, `{i}` are ids or names of ours that
no language changes, `{t}` is a text that is not ours, `{s}` a text of ours that has a template itself. A digit tells
several of a kind apart (`{n2}`). `[person|people]` stands for either word. In the answer `{n:personne|personnes}` is
the word that goes with the number. A list with commas needs no template where each of its items has one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

_PLACE: Final = re.compile(r"\{([ndits])(\d?)(?::([^{}|]*)\|([^{}|]*))?\}")
_EITHER: Final = re.compile(r"\[([^\[\]|]*(?:\|[^\[\]|]*)+)\]")
_DATE: Final = r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?(?: UTC)?)?"
_NUMBER: Final = r"[+-]?\d{1,18}(?:,\d{3}){0,6}(?:\.\d{1,18})?"
_ID: Final = r"[0-9A-Za-z_.+-]{1,100}(?:, [0-9A-Za-z_.+-]{1,100}){0,20}"
_SLOT: Final = re.compile(rf"(?<![\w.,])(?:(?P<date>{_DATE})|{_NUMBER})")
_FILLED: Final = {"n": _NUMBER, "d": _DATE, "i": _ID}
_ENDS: Final = re.compile(r"(?<=[.!?]) (?=[A-Z“(])")
_A_DATE, _A_NUMBER = "\x00", "\x01"
_START: Final = 5  # characters of a sentence by which templates are looked up
_DEEPEST: Final = 4  # texts of ours within texts of ours
_KEPT: Final = 10_000  # answers that are remembered
_SHORT: Final = 400  # characters of a text that is worth remembering


@dataclass(frozen=True, slots=True)
class Manner:
    """How what fills a place is written: the marks of thousands and decimals, and whether a number takes the singular.

    `foreign` gives what is shown for a text that is not ours.
    """

    thousands: str
    decimal: str
    singular: Callable[[float], bool]
    foreign: Callable[[str], str]

    def number(self, text: str) -> str:
        """A number as English writes it, in this manner."""
        return text.translate({ord(","): self.thousands, ord("."): self.decimal})


@dataclass(frozen=True, slots=True)
class _Answer:
    """Plain texts and places by turns, beginning with a text; a place has its name and its two forms, if any."""

    texts: tuple[str, ...]
    places: tuple[tuple[str, str | None, str | None], ...]

    @staticmethod
    def of(template: str) -> _Answer:
        parts = _PLACE.split(template)
        places = zip(parts[1::5], parts[2::5], parts[3::5], parts[4::5], strict=True)
        return _Answer(tuple(parts[::5]), tuple((kind + number, one, more) for kind, number, one, more in places))


@dataclass(frozen=True, slots=True)
class _Fixed:
    """A template whose places are numbers and dates only. `slots` are their names, or the literal that must stand."""

    slots: tuple[tuple[str, str], ...]
    answer: _Answer

    def fill(self, found: tuple[str, ...]) -> dict[str, str] | None:
        """What fills the places, None where a literal differs."""
        values: dict[str, str] = {}
        for (name, literal), text in zip(self.slots, found, strict=True):
            if name:
                values[name] = text
            elif literal != text:
                return None
        return values


@dataclass(frozen=True, slots=True)
class _Open:
    """A template with places for texts: what stands between these, and their names."""

    between: tuple[re.Pattern[str], ...]
    gaps: tuple[str, ...]
    answer: _Answer

    def fill(self, text: str) -> dict[str, str] | None:
        """What fills the places: each text ends where what follows it is first found. None where it does not fit."""
        first = self.between[0].match(text)
        if first is None:
            return None
        values, at = first.groupdict(), first.end()
        for gap, following in zip(self.gaps, self.between[1:], strict=True):
            found = following.search(text, at + 1)
            if found is None:
                return None
            values[gap] = text[at : found.start()]
            values.update(found.groupdict())
            at = found.end()
        return values


class Catalogue:
    """Answers to texts of ours. Its work grows with the length of the text, whatever that holds."""

    def __init__(self, answers: Mapping[str, str], manner: Manner) -> None:
        """`answers` are by template; an answer names places of its template alone."""
        self._manner = manner
        self._exact: dict[str, str] = {}
        self._fixed: dict[str, list[_Fixed]] = {}
        self._open: dict[str, list[_Open]] = {}
        self._known: dict[str, str | None] = {}
        for template, answer in answers.items():
            parsed = _Answer.of(answer)
            for concrete in variants(template):
                self._add(concrete, parsed, answer)

    def _add(self, template: str, parsed: _Answer, answer: str) -> None:
        kinds = {match[1] for match in _PLACE.finditer(template)}
        if not kinds:
            self._exact[template] = answer
        elif kinds & {"t", "s", "i"}:
            start = _PLACE.split(_SLOT.split(template, maxsplit=1)[0], maxsplit=1)[0][:_START]
            found = self._open.setdefault(start if len(start) == _START else "", [])
            found.append(_opened(template, parsed))
            found.sort(key=lambda each: -sum(len(pattern.pattern) for pattern in each.between))
        else:
            skeleton, slots = _skeleton_of(template)
            self._fixed.setdefault(skeleton, []).append(_Fixed(slots, parsed))

    def whole(self, text: str, depth: int = 0) -> str | None:
        """The answer to one line, None where any part of it has none."""
        known = self._exact.get(text)
        if known is not None:
            return known
        if text in self._known:
            return self._known[text]
        answer = self._worked_out(text, depth)
        if len(text) <= _SHORT and len(self._known) < _KEPT and depth == 0:
            self._known[text] = answer
        return answer

    def said(self, text: str, otherwise: Callable[[str], str]) -> str:
        """The answer to a text, line by line and, where a line has none as a whole, sentence by sentence.

        What has none is what `otherwise` makes of it.
        """
        whole = self.whole(text)
        if whole is not None:
            return whole
        return "\n".join(self._line(line, otherwise) if line else "" for line in text.split("\n"))

    def _line(self, line: str, otherwise: Callable[[str], str]) -> str:
        whole = self.whole(line)
        if whole is not None:
            return whole
        answers = ((self.whole(sentence), sentence) for sentence in _ENDS.split(line))
        return " ".join(otherwise(sentence) if answer is None else answer for answer, sentence in answers)

    def _worked_out(self, text: str, depth: int) -> str | None:
        if depth > _DEEPEST or _A_DATE in text or _A_NUMBER in text or "\n" in text:
            return None
        for parsed, values in self._fitting(text):
            filled = self._filled(parsed, values, depth)
            if filled is not None:
                return filled
        return self._list(text, depth)

    def _fitting(self, text: str) -> Iterator[tuple[_Answer, dict[str, str]]]:
        skeleton, found = _skeleton(text)
        for fixed in self._fixed.get(skeleton, ()):
            values = fixed.fill(found)
            if values is not None:
                yield fixed.answer, values
        for start in (text[:_START], ""):
            for template in self._open.get(start, ()):
                values = template.fill(text)
                if values is not None:
                    yield template.answer, values

    def _list(self, text: str, depth: int) -> str | None:
        items = text.split(", ")
        if len(items) == 1:
            return None
        answers = [self.whole(item, depth + 1) for item in items]
        return None if None in answers else ", ".join(answer for answer in answers if answer is not None)

    def _filled(self, parsed: _Answer, values: Mapping[str, str], depth: int) -> str | None:
        parts = [parsed.texts[0]]
        for (name, one, more), following in zip(parsed.places, parsed.texts[1:], strict=True):
            if one is not None and more is not None:
                filled: str | None = one if self._manner.singular(float(values[name].replace(",", ""))) else more
            else:
                filled = self._value(name[0], values[name], depth)
            if filled is None:
                return None
            parts += (filled, following)
        return "".join(parts)

    def _value(self, kind: str, text: str, depth: int) -> str | None:
        if kind == "n":
            return self._manner.number(text)
        if kind == "t":
            return self._manner.foreign(text)
        return text if kind in "di" else self._ours(text, depth + 1)

    def _ours(self, text: str, depth: int) -> str | None:
        whole = self.whole(text, depth)
        if whole is not None:
            return whole
        sentences = _ENDS.split(text)
        answers = [self.whole(sentence, depth) for sentence in sentences] if len(sentences) > 1 else [None]
        return None if None in answers else " ".join(answer for answer in answers if answer is not None)


def variants(template: str) -> list[str]:
    """The templates that one with `[one|other]` in it stands for."""
    parts = _EITHER.split(template)
    return ["".join(chosen) for chosen in product(*(p.split("|") if i % 2 else (p,) for i, p in enumerate(parts)))]


def places(template: str) -> set[str]:
    """The names of the places of a template or of an answer."""
    return {match[1] + match[2] for match in _PLACE.finditer(template)}


def _skeleton(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with a mark for each number and date, and these."""
    found: list[str] = []

    def mark(match: re.Match[str]) -> str:
        found.append(match[0])
        return _A_DATE if match["date"] else _A_NUMBER

    return _SLOT.sub(mark, text), tuple(found)


def _skeleton_of(template: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    parts = _PLACE.split(template)
    skeleton, slots = [], []
    for i in range(0, len(parts), 5):
        marked, literals = _skeleton(parts[i])
        skeleton.append(marked)
        slots += [("", literal) for literal in literals]
        if i + 1 < len(parts):
            skeleton.append(_A_DATE if parts[i + 1] == "d" else _A_NUMBER)
            slots.append((parts[i + 1] + parts[i + 2], ""))
    return "".join(skeleton), tuple(slots)


def _opened(template: str, parsed: _Answer) -> _Open:
    parts = _PLACE.split(template)
    between, gaps, pattern = [], [], re.escape(parts[0])
    for i in range(1, len(parts), 5):
        name = parts[i] + parts[i + 1]
        if parts[i] in "ts":
            between.append(re.compile(pattern))
            gaps.append(name)
            pattern = re.escape(parts[i + 4])
        else:
            pattern += f"(?P<{name}>{_FILLED[parts[i]]}){re.escape(parts[i + 4])}"
    between.append(re.compile(pattern + r"\Z"))
    return _Open(tuple(between), tuple(gaps), parsed)
