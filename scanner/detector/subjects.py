"""What a subject says about its message: the key that copies of one mailing share, and the tone of its words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from typing import Final

from scanner.detector import subject_prefixes as words
from scanner.detector.tone_words import MISLEADING, TONE_WORDS
from scanner.detector.traits import Tone
from scanner.identity import compatible

_PASSES: Final = 8  # what needs more of them is no subject that a person or a program wrote
_JOINTS: Final = frozenset("-–—:;,.|/·")  # what numbering leaves behind
_CURRENCIES: Final = frozenset(
    ("$", "€", "£", "¥", "usd", "eur", "gbp", "chf", "pln", "jpy", "sek", "dkk", "nok", "aud", "cad")
)
_PREFIX_TONES: Final = (
    (words.RECALLS, Tone.RECALL),
    (words.CORRECTIONS, Tone.CORRECTION),
    (words.APOLOGIES, Tone.APOLOGY),
)


@lru_cache(maxsize=8192)  # answers and mass mail say the same again and again
def subject_key(subject: str) -> str:
    """A subject without what tells the messages of one mailing, or of one conversation, apart.

    Prefixes of answers, forwards, returns, recalls, corrections and apologies are taken off, stacked and counted ones
    too; so is numbering ("(2/5)", "no 12", "part 2 of 3", "#7", a lone number at the end), but neither dates nor
    prices. Compatibility forms (NFKC), case and white space do not matter. What would leave nothing stays.
    """
    text = begun = _without_prefixes(_plain(subject))
    for _ in range(_PASSES):
        shorter = _without_prefixes(_plain(_without_numbering(text) or text))
        if shorter == text:
            return text
        text = shorter
    return begun


@lru_cache(maxsize=8192)
def tones_of(subject: str) -> frozenset[Tone]:
    """What kinds of words a subject holds; prefixes of recalls, corrections and apologies count as such."""
    text = _plain(subject)
    meant = _misleading().sub(" ", text)
    found = {tone for tone in TONE_WORDS if _tone_pattern(tone).search(meant)}
    at = 0
    while match := _prefixes().match(text, at):
        found.update(tone for tone in _prefix_tones().get(match["word"], ()))
        at = match.end()
    return frozenset(found)


def _plain(text: str) -> str:
    """NFKC, case-folded, white space and characters without a width reduced."""
    folded = compatible(compatible(text).casefold())
    return " ".join(_INVISIBLE.sub("", folded).split())


_INVISIBLE = re.compile("[\\x00-\\x08\\x0e-\\x1b\\x7f\u00ad\u200b-\u200f\u2060\ufeff]")


def _alternatives(entries: Iterable[str]) -> str:
    """Any of them, the longest first."""
    return "|".join(map(re.escape, sorted({_plain(entry) for entry in entries}, key=lambda text: (-len(text), text))))


@lru_cache(maxsize=1)
def _prefixes() -> re.Pattern[str]:
    """One prefix with its count and colon, perhaps behind the tag of a mailing list."""
    every = (words.ANSWERS, words.RETURNS, words.RECALLS, words.CORRECTIONS, words.APOLOGIES)
    return re.compile(
        r"(?P<tag>(?>(?:\[[^\[\]]{1,60}\] ?)?))"
        rf"(?P<word>{_alternatives(chain.from_iterable(every))})"
        r"\.? ?(?>(?:[\[(^*]?\d{1,4}[\])]?)?) ?: ?"
    )


@lru_cache(maxsize=1)
def _prefix_tones() -> dict[str, frozenset[Tone]]:
    return {_plain(word): frozenset((tone,)) for entries, tone in _PREFIX_TONES for word in entries}


def _without_prefixes(text: str) -> str:
    """Tags of lists that stood before a prefix stay, each once."""
    at, tags = 0, ""
    while match := _prefixes().match(text, at):
        tag = match["tag"].strip()
        if tag and not tags.endswith(f"{tag} "):
            tags += f"{tag} "
        at = match.end()
    if not at:
        return text
    rest = text[at:]
    if tags and rest.startswith(tags.rstrip()):
        return rest
    return (tags + rest).strip()


@lru_cache(maxsize=1)
def _numbering() -> re.Pattern[str]:
    """Numbers with a word, sign or brackets that make them numbering, wherever they stand."""
    of = rf"(?> ?(?:{_alternatives(words.OF)}) ?)"
    counted = rf"\d{{1,3}}(?>(?:{of}\d{{1,3}})?)"
    return re.compile(
        rf"\((?P<round>{counted})\)|\[(?P<square>{counted})\]"
        rf"|(?<!\w)(?:{_alternatives(words.NUMBERING)})\.? ?\d{{1,4}}(?>(?:{of}\d{{1,4}})?)(?![\w.,:/%-]*\d|\w|%)"
        rf"|(?<!\w)#\d{{1,4}}(?!\w)"
        rf"|(?:(?<= )|^)[-–—] ?\d{{1,3}}{of}\d{{1,3}}(?!\S)"
    )


def _without_numbering(text: str) -> str:
    kept = _numbering().sub(_left_of, text) if any(map(str.isdigit, text)) else text
    tokens = kept.split()
    while len(tokens) > 1 and _counts(tokens[-1], tokens[-2]):
        tokens.pop()
    while len(tokens) > 1 and tokens[-1] in _JOINTS:
        tokens.pop()
    first = next((at for at, token in enumerate(tokens) if token not in _JOINTS), 0)
    rest = " ".join(tokens[first:])
    return rest if any(map(str.isalpha, rest)) else ""


def _left_of(match: re.Match[str]) -> str:
    """Nothing; a bracket that holds a date stays: "(24/12)" counts no messages."""
    inside = match["round"] or match["square"] or ""
    first, _, last = inside.partition("/")
    return match[0] if last and int(first) > int(last) else " "


def _counts(token: str, before: str) -> bool:
    """Whether a last word is a lone number that is neither a day, nor a price, nor a year."""
    if not (token.isdecimal() and len(token) <= 3) or before in _CURRENCIES:
        return False
    return not (before.startswith(words.MONTHS) and len(before) <= 10 and int(token) <= 31)


@lru_cache(maxsize=1)
def _misleading() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_alternatives(MISLEADING)})(?!\w)")


@lru_cache(maxsize=len(Tone))
def _tone_pattern(tone: Tone) -> re.Pattern[str]:
    """Any word of a tone: whole, or from its beginning ("word*"), or up to its end ("*word").

    Sorted by where they may begin and by their first character, so that most places in a text need one look.
    """
    begun: defaultdict[tuple[bool, str], list[str]] = defaultdict(list)
    for entry in TONE_WORDS[tone].split(","):
        word = entry.strip()
        bare = _plain(word.strip("*"))
        rest = re.escape(bare[1:]) + ("" if word.endswith("*") else r"(?!\w)")
        begun[not word.startswith("*"), bare[0]].append(rest)
    sides = {
        side: "|".join(
            f"{re.escape(first)}(?:{'|'.join(rests)})"
            for (at_start, first), rests in sorted(begun.items())
            if at_start is side
        )
        for side in (True, False)
    }
    return re.compile("|".join([rf"(?<!\w)(?:{sides[True]})", *filter(None, [sides[False]])]))
