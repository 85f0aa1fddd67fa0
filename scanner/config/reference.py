"""A key that says where a secret is kept, to a `SecretReference`."""

from __future__ import annotations

from typing import Final

from scanner.account import SecretKind, SecretReference, is_credential_name, keyring_place
from scanner.config.table import Table

REFERENCE: Final = "env:NAME, file:PATH, command:PROGRAM, credential:NAME or keyring:SERVICE/USER"


def read_secret(table: Table, key: str) -> SecretReference | None:
    """The reference; None when the key is absent or is no reference, which is noted. Its value is never quoted."""
    text = table.text(key)
    return secret_in(table, key, text) if text else None


def secret_in(table: Table, key: str, text: str) -> SecretReference | None:
    """The same for a text that stands in a list under the key."""
    kind, colon, place = text.partition(":")
    if not colon or kind not in list(SecretKind) or not place.strip():
        table.complain(key, f"says where the secret is kept, never what it is: {REFERENCE}")
        return None
    place = place.strip()
    if kind == SecretKind.CREDENTIAL and not is_credential_name(place):
        table.complain(key, "a credential of systemd is named by letters, digits, dots, hyphens and underscores")
        return None
    if kind == SecretKind.KEYRING and not all(keyring_place(place)):
        table.complain(key, "a secret in a keyring is named by service and user, keyring:SERVICE/USER")
        return None
    if kind == SecretKind.FILE:
        place = str(table.resolve(place))
    return SecretReference(SecretKind(kind), place)
