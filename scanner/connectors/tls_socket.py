"""A TLS socket that is closed whenever its making fails."""

from __future__ import annotations

import errno
import ssl
from typing import Any, Final

SPOILT: Final = frozenset({"DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "SSLV3_ALERT_BAD_RECORD_MAC", "BAD_RECORD_MAC"})
"""What OpenSSL says of octets that were spoilt on the way, whichever side notices: a new handshake proves all anew."""


class TlsSocket(ssl.SSLSocket):
    """What a context makes when its `sslsocket_class` is this one.

    `ssl` takes the descriptor over from the plain socket and, before Python 3.13, forgets it where the other side was
    gone already or where Ctrl-C interrupts the handshake: nobody holds it any longer who could close it. It also gives
    out a socket without TLS when the line was not connected; here that is an error.
    """

    def getpeername(self) -> Any:
        """The other side. `ssl` asks for it before the handshake; raises `ConnectionResetError` when it is gone."""
        try:
            return super().getpeername()
        except OSError as error:
            self.close()
            raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer") from error

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - the signature of `ssl`
        """As the parent's, but no descriptor is left behind."""
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def closing(context: ssl.SSLContext) -> ssl.SSLContext:
    """The same context, whose sockets are closed whenever their making fails."""
    context.sslsocket_class = TlsSocket
    return context
