"""A proposal of what is internal, made from the mail itself when nobody has said it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from scanner.address import Address, Origin
from scanner.detector.internal import NAME_DOMAINS
from scanner.detector.parties import Parties
from scanner.envelope import Envelope, Mark
from scanner.policy import Ground, InternalDomain, Policy

_SHARE_OF_SENT = 0.5  # of the sent mail, from which an author's domain is one of ours
_SHARE_OF_ALL = 0.5  # of a whole mailbox, from which one address is its owner's
_LEAD = 0.8  # how close the next address may come before nobody can say whose mailbox it is
_FEWEST = 3  # messages without which a mailbox of mixed mail says nothing about its owner
_MOST_NAMED = 5  # other authors' domains that are named to be asked about, of one account


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
    """What the messages of one account say: counts of messages, by domain, or by address where it is free-mail."""

    messages: int = 0
    sent: int = 0
    sent_by: Counter[str] = field(default_factory=Counter)
    written_by: Counter[str] = field(default_factory=Counter)
    present: Counter[str] = field(default_factory=Counter)


def propose_internal(
    envelopes: Iterable[Envelope], account_names: Iterable[str] = (), policy: Policy | None = None
) -> Proposal:
    """Whose mailboxes these are, account by account.

    1. An account name that is an address is its owner's. Names of accounts on a server only: that of an archive is
       its path.
    2. Where messages lie in folders of sent mail, every author's domain with half of them is ours. The others may be
       customers whose mail lies there too: they are named in a sentence and not proposed.
    3. Otherwise the owner's is the domain that stands on the largest share of the messages, as author or recipient: on
       at least half of three or more, and clearly ahead of every other, or else of every other that wrote as much. One
       that wrote none of them is nobody's: it may be a customer to whom everything was sent.

    The exact domain is proposed, with its sub-domains. Free-mail addresses are weighed one by one, and only the address
    is proposed, since the domain belongs to nobody. `policy` says what is free-mail besides the built-in list.
    """
    parties = Parties(policy or Policy())
    accounts: dict[str, _Account] = {}
    for envelope in envelopes:
        if Mark.DRAFT not in envelope.marks:
            _note(envelope, accounts.setdefault(envelope.locator.account, _Account()), parties)
    found: dict[str, str] = {}
    for name in account_names:
        address = name.strip().casefold()
        local_part, _, domain = address.partition("@")
        if local_part and "." in domain and "@" not in domain:
            found.setdefault(_owner(Address(local_part, domain), parties), "the account is named by an address of it")
    others: dict[str, str] = {}
    for _, account in sorted(accounts.items()):
        for owner, why in _owners(account):
            found.setdefault(owner, why)
        for other, share in _other_authors(account):
            others.setdefault(other, share)
    return _proposal(found, [_asked(name, share) for name, share in sorted(others.items()) if name not in found])


def _owner(address: Address, parties: Parties) -> str:
    return address.canonical if parties.is_free_mail(address.domain) else address.domain


def _note(envelope: Envelope, account: _Account, parties: Parties) -> None:
    account.messages += 1
    on_it = {
        _owner(entry.address, parties)
        for entry in envelope.recipients
        if entry.address is not None and entry.origin is Origin.ADDRESS
    }
    if envelope.author is not None:
        author = _owner(envelope.author, parties)
        on_it.add(author)
        account.written_by[author] += 1
        if Mark.SENT in envelope.marks:
            account.sent += 1
            account.sent_by[author] += 1
    account.present.update(on_it)


def _owners(account: _Account) -> list[tuple[str, str]]:
    if account.sent:
        return [
            (owner, f"{count:,} of {account.sent:,} sent messages were written there")
            for owner, count in sorted(account.sent_by.items())
            if count >= _SHARE_OF_SENT * account.sent
        ]
    owner = _most_present(account)
    if owner is None:
        return []
    return [(owner, f"it stands on {account.present[owner]:,} of {account.messages:,} messages of a mailbox")]


def _other_authors(account: _Account) -> list[tuple[str, str]]:
    others = [
        (owner, f"{count:,} of {account.sent:,} sent messages")
        for owner, count in sorted(account.sent_by.items(), key=lambda item: (-item[1], item[0]))
        if count < _SHARE_OF_SENT * account.sent
    ]
    return others[:_MOST_NAMED]


def _asked(name: str, share: str) -> str:
    how = "to own_addresses in the config" if "@" in name else "with --internal"
    return f"Not taken as internal, but also wrote {share}: {name}; add it {how} if it is yours."


def _most_present(account: _Account) -> str | None:
    if account.messages < _FEWEST or not account.present:
        return None

    def rank(owner: str) -> tuple[int, int, str]:
        return -account.present[owner], -account.written_by[owner], owner

    best, *others = sorted(account.present, key=rank)
    if account.present[best] < _SHARE_OF_ALL * account.messages or not account.written_by[best]:
        return None
    near = [other for other in others if account.present[other] > _LEAD * account.present[best]]
    if all(account.written_by[other] <= _LEAD * account.written_by[best] for other in near):
        return best
    return None


def _proposal(found: dict[str, str], asked: list[str]) -> Proposal:
    if not found:
        return Proposal(sentences=("Nothing in the mail says whose mailbox this is.", *asked, NAME_DOMAINS))
    sentences = tuple(
        f"{name} is taken as internal: {why}." if "@" in name else f"{name}, with its sub-domains, is internal: {why}."
        for name, why in sorted(found.items())
    )
    return Proposal(
        domains=tuple(InternalDomain(name, ground=Ground.PROPOSED) for name in sorted(found) if "@" not in name),
        own_addresses=tuple(name for name in sorted(found) if "@" in name),
        sentences=(*sentences, *asked, f"If this is not right: {NAME_DOMAINS[0].lower()}{NAME_DOMAINS[1:]}"),
    )
