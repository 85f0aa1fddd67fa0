"""The law by which answers that come back join those that stand; no database is needed to apply it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from scanner.decision import About, Answer, Conflict, Decisions, Question, Readback


class Effect(StrEnum):
    """What an answer that was typed did. Nothing is ever taken off the log."""

    TAKEN = "taken"  # it stands from then on
    AGREED = "agreed"  # it says what stood already
    CONFLICT = "conflict"  # what stood was typed by somebody who did not know of it, and goes on to stand
    SETTLED = "settled"  # it was in conflict, and somebody said that what stands is right
    WITHDRAWN = "withdrawn"  # it was in conflict, and the cell says again what it said when the workbook was written


@dataclass(frozen=True, slots=True)
class Logged:
    """A row of the log.

    `typed` is the id that stood in the workbook, `subject` what it had become when it was read. `source` names the
    file: two copies of one edition, filled by two people, do not know of each other.
    """

    id: int
    subject: str
    typed: str
    question: Question
    value: str
    edition: int
    source: str
    read: datetime
    effect: Effect


@dataclass(frozen=True, slots=True)
class Edition:
    """A workbook of the case: of which run, and how far in the log the answers go that it shows."""

    number: int
    run: int
    baseline: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What was new in a workbook; `problems` are sentences on what could not be taken.

    `purged` counts answers on incidents and people whose answers were purged after the workbook was written.
    """

    changes: tuple[Logged, ...] = ()
    problems: tuple[str, ...] = ()
    purged: int = 0

    def count(self, *effects: Effect) -> int:
        """How many answers had one of these effects."""
        return sum(change.effect in effects for change in self.changes)


_Cell = tuple[str, Question]


def _said(row: Logged) -> Logged:
    """The row as far as it stays what it is when its incident becomes part of another."""
    return replace(row, id=0, subject="")


class Ledger:
    """The log as far as it was written, and what it comes to. `add` is the only way to change it."""

    def __init__(self, log: Iterable[Logged] = (), editions: Iterable[Edition] = ()) -> None:
        self._editions = {edition.number: edition for edition in editions}
        self._cells: defaultdict[_Cell, list[Logged]] = defaultdict(list)
        self._last: dict[tuple[int, str, str, Question], Logged] = {}
        self._taken: defaultdict[Logged, list[Logged]] = defaultdict(list)
        # No number is given twice, also where the last rows were purged: workbooks say up to which they show.
        self.end = max((edition.baseline for edition in self._editions.values()), default=0)
        for row in log:
            self.add(row)

    def add(self, row: Logged) -> None:
        """Put a row at the end of the log."""
        self._cells[row.subject, row.question].append(row)
        self._last[row.edition, row.source, row.typed, row.question] = row
        if row.effect is Effect.TAKEN:
            self._taken[_said(row)].append(row)
        self.end = max(self.end, row.id)

    def standing(self, subject: str, question: Question, baseline: int | None = None) -> Logged | None:
        """The answer that stands, or that stood when the log ended at `baseline`; None before the first."""
        for row in reversed(self._cells.get((subject, question), ())):
            if row.effect is Effect.TAKEN and (baseline is None or row.id <= baseline):
                return row
        return None

    def take(
        self, readback: Readback, source: str, read: datetime, became: Mapping[str, str], known: Collection[str]
    ) -> Taken:
        """Add to the log what somebody typed into a workbook since it was written, or last read from this file.

        `became` has the ids of incidents that are part of others now, `known` all ids of incidents that were ever
        given. An unknown edition is taken for one that showed no answers.
        """
        edition = self._editions.get(readback.edition, Edition(readback.edition, 0, 0))
        said: defaultdict[_Cell, set[str]] = defaultdict(set)
        for answer in readback.answers:
            said[answer.subject, answer.question].add(answer.value)
        changes: list[Logged] = []
        problems: list[str] = []
        for (typed, question), values in said.items():
            origin = self._value(typed, question, edition.baseline)
            if len(values) > 1:
                values.discard(origin)  # a cell beside, or a row left over, that nobody changed
            if len(values) > 1:
                problems.append(f"“{question}” of {typed} is answered in different ways; none of them was taken.")
                continue
            answer = Answer(typed, question, values.pop())
            if answer.value and question.about is About.INCIDENT and typed not in known:
                problems.append(f"“{question}” is answered for {typed}, an incident that this case does not know.")
                continue
            row = self._row(answer, edition, (source, read), became.get(typed, typed))
            if row is not None:
                self.add(row)
                changes.append(row)
        return Taken(tuple(changes), tuple(problems))

    def _row(self, answer: Answer, edition: Edition, where: tuple[str, datetime], subject: str) -> Logged | None:
        """What the answer comes to, None where nobody typed anything: the three-way merge of one cell."""
        source, read = where
        origin = self._value(answer.subject, answer.question, edition.baseline)
        last = self._last.get((edition.number, source, answer.subject, answer.question))
        base = last.value if last else origin
        if answer.value == base:
            return None
        present = self._value(subject, answer.question)
        if last is not None and last.effect in (Effect.CONFLICT, Effect.SETTLED) and answer.value == origin:
            effect = Effect.WITHDRAWN
        elif present == base and not self._passed(subject, answer.question, last.id if last else edition.baseline):
            effect = Effect.TAKEN
        else:
            effect = Effect.AGREED if answer.value == present else Effect.CONFLICT
        return Logged(
            self.end + 1, subject, answer.subject, answer.question, answer.value, edition.number, source, read, effect
        )

    def _passed(self, subject: str, question: Question, known: int) -> bool:
        """Whether an answer was taken after the log's row `known`: also one that brought an old answer back.

        An answer that only came here with its incident, by `join`, is as old as it was there.
        """
        for row in reversed(self._cells.get((subject, question), ())):
            if row.id <= known:
                return False
            if row.effect is not Effect.TAKEN:
                continue
            if not any(one.id <= known and one.subject != subject for one in self._taken[_said(row)]):
                return True
        return False

    def join(self, became: Mapping[str, str]) -> tuple[Logged, ...]:
        """Add to the log what was decided on incidents that are part of others from now on; gives the new rows."""
        rows: list[Logged] = []
        for (subject, question), log in sorted(self._cells.items()):
            now = became.get(subject, subject)
            standing = self.standing(subject, question)
            if now == subject or standing is None:
                continue
            for row in (standing, *self._open(log)):
                present = self._value(now, question)
                if row.value in ("", present):
                    continue
                effect = Effect.CONFLICT if present or row is not standing else Effect.TAKEN
                joined = Logged(
                    self.end + 1, now, row.typed, question, row.value, row.edition, row.source, row.read, effect
                )
                self.add(joined)
                rows.append(joined)
        return tuple(rows)

    def settle(self, read: datetime) -> tuple[Logged, ...]:
        """Add to the log that what stands is right, wherever there is a conflict; gives the new rows."""
        rows = []
        for conflict in [row for _, log in sorted(self._cells.items()) for row in self._open(log)]:
            row = replace(conflict, id=self.end + 1, read=read, effect=Effect.SETTLED)
            self.add(row)
            rows.append(row)
        return tuple(rows)

    def decisions(self, became: Mapping[str, str]) -> Decisions:
        """What stands and what is in conflict, without incidents that are part of others now."""
        answers: defaultdict[str, dict[Question, str]] = defaultdict(dict)
        conflicts: list[Conflict] = []
        for (subject, question), log in sorted(self._cells.items()):
            if subject in became:
                continue
            present = self._value(subject, question)
            if present:
                answers[subject][question] = present
            conflicts += (
                Conflict(subject, question, present, row.value, row.edition, row.read) for row in self._open(log)
            )
        return Decisions(dict(answers), tuple(conflicts))

    def run_of(self, row: Logged, present: int) -> int:
        """The run whose workbook an answer was typed into; `present` - 1 if a workbook before `present` showed it."""
        if any(one.run < present and one.baseline >= row.id for one in self._editions.values()):
            return present - 1
        edition = self._editions.get(row.edition)
        return min(edition.run, present - 1) if edition else present - 1

    def _open(self, log: list[Logged]) -> Iterator[Logged]:
        """The answers of one cell that are in conflict with what stands, each value of a workbook once."""
        present = next((row.value for row in reversed(log) if row.effect is Effect.TAKEN), "")
        for place, row in enumerate(log):
            if row.effect is not Effect.CONFLICT or row.value == present:
                continue
            if not any(self._settles(later, row) for later in log[place + 1 :]):
                yield row

    def _settles(self, later: Logged, conflict: Logged) -> bool:
        """Whether it was typed over the same answer, or into a workbook that showed the conflict."""
        if (later.edition, later.source, later.typed) == (conflict.edition, conflict.source, conflict.typed):
            return True
        edition = self._editions.get(later.edition)
        knew = edition is not None and edition.baseline >= conflict.id
        return knew and later.effect in (Effect.TAKEN, Effect.AGREED)

    def _value(self, subject: str, question: Question, baseline: int | None = None) -> str:
        row = self.standing(subject, question, baseline)
        return row.value if row else ""
