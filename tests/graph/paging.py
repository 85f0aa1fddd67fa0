"""Next links of the fake: opaque, and good only as they were given."""

from __future__ import annotations

import hashlib
from threading import Lock
from urllib.parse import urlencode

from tests.graph.reply import Refusal, Request


class Links:
    """Makes links and takes them back. What a link stands for never leaves the fake."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, int]] = {}
        self._lock = Lock()

    def next_link(self, request: Request, position: int) -> str:
        """The link to what follows `position`: the same address with the same options and an opaque token."""
        options = {name: value for name, value in request.options.items() if name.lower() not in _TOKENS}
        seed = f"{request.path} {sorted(options.items())} {position}"
        token = hashlib.sha256(seed.encode()).hexdigest()[:40] + "=_-"
        address = f"{_root(request)}{request.path}?{urlencode({**options, '$skiptoken': token}, safe='$,')}"
        with self._lock:
            self._known[token] = (_after_host(address), position)
        return address

    def position(self, request: Request) -> int:
        """Where a listing goes on: 0 at its start. A link that was changed in any way is refused."""
        token = request.options.get("$skiptoken")
        if token is None:
            return 0
        with self._lock:
            held = self._known.get(token)
        if held is None or held[0] != f"{request.path}?{request.query}":
            raise Refusal(400, "BadRequest", "Skip token is invalid: the link was not followed as it was given.")
        return held[1]


_TOKENS = frozenset({"$skiptoken", "$skip"})


def _root(request: Request) -> str:
    return f"https://{request.headers.get('host', 'localhost')}"


def _after_host(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def delta_link(request: Request, name: str, token: str) -> str:
    """A link of the delta engine: nothing but the token is in it."""
    return f"{_root(request)}{request.path}?{urlencode({name: token}, safe='$')}"
