"""Microsoft Graph v1.0 as far as mail goes: a request for a resource to an answer, with no socket in sight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from email.utils import mktime_tz, parsedate_tz
from threading import Lock
from urllib.parse import unquote

from tests.graph import mail_requests as mail
from tests.graph.batch import run_batch
from tests.graph.clock import Clock
from tests.graph.delta import DeltaEngine
from tests.graph.directory import DIRECTORY
from tests.graph.faults import Answer, Faults
from tests.graph.mailbox import Tenant, User
from tests.graph.paging import Links
from tests.graph.reply import Refusal, Reply, Request, error
from tests.graph.signin import Grant, SignIn
from tests.graph.throttle import Throttle

MAIL_RIGHTS = frozenset({"Mail.ReadBasic.All", "Mail.Read", "Mail.ReadWrite", "Mail.ReadBasic"})
READ_RIGHTS = frozenset({"Mail.Read", "Mail.ReadWrite"})
_VERSION = "v1.0"
_KEPT_SECONDS = 5.0  # seconds that a request which timed out keeps its slot


@dataclass(frozen=True, slots=True)
class Seen:
    """What the log says about one request. `bearer` is whether a token came with it, never the token."""

    method: str
    host: str
    path: str
    query: str
    status: int
    bearer: bool
    mailbox: str
    inner: bool
    prefer: str
    at: float


@dataclass
class Service:
    """Everything behind the sockets."""

    tenant: Tenant
    clock: Clock
    signin: SignIn
    faults: Faults = field(default_factory=Faults)
    cloud: str = "global"
    out_of_scope: set[str] = field(default_factory=set)
    """Principals whose mailbox an access policy keeps from the application."""
    unavailable: dict[str, Answer] = field(default_factory=dict)
    """Principals whose mailbox gives nothing but this answer, which still takes a slot while it is made."""
    remembers: bool = False
    """Whether good pages of lists are kept and given again: for measuring clients, over mail that does not change."""

    def __post_init__(self) -> None:
        self.throttle = Throttle(self.clock)
        self.delta = DeltaEngine(self.faults)
        self.links = Links()
        self.seen: list[Seen] = []
        self._flips: dict[str, int] = {}
        self._pages: dict[tuple[str, str, str], Reply] = {}
        self._lock = Lock()

    # ---- one request

    def reply(self, request: Request) -> Reply:
        """The answer to any request but those for tokens, faults included; what happened goes into the log."""
        user: User | None = None
        try:
            user = self._user_of(request)
            found = self._answered(request, user)
        except Refusal as refusal:
            found = refusal.reply(inner_name=self.faults.inner_name)
            if request.inner and self.faults.batch_empty_code:
                found = error(refusal.status, "", "").plus(**{})
        self._hold_grudge(found, user)
        self.note(request, found, user)
        return found.plus(request_id="0" * 8, client_request_id=request.headers.get("client-request-id", ""))

    def note(self, request: Request, found: Reply, user: User | None = None) -> None:
        """One more line of the log."""
        line = Seen(
            request.method,
            request.headers.get("host", ""),
            unquote(request.path),
            request.query,
            0 if found.reset else found.status,
            "authorization" in request.headers,
            user.principal if user else "",
            request.inner,
            request.headers.get("prefer", ""),
            self.clock.now(),
        )
        with self._lock:
            self.seen.append(line)

    def _answered(self, request: Request, user: User | None) -> Reply:
        if (scripted := self.faults.instead(request)) is not None:
            return scripted
        grant = self._granted(request)
        if request.method == "POST" and request.path == f"/{_VERSION}/$batch":
            return run_batch(request, self)
        if request.method != "GET":
            raise Refusal(405, "Request_BadRequest", f"The fake is read-only: {request.method} is not allowed.")
        parts = [unquote(part) for part in request.path.strip("/").split("/")]
        if parts[:1] != [_VERSION]:
            raise Refusal(404, "ResourceNotFound", "Invalid version.")
        if parts[1] in DIRECTORY and len(parts) <= {"users": 3, "me": 2}.get(parts[1], 5):
            return DIRECTORY[parts[1]](self, grant, request, parts[2:])
        if user is None:
            raise Refusal(404, "Request_ResourceNotFound", f"Resource '{parts[-1]}' does not exist.")
        with ExitStack() as stack:
            stack.enter_context(self.throttle.slot(user.principal))
            return self._mail(request, user, grant, parts[2:] if parts[1] == "me" else parts[3:])

    def _mail(self, request: Request, user: User, grant: Grant, rest: Sequence[str]) -> Reply:
        if (failed := self.faults.by_chance(request, self.clock.http_date(self.faults.retry_after))) is not None:
            return failed
        if user.principal in self.unavailable:
            answer = self.unavailable[user.principal]
            found = answer if isinstance(answer, Reply) else answer(request)
            if found is not None:
                return found
        if rest[0] == "mailboxSettings":
            return mail.settings(user, grant, self._reachable(user))
        if not grant.rights & MAIL_RIGHTS:
            raise Refusal(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        if grant.user and grant.user.lower() != user.principal.lower():
            raise Refusal(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        if user.principal in self.out_of_scope:
            raise Refusal(403, "ErrorAccessDenied", "Access to OData is disabled.")
        if not self._reachable(user):
            raise self._no_mailbox(user)
        return self._routed(
            mail.Visit(self, self.tenant.mailbox(user), request, bool(grant.rights & READ_RIGHTS)), rest
        )

    def _routed(self, visit: mail.Visit, rest: Sequence[str]) -> Reply:
        """The answer, from memory if there is one."""
        request = visit.request
        asked = (request.path, request.query, request.headers.get("prefer", ""))
        if (page := self._pages.get(asked)) is not None:
            return page
        found = mail.route(visit, rest)
        if self.remembers and "delta" not in rest:
            self._pages[asked] = found
        return found

    @staticmethod
    def _reachable(user: User) -> bool:
        return user.mailbox and not user.on_premises and not user.guest

    def _no_mailbox(self, user: User) -> Refusal:
        """Two codes for the same thing, in turn."""
        with self._lock:
            flip = self._flips[user.id] = self._flips.get(user.id, 0) + 1
        if flip % 2:
            return Refusal(404, "ResourceNotFound", "Resource could not be discovered.")
        sentence = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
        return Refusal(404, "MailboxNotEnabledForRESTAPI", sentence)

    def _granted(self, request: Request) -> Grant:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self.signin.grant(token) if scheme == "Bearer" else None
        if grant is None and not request.inner:
            challenge = 'Bearer realm="", authorization_uri="", error="invalid_token"'
            sentence = "Lifetime validation failed, the token is expired." if token else "Access token is empty."
            raise Refusal(401, "InvalidAuthenticationToken", sentence, WWW_Authenticate=challenge)
        if grant is None:
            raise Refusal(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
        return grant

    def _user_of(self, request: Request) -> User | None:
        parts = [unquote(part) for part in request.path.strip("/").split("/")]
        if parts[1:2] == ["me"]:
            _, _, token = request.headers.get("authorization", "").partition(" ")
            return self.tenant.user(self.signin.user_of(token))
        if parts[1:2] == ["users"] and len(parts) > 2:
            return self.tenant.user(parts[2])
        return None

    def _hold_grudge(self, found: Reply, user: User | None) -> None:
        """A 504 keeps its slot for a while; a 429 that named a time refuses everything until then."""
        if user is None:
            return
        if found.status == 504:
            self.throttle.stick(user.principal, _KEPT_SECONDS)
        named = found.headers.get("Retry-After", "")
        if found.status != 429 or not named:
            return
        if named.isdecimal():
            self.throttle.close(user.principal, float(named))
        elif (until := parsedate_tz(named)) is not None:
            with suppress(OverflowError):  # nobody can wait for a year of twenty digits
                self.throttle.close(user.principal, mktime_tz(until) - self.clock.now())


Handler = Callable[[Service, Grant, Request, list[str]], Reply]
