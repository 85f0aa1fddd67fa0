"""What the errors of Microsoft Graph mean: whom each concerns, whether waiting helps, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum

import msgspec

from scanner.errors import AccessDenied, NotAMailbox, SourceError, SourceInterrupted


class Concern(Enum):
    """What an error says something about, and so what can be done."""

    WAIT = "the service is busy or unwell; the same request may succeed later"
    HEAVY = "the answer took the service too long; a smaller one may succeed"
    LARGE = "the answer is larger than any that we take; a smaller one may succeed"
    TOKEN = "the token is not accepted"  # noqa: S105 - a sentence
    RIGHTS = "the application lacks a permission"
    SCOPE = "the mailbox is out of the application's scope"
    MAILBOX = "there is no mailbox that can be reached"
    POSTPONE = "the mailbox cannot be read today"
    ITEM = "the item or folder is not there"
    RESYNC = "the delta link is forgotten"
    FORM = "what came is not of the form that the service promises"
    REQUEST = "the service does not understand the request"


class Refusal(Exception):
    """An answer that is no success. `code` is Graph's own, "" when it gave none; `wait` is in seconds."""

    def __init__(self, status: int, code: str, concern: Concern, wait: float | None = None) -> None:
        super().__init__(f"The service answered {status}{' ' if code else ''}{code}.")
        self.status = status
        self.code = code
        self.concern = concern
        self.wait = wait


_BY_CODE = {
    "ErrorAccessDenied": Concern.SCOPE,
    "Authorization_RequestDenied": Concern.RIGHTS,
    "ResourceNotFound": Concern.MAILBOX,
    "MailboxNotEnabledForRESTAPI": Concern.MAILBOX,
    "Request_ResourceNotFound": Concern.MAILBOX,
    "ErrorNonExistentMailbox": Concern.MAILBOX,
    "ErrorInvalidUser": Concern.MAILBOX,
    "extensionError": Concern.MAILBOX,
    "ErrorItemNotFound": Concern.ITEM,
    "ErrorFolderNotFound": Concern.ITEM,
    "SyncStateNotFound": Concern.RESYNC,
    "SyncStateInvalid": Concern.RESYNC,
    "resyncRequired": Concern.RESYNC,
    "ErrorMailboxMoveInProgress": Concern.POSTPONE,
    "TooManyRequests": Concern.WAIT,
    "ApplicationThrottled": Concern.WAIT,
}
_FOLDED = {code.casefold(): concern for code, concern in _BY_CODE.items()}
_BY_STATUS = {
    401: Concern.TOKEN,
    403: Concern.SCOPE,
    404: Concern.ITEM,
    408: Concern.WAIT,
    409: Concern.WAIT,
    410: Concern.RESYNC,
    429: Concern.WAIT,
    504: Concern.HEAVY,
    509: Concern.WAIT,
}
_UNITS = ((86_400, "days"), (3_600, "hours"))
_WRONG_CLOCK = 300.0  # seconds, from which tokens are refused
_CODE = re.compile(r"[A-Za-z][A-Za-z._-]{0,59}\Z")


class _Error(msgspec.Struct):
    code: str | None = None


class _Body(msgspec.Struct):
    error: _Error | None = None


_BODY = msgspec.json.Decoder(_Body)


def refusal_of(status: int, headers: Mapping[str, str], body: bytes) -> Refusal:
    """What an answer with this status says. `body` may be Graph's JSON, HTML of a gateway, or empty.

    Nothing of the answer but its code is ever repeated: a message may quote addresses, or the request itself. An
    unknown code is judged by the status.
    """
    code = _code(body)
    concern = _FOLDED.get(code.casefold())
    if concern is None:
        concern = _BY_STATUS.get(status, Concern.WAIT if status >= 500 else Concern.REQUEST)
    if status == 429 or (concern is Concern.ITEM and status >= 500):
        concern = Concern.WAIT
    return Refusal(status, code, concern, wait_of(headers))


def wait_of(headers: Mapping[str, str]) -> float | None:
    """The seconds to wait by `Retry-After` (RFC 9110 §10.2.3), a number or a date; None when it says nothing.

    A date is compared with the answer's own `Date`, so that a wrong clock on our side does no harm.
    """
    text = _header(headers, "Retry-After").strip()
    if not text:
        return None
    if text.isascii() and text.replace(".", "", 1).isdecimal():
        return float(text[:12])
    until, now = _http_date(text), _http_date(_header(headers, "Date")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds()) if until else None


def clock_error(headers: Mapping[str, str]) -> float:
    """How many seconds our clock is ahead of the service's; 0 when it does not say."""
    theirs = _http_date(_header(headers, "Date"))
    return (datetime.now(UTC) - theirs).total_seconds() if theirs else 0.0


def as_source_error(refusal: Refusal) -> SourceError:
    """The same for the coverage and the person before the screen."""
    if refusal.concern in (Concern.WAIT, Concern.HEAVY):
        return SourceInterrupted(str(refusal), "Run the same command again: it goes on from there.", refusal.wait)
    kind, sentence, hint = _SENTENCES[refusal.concern]
    return kind(sentence.format(refusal), hint)


_SENTENCES: dict[Concern, tuple[type[SourceError], str, str]] = {
    Concern.RIGHTS: (
        AccessDenied,
        "The application lacks a permission. {}",
        "Grant Mail.ReadBasic.All and User.Read.All as application permissions, and give admin consent.",
    ),
    Concern.SCOPE: (
        AccessDenied,
        "The application may not read this mailbox. {}",
        "An application access policy or a role scope excludes it, or Mail.ReadBasic.All lacks admin consent: "
        "extend the scope, or name only the mailboxes that are to be read.",
    ),
    Concern.MAILBOX: (  # two codes alternate for one and the same user, so neither is named
        NotAMailbox,
        "No mailbox can be reached for this user: it is on premises, inactive or deleted, or has no licence.",
        "Read a mailbox on premises over IMAP; the next run looks again.",
    ),
    Concern.POSTPONE: (
        SourceInterrupted,
        "The mailbox is being moved. {}",
        "Run the same command again when the move is done.",
    ),
    Concern.ITEM: (SourceError, "The folder or message is not there any more. {}", "Run the same command again."),
    Concern.RESYNC: (SourceInterrupted, "The service forgot how far we were. {}", "Run the same command again."),
    Concern.TOKEN: (
        AccessDenied,
        "The service does not accept our token. {}",
        "Check cloud, root and tenant, and the clock of this machine.",
    ),
    Concern.LARGE: (
        SourceError,
        "An answer is larger than anything that we ask for, so the rest of it was not taken.",
        "Check root and any proxy on the way; if they are right, set page = 50 and report it.",
    ),
    Concern.FORM: (
        SourceInterrupted,
        "What came is not of the form that the service promises. {}",
        "Run the same command again later.",
    ),
    Concern.REQUEST: (
        SourceError,
        "The service does not understand our request. {}",
        "Check cloud and root; if they are right, report it.",
    ),
}


def not_accepted(headers: Mapping[str, str]) -> AccessDenied:
    """The error of a token that is refused although it is new; a wrong clock is the usual reason."""
    ahead = clock_error(headers)
    if abs(ahead) > _WRONG_CLOCK:
        way = "fast" if ahead > 0 else "slow"
        return AccessDenied(
            f"The service does not accept our token, and the clock of this machine is {_spoken(abs(ahead))} {way}.",
            "Set the clock, then run the same command again.",
        )
    return AccessDenied(
        "The service does not accept our token, not even a new one.",
        "Check that cloud, root and tenant belong together, and that the application was not disabled.",
    )


def _spoken(seconds: float) -> str:
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= 2 * size), (60, "minutes"))
    return f"{seconds / size:,.0f} {unit}"


def _code(body: bytes) -> str:
    if body.lstrip()[:1] != b"{":
        return ""
    try:
        error = _BODY.decode(body).error
    except msgspec.DecodeError:
        return ""
    code = (error.code if error else None) or ""
    return code if _CODE.match(code) else ""


def _header(headers: Mapping[str, str], name: str) -> str:
    """A header, whatever its case: those of a batch's parts come in a plain table."""
    found = headers.get(name)
    if found is None:
        found = next((value for key, value in headers.items() if key.casefold() == name.casefold()), "")
    return str(found)


def _http_date(text: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):  # the last for a year of twenty digits
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
