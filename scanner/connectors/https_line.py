"""HTTPS connections for `requests` that leave no descriptor behind, whatever happens while they are made."""

from __future__ import annotations

from typing import Any

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
