"""Questions to Microsoft Graph, and patience with it: limits in flight, waiting as asked, fresh tokens, own links."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from threading import BoundedSemaphore, Lock
from typing import TypeGuard, TypeVar

import msgspec

from scanner import __version__
from scanner.account import GraphSignIn, GraphTenant, Proof
from scanner.connectors.graph_http import LARGEST_ANSWER, LARGEST_MESSAGE, Answer, Bearer, Broken, Line, Sending
from scanner.connectors.graph_link import VERSION, address_of, on_host_of
from scanner.connectors.graph_patience import LONGEST_WAIT, OUT_OF_TIME, Attempts, Rest
from scanner.connectors.graph_refusal import Concern, Refusal, as_source_error, not_accepted, refusal_of
from scanner.connectors.graph_token import tokens_of
from scanner.errors import ServerUnreachable, SourceInterrupted

T = TypeVar("T")

log = logging.getLogger(__name__)

IMMUTABLE = 'IdType="ImmutableId"'
LARGEST_BATCH = 20
BUSY = frozenset((Concern.WAIT, Concern.HEAVY))
_AGENT = f"NONISV|missedbcc|missedbcc/{__version__}"
_LOOK = 60.0  # seconds between two looks whether there is time left
_SLOT_WAIT = 5.0  # a request that timed out holds its slot at the service for a while
_TRIES_OF_FORM = 3  # of a part of a batch that is no JSON, or not what was asked for
_TRIES_OF_TOKEN = 2  # of a part of a batch: with the token in use, and with a new one
_TRIES_OF_TROUBLE = 3  # of a question that is answered 500, before it is asked whether another one fares better


def pause(seconds: float) -> None:
    """Wait. The one place where this connector does, so that tests can let time pass."""
    time.sleep(seconds)


class Lane:
    """What one mailbox, or the directory, is asked through: its own slots and its own rest.

    `not_before` is when the first question may be asked (`time.monotonic`), for a mailbox that has told us to wait;
    `until` is when the last one must be answered. `control` is the place of a question that a mailbox in good health
    answers whatever is in it.
    """

    def __init__(self, in_flight: int, named: str = "", not_before: float = 0.0) -> None:
        self.not_before = not_before
        self.until = inf
        self.control = ""
        self.suspect = False  # an answer failed for ever while `control` was answered: from then on, that is looked for
        self.rest = Rest(self._pause)
        self.renewed = False  # the token was renewed for the last batch
        self.slots = BoundedSemaphore(max(1, min(in_flight, 4)))  # the service has four a mailbox
        self._so_far = f"Reading {named} stopped there." if named else ""

    @property
    def crowded(self) -> bool:
        """Whether one question is asked at a time, because the service asked for patience."""
        return self.rest.crowded

    def attempts(self) -> Attempts:
        """The patience with one question."""
        return Attempts(self.rest, self._so_far)

    @contextmanager
    def slot(self, slots: BoundedSemaphore) -> Iterator[float]:
        """Hold one of the lane's slots and one of `slots`; gives the seconds that are left for an answer."""
        with self.slots:
            while not slots.acquire(timeout=min(_LOOK, self._left())):
                pass
            try:
                yield self._left()
            finally:
                slots.release()

    def _left(self) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise SourceInterrupted(*OUT_OF_TIME)
        return left

    def _pause(self, seconds: float) -> None:
        pause(min(seconds, max(0.0, self.until - time.monotonic())))  # `pause` is looked up each time: see there


# One of two surrogates without the other, as JSON spells it (RFC 8259 §8.2).
_HALF = re.compile(rb"\\u[dD][89abAB]\w\w(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]\w\w)\\u[dD][c-fC-F]\w\w")


@dataclass(frozen=True, slots=True)
class _Question:
    """One request: POST where it has a body, else GET."""

    url: str
    lane: Lane
    prefer: str = IMMUTABLE
    body: bytes | None = None
    largest: int = LARGEST_ANSWER


class _Part(msgspec.Struct):
    id: str
    status: int
    headers: dict[str, str] | None = None
    body: msgspec.Raw = msgspec.Raw(b"")


class _Parts(msgspec.Struct):
    responses: list[_Part]


_PARTS = msgspec.json.Decoder(_Parts)


class Client:
    """Asks one service with one sign-in, from any number of threads. Only GET, and `$batch` of nothing but GET."""

    def __init__(self, sign_in: GraphSignIn, in_flight: int, *, whole: bool = False) -> None:
        self._root = sign_in.root_url
        self._tokens = tokens_of(sign_in, whole)
        self._line = Line(sign_in)
        self._slots = BoundedSemaphore(max(1, in_flight))
        self._not_before: dict[str, float] = {}
        self._in_flight = max(1, in_flight)
        self._readers = 0  # mailboxes that are in their first pass
        self._lock = Lock()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A mailbox is in its first pass, where it may use what others leave free."""
        with self._lock:
            self._readers += 1
        try:
            yield
        finally:
            with self._lock:
                self._readers -= 1

    def share(self, most: int) -> int:
        """How many of the requests in flight a mailbox in its first pass may have, at least 1 and at most `most`."""
        return max(1, min(most, self._in_flight // max(1, self._readers)))

    def close(self) -> None:
        """Close the connections; the next question opens new ones."""
        self._line.close()

    def lane_of(self, user: str, in_flight: int) -> Lane:
        """The lane of a mailbox, which may have to wait at first."""
        return Lane(in_flight, not_before=self._not_before.pop(user, 0.0))

    def told_to_wait(self, user: str, seconds: float) -> None:
        """A mailbox asks to be left alone for a while; a long one is none to wait for, and asking says so again."""
        if seconds <= LONGEST_WAIT:
            self._not_before[user] = time.monotonic() + seconds

    def leads_to(self, link: str) -> bool:
        """Whether a link that was kept leads to this service; `root` may have been another one then."""
        return on_host_of(link, self._root)

    def token(self) -> str:
        """The token in use, for its rights only."""
        return self._tokens.token()

    def get(
        self, place: str, lane: Lane, decode: Callable[[bytes], T], *, prefer: str = IMMUTABLE, heavy: bool = False
    ) -> T:
        """What is at `place`: a path that begins with "/", or a link as the service gave it.

        Waits as long as waiting may help. Raises `Refusal` where it cannot, and `SourceInterrupted` where patience
        ends. With `heavy`, an answer that takes the service too long is a `Refusal` at once: ask for less.
        """
        return self._patiently(_Question(address_of(place, self._root), lane, prefer), decode, heavy=heavy)

    def whole(self, place: str, lane: Lane) -> bytes:
        """What is at `place`, octet for octet, however large a message may be. Waits and raises like `get`."""
        return self._patiently(_Question(address_of(place, self._root), lane, largest=LARGEST_MESSAGE), bytes)

    def _patiently(self, question: _Question, decode: Callable[[bytes], T], *, heavy: bool = False) -> T:
        lane, patience, tries = question.lane, question.lane.attempts(), 0
        while True:
            tries += 1
            with patience.attempt():
                try:
                    found = self._decoded(self._once(question), decode)
                except Broken as broken:
                    self._mend(broken, lane, patience, heavy=heavy)
                except Refusal as refusal:
                    enough = tries >= (1 if lane.suspect else _TRIES_OF_TROUBLE)
                    stuck = heavy and enough and self._is_stuck(refusal, lane)
                    self._wait_or_raise(_too_heavy(refusal) if stuck else refusal, lane, patience, heavy=heavy)
                else:
                    patience.answered()
                    return found

    def batch(
        self,
        places: Sequence[str],
        lane: Lane,
        decode: Callable[[bytes], T],
        *,
        prefer: str = IMMUTABLE,
        retried: frozenset[Concern] = BUSY,
    ) -> list[T | Refusal]:
        """What is at several places, in their order, by one request for each twenty. Waits like `get`.

        Places that are refused for one of the concerns `retried` are asked for again; the others give their `Refusal`.
        """
        results: dict[int, T | Refusal] = {}
        for start in range(0, len(places), LARGEST_BATCH):
            numbers = range(start, min(start + LARGEST_BATCH, len(places)))
            patience, tries = lane.attempts(), 0
            while missing := [number for number in numbers if number not in results]:
                token, tries = self._tokens.token(), tries + 1
                parts = self._parts(places, missing, (lane, patience), prefer).items()
                found = {number: _result(part, decode) for number, part in parts}
                if tries >= _TRIES_OF_TROUBLE and Concern.HEAVY not in retried:
                    found = {n: _too_heavy(one) if self._is_stuck(one, lane) else one for n, one in found.items()}
                busy = [one for one in found.values() if _is_busy(one, tries, retried)]
                results |= {number: one for number, one in found.items() if not _is_busy(one, tries, retried)}
                if len(busy) < len(found):  # a batch that came is no progress yet: its parts may be refused for ever
                    patience.answered()
                self._before_the_rest(found, [one for one in busy if isinstance(one, Refusal)], (lane, patience), token)
        return [results[number] for number in range(len(places))]

    def _is_stuck(self, answer: object, lane: Lane) -> TypeGuard[Refusal]:
        """Whether a 500 is about what was asked for, since another question is answered meanwhile."""
        if not isinstance(answer, Refusal) or answer.status != 500 or answer.wait is not None or not lane.control:
            return False
        if answer.concern is not Concern.WAIT:
            return False
        try:
            self._once(_Question(address_of(lane.control, self._root), lane))
        except (Refusal, Broken):
            return False
        lane.suspect = True
        lane.rest.answered()
        return True

    def _before_the_rest(
        self, found: Collection[object], busy: Sequence[Refusal], how: tuple[Lane, Attempts], token: str
    ) -> None:
        """What has to be done before the refused parts of a batch are asked for again."""
        lane, patience = how
        if any(refusal.concern is Concern.TOKEN for refusal in busy):
            renewed = self._tokens.token(instead_of=token)
            if renewed == token or (lane.renewed and len(busy) == len(found)):
                raise not_accepted({})  # a second new one would fare no better
            lane.renewed = True
            return
        lane.renewed = False
        if busy or not found:
            longest = max(busy, key=lambda refusal: refusal.wait or 0.0, default=None)
            sentence = str(longest) if longest else "The service answers nothing of what is asked."
            patience.failed(SourceInterrupted(sentence, retry_after=longest.wait if longest else None))

    def _parts(
        self, places: Sequence[str], missing: Sequence[int], how: tuple[Lane, Attempts], prefer: str
    ) -> dict[int, _Part]:
        lane, patience = how
        asked = [
            {"id": str(number), "method": "GET", "url": places[number], "headers": {"Prefer": prefer}}
            for number in missing
        ]
        question = _Question(f"{self._root}{VERSION}/$batch", lane, "", msgspec.json.encode({"requests": asked}))
        while True:
            with patience.attempt():
                try:
                    parts = self._decoded(self._once(question), _PARTS.decode).responses
                except Broken as broken:
                    self._mend(broken, lane, patience, heavy=False)
                except Refusal as refusal:
                    self._wait_or_raise(refusal, lane, patience, heavy=False)
                else:
                    wanted = {str(number): number for number in missing}
                    return {wanted[part.id]: part for part in parts if part.id in wanted}

    # One request, and what its failure means.

    def _once(self, question: _Question) -> Answer:
        """One answer with status 200. Raises `Refusal` for any other, `Broken` for none."""
        token = self._tokens.token()
        answer = self._sent(question, token)
        if answer.status == 401:  # it grew old on the way, or was withdrawn: once more with a new one, and no more
            token = self._tokens.token(instead_of=token)
            answer = self._sent(question, token)
            if answer.status == 401:
                raise not_accepted(answer.headers)
        if answer.status != 200:
            raise refusal_of(answer.status, answer.headers, answer.body)
        return answer

    def _sent(self, question: _Question, token: str) -> Answer:
        headers, lane = {"User-Agent": _AGENT, "client-request-id": str(uuid.uuid4())}, question.lane
        if question.prefer:
            headers["Prefer"] = question.prefer
        if question.body is not None:
            headers["Content-Type"] = "application/json"
        if lane.not_before:
            lane._pause(max(0.0, lane.not_before - time.monotonic()))
            lane.not_before = 0.0
        with lane.slot(self._slots) as seconds:
            how = Sending(Bearer(token), question.largest, seconds)
            answer = self._line.send(question.url, headers, question.body, how)
        if answer.status != 200:
            log.debug("Status %d for client-request-id %s.", answer.status, headers["client-request-id"])
        return answer

    @staticmethod
    def _decoded(answer: Answer, decode: Callable[[bytes], T]) -> T:
        try:
            return _read(answer.body, decode)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            # "from None": such an error quotes what it could not read.
            raise Broken("it is not of the form that the service promises") from None

    def _mend(self, broken: Broken, lane: Lane, patience: Attempts, *, heavy: bool) -> None:
        if broken.unproven:
            raise ServerUnreachable(
                f"The service {self._root} did not prove who it is.", "Check root, ca_file and the system's CAs."
            )
        if broken.large:  # the same question would be answered the same
            raise Refusal(200, "", Concern.LARGE)
        if broken.slow and heavy:
            lane.rest.crowd(_SLOT_WAIT)
            raise Refusal(504, "", Concern.HEAVY)
        patience.failed(SourceInterrupted(f"An answer of {self._root} did not come whole: {broken}."))

    @staticmethod
    def _wait_or_raise(refusal: Refusal, lane: Lane, patience: Attempts, *, heavy: bool) -> None:
        if refusal.concern is Concern.HEAVY and heavy:
            lane.rest.crowd(min(refusal.wait or _SLOT_WAIT, LONGEST_WAIT))
            raise refusal
        if refusal.concern not in (Concern.WAIT, Concern.HEAVY):
            raise refusal
        patience.failed(SourceInterrupted(str(refusal), retry_after=refusal.wait))


def client_of(tenant: GraphTenant) -> Client:
    """One client for all mailboxes of a tenant: connections, limits and token are shared."""
    whole = tenant.whole_messages and tenant.sign_in.proof is Proof.DEVICE_CODE
    return _client(tenant.sign_in, tenant.in_flight, whole)


@lru_cache(maxsize=16)
def _client(sign_in: GraphSignIn, in_flight: int, whole: bool) -> Client:  # noqa: FBT001 - lru_cache
    return Client(sign_in, in_flight, whole=whole)


def _read(body: bytes, decode: Callable[[bytes], T]) -> T:
    """What an answer says. A character cut in half, as limits of length leave it, spoils no page: it is replaced."""
    try:
        return decode(body)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeError):
        return decode(_HALF.sub(rb"\\ufffd", body.decode("utf-8", "replace").encode()))


def _result(part: _Part, decode: Callable[[bytes], T]) -> T | Refusal:
    body = bytes(part.body)
    if part.status != 200:
        return refusal_of(part.status, part.headers or {}, body)
    try:
        return _read(body, decode)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return Refusal(part.status, "", Concern.FORM)


def _is_busy(result: object, tries: int, retried: frozenset[Concern]) -> bool:
    """Whether the same part is asked for again: once more with a new token, twice more for a broken answer."""
    if not isinstance(result, Refusal):
        return False
    if result.concern is Concern.FORM:
        return tries < _TRIES_OF_FORM
    if result.concern is Concern.TOKEN:
        return tries < _TRIES_OF_TOKEN
    return result.concern in retried


@contextmanager
def explained() -> Iterator[None]:
    """Turn a `Refusal` into the `SourceError` that a person reads."""
    try:
        yield
    except Refusal as refusal:
        raise as_source_error(refusal) from None


def _too_heavy(refusal: Refusal) -> Refusal:
    return Refusal(refusal.status, refusal.code, Concern.HEAVY)
