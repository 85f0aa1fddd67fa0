"""Whether the workbook of the last run was written, which a run that read everything may yet have failed to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scanner.case import Outcome, Run
from scanner.cli.output import JsonValue

if TYPE_CHECKING:
    from scanner.store.store import Store

_READ: Final = (Outcome.COMPLETE, Outcome.INCOMPLETE)  # such a run writes a workbook, unless something hinders it


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A run that read mail, and of which the case knows no workbook; `busy` where a command has the case.

    It may lie there whole: a scan that was killed as soon as it stood under its name could not note that.
    """

    run: int
    busy: bool

    @property
    def sentence(self) -> str:
        """What is the matter."""
        if self.busy:
            return f"The workbook of run {self.run} is not written yet: a command has the case, or had it a moment ago."
        why = "the scan failed or was killed before that"
        return f"The workbook of run {self.run} was not finished, or not noted: {why}."

    @property
    def hint(self) -> str:
        """What to do about it."""
        if self.busy:
            return "Ask again when it is done."
        return "Run `missedbcc report`: it writes one from what was read."

    def fields(self) -> dict[str, JsonValue]:
        """For programs."""
        return {"run": self.run, "written": False, "busy": self.busy, "sentence": self.sentence, "hint": self.hint}


def lacks_one(run: Run, workbooks: Mapping[int, str]) -> bool:
    """Whether a run read mail and is not among those with a workbook."""
    return run.outcome in _READ and run.id not in workbooks


def unwritten(store: Store, *, busy: bool) -> Unwritten | None:
    """The last run, where that lacks its workbook; None where it has one, or read nothing that one could be written of.

    A run that was stopped or failed has none either, which its outcome says.
    """
    last = list(store.runs())[-1:]
    return Unwritten(last[0].id, busy) if last and lacks_one(last[0], dict(store.workbooks())) else None


def with_workbook(store: Store) -> list[Run]:
    """The runs with a workbook, oldest first."""
    written = dict(store.workbooks())
    return [run for run in store.runs() if run.id in written]
