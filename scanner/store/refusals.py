"""What was typed and is no answer: kept word for word until the cell that held it is emptied or answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from scanner.decision import Answer, Question, WhyRefused
from scanner.store.logged import Effect, Logged

_Key = tuple[int, str, str, Question]
"""A cell of a file: its edition and name, the id in its row, and the question."""


@dataclass(frozen=True, slots=True)
class Returned:
    """One file that came back: which edition it is, its name, when it was read, and which cells of it are answers."""

    edition: int
    source: str
    read: datetime
    answered: Collection[tuple[str, Question]]

    def row(self, typed: Answer, effect: Effect, subject: str) -> Logged:
        """A row of the log, without its number."""
        return Logged(
            0,
            subject,
            typed.subject,
            typed.question,
            typed.value,
            self.edition,
            self.source,
            self.read,
            effect,
            typed.place,
        )


class Refusals:
    """The rows that are no answers, by the cell that they were typed into."""

    def __init__(self) -> None:
        self._rows: dict[_Key, list[Logged]] = {}

    def add(self, row: Logged) -> None:
        """Take the next such row of the log."""
        if row.effect is Effect.CLEARED:
            self._rows.pop(_key(row), None)
        else:
            self._rows.setdefault(_key(row), []).append(row)

    def news(
        self, file: Returned, refused: Iterable[tuple[Answer, WhyRefused]], became: Mapping[str, str]
    ) -> Iterator[Logged]:
        """The rows by which the log says what the file says now; none where it says what it said when last read."""
        now: dict[_Key, dict[tuple[str, Effect], Logged]] = {}
        for typed, why in refused:
            row = file.row(typed, Effect(str(why)), became.get(typed.subject, typed.subject))
            now.setdefault(_key(row), {})[row.value, row.effect] = row
        here = [key for key in self._rows if key[:2] == (file.edition, file.source)]
        for key in sorted({*here, *now}):
            before = {(row.value, row.effect) for row in self._rows.get(key, ()) if row.effect is not Effect.CLOSED}
            after = now.get(key, {})
            *_, typed_id, question = key
            if before == after.keys() or (not after and typed_id and (typed_id, question) not in file.answered):
                continue  # a row or a column that is gone is no answer
            if before:
                yield file.row(Answer(typed_id, question, ""), Effect.CLEARED, became.get(typed_id, typed_id))
            yield from after.values()

    def open(self) -> Iterator[Logged]:
        """Those that nobody has closed as not taken."""
        for rows in self._rows.values():
            if not any(row.effect is Effect.CLOSED for row in rows):
                yield from rows


def _key(row: Logged) -> _Key:
    return row.edition, row.source, row.typed, row.question
