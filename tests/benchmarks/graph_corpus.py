"""The messages of a labelled corpus in the shape of Graph's message resource, put into a case."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scanner.connectors.folder_marks import folder_marks
from scanner.connectors.graph_message import decode_message, envelope_of
from scanner.coverage import ChosenBy, Coverage
from scanner.detector import Weight, weigh
from scanner.detector.evidence import Wanted, received_of
from scanner.detector.internal import Border
from scanner.envelope import Envelope, Locator, Mark
from scanner.policy import Policy
from scanner.received import Received
from scanner.store.records import Found
from scanner.store.store import Store


def fill(store: Store, corpus: Path, config: Mapping[str, Any], policy: Policy) -> None:
    """Keep what a scan over Graph would keep of these mailboxes: candidates first, then what others' mail proves."""
    envelopes = [envelope for file in sorted((corpus / "graph").glob("*.jsonl")) for envelope in _read(file, config)]
    candidates = tuple(one for one in envelopes if weigh(one, policy) is Weight.CANDIDATE)
    wanted, border = Wanted(), Border(policy)
    for one in candidates:
        wanted.add(one)
    kept = {one.locator for one in candidates}
    found = (received_of(one, border, wanted) for one in envelopes if one.locator not in kept)
    evidence: tuple[Received, ...] = tuple(one for one in found if one is not None)
    for account in sorted({one.locator.account for one in envelopes}):
        coverage = Coverage(account, "all", ChosenBy.PROFILE, None, finished=True)
        mine = tuple(one for one in candidates if one.locator.account == account)
        proof = tuple(one for one in evidence if one.locator.account == account)
        store.record(Found(coverage, None, policy, candidates=mine, received=proof))


def _read(file: Path, config: Mapping[str, Any]) -> Iterator[Envelope]:
    account = file.stem
    sent = config["mailboxes"].get(account, {}).get("sent", "")
    folders: dict[str, frozenset[Mark]] = {}
    for line in file.read_bytes().splitlines():
        message = decode_message(line)
        folder = _folder_of(line)
        if folder not in folders:
            folders[folder] = frozenset((Mark.SENT,)) if folder == sent else folder_marks(folder)
        yield envelope_of(message, Locator(account, "all", message.id), folders[folder])


def _folder_of(line: bytes) -> str:
    return str(json.loads(line).get("parentFolder", ""))
