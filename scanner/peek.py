"""A first look at the mail, from which it is proposed what is internal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from itertools import islice
from typing import Final

from scanner.account import Account
from scanner.connectors.interface import Mailbox
from scanner.envelope import Envelope
from scanner.errors import SettingsError, SourceError

_PEEK: Final = 1_000  # messages in all
_PEEK_LEAST: Final = 50  # of one folder, so that many small ones do not all have to be opened


def peek(
    accounts: Sequence[Account], open_mailbox: Callable[[Account], AbstractContextManager[Mailbox]]
) -> list[Envelope]:
    """The first envelopes of the folders with sent mail, evenly from as many accounts and folders as the number allows.

    What cannot be read is left out here: the scan that follows tells it.
    """
    envelopes: list[Envelope] = []
    for place, account in enumerate(accounts):
        share = max(_PEEK_LEAST, (_PEEK - len(envelopes)) // (len(accounts) - place))
        with suppress(SourceError, SettingsError), open_mailbox(account) as mailbox:
            envelopes += _first(mailbox, share)
        if len(envelopes) >= _PEEK:
            break
    return envelopes


def _first(mailbox: Mailbox, share: int) -> list[Envelope]:
    """Envelopes from the start of each folder that is read for its sent mail, `share` of them in all."""
    envelopes: list[Envelope] = []
    with suppress(SourceError):
        wanted = [folder for folder in mailbox.folders() if folder.holds_sent]
        for place, folder in enumerate(wanted):
            part = max(_PEEK_LEAST, (share - len(envelopes)) // (len(wanted) - place))
            with suppress(SourceError):
                readings = (reading for _, reading in islice(mailbox.read(folder), part))
                envelopes.extend(reading for reading in readings if isinstance(reading, Envelope))
            if len(envelopes) >= share:
                break
    return envelopes
