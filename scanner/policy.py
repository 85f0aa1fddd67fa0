"""What this organisation calls internal, and how many people are many."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum


class Ground(StrEnum):
    """Why a domain or address counts as internal."""

    CONFIGURED = "configured"
    COMMAND_LINE = "command line"
    PROPOSED = "proposed from the mailbox"


@dataclass(frozen=True, slots=True)
class InternalDomain:
    """A domain of ours, with its sub-domains. `since` and `until` are the first and last day on which it was ours."""

    domain: str  # lower case, A-label
    since: date | None = None
    until: date | None = None
    ground: Ground = Ground.CONFIGURED


@dataclass(frozen=True, slots=True)
class Gate:
    """From how many people on something counts. See the README's table of thresholds.

    `candidate`   outsiders visible in one message, or hidden in its Bcc, from which the message is kept, so that a
                  later change of `exposure` needs no second reading of the mail
    `exposure`    affected people, role accounts not counted, from which a message becomes an incident
    `parties`     different parties that must be among them
    `sensitive`   the same as `exposure` where the subject tells something sensitive of who is on the list
    """

    candidate: int = 5
    exposure: int = 10
    parties: int = 2
    sensitive: int = 3

    @property
    def kept(self) -> tuple[int, int]:
        """From how many outsiders on a message is kept, and from how many where its subject is sensitive."""
        enough = min(self.candidate, self.exposure)
        return enough, min(enough, self.sensitive)


@dataclass(frozen=True, slots=True)
class Allowed:
    """An exposure that somebody answers for: it is listed as allowed, not as probable, until the entry expires.

    Each of the conditions that is given must hold: `incident` (an id or alias), `author` (canonical address, or a
    domain as `@firm.example`), `subject` (part of it, any case), `audience` (domains of which every outsider has one).
    """

    reason: str
    owner: str
    expires: date
    incident: str = ""
    author: str = ""
    subject: str = ""
    audience: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """Whom a scan calls internal, affiliate and outsider, and its gates.

    `own_addresses` are internal although their domain is not, such as the owner's address at a free-mail provider.
    `affiliates` are domains that are neither strangers nor ours; they are shown, and neither affected nor counted.
    `free_mail_add` and `free_mail_remove` correct the built-in list of free-mail domains. `sensitive_words` adds
    (context, word) pairs to the built-in lists, `allowed` is the allowlist, and `rule_pack` names the dated rules (time
    limits, thresholds) that severity is told by; "" means the newest that is in force.
    """

    internal: tuple[InternalDomain, ...] = ()
    own_addresses: tuple[str, ...] = ()
    affiliates: tuple[str, ...] = ()
    free_mail_add: tuple[str, ...] = ()
    free_mail_remove: tuple[str, ...] = ()
    gate: Gate = field(default_factory=Gate)
    sensitive_words: tuple[tuple[str, str], ...] = ()
    allowed: tuple[Allowed, ...] = ()
    rule_pack: str = ""

    @property
    def knows_us(self) -> bool:
        """Whether anything is internal at all; without it everybody would be an outsider."""
        return bool(self.internal or self.own_addresses)

    @property
    def digest(self) -> str:
        """A short hash of everything above: two runs with the same digest judge alike."""
        text = json.dumps(asdict(self), sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def may_have_missed(old: Policy, new: Policy, *, all_ours: bool = False) -> bool:
    """Whether a message that was no candidate under the old policy may be one under the new.

    It may when fewer outsiders are enough, when more subjects are sensitive, when somebody who was internal or an
    affiliate may be an outsider now, and when an author who was a stranger is internal now: then more of the mail is
    ours. The last is of no concern where `all_ours` says that the messages are ours whoever wrote them, since they lie
    in a folder of sent mail.
    """
    (enough, few), (enough_before, few_before) = new.gate.kept, old.gate.kept
    if enough < enough_before or few < few_before:
        return True
    if few < min(enough, enough_before) and not set(new.sensitive_words) <= set(old.sensitive_words):
        return True
    inside_now = (*new.internal, *map(InternalDomain, new.affiliates))
    inside_before = (*old.internal, *map(InternalDomain, old.affiliates))
    if not _covered_by(inside_now, new.own_addresses, inside_before, old.own_addresses):
        return True
    if all_ours:
        return False
    kept = (InternalDomain(domain) for domain in new.affiliates)  # one that goes may have hidden a domain of ours
    return not (
        _covered_by(old.internal, old.own_addresses, new.internal, new.own_addresses)
        and _covered_by(kept, (), map(InternalDomain, old.affiliates), ())
    )


def _covered_by(
    domains: Iterable[InternalDomain],
    addresses: Iterable[str],
    inner_domains: Iterable[InternalDomain],
    inner_addresses: Iterable[str],
) -> bool:
    """Whether the first domains and addresses cover the inner ones, each by one entry on all its days."""
    wide = tuple(domains)
    known = {address.casefold() for address in addresses}
    needed = [
        InternalDomain(address.rpartition("@")[2]) for address in inner_addresses if address.casefold() not in known
    ]
    return all(any(_holds(outer, inner) for outer in wide) for inner in (*inner_domains, *needed))


def _holds(outer: InternalDomain, inner: InternalDomain) -> bool:
    return (
        _within(inner.domain, outer.domain)
        and (outer.since is None or (inner.since is not None and outer.since <= inner.since))
        and (outer.until is None or (inner.until is not None and inner.until <= outer.until))
    )


def _within(domain: str, whole: str) -> bool:
    return f".{domain.lower().strip('.')}".endswith(f".{whole.lower().strip('.')}")
