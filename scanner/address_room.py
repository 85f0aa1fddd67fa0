"""How many recipients an address field may hold at most, told from its signs and separators.

To read a field takes ten times as long as to count in it, and most messages go to so few people that nobody asks who
they are. Each function here gives a number that the reader of address fields never exceeds.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

# Encoded words in character sets that write @ as ASCII does. What a word of another set hides cannot be told.
_WORD = re.compile(
    rb"=\?(?i:utf-8|us-ascii|iso-8859-\d{1,2}|windows-125\d|koi8-r|gb2312|big5)\?([bBqQ])\?([^?\s]*+)\?="
)
_SHORT = 512  # octets of a field
_MOST = 16_384  # fields
_KNOWN: dict[bytes, int] = {}
# A list in which every entry holds one @, and nothing else does.
_SPEC = rb"[A-Za-z0-9.!#$%&'*+/_-]++@[A-Za-z0-9.-]++"
_QUOTED_NAME = rb"\"[ !#-<>?A-\[\]-~]*+(?>(?:\\[ -<>?A-~][ !#-<>?A-\[\]-~]*+)*)\" *+"
_NAME = rb"(?:" + _QUOTED_NAME + rb"|[A-Za-z0-9][A-Za-z0-9 .'_-]*+)"
_ENTRY = rb"\s*+(?:(?>" + _NAME + rb"?)<" + _SPEC + rb">|" + _SPEC + rb")\s*+"
_ORDINARY = re.compile(rb"(?>(?:" + _ENTRY + rb"(?:,(?!\s*+\Z)|\Z))+)")
# What may separate entries, or be one, without any of the signs that are counted: comments, directory names, aliases,
# and text behind an address.
_ODD = b"=()[]\\/|"
_ALIAS = re.compile(rb"<[^<>@]*+(?:[<>]|\Z)|>\s*+[^,;\s]")
_BEHIND = re.compile(rb"(?:>|@[^@=\s,;<>]*+)\s*+=\?")
_QUOTED = re.compile(rb'"[^"@\\]*+(?>(?:\\[^@][^"@\\]*+)*)"(?=\s*+<)')
# A name that only repeats the address behind it, as Outlook writes it, is nobody else.
_REPEATED = re.compile(rb"\"'?([^\s\"'@<>,;]++@[^\s\"'@<>,;]++)'?\"\s*+(?=<\1>)", re.IGNORECASE)


def has_room(bodies: Sequence[bytes], recipients: int, besides: re.Pattern[bytes] | None) -> bool:
    """Whether address fields with these bodies may hold so many recipients.

    What `besides` finds in them, an @ and what follows it, is left out of account, but for fields with addresses that
    stand for others.
    """
    signs = 0
    for body in bodies:
        signs += body.count(b"@")
    if signs < recipients:
        # Two messages of three end here, after a twentieth of the time that reading their fields would take.
        for body in bodies:
            if not _ORDINARY.fullmatch(body):
                break
        else:
            return False
        if sum(map(rough_room, bodies)) < recipients:
            return False
    if besides is not None and signs:
        others = _signs_besides(bodies, besides, recipients)
        if others >= recipients:
            return True
        recipients += signs - others
    return signs >= recipients or sum(map(close_room, bodies)) >= recipients


def short_room(bodies: Sequence[bytes]) -> int | None:
    """How many recipients short fields with these bodies may hold at most; None where one of them is long.

    Remembered by field, since most mail goes to people whom mail went to before.
    """
    room = 0
    for body in bodies:
        here = _KNOWN.get(body)
        if here is None:
            if len(body) > _SHORT:
                return None
            if len(_KNOWN) >= _MOST:
                _KNOWN.clear()
            here = _KNOWN[body] = _room_of(body)
        room += here
    return room


def leaves_room(bodies: Sequence[bytes], room: int, recipients: int, besides: re.Pattern[bytes]) -> bool:
    """Whether fields with room for `room` recipients have it for so many beside those that are left out of account."""
    wanted = recipients - room
    for body in bodies:
        wanted += body.count(b"@")
    return wanted <= 0 or _signs_besides(bodies, besides, wanted) >= wanted


def _signs_besides(bodies: Sequence[bytes], besides: re.Pattern[bytes], enough: int) -> int:
    """How many @ of these fields are not left out of account; counted no further than `enough`."""
    found = 0
    others = _others(besides)
    for body in bodies:
        left = enough - found
        here = len(list(islice(others.finditer(body), left)))
        if here < left:
            signs = body.count(b"@")
            if here < signs and _encapsulates(body):
                here = signs
        found += here
        if found >= enough:
            break
    return found


@lru_cache(maxsize=8)
def _others(besides: re.Pattern[bytes]) -> re.Pattern[bytes]:
    """What finds each @ that the pattern does not begin at; every such pattern begins with an @ and holds no other."""
    return re.compile(b"@(?!" + besides.pattern.removeprefix(b"@") + b")", besides.flags)


def _room_of(body: bytes) -> int:
    signs = body.count(b"@")
    text = _REPEATED.sub(b"", body) if signs > 1 and body.find(b'"') >= 0 else body
    if text.find(b"=?") >= 0 and not _may_add(text):
        text = _WORD.sub(b"", text)
    if _ORDINARY.fullmatch(text):
        return text.count(b"@")
    return max(signs, min(rough_room(body), close_room(body)))


def _encapsulates(body: bytes) -> bool:
    """Whether an address in it may stand for one of another domain (`scanner.special_address`)."""
    lower = body.lower()
    return lower.find(b"imcea") >= 0 or lower.find(b"#ext#") >= 0


def rough_room(body: bytes) -> int:
    """Every entry has an @ or a line of its own or stands between separators; what may hold more has much room."""
    if _is_odd(body):
        return len(body)
    signs = body.count(b"@")
    return signs + body.count(b",") + body.count(b";") + body.count(b":") + body.count(b"\n") + (not signs)


def close_room(body: bytes) -> int:
    """The same, with a look into encoded words and quoted names: their commas separate nothing."""
    unclear = len(body)
    if b"=?" in body:
        if _may_add(body):
            return unclear
        body = _WORD.sub(b"", body)
        # In quotes, too, a word of another character set may hide a whole list; and behind a bracket that nothing
        # closes any word may be somebody.
        if b"=?" in body or body.count(b"<") != body.count(b">"):
            return unclear
    if b'"' in body:
        body = _QUOTED.sub(b"", _REPEATED.sub(b"", body))
    if b'"' in body or _is_odd(body):
        return unclear
    colons = body.count(b":")
    parts = body.replace(b";", b",").split(b",")
    return sum([max(part.count(b"@"), 1) + part.strip().count(b"\n") for part in parts]) + colons


def _is_odd(body: bytes) -> bool:
    return (
        not body.isascii()
        or len(body.translate(None, _ODD)) != len(body)
        or body.count(b"\r") != body.count(b"\r\n")  # the reader takes a line end of any kind for one
        or _ALIAS.search(body) is not None
    )


def _may_add(body: bytes) -> bool:
    """Whether an encoded word may be a recipient more: it hides an @, or stands behind an address."""
    return _BEHIND.search(body) is not None or any(map(_hides_signs, _WORD.findall(body)))


def _hides_signs(word: tuple[bytes, bytes]) -> bool:
    """Whether an encoded word, given as encoding and payload, holds an @ or may hold one."""
    encoding, payload = word
    if encoding in b"qQ":
        return b"@" in payload or b"=40" in payload
    try:
        return b"@" in binascii.a2b_base64(payload)
    except binascii.Error:
        return True
