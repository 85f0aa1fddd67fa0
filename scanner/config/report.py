"""The table `[report]`: how workbooks are shown."""

from __future__ import annotations

from enum import StrEnum

from scanner.account import SecretReference
from scanner.config.reference import read_secret
from scanner.config.table import Table


class Language(StrEnum):
    """The languages of workbooks, by ISO 639-1."""

    ENGLISH = "en"
    FRENCH = "fr"
    GERMAN = "de"


def read_report(root: Table) -> tuple[Language, SecretReference | None]:
    """In which language workbooks are written, and where the password is kept that locks them; None for no lock."""
    table = root.table("report")
    if table is None:
        return Language.ENGLISH, None
    language = table.choice("language", Language, Language.ENGLISH)
    password = read_secret(table, "password")
    table.finish()
    return language, password
