"""What a hostile Graph answers: each case is what one mailbox of a fake tenant does, while two others behave."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.graph.faults import Answer, denied, page, throttled
from tests.graph.reply import Json, Reply, Request, answer, error, html
from tests.graph.server import FakeGraph

ALWAYS = 10_000
LIST = r"/users/ines[^/]*/mailFolders/[^/]+/messages\?"
DELTA = r"/users/ines[^/]*/mailFolders/[^/]+/messages/delta"
ANY = r"/users/ines"

HOSTILE = "ines@contoso.test"
MESSAGES = 5
STRANGER = "stranger.example"


@dataclass(frozen=True)
class Case:
    """`do` makes the fake hostile. Then ines' mail is read (`read` messages), or `says` is in the sentence about it."""

    name: str
    do: Callable[[FakeGraph], None]
    read: int | None = MESSAGES
    says: str = ""
    unreadable: int = 0
    seconds: float = 10.0
    """After which a request is given up."""


def scripted(name: str, pattern: str, reply: Answer, *, times: int = 1, **expected: Any) -> Case:
    """An answer for the next so many requests."""
    return Case(name, lambda fake: fake.faults.script(pattern, reply, times=times), **expected)


def ever(name: str, pattern: str, reply: Answer, says: str) -> Case:
    """An answer for all requests of a kind, with what is then said."""
    return Case(name, lambda fake: fake.faults.script(pattern, reply, times=ALWAYS), None, says)


def _json(text: str | bytes, **headers: str) -> Reply:
    body = text.encode() if isinstance(text, str) else text
    return Reply(200, body, {"Content-Type": "application/json"}).plus(**headers)


def message(number: int, **changes: object) -> Json:
    """A message as it should be; a change to ... leaves the property out."""
    person = {"emailAddress": {"name": "Guest", "address": f"guest{number}@outside.example"}}
    content: Json = {
        "id": f"AAkALg{number:06d}",
        "internetMessageId": f"<made.{number}@contoso.test>",
        "subject": f"Made {number}",
        "sentDateTime": f"2026-02-{1 + number % 28:02d}T09:{number % 60:02d}:00Z",
        "receivedDateTime": "2026-02-01T09:00:00Z",
        "isDraft": False,
        "from": {"emailAddress": {"name": "Ines", "address": "ines@contoso.test"}},
        "toRecipients": [person],
        "ccRecipients": [],
        "bccRecipients": [],
    }
    return {name: value for name, value in (content | changes).items() if value is not ...}


def _instead(*items: object) -> Callable[[FakeGraph], None]:
    """The folder holds these items and no others: lists, deltas and counts agree about it."""

    def do(fake: FakeGraph) -> None:
        fake.faults.script(LIST, page(*items), times=ALWAYS)
        fake.faults.script(DELTA, page(delta_link=f"{fake.root}/v1.0{_PLACE}/delta?$deltatoken=1"), times=ALWAYS)
        (box,) = (fake.tenant.mailbox(user) for user in fake.tenant.users.values() if user.mail == HOSTILE)
        box.sent.held.clear()
        box.sent.other_items = len(items)

    return do


def _loop(*links: str) -> Callable[[FakeGraph], None]:
    """Pages that point at one another; `links` are tokens, "?" is a new one each time."""

    def do(fake: FakeGraph) -> None:
        count = 0

        def reply(request: Request) -> Reply:
            nonlocal count
            link = links[count % len(links)].replace("?", str(count))
            count += 1
            return page(next_link=f"{fake.root}/v1.0{_PLACE}?$skiptoken={link}")

        fake.faults.script(LIST, reply, times=ALWAYS)

    return do


def _linked(make: Callable[[FakeGraph], object]) -> Callable[[FakeGraph], None]:
    """A page whose next link is what `make` says."""

    def do(fake: FakeGraph) -> None:
        content = {"value": [message(1)], "@odata.nextLink": make(fake)}
        fake.faults.script(LIST, answer(content), times=ALWAYS)

    return do


def _batch(reply: Reply, *, times: int = 2) -> Callable[[FakeGraph], None]:
    """What the batches with parts for the hostile mailbox are answered."""

    def instead(request: Request) -> Reply | None:
        return reply if b"/users/ines" in request.body else None

    return lambda fake: fake.faults.script(r"\$batch", instead, times=times)


def _parts(status: int, **headers: str) -> Callable[[FakeGraph], None]:
    """Every part of a batch for the hostile mailbox has this status, for ever."""

    def instead(request: Request) -> Reply | None:
        if b"/users/ines" not in request.body:
            return None
        content = error(status, "TooManyRequests" if status == 429 else "").json
        numbers = [part["id"] for part in json.loads(request.body)["requests"]]
        return answer(
            {"responses": [{"id": n, "status": status, "headers": headers, "body": content} for n in numbers]}
        )

    return lambda fake: fake.faults.script(r"\$batch", instead, times=ALWAYS)


def _forgets_for_ever(fake: FakeGraph) -> None:
    fake.faults.script(DELTA, error(410, "SyncStateNotFound", "generation=1;[highest=9]"), times=ALWAYS)


def _expires_in_the_middle(fake: FakeGraph) -> None:
    fake.signin.token_requests = 12


def _is_ahead(fake: FakeGraph) -> None:
    found = error(401, "InvalidAuthenticationToken", "Lifetime validation failed.")
    found = found.plus(Date="Mon, 01 Jan 2018 00:00:00 GMT")
    fake.faults.script(ANY, found, times=ALWAYS)
    _batch(found, times=ALWAYS)(fake)


def _twins(fake: FakeGraph) -> None:
    fake.faults.delta_doubles = fake.faults.delta_shuffled = True
    fake.faults.list_cap = 2
    fake.faults.delta_page = 2


_PLACE = "/users/ines%40contoso.test/mailFolders/sentitems/messages"
_BOMB = gzip.compress(b"\0" * (10 * 1024 * 1024)) * 60  # members follow one another: 600 MB of nothing
_WIDE = [{"emailAddress": {"name": None, "address": f"guest{n}@outside.example"}} for n in range(60_000)]

STATUSES = [
    scripted("401 once", LIST, error(401, "InvalidAuthenticationToken", "expired")),
    ever("401 for ever", ANY, error(401, "CompactToken"), "not accept our token"),
    Case("401 and a clock that is ahead", _is_ahead, None, "clock of this machine"),
    Case("a token that expires in the middle", _expires_in_the_middle),
    ever("403 by a policy", ANY, denied(), "may not read this mailbox"),
    ever("403 as a page for people", ANY, html(403), "may not read this mailbox"),
    ever("403 for want of a right", ANY, error(403, "Authorization_RequestDenied"), "lacks a permission"),
    ever("404 for the mailbox", ANY, error(404, "ResourceNotFound"), "No mailbox"),
    ever("404 for the folder", LIST, error(404, "ErrorItemNotFound"), "not there"),
    ever("400 for everything", LIST, error(400, "BadRequest"), "not understand"),
    Case("410 for ever", _forgets_for_ever, MESSAGES, "forgot how far"),
    scripted("429 with seconds", LIST, throttled("7"), times=2),
    scripted("429 without a time", LIST, throttled(None), times=2),
    scripted("429 with a time that is none", LIST, throttled("soon"), times=2),
    scripted("429 with a year of twenty digits", LIST, throttled(f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT"), times=2),
    scripted("429 with less than nothing", LIST, throttled("-5"), times=2),
    ever("429 for a day", LIST, throttled("86400"), "86400 seconds"),
    ever("429 for all time", LIST, throttled("9" * 400), "asks us to wait"),
    ever("429 for ever", LIST, throttled(None), "further attempts failed"),
    scripted("500 once", LIST, error(500, "ErrorInternalServerTransientError")),
    ever("502 as a page for people, for ever", LIST, html(502), "answered 502"),
    scripted("503 without a word", LIST, Reply(503)),
    scripted("504 once", LIST, error(504, "UnknownError")),
    ever("504 for ever", LIST, error(504, "UnknownError"), "in time"),
    scripted("509", LIST, error(509, "BandwidthLimitExceeded")),
    ever("a mailbox on the move", ANY, error(503, "ErrorMailboxMoveInProgress"), "move"),
    ever("an unknown code", LIST, error(418, "ErrorTeapot"), "ErrorTeapot"),
    ever("a redirection", LIST, Reply(302).plus(Location=f"https://{STRANGER}/"), "302"),
]

BODIES = [
    ever("a page for people instead of JSON", LIST, html(200), "did not come whole"),
    ever("nothing instead of JSON", LIST, Reply(200), "did not come whole"),
    ever("half of the JSON", LIST, _json('{"value":[{"id":"A'), "did not come whole"),
    scripted("a line that breaks", LIST, Reply(200, b'{"value":[]}', cut=5), times=2),
    ever("a line that always breaks", LIST, Reply(reset=True), "did not come whole"),
    scripted("something else than HTTP", LIST, Reply(garbage=b"220 mail.example ESMTP\r\n"), times=2),
    scripted("a header without end", LIST, page().plus(X_Long="x" * 200_000), times=2),
    scripted("a thousand headers", LIST, Reply(200, b"{}", {f"X-{n}": "x" for n in range(1_000)}), times=2),
    scripted("silence", LIST, Reply(stall=30.0), seconds=0.5),
    scripted("one octet now and then", LIST, Reply(200, b'{"value":[]}', chunk=1, pace=0.1), seconds=0.5),
    ever("a list instead of a page", LIST, _json("[1,2]"), "did not come whole"),
    ever("null instead of a list", LIST, _json('{"value":null}'), "not come whole"),
    scripted("octets that are no text", LIST, _json(b'{"value":["\xff\xfe"]}'), times=2),
    ever("a hundred thousand brackets", LIST, _json("[" * 100_000), "not come whole"),
    ever("a gzip bomb", LIST, _json(_BOMB, Content_Encoding="gzip"), "larger than anything"),
    scripted("broken gzip", LIST, _json(b"\x1f\x8b\x08broken", Content_Encoding="gzip"), times=2),
    scripted("a packing that nobody knows", LIST, _json("{}", Content_Encoding="middle-out"), times=2),
]

LINKS = [
    Case("a next link to itself", _loop("same"), None, "again and again"),
    Case("two next links in turn", _loop("one", "two"), None, "again and again"),
    Case("next links without end", _loop("?"), None, "again and again"),
    Case("a next link to a stranger", _linked(lambda fake: f"https://{STRANGER}/v1.0/x"), None, "another host"),
    Case("a next link to our port elsewhere", _linked(lambda fake: f"https://127.0.0.1:{fake.port}/"), None, "host"),
    Case("a next link in clear", _linked(lambda fake: fake.root.replace("https", "http")), None, "another host"),
    Case("a next link with us as its user", _linked(lambda fake: f"{fake.root}@{STRANGER}/"), None, "another host"),
    Case("a next link with a backslash", _linked(lambda fake: f"{fake.root}\\@{STRANGER}/"), None, "another host"),
    Case("a next link with a line end", _linked(lambda fake: f"{fake.root}/\r\nHost: x"), None, "another host"),
    Case("a next link that is a number", _linked(lambda fake: 7), None, "did not come whole"),
    Case("a next link without a scheme", _linked(lambda fake: f"//{STRANGER}/v1.0"), None, "only a part"),
    Case("a next link that is only a path", _linked(lambda fake: f"/v1.0{_PLACE}"), None, "only a part"),
]

MESSAGES_OF_ALL_KINDS = [
    Case("messages that come twice", _twins),
    Case(
        "tombstones in a list",
        _instead(message(1), {"id": "gone", "@removed": {"reason": "deleted"}}),
        1,
        says="1 of the 2 messages that were counted in it before were not listed",
    ),
    Case("messages with nothing but an id", _instead(message(1), {"id": "AAkALgbare"}), 1, unreadable=1),
    Case("a message without id", _instead(message(1), message(2, id=...)), 1, unreadable=1),
    Case("items that are no messages", _instead(message(1), "mail", 7, None, [], {"id": 5}), 1, unreadable=5),
    Case(
        "recipients of all kinds but the right one",
        _instead(
            message(1, toRecipients=None, ccRecipients=...),
            message(2, toRecipients=[None, {}, {"emailAddress": None}, {"emailAddress": {"address": None}}]),
            message(3, toRecipients="a@outside.example"),
            message(4, toRecipients=[{"emailAddress": {"address": 5}}]),
        ),
        2,
        unreadable=2,
    ),
    Case(
        "dates that cannot be",
        _instead(
            message(1, sentDateTime="yesterday"),
            message(2, sentDateTime="0001-01-01T00:00:00Z"),
            message(3, sentDateTime="9999-12-31T23:59:59Z"),
            message(4, sentDateTime=None),
            message(5, sentDateTime="2026-02-01T09:00:00"),
        ),
        5,
    ),
    Case("half of a character", _instead(message(1), message(2, subject="\ud83d half")), 2),
    Case("ids that differ in case", _instead(message(1, id="AAkALgAb"), message(2, id="AAkALgaB")), 2),
    Case("an id that climbs", _instead(message(1, id="../../lena@contoso.test/messages/x?$select=body#")), 1),
    Case("sixty thousand recipients", _instead(message(1, toRecipients=_WIDE)), 1),
    Case("ten thousand messages on a page", _instead(*(message(number) for number in range(10_000))), 10_000),
]

BATCHES = [
    Case("a batch without its parts", _batch(answer({"responses": [{"id": "stranger", "status": 200}]}))),
    Case("a batch that is none", _batch(_json("[]"))),
    Case("a batch that is refused", _batch(throttled("3"))),
    Case("a batch whose parts are empty", _batch(answer({"responses": [{"id": "0"}, {}, None]}))),
    Case("a batch that never holds its parts", _batch(answer({"responses": []}), times=ALWAYS), None, "nothing"),
    Case("a batch whose parts must wait, for ever", _parts(429, **{"Retry-After": "4"}), None, "further attempts"),
    Case("a batch whose parts have no good token, for ever", _parts(401), None, "token"),
    Case("a batch whose parts are broken, for ever", _parts(500), None, "further attempts"),
]

CASES = [*STATUSES, *BODIES, *LINKS, *MESSAGES_OF_ALL_KINDS, *BATCHES]
