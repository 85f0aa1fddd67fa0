"""In which form the tables of a case are shown: the language, for whom, and how the file is closed."""

from __future__ import annotations

from dataclasses import dataclass, field

LANGUAGES = ("en", "fr", "de")


@dataclass(frozen=True, slots=True)
class Presentation:
    """How a workbook is shown.

    `language` is one of LANGUAGES. A `redacted` edition holds no address, name or other text from mail, and the same
    ids. With a `password` the file is encrypted; "" leaves it open.
    """

    language: str = "en"
    redacted: bool = False
    password: str = field(default="", repr=False)


PLAIN = Presentation()
