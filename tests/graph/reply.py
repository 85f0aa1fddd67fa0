"""What comes in and goes out of the fake: a request, an answer, and a refusal in Microsoft's words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """A request. `path` is still percent-encoded; header names are lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    inner: bool = False
    """Whether it is a part of a batch."""

    @property
    def options(self) -> dict[str, str]:
        """The decoded query; an option that comes twice is refused elsewhere, the last one wins here."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def preferences(self) -> dict[str, str]:
        """The `Prefer` header (RFC 7240 §2), names in lower case, values without quotes."""
        found = {}
        for item in self.headers.get("prefer", "").split(","):
            name, _, value = item.partition("=")
            if name.strip():
                found[name.strip().lower()] = value.strip().strip('"')
        return found

    @property
    def immutable(self) -> bool:
        """Whether immutable ids are wanted: it has to be said each time."""
        return self.preferences.get("idtype") == "ImmutableId"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and how the line behaves while it is sent.

    `cut` octets of the body are sent and then the connection ends; `reset` ends it before the first octet; after
    `stall` seconds of nothing the connection ends too; `chunk` sends so many octets at a time, `pace` seconds apart;
    `garbage` is sent in place of everything. Stalled and slow answers end when the fake does.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    reset: bool = False
    stall: float = 0.0
    chunk: int = 0
    pace: float = 0.0
    garbage: bytes = b""

    def plus(self, **headers: str) -> Reply:
        """The same with more headers; underscores stand for hyphens."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **more})

    @property
    def json(self) -> Json:
        """The decoded body."""
        held: Json = json.loads(self.body)
        return held


class Refusal(Exception):
    """The service says no."""

    def __init__(self, status: int, code: str, message: str = "", **headers: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def reply(self, *, inner_name: str = "innerError") -> Reply:
        """As an answer."""
        return error(self.status, self.code, self.message, inner_name=inner_name).plus(
            **{name.replace("-", "_"): value for name, value in self.headers.items()}
        )


def answer(content: Json, status: int = 200) -> Reply:
    """A JSON answer."""
    try:
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # half a character, which JSON can spell and UTF-8 cannot
        body = json.dumps(content).encode()
    return Reply(status, body, {"Content-Type": "application/json; charset=utf-8"})


def error(status: int, code: str, message: str = "", *, inner_name: str = "innerError") -> Reply:
    """An error in Graph's shape."""
    inner = {"date": "2026-11-21T08:00:00", "request-id": "0" * 8, "client-request-id": "0" * 8}
    return answer({"error": {"code": code, "message": message, inner_name: inner}}, status)


def html(status: int, sentence: str = "Our services aren't available right now") -> Reply:
    """What a gateway in front of Graph says."""
    body = f"<!DOCTYPE html><html><head><title>{status}</title></head><body><h2>{sentence}</h2></body></html>"
    return Reply(status, body.encode(), {"Content-Type": "text/html"})
