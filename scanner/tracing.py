"""What candidate replies answer, asked of the source where the mail that was read does not hold it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from scanner.account import Account
from scanner.connectors.interface import Mailbox
from scanner.detector.evidence import Wanted, parent_of, received_of
from scanner.detector.internal import Border
from scanner.envelope import Envelope, Mark
from scanner.errors import SourceError
from scanner.policy import Policy
from scanner.received import Received

if TYPE_CHECKING:
    from scanner.store.records import Kept
    from scanner.store.store import Store

_MOST: Final = 300  # questions a run: servers search slowly
_LOT: Final = 50  # candidates in memory at a time


class Tracer:
    """Of one run. A reply that was asked about, in this run or an earlier one, is never asked about again."""

    def __init__(self, store: Store, policy: Policy, wanted: Wanted) -> None:
        self._store = store
        self._border = Border(policy)
        self._wanted = wanted
        self._left = _MOST

    def trace(self, account: Account, mailbox: Mailbox) -> str:
        """Ask about each candidate reply of the account whose parent is not known, and keep the parents.

        Gives a sentence where not all were asked about, else "". The next run asks about those that are left.
        """
        while lot := self._store.untraced(account.name, _LOT):
            answered: list[str] = []
            found: list[Received] = []
            trouble = ""
            try:
                for kept in lot:
                    reply = _here(kept, account.name)
                    if self._is_open(reply, by_names=account.graph is None):
                        if self._left <= 0:
                            trouble = f"What some replies answer was not looked up: a run asks about {_MOST} of them."
                            break
                        self._left -= 1
                        found += self._parents(mailbox, reply)
                    answered.append(kept.identity)
            except SourceError as error:
                trouble = f"What some replies answer could not be looked up: {error}"
            self._store.traced(answered, found)
            for parent in found:
                self._wanted.keep(parent)
            if trouble:
                return f"{account.name}: {trouble} The next run goes on."
        return ""

    def _is_open(self, reply: Envelope, *, by_names: bool) -> bool:
        if Mark.REPLY not in reply.marks:
            return False
        if by_names or reply.in_reply_to or reply.references:
            return self._wanted.nearest(reply) is not None
        return True

    def _parents(self, mailbox: Mailbox, reply: Envelope) -> Iterator[Received]:
        """What a source gives is kept where it proves something; the last of it, the nearest, in any case."""
        given = [one for one in mailbox.thread(reply) if isinstance(one, Envelope) and Mark.DRAFT not in one.marks]
        for earlier in given:
            if not self._wanted.bears(earlier.outline.message_id):
                kept = received_of(earlier, self._border, self._wanted)
                if kept is not None or earlier is given[-1]:
                    yield kept or parent_of(earlier)


def _here(kept: Kept, account: str) -> Envelope:
    """The message, at a place in this account: a source finds its own messages only."""
    place = next((place for place in kept.locations if place.account == account), kept.envelope.locator)
    return replace(kept.envelope, locator=place)
