"""What the words after `scan` and `check` mean: accounts of the config, or paths."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from scanner.account import Account
from scanner.config import Config
from scanner.connectors.discover import discover, unread_in
from scanner.connectors.tree import holds_mail
from scanner.errors import SettingsError, SourceError


def _never(_path: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Sources:
    """The accounts to read; the paths that are not, though they were named or hold mail; the files that are no mail.

    `searched` are the paths that were named and at or below which all archives are among the accounts; `gone` those
    that hold no mail any more, though an earlier run read some there. `configured` are the names of accounts that are
    no paths.
    """

    accounts: tuple[Account, ...]
    failed: tuple[tuple[str, SourceError], ...] = ()
    ignored: tuple[tuple[Path, str], ...] = ()
    searched: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    configured: tuple[str, ...] = ()


def find_sources(words: Sequence[str], config: Config, was_read: Callable[[str], bool] = _never) -> Sources:
    """Each word is the name of an account, or else a path; no words mean every account of the config.

    `was_read` says whether an earlier run read mail at or below a path: it is asked of those that hold none. Raises
    SettingsError when a word is neither or when there is nothing to read. A path that exists and cannot be read is in
    `failed`, so that the others are read all the same.
    """
    if not words:
        if not config.accounts:
            raise SettingsError("There is nothing to read: no path was given, and no account is configured.", _HINT)
        return Sources(config.accounts, tuple(chain.from_iterable(map(unread_in, config.accounts))))
    if not all(word.strip() for word in words):  # which would be the folder that we are in, and all below it
        raise SettingsError("A source is empty: has a variable of the shell no value?", _HINT)
    names = {account.name: account for account in config.accounts}
    paths = dict.fromkeys(word for word in words if word not in names)
    gone = tuple(word for word in paths if not holds_mail(Path(word)) and was_read(str(Path(word))))
    unknown = [word for word in words if word not in names and word not in gone and not _exists(word)]
    if unknown:
        problems = tuple(f"{word}{_meant(word, names)}" for word in unknown)
        raise SettingsError("A source is neither an account of the config nor a path.", _HINT, problems)
    accounts: list[Account] = []
    failed: list[tuple[str, SourceError]] = []
    ignored: list[tuple[Path, str]] = []
    searched: list[str] = []
    for word in words:
        if word in names:
            accounts.append(names[word])
            failed += unread_in(names[word])
            continue
        if word in gone:
            continue
        try:
            found = discover(Path(word))
        except SourceError as error:
            failed.append((word, error))
        else:
            accounts += found.accounts
            searched.append(str(Path(word)))
            failed += found.unread
            ignored += found.ignored
    return Sources(
        tuple(_closest(accounts)),
        tuple(_once(failed)),
        tuple(dict.fromkeys(ignored)),
        tuple(searched),
        tuple(dict.fromkeys(str(Path(word)) for word in gone)),
        names_in(config),
    )


def names_in(config: Config) -> tuple[str, ...]:
    """The names of the accounts of the config; one of a tenant, whose mailboxes are called by it, ends with a slash."""
    return tuple(f"{account.name}/" if account.graph else account.name for account in config.accounts)


def _closest(accounts: Iterable[Account]) -> Iterable[Account]:
    """Each account once. Of what two words lead to, the word counts that names it or comes closest to it.

    The folders below an outer word say less of an archive than the inner word, by which somebody asks for its mail.
    """
    found: dict[str, Account] = {}
    for account in accounts:
        other = found.setdefault(account.name, account)
        if (account.searched, len(account.below)) < (other.searched, len(other.below)):
            found[account.name] = account
    return found.values()


_HINT = (
    "Name a path, as in `missedbcc scan mail.mbox`, or an account from missedbcc.toml (`missedbcc init` writes one)."
)


def _once(failed: Iterable[tuple[str, SourceError]]) -> Iterable[tuple[str, SourceError]]:
    """Without what two words, a folder and a file in it, have both met."""
    return {(word, str(error)): (word, error) for word, error in failed}.values()


def _exists(word: str) -> bool:
    try:
        Path(word).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True  # something is there, or may be; reading it will tell what is wrong
    return True


def _meant(word: str, names: Iterable[str]) -> str:
    folder = Path(word).parent
    try:
        beside = [str(folder / entry.name) for entry in folder.iterdir()]
    except OSError:
        beside = []
    close = difflib.get_close_matches(word, dict.fromkeys([*names, *beside]), n=3)
    return f": did you mean {', '.join(close)}?" if close else ""
