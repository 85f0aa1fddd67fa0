"""Exposures that somebody answers for: which entry of the allowlist covers one, and which did until it expired."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from scanner.identity import compatible
from scanner.policy import Allowed


def allowance(
    allowed: Iterable[Allowed],
    *,
    ids: Collection[str],
    authors: Collection[str],
    subjects: Collection[str],
    domains: Collection[str],
    today: date,
) -> tuple[Allowed | None, tuple[str, ...]]:
    """The first entry in force that covers an incident; without one, a sentence on each that would, had it not expired.

    `ids` are the incident's id and aliases, `authors` the canonical addresses of who wrote its messages, `subjects`
    theirs, `domains` those of all outsiders who were shown (lower case, A-label). An entry is in force until the end of
    the day on which it expires. One without any condition covers nothing.
    """
    covering = [entry for entry in allowed if _covers(entry, ids, authors, subjects, domains)]
    in_force = next((entry for entry in covering if today <= entry.expires), None)
    return in_force, () if in_force else tuple(map(_expired, covering))


def _covers(
    entry: Allowed, ids: Collection[str], authors: Collection[str], subjects: Collection[str], domains: Collection[str]
) -> bool:
    """Whether each condition of the entry holds, for every author, subject and domain."""
    conditions: list[bool] = []
    if entry.incident:
        conditions.append(entry.incident in ids)
    if entry.author:
        conditions.append(bool(authors) and all(_is_by(author, entry.author) for author in authors))
    if entry.subject:
        part = _plain(entry.subject)
        conditions.append(bool(subjects) and all(part in _plain(subject) for subject in subjects))
    if entry.audience:
        # Nobody's domain being known says nothing about where they are: it is no reason to allow.
        conditions.append(bool(domains) and all(_within(domain, entry.audience) for domain in domains))
    return bool(conditions) and all(conditions)


def _is_by(author: str, wanted: str) -> bool:
    if wanted.startswith("@"):
        return _within(author.rpartition("@")[2], (wanted[1:],))
    return author == wanted.casefold()


def _within(domain: str, wholes: Iterable[str]) -> bool:
    return any(domain == whole or domain.endswith(f".{whole}") for whole in wholes)


def _plain(text: str) -> str:
    return " ".join(compatible(text).casefold().split())


def _expired(entry: Allowed) -> str:
    return (
        f"It was allowed until {entry.expires} ({entry.owner}: {entry.reason}); that has expired, so it is open again."
    )
