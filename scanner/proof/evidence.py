"""The original messages of an incident, byte for byte, with what was found about them, in a bag."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from scanner import __version__
from scanner.account import Account
from scanner.connectors import open_mailbox
from scanner.connectors.as_scanned import digest_matches
from scanner.connectors.interface import Mailbox, no_such_folder
from scanner.envelope import Locator, Mark
from scanner.errors import MissedBccError, SettingsError, SourceError
from scanner.headers import parse_envelope
from scanner.incident import Incident
from scanner.proof.bag import Bag, new_bag
from scanner.proof.canonical import moment_text

_ARCHIVES: Final = frozenset({"mbox", "maildir", "eml"})
_OPENERS: Final = tuple("=+-@\t\r\n|%")  # with which a spreadsheet begins a formula or a command
_MATCHES: Final = {True: "yes", False: "no", None: "not comparable"}
_LOCATORS: Final = (
    "account", "folder", "key", "role", "file", "octets", "sha256", "sha256_of_header_as_scanned", "header_matches",
    "same_message", "retrieved",
)  # fmt: skip
_MISSING: Final = ("account", "folder", "key", "role", "reason")
_NOTE: Final = (
    "Messages are as the source gave them: from an mbox with the > that it puts before lines that begin with From; "
    "from Microsoft Graph as the service makes them on demand. In the CSV files an apostrophe stands before a cell "
    "that would begin a formula. The mailbox was not changed."
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message of an incident lies. `digest` is what the scan took of it, "" where it took none.

    `message` is the identity of what lies there, and `role` what it is in the incident; "" for a further copy. Where
    what lies there only `quotes` the list, the digest is of the quotation.
    """

    locator: Locator
    digest: str
    message: str
    role: str
    quotes: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """A message that could not be had, and why."""

    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class Bagged:
    """What a bag came to: how many places gave a message, how many messages those are, and what gave none."""

    places: int
    messages: int
    gone: tuple[Gone, ...]


Finding = Callable[[str], Account | None]
"""Gives the account of a name in a locator; None where nothing that was named is it."""


def places_of(incident: Incident) -> list[Place]:
    """Every place of the incident, each once: of its messages, of their copies, and of what came back."""
    roles = {event.locator: str(event.role) for event in incident.timeline}
    found = {e.envelope.locator: (e.envelope.digest, e.message) for e in incident.exposures}
    holds = incident.holds or ("",) * len(incident.locations)
    digests = incident.digests or ("",) * len(incident.locations)
    for locator, digest, message in zip(incident.locations, digests, holds, strict=True):
        found.setdefault(locator, (digest, message))
    for event in incident.timeline:
        found.setdefault(event.locator, ("", event.message))
    sent = {e.message for e in incident.exposures if Mark.QUOTED not in e.envelope.marks}
    came = {event.message for event in incident.timeline} - {e.message for e in incident.exposures}
    places = (
        Place(at, digest, message, roles.get(at, ""), quotes=bool(digest and message) and message not in sent | came)
        for at, (digest, message) in found.items()
    )
    return sorted(places, key=lambda one: (one.locator.account, one.locator.folder, one.locator.key))


def bag_incident(incident: Incident, find: Finding, folder: Path, tell: Callable[[Gone], None]) -> Bagged:
    """Fetch what can be had and write the bag; without a single message there is none.

    Each message that cannot be had is told at once. Raises SettingsError and ReportError for the folder.
    """
    with new_bag(folder) as bag:
        rows: list[Sequence[object]] = []
        gone: list[Gone] = []
        messages: set[str] = set()
        for got in _fetched(places_of(incident), find):
            if isinstance(got, Gone):
                tell(got)
                gone.append(got)
            else:
                row, digest = _kept(bag, got)
                rows.append(row)
                messages.add(digest)
        if not rows:
            raise NothingFetched(tuple(gone))
        bag.add("incident.json", _incident(incident))
        bag.add("locators.csv", _table(_LOCATORS, rows))
        if gone:
            bag.add("missing.csv", _table(_MISSING, [(*_of(one.place), one.reason) for one in gone]))
        bag.close(_info(incident, len(messages), len(gone)))
    return Bagged(len(rows), len(messages), tuple(gone))


class NothingFetched(MissedBccError):
    """Not one message could be had, so there is no bag."""

    def __init__(self, gone: tuple[Gone, ...]) -> None:
        super().__init__("Not one message of the incident could be had, so no bag was written.", "")
        self.gone = gone


@dataclass(frozen=True, slots=True)
class _Got:
    place: Place
    account: Account
    raw: bytes
    when: datetime


def _fetched(places: Iterable[Place], find: Finding) -> Iterator[_Got | Gone]:
    for name, group in groupby(places, key=lambda one: one.locator.account):
        own = list(group)
        account = find(name)
        if account is None:
            yield from (Gone(one, _not_found(name)) for one in own)
            continue
        try:
            with open_mailbox(account) as mailbox:
                yield from _of_account(account, mailbox, own)
        except (SourceError, SettingsError) as error:  # it did not open; trouble with one message is met below
            yield from (Gone(one, _said(error)) for one in own)


def _not_found(name: str) -> str:
    """Why nothing stands for the source in a locator."""
    if Path(name).exists():
        return f"{name} is there, but is none of the sources that were named, or no longer what was scanned."
    return (
        f"{name} is not there any more, nor an account of the config: it was deleted, moved or renamed since it was "
        "scanned. If it was moved, name its new place as a SOURCE."
    )


def _of_account(account: Account, mailbox: Mailbox, places: Sequence[Place]) -> Iterator[_Got | Gone]:
    listed = {folder.path for folder in mailbox.folders()} if account.scheme in _ARCHIVES else None
    for place in places:
        # In an archive at another path the account has another name.
        at = Locator(mailbox.account, place.locator.folder, place.locator.key)
        try:
            if listed is not None and at.folder not in listed:
                raise no_such_folder(account.name, at.folder)
            got = _Got(place, account, mailbox.raw(at), datetime.now(UTC))
        except SourceError as error:
            yield Gone(place, _said(error))
        else:
            yield got


def _kept(bag: Bag, got: _Got) -> tuple[Sequence[object], str]:
    envelope = parse_envelope(got.raw, got.place.locator)
    matches = None if got.place.quotes else digest_matches(got.account, got.raw, got.place.digest)
    same = "yes" if got.place.message and envelope.identity == got.place.message else "not shown"
    name = f"messages/{sha256(got.raw).hexdigest()}.eml"
    digest = bag.add(name, got.raw)
    when = got.when.isoformat(timespec="seconds").replace("+00:00", "Z")
    facts = (f"data/{name}", len(got.raw), digest, got.place.digest, _MATCHES[matches], same, when)
    return (*_of(got.place), *facts), digest


def _of(place: Place) -> tuple[str, ...]:
    return place.locator.account, place.locator.folder, place.locator.key, place.role


def _said(error: MissedBccError) -> str:
    return f"{error} {error.hint}".strip()


def _table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """CSV (RFC 4180) in UTF-8. A cell with which a spreadsheet would begin a formula gets an apostrophe."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(titles)
    writer.writerows([f"'{cell}" if str(cell).startswith(_OPENERS) else cell for cell in row] for row in rows)
    return text.getvalue().encode("utf-8", "backslashreplace")


def _incident(incident: Incident) -> bytes:
    facts: Mapping[str, Any] = {
        "id": incident.id,
        "aliases": incident.aliases,
        "class": incident.klass,
        "reasons": incident.reasons,
        "contexts": incident.contexts,
        "score": incident.score,
        "points": [asdict(point) for point in incident.points],
        "severity": asdict(incident.severity) if incident.severity else None,
        "first_sent": moment_text(incident.first_sent),
        "last_sent": moment_text(incident.last_sent),
        "people_affected": len(incident.affected),
        "viewers": len(incident.viewers),
        "undelivered": len(incident.undelivered),
        "messages": [
            {
                "identity": exposure.message,
                "role": role,
                "message_id": exposure.envelope.message_id,
                "date": moment_text(exposure.envelope.date),
                "author": exposure.envelope.author.addr_spec if exposure.envelope.author else None,
                "subject": exposure.envelope.subject,
                "people_affected": len(exposure.affected),
                "rule": exposure.rule,
                "reasons": exposure.reasons,
                "sha256_of_header_as_scanned": exposure.envelope.digest,
            }
            for exposure, role in zip(
                incident.exposures, incident.roles or (None,) * len(incident.exposures), strict=True
            )
        ],
        "timeline": [
            {**asdict(event), "when": moment_text(event.when), "locator": str(event.locator)}
            for event in incident.timeline
        ],
    }
    text = json.dumps(facts, ensure_ascii=False, indent=2, sort_keys=True)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _info(incident: Incident, messages: int, gone: int) -> dict[str, str]:
    originals = f"{messages} original message{'' if messages == 1 else 's'}"
    missing = f" {gone} could not be had; data/missing.csv says why." if gone else ""
    return {
        "Bag-Software-Agent": f"missedbcc {__version__}",
        "Bagging-Date": f"{datetime.now(UTC):%Y-%m-%d}",
        "External-Identifier": incident.id,
        "External-Description": f"{originals} of the incident {incident.id}.{missing}",
        "Internal-Sender-Description": _NOTE,
    }
