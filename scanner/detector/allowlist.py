"""Exposures that somebody answers for: which entry of the allowlist covers one, and which did until it expired."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable
from datetime import date

from scanner.envelope import Envelope
from scanner.policy import Allowed


def allowance(
    allowed: Iterable[Allowed],
    *,
    ids: Collection[str],
    envelope: Envelope,
    domains: Collection[str],
    today: date,
) -> tuple[Allowed | None, tuple[str, ...]]:
    """The first entry in force that covers a message; without one, a sentence on each that would, had it not expired.

    `ids` are the incident's id and aliases, `domains` those of all outsiders who were shown (lower case, A-label). An
    entry is in force until the end of the day on which it expires. One without any condition covers nothing.
    """
    covering = [entry for entry in allowed if _covers(entry, ids, envelope, domains)]
    in_force = next((entry for entry in covering if today <= entry.expires), None)
    return in_force, () if in_force else tuple(map(_expired, covering))


def _covers(entry: Allowed, ids: Collection[str], envelope: Envelope, domains: Collection[str]) -> bool:
    conditions: list[bool] = []
    if entry.incident:
        conditions.append(entry.incident in ids)
    if entry.author:
        conditions.append(_written_by(entry.author, envelope))
    if entry.subject:
        conditions.append(_plain(entry.subject) in _plain(envelope.subject))
    if entry.audience:
        # Nobody's domain being known says nothing about where they are: it is no reason to allow.
        conditions.append(bool(domains) and all(_within(domain, entry.audience) for domain in domains))
    return bool(conditions) and all(conditions)


def _written_by(author: str, envelope: Envelope) -> bool:
    if envelope.author is None:
        return False
    if author.startswith("@"):
        return _within(envelope.author.domain, (author[1:],))
    return envelope.author.canonical == author.casefold()


def _within(domain: str, wholes: Iterable[str]) -> bool:
    return any(domain == whole or domain.endswith(f".{whole}") for whole in wholes)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _expired(entry: Allowed) -> str:
    return (
        f"It was allowed until {entry.expires} ({entry.owner}: {entry.reason}); that has expired, so it is open again."
    )
