"""The sheet *Read me first*: what the file is, how much of the mail it stands on, and what its numbers mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from reports import countries, sentences
from reports.blind_spots import BLIND_SPOTS
from reports.cells import shown
from reports.definitions import DEFINITIONS
from reports.extent import Extent, Reading
from reports.figures import lines
from reports.incident_words import DECIDES_NOTHING
from reports.layout import Chart, Column, Line, Prose, Sheet, Style, Table, Value
from reports.links import MOST_LINKS
from reports.questions import mark
from reports.sheets import decisions
from reports.summary import Findings
from reports.what_is_left import left_to_decide, news, news_sentence, severity_sentence
from scanner.case import Case, Run
from scanner.incident import Class
from scanner.policy import Policy

TITLE: Final = "Read me first"
_MOST_RUNS: Final = 10
_MOST_NEWS: Final = 10
_MOST_SOURCES: Final = 25
_MOST_BARS: Final = 15
_WIDTHS: Final = (30, 118)
_HANDLING: Final = (
    "This file is personal data: it lists the people concerned. Keep it where only those who need it can read it, "
    "do not send it by ordinary mail, and keep or delete it by your own rules. When you write to the people listed, "
    "send each of them a message of their own: Affected people has one row a person for that."
)
_WHAT: Final = (
    "missedbcc looked back through sent mail for messages that showed many outsiders to one another. This workbook "
    "lists what it found: incidents, people whose address was shown, what happened when, what was considered and "
    "cleared, what was read and what was not, and the evidence."
)
_SHEETS: Final = (
    ("Incidents", "The register: what happened, who was shown, how grave it may be, and what people state about it."),
    ("Affected people", "One row a person, however many messages showed them."),
    ("Person × message", "Which message showed whom."),
    ("Viewers", "Everybody who could read the lists, those in Bcc and our own people too."),
    ("Timeline", "What was sent and what came back, in its order."),
    ("Considered and cleared", "What looked alike and is listed as no probable exposure, with the reason."),
    ("Coverage", "What was read, folder by folder, and what was not."),
    ("Evidence", "Where each message lies, and its digest."),
    ("Decisions", "Where you say what becomes of each incident."),
)
_FACTS: Final = (
    "It states technical facts and draws no legal conclusion. That holds for the class and the severity of an incident "
    f"too: each comes with its reasons. {DECIDES_NOTHING} Cells headed “For legal” are left to you; everything "
    "else is written again at each report."
)
_NO_PROOF: Final = (
    "No finding is not proof of absence. What the scan cannot see is listed below and on the sheet Coverage."
)
_FEW_LINKS: Final = (
    "Spreadsheet programs take only so many links in one sheet, and a sheet of this workbook may have more cells that "
    "would lead somewhere. Those after the last link show the same without one: search for the id on its sheet."
)
_LINKS_OF_AN_INCIDENT: Final = 8  # in its row of the register
_MONTHS: Final = (Column("Month", _WIDTHS[0]), Column("Exposures", _WIDTHS[1], Style.PROSE_NUMBER))
_PEOPLE: Final = (Column("Incident", _WIDTHS[0]), Column("People", _WIDTHS[1], Style.PROSE_NUMBER))
_CHART_ROWS: Final = 16  # lines left free for one


def sheet(case: Case, findings: Findings) -> Sheet:
    """Two columns: a word and what is to be said about it; then two tables and what they look like."""
    told = list(_lines(case, findings))
    if not findings.facts:
        return Sheet(TITLE, (Prose(told),), widths=_WIDTHS)
    months = _by_month(findings)
    by_month = list(_section("Exposures by month", _room()))
    by_incident = list(_section("People by incident", _room()))
    first = len(told) + 3
    second = first + len(by_month) + len(months) + 1
    blocks = (
        Prose((*told, *by_month)),
        Table("ExposuresByMonth", _MONTHS, months, ""),
        Prose(by_incident),
        Table("PeopleByIncident", _PEOPLE, _by_incident(findings), ""),
    )
    charts = (
        Chart("Exposures by month", "ExposuresByMonth", "Month", "Exposures", f"A{first}"),
        Chart("People by incident", "PeopleByIncident", "Incident", "People", f"A{second}"),
    )
    # Each chart begins a printed page under its heading: a page would end in the middle of it.
    return Sheet(TITLE, blocks, widths=_WIDTHS, page_ends=(first - 2, second - 2), charts=charts)


def _room() -> Iterator[Line]:
    return (Line((None, None), {0: Style.NOTE, 1: Style.NOTE}) for _ in range(_CHART_ROWS))


def _by_month(findings: Findings) -> list[Line]:
    """Messages that showed somebody, by the month of their date; months without any are left out."""
    months: Counter[str] = Counter()
    for facts in findings.facts:
        months.update(facts.months)
    return [Line((month, months[month])) for month in sorted(months)]


def _by_incident(findings: Findings) -> list[Line]:
    """The incidents with the most people."""
    most = sorted(findings.facts, key=lambda facts: -(facts.people + facts.names))
    return [Line((shown(facts.id), facts.people + facts.names)) for facts in most[:_MOST_BARS]]


def _lines(case: Case, findings: Findings) -> Iterator[Line]:
    yield Line(("missedbcc: who was shown to whom",), {0: Style.TITLE})
    if findings.extent.reading is not Reading.NOTHING:
        yield _line("New since the last report", news_sentence(findings.facts))
    yield from _state(findings)
    yield from _news(findings)
    yield from _section("What was found", _totals(case, findings))
    yield from _section("What is left to decide", _left(case, findings))
    yield from _section("How to use this file", _use(case, findings))
    yield from _section("What was considered and cleared", _cleared(case, findings))
    yield from _section("What was searched", _scope(case, findings))
    yield from _section("Who counts as ours, and how many are many", _policy(case, findings))
    yield from _section("What the words and numbers mean", (_line(*pair) for pair in DEFINITIONS))
    yield from _section("What no scan of sent mail can see", (_line(*pair) for pair in BLIND_SPOTS))


def _news(findings: Findings) -> Iterator[Line]:
    """The first of those that are new, changed or reopened, each with a link to its row of the register."""
    fresh = news(findings.facts)
    for label, text, facts in fresh[:_MOST_NEWS]:
        yield Line((label, text), {0: Style.LINK}, {0: findings.place_of(findings.rows[facts.id].incident)})
    if len(fresh) > _MOST_NEWS:
        yield _line("More of them", f"{len(fresh) - _MOST_NEWS:,}, which stand first on the sheet Incidents, too.")


def _state(findings: Findings) -> Iterator[Line]:
    extent = findings.extent
    style = Style.GOOD if extent.reading is Reading.COMPLETE else Style.ALERT
    yield Line((extent.reading.value, sentences.coverage_sentence(extent)), {0: style, 1: style})
    for trouble in extent.troubles:
        yield Line(("Not read", shown(trouble)), {0: Style.ALERT, 1: Style.ALERT})


def _totals(case: Case, findings: Findings) -> Iterator[Line]:
    found = findings.totals
    if not found.incidents:
        yield _line("Result", findings.none_found)
        if findings.extent.reading is Reading.NOTHING:
            return
    yield _number("Incidents", found.incidents)
    yield _number("Messages in them", found.messages)
    yield _number("Disclosed entries", found.entries)
    yield _number("Affected people, each once", found.people)
    if findings.may_lack_people:
        yield Line(("People may be missing", findings.may_lack_people), {0: Style.ALERT, 1: Style.ALERT})
    yield _number("of them reached, bounces taken off", found.reached)
    yield _number("of them told by name", found.with_full_name + found.with_part_of_name)
    yield _number("with a full name", found.with_full_name)
    yield _number("with part of a name", found.with_part_of_name)
    yield _number("of them role accounts", found.role_accounts)
    yield _number("Shown by name only, each once", found.names)
    yield _number("People at higher risk", found.higher_risk)
    yield _number("Viewers, each once", found.viewers)
    if found.facts:
        yield _line("Affected people by country", countries.in_words(found.countries))
        yield _line("Severity", severity_sentence(found.facts, case.decisions()))
    if found.first_sent and found.last_sent:
        period = f"{sentences.moment(found.first_sent)} to {sentences.moment(found.last_sent)}"
        yield _line("Sent (Date field)", period)


def _left(case: Case, findings: Findings) -> Iterator[Line]:
    for label, text in left_to_decide(case, findings):
        yield _line(label, text)


def _use(case: Case, findings: Findings) -> Iterator[Line]:
    yield _line("What this file is", _WHAT)
    for title, purpose in _SHEETS:
        yield Line((f"Sheet {title}", purpose), {0: Style.LINK}, {0: f"'{title}'!A1"})
    yield _line("Facts, not law", _FACTS)
    yield _line("Handle with care", _HANDLING)
    yield _line("Limits", _NO_PROOF)
    found = findings.totals
    if max(found.incidents * _LINKS_OF_AN_INCIDENT, found.people + found.names) > MOST_LINKS:
        yield _line("Links", _FEW_LINKS)
    yield _line("This workbook", mark(case.id, case.edition))
    yield _line("How decisions come back", " ".join(decisions.how_read_back(case)))


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
    yield _theirs("Sources", _list(extent.accounts[:_MOST_SOURCES]))
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


def _policy(case: Case, findings: Findings) -> Iterator[Line]:
    policy, pack = case.policy, case.rule_pack
    for alert in sentences.policy_alerts(policy):
        yield Line(("Please confirm", alert), {0: Style.ALERT, 1: Style.ALERT})
    yield _line("Internal domains", _list(sentences.domain_sentence(domain) for domain in policy.internal))
    yield _theirs("Own addresses elsewhere", _list(policy.own_addresses))
    yield _theirs("Affiliates", _list(policy.affiliates))
    if policy.free_mail_add or policy.free_mail_remove:
        yield _theirs("Free-mail domains added", _list(policy.free_mail_add))
        yield _theirs("Free-mail domains removed", _list(policy.free_mail_remove))
    if policy.sensitive_words:
        words = _list(f"{word} ({context})" for context, word in policy.sensitive_words)
        yield _theirs("Sensitive words added", words)
    yield _line("The gate", sentences.gate_sentence(policy))
    yield from _allowlist(policy, findings)
    yield _line("Rules", sentences.rules_sentence(pack, named=bool(policy.rule_pack)))
    for note in (pack.source, *pack.notes):
        yield _line("of the rules", note)
    yield _line("Method for the severity", f"{pack.method.title}. {pack.method.source}.")
    yield _line("Digest of these settings", policy.digest)


def _allowlist(policy: Policy, findings: Findings) -> Iterator[Line]:
    latest = findings.extent.latest_run
    today: date | None = latest.date() if latest else None
    yield _line("Allowlist", _list(sentences.allowed_sentence(entry, today) for entry in policy.allowed))


def _section(title: str, content: Iterable[Line]) -> Iterator[Line]:
    yield Line((None, None), {0: Style.NOTE, 1: Style.NOTE})
    yield Line((title, None), {0: Style.HEADING, 1: Style.HEADING})
    yield from content


def _line(label: str, text: Value) -> Line:
    return Line((label, text), {0: Style.LABEL})


def _theirs(label: str, text: str) -> Line:
    """A line whose text came whole from mail or settings."""
    return Line((label, text), {0: Style.LABEL}, personal=frozenset({1}) if text != "none" else frozenset())


def _number(label: str, number: int) -> Line:
    return Line((label, number), {0: Style.LABEL, 1: Style.PROSE_NUMBER})


def _list(parts: Iterable[str]) -> str:
    return lines(parts) or "none"
