"""A server's words without a secret that it repeats: what it says goes into errors, the case and the workbook."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

_LEAST: Final = 4  # characters of a secret that is looked for in every text: shorter ones stand in any word
_MOST: Final = 64 * 1024  # characters of a text that are looked through; what a sentence quotes is far shorter
_PLACEHOLDER: Final = "(secret)"
_ENCODED: Final = re.compile(r"[A-Za-z0-9+/_-]{4,}={0,2}")


_given: dict[str, None] = {}  # to servers, by this process; nowhere but in memory


def given(secret: str) -> None:
    """A server has this secret from now on, and may repeat it whenever it speaks: a greeting, a BYE, any NO."""
    if len(secret) >= _LEAST:
        _given[secret] = None


def without_secrets(text: str) -> str:
    """The text without any secret that this process gave to a server. The end of an overlong text goes with it."""
    if not _given:
        return text
    said = text[:_MOST]
    for secret in tuple(_given):
        said = kept_back(said, secret)
    if len(text) > _MOST:  # a secret may have been cut in two
        said = said[: -8 * max(map(len, _given))]
    return said


def kept_back(text: str, secret: str) -> str:
    """The text with the secret replaced, as it is, quoted (RFC 9051 §9), escaped, or within base64 (SASL)."""
    if not secret:
        return text
    quoted = secret.replace("\\", "\\\\").replace('"', '\\"')
    forms = {
        form
        for word in (secret, quoted)
        for form in (word, repr(word)[1:-1], repr(word.encode())[2:-1], word.encode().decode("latin-1"))
    }
    forms |= {form.replace("'", "\\'") for form in forms}  # as bytes are shown that hold both kinds of quotes
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, _PLACEHOLDER)
    return _ENCODED.sub(lambda found: _PLACEHOLDER if _holds(found[0], secret) else found[0], text)


def _holds(word: str, secret: str) -> bool:
    plain = word.rstrip("=").translate(str.maketrans("-_", "+/"))
    for start in range(4):  # words before it may run into it
        piece = plain[start:]
        try:
            if secret.encode() in base64.b64decode(piece[: len(piece) // 4 * 4] + _tail(piece), validate=True):
                return True
        except (binascii.Error, ValueError):
            continue
    return False


def _tail(piece: str) -> str:
    rest = piece[len(piece) // 4 * 4 :]
    return "" if len(rest) < 2 else rest + "=" * (4 - len(rest))
