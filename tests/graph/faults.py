"""What the fake does wrong: switches for each misbehaviour of the real service, all off at the start."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from tests.graph.reply import Reply, Request, answer, error, html

Answer = Reply | Callable[[Request], Reply | None]
"""A ready answer, or what makes one; None leaves the request to the fake and does not count."""


@dataclass
class Scripted:
    """An answer that takes the place of the true one, for the next `times` requests whose address matches."""

    pattern: re.Pattern[str]
    answer: Answer
    times: int


@dataclass
class Faults:
    """Which misbehaviours are on. `rate` is the share of mail requests that fail once, chosen by `seed`.

    delta_page             the most messages of a delta page, whatever is wished (the service grants 200 to 250)
    delta_filter_cap       the most messages that a filtered delta ever gives
    delta_generations      how many of the last delta tokens of a folder are remembered; None: all
    delta_empty            every so-maniest delta page is empty and has a next link
    delta_doubles          the last message of a page comes again on the next one
    delta_shuffled         messages in no order
    delta_misses_returned  a message that left the folder and came back is not told, with immutable ids
    delta_lag              so many of the latest changes are not told yet
    heavy                  the weight (recipients and messages) of a page above which the answer is 504
    list_cap               the most messages of a listed page, whatever `$top` says
    loses_next_link        so many messages into a listing, the next link is missing
    batch_shuffled         answers of a batch in another order than its requests
    batch_empty_code       errors inside a batch carry an empty code
    """

    rate: float = 0.0
    seed: int = 0
    retry_after: int = 1
    delta_page: int = 200
    delta_filter_cap: int = 5_000
    delta_generations: int | None = None
    delta_empty: int = 0
    delta_doubles: bool = False
    delta_shuffled: bool = False
    delta_misses_returned: bool = False
    delta_lag: int = 0
    heavy: int | None = None
    list_cap: int = 1_000
    loses_next_link: int | None = None
    batch_shuffled: bool = False
    batch_empty_code: bool = False
    inner_name: str = "innerError"
    scripted: list[Scripted] = field(default_factory=list)
    _failed: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def script(self, pattern: str, answer: Answer, *, times: int = 1) -> None:
        """Answer the next `times` requests whose path and query match like this (`re.search`, case-insensitive)."""
        self.scripted.append(Scripted(re.compile(pattern, re.IGNORECASE), answer, times))

    def instead(self, request: Request) -> Reply | None:
        """What the script says to this request, if anything."""
        address = f"{request.path}?{request.query}"
        with self._lock:
            for line in self.scripted:
                if line.times > 0 and line.pattern.search(address):
                    found = line.answer if isinstance(line.answer, Reply) else line.answer(request)
                    if found is not None:
                        line.times -= 1
                        return found
        return None

    def by_chance(self, request: Request, http_date: str) -> Reply | None:
        """A failure for the chosen share of mail requests; the same request succeeds when it comes again."""
        if not self.rate:
            return None
        address = f"{self.seed} {request.path}?{request.query}"
        drawn = zlib.crc32(address.encode())
        if drawn / 2**32 >= self.rate:
            return None
        with self._lock:
            if address in self._failed:
                return None
            self._failed.add(address)
        return self._kinds(http_date)[drawn % len(self._kinds(http_date))]

    def _kinds(self, http_date: str) -> tuple[Reply, ...]:
        return (
            throttled(str(self.retry_after)),
            throttled(http_date),
            throttled(None),
            error(503, "MailboxInfoStale", "The mailbox is hosted on database 'Unknown'."),
            error(500, "ErrorInternalServerTransientError"),
            error(504, "UnknownError"),
            html(502, "Bad Gateway"),
            html(503),
            Reply(503),
            Reply(reset=True),
            Reply(200, b'{"value":[{"id":"AAMkAD', {"Content-Type": "application/json"}, cut=12),
        )


def throttled(retry_after: str | None, code: str = "TooManyRequests") -> Reply:
    """429, with or without the time to wait."""
    reply = error(429, code, "Too many requests.")
    return reply if retry_after is None else reply.plus(Retry_After=retry_after)


def denied() -> Reply:
    """403 as an application access policy gives it."""
    return error(403, "ErrorAccessDenied", "Access to OData is disabled.")


def page(*values: object, next_link: str | None = None, delta_link: str | None = None) -> Reply:
    """A collection with whatever in it."""
    content: dict[str, object] = {"value": list(values)}
    if next_link is not None:
        content["@odata.nextLink"] = next_link
    if delta_link is not None:
        content["@odata.deltaLink"] = delta_link
    return answer(content)
