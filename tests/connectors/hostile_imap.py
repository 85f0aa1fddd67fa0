"""An IMAP server that does what its script says, however rude: real sockets, real TLS, everything it hears kept."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from scanner.account import Account, ImapServer, SecretKind, SecretReference, Tls
from scanner.connectors.tls_socket import closing
from tests.authority import Authority

PASSWORD = "canary-password"


def header(uid: int) -> bytes:
    """The header of an ordinary invented message."""
    return (
        b"Date: Mon, 2 Mar 2026 10:00:00 +0100\r\nFrom: us@acme.test\r\nTo: one%d@a.example, two%d@b.example\r\n"
        b"Message-ID: <m%d@acme.test>\r\nSubject: Number %d\r\n\r\n" % (uid, uid, uid, uid)
    )


@dataclass
class Talk:
    """One connection, seen from the server. `number` counts connections from 1."""

    sock: socket.socket
    number: int
    heard: list[bytes]
    buffer: bytes = b""

    def send(self, *parts: bytes) -> None:
        """Each part as a segment of its own."""
        for part in parts:
            self.sock.sendall(part)

    def line(self) -> bytes:
        """The next line of the client, without its end; `ConnectionError` when it has gone."""
        while b"\r\n" not in self.buffer:
            more = self.sock.recv(65536)
            if not more:
                raise ConnectionError
            self.buffer += more
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        self.heard.append(line)
        return line

    def hang(self, seconds: float = 900.0) -> None:
        """Say nothing until the client has gone."""
        self.sock.settimeout(seconds)
        with contextlib.suppress(OSError):
            while self.sock.recv(65536):
                pass


class Script:
    """A well-behaved server with one folder, Sent; a test overrides the method in which it misbehaves."""

    capabilities = b"IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 ID"
    uidvalidity = b"* OK [UIDVALIDITY 7] ok\r\n"
    folders = b'* LIST (\\HasNoChildren \\Sent) "/" Sent\r\n'

    def __init__(self, uids: range | list[int] | None = None) -> None:
        self.uids = list(range(1, 6) if uids is None else uids)

    def run(self, talk: Talk) -> None:
        """From the greeting to the end of the connection."""
        self.greet(talk)
        while True:
            self.answer(talk, talk.line())

    def greet(self, talk: Talk) -> None:
        talk.send(b"* OK ready\r\n")

    def answer(self, talk: Talk, line: bytes) -> None:
        tag, _, command = line.partition(b" ")
        verb = command.upper()
        for name in ("CAPABILITY", "STARTTLS", "LOGIN", "AUTHENTICATE", "ID", "LIST", "STATUS", "EXAMINE", "LOGOUT"):
            if verb.startswith(name.encode()):
                getattr(self, f"on_{name.lower()}")(talk, tag, command)
                return
        if verb.startswith(b"UID SEARCH"):
            self.on_search(talk, tag, command[11:])
        elif verb.startswith(b"UID FETCH"):
            items = command[10:].split(b" ", 1)
            self.on_fetch(talk, tag, self.expand(items[0]), items[1])
        else:
            talk.send(tag + b" BAD unknown\r\n")

    def expand(self, sequence: bytes) -> list[int]:
        """The existing UIDs of a sequence set."""
        wanted: set[int] = set()
        for part in sequence.split(b","):
            low, _, high = part.replace(b"*", b"%d" % max(self.uids, default=1)).partition(b":")
            wanted.update(range(int(low), int(high or low) + 1) if int(high or low) < 10**6 else [])
        return [uid for uid in self.uids if uid in wanted]

    def on_capability(self, talk: Talk, tag: bytes, command: bytes) -> None:
        talk.send(b"* CAPABILITY " + self.capabilities + b"\r\n" + tag + b" OK done\r\n")

    def on_login(self, talk: Talk, tag: bytes, command: bytes) -> None:
        talk.send(tag + b" OK welcome\r\n")

    def on_authenticate(self, talk: Talk, tag: bytes, command: bytes) -> None:
        talk.send(b"+ \r\n")
        talk.line()
        talk.send(tag + b" OK welcome\r\n")

    def on_id(self, talk: Talk, tag: bytes, command: bytes) -> None:
        talk.send(b"* ID NIL\r\n" + tag + b" OK done\r\n")

    def on_list(self, talk: Talk, tag: bytes, command: bytes) -> None:
        talk.send(self.folders + tag + b" OK done\r\n")

    def on_status(self, talk: Talk, tag: bytes, command: bytes) -> None:
        talk.send(b"* STATUS Sent (MESSAGES %d)\r\n" % len(self.uids) + tag + b" OK done\r\n")

    def on_examine(self, talk: Talk, tag: bytes, command: bytes) -> None:
        talk.send(b"* FLAGS (\\Seen)\r\n* %d EXISTS\r\n* 0 RECENT\r\n" % len(self.uids) + self.uidvalidity)
        talk.send(b"* OK [UIDNEXT %d] next\r\n" % (max(self.uids, default=0) + 1) + tag + b" OK [READ-ONLY] done\r\n")

    def on_search(self, talk: Talk, tag: bytes, criteria: bytes) -> None:
        found = self.expand(criteria.removeprefix(b"UID "))
        talk.send(b"* SEARCH " + b" ".join(b"%d" % uid for uid in found) + b"\r\n" + tag + b" OK done\r\n")

    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        for uid in uids:
            talk.send(self.item(uid, header(uid)))
        talk.send(tag + b" OK done\r\n")

    def item(self, uid: int, body: bytes, key: bytes = b"BODY[HEADER.FIELDS (TO CC)]") -> bytes:
        """One well-formed answer to FETCH."""
        number = self.uids.index(uid) + 1 if uid in self.uids else 1
        return b'* %d FETCH (UID %d RFC822.SIZE 900 INTERNALDATE "02-Mar-2026 10:00:00 +0100" %s {%d}\r\n%s)\r\n' % (
            number,
            uid,
            key,
            len(body),
            body,
        )

    def on_logout(self, talk: Talk, tag: bytes, command: bytes) -> None:
        talk.send(b"* BYE\r\n" + tag + b" OK bye\r\n")
        raise ConnectionError


@dataclass
class HostileImap:
    """The running server. `heard` are the lines of all clients, `clear` those that came without encryption."""

    script: Script
    context: ssl.SSLContext | None
    authority: Authority
    upgrade: ssl.SSLContext | None = None
    heard: list[bytes] = field(default_factory=list)
    clear: list[bytes] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        for context in filter(None, (self.context, self.upgrade)):
            closing(context)  # clients that are gone before the handshake leave nothing behind
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def server(self, **changes: object) -> ImapServer:
        """How to reach it, with times so short that a stalled test ends in seconds."""
        plain = ImapServer(
            host="localhost",
            user="alice@acme.test",
            port=self.port,
            tls=Tls.IMPLICIT if self.context is not None else Tls.STARTTLS,
            secret=SecretReference(SecretKind.COMMAND, f"printf %s {PASSWORD}"),
            ca_file=self.authority.file,
            connect_timeout=3.0,
            read_timeout=0.5,
            command_deadline=1.0,
        )
        return replace(plain, **changes)  # type: ignore[arg-type]  # any field of the record

    def account(self, **changes: object) -> Account:
        """An account on it."""
        return Account("alice", "imap", server=self.server(**changes))

    def said(self, verb: bytes) -> list[bytes]:
        """The commands with this verb, without their tags."""
        commands = [line.partition(b" ")[2] for line in self.heard]
        return [command for command in commands if re.match(verb + rb"\b", command, re.IGNORECASE)]

    def stop(self) -> None:
        """Close everything, and wait until nobody accepts any more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
        self._thread.join(5.0)
        self._listener.close()
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                self._open.append(sock)
                threading.Thread(target=self._talk, args=(sock, self.connections), daemon=True).start()

    def _talk(self, raw: socket.socket, number: int) -> None:
        sock = raw
        with contextlib.suppress(OSError, ValueError):
            if self.context is not None:
                sock = self.context.wrap_socket(raw, server_side=True)
                self._open.append(sock)
            talk = Talk(sock, number, self.heard if self.context is not None else self.clear)
            try:
                self.script.run(talk)
            except Upgrade:
                if self.upgrade is not None:
                    sock = self.upgrade.wrap_socket(raw, server_side=True)
                    self._open.append(sock)
                    talk = Talk(sock, number, self.heard)
                    while True:
                        self.script.answer(talk, talk.line())
            finally:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
                sock.close()


class Upgrade(Exception):
    """Raised by a script when the line is to be encrypted now (STARTTLS)."""


def server_context(authority: Authority, host: str = "localhost", **kind: object) -> ssl.SSLContext:
    """A TLS context with a certificate of the tests."""
    certificate, key = authority.certificate(host, **kind)  # type: ignore[arg-type]  # days and self_signed
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@contextlib.contextmanager
def hostile(script: Script, authority: Authority, context: ssl.SSLContext | None) -> Iterator[HostileImap]:
    """A server for the time of a test."""
    running = HostileImap(script, context, authority)
    try:
        yield running
    finally:
        running.stop()


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fails when the block takes as long as a server here would hold us. `seconds` are those of a quiet machine.

    A shared machine gets eight times as long, which is less than the quarter of an hour of every stall below.
    """
    assert seconds <= 20, "a stall must be longer than what is allowed"
    started = time.monotonic()
    yield
    took = time.monotonic() - started
    assert took < 8 * seconds, f"took {took:.1f} s, and {seconds:.1f} s on a quiet machine"
