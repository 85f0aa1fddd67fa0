"""The fake's sockets: HTTPS with keep-alive on loopback, a thread a connection, and every way to let a client down."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

from scanner.account import Account, GraphMailbox, GraphSignIn, GraphTenant, Proof, SecretKind, SecretReference
from scanner.connectors.tls_socket import closing
from tests.authority import Authority
from tests.graph.clock import Clock
from tests.graph.mailbox import Tenant
from tests.graph.reply import Reply, Request
from tests.graph.service import Seen, Service
from tests.graph.signin import SignIn

HOST = "localhost"
_MOST_BODY = 4 * 1024 * 1024


class FakeGraph:
    """Graph and its sign-in host under one address. `root` and `authority` are what the settings of a test name."""

    def __init__(
        self,
        authority: Authority,
        tenant: Tenant | None = None,
        *,
        cloud: str = "global",
        compress: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self.tenant = tenant or Tenant()
        self.clock = clock or Clock()
        self.signin = SignIn(self.tenant.id, self.clock)
        self.service = Service(self.tenant, self.clock, self.signin, cloud=cloud)
        self.faults = self.service.faults
        self.ca_file: Path = authority.file
        file = authority.file.with_name("client.secret")
        file.touch(0o600)
        file.write_text(min(self.signin.application.secrets) + "\n", "utf-8")
        self.secret = SecretReference(SecretKind.FILE, str(file))
        self.compress = compress
        self.stopping = Event()
        self.broken: list[str] = []
        """Mistakes of the fake itself, which fail the test at its end."""
        self.hangs_up = 0
        """So many of the next connections end in the handshake."""
        certificate, key = authority.certificate(HOST)
        context = closing(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
        context.load_cert_chain(certificate, key)
        self._server = _Server(self, context)
        self.port: int = self._server.server_address[1]
        self.signin.host = self.root
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def root(self) -> str:
        """The Graph root, without the version."""
        return f"https://{HOST}:{self.port}"

    def sign_in(self, **changes: Any) -> GraphSignIn:
        """How a client signs in here; with the secret of the application if nothing else is said."""
        how = GraphSignIn(
            self.tenant.id,
            self.signin.application.client_id,
            Proof.SECRET,
            self.secret,
            authority=self.root,
            root=self.root,
            ca_file=self.ca_file,
            connect_timeout=5.0,
            read_timeout=5.0,
            request_deadline=20.0,
        )
        return replace(how, **changes)

    def account(self, principal: str, **changes: Any) -> Account:
        """One mailbox as a scan meets it; `changes` are those of the tenant."""
        tenant = replace(GraphTenant(self.sign_in()), **changes)
        user = self.tenant.user(principal)
        addresses = (user.mail,) if user and user.mail else ()
        return Account(principal, "graph", graph=tenant, mailbox=GraphMailbox(principal, addresses))

    def whole(self, name: str = "contoso", **changes: Any) -> Account:
        """Every mailbox of the tenant as one account, which a scan expands."""
        return Account(name, "graph", graph=replace(GraphTenant(self.sign_in()), **changes))

    @property
    def scope(self) -> str:
        """The scope for client credentials."""
        return f"{self.root}/.default"

    @property
    def seen(self) -> list[Seen]:
        """The log of requests for mail and directory, parts of batches included; those for tokens are not in it."""
        return self.service.seen

    @property
    def connections(self) -> int:
        """How many connections were ever made."""
        return self._server.connections

    def stop(self) -> None:
        """Close the door; connections that are open end by themselves."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def reply(self, request: Request) -> Reply:
        """The answer to any request."""
        if "/oauth2/" in request.path or "/.well-known/" in request.path:
            found = self.faults.instead(request) or self.signin.reply(request)
            if found is not None:
                return found
        return self.service.reply(request)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, fake: FakeGraph, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fake = fake
        self.connections = 0
        self._context = context

    def get_request(self) -> tuple[socket.socket, Any]:
        """A connection; its handshake happens in its own thread, so that a silent client stops nobody else."""
        connection, address = super().get_request()
        self.connections += 1
        if self.fake.hangs_up:
            self.fake.hangs_up -= 1
            connection.recv(64 * 1024)
            connection.close()
            raise ConnectionAbortedError("hung up in the handshake, as wished")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(30)
        return self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients hang up, and tests make them; anything else is a mistake of the fake."""
        trouble = sys.exc_info()[1]
        if not isinstance(trouble, OSError):
            self.fake.broken.append(repr(trouble))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _any(self) -> None:
        length = min(int(self.headers.get("Content-Length") or 0), _MOST_BODY)
        body = self.rfile.read(length) if length else b""
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.fake.reply(Request(self.command, path, query, headers, body))
        self._send(reply, headers.get("accept-encoding", ""))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):  # any method at all: the log has to show what was tried
            return self._any
        raise AttributeError(name)

    def _send(self, reply: Reply, encodings: str) -> None:
        if reply.stall:
            self.server.fake.stopping.wait(reply.stall)
        if reply.reset or reply.stall:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # RST, not FIN
            self.connection.close()
            return
        if reply.garbage:
            self.close_connection = True
            self.wfile.write(reply.garbage)
            return
        body, headers = reply.body, dict(reply.headers)
        if self.server.fake.compress and "gzip" in encodings and "Content-Encoding" not in headers:
            body = gzip.compress(body, 1)
            headers["Content-Encoding"] = "gzip"
        headers.setdefault("Content-Length", str(len(body)))
        headers.setdefault("Date", self.server.fake.clock.http_date())
        lines = [f"HTTP/1.1 {reply.status} {self.responses.get(reply.status, ('',))[0]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        if reply.cut is not None:
            body = body[: reply.cut]
            self.close_connection = True
        if not reply.chunk:
            self.wfile.write(head + body)
            return
        self.wfile.write(head)
        for start in range(0, len(body), reply.chunk):
            self.wfile.write(body[start : start + reply.chunk])
            if reply.pace and self.server.fake.stopping.wait(reply.pace):
                self.close_connection = True
                return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is that of http.server
        """The fake keeps its own log."""


@contextmanager
def serving(fake: FakeGraph) -> Iterator[FakeGraph]:
    """Stop it at the end, whatever happens."""
    try:
        yield fake
    finally:
        fake.stop()
