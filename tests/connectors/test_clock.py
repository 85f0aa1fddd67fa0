"""The clock of Microsoft 365, as the Date of an answer tells it."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from scanner.account import Account, GraphSignIn, GraphTenant, Proof
from scanner.connectors.clock import skew
from tests.authority import Authority


@contextmanager
def service(authority: Authority, behind: float, *, date: str = "") -> Iterator[GraphSignIn]:
    """A host whose clock is behind by so many seconds, or that says this instead of a date."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            assert self.headers["Authorization"] is None
            self.send_response_only(404)
            self.send_header("Date", date or self.date_time_string(time.time() - behind))
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.certificate("localhost"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    root = f"https://127.0.0.1:{server.server_address[1]}"
    yield GraphSignIn("tenant", "app", Proof.MANAGED_IDENTITY, root=root, ca_file=authority.file, connect_timeout=5)
    server.shutdown()
    server.server_close()
    thread.join(5)


def account(sign_in: GraphSignIn) -> Account:
    return Account("tenant", "graph", graph=GraphTenant(sign_in))


@pytest.mark.parametrize("behind", [0, 600, -3600])
def test_the_difference_is_told_to_the_second(tmp_path: Path, behind: float) -> None:
    with service(Authority(tmp_path), behind) as sign_in:
        ahead = skew(account(sign_in))
    assert ahead is not None
    assert abs(ahead - timedelta(seconds=behind)) < timedelta(seconds=30)


def test_where_it_is_not_told_nothing_is_guessed(tmp_path: Path) -> None:
    with service(Authority(tmp_path), 0, date="yesterday") as sign_in:
        assert skew(account(sign_in)) is None
    assert skew(account(sign_in)) is None  # nobody is there any more
    assert skew(account(replace(sign_in, ca_file=tmp_path / "absent.pem"))) is None
    assert skew(Account("archive", "mbox", path=tmp_path)) is None
