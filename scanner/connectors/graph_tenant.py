"""The mailboxes of a Microsoft 365 tenant: who has one, which can be reached, and which domains are the tenant's."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from scanner.account import Account, GraphMailbox, GraphTenant, Proof
from scanner.connectors.expansion import Expansion, Grants, Unreached
from scanner.connectors.graph_client import Client, Lane, client_of, explained
from scanner.connectors.graph_link import following, query, segment
from scanner.connectors.graph_refusal import Concern, Refusal, as_source_error
from scanner.connectors.graph_token import rights_of
from scanner.errors import AccessDenied, NotAMailbox, SettingsError, SourceError, SourceInterrupted

_SELECT: Final = "id,userPrincipalName,mail,proxyAddresses,userType"
_PAGE: Final = 999
_MOST_PAGES: Final = 2_000
_NO_PREFERENCE: Final = ""
_BASIC: Final = ("Mail.ReadBasic.All", "Mail.Read", "Mail.ReadWrite")
_USERS: Final = ("User.Read.All", "Directory.Read.All", "User.ReadWrite.All", "Directory.ReadWrite.All")
_MEMBERS: Final = ("GroupMember.Read.All", "Group.Read.All", "Directory.Read.All")
_DOMAINS: Final = ("Domain.Read.All", "Directory.Read.All")

ARCHIVES: Final = (
    "In-place archives of Exchange Online cannot be read through Microsoft Graph: mail that a retention policy moved "
    "there was not seen."
)


class _User(
    msgspec.Struct,
    rename={"principal": "userPrincipalName", "proxies": "proxyAddresses", "kind": "userType"},
):
    id: str
    principal: str | None = None
    mail: str | None = None
    proxies: list[str] | None = None
    kind: str | None = None

    @property
    def name(self) -> str:
        return self.principal or self.mail or self.id

    @property
    def addresses(self) -> tuple[str, ...]:
        """All that reaches the mailbox, in lower case: mail address, proxy addresses, principal name."""
        smtp = [proxy[5:] for proxy in self.proxies or () if proxy[:5].lower() == "smtp:"]
        named = [self.mail or "", *smtp, self.principal or ""]
        return tuple(dict.fromkeys(address.casefold() for address in named if "@" in address))

    @property
    def is_guest(self) -> bool:
        return (self.kind or "").casefold() == "guest" or "#ext#" in (self.principal or "").casefold()

    @property
    def has_mail(self) -> bool:
        return bool(self.mail) or any(proxy[:5].lower() == "smtp:" for proxy in self.proxies or ())


class _Users(msgspec.Struct, rename={"next_link": "@odata.nextLink"}):
    value: list[_User]
    next_link: str | None = None


class _Domain(
    msgspec.Struct, rename={"verified": "isVerified", "initial": "isInitial", "services": "supportedServices"}
):
    id: str
    verified: bool | None = None
    initial: bool | None = None
    services: list[str] | None = None


class _Domains(msgspec.Struct, rename={"next_link": "@odata.nextLink"}):
    value: list[_Domain]
    next_link: str | None = None


_ONE = msgspec.json.Decoder(_User)
_MANY = msgspec.json.Decoder(_Users)
_DOMAIN_PAGE = msgspec.json.Decoder(_Domains)


@dataclass(slots=True)
class _Found:
    """Users to probe, and those whom we know to be out of reach."""

    users: list[_User]
    unreached: list[Unreached]


def expand(account: Account) -> Expansion:
    """One account for each mailbox of a tenant account that can be reached, and why for each that cannot.

    Disabled and unlicensed users are probed too, since shared mailboxes are such users. Raises `SourceError` when the
    tenant itself gives nothing.
    """
    tenant = account.graph
    if tenant is None:
        raise SettingsError(f"The account {account} names no tenant.", "Set tenant and client_id.")
    if account.mailbox is not None:
        return Expansion((account,))
    with explained():
        return _Expanding(account, tenant).run()


def granted(account: Account) -> Grants:
    """Which permissions the application has, lacks, and has too many. Raises `SourceError` when no token is given."""
    tenant = account.graph
    if tenant is None:
        raise SettingsError(f"The account {account} names no tenant.", "Set tenant and client_id.")
    rights = rights_of(client_of(tenant).token())
    wanted: list[tuple[str, ...]]
    if rights.delegated or tenant.sign_in.proof is Proof.DEVICE_CODE:
        wanted = [("Mail.Read",) if tenant.whole_messages else ("Mail.ReadBasic", "Mail.Read"), ("User.Read",)]
        harmless = {"openid", "profile", "email", "offline_access"}
    else:
        wanted = [("Mail.Read", "Mail.ReadWrite") if tenant.whole_messages else _BASIC, _USERS]
        wanted += [_MEMBERS] if tenant.group else []
        harmless = {"Domain.Read.All"}
    missing = [names[0] for names in wanted if rights.granted.isdisjoint(names)]
    # A wider permission that only stands in for a narrow one is too much as well; a narrower one is not.
    enough = {names[0] for names in wanted}
    instead = enough - rights.granted - {*missing}
    if "Mail.Read" in missing:
        enough |= {"Mail.ReadBasic", "Mail.ReadBasic.All"}
    too_much = rights.granted - harmless - enough
    found = (tuple(sorted(names)) for names in (rights.granted, missing, too_much, instead))
    return Grants(*found)


class _Expanding:
    def __init__(self, account: Account, tenant: GraphTenant) -> None:
        self._account = account
        self._tenant = tenant
        self._client: Client = client_of(tenant)
        self._lane = Lane(4, "the list of mailboxes")
        self._lane.rest.account = account.name
        self._lane.until = time.monotonic() + tenant.mailbox_deadline
        self._notices: list[str] = [f"{account.name}: {ARCHIVES}"]

    def run(self) -> Expansion:
        if self._tenant.sign_in.proof is Proof.DEVICE_CODE:
            return self._signed_in()
        found = self._named() if self._tenant.mailboxes else self._listed()
        accounts: list[Account] = []
        other_names: list[str] = []
        alone = len(self._tenant.mailboxes) == 1
        unreached = found.unreached
        for user, refusal in self._probed(found.users):
            if refusal is None:
                accounts.append(self._account_of(user, alone=alone))
                other_names += [self._name(user.name)] if alone else []
            else:
                unreached.append(Unreached(self._name(user.name), self._why(refusal)))
        if not accounts and not unreached:
            raise NotAMailbox(
                f"The account {self._account} stands for no mailbox.", "Check group, or name the mailboxes."
            )
        domains = self._domains(accounts)
        return Expansion(
            tuple(sorted(accounts, key=lambda one: one.name)),
            tuple(sorted(unreached, key=lambda one: one.account)),
            domains,
            tuple(self._notices),
            tuple(other_names),
        )

    def _signed_in(self) -> Expansion:
        user = self._client.get(f"/me{query(select=_SELECT)}", self._lane, _ONE.decode, prefer=_NO_PREFERENCE)
        mine = replace(self._account, mailbox=GraphMailbox("", user.addresses))
        return Expansion((mine,), (), _with_mail_twin(_hosts(user.addresses)), tuple(self._notices))

    # ---- who

    def _named(self) -> _Found:
        names = list(dict.fromkeys(self._tenant.mailboxes))
        places = [f"/users/{segment(name)}{query(select=_SELECT)}" for name in names]
        answers = self._client.batch(places, self._lane, _ONE.decode, prefer=_NO_PREFERENCE)
        found = _Found([], [])
        for name, answer in zip(names, answers, strict=True):
            user = answer if isinstance(answer, _User) else self._by_mail(name, answer)
            if user is None:
                error: SourceError = NotAMailbox(
                    "The tenant has no user of this name.",
                    "Check mailboxes: a principal name, a primary address (no other one is looked for) or an id.",
                )
                found.unreached.append(Unreached(self._name(name), error))
            elif user.id not in {known.id for known in found.users}:
                found.users.append(user)
        return found

    def _by_mail(self, name: str, refusal: Refusal) -> _User | None:
        """A user by the mail address, which may differ from the principal name."""
        if refusal.concern is Concern.RIGHTS:
            raise _may_not_list(refusal)
        if refusal.concern not in (Concern.MAILBOX, Concern.ITEM):
            raise refusal
        if "@" not in name:
            return None
        options = query(select=_SELECT, filter=f"mail eq '{name.replace(chr(39), chr(39) * 2)}'")
        found = self._client.get(f"/users{options}", self._lane, _MANY.decode, prefer=_NO_PREFERENCE).value
        return found[0] if len(found) == 1 else None

    def _listed(self) -> _Found:
        group = self._tenant.group
        start = f"/groups/{segment(group)}/transitiveMembers/microsoft.graph.user" if group else "/users"
        try:
            users = list(self._pages(f"{start}{query(select=_SELECT, top=_PAGE)}"))
        except Refusal as refusal:
            if refusal.concern is Concern.RIGHTS:
                raise _may_not_list(refusal, "GroupMember.Read.All" if group else "User.Read.All") from None
            if group and refusal.concern in (Concern.MAILBOX, Concern.ITEM):
                raise NotAMailbox(f"The tenant has no group {group}.", "group is the object id of a group.") from None
            raise
        guests = [user for user in users if user.is_guest]
        without = [user for user in users if not user.is_guest and not user.has_mail]
        self._count(len(guests), "guest", "whose mailbox is in another tenant")
        self._count(len(without), "user", "without a mail address")
        once = {user.id: user for user in users if not user.is_guest and user.has_mail}
        return _Found(list(once.values()), [])

    def _count(self, number: int, kind: str, why: str) -> None:
        if number:
            plural = "s" if number > 1 else ""
            self._notices.append(
                f"{self._account.name}: {number} {kind}{plural} {why} {'are' if plural else 'is'} left out."
            )

    def _pages(self, place: str) -> Iterator[_User]:
        known: set[str] = set()
        for _ in range(_MOST_PAGES):
            known.add(place)
            page = self._client.get(place, self._lane, _MANY.decode, prefer=_NO_PREFERENCE)
            yield from page.value
            place = following(page.next_link)
            if not place:
                return
            if place in known:
                break
        raise SourceInterrupted(
            "The service lists the same users again and again.", "Run the same command again later."
        )

    # ---- which of them can be reached

    def _probed(self, users: Sequence[_User]) -> Iterator[tuple[_User, Refusal | None]]:
        places = [f"/users/{segment(user.id)}/mailFolders/sentitems{query(select='id')}" for user in users]
        answers = self._client.batch(places, self._lane, bytes, retried=frozenset())
        for user, answer in zip(users, answers, strict=True):
            if not isinstance(answer, Refusal):
                yield user, None
            elif answer.concern in (Concern.SCOPE, Concern.RIGHTS, Concern.MAILBOX):
                yield user, answer
            else:  # busy, or without that folder: others do not wait for it, and the reading will say
                self._client.told_to_wait(user.id, answer.wait or 0.0)
                yield user, None

    def _why(self, refusal: Refusal) -> SourceError:
        """The sentence about a mailbox that cannot be reached; its rights say why the application may not."""
        if refusal.concern is not Concern.SCOPE:
            return as_source_error(refusal)
        if rights_of(self._client.token()).granted.isdisjoint(_BASIC):
            return AccessDenied(
                f"The application may not read this mailbox: it has no permission to read mail. {refusal}",
                "Grant Mail.ReadBasic.All as an application permission, and give admin consent; or give it a role in "
                "Exchange whose scope holds this mailbox.",
            )
        return AccessDenied(
            f"The application may not read this mailbox: a policy in Exchange excludes it. {refusal}",
            "Test-ApplicationAccessPolicy shows the policy: extend it (which takes an hour or two), or name only the "
            "mailboxes that are to be read.",
        )

    def _account_of(self, user: _User, *, alone: bool) -> Account:
        name = self._account.name if alone else self._name(user.name)
        return replace(self._account, name=name, mailbox=GraphMailbox(user.id, user.addresses))

    def _name(self, user: str) -> str:
        return f"{self._account.name}/{user}"

    # ---- our domains

    def _domains(self, accounts: Iterable[Account]) -> tuple[str, ...]:
        """The tenant's verified domains where we may ask for them, and those of the mailboxes that can be reached.

        The addresses of other users prove nothing: a mail contact's is somebody else's.
        """
        found = _hosts(address for one in accounts if one.mailbox for address in one.mailbox.addresses)
        if not rights_of(self._client.token()).granted.isdisjoint(_DOMAINS):
            try:
                page = self._client.get("/domains", self._lane, _DOMAIN_PAGE.decode, prefer=_NO_PREFERENCE)
                found |= {one.id.lower() for one in page.value if one.verified and _carries_mail(one)}
            except (Refusal, SourceInterrupted):
                self._notices.append(f"{self._account.name}: the tenant's domains could not be asked for.")
        return _with_mail_twin(found)


def _may_not_list(refusal: Refusal, permission: str = "User.Read.All") -> AccessDenied:
    return AccessDenied(
        f"The application may not list the mailboxes. {refusal}",
        f"Grant {permission} as an application permission, and give admin consent.",
    )


def _carries_mail(domain: _Domain) -> bool:
    return bool(domain.initial) or any(service.casefold() == "email" for service in domain.services or ())


def _hosts(addresses: Iterable[str]) -> set[str]:
    return {address.rpartition("@")[2].lower() for address in addresses if "@" in address}


def _with_mail_twin(domains: Iterable[str]) -> tuple[str, ...]:
    """The domains, and beside a tenant's first one (x.onmicrosoft.com) the one that hybrid mail is routed by."""
    twins = {name.replace(".onmicrosoft.", ".mail.onmicrosoft.") for name in domains if ".onmicrosoft." in name}
    return tuple(sorted({*domains, *(twin for twin in twins if ".mail.mail." not in twin)}))
