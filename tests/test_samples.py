"""Every sample message against the reading that was written beside it."""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from scanner.address import Origin, Recipient
from scanner.config import with_internal
from scanner.connectors import open_mailbox
from scanner.detector import detect, is_candidate
from scanner.envelope import Envelope, Locator, Mark
from scanner.exposure import Exposure
from scanner.headers import parse_envelope
from scanner.policy import Policy
from tests.sampling.__main__ import MADE, SAMPLES
from tests.sampling.expected import CONFIGURED, LETTERS, LISTS, NOT_SENT, beside, listed, sent, sources
from tests.sampling.letter import digest_of
from tests.sampling.write import sample_files

NAMED = with_internal(Policy(), ["fernhill.example"])


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
    if isinstance(expected["recipients"], dict):
        assert _crowd(envelope.recipients) == expected["recipients"]
        return
    told: list[dict[str, str]] = expected["recipients"]
    for field in {entry["field"] for entry in told} | {str(entry.field) for entry in envelope.recipients}:
        read = [_row(entry) for entry in envelope.recipients if entry.field == field]
        assert read == [_told_row(entry) for entry in told if entry["field"] == field]
    nameless = [f"{entry.text} {entry.name}" for entry in envelope.recipients if entry.address is None]
    for shown, text in zip((e["shown"] for e in told if not e["address"]), nameless, strict=True):
        assert shown in text


def _crowd(recipients: Sequence[Recipient]) -> dict[str, dict[str, Any]]:
    """Of many recipients, field by field, how many there are and a digest of their names and addresses."""
    rows: dict[str, list[str]] = {}
    for entry in recipients:
        _, address, name, *_ = _row(entry)
        rows.setdefault(entry.field, []).append(f"{name} <{address}>")
    return {field: {"count": len(shown), "digest": digest_of(shown)} for field, shown in rows.items()}


def _reported(envelopes: Sequence[Envelope], policy: Policy) -> list[Exposure]:
    return [exposure for exposure in detect(envelopes, policy) if exposure.reaches_gate]


def _people(exposure: Exposure) -> list[str]:
    return sorted(row.address for row in exposure.affected if row.address)


def test_files_are_what_the_builder_writes() -> None:
    built = {name: _unpacked(name, content) for name, content in sample_files().items()}
    files = [path for folder in MADE for path in (SAMPLES / folder).rglob("*") if path.is_file()]
    files.append(SAMPLES / "incidents.json")
    held = {path.relative_to(SAMPLES).as_posix(): _unpacked(path.name, path.read_bytes()) for path in files}
    assert held.keys() == built.keys()
    assert [name for name in built if held[name] != built[name]] == []


def _unpacked(name: str, content: bytes) -> bytes:
    # Two versions of zlib may pack the same bytes differently.
    return gzip.decompress(content) if name.endswith(".gz") else content


@pytest.mark.parametrize("letter", LETTERS, ids=lambda path: path.stem)
def test_a_message_is_read_as_expected(letter: Path) -> None:
    _agrees(_read(letter), beside(letter).envelope)


@pytest.mark.parametrize("letter", LETTERS, ids=lambda path: path.stem)
def test_a_message_is_judged_as_expected(letter: Path) -> None:
    verdict = beside(letter).verdict
    reported = _reported([_read(letter)], CONFIGURED)
    assert len(reported) == verdict["exposure"]
    for exposure in reported:
        assert _people(exposure) == verdict["affected"]
        assert (exposure.counted, exposure.parties) == (verdict["counted"], verdict["parties"])
        assert exposure.reasons


@pytest.mark.parametrize("letter", LETTERS, ids=lambda path: path.stem)
def test_naming_the_domain_finds_the_same_people(letter: Path) -> None:
    verdict = beside(letter).verdict
    reported = _reported([_read(letter)], NAMED)
    assert [_people(exposure) for exposure in reported] == ([verdict["affected"]] if verdict["exposure"] else [])


@pytest.mark.parametrize("letter", LETTERS, ids=lambda path: path.stem)
def test_whatever_is_reported_was_a_candidate(letter: Path) -> None:
    envelope, verdict = _read(letter), beside(letter).verdict
    if verdict["exposure"] or verdict.get("counted", 0) >= CONFIGURED.gate.candidate:
        assert is_candidate(envelope, CONFIGURED)


def test_everything_is_found_to_be_a_mailbox() -> None:
    assert sorted(sources()) == ["eml", *sorted(LISTS)]


@pytest.mark.parametrize("place", sorted(LISTS))
def test_an_archive_is_read_as_expected(place: str) -> None:
    told = listed(LISTS[place])
    unwanted = {one.folder for one in told if one.folder in NOT_SENT}
    with open_mailbox(sources()[place]) as mailbox:
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


def test_the_readme_tells_every_story() -> None:
    readme = (SAMPLES / "README.md").read_text("utf-8")
    told = {one.story for one in sent()} | {one.story for file in LISTS.values() for one in listed(file)}
    rows = {re.sub(r"-\d+$", "-1", story) for story in told if not story.startswith("daily-")}  # `x-1` to `x-5`
    assert [story for story in sorted(rows) if f"`{story}`" not in readme] == []
