"""Which of the dates that were read back are not plausible; they stand all the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from scanner.cli.read_back import CameBack, DoubtfulDate
from scanner.decision import Kind, doubt_of
from scanner.store.logged import Effect, Logged

if TYPE_CHECKING:
    from scanner.case import Case


def with_doubts(readings: Iterable[CameBack], case: Case) -> list[CameBack]:
    """The workbooks with what is odd about the dates taken from them; the incidents are only asked for if there are."""
    readings = list(readings)
    subjects = {answer.subject for reading in readings for answer in _dates(reading)}
    sent = _first_sent(case, subjects) if subjects else {}
    return [replace(reading, odd=tuple(_odd(reading, sent))) for reading in readings]


def _dates(reading: CameBack) -> Iterator[Logged]:
    for change in reading.taken.changes if reading.taken else ():
        if change.effect is Effect.TAKEN and change.value and change.question.kind in (Kind.DAY, Kind.MOMENT):
            yield change


def _odd(reading: CameBack, sent: dict[str, datetime]) -> Iterator[DoubtfulDate]:
    for answer in _dates(reading):
        first = sent.get(answer.subject)
        doubt = doubt_of(answer.question, answer.value, answer.read, first)
        if doubt is not None:
            yield DoubtfulDate(answer, doubt, first)


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
