"""The sentences of *Read me first* that depend on the case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime

from reports.cells import shown
from reports.class_meanings import CLASS_MEANINGS
from reports.extent import Extent, Reading
from reports.figures import many
from scanner.case import Run
from scanner.incident import Class
from scanner.policy import Allowed, Ground, InternalDomain, Policy
from scanner.rule_pack import RulePack


def coverage_sentence(extent: Extent) -> str:
    """What was read and what was not, in one sentence that can stand alone."""
    if extent.reading is Reading.COMPLETE:
        return _all_read(extent)
    if extent.reading is Reading.NOTHING:
        return "No mail was read, so this workbook says nothing about whether anybody was exposed."
    if extent.only_stale:
        return _read_otherwise(extent)
    gaps = [
        many(extent.unreadable, "message") + " unreadable" if extent.unreadable else "",
        many(extent.missing, "message") + " missing" if extent.missing else "",
        many(extent.incomplete_folders, "folder") + " not read to the end" if extent.incomplete_folders else "",
        many(extent.stale_folders, "folder") + " read with other settings" if extent.stale_folders else "",
    ]
    reasons = ", ".join(gap for gap in gaps if gap) or "the latest run did not end well"
    whole = f"{many(extent.read, 'message')} in {many(extent.folders, 'folder')}"
    return f"Not all mail was read ({whole} were): {reasons}. There may be exposures that this workbook does not show."


def _read_otherwise(extent: Extent) -> str:
    """What lacks where all mail was read: what the settings of that time did not keep."""
    return (
        f"All mail was read, but that of {many(extent.stale_folders, 'folder')} with other settings: messages that "
        "were not kept then may count with those of this workbook. Scan again with these. There may be exposures that "
        "this workbook does not show."
    )


def _all_read(extent: Extent) -> str:
    """All of what: the folders that were searched, and no others."""
    where = "the one folder" if extent.folders == 1 else f"the {extent.folders:,} folders"
    skipped = f", {extent.skipped:,} skipped (reasons on the sheet Coverage)" if extent.skipped else ""
    end = "every folder to its end" if extent.unstated else "none missing"
    read = f"{many(extent.read, 'message')}, none unreadable, {end}{skipped}"
    were = "was" if extent.left_out == 1 else "were"
    others = f" {many(extent.left_out, 'other folder')} {were} not searched." if extent.left_out else ""
    return f"All mail in {where} searched was read: {read}.{others}"


def period_sentence(extent: Extent) -> str:
    """From when to when the mail that was read had been sent, as it says itself."""
    if extent.oldest is None or extent.newest is None:
        return "No message with a readable date was read."
    return f"Mail sent from {moment(extent.oldest)} to {moment(extent.newest)}, by the Date fields (senders' clocks)."


def run_sentence(run: Run) -> str:
    """When a run took place, with what, and how it ended."""
    ended = f"to {moment(run.finished)}" if run.finished else "and was not finished"
    outcome = f", {run.outcome}" if run.outcome else ""
    rules = ", ".join(run.rules) or "none"
    return f"{moment(run.started)} {ended}{outcome}; missedbcc {run.version}; rules: {rules}."


def gate_sentence(policy: Policy) -> str:
    """From how many people on an incident is listed as a probable exposure."""
    gate = policy.gate
    few = min(gate.sensitive, gate.exposure)
    lowered = f", or {few:,} where its subject is sensitive," if few < gate.exposure else ""
    return (
        f"An incident is a probable exposure when it showed at least {gate.exposure:,} counted people{lowered} of at "
        f"least {gate.parties:,} parties, unless it is of one of the classes under “Considered and cleared”."
    )


def cleared_sentence(policy: Policy, cleared: Counter[Class]) -> str:
    """What was found and is not in the list of incidents."""
    number = cleared.total()
    if number == 0:
        enough, few = policy.gate.kept
        lowered = f" ({few:,} where its subject is sensitive)" if few < enough else ""
        return f"Nothing: no other message that was read named {many(enough, 'outsider')} or more{lowered}."
    return (
        f"{many(number, 'incident')} of other classes, each listed with its reasons on the sheet Considered and "
        "cleared. Nothing is thrown away: a report with another gate or other settings judges all of them anew without "
        "reading the mail again."
    )


def class_sentence(klass: Class, number: int) -> str:
    """How many incidents are of a class, and what it means."""
    return f"{number:,}. {CLASS_MEANINGS[klass]}"


def bounces_sentence(extent: Extent) -> str:
    """Whether anything could be known of delivery."""
    if extent.received == 0:
        return "No folder of received mail was read, so no bounce and no answer can be known."
    were = "was" if extent.received == 1 else "were"
    return f"{many(extent.received, 'folder')} that may hold mail which came in {were} read."


def allowed_conditions(entry: Allowed) -> str:
    """What is allowed: all conditions must hold."""
    conditions = {
        "incident": entry.incident,
        "author": entry.author,
        "subject": entry.subject,
        "everybody at": " or ".join(entry.audience),
    }
    return ", ".join(f"{name} {shown(value)}" for name, value in conditions.items() if value)


def allowed_sentence(entry: Allowed, today: date | None = None) -> str:
    """What is allowed, why, by whom and until when; `today` tells whether it has expired."""
    until = f"EXPIRED on {entry.expires}" if today and entry.expires < today else f"until {entry.expires}"
    return f"{allowed_conditions(entry)}: {shown(entry.reason)} ({shown(entry.owner)}, {until})"


def rules_sentence(pack: RulePack, *, named: bool) -> str:
    """Which law the hours are counted by, since when it applies, and how it was chosen."""
    since = f", in force from {pack.in_force_from}" if pack.in_force_from and not pack.proposal else ""
    chosen = "named in the settings" if named else "the newest in force"
    return f"{pack.title}{since}: {pack.hours} hours ({pack.name}, {chosen})."


def domain_sentence(domain: InternalDomain) -> str:
    """An internal domain, since when it was ours, and how that is known."""
    since = f" from {domain.since.isoformat()}" if domain.since else ""
    until = f" until {domain.until.isoformat()}" if domain.until else ""
    known = "PROPOSED from the mailbox: please confirm" if domain.ground is Ground.PROPOSED else str(domain.ground)
    return f"{shown(domain.domain)}{since}{until} ({known})"


def policy_alerts(policy: Policy) -> Iterator[str]:
    """What a reader must know before they trust the division into ours and strangers."""
    if not policy.knows_us:
        yield (
            "No internal domain is known: only mail from folders of sent mail was judged, and everybody on it was "
            "counted as an outsider. Name your domains with --internal and scan again."
        )
    if any(domain.ground is Ground.PROPOSED for domain in policy.internal):
        yield "PROPOSED domains were guessed from the mail itself. Please confirm them."


def moment(when: datetime) -> str:
    """A moment in UTC, to the minute."""
    try:
        return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    except OverflowError:
        return when.isoformat()
