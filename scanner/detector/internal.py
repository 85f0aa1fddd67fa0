"""On which side of the organisation's border an address lies, on the day the message was sent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date

from scanner.address import Address
from scanner.envelope import Envelope
from scanner.exposure import Standing
from scanner.policy import InternalDomain, Policy

NAME_DOMAINS = "Name your domains with --internal, for example --internal company.example."
"""The next step where nobody has said what is internal, and the mail does not tell it."""

UNKNOWN_OWNER = ("It is not known whose mail this is, so what it may have shown was not judged.", NAME_DOMAINS)
"""What is wrong with mail that is not known to be sent while nothing is internal, and the next step."""

_Verdict = Standing | tuple[tuple[InternalDomain, ...], Standing]
_MEMORY = 100_000  # domains remembered before starting anew; more than any mailbox we have seen holds


class Border:
    """The domains and addresses of one policy, made ready to be asked many times.

    A domain covers its sub-domains, and only those: `notcompany.example` and `company.example.other.example` are no
    part of `company.example`. Where an internal domain and an affiliate's both cover an address, the longer one
    decides. Windows (`since`, `until`) include both their days and are compared with the UTC day.
    """

    def __init__(self, policy: Policy) -> None:
        self._own = frozenset(address.strip().casefold() for address in policy.own_addresses)
        self._internal: dict[str, list[InternalDomain]] = {}
        for entry in policy.internal:
            self._internal.setdefault(entry.domain.lower().strip("."), []).append(entry)
        self._affiliates = frozenset(domain.lower().strip(".") for domain in policy.affiliates)
        self._known: dict[str, _Verdict] = {}
        self.inside = _pattern(policy.internal)
        self.knows_us = bool(self._own or self._internal)
        self.dated = any(entry.since or entry.until for entry in policy.internal)

    def standing(self, address: Address, day: date | None) -> Standing:
        """Whose address it was on `day`; without a day, a domain that was ours at any time counts as ours."""
        verdict = self._known.get(address.domain)
        if verdict is None:
            verdict = self._learn(address.domain)
        if not isinstance(verdict, Standing):
            windows, otherwise = verdict
            verdict = Standing.INTERNAL if any(_open(entry, day) for entry in windows) else otherwise
        if self._own and verdict is not Standing.INTERNAL and address.canonical in self._own:
            return Standing.INTERNAL
        return verdict

    def holds(self, canonical: str) -> bool:
        """Whether a canonical address is, or was at any time, ours or an affiliate's."""
        return self.standing(Address.of(canonical), None) is not Standing.OUTSIDER

    def _learn(self, domain: str) -> _Verdict:
        if len(self._known) >= _MEMORY:
            self._known.clear()
        verdict = self._known[domain] = self._judge(domain)
        return verdict

    def _judge(self, domain: str) -> _Verdict:
        windows: list[InternalDomain] = []
        rest = domain
        while rest:
            here = self._internal.get(rest, ())
            if any(entry.since is None and entry.until is None for entry in here):
                return Standing.INTERNAL
            windows.extend(here)
            if rest in self._affiliates:
                return (tuple(windows), Standing.AFFILIATE) if windows else Standing.AFFILIATE
            rest = rest.partition(".")[2]
        return (tuple(windows), Standing.OUTSIDER) if windows else Standing.OUTSIDER


def _pattern(internal: Iterable[InternalDomain]) -> re.Pattern[bytes] | None:
    """What follows the local part of an address that is ours on every day; it sees no more than plain addresses."""
    always = sorted(entry.domain for entry in internal if not (entry.since or entry.until) and entry.domain.isascii())
    if not always:
        return None
    domains = "|".join(re.escape(domain.lower().strip(".")) for domain in always)
    return re.compile(rf"@(?:[a-z0-9-]++\.)*?(?:{domains})(?=[>,;\s]|\Z)".encode("ascii"), re.IGNORECASE)


def deciding_day(envelope: Envelope, border: Border) -> date | None:
    """The sending day where a domain of the policy is dated; None where the day decides nothing."""
    return sending_day(envelope) if border.dated else None


def sending_day(envelope: Envelope) -> date | None:
    """The UTC day of the Date field, else of storing, else None. UTC, because sources disagree about the zone."""
    moment = envelope.date or envelope.received
    return moment.astimezone(UTC).date() if moment else None


def _open(entry: InternalDomain, day: date | None) -> bool:
    if day is None:
        return True
    return (entry.since is None or entry.since <= day) and (entry.until is None or day <= entry.until)
