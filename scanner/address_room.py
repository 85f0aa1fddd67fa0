"""How many recipients an address field may hold at most, told from its signs and separators.

To read a field takes ten times as long as to count in it, and most messages go to so few people that nobody asks who
they are. Each function here gives a number that the reader of address fields never exceeds.
"""

from __future__ import annotations

import binascii
import re

# Encoded words in character sets that write @ as ASCII does. What a word of another set hides cannot be told.
_WORD = re.compile(
    rb"=\?(?i:utf-8|us-ascii|iso-8859-\d{1,2}|windows-125\d|koi8-r|gb2312|big5)\?([bBqQ])\?([^?\s]*+)\?="
)
# What may separate entries, or be one, without any of the signs that are counted: comments, directory names, aliases.
_ODD = b"=()[]\\/|"
_ALIAS = re.compile(rb"<[^<>@]*+(?:[<>]|\Z)")
_QUOTED = re.compile(rb'"[^"@]*+"')


def rough_room(body: bytes) -> int:
    """Every entry has an @ or a line of its own or stands between separators; what may hold more has much room."""
    if _is_odd(body):
        return len(body)
    signs = body.count(b"@")
    return signs + body.count(b",") + body.count(b";") + body.count(b":") + body.count(b"\n") + (not signs)


def close_room(body: bytes) -> int:
    """The same, with a look into encoded words and quoted names: their commas separate nothing."""
    if b"=?" in body:
        if any(map(_hides_signs, _WORD.findall(body))):
            return len(body)
        body = _WORD.sub(b"", body)
    if b'"' in body and b"\\" not in body:
        body = _QUOTED.sub(b"", body)
    if b'"' in body or _is_odd(body):
        return len(body)
    colons = body.count(b":")
    parts = body.replace(b";", b",").split(b",")
    return sum([max(part.count(b"@"), part.strip().count(b"\n") + 1) for part in parts]) + colons


def _is_odd(body: bytes) -> bool:
    return not body.isascii() or len(body.translate(None, _ODD)) != len(body) or _ALIAS.search(body) is not None


def _hides_signs(word: tuple[bytes, bytes]) -> bool:
    """Whether an encoded word, given as encoding and payload, holds an @ or may hold one."""
    encoding, payload = word
    if encoding in b"qQ":
        return b"@" in payload or b"=40" in payload
    try:
        return b"@" in binascii.a2b_base64(payload)
    except binascii.Error:
        return True
