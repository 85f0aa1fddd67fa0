"""A key that says where a secret is kept, to a `SecretReference`."""

from __future__ import annotations

from typing import Final

from scanner.account import SecretKind, SecretReference
from scanner.config.table import Table

REFERENCE: Final = "env:NAME, file:PATH or command:PROGRAM"


def read_secret(table: Table, key: str) -> SecretReference | None:
    """The reference; None when the key is absent or is no reference, which is noted. Its value is never quoted."""
    text = table.text(key)
    if not text:
        return None
    kind, colon, place = text.partition(":")
    if not colon or kind not in list(SecretKind) or not place.strip():
        table.complain(key, f"says where the secret is kept, never what it is: {REFERENCE}")
        return None
    place = place.strip()
    if kind == SecretKind.FILE:
        place = str(table.resolve(place))
    return SecretReference(SecretKind(kind), place)
