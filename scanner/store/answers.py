"""The law by which answers that come back join those that stand; no database is needed to apply it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from scanner.decision import About, Answer, Conflict, Decisions, Kind, Question, Readback, RefusedAnswer, WhyRefused
from scanner.store.logged import NO_ANSWER, Edition, Effect, Logged, Taken
from scanner.store.refusals import Refusals, Returned

_Cell = tuple[str, Question]


def _why_refused(answers: Sequence[Answer], known: Collection[str]) -> tuple[WhyRefused | None, str]:
    """Why what one workbook says on one question is not taken, and the sentence; None where it may be."""
    first = answers[0]
    if len(answers) > 1:
        cells = " and ".join(sorted(each.place for each in answers if each.place))
        where = f" ({cells})" if cells else ""
        return WhyRefused.TORN, (
            f"“{first.question}” of {first.subject} is answered in different ways{where}; none of them was taken."
        )
    if first.value and first.question.about is About.INCIDENT and first.subject not in known:
        where = f"{first.place}: " if first.place else ""
        return WhyRefused.STRANGE, (
            f"{where}“{first.question}” is answered for {first.subject}, an incident that this case does not know."
        )
    return None, ""


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
        self._refusals = Refusals()
        self.subjects: set[str] = set()
        self._read_back: datetime | None = None
        # No number is given twice, also where the last rows were purged: workbooks say up to which they show.
        self.end = max((edition.baseline for edition in self._editions.values()), default=0)
        for row in log:
            self.add(row)

    def add(self, row: Logged) -> None:
        """Put a row at the end of the log."""
        self.end = max(self.end, row.id)
        self.subjects.add(row.subject)
        self._read_back = max(row.read, self._read_back or row.read)
        if row.effect in NO_ANSWER:
            self._refusals.add(row)
            return
        self._cells[row.subject, row.question].append(row)
        self._last[row.edition, row.source, row.typed, row.question] = row
        if row.effect is Effect.TAKEN:
            self._taken[_said(row)].append(row)

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
        said: defaultdict[_Cell, dict[str, Answer]] = defaultdict(dict)
        for answer in readback.answers:
            said[answer.subject, answer.question].setdefault(answer.value, answer)
        changes: list[Logged] = []
        refused = [
            (typed, WhyRefused.STRANGE if not typed.subject else WhyRefused.UNCLEAR) for typed in readback.refused
        ]
        problems: list[str] = []
        same = 0
        for (typed, question), answers in said.items():
            if len(answers) > 1:  # a cell beside, or a row left over, that nobody changed
                shown = answers.pop(self._value(typed, question, edition.baseline), None)
                if shown and list(answers) == [""]:  # an empty cell beside an answer takes nothing back
                    answers[shown.value] = shown
            why, problem = _why_refused(list(answers.values()), known)
            if why is not None:
                problems.append(problem)
                refused += ((each, why) for each in answers.values() if each.value)
                continue
            (answer,) = answers.values()
            row = self._row(answer, edition, (source, read), became.get(typed, typed))
            if row is not None:
                changes.append(self._added(row))
            elif answer.value:
                same += 1
        file = Returned(readback.edition, source, read, said)
        kept = tuple(map(self._added, list(self._refusals.news(file, refused, became))))
        return Taken(tuple(changes), tuple(problems), same=same, refused=kept, refused_cells=len(refused))

    def _added(self, row: Logged) -> Logged:
        """The row with the next number, at the end of the log."""
        row = replace(row, id=self.end + 1)
        self.add(row)
        return row

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
        return Returned(edition.number, source, read, ()).row(answer, effect, subject)

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
                rows.append(self._added(replace(row, subject=now, effect=effect)))
        return tuple(rows)

    def settle(self, read: datetime) -> tuple[Logged, ...]:
        """Add to the log that what stands is right, wherever something is open; gives the new rows."""
        conflicts = [row for _, log in sorted(self._cells.items()) for row in self._open(log)]
        rows = [self._added(replace(conflict, read=read, effect=Effect.SETTLED)) for conflict in conflicts]
        refused = [row for row in self._refusals.open() if not self._answered_since(row.subject, row)]
        rows += (self._added(replace(row, read=read, effect=Effect.CLOSED)) for row in refused)
        return tuple(rows)

    def decisions(self, became: Mapping[str, str]) -> Decisions:
        """What stands and what is in conflict, without incidents that are part of others now."""
        answers: defaultdict[str, dict[Question, str]] = defaultdict(dict)
        times: dict[_Cell, datetime] = {}
        conflicts: list[Conflict] = []
        for (subject, question), log in sorted(self._cells.items()):
            if subject in became:
                continue
            standing = self.standing(subject, question)
            present = standing.value if standing else ""
            if standing and present:
                answers[subject][question] = present
                if question.kind in (Kind.DAY, Kind.MOMENT):
                    times[subject, question] = standing.read
            conflicts += (
                Conflict(subject, question, present, row.value, row.edition, row.read) for row in self._open(log)
            )
        return Decisions(dict(answers), tuple(conflicts), tuple(self._refused(became)), times, self._read_back)

    def _refused(self, became: Mapping[str, str]) -> Iterator[RefusedAnswer]:
        """What is open, once for each text in the cell of an incident or person: the first one read counts.

        The same may stand in copies of one workbook, and in two of its editions, between which rows move.
        """
        seen: set[tuple[str, Question, str, str, int]] = set()
        for row in sorted(self._refusals.open(), key=lambda row: row.id):
            now = became.get(row.subject, row.subject)
            if any(self._answered_since(subject, row) for subject in {now, row.subject}):
                continue
            where = ("", 0) if now else (row.place, row.edition)  # of a row that names nobody, the cell is all there is
            one = (now, row.question, row.value, *where)
            if one not in seen:
                seen.add(one)
                why = WhyRefused(str(row.effect))
                yield RefusedAnswer(now, row.question, row.value, row.place, row.edition, row.read, why)

    def _answered_since(self, subject: str, refused: Logged) -> bool:
        """Whether anybody has answered the question after this was typed."""
        later = self._cells.get((subject, refused.question), ())
        agreed = any(row.effect is Effect.AGREED and row.id > refused.id for row in later)
        return agreed or self._passed(subject, refused.question, refused.id)

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
