"""No descriptor is left behind by a line that breaks, or is interrupted, while it is made."""

from __future__ import annotations

import gc
import socket
import ssl
import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
import urllib3.util.connection

from scanner.account import GraphSignIn, ImapServer, Proof
from scanner.connectors.graph_http import Bearer, Broken, Line, Sending
from scanner.connectors.imap_connect import connect
from scanner.connectors.sign_in import SignInSession
from scanner.errors import ServerUnreachable
from tests.connectors.hostile_imap import Script, Talk
from tests.connectors.imap_reading import Serve

RESET = struct.pack("ii", 1, 0)  # close sends RST, not FIN (SO_LINGER)


@contextmanager
def nothing_left() -> Iterator[None]:
    """Fails when a socket made in the block was forgotten and not closed."""
    gc.collect()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ResourceWarning)
        yield
        gc.collect()
    assert [str(one.message) for one in said if issubclass(one.category, ResourceWarning)] == []


@pytest.fixture
def vanishing(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a host that is gone when the connection stands, as one is that stops with clients in its queue."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        for module in (socket, urllib3.util.connection):
            plain = module.create_connection

            def connected(*arguments: Any, plain: Callable[..., socket.socket] = plain, **named: Any) -> socket.socket:
                line = plain(*arguments, **named)
                far, _ = listener.accept()
                far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                far.close()
                return line

            monkeypatch.setattr(module, "create_connection", connected)
        yield int(listener.getsockname()[1])


def test_an_imap_server_that_is_gone_before_the_handshake(vanishing: int) -> None:
    with nothing_left(), pytest.raises(ServerUnreachable, match="reset by peer"):
        connect(ImapServer(host="localhost", user="alice", port=vanishing))


def test_a_service_that_is_gone_before_the_handshake(vanishing: int) -> None:
    root = f"https://localhost:{vanishing}"
    line = Line(GraphSignIn("tenant", "client", Proof.SECRET, None, authority=root, root=root))
    with nothing_left():
        with pytest.raises(Broken) as caught:
            line.send(f"{root}/v1.0/me", {}, None, Sending(Bearer("token")))
        assert not caught.value.unproven
        del caught
        line.close()


def test_a_sign_in_host_that_is_gone_before_the_handshake(vanishing: int) -> None:
    with nothing_left():
        with SignInSession((2.0, 2.0)) as session, pytest.raises(requests.exceptions.ConnectionError):
            session.get(f"https://localhost:{vanishing}/")
        del session


class Interrupted(Script):
    """Greets nobody."""

    def greet(self, talk: Talk) -> None:
        talk.hang()


@pytest.mark.parametrize("place", ["do_handshake", "recv"])
def test_a_person_who_interrupts_while_we_connect(serve: Serve, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    server = serve(Interrupted()).server()

    def press(self: ssl.SSLSocket, *arguments: Any) -> Any:
        if not self.server_side:
            raise KeyboardInterrupt
        return plain(self, *arguments)

    plain = getattr(ssl.SSLSocket, place)
    monkeypatch.setattr(ssl.SSLSocket, place, press)
    with nothing_left(), pytest.raises(KeyboardInterrupt):
        connect(server)
    monkeypatch.undo()
