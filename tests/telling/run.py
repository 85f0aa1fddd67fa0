"""A run that is told, and servers of the tests that take it."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from scanner.telling import Gap, Summary

SECRET = "canary-7d1e"

SUMMARY = Summary(
    case="sales",
    run=7,
    outcome="incomplete",
    exit_code=3,
    finished=datetime(2026, 11, 22, 6, 30, tzinfo=UTC),
    seconds=61.25,
    counts={"incidents": 3, "new": 2, "affected_people": 40, "read": 1234, "unreadable": 1},
    gaps=(Gap("sales", "LoginRefused"), Gap("account 1")),
    late="The last complete run is 15 days old; it should come every Monday at 06:00.",
)


@dataclass
class Inbox:
    """A handler for aiosmtpd that keeps what comes, and refuses whom it is told to refuse."""

    refused: set[str] = field(default_factory=set)
    taken: list[tuple[str, list[str], bytes, bool]] = field(default_factory=list)  # and whether under TLS
    logins: list[tuple[str, str]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 no such canary.person@corp.example here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        assert server.transport is not None
        secured = server.transport.get_extra_info("sslcontext") is not None
        self.taken.append((str(envelope.mail_from), list(envelope.rcpt_tos), content, secured))
        return "250 taken"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password.decode() == SECRET, handled=False)


class Post:
    """A real SMTP server on the loopback; `implicit` is TLS from the first byte, else STARTTLS where there is a key."""

    def __init__(self, certificate: tuple[Path, Path] | None, *, implicit: bool = True) -> None:
        self.inbox = Inbox()
        self.port = 0
        self._context: ssl.SSLContext | None = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*certificate)
        self._implicit = implicit
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def _session(self) -> SMTP:
        starttls = None if self._implicit else self._context
        return SMTP(
            self.inbox,
            hostname="127.0.0.1",
            tls_context=starttls,
            authenticator=self.inbox.authenticate,
            auth_require_tls=False,
            loop=self._loop,
        )

    def __enter__(self) -> Post:
        self._thread.start()
        tls = self._context if self._implicit else None
        made = self._loop.create_server(self._session, "127.0.0.1", 0, ssl=tls)
        self._server = asyncio.run_coroutine_threadsafe(made, self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        asyncio.run_coroutine_threadsafe(self._left(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _left(self) -> None:
        """Every session has ended."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.05)


class Hook:
    """An https server that keeps what is posted; `answer` writes the reply."""

    def __init__(self, certificate: tuple[Path, Path], answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
        self.posted: list[tuple[str, dict[str, str], bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.posted.append((self.path, dict(self.headers), body))
                answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Hook:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._server.server_address[1]}/hook/{SECRET}"


def accept(request: BaseHTTPRequestHandler) -> None:
    request.send_response(204)
    request.end_headers()
