"""What the fake answers about the tenant: users, groups, domains; each needs its own right."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.graph.mailbox import User
from tests.graph.query import count_of, no_property
from tests.graph.reply import Json, Refusal, Reply, Request, answer

if TYPE_CHECKING:
    from tests.graph.service import Service
    from tests.graph.signin import Grant

_MOST = 999
_DEFAULT = ("businessPhones", "displayName", "givenName", "jobTitle", "mail", "id", "userPrincipalName")
_PLAN = {
    "assignedDateTime": "2025-01-01T00:00:00Z",
    "capabilityStatus": "Enabled",
    "service": "exchange",
    "servicePlanId": "efb87545-963c-4e0d-99df-69c6916d9eb0",
}
_USER: dict[str, Callable[[User], Any]] = {
    "id": lambda u: u.id,
    "userPrincipalName": lambda u: u.principal,
    "mail": lambda u: u.mail,
    "proxyAddresses": lambda u: list(u.proxies),
    "userType": lambda u: "Guest" if u.guest else "Member",
    "accountEnabled": lambda u: u.enabled,
    "assignedPlans": lambda u: [_PLAN] if u.licensed else [],
    "assignedLicenses": lambda u: [],
    "displayName": lambda u: u.name,
    "givenName": lambda u: u.name,
    "surname": lambda u: None,
    "jobTitle": lambda u: None,
    "businessPhones": lambda u: [],
    "mailNickname": lambda u: u.principal.partition("@")[0],
    "otherMails": lambda u: [],
    "onPremisesSyncEnabled": lambda u: True if u.on_premises else None,
    "createdDateTime": lambda u: "2025-01-01T00:00:00Z",
}
_SINGLE_ONLY = frozenset({"mailboxSettings", "aboutMe", "birthday", "interests"})
_READS_USERS = frozenset({"User.Read.All", "Directory.Read.All", "User.ReadWrite.All"})
_FILTER = re.compile(r"(accountEnabled|userType|mail|userPrincipalName) (eq|ne) (true|false|null|'[^']*')\Z")


def _needs(grant: Grant, *rights: str) -> None:
    if not grant.rights & {*rights}:
        raise Refusal(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def _users(service: Service, grant: Grant, request: Request, rest: list[str]) -> Reply:
    if rest:
        if not (grant.user and rest[0].lower() == grant.user.lower()):
            _needs(grant, *_READS_USERS)
        user = service.tenant.user(rest[0])
        if user is None:
            raise Refusal(404, "Request_ResourceNotFound", f"Resource '{rest[0]}' does not exist.")
        return answer(_user_json(user, _names(request, single=True)))
    _needs(grant, *_READS_USERS)
    users = list(service.tenant.users.values())
    if wanted := request.options.get("$filter"):
        users = _filtered(users, wanted, request)
    return _page(service, request, users)


def _me(service: Service, grant: Grant, request: Request, rest: list[str]) -> Reply:
    user = service.tenant.user(grant.user)
    if user is None:
        raise Refusal(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
    return answer(_user_json(user, _names(request, single=True)))


def _groups(service: Service, grant: Grant, request: Request, rest: list[str]) -> Reply:
    _needs(grant, "GroupMember.Read.All", "Group.Read.All", "Directory.Read.All")
    members = service.tenant.groups.get(rest[0]) if rest else None
    if members is None:
        raise Refusal(404, "Request_ResourceNotFound", f"Resource '{rest[0] if rest else ''}' does not exist.")
    if rest[1:] not in (["transitiveMembers"], ["transitiveMembers", "microsoft.graph.user"]):
        raise Refusal(400, "BadRequest", "Resource not found for the segment.")
    found = [user for key in members if (user := service.tenant.user(key)) is not None]
    reply_type = {} if len(rest) == 3 else {"@odata.type": "#microsoft.graph.user"}
    return _page(service, request, found, reply_type)


def _domains(service: Service, grant: Grant, request: Request, rest: list[str]) -> Reply:
    _needs(grant, "Domain.Read.All", "Directory.Read.All")
    values = [
        {
            "id": name,
            "authenticationType": "Managed",
            "availabilityStatus": None,
            "isAdminManaged": True,
            "isDefault": default,
            "isInitial": ".onmicrosoft." in name,
            "isRoot": True,
            "isVerified": True,
            "supportedServices": ["Email", "OfficeCommunicationsOnline"],
            "passwordValidityPeriodInDays": None,
            "passwordNotificationWindowInDays": None,
            "state": None,
        }
        for name, default in service.tenant.domains.items()
    ]
    return answer({"value": values})


DIRECTORY: dict[str, Callable[[Any, Any, Request, list[str]], Reply]] = {
    "users": _users,
    "me": _me,
    "groups": _groups,
    "domains": _domains,
}


def _names(request: Request, *, single: bool = False) -> tuple[str, ...]:
    text = request.options.get("$select")
    if text is None:
        return _DEFAULT
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if name in _SINGLE_ONLY and not single:
            raise Refusal(501, "NotImplemented", "The property cannot be selected on a collection of users.")
        if name not in _USER:
            raise no_property(name, "microsoft.graph.user")
    return names


def _user_json(user: User, names: tuple[str, ...]) -> Json:
    return {name: _USER[name](user) for name in names}


def _page(service: Service, request: Request, users: list[User], more: Json | None = None) -> Reply:
    if "$skip" in request.options:
        raise Refusal(400, "Request_BadRequest", "'$skip' is not supported by the service.")
    names = _names(request)
    size = count_of(request.options.get("$top"), 100, _MOST)
    start = service.links.position(request)
    content: Json = {"value": [(more or {}) | _user_json(user, names) for user in users[start : start + size]]}
    if request.options.get("$count") == "true" and not start:
        content["@odata.count"] = len(users)
    if start + size < len(users):
        content["@odata.nextLink"] = service.links.next_link(request, start + size)
    return answer(content)


def _filtered(users: list[User], text: str, request: Request) -> list[User]:
    match = _FILTER.match(text)
    if match is None:
        raise Refusal(400, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified.")
    name, operator, value = match.groups()
    if operator == "ne":
        advanced = request.headers.get("consistencylevel") == "eventual" and request.options.get("$count") == "true"
        if not advanced:
            raise Refusal(400, "Request_UnsupportedQuery", "The query needs ConsistencyLevel: eventual and $count.")
    plain = {"true": True, "false": False, "null": None}.get(value, value.strip("'"))
    return [user for user in users if (_USER[name](user) == plain) == (operator == "eq")]
