"""What a path that a person names on the command line holds: which accounts, and which files are no mail."""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from scanner.account import Account
from scanner.connectors.folder_marks import is_folder_name
from scanner.connectors.mbox import title_of
from scanner.connectors.octet_stream import source_error
from scanner.connectors.tree import Kind, Sniffed, is_maildir, kind_of
from scanner.errors import AccessDenied, NotAMailbox, SettingsError

_HINT = "An mbox file (also .gz), a Maildir, or a folder of .eml files can be read."


@dataclass(frozen=True, slots=True)
class Discovery:
    """The accounts found, in the order of their paths, and what was left out: path and why, in a sentence."""

    accounts: tuple[Account, ...]
    ignored: tuple[tuple[Path, str], ...] = ()


def discover(path: Path) -> Discovery:
    """The accounts at a path: a file is one; a folder may hold several, each named by its path as given.

    Mbox files that lie side by side are accounts of their own, unless their names (Inbox, Sent, Drafts) tell that they
    are the folders of one store; Maildirs likewise. Raises SettingsError when there is nothing at the path,
    AccessDenied when we may not look, NotAMailbox when there is no mail in it.
    """
    path = Path(os.path.normpath(path))
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError:
        raise _missing(path) from None
    except OSError as error:
        raise source_error(error, path) from None
    if not is_folder:
        return _of_file(path)
    search = _Search()
    search.look(path)
    if search.accounts:
        found = (replace(account, searched=account.path != path) for account in search.accounts)
        accounts = sorted(found, key=lambda account: (account.path or path, account.scheme))
        return Discovery(tuple(accounts), tuple(sorted(search.ignored)))
    if search.closed and len(search.closed) == len(search.ignored):
        raise AccessDenied(f"The operating system does not let us look into {path}.", "Give this user the right to it.")
    raise NotAMailbox(f"There is no mail in {path} that we can read.", search.hint or _HINT)


def _of_file(path: Path) -> Discovery:
    sniffed = kind_of(path)
    if sniffed.kind is Kind.CLOSED:
        raise AccessDenied(
            f"{path} cannot be read. {sniffed.why}", sniffed.hint or "Give this user the right to read it."
        )
    scheme = _SCHEMES.get(sniffed.kind)
    if scheme is None:
        raise NotAMailbox(f"{path} is no mailbox. {sniffed.why}", sniffed.hint or _HINT)
    return Discovery((Account(str(path), scheme, path),))


_SCHEMES = {Kind.MBOX: "mbox", Kind.EMPTY_MBOX: "mbox", Kind.MESSAGE: "eml"}


def _missing(path: Path) -> SettingsError:
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        beside = {str(entry): entry.name for entry in folder.iterdir()}
    except OSError:
        beside = {}
    close = difflib.get_close_matches(path.name, beside.values(), n=1)
    if close and folder == path.parent:
        return SettingsError(f"There is no {path}.", f"Did you mean {folder / close[0]}?")
    return SettingsError(f"There is no {path}.", f"The nearest folder that exists is {folder}.")


@dataclass(slots=True)
class _Search:
    """A walk through folders, and what it has found so far."""

    accounts: list[Account] = field(default_factory=list)
    ignored: list[tuple[Path, str]] = field(default_factory=list)
    closed: list[Path] = field(default_factory=list)
    hint: str = ""

    def look(self, folder: Path, *, in_store: bool = False) -> None:
        """Takes in a folder and what lies below it. `in_store`: a folder above is an account that covers mbox files."""
        if is_maildir(folder):
            self._add("maildir", folder)
            return
        try:
            names = sorted(entry.name for entry in folder.iterdir())
        except OSError:
            self.closed.append(folder)
            self.ignored.append((folder, "The operating system does not let us list this folder."))
            return
        files = [folder / name for name in names if not (folder / name).is_dir()]
        below = list(self._folders(folder / name for name in names if (folder / name).is_dir()))
        covered = self._take_files(folder, files, in_store=in_store)
        stores = [one for one in below if is_maildir(one)]
        if any(one.name.startswith(".") or is_folder_name(one.name) for one in stores):
            self._add("maildir", folder)  # the folders of one person lie side by side
            below = [one for one in below if one not in stores]
        for one in below:
            self.look(one, in_store=covered)

    def _folders(self, found: Iterator[Path]) -> Iterator[Path]:
        for folder in found:
            if folder.is_symlink():
                self.ignored.append((folder, "It is a link to a folder; name the folder itself to read it."))
            else:
                yield folder

    def _take_files(self, folder: Path, files: list[Path], *, in_store: bool) -> bool:
        """Makes accounts of the mail files of one folder; whether an account covers the mbox files below it too."""
        kinds = {file: kind_of(file) for file in files}
        boxes = [file for file, one in kinds.items() if one.kind in {Kind.MBOX, Kind.EMPTY_MBOX}]
        letters = [file for file, one in kinds.items() if one.kind is Kind.MESSAGE]
        named = [file for file in boxes if is_folder_name(title_of(file.name))]
        store = in_store or len(named) > 1
        if store and not in_store:
            self._add("mbox", folder)
        elif not store:
            for file in boxes:
                self._add("mbox", file)
        if letters and not self._covered(folder, "eml"):
            self._add("eml", folder)
        for file, one in kinds.items():
            self._leave_out(file, one)
        return store

    def _leave_out(self, file: Path, sniffed: Sniffed) -> None:
        if sniffed.kind in {Kind.OTHER, Kind.CLOSED}:
            self.ignored.append((file, f"{sniffed.why} {sniffed.hint}".strip()))
            self.hint = self.hint or sniffed.hint
        if sniffed.kind is Kind.CLOSED:
            self.closed.append(file)

    def _covered(self, folder: Path, scheme: str) -> bool:
        above = {account.path for account in self.accounts if account.scheme == scheme}
        return any(parent in above for parent in folder.parents)

    def _add(self, scheme: str, path: Path) -> None:
        taken = any(account.name == str(path) for account in self.accounts)
        self.accounts.append(Account(f"{path} ({scheme})" if taken else str(path), scheme, path))
