"""A review: the candidates that are stored, judged by a policy and grouped; the mail is not read again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from scanner.case import Case, Run
from scanner.coverage import ChosenBy, Coverage
from scanner.detector import detect, group
from scanner.envelope import Locator, Unreadable
from scanner.exposure import Exposure
from scanner.incident import Incident
from scanner.policy import Policy, may_have_missed

if TYPE_CHECKING:
    from scanner.store.records import Progress
    from scanner.store.store import Store

STALE: Final = (
    "It was read with other settings: messages that were not kept may count now. "
    "Scan it again with the present settings."
)
"""The trouble of a folder of which not everything was kept that may count under the policy of a case."""


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
        """Every folder of every account; one that was read for a narrower policy than this is not complete."""
        return (_judgeable(folder, self.policy) for folder in self._store.folders())

    def unreadable(self) -> Iterator[Unreadable]:
        """Every message that could not be read."""
        return self._store.unreadable()

    def runs(self) -> Iterator[Run]:
        """Every run, oldest first."""
        return self._store.runs()

    @cached_property
    def _judged(self) -> _Judged:
        """Every copy that the store keeps is judged: each may name people whom the others do not."""
        places: dict[str, tuple[tuple[Locator, str], ...]] = {}
        reaching: list[Exposure] = []
        below = 0
        for kept in self._store.candidates():
            found = list(detect(kept.copies, self.policy))
            if any(exposure.reaches_gate for exposure in found):
                reaching += (replace(exposure, message=kept.identity) for exposure in found)
                places[kept.identity] = kept.places
            elif found:
                below += 1
        return _Judged(tuple(group(reaching, places)), below)


def _judgeable(folder: Progress, policy: Policy) -> Coverage:
    """The coverage; not complete where messages were not kept that count under this policy."""
    coverage = folder.coverage
    if coverage.chosen_by is ChosenBy.NOT_SENT or coverage.trouble or not coverage.accounted:
        return coverage
    if not may_have_missed(folder.policy, policy, all_ours=coverage.chosen_by.all_ours):
        return coverage
    return replace(coverage, trouble=STALE)
