"""One TOML file to a `Policy` and `Account`s, with every mistake in it named at once."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from scanner.account import Account, SecretReference
from scanner.config.accounts import read_account
from scanner.config.domains import address_of, domain_name, read_domain, read_domains, too_wide
from scanner.config.judgement import read_allowed, read_gate, read_rules, read_sensitive
from scanner.config.reference import read_secret
from scanner.config.report import Language, read_report
from scanner.config.table import Table
from scanner.config.upkeep import read_unattended
from scanner.errors import SettingsError
from scanner.policy import Ground, InternalDomain, Policy
from scanner.unattended import Unattended

__all__ = ["Config", "domain_name", "find_config", "load_config", "parse_config", "with_internal"]

CONFIG_NAME: Final = "missedbcc.toml"
CASE_NAME: Final = "missedbcc-case"


@dataclass(frozen=True, slots=True)
class Config:
    """What one config file says. Without a file, everything is as it is by default and there are no accounts.

    `signing_key` is where the private key is kept with which manifests are signed; None leaves them unsigned.
    """

    policy: Policy = field(default_factory=Policy)
    accounts: tuple[Account, ...] = ()
    case: Path = Path(CASE_NAME)
    file: Path | None = None
    signing_key: SecretReference | None = None
    unattended: Unattended = field(default_factory=Unattended)
    language: Language = Language.ENGLISH
    password: SecretReference | None = None

    @property
    def own_secrets(self) -> tuple[SecretReference, ...]:
        """What a run needs for itself before it reads: the password of its workbook, and the key that signs."""
        return tuple(one for one in (self.password, self.signing_key) if one is not None)


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
    signing_key = _signing_key(root.table("manifest"))
    case = root.table("case")
    folder = case.path("folder") if case else None
    accounts = root.table("account")
    read = [read_account(name, table) for name, table in accounts.tables()] if accounts else []
    unattended = read_unattended(root)
    if case:
        case.finish()
    language, password = read_report(root)
    root.finish()
    if problems:
        count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        hint = "Correct the file; `missedbcc init` writes one that shows every key."
        raise SettingsError(f"{file} has {count}.", hint, tuple(problems))
    return Config(
        policy,
        tuple(account for account in read if account),
        folder or Path(CASE_NAME),
        file,
        signing_key=signing_key,
        unattended=unattended,
        language=language,
        password=password,
    )


def with_internal(policy: Policy, domains: Sequence[str]) -> Policy:
    """The policy with the domains of the command line added. Raises SettingsError naming each that is wrong."""
    added = []
    wrong = []
    for text in domains:
        domain = domain_name(text)
        if domain is None:
            wrong.append(f"--internal {text}: this is no domain name")
        elif reason := too_wide(domain, policy):
            wrong.append(f"--internal {text}: {reason}")
        else:
            added.append(InternalDomain(domain, ground=Ground.COMMAND_LINE))
    if wrong:
        raise SettingsError("An internal domain is none of ours.", "Write it as in corp.example.", tuple(wrong))
    known = {entry.domain for entry in policy.internal}
    fresh = tuple(entry for entry in dict.fromkeys(added) if entry.domain not in known)
    return replace(policy, internal=policy.internal + fresh)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")  # some editors of Windows begin a file with a mark
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


def _signing_key(table: Table | None) -> SecretReference | None:
    if table is None:
        return None
    reference = read_secret(table, "signing_key")
    table.finish()
    return reference


def _policy(root: Table) -> Policy:
    rules = read_rules(root)
    policy = Policy(
        gate=read_gate(root.table("gates")),
        sensitive_words=read_sensitive(root.table("sensitive")),
        allowed=read_allowed(root),
        rule_pack=rules,
    )
    table = root.table("organisation")
    if table is None:
        return policy
    added, removed = _free_mail(table.table("free_mail"))
    policy = replace(policy, free_mail_add=added, free_mail_remove=removed)
    internal = [found for entry in table.entries("internal") if (found := _internal(table, entry))]
    own = tuple(_address(table, text) for text in table.texts("own_addresses"))
    affiliates = read_domains(table, "affiliates")
    table.finish()
    for key, domains in (("internal", [entry.domain for entry in internal]), ("affiliates", affiliates)):
        for domain in domains:
            if wrong := too_wide(domain, policy):
                table.complain(key, wrong)
    return replace(policy, internal=tuple(internal), own_addresses=own, affiliates=affiliates)


def _free_mail(table: Table | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if table is None:
        return (), ()
    lists = read_domains(table, "add"), read_domains(table, "remove")
    table.finish()
    return lists


def _internal(table: Table, entry: str | Table) -> InternalDomain | None:
    if isinstance(entry, str):
        domain = read_domain(table, "internal", entry)
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
    domain = read_domain(entry, "domain", text)
    return InternalDomain(domain, since, until) if domain else None


def _address(table: Table, text: str) -> str:
    address = address_of(text)
    if not address:
        table.complain("own_addresses", "each entry is a whole address such as owner@freemail.example")
    return address
