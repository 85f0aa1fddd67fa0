"""The password that a new workbook is locked with: where it is kept, or asked of the person at the terminal."""

from __future__ import annotations

import sys
from typing import Final

import typer

from scanner.account import SecretKind, SecretReference, is_credential_name, keyring_place
from scanner.config.reference import REFERENCE
from scanner.errors import SettingsError

ASK: Final = "ask"


def workbook_password(said: str | None, configured: SecretReference | None = None) -> str:
    """The password: of the option `--password`, else of the config, else "" for a workbook without a lock.

    To be called before any work begins, so that nobody waits for a sentence about it. Raises SettingsError, which
    never holds the password.
    """
    from reports.encryption import must_be_strong  # noqa: PLC0415 - a help text must not pay for it

    if said is None and configured is None:
        return ""
    password = _asked() if said == ASK else _kept(configured if said is None else reference_at(said, "--password", ASK))
    must_be_strong(password)
    return password


def reference_at(said: str, option: str, *others: str) -> SecretReference:
    """The reference that an option gives; its text is never quoted. `others` are words that it takes besides."""
    kind, colon, place = (part.strip() for part in said.partition(":"))
    sound = bool(colon and kind in list(SecretKind) and place)
    if sound and kind == SecretKind.CREDENTIAL:
        sound = is_credential_name(place)
    if sound and kind == SecretKind.KEYRING:
        sound = all(keyring_place(place))
    if not sound:
        raise SettingsError(
            f"{option} says where the password is kept, never what it is.",
            f"Write {', '.join((REFERENCE, *others))}.",
        )
    return SecretReference(SecretKind(kind), place)


def _kept(reference: SecretReference | None) -> str:
    from scanner.connectors.credentials import secret_of  # noqa: PLC0415 - connectors; a help text must not pay for it

    return secret_of(reference) if reference else ""


def _asked() -> str:
    if not sys.stdin.isatty():
        raise SettingsError(
            "There is no terminal to ask for the password.", "Name where it is kept, for example --password env:NAME."
        )
    typed: str = typer.prompt("Password for the workbook", hide_input=True, confirmation_prompt="Once more", err=True)
    return typed
