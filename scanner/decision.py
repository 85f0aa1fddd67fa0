"""What people decided about incidents and about those concerned, as they typed it into a workbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, UTC, datetime, time, timedelta
from enum import StrEnum


class Status(StrEnum):
    """Where an incident stands with the people who decide about it. Nobody but them sets it."""

    OPEN = "open"
    IN_REVIEW = "in review"
    CONFIRMED = "confirmed"
    FALSE_ALARM = "false alarm"
    CLOSED = "closed"

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be done, as far as was known when it was set."""
        return self in (Status.FALSE_ALARM, Status.CLOSED)


class Novelty(StrEnum):
    """What is new about an incident since the last run that showed it."""

    NEW = "new"  # no earlier workbook showed it
    CHANGED = "changed"  # it has other messages or people now
    REOPENED = "reopened"  # it was settled or allowed, and that no longer covers what is known
    KNOWN = "known"


class About(StrEnum):
    """Whom a question concerns."""

    INCIDENT = "incident"
    PERSON = "person"


class Kind(StrEnum):
    """What an answer is: one of given words, free text, a day (`2026-03-02`), or a moment in UTC (ISO 8601)."""

    CHOICE = "choice"
    TEXT = "text"
    DAY = "day"
    MOMENT = "moment"


class Question(StrEnum):
    """A cell that only people fill. The value is kept in cases for ever, so it never changes."""

    STATUS = "status"
    OWNER = "owner"
    AWARE_SINCE = "aware since"
    CAUSE = "cause"
    CONSEQUENCES = "likely consequences"
    MEASURES = "measures"
    AUTHORITY_TOLD = "authority told on"
    DELAY_REASON = "reason for a delay"
    PEOPLE_TOLD = "people told on"
    TOLD_HOW = "people told how"
    BAND = "severity band instead"
    BAND_REASON = "reason for another band"
    NOTE = "note"
    PERSON_TOLD = "told on"
    PERSON_TOLD_HOW = "told how"
    PERSON_ANSWER = "answer"
    PERSON_NOTE = "note on the person"

    @property
    def about(self) -> About:
        """Whether it is asked of each incident or of each person."""
        return About.PERSON if self in _OF_PERSONS else About.INCIDENT

    @property
    def kind(self) -> Kind:
        """What its answers are."""
        return _KINDS.get(self, Kind.TEXT)


_OF_PERSONS = frozenset((Question.PERSON_TOLD, Question.PERSON_TOLD_HOW, Question.PERSON_ANSWER, Question.PERSON_NOTE))
_KINDS = {
    Question.STATUS: Kind.CHOICE,
    Question.BAND: Kind.CHOICE,
    Question.AWARE_SINCE: Kind.MOMENT,
    Question.AUTHORITY_TOLD: Kind.DAY,
    Question.PEOPLE_TOLD: Kind.DAY,
    Question.PERSON_TOLD: Kind.DAY,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What one cell says. `subject` is the id of an incident or of a person; `value` is "" for an empty cell.

    Of a choice `value` is the value of `Status` or `Band`, of a day and a moment its ISO 8601 form. `place` names the
    sheet and the cell, as in `Decisions!F7`, where the cell is not empty.
    """

    subject: str
    question: Question
    value: str
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Readback:
    """The answers that one workbook holds: of which case, and which edition of its workbooks, counting from 1.

    `answers` has every human cell that was found, empty ones too. `problems` are sentences on what was found and could
    not be understood; such cells are not among the answers. `refused` has what was typed into them, word for word, ""
    where a cell holds no text; its `subject` is "" where the row names nobody.
    """

    case: str
    edition: int
    answers: tuple[Answer, ...]
    problems: tuple[str, ...] = ()
    refused: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two workbooks answer one question differently and neither knew of the other: `kept` stands until typed anew.

    `other` is what the edition `edition` says, read at `read`.
    """

    subject: str
    question: Question
    kept: str
    other: str
    edition: int
    read: datetime


class WhyRefused(StrEnum):
    """Why what somebody typed was not taken. The value is kept in cases for ever, so it never changes."""

    UNCLEAR = "unclear"  # it is nothing that the question can be answered with
    TORN = "torn"  # other cells of the same workbook answer the same question otherwise
    STRANGE = "strange"  # its row names nobody, or an incident that this case does not know


@dataclass(frozen=True, slots=True)
class RefusedAnswer:
    """What somebody typed and was not taken, word for word; "refused" says that and nothing else.

    A refusal is open, and is shown, until its question is answered, its cell is emptied, or somebody says that what
    stands is right: then it is closed, still not taken. A conflict is no refusal: both of its answers are answers.
    `subject` is "" where the row named nobody; `place` is the cell in the edition `edition`, which was read at `read`.
    """

    subject: str
    question: Question
    typed: str
    place: str
    edition: int
    read: datetime
    why: WhyRefused


class Doubt(StrEnum):
    """Why a date is not plausible; it stands all the same."""

    AHEAD = "ahead"  # it was still to come when it was read
    TOO_EARLY = "too early"  # the first message was sent after it
    TOO_OLD = "too old"  # nobody shows people to one another by mail then
    UNAWARE = "unaware"  # an authority was told before anybody was aware, as both are stated


_NO_MAIL_BEFORE = 1990
_ZONES = timedelta(hours=14), timedelta(hours=12)  # by which a day begins earlier, and later, somewhere than in UTC


def doubt_of(
    question: Question, value: str, read: datetime, sent: datetime | None, aware: datetime | None = None
) -> Doubt | None:
    """What is implausible about an answer that is a day or a moment, read at `read`, on mail first sent at `sent`.

    A day is doubted where it is wrong in every time zone; so is a moment at midnight, which is a day to who typed it.
    `aware` is since when a human knew, as it is stated beside a day on which an authority was told.
    """
    if question.kind not in (Kind.DAY, Kind.MOMENT) or not value:
        return None
    when = datetime.fromisoformat(value)
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    if when.year < _NO_MAIL_BEFORE:
        return Doubt.TOO_OLD
    if sent and not _NO_MAIL_BEFORE <= sent.year < MAXYEAR:
        sent = None  # the clock of its sender says nothing
    if when.time() == time():
        first, last = sent and _first_day(sent), read + _ZONES[0]
    else:
        first, last = sent, read
    if when > last:
        return Doubt.AHEAD
    if first and when < first:
        return Doubt.TOO_EARLY
    return Doubt.UNAWARE if question is Question.AUTHORITY_TOLD and _is_unaware(when, aware) else None


def _first_day(moment: datetime) -> datetime:
    """The earliest day, as it begins in UTC, that any calendar shows at this moment."""
    midnight = datetime.combine(moment.astimezone(UTC).date(), time(), UTC)
    return midnight if moment - midnight >= _ZONES[1] else midnight - timedelta(days=1)


def _is_unaware(told: datetime, aware: datetime | None) -> bool:
    """Whether this day was over, wherever it was written, when somebody became aware; a midnight is a day as well."""
    if aware is None:
        return False
    return told < aware and (aware.time() == time() or told < _first_day(aware))


@dataclass(frozen=True, slots=True)
class Decisions:
    """All answers that stand, by the id of the incident or person, without empty ones; and what does not stand.

    `read` has for days and moments when they were read, and `read_back` is when the last answer of any kind was.
    """

    answers: Mapping[str, Mapping[Question, str]] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    refusals: tuple[RefusedAnswer, ...] = ()
    read: Mapping[tuple[str, Question], datetime] = field(default_factory=dict)
    read_back: datetime | None = None

    def of(self, subject: str) -> Mapping[Question, str]:
        """The answers on one incident or person."""
        return self.answers.get(subject, {})

    def status(self, incident: str) -> Status:
        """Where an incident stands; open until somebody says otherwise."""
        return Status(self.of(incident).get(Question.STATUS, Status.OPEN))

    def aware_since(self, incident: str) -> datetime | None:
        """Since when a human knew, as a human stated it; None while nobody did."""
        said = self.of(incident).get(Question.AWARE_SINCE)
        return datetime.fromisoformat(said) if said else None

    def doubt(self, subject: str, question: Question, sent: datetime | None) -> Doubt | None:
        """What is implausible about an answer that stands, on mail first sent at `sent`; see `doubt_of`."""
        read = self.read.get((subject, question))
        if read is None:
            return None
        return doubt_of(question, self.of(subject).get(question, ""), read, sent, self.aware_since(subject))
