"""The sheet *Read me first*: what the file is, how much of the mail it stands on, and what its numbers mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reports import sentences
from reports.blind_spots import BLIND_SPOTS
from reports.cells import shown
from reports.definitions import DEFINITIONS
from reports.figures import lines
from reports.incident_words import DECIDES_NOTHING
from reports.layout import Line, Prose, Sheet, Style, Value
from reports.summary import Extent, Findings, Reading
from scanner.case import Case, Run
from scanner.incident import Class
from scanner.policy import Policy

TITLE = "Read me first"
_MOST_RUNS = 10
_MOST_SOURCES = 25
_HANDLING = (
    "This file is personal data: it lists the people concerned. Keep it where only those who need it can read it, "
    "do not send it by ordinary mail, and keep or delete it by your own rules. When you write to the people listed, "
    "send each of them a message of their own."
)
_WHAT = (
    "missedbcc looked back through sent mail for messages that showed many outsiders to one another. This workbook "
    "lists what it found: incidents, people whose address was shown, what happened when, what was considered and "
    "cleared, what was read and what was not, and the evidence."
)
_FACTS = (
    "It states technical facts and draws no legal conclusion. That holds for the class and the severity of an incident "
    f"too: each comes with its reasons. {DECIDES_NOTHING} Cells headed “For legal to fill” are left to you; everything "
    "else is written again at each report."
)
_NO_PROOF = "No finding is not proof of absence. What the scan cannot see is listed below and on the sheet Coverage."


def sheet(case: Case, findings: Findings) -> Sheet:
    """Two columns: a word and what is to be said about it."""
    return Sheet(TITLE, (Prose(_lines(case, findings)),), widths=(30, 118))


def _lines(case: Case, findings: Findings) -> Iterator[Line]:
    yield Line(("missedbcc: who was shown to whom",), {0: Style.TITLE})
    yield from _state(findings)
    yield _line("What this file is", _WHAT)
    yield _line("Facts, not law", _FACTS)
    yield _line("Handle with care", _HANDLING)
    yield _line("Limits", _NO_PROOF)
    yield from _section("What was found", _totals(findings))
    yield from _section("What was considered and cleared", _cleared(case, findings))
    yield from _section("What was searched", _scope(case, findings))
    yield from _section("Who counts as ours, and how many are many", _policy(case.policy))
    yield from _section("What the words and numbers mean", (_line(*pair) for pair in DEFINITIONS))
    yield from _section("What no scan of sent mail can see", (_line(*pair) for pair in BLIND_SPOTS))


def _state(findings: Findings) -> Iterator[Line]:
    extent = findings.extent
    style = Style.GOOD if extent.reading is Reading.COMPLETE else Style.ALERT
    yield Line((extent.reading.value, sentences.coverage_sentence(extent)), {0: style, 1: style})
    for trouble in extent.troubles:
        yield Line(("Not read", shown(trouble)), {0: Style.ALERT, 1: Style.ALERT})


def _totals(findings: Findings) -> Iterator[Line]:
    found = findings.totals
    if not found.incidents:
        yield _line("Result", findings.none_found)
        if findings.extent.reading is Reading.NOTHING:
            return
    yield _number("Incidents", found.incidents)
    yield _number("Messages in them", found.messages)
    yield _number("Disclosed entries", found.entries)
    yield _number("Affected people, each once", found.people)
    yield _number("of them reached, bounces taken off", found.reached)
    yield _number("of them with a full name", found.with_full_name)
    yield _number("of them with part of a name", found.with_part_of_name)
    yield _number("of them role accounts", found.role_accounts)
    yield _number("Shown by name only, each once", found.names)
    yield _number("Viewers, each once", found.viewers)
    if found.first_sent and found.last_sent:
        period = f"{sentences.moment(found.first_sent)} to {sentences.moment(found.last_sent)}"
        yield _line("Sent (Date field)", period)


def _cleared(case: Case, findings: Findings) -> Iterator[Line]:
    if findings.extent.reading is Reading.NOTHING:
        yield _line("Considered and cleared", findings.none_cleared)
        return
    cleared = findings.totals.cleared
    yield _line("Considered and cleared", sentences.cleared_sentence(case.policy, cleared))
    for klass in Class:
        if klass is not Class.PROBABLE:
            yield _line(klass.value.capitalize(), sentences.class_sentence(klass, cleared[klass]))


def _scope(case: Case, findings: Findings) -> Iterator[Line]:
    extent = findings.extent
    yield _line("Sources", _list(extent.accounts[:_MOST_SOURCES]))
    if len(extent.accounts) > _MOST_SOURCES:
        yield _line("More sources", f"{len(extent.accounts) - _MOST_SOURCES:,}, all listed on the sheet Coverage.")
    yield _line("Period", sentences.period_sentence(extent))
    yield _number("Folders searched", extent.folders)
    yield _number("Folders left out", extent.left_out)
    yield _line("Replies and bounces", sentences.bounces_sentence(extent))
    yield from _expected(extent)
    yield _number("Messages read", extent.read)
    yield _number("Messages unreadable", extent.unreadable)
    yield _number("Messages skipped", extent.skipped)
    yield _number("Messages missing", extent.missing)
    for notice in extent.notices:
        yield _line("To know", shown(notice))
    runs = list(case.runs())
    if len(runs) > _MOST_RUNS:
        yield _line("Earlier runs", f"{len(runs) - _MOST_RUNS:,} more, not listed here.")
    yield from _runs(runs[-_MOST_RUNS:])


def _expected(extent: Extent) -> Iterator[Line]:
    """An archive file does not say how many messages it holds; a 0 would be a guess."""
    if extent.unstated < extent.folders or not extent.folders:
        yield _number("Messages expected", extent.expected)
    if extent.unstated:
        sentence = f"{extent.unstated:,} of {extent.folders:,} folders: the source does not count their messages."
        yield _line("Size not stated", sentence)


def _runs(runs: Iterable[Run]) -> Iterator[Line]:
    none = True
    for run in runs:
        none = False
        yield _line(f"Run {run.id}", sentences.run_sentence(run))
    if none:
        yield _line("Runs", "None: nothing was searched yet.")


def _policy(policy: Policy) -> Iterator[Line]:
    for alert in sentences.policy_alerts(policy):
        yield Line(("Please confirm", alert), {0: Style.ALERT, 1: Style.ALERT})
    yield _line("Internal domains", _list(sentences.domain_sentence(domain) for domain in policy.internal))
    yield _line("Own addresses elsewhere", _list(policy.own_addresses))
    yield _line("Affiliates", _list(policy.affiliates))
    if policy.free_mail_add or policy.free_mail_remove:
        yield _line("Free-mail domains added", _list(policy.free_mail_add))
        yield _line("Free-mail domains removed", _list(policy.free_mail_remove))
    if policy.sensitive_words:
        yield _line("Sensitive words added", _list(f"{word} ({context})" for context, word in policy.sensitive_words))
    yield _line("The gate", sentences.gate_sentence(policy))
    yield _line("Allowlist", _list(sentences.allowed_sentence(entry) for entry in policy.allowed))
    yield _line("Rules for the severity", policy.rule_pack or "the newest that are in force")
    yield _line("Digest of these settings", policy.digest)


def _section(title: str, content: Iterable[Line]) -> Iterator[Line]:
    yield Line((None, None), {0: Style.NOTE, 1: Style.NOTE})
    yield Line((title, None), {0: Style.HEADING, 1: Style.HEADING})
    yield from content


def _line(label: str, text: Value) -> Line:
    return Line((label, text), {0: Style.LABEL})


def _number(label: str, number: int) -> Line:
    return Line((label, number), {0: Style.LABEL, 1: Style.PROSE_NUMBER})


def _list(parts: Iterable[str]) -> str:
    return lines(parts) or "none"
