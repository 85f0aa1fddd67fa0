"""What the JSON beside the samples says, as the tests ask for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.account import Account
from scanner.config import load_config
from scanner.connectors.discover import discover
from tests.sampling.__main__ import SAMPLES

CONFIGURED = load_config(SAMPLES / "missedbcc.toml").policy
LETTERS = sorted((SAMPLES / "eml").glob("*.eml"))
LISTS = {
    "mbox/Sent": SAMPLES / "mbox/Sent.json",
    "mbox/customer-care.mbox.gz": SAMPLES / "mbox/customer-care.json",
    "mbox/foundation": SAMPLES / "mbox/foundation.json",
    "mbox/office": SAMPLES / "mbox/office.json",
    "maildir/ines.moreau": SAMPLES / "maildir/ines.moreau.json",
}
NOT_SENT = ("INBOX", "Inbox.mbox", "Drafts")
INCIDENTS: dict[str, dict[str, Any]] = {
    one["incident"]: one for one in json.loads((SAMPLES / "incidents.json").read_text("utf-8"))["incidents"]
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


def beside(letter: Path) -> Expected:
    return _expected(json.loads(letter.with_suffix(".json").read_text("utf-8")))


def listed(file: Path) -> list[Expected]:
    return [_expected(values) for values in json.loads(file.read_text("utf-8"))["messages"]]


def sent() -> Iterator[Expected]:
    """Every expectation about a message that a scan of the whole folder reads."""
    yield from map(beside, LETTERS)
    for file in LISTS.values():
        yield from (one for one in listed(file) if one.folder not in NOT_SENT)


def sources() -> dict[str, Account]:
    found = {}
    for account in discover(SAMPLES).accounts:
        assert account.path is not None
        found[account.path.relative_to(SAMPLES).as_posix()] = account
    return found
