"""HTTPS connections for `requests` that leave no descriptor behind, and answers that come to an end."""

from __future__ import annotations

import io
import socket
import time
from dataclasses import dataclass
from http.client import HTTPResponse
from math import inf
from typing import Any, cast

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

from scanner.connectors.tls_socket import closing


class SecureConnection(HTTPSConnection):
    """The connection of urllib3, over our own kind of socket."""

    def connect(self) -> None:
        """Connect and agree on encryption; whom to trust is what `requests` was told for this request."""
        if self.ssl_context is None:
            self.ssl_context = closing(create_urllib3_context())
        super().connect()


class SecureAdapter(HTTPAdapter):
    """What `requests` sends with, over connections of the kinds `plain` and `secure`. `named` goes to its parent."""

    def __init__(
        self,
        plain: type[HTTPConnection] = HTTPConnection,
        secure: type[SecureConnection] = SecureConnection,
        **named: Any,
    ) -> None:
        class PlainPool(HTTPConnectionPool):
            ConnectionCls = plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = secure

        self._pools = {"http": PlainPool, "https": SecurePool}
        super().__init__(**named)

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        """The pools of `requests`, of our own kind."""
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *arguments: Any, **named: Any) -> Any:
        """The same through a proxy."""
        manager = super().proxy_manager_for(*arguments, **named)
        manager.pool_classes_by_scheme = self._pools
        return manager


@dataclass(slots=True)
class Allowed:
    """What one answer may take, its header included: seconds, and octets as they come over the line.

    `agreed` is False while a connection is made: what fails then is the proof of who the host is, and else the line.
    """

    seconds: float = inf
    octets: float = inf
    agreed: bool = True


def bounded(allowed: Allowed, **named: Any) -> SecureAdapter:
    """Connections whose answers end in an error where they take more than is `allowed` when they begin.

    A time-out of `requests` ends silence, but neither an answer that drips nor one that never ends.
    """

    class Response(HTTPResponse):
        def __init__(self, sock: socket.socket, *arguments: Any, **more: Any) -> None:
            super().__init__(sock, *arguments, **more)
            self.fp = io.BufferedReader(_Within(self.fp.detach(), sock, allowed), 64 * 1024)

    class Plain(HTTPConnection):
        response_class = Response

    class Secure(SecureConnection):
        response_class = Response

        def connect(self) -> None:
            allowed.agreed = False
            super().connect()
            allowed.agreed = True

    return SecureAdapter(Plain, Secure, max_retries=0, **named)


class _Within(io.RawIOBase):
    """What comes over a socket, as long as it is allowed."""

    def __init__(self, raw: io.RawIOBase, line: socket.socket, allowed: Allowed) -> None:
        super().__init__()
        self._raw = raw
        self._line = line
        self._silence = line.gettimeout()
        self._end = time.monotonic() + allowed.seconds
        self._room = allowed.octets

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        if self._room <= 0:
            raise OSError("the answer is too large")
        if left < inf:
            self._line.settimeout(left if self._silence is None else min(self._silence, left))
        size = cast(int | None, self._raw.readinto(buffer))
        self._room -= size or 0
        return size

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()
