"""The sources: one file each, and the table that names them."""

from __future__ import annotations

import importlib
from contextlib import AbstractContextManager
from typing import cast

from scanner.account import Account
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

SCHEMES = tuple(_MODULES)


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
