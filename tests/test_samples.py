"""Every sample mailbox against the reading that was written beside it."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from scanner.account import Account
from scanner.address import Origin, Recipient
from scanner.config import load_config, with_internal
from scanner.connectors import open_mailbox
from scanner.connectors.discover import discover
from scanner.coverage import ChosenBy
from scanner.detector import detect, group, is_candidate
from scanner.envelope import Envelope, Locator, Mark
from scanner.exposure import Exposure
from scanner.headers import parse_envelope
from scanner.policy import Policy
from scanner.review import review
from scanner.store import open_store
from tests.sampling.__main__ import MADE, SAMPLES
from tests.sampling.write import sample_files

CONFIGURED = load_config(SAMPLES / "missedbcc.toml").policy
NAMED = with_internal(Policy(), ["fernhill.example"])
LETTERS = sorted((SAMPLES / "eml").glob("*.eml"))
LISTS = {
    "mbox/Sent": SAMPLES / "mbox/Sent.json",
    "mbox/customer-care.mbox.gz": SAMPLES / "mbox/customer-care.json",
    "maildir/ines.moreau": SAMPLES / "maildir/ines.moreau.json",
}


@dataclass(frozen=True)
class Expected:
    """What the JSON beside a message says about it."""

    story: str
    folder: str
    envelope: dict[str, Any]
    verdict: dict[str, Any]


def _expected(values: dict[str, Any]) -> Expected:
    return Expected(values["story"], values.get("folder", ""), values["envelope"], values["verdict"])


def _beside(letter: Path) -> Expected:
    return _expected(json.loads(letter.with_suffix(".json").read_text("utf-8")))


def _listed(file: Path) -> list[Expected]:
    return [_expected(values) for values in json.loads(file.read_text("utf-8"))["messages"]]


def _sent() -> Iterator[Expected]:
    """Every expectation about a message that a scan of the whole folder reads."""
    yield from map(_beside, LETTERS)
    for file in LISTS.values():
        yield from (one for one in _listed(file) if one.folder not in ("INBOX", "Drafts"))


def _read(letter: Path) -> Envelope:
    return parse_envelope(letter.read_bytes(), Locator("eml", "eml", letter.name))


def _head(envelope: Envelope) -> dict[str, Any]:
    """An envelope as the JSON has it, without its recipients and marks."""
    return {
        "message_id": envelope.message_id,
        "date": envelope.date.astimezone(UTC).isoformat() if envelope.date else None,
        "author": envelope.author.addr_spec if envelope.author else None,
        "author_name": envelope.author_name,
        "sender": envelope.sender.addr_spec if envelope.sender else None,
        "subject": envelope.subject,
    }


def _row(entry: Recipient) -> tuple[str, ...]:
    address = entry.address.addr_spec if entry.address else ""
    name = entry.name if entry.origin is Origin.ADDRESS and address else ""
    return entry.field, address, name, entry.form, entry.origin, entry.group


def _told_row(entry: dict[str, str]) -> tuple[str, ...]:
    usual = {"name": "", "form": "internet", "origin": "address", "group": ""}
    full = usual | entry
    address = full["address"] or ""
    return full["field"], address, full["name"] if address else "", full["form"], full["origin"], full["group"]


def _agrees(envelope: Envelope, expected: dict[str, Any]) -> None:
    head = {key: value for key, value in expected.items() if key not in ("recipients", "marks")}
    assert _head(envelope) == head
    assert sorted(envelope.marks - {Mark.SENT}) == [mark for mark in expected["marks"] if mark != Mark.SENT]
    told: list[dict[str, str]] = expected["recipients"]
    for field in {entry["field"] for entry in told} | {str(entry.field) for entry in envelope.recipients}:
        read = [_row(entry) for entry in envelope.recipients if entry.field == field]
        assert read == [_told_row(entry) for entry in told if entry["field"] == field]
    nameless = [f"{entry.text} {entry.name}" for entry in envelope.recipients if entry.address is None]
    for shown, text in zip((e["shown"] for e in told if not e["address"]), nameless, strict=True):
        assert shown in text


def _reported(envelopes: Sequence[Envelope], policy: Policy) -> list[Exposure]:
    return [exposure for exposure in detect(envelopes, policy) if exposure.reaches_gate]


def _people(exposure: Exposure) -> list[str]:
    return sorted(row.address for row in exposure.affected if row.address)


def _sources() -> dict[str, Account]:
    found = {}
    for account in discover(SAMPLES).accounts:
        assert account.path is not None
        found[account.path.relative_to(SAMPLES).as_posix()] = account
    return found


def test_files_are_what_the_builder_writes() -> None:
    built = {name: _unpacked(name, content) for name, content in sample_files().items()}
    held = {
        path.relative_to(SAMPLES).as_posix(): _unpacked(path.name, path.read_bytes())
        for folder in MADE
        for path in (SAMPLES / folder).rglob("*")
        if path.is_file()
    }
    assert held.keys() == built.keys()
    assert [name for name in built if held[name] != built[name]] == []


def _unpacked(name: str, content: bytes) -> bytes:
    # Two versions of zlib may pack the same bytes differently.
    return gzip.decompress(content) if name.endswith(".gz") else content


@pytest.mark.parametrize("letter", LETTERS, ids=lambda path: path.stem)
def test_a_message_is_read_as_expected(letter: Path) -> None:
    _agrees(_read(letter), _beside(letter).envelope)


@pytest.mark.parametrize("letter", LETTERS, ids=lambda path: path.stem)
def test_a_message_is_judged_as_expected(letter: Path) -> None:
    verdict = _beside(letter).verdict
    reported = _reported([_read(letter)], CONFIGURED)
    assert len(reported) == verdict["exposure"]
    for exposure in reported:
        assert _people(exposure) == verdict["affected"]
        assert (exposure.counted, exposure.parties) == (verdict["counted"], verdict["parties"])
        assert exposure.reasons


@pytest.mark.parametrize("letter", LETTERS, ids=lambda path: path.stem)
def test_naming_the_domain_finds_the_same_people(letter: Path) -> None:
    verdict = _beside(letter).verdict
    reported = _reported([_read(letter)], NAMED)
    assert [_people(exposure) for exposure in reported] == ([verdict["affected"]] if verdict["exposure"] else [])


@pytest.mark.parametrize("letter", LETTERS, ids=lambda path: path.stem)
def test_whatever_is_reported_was_a_candidate(letter: Path) -> None:
    envelope, verdict = _read(letter), _beside(letter).verdict
    if verdict["exposure"] or verdict.get("counted", 0) >= CONFIGURED.gate.candidate:
        assert is_candidate(envelope, CONFIGURED)


def test_everything_is_found_to_be_a_mailbox() -> None:
    assert sorted(_sources()) == ["eml", *sorted(LISTS)]


@pytest.mark.parametrize("place", sorted(LISTS))
def test_an_archive_is_read_as_expected(place: str) -> None:
    told = _listed(LISTS[place])
    unwanted = {one.folder for one in told if one.folder in ("INBOX", "Drafts")}
    with open_mailbox(_sources()[place]) as mailbox:
        folders = list(mailbox.folders())
        assert {folder.path for folder in folders if not folder.holds_sent} == unwanted
        for folder in folders:
            here = [one.envelope for one in told if one.folder == folder.path or len(folders) == 1]
            read = [reading for _, reading in mailbox.read(folder)]
            assert len(read) == len(here) > 0
            by_id = {one["message_id"]: one for one in here}
            for envelope in read:
                assert isinstance(envelope, Envelope)
                _agrees(envelope, by_id[envelope.message_id])


def test_the_whole_folder_holds_exactly_the_expected_incidents() -> None:
    envelopes = []
    for account in _sources().values():
        with open_mailbox(account) as mailbox:
            for folder in (folder for folder in mailbox.folders() if folder.holds_sent):
                envelopes += [reading for _, reading in mailbox.read(folder) if isinstance(reading, Envelope)]
    told = list(_sent())
    assert len(envelopes) == len(told)
    exposing = [one for one in told if one.verdict["exposure"]]
    places = Counter(one.story for one in exposing)
    story_of = {one.envelope["message_id"]: one for one in exposing}
    incidents = list(group(detect(envelopes, CONFIGURED)))
    found = {story_of[str(incident.exposures[0].envelope.message_id)].story: incident for incident in incidents}
    assert {story: len(incident.locations) for story, incident in found.items()} == places
    assert len(incidents) == len(found)
    for one in exposing:
        people = sorted(row.address for row in found[one.story].affected if row.address)
        assert people == one.verdict["affected"]


@pytest.mark.parametrize("us", [["--config", "sample_mailboxes/missedbcc.toml"], ["--internal", "fernhill.example"]])
def test_the_readmes_command_finds_them_all(us: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scanner", "scan", "sample_mailboxes", *us, "--case", str(tmp_path / "case")]
    answer = subprocess.run(command, cwd=SAMPLES.parent, capture_output=True, text=True, check=False, timeout=120)
    assert answer.returncode == 4, answer.stderr
    assert Path(answer.stdout.strip()).is_file()
    with open_store(tmp_path / "case" / "case.sqlite") as store:
        case = review(store)
        every = list(case.coverage())
        assert all(folder.complete for folder in every)
        read = [folder for folder in every if folder.chosen_by is not ChosenBy.HISTORY]
        ids = {str(incident.exposures[0].envelope.message_id) for incident in case.incidents()}
    told = list(_sent())
    assert sum(folder.read for folder in read) == len(told)
    stories = {one.envelope["message_id"]: one.story for one in told if one.verdict["exposure"]}
    assert {stories[one] for one in ids} == set(stories.values())
    assert len(ids) == len(set(stories.values()))


def test_the_readme_tells_every_story() -> None:
    readme = (SAMPLES / "README.md").read_text("utf-8")
    told = {one.story for one in _sent()} | {one.story for file in LISTS.values() for one in _listed(file)}
    assert [story for story in told if f"`{story}`" not in readme and not story.startswith("daily-")] == []
