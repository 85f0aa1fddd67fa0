"""A proposal of what is internal, made from the mail itself when nobody has said it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from scanner.address import Address, Origin
from scanner.detector.parties import Parties
from scanner.envelope import Envelope, Mark
from scanner.policy import Ground, InternalDomain, Policy

_SHARE_OF_SENT = 0.2  # of the sent mail, from which an author's domain is one of ours
_SHARE_OF_ALL = 0.5  # of a whole mailbox, from which one address is its owner's
_LEAD = 0.8  # how close the next address may come before nobody can say whose mailbox it is
_FEWEST = 3  # messages without which a mailbox of mixed mail says nothing about its owner
_NEXT_STEP = "Name your domains with --internal, for example --internal company.example."


@dataclass(frozen=True, slots=True)
class Proposal:
    """Domains and addresses that look like the organisation's own, and the sentences that say why.

    Both are empty when nothing is convincing; the sentences then name the next step.
    """

    domains: tuple[InternalDomain, ...] = ()
    own_addresses: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()


@dataclass(slots=True)
class _Account:
    """What the messages of one account say: counts of messages, by canonical address."""

    messages: int = 0
    sent: int = 0
    sent_by: Counter[str] = field(default_factory=Counter)
    written_by: Counter[str] = field(default_factory=Counter)
    present: Counter[str] = field(default_factory=Counter)


def propose_internal(
    envelopes: Iterable[Envelope], account_names: Iterable[str] = (), policy: Policy | None = None
) -> Proposal:
    """Whose mailboxes these are, account by account.

    1. An account name that is an address is its owner's.
    2. Where messages lie in folders of sent mail, every author's domain with a fifth of them is ours.
    3. Otherwise the owner is who stands on the largest share of the messages, as author or recipient: at least half of
       three or more, and clearly ahead of everybody of another domain (or else the one who wrote most).

    Of an owner's address the exact domain is proposed, with its sub-domains; of a free-mail address only the address,
    since the domain belongs to nobody. `policy` says which domains are free-mail besides the built-in list.
    """
    parties = Parties(policy or Policy())
    accounts: dict[str, _Account] = {}
    for envelope in envelopes:
        if Mark.DRAFT not in envelope.marks:
            _note(envelope, accounts.setdefault(envelope.locator.account, _Account()))
    found: dict[str, str] = {}
    for name in account_names:
        address = name.strip().casefold()
        if address.count("@") == 1 and "." in address.partition("@")[2] and not address.startswith("@"):
            _add(found, address, parties, "the name of the account is an address of it")
    for _, account in sorted(accounts.items()):
        for address, why in _owners(account):
            _add(found, address, parties, why)
    return _proposal(found)


def _note(envelope: Envelope, account: _Account) -> None:
    account.messages += 1
    author = envelope.author.canonical if envelope.author else ""
    if author and Mark.SENT in envelope.marks:
        account.sent += 1
        account.sent_by[author] += 1
    if author:
        account.written_by[author] += 1
    on_it: set[Address] = {
        entry.address for entry in envelope.recipients if entry.address and entry.origin is Origin.ADDRESS
    }
    account.present.update({author, *(address.canonical for address in on_it)} - {""})


def _owners(account: _Account) -> list[tuple[str, str]]:
    if account.sent:
        return _authors_of_sent(account)
    owner = _most_present(account)
    if owner is None:
        return []
    count = account.present[owner]
    return [(owner, f"one of its addresses stands on {count:,} of {account.messages:,} messages of a mailbox")]


def _authors_of_sent(account: _Account) -> list[tuple[str, str]]:
    by_domain: Counter[str] = Counter()
    for address, count in account.sent_by.items():
        by_domain[_domain(address)] += count
    return [
        (address, f"{by_domain[_domain(address)]:,} of {account.sent:,} sent messages were written there")
        for address, count in sorted(account.sent_by.items(), key=lambda pair: (-pair[1], pair[0]))
        if by_domain[_domain(address)] >= _SHARE_OF_SENT * account.sent
    ]


def _most_present(account: _Account) -> str | None:
    if account.messages < _FEWEST or not account.present:
        return None

    def rank(address: str) -> tuple[int, int, str]:
        return -account.present[address], -account.written_by[address], address

    best, *others = sorted(account.present, key=rank)
    if account.present[best] < _SHARE_OF_ALL * account.messages:
        return None
    rival = next((address for address in others if _domain(address) != _domain(best)), None)
    if rival is None or account.present[rival] <= _LEAD * account.present[best]:
        return best
    return best if account.written_by[rival] <= _LEAD * account.written_by[best] else None


def _add(found: dict[str, str], address: str, parties: Parties, why: str) -> None:
    domain = _domain(address)
    found.setdefault(address if parties.is_free_mail(domain) else domain, why)


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def _proposal(found: dict[str, str]) -> Proposal:
    if not found:
        return Proposal(sentences=("Nothing in the mail says whose mailbox this is.", _NEXT_STEP))
    sentences = tuple(
        f"{name} is taken as internal: {why}." if "@" in name else f"{name}, with its sub-domains, is internal: {why}."
        for name, why in sorted(found.items())
    )
    return Proposal(
        domains=tuple(InternalDomain(name, ground=Ground.PROPOSED) for name in sorted(found) if "@" not in name),
        own_addresses=tuple(name for name in sorted(found) if "@" in name),
        sentences=(*sentences, f"If this is not right: {_NEXT_STEP[0].lower()}{_NEXT_STEP[1:]}"),
    )
