"""Which addresses belong to a function or a list instead of a person, by their local part and domain."""

from __future__ import annotations

import re
from functools import lru_cache

from scanner.address import Address
from scanner.detector.role_words import LIST_LABELS, PLACES, ROLE_WORDS

_LIST_HOSTS = ("googlegroups.com", "groups.io", "yahoogroups.com", "freelists.org", "simplelists.com")
_LIST_LOCAL = re.compile(
    r"(?:^|[._-])(?:mailinglist|mailing-list|distribution|verteiler|announce|list|liste|listserv|subscribers|all-?staff)$"
)
_SPLIT = re.compile(r"[._\-]+")
_SEPARATORS = str.maketrans("", "", "._-")
_DIGITS = "0123456789"


@lru_cache(maxsize=16384)  # the same people stand on one message after another
def is_role(local_part: str) -> bool:
    """Whether a local part names a function (`info`, `uk-sales`, `no-reply`), in any of some fifteen languages.

    Only whole words count, so that `salesman` and `infante` stay people: either the first word is a
    role, or the last one after the name of a region.
    A plus tag and digits at the end of a word are disregarded. Names that are also roles lose (`post.martin`); the
    display name decides such cases, see `is_person` in `scanner.detector.naming`.
    """
    base = local_part.casefold().partition("+")[0]
    if base.translate(_SEPARATORS).rstrip(_DIGITS) in ROLE_WORDS:
        return True
    words = [word for word in (part.strip(_DIGITS) for part in _SPLIT.split(base)) if word]
    if len(words) < 2:
        return False
    if words[0] in ROLE_WORDS:
        return True
    return words[-1] in ROLE_WORDS and all(word in PLACES for word in words[:-1])


def is_role_word(word: str) -> bool:
    """Whether one word, case-folded, names a function."""
    return word in ROLE_WORDS


def is_list(address: Address) -> bool:
    """Whether an address looks like a distribution list, behind which unknown people read: `x@lists.firm.example`."""
    domain = address.domain
    if domain.partition(".")[0] in LIST_LABELS and "." in domain:
        return True
    if domain.endswith(_LIST_HOSTS) and any(domain == host or domain.endswith("." + host) for host in _LIST_HOSTS):
        return True
    return _LIST_LOCAL.search(address.local_part.casefold()) is not None
