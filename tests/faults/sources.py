"""Sent mail on the servers whose lines fail: Dovecot, Cyrus, Courier, and a fake of Microsoft Graph."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from imapclient import IMAPClient

from scanner.account import Account
from scanner.connectors import graph_client
from scanner.connectors.graph_token import tokens_of
from tests.authority import Authority
from tests.dovecot import Dovecot
from tests.faults.mail import PATIENT, SHORT, Box, filled, letter, name_of
from tests.graph.letter import letter_of
from tests.graph.mailbox import Mailbox
from tests.graph.server import FakeGraph, serving
from tests.vendors import PASSWORD, USER, Vendor

_LETTERS = 40


def of_dovecot(server: Dovecot) -> Box:
    """A box of forty letters on Dovecot."""
    return filled(server, "faults-line", _LETTERS)


@dataclass(frozen=True)
class VendorBox:
    """A folder of its own on Cyrus or Courier."""

    server: Vendor
    folder: str
    truth: tuple[str, ...]

    @property
    def kind(self) -> str:
        return self.server.name

    @property
    def port(self) -> int:
        """The port of the server itself."""
        return self.server.port

    def account(self, port: int, *, stalls: bool = False) -> Account:
        """The account by way of a proxy; its times are short where the line stalls."""
        connect, read, answer = SHORT if stalls else PATIENT
        server = replace(
            self.server.server(), port=port, connect_timeout=connect, read_timeout=read, command_deadline=answer
        )
        return Account(self.kind, "imap", server=server, sent_folders=(self.folder,))

    def state(self) -> str:
        """Counts, and flags (and MODSEQ where the server has it) of each message."""
        context = ssl.create_default_context(cafile=self.server.authority.file)
        with IMAPClient("localhost", self.port, ssl_context=context, timeout=600) as client:
            client.login(USER, PASSWORD)
            more = ["MODSEQ"] if client.has_capability("CONDSTORE") else []
            items = ["MESSAGES", "UIDNEXT", "UIDVALIDITY", "UNSEEN", *(["HIGHESTMODSEQ"] if more else [])]
            counts = sorted(client.folder_status(self.folder, items).items())
            client.select_folder(self.folder, readonly=True)
            uids = client.search("ALL")
            flags = {uid: sorted(held.items()) for uid, held in client.fetch(uids, ["FLAGS", *more]).items()}
        return f"{counts} {sorted(flags.items())}"


def of_vendor(server: Vendor) -> VendorBox:
    """Forty letters in a folder of their own, made where it is not there."""
    folder = server.sent.replace("Sent", "Faults")
    with server.client() as client:
        if not client.folder_exists(folder):
            client.create_folder(folder)
            for number in range(1, _LETTERS + 1):
                client.append(folder, letter(number), (b"\\Seen",) if number % 2 else ())
    return VendorBox(server, folder, tuple(map(name_of, range(1, _LETTERS + 1))))


@dataclass(frozen=True)
class GraphBox:
    """The sent items of a person of a tenant."""

    fake: FakeGraph
    box: Mailbox
    truth: tuple[str, ...]
    kind: ClassVar[str] = "Graph"
    folder: ClassVar[str] = "Sent Items"

    @property
    def port(self) -> int:
        """The port of the fake itself."""
        return self.fake.port

    def account(self, port: int, *, stalls: bool = False) -> Account:
        """The account by way of a proxy, with a sign-in of its own; its times are short where the line stalls."""
        connect, read, answer = SHORT if stalls else PATIENT
        tokens_of.cache_clear()  # so that the sign-in, and all the rest, goes over a new line each time
        graph_client._client.cache_clear()
        root = self.fake.signin.host = f"https://localhost:{port}"
        account = self.fake.account(self.box.user.principal)
        if account.graph is None:
            raise TypeError("the account of the fake has no tenant")
        sign_in = replace(
            account.graph.sign_in,
            authority=root,
            root=root,
            connect_timeout=connect,
            read_timeout=read,
            request_deadline=answer,
        )
        return replace(account, graph=replace(account.graph, sign_in=sign_in))

    def state(self) -> str:
        """Every message with its place and the moment of its last change, and all that was asked and is no question."""
        held = [(folder.id, one.number, one.moves, one.modified) for folder, one in self.box.everything()]
        asked = {f"{seen.method} {seen.path}" for seen in self.fake.seen if seen.method != "GET"}
        return f"{sorted(held)} {sorted(asked - {'POST /v1.0/$batch'})}"


@contextmanager
def of_graph(folder: Path) -> Iterator[GraphBox]:
    """A fake with forty letters in the sent items of one person; `folder` takes its certificates."""
    with serving(FakeGraph(Authority(folder))) as fake:
        fake.faults.delta_page = fake.faults.list_cap = 11
        box = fake.tenant.person("us")
        box.add_all(box.sent, [letter_of(letter(number)) for number in range(1, _LETTERS + 1)])
        yield GraphBox(fake, box, tuple(map(name_of, range(1, _LETTERS + 1))))
        if fake.broken:
            raise AssertionError(fake.broken)
