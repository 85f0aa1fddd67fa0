"""A review: the candidates that are stored, judged by a policy and grouped; the mail is not read again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from scanner.case import Case, Run
from scanner.coverage import Coverage
from scanner.detector import detect, group
from scanner.envelope import Envelope, Locator, Unreadable
from scanner.exposure import Exposure
from scanner.incident import Incident
from scanner.policy import Policy

if TYPE_CHECKING:
    from scanner.store.store import Store


def review(store: Store, policy: Policy | None = None) -> Case:
    """The case under a policy; without one, under that of the last run.

    A policy that does not know what is internal takes that from the last run that did. Candidates are judged when the
    incidents are first asked for. Raises StoreError when the database fails.
    """
    if policy is None:
        runs = list(store.runs())
        policy = runs[-1].policy if runs else Policy()
    return _StoredCase(store, store.with_known_us(policy))


@dataclass(frozen=True)
class _Judged:
    incidents: tuple[Incident, ...]
    below_gate: int


class _StoredCase:
    """Keeps the incidents in memory, and of the messages below the gate only their number."""

    def __init__(self, store: Store, policy: Policy) -> None:
        self.policy = policy
        self._store = store

    def incidents(self) -> Iterator[Incident]:
        """Those that reach the gate, in the order of `scanner.detector.group`."""
        return iter(self._judged.incidents)

    def below_gate(self) -> int:
        """How many candidates are messages of ours below the gate."""
        return self._judged.below_gate

    def coverage(self) -> Iterator[Coverage]:
        """Every folder of every account."""
        return self._store.coverage()

    def unreadable(self) -> Iterator[Unreadable]:
        """Every message that could not be read."""
        return self._store.unreadable()

    def runs(self) -> Iterator[Run]:
        """Every run, oldest first."""
        return self._store.runs()

    @cached_property
    def _judged(self) -> _Judged:
        places: dict[Locator, tuple[Locator, ...]] = {}
        reaching: list[Exposure] = []
        below = 0
        for exposure in detect(self._candidates(places), self.policy):
            if exposure.reaches_gate:
                reaching.append(exposure)
            else:
                places.pop(exposure.envelope.locator, None)
                below += 1
        return _Judged(tuple(_with_places(incident, places) for incident in group(reaching)), below)

    def _candidates(self, places: dict[Locator, tuple[Locator, ...]]) -> Iterator[Envelope]:
        """One copy of each candidate, the places of those that lie in several noted on the way."""
        for kept in self._store.candidates():
            if len(kept.locations) > 1:
                places[kept.envelope.locator] = kept.locations
            yield kept.envelope


def _with_places(incident: Incident, places: dict[Locator, tuple[Locator, ...]]) -> Incident:
    """The incident with all places of its messages: the store gave one copy of each to be judged."""
    found = {place for own in incident.locations for place in places.get(own, (own,))}
    if len(found) == len(incident.locations):
        return incident
    return replace(
        incident,
        locations=tuple(sorted(found, key=lambda place: (place.account, place.folder, place.key))),
        reasons=(*incident.reasons, f"Copies of the message lie in {len(found):,} places."),
    )
