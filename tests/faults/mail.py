"""A mailbox on a real server, scanned until its reading is complete, and compared with what was put there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import sleep
from typing import ClassVar
from unittest import mock

from scanner.account import Account, ImapServer
from scanner.case import Outcome
from scanner.connectors import graph_client, imap
from scanner.connectors.retry import Patience
from scanner.policy import InternalDomain, Policy
from scanner.scan import Silent, scan
from scanner.store.store import Store
from tests.dovecot import Dovecot
from tests.faults.figure import Figure

SHORT = (3.0, 0.8, 4.0)  # seconds to connect, to wait for octets and for an answer: for a line that is stalled
PATIENT = (30.0, 6.0, 30.0)  # the same for every other line, so that a busy machine is not taken for a stalled one
OURS = Policy(internal=(InternalDomain("acme.test"),))
MOST_RUNS = 12


def letter(number: int) -> bytes:
    """Number so-and-so, shown to twelve outsiders: each is kept by the scan."""
    shown = b", ".join(b"p%d@c%dn%d.example" % (place, place, number) for place in range(12))
    return (
        b"Date: Mon, 2 Mar 2026 %02d:%02d:%02d +0100\r\nFrom: us@acme.test\r\nTo: %s\r\nMessage-ID: <m%d@acme.test>\r\n"
        b"Subject: Number %d\r\n\r\nBody\r\n"
    ) % (number // 3600 % 24, number // 60 % 60, number % 60, shown, number, number)


def name_of(number: int) -> str:
    """The id of a letter."""
    return f"m{number}@acme.test"


@dataclass(frozen=True)
class Box:
    """A user's sent mail: so many letters on a Dovecot."""

    server: Dovecot
    name: str
    count: int

    kind: ClassVar[str] = "Dovecot"
    folder: ClassVar[str] = "Sent"

    @property
    def port(self) -> int:
        """The port of the server itself."""
        return self.server.port

    def state(self) -> str:
        """All that a scan must leave as it is."""
        return self.server.state(self.name)

    @property
    def truth(self) -> list[str]:
        return [name_of(number) for number in range(1, self.count + 1)]

    def account(self, port: int | None = None, *, stalls: bool = False, **changes: object) -> Account:
        """The account, by way of a proxy where a port is given; its times are short where the line stalls."""
        connect, read, answer = SHORT if stalls else PATIENT
        server: ImapServer = replace(
            self.server.server(self.name), connect_timeout=connect, read_timeout=read, command_deadline=answer
        )
        server = replace(server, **({"port": port} if port else {}), **changes)  # type: ignore[arg-type]
        return Account(self.name, "imap", server=server)


def filled(server: Dovecot, name: str, count: int) -> Box:
    """A box with letters 1 to `count`, looked at once so that its index is there."""
    have = len(list((server.maildir(name) / "cur").iterdir()))
    server.fill(name, [letter(number) for number in range(have + 1, count + 1)])
    server.state(name)
    return Box(server, name, count)


@contextmanager
def hurried() -> Iterator[None]:
    """The patience of the product with pauses of a hundredth of their length."""
    short = partial(Patience, sleep=lambda seconds: sleep(min(seconds / 100, 0.05)))
    with (
        mock.patch.object(imap, "Patience", short),
        mock.patch.object(graph_client, "pause", lambda seconds: sleep(min(seconds / 100, 0.05))),
    ):
        yield


@contextmanager
def case() -> Iterator[Path]:
    """The place of a new case, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="mbfault") as folder:
        yield Path(folder) / "case.db"


def run(account: Account, store: Store, figure: Figure, about: object) -> bool:
    """One run; whether it was complete. What it tells is judged."""
    done = scan([account], OURS, store, Silent())
    for trouble in done.troubles:
        figure.hear(trouble.partition(": ")[2], about)
    complete = done.outcome is Outcome.COMPLETE
    if not complete and not done.troubles:
        figure.hear("", about)
    return complete


def until_complete(account: Account, store: Store, figure: Figure, about: object) -> int:
    """Run until the reading is complete; gives how many runs it took, and notes it as wrong where it never is."""
    for times in range(1, MOST_RUNS + 1):
        if run(account, store, figure, about):
            return times
    figure.wrong.append(f"{about}: not complete after {MOST_RUNS} runs")
    return MOST_RUNS


def found(store: Store) -> list[str]:
    """The ids of what was kept, one for each place where it was found."""
    return [str(one.envelope.message_id) for one in store.candidates() for _ in one.locations]


def counted(store: Store, figure: Figure, count: int, about: object, name: str = "Sent") -> None:
    """Server count = read + unreadable + skipped with a reason."""
    for folder in store.coverage():
        if folder.folder == name and folder.accounted != count:
            figure.wrong.append(f"{about}: {folder.accounted} of {count} accounted for")
