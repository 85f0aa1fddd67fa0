"""What a header says about a message beside its addresses: answer, forward, automatic, list, draft and so on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from scanner.envelope import Mark

# How mail programs in many languages begin the subject of an answer and of a forward, lower case. VS means an answer
# in Finnish and Estonian and a forward in Danish and Norwegian: it counts as both.
# fmt: off
_REPLY = frozenset((
    "re", "aw", "sv", "antw", "antwort", "odp", "res", "r", "rif", "ref", "vs", "vá", "ynt", "απ", "σχετ", "ats",
    "atb", "отв", "ответ", "回复", "回覆", "答复", "返信", "답장", "השב", "رد",
))
_FORWARD = frozenset((
    "fw", "fwd", "wg", "tr", "rv", "enc", "i", "vs", "vb", "vl", "doorst", "pd", "továbbítás", "ilt", "i\u0307lt",
    "πρθ", "fs", "пересл", "转发", "轉寄", "轉發", "転送", "전달", "הועבר", "تحويل",
))
# fmt: on
# "Re:", "RE :", "Re[2]:", "Re(3):", "Re^2:", "Re2:", "Re*2:", with an ASCII or a wide colon, perhaps behind the tag of
# a mailing list.
_PREFIX = re.compile(
    r"\s*+(?>(?:\[[^\]\n]{0,60}+\]\s*+)?)([^\W\d_]{1,14}+)\s?+(?>(?:[\[(^*]?+\d{1,4}+[\])]?+)?)\s?+[:：]"
)
_FARTHEST = 100  # characters within which a prefix ends
_SIGNED_ONLY = re.compile(rb"smime-type\s*=\s*\"?\s*(?:signed-data|certs-only|compressed-data)")

_NOTHING: frozenset[Mark] = frozenset()
_IS_REPLY = frozenset((Mark.REPLY,))
_IS_FORWARD = frozenset((Mark.FORWARD,))
_ENCRYPTED = frozenset((Mark.ENCRYPTED,))
_BY_TYPE = {
    b"text/calendar": frozenset((Mark.CALENDAR,)),
    b"multipart/report": frozenset((Mark.REPORT,)),
    b"multipart/encrypted": frozenset((Mark.ENCRYPTED,)),
    b"application/pkcs7-mime": _ENCRYPTED,
    b"application/x-pkcs7-mime": _ENCRYPTED,
}
_NAMES_THAT_MARK = frozenset(
    (
        b"auto-submitted",
        b"precedence",
        b"list-id",
        b"list-post",
        b"content-class",
        b"x-unsent",
    )
)


def subject_marks(subject: str) -> frozenset[Mark]:
    """REPLY, FORWARD, both or nothing, by the outermost prefix of a decoded subject."""
    colon = subject.find(":", 0, _FARTHEST)
    if colon < 0:
        return _NOTHING if subject.isascii() else _prefix_marks(subject[:_FARTHEST])
    return _prefix_marks(subject[: colon + 1])


@lru_cache(maxsize=4096)
def _prefix_marks(text: str) -> frozenset[Mark]:
    found = _PREFIX.match(text)
    prefix = found[1].lower() if found else ""
    marks = _IS_REPLY if prefix in _REPLY else _NOTHING
    return marks | _IS_FORWARD if prefix in _FORWARD else marks


def content_type_marks(content_type: bytes) -> frozenset[Mark]:
    """CALENDAR, REPORT, ENCRYPTED by the type of the whole message (RFC 5545 §8.1, RFC 6522, RFC 8551, RFC 3156)."""
    marks = _BY_TYPE.get(content_type.partition(b";")[0].strip().lower(), _NOTHING)
    if marks is _ENCRYPTED and _SIGNED_ONLY.search(content_type.lower()):
        return _NOTHING
    return marks


def field_marks(first: Mapping[bytes, bytes]) -> frozenset[Mark]:
    """Marks of the rarer fields. `first` holds the first body of each field by its lower-case name."""
    if _NAMES_THAT_MARK.isdisjoint(first):
        return _NOTHING
    return _rare_marks(*map(first.get, _NAMES_THAT_MARK))


@lru_cache(maxsize=4096)  # programs and lists write the same into each of their messages
def _rare_marks(*bodies: bytes | None) -> frozenset[Mark]:
    value = {
        name: body.strip().lower() for name, body in zip(_NAMES_THAT_MARK, bodies, strict=True) if body is not None
    }
    precedence = value.get(b"precedence", b"").split(b"(")[0].strip()
    submitted = re.split(rb"[\s;(]", value.get(b"auto-submitted", b"no"))[0]
    holds = {
        Mark.AUTOMATIC: submitted not in {b"no", b""} or precedence in {b"bulk", b"junk"},
        Mark.LIST: b"list-id" in value or b"list-post" in value or precedence == b"list",
        Mark.CALENDAR: value.get(b"content-class", b"").endswith(b"calendarmessage"),
        # Thunderbird's X-Mozilla-Draft-Info and Apple's X-Uniform-Type-Identifier stay in the copies of sent mail.
        Mark.DRAFT: value.get(b"x-unsent") == b"1",
    }
    return frozenset(mark for mark, held in holds.items() if held)
