"""The standing connection of one mailbox to its IMAP server: opened, opened again when it broke, given up in time."""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import TypeVar

from scanner.account import ImapServer
from scanner.connectors.imap_connect import BrokenOff
from scanner.connectors.imap_input import ConnectionLost
from scanner.connectors.imap_login import LoginCut
from scanner.connectors.imap_session import Session
from scanner.connectors.oauth import token_for
from scanner.connectors.retry import Patience
from scanner.errors import LoginRefused, ServerUnreachable, SourceError, SourceInterrupted

T = TypeVar("T")

_OPENING = 2  # further attempts to open a mailbox at all: a host behind a firewall takes a whole time-out for each
_LOGINS = 2  # in a row that a server may cut before it answers: some cut where they refuse, and count what they refused


class Standing:
    """At most one session at a time. Not thread-safe."""

    def __init__(self, account: str, server: ImapServer, patience: Patience) -> None:
        """Connect and log in. Raises the `SourceError` that says why it cannot be.

        A line that breaks before we are in is opened again a few times. A server that answers with no, or does not
        prove who it is, is asked once. A login that failed later, in the midst of the reading, is not sent again for
        what is asked next: that gets the same error.
        """
        self._server = server
        self._patience = replace(patience, named=server.host, account=account)
        self._until = time.monotonic() + server.mailbox_deadline
        self._cut = 0  # logins in a row
        self._failed: SourceError | None = None  # the login, for good
        self._session: Session | None = None
        self._session = self._opened()

    @property
    def session(self) -> Session | None:
        """The session, while the line stands."""
        return self._session

    def close(self) -> None:
        """Log out; never an error."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def drop(self) -> None:
        """Cut the line, which is of no use any more; who asks next gets a new one."""
        if self._session is not None:
            self._session.drop()
            self._session = None

    def ready(self) -> Session:
        """The session, a new one where the line broke. Raises `SourceInterrupted` when the mailbox took too long."""
        self._in_time()
        if self._failed is not None:
            raise copy(self._failed)  # without what the first one was raised through
        if self._session is None:
            # A server that ended the session because its token grew old wants a new token, not the remembered one.
            self._session = self._connected(fresh=True)
        return self._session

    def lost(self, trouble: SourceInterrupted, so_far: str) -> None:
        """The line broke: wait before the next attempt, or raise `SourceInterrupted` when there were enough."""
        self.drop()
        self._wait(self._patience, trouble, so_far)

    def progress(self) -> None:
        """Something new was read: breaks are counted from the beginning."""
        self._patience.progress()

    def insist(self, question: Callable[[Session], T], so_far: str) -> T:
        """The answer to a question, over a new line where one breaks."""
        while True:
            try:
                return question(self.ready())
            except ConnectionLost as trouble:
                self.lost(trouble, so_far)
            except ServerUnreachable as trouble:
                self.lost(SourceInterrupted(str(trouble), trouble.hint), so_far)

    def _opened(self) -> Session:
        patience = replace(self._patience, attempts=min(_OPENING, self._patience.attempts))
        while True:
            try:
                return self._connected(fresh=self._cut > 0)
            except ConnectionLost as trouble:
                self._wait(patience, trouble, "")
            except BrokenOff as trouble:
                try:
                    self._wait(patience, SourceInterrupted(str(trouble)), "")
                except SourceInterrupted as ended:
                    raise ServerUnreachable(str(ended), trouble.hint) from None
            self._in_time()

    def _connected(self, *, fresh: bool) -> Session:
        oauth = self._server.oauth
        try:
            session = Session(
                self._server, None if oauth is None else lambda: token_for(oauth, fresh=fresh), self._until
            )
        except LoginCut as cut:
            self._cut += 1
            if self._cut < _LOGINS:
                raise
            ended = SourceInterrupted(
                f"{cut} It did so {self._cut} times, so the login was not sent once more: that locks accounts.",
                "Check the user name and the secret, which some servers refuse in this way; else try again later.",
            )
            ended.login_failed = True
            self._failed = copy(ended)
            raise ended from None
        except LoginRefused as refused:
            self._failed = copy(refused)
            raise
        self._cut = 0
        return session

    def _wait(self, patience: Patience, trouble: SourceInterrupted, so_far: str) -> None:
        patience.wait(trouble, so_far, max(0.0, self._until - time.monotonic()))

    def _in_time(self) -> None:
        if time.monotonic() >= self._until:
            self.drop()
            raise SourceInterrupted(
                f"The mailbox took longer than the {self._server.mailbox_deadline:,.0f} seconds that a run gives it.",
                "Run the same command again: it goes on from there. mailbox_deadline gives it more time.",
            )
