"""What is new and what is left to people: the sentences that *Read me first* leads with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from reports.cells import shown
from reports.figures import many
from reports.incident_facts import Facts
from reports.register_words import PASSED, aware_is_doubted, deadline_state, is_told, standing_band
from reports.sentences import moment
from reports.summary import Findings
from scanner.case import Case
from scanner.decision import Decisions, Novelty, Question, Status
from scanner.incident import Band

_SEVERAL: Final = {Status.FALSE_ALARM: "false alarms"}
_DOUBTED: Final = (
    "“aware since” is not plausible as it is stated, so the deadline counted from it does not lead. See the column "
    "Conflict on Decisions."
)


def news_sentence(incidents: Sequence[Facts]) -> str:
    """How many incidents are new, changed, reopened and known."""
    count = Counter(facts.novelty for facts in incidents)
    return f"{many(len(incidents), 'incident')}: " + ", ".join(f"{count[each]:,} {each}" for each in Novelty) + "."


def news(incidents: Sequence[Facts]) -> list[tuple[str, str, Facts]]:
    """Of each incident that is not known already a word and a sentence; they lead the register, so they do here."""
    fresh = (facts for facts in incidents if facts.novelty is not Novelty.KNOWN)
    return [(str(facts.novelty).capitalize(), _in_short(facts), facts) for facts in fresh]


def _in_short(facts: Facts) -> str:
    people = facts.people + facts.names
    shown_by = f"{people:,} {'person' if people == 1 else 'people'} in {many(facts.messages, 'message')}"
    sent = f"first sent {moment(facts.first_sent)}" if facts.first_sent else "without a readable date"
    return f"{shown(facts.id)}: {shown_by}, {sent}."


def severity_sentence(incidents: Sequence[Facts], decisions: Decisions) -> str:
    """How many incidents have which band, and of how many people chose it."""
    bands = Counter(standing_band(facts, decisions) for facts in incidents)
    said = ", ".join(f"{bands[str(band)]:,} {band}" for band in reversed(Band) if bands[str(band)])
    none = f", {bands['']:,} not computed" if bands[""] else ""
    chosen = sum(bool(decisions.of(facts.id).get(Question.BAND)) for facts in incidents)
    by_people = f" Of {chosen:,} of them people set the band." if chosen else ""
    return f"{said}{none}.{by_people}"


def left_to_decide(case: Case, findings: Findings) -> Iterator[tuple[str, str]]:
    """Pairs of a word and a sentence."""
    decisions = case.decisions()
    incidents = findings.facts
    if not incidents:
        yield "To decide", "Nothing."
        return
    count = Counter(decisions.status(facts.id) for facts in incidents)
    left = [facts for facts in incidents if not decisions.status(facts.id).settled]
    yield "Incidents by status", ", ".join(_counted(status, count[status]) for status in Status if count[status]) + "."
    yield "Not yet settled", _oldest(left)
    unaware = sum(decisions.aware_since(facts.id) is None for facts in left)
    whose = "its" if unaware == 1 else "their"
    yield "Without “aware since”", f"{unaware:,} of them: {whose} deadline is not computed."
    yield from _next_deadline(case, findings, left)
    if decisions.conflicts:
        text = f"{many(len(decisions.conflicts), 'answer')}: see the columns Conflict on Decisions and Affected people."
        yield "In conflict", text
    if decisions.refusals:
        text = f"{many(len(decisions.refusals), 'answer')}: see the columns Conflict on Decisions and Affected people."
        yield "Typed and not taken", text


def _counted(status: Status, number: int) -> str:
    return f"{number:,} {status if number == 1 else _SEVERAL.get(status, status)}"


def _oldest(left: Sequence[Facts]) -> str:
    if not left:
        return "None."
    dated = [(facts.first_sent, facts.id) for facts in left if facts.first_sent]
    if not dated:
        return f"{many(len(left), 'incident')}, none with a readable date."
    sent, known_as = min(dated)
    return f"{many(len(left), 'incident')}; the oldest is {shown(known_as)}, first sent {moment(sent)}."


def _next_deadline(case: Case, findings: Findings, left: Sequence[Facts]) -> Iterator[tuple[str, str]]:
    """The first of those that are not settled and of which no authority was told; none that is doubted comes first."""
    decisions = case.decisions()
    waiting = [facts for facts in left if not is_told(facts, decisions, findings.extent)]
    doubted = [facts.id for facts in waiting if aware_is_doubted(facts, decisions)]
    ends = min(_ends(case, waiting, set(doubted)), default=None)
    if ends:
        yield (
            "The first deadline",
            f"{moment(ends[0])}, of {shown(ends[1])}; no authority is stated to have been told of it, or only for a "
            "day to come.",
        )
    if doubted:
        yield (
            "Deadlines in doubt",
            f"{many(len(doubted), 'incident')}, {shown(doubted[0])} first in the register: {_DOUBTED}",
        )
    passed = [deadline_state(facts, decisions, case.rule_pack, findings.extent) for facts in waiting].count(PASSED)
    if passed:
        text = f"{many(passed, 'incident')}, at the last run or reading back; no authority is stated to have been told."
        yield "Deadlines passed", text


def _ends(case: Case, waiting: Iterable[Facts], doubted: Collection[str]) -> Iterator[tuple[datetime, str]]:
    """When the hours end and of which incident, where somebody stated since when a human knew and it is not doubted."""
    decisions = case.decisions()
    for facts in waiting:
        aware = decisions.aware_since(facts.id)
        if aware is not None and facts.id not in doubted:
            with suppress(OverflowError):  # later than any calendar: no deadline that anybody meets
                yield case.rule_pack.deadline(aware), facts.id
