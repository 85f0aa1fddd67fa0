"""What the register says in words of one incident: dates, rules, data, the band, and the closest published case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

from reports.closest_case import closest, difference
from reports.extent import Extent, later
from reports.figures import many
from reports.incident_facts import Facts
from reports.layout import Value
from reports.questions import title_of
from reports.sentences import moment
from scanner.decision import Decisions, Question
from scanner.rule_pack import RulePack

PASSED: Final = "passed at the last run or reading back"
RUNNING: Final = "not passed at the last run or reading back"
SETTLED: Final = "settled; no authority is stated to have been told"
TOLD: Final = "an authority was told on its day or before"
TOLD_LATER: Final = "an authority was told on a later day"
TO_COME: Final = "the day stated for telling an authority is later than the last run or reading back"
DOUBTED: Final = "counted from what is doubted: see the column Conflict on Decisions"
NOT_AWARE: Final = (
    f"Computed when the cell “{title_of(Question.AWARE_SINCE)}” is filled and the report is written again."
)


def found_by_the_tool(found_on: datetime | None, extent: Extent) -> Value:
    """When the run began that first showed it; where only the latest is known to have, that is said."""
    if found_on is not None:
        return found_on
    if extent.latest_run is None:
        return "unknown"
    if extent.runs == 1:
        return extent.latest_run
    return f"at the latest {moment(extent.latest_run)}"


def deadline(aware: datetime | None, pack: RulePack) -> Value:
    """When the hours of the law end, counted from when a human knew and from nothing else."""
    if aware is None:
        return NOT_AWARE
    try:
        return pack.deadline(aware)
    except OverflowError:
        return "later than any calendar"


def as_of(decisions: Decisions, extent: Extent) -> datetime | None:
    """The time that the case has come to: when its last run began or, if that was later, answers were last read back.

    Whatever had passed or was to come had done so, or was, at this time: the case keeps it, and the time at which the
    workbook is written is kept nowhere. So the same case gives the same cells whenever it is written.
    """
    return later(extent.latest_run, decisions.read_back)


def deadline_state(facts: Facts, decisions: Decisions, pack: RulePack, extent: Extent) -> str:
    """Whether the hours had ended at the time of `as_of`; "" where they are not counted.

    Nothing is said of hours that are counted from a doubted time.
    """
    aware, now = decisions.aware_since(facts.id), as_of(decisions, extent)
    if aware is None or now is None:
        return ""
    told = _told_on(facts, decisions)
    if told and not is_told(facts, decisions, extent):
        return TO_COME
    if not told and decisions.status(facts.id).settled:
        return SETTLED
    if aware_is_doubted(facts, decisions):
        return DOUBTED
    try:
        ends = pack.deadline(aware)
    except OverflowError:
        ends = datetime.max.replace(tzinfo=UTC)
    if told:
        return TOLD if told <= ends.date() else TOLD_LATER
    return PASSED if ends < now else RUNNING


def aware_is_doubted(facts: Facts, decisions: Decisions) -> bool:
    """Whether the time since when a human knew, as it is stated, is not plausible: it stands, and leads nobody."""
    return decisions.doubt(facts.id, Question.AWARE_SINCE, facts.first_sent) is not None


def is_told(facts: Facts, decisions: Decisions, extent: Extent) -> bool:
    """Whether an authority was told, as is stated; a day that was to come at the time of `as_of` (UTC) is a plan."""
    told, now = _told_on(facts, decisions), as_of(decisions, extent)
    return told is not None and (now is None or told <= now.date())


def _told_on(facts: Facts, decisions: Decisions) -> date | None:
    said = decisions.of(facts.id).get(Question.AUTHORITY_TOLD)
    return date.fromisoformat(said) if said else None


def rules(pack: RulePack, sent: datetime | None, extent: Extent) -> str:
    """The law by which the hours are counted, and what is to be said of it for mail of that day."""
    counted = f"{pack.title}: {pack.hours} hours from when a human knew, where there is {pack.threshold}."
    if extent.latest_run is None:
        return counted
    said = pack.remarks(sent.date() if sent else None, extent.latest_run.date())
    return "\n".join((counted, *said))


def data_shown(facts: Facts) -> str:
    """The categories of data and the number of records of each, one a line."""
    return "\n".join(_data(facts))


def _data(facts: Facts) -> Iterator[str]:
    company = facts.people - facts.free_mail
    if facts.free_mail:
        yield f"Free-mail addresses: {facts.free_mail:,}"
    if company:
        yield f"Other addresses: {company:,}"
    if facts.clear or facts.part:
        yield f"Names beside or in them: {facts.identifiable:,}"
    if facts.names:
        yield f"Names without an address: {facts.names:,}"
    if facts.contexts:
        yield f"What the subject tells of each: {many(facts.people + facts.names, 'record')}"


def standing_band(facts: Facts, decisions: Decisions) -> str:
    """The band that a human chose instead, else the tool's."""
    chosen = decisions.of(facts.id).get(Question.BAND, "")
    if chosen:
        return chosen
    return str(facts.severity.band) if facts.severity else ""


def closest_case(facts: Facts) -> tuple[str, str]:
    """The published example that is closest by the facts, and how this one differs."""
    people = facts.people + facts.names
    example = closest(people, facts.identifiable, sensitive=bool(facts.contexts))
    return example.name, difference(example, people, facts.identifiable, facts.all_viewers, facts.contexts)
