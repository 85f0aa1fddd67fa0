"""One TOML file to a `Policy` and `Account`s, with every mistake in it named at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from scanner.account import Account
from scanner.config.accounts import read_account
from scanner.config.table import Table
from scanner.errors import SettingsError
from scanner.policy import Gate, Ground, InternalDomain, Policy

CONFIG_NAME: Final = "missedbcc.toml"
CASE_NAME: Final = "missedbcc-case"


@dataclass(frozen=True, slots=True)
class Config:
    """What one config file says. Without a file, everything is as it is by default and there are no accounts."""

    policy: Policy = field(default_factory=Policy)
    accounts: tuple[Account, ...] = ()
    case: Path = Path(CASE_NAME)
    file: Path | None = None


def find_config(given: Path | None, folder: Path = Path()) -> Path | None:
    """The file to read: the one given, else `missedbcc.toml` in this folder when there is one, else none."""
    if given is not None:
        return given
    usual = folder / CONFIG_NAME
    return usual if usual.is_file() else None


def load_config(file: Path) -> Config:
    """Read a config file. Raises SettingsError with all its mistakes; no value of the file is repeated in it."""
    return parse_config(_text(file), file)


def parse_config(text: str, file: Path) -> Config:
    """The same for a text that stands, or will stand, in `file`. Relative paths start at the folder of `file`."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"The config file {file} is not valid TOML: {error}.", 'Text goes in quotes: key = "value".'
        ) from None
    problems: list[str] = []
    root = Table(values, "", problems, file.parent)
    policy = _policy(root)
    case = root.table("case")
    folder = case.path("folder") if case else None
    accounts = root.table("account")
    read = [read_account(name, table) for name, table in accounts.tables()] if accounts else []
    if case:
        case.finish()
    root.finish()
    if problems:
        count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        hint = "Correct the file; `missedbcc init` writes one that shows every key."
        raise SettingsError(f"{file} has {count}.", hint, tuple(problems))
    return Config(policy, tuple(account for account in read if account), folder or Path(CASE_NAME), file)


def with_internal(policy: Policy, domains: Sequence[str]) -> Policy:
    """The policy with the domains of the command line added. Raises SettingsError naming each that is no domain."""
    added = []
    wrong = []
    for text in domains:
        domain = domain_name(text)
        if domain is None:
            wrong.append(f"--internal {text}: this is no domain name")
        else:
            added.append(InternalDomain(domain, ground=Ground.COMMAND_LINE))
    if wrong:
        raise SettingsError("An internal domain is not a domain name.", "Write it as in corp.example.", tuple(wrong))
    known = {entry.domain for entry in policy.internal}
    fresh = tuple(entry for entry in dict.fromkeys(added) if entry.domain not in known)
    return replace(policy, internal=policy.internal + fresh)


def domain_name(text: str) -> str | None:
    """A domain in lower case and A-label form (RFC 5890); None when the text is no domain name.

    `@corp.example`, `*.corp.example` and `corp.example.` mean `corp.example`: sub-domains are always included.
    """
    name = text.strip().removeprefix("*").lstrip("@.").rstrip(".").lower()
    if not name.isascii():
        import idna  # noqa: PLC0415 - a large table, needed by few

        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError:
            return None
    labels = name.split(".")
    fine = all(0 < len(label) < 64 and label.replace("-", "a").replace("_", "a").isalnum() for label in labels)
    return name if fine and len(labels) > 1 and len(name) < 254 else None


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        raise SettingsError(f"There is no config file {file}.", "`missedbcc init` writes one.") from None
    except OSError as error:
        raise SettingsError(
            f"The config file {file} cannot be read: {error.strerror}.", "Give the right path with --config."
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"The config file {file} is not UTF-8 text (byte {error.start}).", "Save it as UTF-8."
        ) from None


def _policy(root: Table) -> Policy:
    gate = _gate(root.table("gates"))
    table = root.table("organisation")
    if table is None:
        return Policy(gate=gate)
    internal = [found for entry in table.entries("internal") if (found := _internal(table, entry))]
    own = tuple(_address(table, text) for text in table.texts("own_addresses"))
    affiliates = _domains(table, "affiliates")
    free = table.table("free_mail")
    added, removed = (_domains(free, "add"), _domains(free, "remove")) if free else ((), ())
    if free:
        free.finish()
    table.finish()
    return Policy(tuple(internal), own, affiliates, added, removed, gate)


def _gate(table: Table | None) -> Gate:
    usual = Gate()
    if table is None:
        return usual
    gate = Gate(
        candidate=table.whole("candidate", usual.candidate, 2),
        exposure=table.whole("exposure", usual.exposure, 2),
        parties=table.whole("parties", usual.parties, 1),
    )
    table.finish()
    if gate.candidate > gate.exposure and not table.problems:
        table.complain("candidate", "must not be above exposure: messages between the two would be lost")
    return gate


def _internal(table: Table, entry: str | Table) -> InternalDomain | None:
    if isinstance(entry, str):
        domain = _domain(table, "internal", entry)
        return InternalDomain(domain) if domain else None
    text = entry.text("domain")
    since, until = entry.day("since"), entry.day("until")
    if "domain" not in entry:
        entry.miss("domain", "the domain that was ours")
    entry.finish()
    if not text:
        return None
    if since and until and since > until:
        entry.complain("until", "lies before since")
    domain = _domain(entry, "domain", text)
    return InternalDomain(domain, since, until) if domain else None


def _domains(table: Table, key: str) -> tuple[str, ...]:
    found: Iterable[str | None] = (_domain(table, key, text) for text in table.texts(key))
    return tuple(domain for domain in found if domain)


def _domain(table: Table, key: str, text: str) -> str | None:
    domain = domain_name(text)
    if domain is None:
        also = "; a single address belongs in own_addresses" if "@" in text.strip("@") else ""
        table.complain(key, f"each entry is a domain name such as corp.example{also}")
    return domain


def _address(table: Table, text: str) -> str:
    local_part, at, host = text.rpartition("@")
    domain = domain_name(host)
    if not at or not local_part or domain is None:
        table.complain("own_addresses", "each entry is a whole address such as owner@freemail.example")
        return ""
    return f"{local_part.casefold()}@{domain}"
