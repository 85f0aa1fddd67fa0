"""A first look at the mail, from which it is proposed what is internal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from itertools import islice
from math import inf
from typing import Final

from scanner.account import Account
from scanner.connectors.interface import Folder, Mailbox
from scanner.envelope import Envelope
from scanner.errors import NoSentFolder, SettingsError, SourceError
from scanner.in_order import Task, group_of, in_order

_PEEK: Final = 1_000  # messages in all
_TOGETHER: Final = 20  # accounts that share them; where these hold too little, the next ones are looked at
_PATIENCE: Final = 180.0  # seconds for an account on a server: one that hangs holds up none of the others
_PEEK_LEAST: Final = 50  # of one folder, so that many small ones do not all have to be opened


def peek(
    accounts: Sequence[Account], open_mailbox: Callable[[Account], AbstractContextManager[Mailbox]]
) -> list[Envelope]:
    """The first envelopes of the folders with sent mail, evenly from as many accounts and folders as the number allows.

    Accounts are read side by side, and their envelopes stand in the order of the accounts. What cannot be read, or not
    in time, is left out here: the scan that follows tells it.
    """
    envelopes: list[Envelope] = []
    for start in range(0, len(accounts), _TOGETHER):
        some = accounts[start : start + _TOGETHER]
        share = max(_PEEK_LEAST, (_PEEK - len(envelopes)) // len(some))
        tasks = [
            Task(partial(_opened, account, open_mailbox, share), group_of(account), _seconds(account))
            for account in some
        ]
        for found in in_order(tasks):
            envelopes += found or ()
        if len(envelopes) >= _PEEK:
            break
    return envelopes[:_PEEK]


def _seconds(account: Account) -> float:
    return inf if account.path is not None else _PATIENCE


def _opened(
    account: Account, open_mailbox: Callable[[Account], AbstractContextManager[Mailbox]], share: int
) -> list[Envelope]:
    envelopes: list[Envelope] = []
    with suppress(SourceError, SettingsError), open_mailbox(account) as mailbox:
        _first(mailbox, share, envelopes)
    return envelopes


def _first(mailbox: Mailbox, share: int, envelopes: list[Envelope]) -> None:
    """Add envelopes from the start of each folder that is read for its sent mail, `share` of them in all.

    What prevents it is raised, so that whoever opened the mailbox sees it; of one folder only a login that failed.
    """
    wanted: list[Folder] = []
    try:
        wanted.extend(folder for folder in mailbox.folders() if folder.holds_sent)
    except NoSentFolder:  # the others are read all the same
        if not wanted:
            raise
    for place, folder in enumerate(wanted):
        part = max(_PEEK_LEAST, (share - len(envelopes)) // (len(wanted) - place))
        try:
            readings = (reading for _, reading in islice(mailbox.read(folder), part))
            envelopes.extend(reading for reading in readings if isinstance(reading, Envelope))
        except SourceError as error:
            if error.login_failed:
                raise
        if len(envelopes) >= share:
            break
