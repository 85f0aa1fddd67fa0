"""Whom a way of telling trusts over TLS."""

from __future__ import annotations

import ssl
from pathlib import Path

from scanner.telling.failure import CannotTell


def trusting(ca_file: Path | None, table: str) -> ssl.SSLContext:
    """Who signs the server's certificate; `table` is where the config names the file. Raises CannotTell."""
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except OSError:  # that of TLS is one, too
        raise CannotTell(f"the ca_file of {table} cannot be read, or holds no certificate") from None
