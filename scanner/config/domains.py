"""Domain names and addresses as people write them in settings, in the one form in which they are compared."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.config.table import Table
from scanner.policy import Policy


def domain_name(text: str) -> str | None:
    """A domain in lower case and A-label form (RFC 5890); None when the text is no domain name.

    `@corp.example`, `*.corp.example` and `corp.example.` mean `corp.example`: sub-domains are always included.
    """
    name = text.strip().removeprefix("*").lstrip("@.").rstrip(".").lower()
    if not name.isascii():
        import idna  # noqa: PLC0415 - a large table, needed by few

        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError:
            return None
    labels = name.split(".")
    fine = all(0 < len(label) < 64 and label.replace("-", "a").replace("_", "a").isalnum() for label in labels)
    return name if fine and len(labels) > 1 and len(name) < 254 else None


def address_of(text: str) -> str:
    """A whole address in canonical form; "" when the text is none."""
    local_part, at, host = text.strip().rpartition("@")
    domain = domain_name(host)
    return f"{local_part.casefold()}@{domain}" if at and local_part and domain else ""


def read_domain(table: Table, key: str, text: str) -> str | None:
    """One domain; None when it is none, which is noted."""
    domain = domain_name(text)
    if domain is None:
        also = "; a single address belongs in own_addresses" if key == "internal" and "@" in text.strip("@") else ""
        table.complain(key, f"each entry is a domain name such as corp.example{also}")
    return domain


def too_wide(domain: str, policy: Policy) -> str:
    """What is wrong with calling everybody below a domain ours or an affiliate, "" when nothing is."""
    from scanner.detector.parties import Parties, is_public_suffix  # noqa: PLC0415 - large tables

    if Parties(policy).is_free_mail(domain):
        return (
            "anybody can have an address there: name the addresses in own_addresses, or the domain in free_mail.remove"
        )
    if is_public_suffix(domain):
        return "a registry sells the names below it, so it is nobody's own: name the domains that are meant"
    return ""


def read_domains(table: Table, key: str) -> tuple[str, ...]:
    """A list of domains. Those that are none are noted."""
    found: Iterable[str | None] = (read_domain(table, key, text) for text in table.texts(key))
    return tuple(domain for domain in found if domain)
