"""What workbooks showed of each incident, and what is new about one in comparison."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from scanner.decision import Novelty
from scanner.incident import Class, Incident

BEFORE: Final = 0
"""The run that stands for the time before showings were kept: its rows name messages, not incidents."""


@dataclass(frozen=True, slots=True)
class Showing:
    """An incident as a workbook showed it: a digest of its messages and people, and its class."""

    incident: str
    run: int
    facts: str
    klass: Class

    @classmethod
    def of(cls, incident: Incident, run: int) -> Showing:
        """What a workbook of this run shows of it."""
        return cls(incident.id, run, facts_of(incident), incident.klass)


def facts_of(incident: Incident) -> str:
    """A digest of which messages it has and whom they affect; the order in which they are named is no part of it."""
    digest = hashlib.blake2b(digest_size=16)
    for names in ({one.message for one in incident.exposures}, {one.key for one in incident.affected}):
        digest.update(f"{len(names)}\x1e".encode())
        for name in sorted(names):
            digest.update(name.encode("utf-8", "surrogatepass") + b"\x1f")
    return digest.hexdigest()


class Showings:
    """The showings of earlier runs. Of an incident, each differs from the one before it."""

    def __init__(self, rows: Iterable[Showing]) -> None:
        self._before: set[str] = set()
        self._shown: dict[str, list[Showing]] = {}
        for row in sorted(rows, key=lambda row: row.run):
            if row.run == BEFORE:
                self._before.add(row.incident)
            else:
                self._shown.setdefault(row.incident, []).append(row)

    def __bool__(self) -> bool:
        """Whether any workbook showed anything."""
        return bool(self._before or self._shown)

    def last(self, names: Collection[str], run: int | None = None) -> Showing | None:
        """The last showing under the first of these ids that has any, up to a run; the first of all if none is as old.

        The ids of an incident are its own, then those that it had before.
        """
        for name in names:
            shown = self._shown.get(name)
            if shown:
                early = [one for one in shown if run is None or one.run <= run]
                return early[-1] if early else shown[0]
        return None

    def shown_by(self, runs: Collection[int]) -> set[str]:
        """The probable exposures that workbooks of these runs showed first, or otherwise than the one before."""
        return {
            name
            for name, shown in self._shown.items()
            if any(one.run in runs and one.klass is Class.PROBABLE for one in shown)
        }

    def first(self, incident: Incident) -> int | None:
        """The first run whose workbook showed it, under any of its ids; `BEFORE` if a message of it was shown before.

        None when no workbook showed it.
        """
        if any(one.message in self._before for one in incident.exposures):
            return BEFORE
        shown = [self._shown[name][0].run for name in (incident.id, *incident.aliases) if name in self._shown]
        return min(shown, default=None)

    def novelty(self, incident: Incident, settled: int | None) -> Novelty:
        """What is new about an incident. `settled` is the run by whose workbook it was settled, None if it was not."""
        last = self.last((incident.id, *incident.aliases), settled)
        if last is None:
            known = [one.message in self._before for one in incident.exposures]
            if not any(known):
                return Novelty.NEW
            same = all(known)
        elif last.klass is Class.ALLOWED and incident.klass is Class.PROBABLE:
            return Novelty.REOPENED
        else:
            same = last.facts == facts_of(incident)
        if same:
            return Novelty.KNOWN
        return Novelty.CHANGED if settled is None else Novelty.REOPENED
