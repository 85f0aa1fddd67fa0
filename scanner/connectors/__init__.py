"""The sources: one file each, and the table that names them."""

from __future__ import annotations

import importlib
from contextlib import AbstractContextManager
from typing import cast

from scanner.account import Account
from scanner.connectors.expansion import Expansion, Grants
from scanner.connectors.interface import Mailbox
from scanner.errors import SettingsError

_MODULES = {
    "mbox": "scanner.connectors.mbox",
    "maildir": "scanner.connectors.maildir",
    "eml": "scanner.connectors.eml",
    "imap": "scanner.connectors.imap",
    "graph": "scanner.connectors.graph",
}
"""The module of each scheme, imported when an account of it is opened: each has a function `open`."""

_TENANTS = {"graph": "scanner.connectors.graph_tenant"}
"""The schemes whose accounts may stand for several mailboxes: their modules have `expand` and `granted`."""

SCHEMES = tuple(_MODULES)


def expand(account: Account) -> Expansion:
    """The mailboxes that the account stands for; most accounts are one. Raises the `SourceError` that prevents it."""
    if account.scheme not in _TENANTS:
        return Expansion((account,))
    return cast(Expansion, importlib.import_module(_TENANTS[account.scheme]).expand(account))


def granted(account: Account) -> Grants | None:
    """What the account's application may do, and should; None where the source knows no such permissions."""
    if account.scheme not in _TENANTS:
        return None
    return cast(Grants, importlib.import_module(_TENANTS[account.scheme]).granted(account))


def open_mailbox(account: Account) -> AbstractContextManager[Mailbox]:
    """Opens the account's mailbox with the connector that its scheme names.

    Raises SettingsError for an unknown scheme, and the connector's SourceError when the mailbox cannot be opened.
    """
    module = _MODULES.get(account.scheme)
    if module is None:
        raise SettingsError(
            f"The account {account.name} is of the unknown kind {account.scheme!r}.",
            f"The kinds are {', '.join(SCHEMES)}.",
        )
    return cast(AbstractContextManager[Mailbox], importlib.import_module(module).open(account))
