"""The line to Microsoft Graph: HTTPS with kept connections, and an end to every answer that takes too long or too much.

A `requests.Session` knows a time-out for silence, but none for an answer that drips; and it would unpack a small answer
to any size. Here each request has a deadline, and each answer a largest size.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from threading import Lock

import requests
from requests.auth import AuthBase
from requests.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

from scanner.account import GraphSignIn
from scanner.connectors.https_line import Allowed, bounded
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
    """With whose token, how many octets the answer may have, and within how many seconds it must come."""

    auth: AuthBase
    largest: int = LARGEST_ANSWER
    seconds: float = inf


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
        self._idle: list[_Session] = []  # the last one used is the first to be used again
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
        session.allowed.seconds = min(self._deadline, how.seconds)
        session.allowed.agreed = True
        try:
            response = session.request(
                "GET" if body is None else "POST",
                url,
                data=body,
                headers=dict(headers),
                auth=how.auth,
                timeout=(min(self._timeouts[0], how.seconds), min(self._timeouts[1], how.seconds)),
                verify=self._verify,
                allow_redirects=False,
                stream=True,
            )
            with response:
                return Answer(response.status_code, response.headers, _whole(response, how.largest))
        except requests.exceptions.SSLError as error:
            raise Broken(_bare(error), unproven=not (session.allowed.agreed or broke_off(error))) from None
        except requests.exceptions.Timeout as error:
            raise Broken(_bare(error), slow=True) from None
        except (requests.exceptions.RequestException, HTTPError, OSError, ValueError) as error:
            # "from None": an error of requests holds the request, and that holds the token.
            raise Broken(_bare(error), slow=_timed_out(error)) from None
        finally:
            with self._lock:
                self._idle.append(session)

    def _session(self) -> _Session:
        """A session that nobody else uses: one is not made for two threads at a time."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return _Session(self._proxies)


class _Session(requests.Session):
    """One line; `allowed` is what its next answer may take. Failed requests are repeated by us, who know why."""

    def __init__(self, proxies: Mapping[str, str]) -> None:
        super().__init__()
        self.allowed = Allowed()
        self.trust_env = False
        self.proxies.update(proxies)
        self.mount("https://", bounded(self.allowed, pool_connections=1, pool_maxsize=_REQUESTS_ON_A_LINE))


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
