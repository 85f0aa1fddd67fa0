"""What an account stands for: itself, or the mailboxes of a tenant, those that cannot be reached, and our domains."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.account import Account
from scanner.errors import SourceError


@dataclass(frozen=True, slots=True)
class Unreached:
    """A mailbox that should be read and cannot be. `account` is the name that it would have had."""

    account: str
    error: SourceError


@dataclass(frozen=True, slots=True)
class Expansion:
    """The mailboxes behind an account, in the order of their names.

    `domains` are those that the source itself calls ours; `notices` are sentences that a reader should know.
    `other_names` are those by which runs with other settings may have called a mailbox among these.
    """

    accounts: tuple[Account, ...]
    unreached: tuple[Unreached, ...] = ()
    domains: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grants:
    """What the application was granted, compared with what a scan needs. Names of permissions, sorted.

    `instead` are those that would be enough in place of wider ones that are `too_much`.
    """

    granted: tuple[str, ...]
    missing: tuple[str, ...]
    too_much: tuple[str, ...]
    instead: tuple[str, ...] = ()
