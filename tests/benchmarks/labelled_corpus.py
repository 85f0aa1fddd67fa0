"""The command that turns a folder of labelled mail into the report that its scorer reads.

    python -m tests.benchmarks.labelled_corpus CORPUS_DIR > report.json

CORPUS_DIR holds `config.json` (what a customer would configure: `internal_domains` with `since` and `until`,
`affiliates`, `freemail`, `not_sent_folders`) and one folder a mailbox with one mbox file a mail folder. The mail goes
the way of the product: the mbox connector, the candidate test, the rules, the grouping.

The report is `{"incidents": [{"score", "category", "fingerprint", "messages", "affected"}]}`, best first. A message is
named by mailbox, folder and its position in the file (from 0), and by its Message-ID where it has one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from scanner.account import Account
from scanner.connectors import open_mailbox
from scanner.detector import detect, group, is_candidate
from scanner.envelope import Envelope, Locator
from scanner.incident import Incident
from scanner.policy import InternalDomain, Policy


@dataclass(frozen=True, slots=True)
class Place:
    """Where the scorer finds a message: `index` counts from 0 in the mbox file."""

    mailbox: str
    folder: str
    index: int


def policy_of(config: Mapping[str, Any]) -> Policy:
    """The policy that the corpus's customer would configure."""

    def day(entry: Mapping[str, str], key: str) -> date | None:
        return date.fromisoformat(entry[key]) if entry.get(key) else None

    return Policy(
        internal=tuple(
            InternalDomain(entry["domain"], day(entry, "since"), day(entry, "until"))
            for entry in config["internal_domains"]
        ),
        affiliates=tuple(config["affiliates"]),
        free_mail_add=tuple(config["freemail"]),
    )


def read(corpus: Path, config: Mapping[str, Any]) -> Iterator[tuple[Place, Envelope]]:
    """Every readable message of every folder that the customer does not name as one of unsent mail."""
    for file in sorted(corpus.glob("*/*.mbox")):
        mailbox = file.parent.name
        folder = _folder_name(file.stem, config["mailboxes"].get(mailbox, {}).get("sent", ""))
        if folder in config["not_sent_folders"]:
            continue
        account = Account(mailbox, "mbox", path=file)
        with open_mailbox(account) as opened:
            readings = (reading for held in opened.folders() for _, reading in opened.read(held))
            for index, reading in enumerate(readings):
                if isinstance(reading, Envelope):
                    yield Place(mailbox, folder, index), reading


def _folder_name(stem: str, sent: str) -> str:
    # The corpus writes a folder's "/" as "_".
    return sent if sent.replace("/", "_") == stem else stem.replace("_", "/")


def report(corpus: Path) -> dict[str, Any]:
    """The scorer's report of one corpus folder."""
    config = json.loads((corpus / "config.json").read_text(encoding="utf-8"))
    policy = policy_of(config)
    places: dict[Locator, tuple[Place, str | None]] = {}
    candidates = []
    for place, envelope in read(corpus, config):
        if is_candidate(envelope, policy):
            places[envelope.locator] = place, envelope.message_id
            candidates.append(envelope)
    return {"incidents": [_row(incident, places) for incident in group(detect(candidates, policy))]}


def _row(incident: Incident, places: Mapping[Locator, tuple[Place, str | None]]) -> dict[str, Any]:
    messages = []
    for locator in incident.locations:
        place, message_id = places[locator]
        message: dict[str, Any] = {"mailbox": place.mailbox, "folder": place.folder, "index": place.index}
        if message_id:
            message["message_id"] = f"<{message_id}>"
        messages.append(message)
    return {
        "score": sum(not person.role for person in incident.affected),
        "category": incident.exposures[0].rule,
        "fingerprint": incident.id,
        "messages": messages,
        "affected": [person.address for person in incident.affected if person.address is not None],
    }


def main() -> int:
    """Writes the report of the folder named on the command line to standard output."""
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "config.json").is_file():
        sys.stderr.write("usage: python -m tests.benchmarks.labelled_corpus CORPUS_DIR > report.json\n")
        return 2
    with suppress(BrokenPipeError):
        json.dump(report(Path(sys.argv[1])), sys.stdout, indent=1, ensure_ascii=False)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
