"""The sentences of *Read me first* that depend on the case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from reports.cells import shown
from reports.summary import Extent, Reading
from scanner.case import Run
from scanner.policy import Ground, InternalDomain, Policy


def coverage_sentence(extent: Extent) -> str:
    """What was read and what was not, in one sentence that can stand alone."""
    whole = f"{_count(extent.read, 'message')} in {_count(extent.folders, 'folder')}"
    if extent.reading is Reading.COMPLETE:
        skipped = f", {extent.skipped:,} rightly skipped" if extent.skipped else ""
        end = "every folder to its end" if extent.unstated else "none missing"
        return f"All mail in scope was read: {whole}, none unreadable, {end}{skipped}."
    if extent.reading is Reading.NOTHING:
        return "No mail was read, so this workbook says nothing about whether anybody was exposed."
    gaps = [
        _count(extent.unreadable, "message") + " unreadable" if extent.unreadable else "",
        _count(extent.missing, "message") + " missing" if extent.missing else "",
        _count(extent.incomplete_folders, "folder") + " not read to the end" if extent.incomplete_folders else "",
    ]
    reasons = ", ".join(gap for gap in gaps if gap) or "the latest run did not end well"
    return f"Not all mail was read ({whole} were): {reasons}. There may be exposures that this workbook does not show."


def period_sentence(extent: Extent) -> str:
    """From when to when the mail that was read had been sent."""
    if extent.oldest is None or extent.newest is None:
        return "No message with a readable date was read."
    return f"Mail sent from {moment(extent.oldest)} to {moment(extent.newest)}."


def run_sentence(run: Run) -> str:
    """When a run took place, with what, and how it ended."""
    ended = f"to {moment(run.finished)}" if run.finished else "and was not finished"
    outcome = f", {run.outcome}" if run.outcome else ""
    rules = ", ".join(run.rules) or "none"
    return f"{moment(run.started)} {ended}{outcome}; missedbcc {run.version}; rules: {rules}."


def gate_sentence(policy: Policy) -> str:
    """From how many people on a message is an incident."""
    gate = policy.gate
    return (
        f"A message counts as an incident when it showed at least {gate.exposure:,} affected people (role accounts not "
        f"counted) of at least {gate.parties:,} parties."
    )


def below_gate_sentence(policy: Policy, number: int) -> str:
    """What was found and is not in the list of incidents."""
    gate = policy.gate
    seen = f"showed {gate.candidate:,} or more outsiders but did not reach the gate"
    if number == 0:
        return f"No message {seen}."
    stay = "They are" if number > 1 else "It is"
    return (
        f"{_count(number, 'message')} {seen}. {stay} kept in the case and not listed here; a lower gate would show "
        "them without reading the mail again."
    )


def domain_sentence(domain: InternalDomain) -> str:
    """An internal domain, since when it was ours, and how that is known."""
    since = f" from {domain.since.isoformat()}" if domain.since else ""
    until = f" until {domain.until.isoformat()}" if domain.until else ""
    known = "PROPOSED from the mailbox: please confirm" if domain.ground is Ground.PROPOSED else str(domain.ground)
    return f"{shown(domain.domain)}{since}{until} ({known})"


def policy_alerts(policy: Policy) -> Iterator[str]:
    """What a reader must know before they trust the division into ours and strangers."""
    if not policy.knows_us:
        yield "No internal domain is known: everybody was counted as an outsider. Name your domains and report again."
    if any(domain.ground is Ground.PROPOSED for domain in policy.internal):
        yield "PROPOSED domains were guessed from the mail itself. Please confirm them."


def moment(when: datetime) -> str:
    """A moment in UTC, to the minute."""
    try:
        return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    except OverflowError:
        return when.isoformat()


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
