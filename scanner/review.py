"""A review: the candidates that are stored, judged by a policy and grouped; the mail is not read again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from scanner.case import Run
from scanner.coverage import DEPARTED, DEPARTED_STALE, STALE, ChosenBy, Coverage
from scanner.decision import Decisions, Novelty, Question
from scanner.detector import Grouping, Judged, Plan, is_ours, judge
from scanner.detector.rule_packs import rule_pack_of
from scanner.envelope import Locator, Unreadable
from scanner.errors import StoreError
from scanner.exposure import Exposure
from scanner.incident import Class, Incident
from scanner.policy import Policy, may_have_missed
from scanner.rule_pack import RulePack

if TYPE_CHECKING:
    from scanner.store.answers import Ledger
    from scanner.store.records import Kept, Matter, Progress
    from scanner.store.showings import Showings
    from scanner.store.store import Store

_MOST_HELD: Final = 300_000  # people of the incidents of one question; beyond it they are made anew each time
_LOT: Final = 500  # messages loaded at a time
_NEWS: Final = tuple(Novelty)  # what a reader has to look at first stands first


def review(store: Store, policy: Policy | None = None) -> StoredCase:
    """The case under a policy; without one, under that of the last run.

    A policy that does not know what is internal takes that from the last run that did. Candidates are judged when the
    incidents are first asked for. Raises StoreError when the database fails.
    """
    if policy is None:
        runs = list(store.runs())
        policy = runs[-1].policy if runs else Policy()
    return StoredCase(store, store.with_known_us(policy))


class StoredCase:
    """Keeps in memory what must be compared of each message, and incidents as long as their people are not too many."""

    def __init__(self, store: Store, policy: Policy) -> None:
        self.policy = policy
        self.edition = 0
        self._store = store
        self._held: dict[bool, tuple[Incident, ...]] = {}

    def incidents(self) -> Iterator[Incident]:
        """The probable exposures. What is new leads, then what changed or was reopened, and what is known comes last.

        Among those of which the same is to be said, in the order of `scanner.detector.Grouping.plans`.
        """
        return self._of(probable=True)

    def cleared(self) -> Iterator[Incident]:
        """The incidents of every other class, in the order of `scanner.detector.Grouping.plans`."""
        return self._of(probable=False)

    @property
    def id(self) -> str:
        """The case's own id."""
        return self._matter.name

    @cached_property
    def rule_pack(self) -> RulePack:
        """The rules that the settings name, else the newest in force on the day of the last run."""
        return rule_pack_of(self.policy.rule_pack, self._day())

    def decisions(self) -> Decisions:
        """What people decided, as far as it was read back from workbooks."""
        return self._decisions

    def novelty(self, incident: Incident) -> Novelty:
        """What is new about an incident since the last run before this one that showed it."""
        settled: int | None = None
        if self._decisions.status(incident.id).settled:
            row = self._ledger.standing(incident.id, Question.STATUS)
            settled = self._ledger.run_of(row, self.run) if row else None
        return self._showings.novelty(incident, settled)

    def found_on(self, incident: Incident) -> datetime | None:
        """When the run began that first showed it in a workbook; the last one where none did yet."""
        first = self._showings.first(incident)
        return self._starts.get(self.run if first is None else first)

    def retrieved(self, incident: Incident) -> Mapping[Locator, datetime]:
        """When the copies at its places were first read."""
        return self._store.retrieved({*incident.holds, *(exposure.message for exposure in incident.exposures)})

    def person_id(self, key: str) -> str:
        """The id of a person of this case."""
        named = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=7, key=self._matter.secret)
        return f"P-{named.hexdigest()}"  # 56 bits: a million people share none

    def below_gate(self) -> int:
        """How many candidates are messages of incidents below the gate."""
        return sum(len(plan.members) for plan in self._plans if plan.klass is Class.BELOW_GATE)

    def keep_ids(self) -> None:
        """Let the incidents keep the ids that they have now, whatever joins them later."""
        ids = {message: plan.name.id for plan in self._plans for message in plan.messages}
        aliases = {alias: plan.name.id for plan in self._plans for alias in plan.name.aliases}
        self._store.register(ids, aliases)

    def coverage(self) -> Iterator[Coverage]:
        """Every folder of every account; one that was read for a narrower policy than this is not complete."""
        return (_judgeable(folder, self.policy) for folder in self._store.folders())

    def unreadable(self) -> Iterator[Unreadable]:
        """Every message that could not be read."""
        return self._store.unreadable()

    def runs(self) -> Iterator[Run]:
        """Every run, oldest first."""
        return self._store.runs()

    def begin_edition(self, written: datetime, name: str) -> None:
        """Give the workbook that is to be written next its number: it shows the answers that stand from now on."""
        self.edition = self._store.begin_edition(self.run, written, name)

    @cached_property
    def run(self) -> int:
        """The number of the last run; 0 before the first."""
        return max(self._starts, default=0)

    @cached_property
    def _starts(self) -> dict[int, datetime]:
        return {run.id: run.started for run in self._store.runs()}

    @cached_property
    def _matter(self) -> Matter:
        return self._store.matter()

    @cached_property
    def _ledger(self) -> Ledger:
        return self._store.ledger()

    @cached_property
    def _decisions(self) -> Decisions:
        return self._ledger.decisions(self._store.incident_ids().aliases)

    @cached_property
    def _showings(self) -> Showings:
        return self._store.showings(self.run)

    @cached_property
    def _grouping(self) -> Grouping:
        """Every copy that the store keeps is judged: each may name people whom the others do not."""
        grouping = Grouping(self.policy, self._store.received(), today=self._day())
        for kept in self._store.candidates():
            exposures, ours = self._judge(kept)
            grouping.add(exposures, ours=ours)
        return grouping

    @cached_property
    def _plans(self) -> list[Plan]:
        return self._grouping.plans(self._store.incident_ids())

    def _day(self) -> date:
        """The day of the last run, so that the answer does not depend on when the question is asked."""
        days = [run.started.date() for run in self._store.runs()]
        return days[-1] if days else date.max

    def _judge(self, kept: Kept) -> tuple[list[Exposure], bool]:
        """The copies that we sent, judged; all of them where we sent none."""
        ours = [copy for copy in kept.copies if is_ours(copy, self.policy)]
        judged = (judge(copy, self.policy) for copy in ours or kept.copies)
        return [replace(exposure, message=kept.identity) for exposure in judged], bool(ours)

    def _of(self, *, probable: bool) -> Iterator[Incident]:
        if probable not in self._held:
            wanted = [plan for plan in self._plans if (plan.klass is Class.PROBABLE) is probable]
            if sum(plan.traits.outsiders + plan.traits.people for plan in wanted) > _MOST_HELD:
                return self._assembled(self._led_by_news if probable else wanted)
            incidents = self._assembled(wanted)
            self._held[probable] = tuple(sorted(incidents, key=self._news) if probable else incidents)
        return iter(self._held[probable])

    @cached_property
    def _led_by_news(self) -> list[Plan]:
        """The plans of the probable exposures, in the order in which `incidents` gives these."""
        probable = [plan for plan in self._plans if plan.klass is Class.PROBABLE]
        if not self._showings:
            return probable  # all are new
        news = {incident.id: self._news(incident) for incident in self._assembled(probable)}
        return sorted(probable, key=lambda plan: news[plan.name.id])

    def _news(self, incident: Incident) -> int:
        """The place of what is new about it among all that can be said of that."""
        return _NEWS.index(self.novelty(incident))

    def _assembled(self, wanted: Iterable[Plan]) -> Iterator[Incident]:
        for plans in _in_lots(wanted):
            messages = {message for plan in plans for message in plan.messages}
            judged = {kept.identity: self._place(kept) for kept in self._store.of(messages)}
            if messages - judged.keys():
                raise StoreError(
                    "The case changed while it was reviewed: another scan writes into it.",
                    "Wait until it is done, then ask for the report again.",
                )
            for plan in plans:
                yield self._grouping.incident(plan, [judged[message] for message in plan.messages])

    def _place(self, kept: Kept) -> Judged:
        exposures, _ = self._judge(kept)
        return Judged.of(exposures, kept.places)


def _in_lots(plans: Iterable[Plan]) -> Iterator[list[Plan]]:
    """The plans in lists of some hundred messages, so that the messages of a list are loaded at once."""
    lot: list[Plan] = []
    messages = 0
    for plan in plans:
        lot.append(plan)
        messages += len(plan.messages)
        if messages >= _LOT:
            yield lot
            lot, messages = [], 0
    if lot:
        yield lot


def _judgeable(folder: Progress, policy: Policy) -> Coverage:
    """The coverage; not complete where messages were not kept that count under this policy and can be had again."""
    coverage = folder.coverage
    troubled = coverage.trouble not in ("", DEPARTED)
    if coverage.chosen_by is ChosenBy.NOT_SENT or troubled or not coverage.accounted:
        return coverage
    of_an_earlier_version = folder.cursor is None  # which kept less of what it read
    if not (of_an_earlier_version or may_have_missed(folder.policy, policy, all_ours=coverage.chosen_by.all_ours)):
        return coverage
    return replace(coverage, trouble=DEPARTED_STALE if coverage.departed else STALE)
