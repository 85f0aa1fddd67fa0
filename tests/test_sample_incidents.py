"""Every incident of the samples against what was written down about it, as the public command finds it."""

from __future__ import annotations

import mailbox
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from scanner.account import Account
from scanner.address import Field
from scanner.case import Outcome
from scanner.connectors import open_mailbox
from scanner.connectors.discover import discover
from scanner.coverage import ChosenBy, Coverage
from scanner.envelope import Envelope, Locator, Mark
from scanner.exposure import Identifiable, Standing
from scanner.incident import Class, Incident
from scanner.policy import InternalDomain, Policy
from scanner.review import review
from scanner.scan import Silent, scan
from scanner.store import open_store
from tests.graph.letter import letter_of
from tests.graph.server import FakeGraph
from tests.sampling import office, published
from tests.sampling.__main__ import SAMPLES
from tests.sampling.expected import CONFIGURED, INCIDENTS, LETTERS, LISTS, beside, listed, sent, sources
from tests.sampling.letter import Letter, digest_of
from tests.sampling.write import mboxrd


@dataclass(frozen=True)
class Scanned:
    """What the public command and a review of its case gave; `incidents` by the story of their first message."""

    coverage: list[Coverage]
    reported: dict[str, Incident]
    cleared: dict[str, Incident]
    stories: Stories

    @property
    def every(self) -> dict[str, Incident]:
        return self.reported | self.cleared


@dataclass(frozen=True)
class Stories:
    """Which story a message tells: by its Message-ID, and where it has none (a quotation) by the mail it stands in."""

    by_message_id: dict[str | None, str]
    by_place: dict[tuple[str, str, str], str]

    def of(self, message_id: str | None, place: Locator) -> str:
        if message_id in self.by_message_id:
            return self.by_message_id[message_id]
        return self.by_place[place.account, place.folder, place.key]

    def course(self, incident: Incident) -> list[dict[str, str]]:
        """Its timeline, as the expectations tell it."""
        ids = {exposure.message: exposure.envelope.message_id for exposure in incident.exposures}
        return [
            {"story": self.of(ids.get(event.message), event.locator), "role": event.role.value}
            for event in incident.timeline
        ]


@cache
def _stories() -> Stories:
    told = [*map(beside, LETTERS), *(one for file in LISTS.values() for one in listed(file))]
    by_message_id = {one.envelope["message_id"]: one.story for one in told}
    by_place = {}
    for path, account in sources().items():
        with open_mailbox(account) as mailbox:
            for folder in mailbox.folders():
                for _, reading in mailbox.read(folder):
                    assert isinstance(reading, Envelope)
                    place = f"sample_mailboxes/{path}", folder.path, reading.locator.key
                    by_place[place] = by_message_id[reading.message_id]
    return Stories(by_message_id, by_place)


def _scan(case: Path, *us: str) -> Scanned:
    command = [sys.executable, "-m", "scanner", "scan", "sample_mailboxes", *us, "--case", str(case)]
    answer = subprocess.run(command, cwd=SAMPLES.parent, capture_output=True, text=True, check=False, timeout=600)
    assert answer.returncode == 4, answer.stderr
    assert Path(answer.stdout.strip()).is_file()
    return _reviewed(case, _stories())


def _reviewed(case: Path, stories: Stories, policy: Policy | None = None) -> Scanned:
    with open_store(case / "case.sqlite") as store:
        seen = review(store, policy)
        reported, cleared = (_by_story(incidents, stories) for incidents in (seen.incidents(), seen.cleared()))
        return Scanned(list(seen.coverage()), reported, cleared, stories)


def _by_story(incidents: Iterable[Incident], stories: Stories) -> dict[str, Incident]:
    found: dict[str, Incident] = {}
    for incident in incidents:
        first = incident.exposures[0].envelope
        name = stories.of(first.message_id, first.locator)
        assert name not in found
        found[name] = incident
    return found


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("configured") / "case"


@pytest.fixture(scope="module")
def configured(case: Path) -> Scanned:
    return _scan(case, "--config", "sample_mailboxes/missedbcc.toml")


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    return _scan(tmp_path_factory.mktemp("named") / "case", "--internal", "fernhill.example")


def _facts(incident: Incident, stories: Stories) -> dict[str, Any]:
    """An incident as the expectations tell it."""
    return {
        "class": incident.klass.value,
        "contexts": list(incident.contexts),
        "people": len(incident.affected),
        "addresses": digest_of(row.address for row in incident.affected if row.address),
        "course": stories.course(incident),
        "undelivered": len(incident.undelivered),
        "named": Counter(row.identifiable.value for row in incident.affected),
        "viewers": Counter(viewer.standing.value for viewer in incident.viewers),
    }


def test_the_verdicts_of_messages_and_incidents_agree() -> None:
    told = [*map(beside, LETTERS), *(one for file in LISTS.values() for one in listed(file))]
    verdicts = {one.story: one.verdict for one in told}
    placed = {story: (v["incident"], v["class"], v["role"]) for story, v in verdicts.items() if "incident" in v}
    assert placed == {
        step["story"]: (name, one["class"], step["role"]) for name, one in INCIDENTS.items() for step in one["course"]
    }
    assert {story for story, verdict in verdicts.items() if verdict["exposure"]} <= placed.keys()
    assert {one["class"] for one in INCIDENTS.values()} == {klass.value for klass in Class} - {Class.NOT_OURS.value}


@pytest.mark.parametrize("name", sorted(INCIDENTS))
def test_an_incident_is_found_as_expected(configured: Scanned, name: str) -> None:
    expected = {key: value for key, value in INCIDENTS[name].items() if key != "incident"}
    facts = _facts(configured.every[name], configured.stories)
    assert {key: facts[key] for key in expected} == expected
    assert configured.every[name].reasons
    assert len(configured.every[name].roles) == len(configured.every[name].exposures)


def test_nothing_else_is_found(configured: Scanned) -> None:
    assert sorted(configured.every) == sorted(INCIDENTS)
    reported = [name for name, one in INCIDENTS.items() if one["class"] == Class.PROBABLE]
    assert sorted(configured.reported) == sorted(reported)


def test_every_copy_is_a_place_of_its_incident(configured: Scanned) -> None:
    ours = [one for one in sent() if one.verdict.get("role", "reply") not in ("reply", "bounce")]
    copies = Counter(one.verdict["incident"] for one in ours)
    copies["tandem-day-quoted"] = 1  # the answer that quotes it
    assert {name: len(incident.locations) for name, incident in configured.every.items()} == copies


def test_everything_was_read(configured: Scanned) -> None:
    assert all(folder.complete for folder in configured.coverage)
    folders = [folder for folder in configured.coverage if folder.chosen_by is not ChosenBy.HISTORY]
    assert sum(folder.read for folder in folders) == len(list(sent()))


def test_naming_the_domain_finds_the_same_incidents(configured: Scanned, named: Scanned) -> None:
    """Only their classes differ: without the config, all who share a provider look like colleagues."""

    def of(scanned: Scanned) -> dict[str, Any]:
        apart = ("class", "named")
        facts = {name: _facts(incident, scanned.stories) for name, incident in scanned.every.items()}
        return {name: {key: value for key, value in one.items() if key not in apart} for name, one in facts.items()}

    assert of(named) == of(configured)
    moved = {name for name in configured.reported if name not in named.reported}
    assert {named.cleared[name].klass for name in moved} <= {Class.FEW_PARTIES, Class.ONE_ORGANISATION}
    assert not moved & set(PUBLISHED)


PUBLISHED: dict[str, dict[str, Any]] = {
    "diabetes-newsletter": {"shown": 781, "clear": 730, "messages": 3},
    "mental-health-rides": {
        "entries": 270,
        "shown": 264,
        "clear": 115,
        "part": 51,
        "identifiable": 166,
        "undelivered": 9,
        "reached": 255,
    },
    "advisory-group": {"shown": 105, "clear": 65},
    "clinic-exhibition-1": {"by message": [912, 869], "shown": 1781, "messages": 2},
    "stranded-riders-1": {"by message": [13, 55, 245], "shown": 265, "messages": 3},
    "repair-subsidy-1": {"by message": [34, 34, 34, 33, 33, 33, 33, 33, 33], "shown": 300, "messages": 9},
    "witness-hearing": {"by message": [0, 90, 0], "shown": 90, "identifiable": 52},
    "compensation-newsletter": {"viewers": 251, "shown": 248, "ours": 3},
    "support-circle": {"shown": 15, "contexts": ("health",)},
    "brake-inquiry": {"shown": 56, "undelivered": 1, "reached": 55},
    "heart-study": {"shown": 19, "identifiable": 7},
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_counts_are_reproduced(configured: Scanned, name: str) -> None:
    incident = configured.reported[name]
    named = Counter(row.identifiable for row in incident.affected)
    facts = {
        "messages": len(incident.exposures),
        "entries": max(
            len([one for one in e.envelope.recipients if one.field is Field.CC]) for e in incident.exposures
        ),
        "by message": [len(exposure.affected) for exposure in incident.exposures],
        "shown": len({row.key for row in incident.affected}),
        "clear": named[Identifiable.CLEAR],
        "part": named[Identifiable.PART],
        "identifiable": named[Identifiable.CLEAR] + named[Identifiable.PART],
        "viewers": len(incident.viewers),
        "ours": len([one for one in incident.viewers if one.standing is Standing.INTERNAL]),
        "undelivered": len(incident.undelivered),
        "reached": len({row.key for row in incident.affected} - set(incident.undelivered)),
        "contexts": incident.contexts,
    }
    assert {key: facts[key] for key in PUBLISHED[name]} == PUBLISHED[name]


def test_a_recall_sends_the_list_again_after_nineteen_minutes(configured: Scanned) -> None:
    first, recall, apology = configured.reported["diabetes-newsletter"].timeline
    assert (first.when, recall.when) != (None, None)
    assert recall.when - first.when == timedelta(minutes=19)  # type: ignore[operator]
    assert [event.shown for event in (first, recall, apology)] == [781, 781, 0]
    people = configured.reported["diabetes-newsletter"].affected
    assert {row.times for row in people} == {2}


STORES = {
    "foundation": {"Sent": published.sent, "Inbox": published.received},
    "office": {"Sent": office.sent, "Inbox": office.received},
}


def _as_letters(folder: Path, kept: Mapping[str, Sequence[Letter]]) -> None:
    for name, letters in kept.items():
        (folder / name).mkdir(parents=True)
        for number, one in enumerate(reversed(letters)):
            (folder / name / f"{number:03}.eml").write_bytes(one.raw.replace(b"\n", b"\r\n"))


def _as_maildir(folder: Path, kept: Mapping[str, Sequence[Letter]]) -> None:
    box = mailbox.Maildir(folder)
    for name, letters in kept.items():
        place = box.add_folder("Sent") if name == "Sent" else box
        for one in letters:
            place.add(one.raw)


def _as_mboxes(folder: Path, kept: Mapping[str, Sequence[Letter]]) -> None:
    folder.mkdir()
    for name, letters in kept.items():
        (folder / name).write_bytes(mboxrd(letters))


@pytest.mark.parametrize("write", [_as_letters, _as_maildir, _as_mboxes])
@pytest.mark.parametrize("place", STORES)
def test_every_format_gives_the_same_incidents(
    configured: Scanned, tmp_path: Path, place: str, write: Callable[[Path, Mapping[str, Sequence[Letter]]], None]
) -> None:
    write(tmp_path / "mail", {name: list(letters()) for name, letters in STORES[place].items()})
    found = _scanned(tmp_path, *discover(tmp_path / "mail").accounts)
    expected = [one for one in configured.every.values() if one.locations[0].account.endswith(place)]
    assert len(found) == len(expected) > 9
    assert {one.id: _core(one) for one in found} == {one.id: _core(one) for one in expected}
    assert {one.id: _returned(one) for one in found} == {one.id: _returned(one) for one in expected}


@pytest.mark.parametrize("place", STORES)
def test_a_server_gives_the_same_incidents(configured: Scanned, graph: FakeGraph, tmp_path: Path, place: str) -> None:
    """But for what stands in the text of answers and bounces, which is not fetched from a server."""
    box = graph.tenant.person("us")
    for folder, letters in zip((box.sent, box.known("inbox")), STORES[place].values(), strict=True):
        box.add_all(folder, (letter_of(one.raw) for one in letters()))
    found = _scanned(tmp_path, replace(graph.account("us@contoso.test"), history=True))
    expected = [one for one in configured.every.values() if one.locations[0].account.endswith(place)]
    ours = {one.id: _core(one) for one in expected if Mark.QUOTED not in one.exposures[0].envelope.marks}
    assert {one.id: _core(one) for one in found} == ours


def _scanned(folder: Path, *accounts: Account) -> list[Incident]:
    with open_store(folder / "case.sqlite") as store:
        assert scan(accounts, CONFIGURED, store, Silent()).outcome is Outcome.COMPLETE
        seen = review(store)
        return [*seen.incidents(), *seen.cleared()]


def _core(incident: Incident) -> tuple[object, ...]:
    """What must not depend on where the mail lies."""
    messages = [(role, each.message) for role, each in zip(incident.roles, incident.exposures, strict=True)]
    people = [(row.key, row.times, row.seen_by_outsiders, row.known_to) for row in incident.affected]
    return incident.klass, incident.score, messages, people


def _returned(incident: Incident) -> tuple[object, ...]:
    return [(event.role, event.message) for event in incident.timeline], incident.undelivered


def test_an_expired_entry_of_the_allowlist_is_told(configured: Scanned) -> None:
    assert any("has expired" in reason for reason in configured.reported["night-ride-roster"].reasons)
    assert "Tomasz Wieczorek" in configured.cleared["velofair-roster"].reasons[0]


def test_mail_of_others_is_named_as_such_under_another_policy(configured: Scanned, case: Path) -> None:
    """The mail is not read again: whoever wrote what lies in no folder of sent mail is now a stranger."""
    strangers = replace(CONFIGURED, internal=(InternalDomain("elsewhere.example"),))
    seen = _reviewed(case, configured.stories, strangers)
    assert seen.cleared["to-and-cc"].klass is Class.NOT_OURS
    assert seen.reported["diabetes-newsletter"].klass is Class.PROBABLE  # it lies in a folder of sent mail


def test_a_lower_gate_reports_the_neighbours(configured: Scanned, case: Path) -> None:
    lower = replace(CONFIGURED, gate=replace(CONFIGURED.gate, exposure=9))
    assert "nine-neighbours" in _reviewed(case, configured.stories, lower).reported
