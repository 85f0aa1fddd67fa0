"""The command that turns a folder of labelled mail into the report that its scorer reads.

    python -m tests.benchmarks.labelled_corpus CORPUS_DIR [--graph] [--count N | --domains N] > report.json

CORPUS_DIR holds `config.json` (what a customer would configure: `internal_domains` with `since` and `until`,
`affiliates`, `freemail`, the name of each mailbox's sent folder) and one folder a mailbox with one mbox file a mail
folder. The mail goes the way of the product: every mailbox is scanned into a case, and the case is reviewed. With
--graph the messages come from `graph/MAILBOX.jsonl`, in the shape of Graph's message resource. With --count or
--domains the report is that of the rule to beat: every message of ours that shows so many outsiders, or outsiders of so
many domains, each by itself.

The report is `{"incidents": [{"score", "severity", "category", "fingerprint", "messages", "affected"}], "cleared":
[...]}`, best first. A message is named by mailbox, folder and its position in the file (from 0), and by its Message-ID
where it has one.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from scanner.account import Account
from scanner.connectors import open_mailbox
from scanner.detector import is_ours, judge
from scanner.envelope import Envelope, Locator
from scanner.exposure import Standing
from scanner.incident import Incident
from scanner.policy import InternalDomain, Policy
from scanner.review import review
from scanner.scan import Silent, scan
from scanner.store import open_store
from scanner.store.store import Store
from tests.benchmarks.graph_corpus import fill


@dataclass(frozen=True, slots=True)
class Place:
    """Where the scorer finds a message: `index` counts from 0 in the mbox file."""

    mailbox: str
    folder: str
    index: int
    message_id: str | None


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


def archives(corpus: Path, config: Mapping[str, Any]) -> list[Account]:
    """One account a mailbox; its sent folder is configured where the mailbox has one."""
    accounts = []
    for place in sorted({file.parent for file in corpus.glob("*/*.mbox")}):
        sent = config["mailboxes"].get(place.name, {}).get("sent", "").replace("/", "_")
        known = (sent,) if sent and (place / f"{sent}.mbox").is_file() else ()
        accounts.append(Account(place.name, "mbox", path=place, sent_folders=known))
    return accounts


def places(accounts: Iterable[Account], config: Mapping[str, Any]) -> Iterator[tuple[Locator, Place]]:
    """Where each message of the archives lies, as the scorer names it."""
    for account in accounts:
        sent = config["mailboxes"].get(account.name, {}).get("sent", "")
        with open_mailbox(account) as mailbox:
            for folder in mailbox.folders():
                name = _folder_name(Path(folder.path).stem, sent)
                for index, (_, reading) in enumerate(mailbox.read(folder)):
                    written = reading.message_id if isinstance(reading, Envelope) else None
                    yield reading.locator, Place(account.name, name, index, written)


def _folder_name(stem: str, sent: str) -> str:
    # The corpus writes a folder's "/" as "_".
    return sent if sent.replace("/", "_") == stem else stem.replace("_", "/")


Rule = Callable[[Sequence[str]], int]
"""What a rule counts of the addresses that a message shows."""


def count_domains(addresses: Sequence[str]) -> int:
    """How many domains the addresses have."""
    return len({address.rpartition("@")[2] for address in addresses})


def report(corpus: Path, *, graph: bool = False, rule: Rule | None = None, least: int = 0) -> dict[str, Any]:
    """The scorer's report of one corpus folder; with a rule, all messages of which it counts `least` or more."""
    config = json.loads((corpus / "config.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "case.db") as store:
        policy = policy_of(config)
        where: dict[Locator, Place] = {}
        if graph:
            fill(store, corpus, config, policy)
        else:
            accounts = archives(corpus, config)
            where = dict(places(accounts, config))
            scan(accounts, policy, store, Silent())
        if rule is not None:
            return {"incidents": sorted(_counted(store, policy, where, rule, least), key=lambda row: -row["score"])}
        case = review(store, policy)
        return {
            "incidents": [_row(incident, where) for incident in case.incidents()],
            "cleared": [_row(incident, where) for incident in case.cleared()],
        }


def _counted(
    store: Store, policy: Policy, where: Mapping[Locator, Place], rule: Rule, least: int
) -> Iterator[dict[str, Any]]:
    for kept in store.candidates():
        if not is_ours(kept.envelope, policy):
            continue
        viewers = judge(kept.envelope, policy).viewers
        shown = [one.address for one in viewers if one.standing is Standing.OUTSIDER and one.field.visible]
        if rule(shown) >= least:
            messages = [_named(where[locator]) for locator in kept.locations if locator in where]
            messages += [{"message_id": f"<{kept.envelope.message_id}>"}] if kept.envelope.message_id else []
            yield {"score": rule(shown), "messages": messages, "affected": shown}


def _named(place: Place) -> dict[str, Any]:
    """A place as the scorer reads it."""
    return {"mailbox": place.mailbox, "folder": place.folder, "index": place.index}


def _row(incident: Incident, where: Mapping[Locator, Place]) -> dict[str, Any]:
    messages: list[dict[str, Any]] = []
    for locator in incident.locations:
        if locator in where:
            place = where[locator]
            messages.append(_named(place))
            if place.message_id:
                messages[-1]["message_id"] = f"<{place.message_id}>"
    named = {message.get("message_id") for message in messages}
    ids = (exposure.envelope.message_id for exposure in incident.exposures)
    messages += [{"message_id": f"<{name}>"} for name in ids if name and f"<{name}>" not in named]
    return {
        "score": incident.score,
        "severity": incident.severity.band if incident.severity else "",
        "category": incident.klass,
        "fingerprint": incident.id,
        "messages": messages,
        "affected": [person.address for person in incident.affected if person.address is not None],
        "people": sum(not person.role for person in incident.affected),
        "roles": [*map(str, incident.roles)],
        "points": [[point.value, point.reason] for point in incident.points],
        "reasons": list(incident.reasons),
    }


def main() -> int:
    """Writes the report of the folder named on the command line to standard output."""
    parser = argparse.ArgumentParser(description="The report of a folder of labelled mail.")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--graph", action="store_true", help="read graph/*.jsonl instead of the mbox files")
    parser.add_argument("--count", type=int, help="the rule to beat: so many outsiders visible")
    parser.add_argument("--domains", type=int, help="the rule to beat: outsiders of so many domains visible")
    options = parser.parse_args()
    if not (options.corpus / "config.json").is_file():
        parser.error(f"{options.corpus} holds no config.json")
    rule = len if options.count else count_domains if options.domains else None
    least = options.count or options.domains or 0
    found = report(options.corpus, graph=options.graph, rule=rule, least=least)
    with suppress(BrokenPipeError):
        json.dump(found, sys.stdout, indent=1, ensure_ascii=False)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
