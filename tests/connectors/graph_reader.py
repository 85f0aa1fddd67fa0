"""A mailbox of the fake Graph with some letters in sent items, read run by run as a scan does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from scanner.account import Account, GraphMailbox, GraphTenant
from scanner.connectors import open_mailbox
from scanner.connectors.interface import CatchesUp, Cursor, Folder, Mailbox
from scanner.envelope import Envelope, Reading
from tests.graph.client import letters
from tests.graph.mailbox import Held
from tests.graph.mailbox import Mailbox as Box
from tests.graph.server import FakeGraph


def account(graph: FakeGraph, box: Box, **changes: Any) -> Account:
    tenant = replace(GraphTenant(graph.sign_in()), **changes)
    return Account("ines", "graph", graph=tenant, mailbox=GraphMailbox(box.user.id, ("ines@contoso.test",)))


class Reader:
    """A mailbox with some letters in sent items, read run by run as a scan does."""

    def __init__(self, graph: FakeGraph, count: int = 50, **changes: Any) -> None:
        self.graph = graph
        self.box = graph.tenant.person("ines")
        self.held: list[Held] = self.box.add_all(self.box.sent, letters(count))
        self.account = account(graph, self.box, **changes)
        self.cursor: Cursor | None = None
        self.items: list[tuple[Cursor, Reading]] = []

    def sent(self, mailbox: Mailbox) -> Folder:
        return next(folder for folder in mailbox.folders() if folder.path == "Sent Items")

    def run(self) -> list[Reading]:
        with open_mailbox(self.account) as mailbox:
            folder = self.sent(mailbox)
            self.items = list(mailbox.read(folder, self.cursor))
            end = mailbox.caught_up(folder) if isinstance(mailbox, CatchesUp) else None
            self.cursor = end.cursor if end else self.items[-1][0] if self.items else self.cursor
        return [reading for _, reading in self.items]

    def after(self, cursor: Cursor) -> list[Reading]:
        with open_mailbox(self.account) as mailbox:
            return [reading for _, reading in mailbox.read(self.sent(mailbox), cursor)]

    def asked(self, since: int = 0) -> list[str]:
        """The places asked for, without the parts of batches."""
        return [seen.path.rpartition("/")[2] for seen in self.graph.seen[since:] if not seen.inner]

    def lists(self, since: int = 0) -> list[str]:
        return [seen.query for seen in self.graph.seen[since:] if seen.path.endswith("/messages")]


def numbers(readings: Sequence[Reading]) -> list[int]:
    """The numbers of the letters that were read, in order."""
    return [int(r.subject.split()[-1]) for r in readings if isinstance(r, Envelope)]


def kinds(readings: Sequence[Reading]) -> Counter[str]:
    return Counter(type(reading).__name__ for reading in readings)
