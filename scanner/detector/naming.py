"""How well an entry names a person: by both names, by one, or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from scanner.detector.roles import is_role_word
from scanner.exposure import Identifiable

_NO, _PART, _CLEAR = 0, 1, 2
_DEGREES = (Identifiable.NO, Identifiable.PART, Identifiable.CLEAR)

_WORDS = {
    "titles": """
        mr mrs ms miss mx sir dr prof professor doctor herr frau dipl mme mlle monsieur madame sr sra doña dott dottssa
        avv sigra pani dhr mevr rev jr ii iii phd md msc bsc mba llm
    """,
    "particles": """
        von van der den de del della di da do dos das du la le el bin ibn ter ten zu zum zur af av und and y e i vom st
    """,
    "organisations": """
        gmbh ag kg ohg ug mbh ltd limited plc llp llc inc corp corporation company sarl sas sa srl spa bv nv ab as oy
        aps sp zoo kft sro doo group gruppe groupe team customer customers client clients kunde kunden kundin cliente
        clienti user users member members mitglied guest gast undisclosed recipients recipient list verteiler department
        dept abteilung committee ausschuss verein association university universität université hotel hospital klinik
        clinic praxis kanzlei foundation stiftung council board service services shop newsletter the all your our dear
        friends family subscriber subscribers undisclosed-recipients unknown no-reply noreply
    """,
}
# Words that are also given or family names somewhere (Don, Ben, Al, Ma, Pan) are in none of them.
_BESIDE_NAMES = frozenset(_WORDS["titles"].split() + _WORDS["particles"].split())
_NOT_A_PERSON = frozenset(_WORDS["organisations"].split())
_ADDRESS = re.compile(r"\S*@\S*")
_SEGMENTS = re.compile(r"[()\[\]|/]|\s[-–—]\s|\bvia\b|\bon behalf of\b|\bat\b", re.IGNORECASE)
_COMMAS = str.maketrans(",;", "  ")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af々〆]+")
_DIGIT = re.compile(r"\d")
_SPLIT = re.compile(r"[._]+")
_MARKS = ".'\"’`´“”„«»<>:!?*"


def identifiable(names: Iterable[str], local_part: str) -> Identifiable:
    """How well the display names and the local part of one person name them; the best of them decides.

    * clear: two full words of a name (`Anna Berg`, `Berg, Anna`, `anna.berg@`), or three characters and more of a
      name written in Chinese, Japanese or Korean without a space;
    * part: one word (`Anna`, `berg@`), or one word with initials (`A. Berg`, `a.berg@`);
    * no: nothing like a name (`kunde17@`, `info@`, `Customer 12`, `Muster GmbH`).

    It is a guess by form: no list of names is asked, so a nickname, or a shop of one word, counts as part. Words of
    organisations and functions make a text nobody's name. A hyphen joins (`jean-luc@` is one word).
    """
    best = _of_local_part(local_part)
    for name in names:
        if best == _CLEAR:
            break
        best = max(best, _of_name(name))
    return _DEGREES[best]


def is_person(names: Iterable[str], domain: str) -> bool:
    """Whether a role address is shown under the full name of a person, and not under that of the organisation.

    `Anna Berg <info@firm.example>` is one; `Firm Travel <info@firm-travel.example>` is not, because the name stands
    in the domain.
    """
    flat = domain.replace("-", "").replace(".", "")
    return any(
        _of_name(name) == _CLEAR and not any(len(word) > 3 and word in flat for word in _words(name)) for name in names
    )


def _words(name: str) -> list[str]:
    tokens = name.casefold().translate(_COMMAS).split()
    return [word for word in [token.strip(_MARKS) for token in tokens] if word]


@lru_cache(maxsize=16384)  # the same people stand on one message after another
def _of_name(name: str) -> int:
    if not name:
        return _NO
    if "@" in name:
        name = _ADDRESS.sub(" ", name)
    return max([_of_segment(segment) for segment in _SEGMENTS.split(name)])


def _of_segment(segment: str) -> int:
    words = _words(segment)
    if len(words) > 7:
        return _NO
    full = 0
    for word in words:
        if word in _NOT_A_PERSON or is_role_word(word):
            return _NO
        if _CJK.fullmatch(word):
            full += 2 if len(word) > 2 else 1
        elif len(word) > 1 and word not in _BESIDE_NAMES and not _DIGIT.search(word):
            full += 1
    return min(full, _CLEAR)


@lru_cache(maxsize=16384)
def _of_local_part(local_part: str) -> int:
    base = local_part.casefold().partition("+")[0]
    words = [word.rstrip("0123456789") for word in _SPLIT.split(base) if word]
    if len(words) == 1 and (len(base) < 3 or _DIGIT.search(base)):
        return _NO
    return min(sum(_is_name(word) for word in words), _CLEAR)


def _is_name(word: str) -> bool:
    return (
        len(word) > 1
        and word not in _BESIDE_NAMES
        and word not in _NOT_A_PERSON
        and not is_role_word(word)
        and not _DIGIT.search(word)
    )
