"""What a login may do with a folder, as the server says it (RFC 4314 §3.5); asking changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from scanner.connectors.imap_answer import Response

NEEDED: Final = "lr"
"""The rights that a scan uses: to see that the folder is there (l), and to read it (r)."""

# The name of the folder is a literal, of which only the length is left here, a text in quotes, or an atom.
_MYRIGHTS: Final = re.compile(
    rb'\* MYRIGHTS (?:\{\d{1,19}\+?\}|"(?:[^"\\]|\\.)*"|[^" ]+) "?([A-Za-z0-9]{0,99})"?', re.DOTALL | re.IGNORECASE
)


def rights_in(answers: Iterable[Response]) -> str | None:
    """The letters of the rights, each once, in the server's order; None where no answer names them."""
    found: str | None = None
    for response in answers:
        line = _MYRIGHTS.fullmatch(response.text)
        if line is not None:
            found = "".join(dict.fromkeys(line[1].decode("ascii")))
    return found


def beyond_need(rights: str) -> str:
    """Those letters that a scan does not use."""
    return "".join(letter for letter in rights if letter not in NEEDED)
