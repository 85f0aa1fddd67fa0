"""Which of the dates that were read back are not plausible; they stand all the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from scanner.cli.read_back import CameBack, DoubtfulDate
from scanner.decision import Decisions, Doubt, Kind, Question, doubt_of
from scanner.store.logged import Effect, Logged

if TYPE_CHECKING:
    from scanner.case import Case


def with_doubts(readings: Iterable[CameBack], case: Case) -> list[CameBack]:
    """The workbooks with what is odd about the dates taken from them; the incidents are only asked for if there are."""
    readings = list(readings)
    subjects = {answer.subject for reading in readings for answer in _dates(reading)}
    if not subjects:
        return readings
    sent, stands = _first_sent(case, subjects), case.decisions()
    return [replace(reading, odd=tuple(_odd(reading, sent, stands))) for reading in readings]


def _dates(reading: CameBack) -> Iterator[Logged]:
    for change in reading.taken.changes if reading.taken else ():
        if change.effect is Effect.TAKEN and change.value and change.question.kind in (Kind.DAY, Kind.MOMENT):
            yield change


def _odd(reading: CameBack, sent: dict[str, datetime], stands: Decisions) -> Iterator[DoubtfulDate]:
    dates = list(_dates(reading))
    told = {answer.subject for answer in dates if answer.question is Question.AUTHORITY_TOLD}
    for answer in dates:
        first, aware = sent.get(answer.subject), stands.aware_since(answer.subject)
        doubt = doubt_of(answer.question, answer.value, answer.read, first, aware)
        if doubt is not None:
            yield DoubtfulDate(answer, doubt, aware if doubt is Doubt.UNAWARE else first)
        elif answer.question is Question.AWARE_SINCE and answer.subject not in told:
            yield from _told_before(answer, stands)


def _told_before(aware: Logged, stands: Decisions) -> Iterator[DoubtfulDate]:
    """That an authority was told before, where that stood already and only now comes into doubt."""
    told = stands.of(aware.subject).get(Question.AUTHORITY_TOLD, "")
    since = datetime.fromisoformat(aware.value)
    if doubt_of(Question.AUTHORITY_TOLD, told, aware.read, None, since) is Doubt.UNAWARE:
        yield DoubtfulDate(aware, Doubt.UNAWARE, None)


def _first_sent(case: Case, subjects: set[str]) -> dict[str, datetime]:
    """When mail of these incidents, or to these people, was first sent."""
    found: dict[str, datetime] = {}
    people = any(subject.startswith("P-") for subject in subjects)
    for incidents in (case.incidents(), case.cleared()):
        for incident in incidents:
            if incident.id in subjects and incident.first_sent:
                found[incident.id] = incident.first_sent
            for person in incident.affected if people else ():
                known_as = case.person_id(person.key)
                if person.first and known_as in subjects:
                    found[known_as] = min(person.first, found.get(known_as, person.first))
    return found
