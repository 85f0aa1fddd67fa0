"""The manifest that a command leaves behind when it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.account import Account
from scanner.case import Case, Run
from scanner.cli.case_folder import CaseFolder
from scanner.config import Config
from scanner.errors import MissedBccError

if TYPE_CHECKING:
    from reports.manifest import Ledger
    from scanner.proof.canonical import CanonicalValue
    from scanner.proof.manifest import Kept, Output
    from scanner.store.store import Store

    Facts = dict[str, CanonicalValue]

# The imports inside the functions are heavy: a help text and the other commands must not pay for them.


def facts_of(case: Case, run: Run, settings: Config, accounts: Sequence[Account], exit_status: int) -> Facts:
    """What the manifest says of a run; to be asked for while the database is open.

    `accounts` are those whose mail was read, none for a report.
    """
    from scanner.proof.run_facts import Came, permission, run_facts, settings_facts  # noqa: PLC0415

    classes = Counter(str(incident.klass) for incident in case.incidents())
    classes.update(str(incident.klass) for incident in case.cleared())
    facts = run_facts(
        run,
        case.id,
        Came(classes, exit_status),
        case.coverage(),
        case.rule_pack,
        (permission(account, _granted(account)) for account in accounts),
    )
    return {**facts, "settings": settings_facts(case.policy.digest, settings.file)}


def stopped_facts(store: Store, run: Run, settings: Config, accounts: Sequence[Account], exit_status: int) -> Facts:
    """What the manifest says of a run that ended early: nobody waits until its incidents are judged or a server asked.

    `run` is as the case has it; `accounts` are those whose mail was read.
    """
    from scanner.proof.run_facts import Came, permission, run_facts, settings_facts  # noqa: PLC0415
    from scanner.review import review  # noqa: PLC0415

    case = review(store)
    came = Came(None, exit_status)
    permissions = map(permission, accounts)
    facts = run_facts(run, case.id, came, case.coverage(), case.rule_pack, permissions)
    return {**facts, "settings": settings_facts(case.policy.digest, settings.file)}


def facts_written_up(store: Store, run: Run, by: str) -> Facts:
    """What the manifest says of a run that left none itself."""
    from scanner.proof.run_facts import facts_of_unfinished  # noqa: PLC0415

    return facts_of_unfinished(run, store.matter().name, store.coverage(), by)


def short_facts(case: str, done: Mapping[str, int]) -> Facts:
    """What the manifest of a command says that reads no mail and writes no workbook."""
    from scanner.proof.run_facts import host_facts, tool_facts, written  # noqa: PLC0415

    return {"case": case, "written": written(), "tool": tool_facts(), "host": host_facts(), "done": {**done}}


@dataclass(frozen=True, slots=True)
class Left:
    """What a command leaves behind: what it did, to which run's case, what it wrote, took away, and found lying there.

    Where it `reads_only` the database, the digest that an earlier manifest has of it goes on to hold.
    """

    command: str
    run: int
    facts: Facts
    outputs: Sequence[Output] = ()
    removed: Sequence[Path] = ()
    found: Sequence[Path] = ()
    reads_only: bool = False


def key_must_be_had(settings: Config) -> None:
    """Raise SettingsError, before anything is read, where the signing key cannot be had."""
    from scanner.proof.signature import signing_key_of  # noqa: PLC0415

    if settings.signing_key:
        signing_key_of(settings.signing_key)


def leave_manifest(folder: CaseFolder, settings: Config, left: Left) -> Kept:
    """Write the manifest; to be called when the database is closed or at rest.

    Raises ReportError, and SettingsError for the key.
    """
    from scanner.proof.manifest import Command, Writing, write_manifest  # noqa: PLC0415
    from scanner.proof.signature import signing_key_of  # noqa: PLC0415

    key = signing_key_of(settings.signing_key) if settings.signing_key else None
    database = None if left.reads_only else folder.database
    return write_manifest(
        Writing(
            folder.path,
            left.run,
            Command(left.command),
            left.facts,
            left.outputs,
            left.removed,
            database,
            key,
            left.found,
        )
    )


def workbook_output(path: Path, ledger: Ledger) -> Output:
    """A workbook for the manifest; `ledger` listened while it was written."""
    from scanner.proof.manifest import Output  # noqa: PLC0415

    return Output(path, "workbook", ledger.facts(), ledger.octets())


def other_output(path: Path) -> Output:
    """Any other file for the manifest; its kind is how its name ends."""
    from scanner.proof.manifest import Output  # noqa: PLC0415

    return Output(path, path.suffix.lstrip("."))


def _granted(account: Account) -> Sequence[str] | None:
    """What the token says; None where the source knows no such permissions or does not tell them now."""
    from scanner.connectors import granted  # noqa: PLC0415

    try:
        grants = granted(account)
    except MissedBccError:
        return None
    return grants.granted if grants else None
