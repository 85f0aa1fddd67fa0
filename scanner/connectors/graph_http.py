"""The line to Microsoft Graph: HTTPS with kept connections, and an end to every answer that takes too long or too much.

A `requests.Session` knows a time-out for silence, but none for an answer that drips; and it would unpack a small answer
to any size. Here each request has a deadline, and each answer a largest size.
"""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPResponse
from threading import Lock
from typing import Any, cast

import requests
from requests.auth import AuthBase
from requests.utils import get_environ_proxies
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from scanner.account import GraphSignIn
from scanner.connectors.https_line import SecureAdapter, SecureConnection
from scanner.connectors.sign_in import broke_off, trusted
from scanner.errors import InsecureTransport

LARGEST_ANSWER = 16 * 1024 * 1024
"""Octets of an answer, unpacked. A page of 500 ordinary messages has one million; a larger one is halved."""
LARGEST_MESSAGE = 256 * 1024 * 1024
"""Octets of a whole message: Exchange carries at most 150 MB, and the form for the wire is a third longer."""
_CHUNK = 1024 * 1024
_REQUESTS_ON_A_LINE = 4


class Broken(Exception):
    """No answer, or not a whole one.

    `slow` says that the time was over, `unproven` that the host is a stranger, `large` that it was too much.
    """

    def __init__(self, sentence: str, *, slow: bool = False, unproven: bool = False, large: bool = False) -> None:
        super().__init__(sentence)
        self.slow = slow
        self.unproven = unproven
        self.large = large


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. `headers` are looked up in any case; `body` is unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Bearer(AuthBase):
    """The token of one request. It stands in no `repr`, and keeps `requests` from looking for passwords in .netrc."""

    def __init__(self, token: str) -> None:
        self.__token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request with the token in it."""
        request.headers["Authorization"] = f"Bearer {self.__token}"
        return request


@dataclass(frozen=True, slots=True)
class Sending:
    """With whose token, and how many octets the answer may have."""

    auth: AuthBase
    largest: int = LARGEST_ANSWER


class Line:
    """Sends requests from any thread; connections are kept, and used again by whoever comes next."""

    def __init__(self, sign_in: GraphSignIn) -> None:
        if not sign_in.root_url.lower().startswith("https://"):
            raise InsecureTransport(
                f"{sign_in.root_url} is not an https address.", "A token is never sent over an unencrypted line."
            )
        self._timeouts = (sign_in.connect_timeout, sign_in.read_timeout)
        self._deadline = sign_in.request_deadline
        # Asked once: a session would look through the whole environment for each request.
        self._proxies = get_environ_proxies(sign_in.root_url)
        self._verify = trusted(sign_in.ca_file)
        self._idle: list[requests.Session] = []  # the last one used is the first to be used again
        self._lock = Lock()

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for session in self._idle:
                session.close()
            self._idle.clear()

    def send(self, url: str, headers: Mapping[str, str], body: bytes | None, how: Sending) -> Answer:
        """One request, a POST if it has a body, and its whole answer, whatever its status. Raises `Broken`.

        Redirections are not followed.
        """
        session = self._session()
        try:
            response = session.request(
                "GET" if body is None else "POST",
                url,
                data=body,
                headers=dict(headers),
                auth=how.auth,
                timeout=self._timeouts,
                verify=self._verify,
                allow_redirects=False,
                stream=True,
            )
            with response:
                return Answer(response.status_code, response.headers, _whole(response, how.largest))
        except requests.exceptions.SSLError as error:
            raise Broken(_bare(error), unproven=not broke_off(error)) from None
        except requests.exceptions.Timeout as error:
            raise Broken(_bare(error), slow=True) from None
        except (requests.exceptions.RequestException, HTTPError, OSError, ValueError) as error:
            # "from None": an error of requests holds the request, and that holds the token.
            raise Broken(_bare(error), slow=_timed_out(error)) from None
        finally:
            with self._lock:
                self._idle.append(session)

    def _session(self) -> requests.Session:
        """A session that nobody else uses: one is not made for two threads at a time."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        session = requests.Session()
        session.trust_env = False
        session.proxies.update(self._proxies)
        session.mount("https://", _adapter(self._deadline))
        return session


def _whole(response: requests.Response, room: int) -> bytes:
    chunks: list[bytes] = []
    while chunk := response.raw.read(_CHUNK, decode_content=True):
        room -= len(chunk)
        if room < 0:
            raise Broken("the answer is too large", large=True)
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _bare(error: BaseException) -> str:
    """The name of an error. Its text may quote the request."""
    return type(error).__name__


def _timed_out(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, TimeoutError | socket.timeout) or "Timeout" in type(seen).__name__:
            return True
        seen = seen.__cause__ or seen.__context__
    return False


class _Until(io.RawIOBase):
    """What comes over a socket, until a moment."""

    def __init__(self, raw: io.RawIOBase, line: socket.socket, seconds: float) -> None:
        super().__init__()
        self._raw = raw
        self._line = line
        self._silence = line.gettimeout()
        self._end = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._line.settimeout(left if self._silence is None else min(self._silence, left))
        return cast(int | None, self._raw.readinto(buffer))

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


def _adapter(deadline: float) -> SecureAdapter:
    """Connections whose answers have a deadline; failed requests are repeated by us, who know why they failed."""

    class Response(HTTPResponse):
        def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
            super().__init__(sock, *arguments, **named)
            self.fp = io.BufferedReader(_Until(self.fp.detach(), sock, deadline), 64 * 1024)

    class Plain(HTTPConnection):
        response_class = Response

    class Secure(SecureConnection):
        response_class = Response

    return SecureAdapter(Plain, Secure, pool_connections=1, pool_maxsize=_REQUESTS_ON_A_LINE, max_retries=0)
