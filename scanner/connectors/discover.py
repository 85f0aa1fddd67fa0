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
from scanner.connectors.sent_folders import is_sent_name
from scanner.connectors.stored_message import storable
from scanner.connectors.tree import BOXES, MAILDIR_PARTS, UNREAD, Kind, Sniffed, is_maildir, kind_of, walk_files
from scanner.errors import AccessDenied, NotAMailbox, SettingsError, SourceError

_HINT = "An mbox file (also .gz), a Maildir, or a folder of .eml files can be read."


@dataclass(frozen=True, slots=True)
class Discovery:
    """The accounts found, in the order of their paths, and what is not read.

    `ignored` is no mail: path and why, in a sentence. `unread` holds mail or may hold some: a path and what is wrong.
    """

    accounts: tuple[Account, ...]
    ignored: tuple[tuple[Path, str], ...] = ()
    unread: tuple[tuple[str, SourceError], ...] = ()


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
        if path.is_symlink():
            return _of_file(path)
        raise _missing(path) from None
    except OSError as error:
        raise source_error(error, path) from None
    if not is_folder:
        return _of_file(path)
    search = _Search()
    search.look(path)
    if search.accounts:
        found = (
            replace(account, searched=account.path != path, below=_below(path, account.path))
            for account in search.accounts
        )
        accounts = sorted(found, key=lambda account: (account.path or path, account.scheme))
        return Discovery(tuple(accounts), tuple(sorted(search.ignored)), tuple(_errors(search.unread)))
    if search.unread and not search.ignored and all(one.kind is Kind.CLOSED for _, one in search.unread):
        raise AccessDenied(f"The operating system does not let us look into {path}.", "Give this user the right to it.")
    known = [f"Of {subject}: {error}" for subject, error in _errors(search.unread)]
    hint = next((one.hint for _, one in search.unread if one.hint), _HINT)
    raise NotAMailbox(" ".join((f"There is no mail in {path} that we can read.", *known)), hint)


def _below(given: Path, found: Path | None) -> str:
    """The folders that lead from the given path to an archive found in it.

    The first is the given one, if its name says that it holds sent mail.
    """
    if found is None or found == given:
        return ""
    name = os.path.basename(os.path.abspath(given))
    own = [name] if is_sent_name(title_of(name)) else []
    return storable("/".join((*own, *found.parent.relative_to(given).parts)))


def unread_in(account: Account) -> tuple[tuple[str, SourceError], ...]:
    """What lies in the folder of an archive and is not read with it, though it holds mail or may hold some.

    For an archive that the config names; those that `discover` finds come with it.
    """
    if account.path is None or not account.path.is_dir():
        return ()
    kinds = {"eml": UNREAD, "mbox": UNREAD - BOXES}.get(account.scheme, frozenset())
    files = walk_files(account.path) if kinds else iter(())
    sniffed = ((file, kind_of(file)) for file in files if not os.path.isdir(file))
    return tuple(_errors([(file, one) for file, one in sniffed if one.kind in kinds]))


def _errors(unread: list[tuple[Path, Sniffed]]) -> Iterator[tuple[str, SourceError]]:
    """One error for each folder and reason, with the names of the first few files."""
    together: dict[tuple[str, Sniffed], list[Path]] = {}
    for path, one in sorted(unread, key=lambda pair: pair[0]):
        together.setdefault((str(path.parent), one), []).append(path)
    for (folder, one), paths in together.items():
        kind = AccessDenied if one.kind is Kind.CLOSED else NotAMailbox
        if len(paths) == 1:
            yield str(paths[0]), kind(one.why, one.hint)
            continue
        names = ", ".join(path.name for path in paths[:_NAMED])
        others = len(paths) - _NAMED
        more = f" and {others:,} {'other' if others == 1 else 'others'}" if others > 0 else ""
        yield folder, kind(f"{len(paths):,} files are not read: {names}{more}. Of each: {one.why}", one.hint)


_NAMED = 5


def _of_file(path: Path) -> Discovery:
    sniffed = kind_of(path)
    if sniffed.kind is Kind.CLOSED:
        raise AccessDenied(f"{path} cannot be read. {sniffed.why}", sniffed.hint)
    if sniffed.kind is Kind.DAMAGED:
        raise NotAMailbox(f"{path} cannot be read. {sniffed.why}", sniffed.hint)
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


def _is_persons_folder(folder: Path) -> bool:
    """Whether a folder is a Maildir that is one of several of one person, as its name tells."""
    return (folder.name.startswith(".") or is_folder_name(folder.name)) and is_maildir(folder)


@dataclass(slots=True)
class _Search:
    """A walk through folders, and what it has found so far."""

    accounts: list[Account] = field(default_factory=list)
    ignored: list[tuple[Path, str]] = field(default_factory=list)
    unread: list[tuple[Path, Sniffed]] = field(default_factory=list)

    def look(self, folder: Path, *, in_store: bool = False, in_maildir: bool = False) -> None:
        """Takes in a folder and what lies below it.

        `in_store`: a folder above is an account that covers mbox files. `in_maildir`: one that covers Maildirs. Beside
        the messages of a Maildir other mail may lie in it, exports above all.
        """
        maildir = is_maildir(folder)
        if maildir and not in_maildir:
            self._add("maildir", folder)
        try:
            names = sorted(entry.name for entry in folder.iterdir() if not (maildir and entry.name in MAILDIR_PARTS))
        except OSError:
            if not maildir:  # reading it will say so
                self.unread.append((folder, kind_of(folder)))
            return
        files = [folder / name for name in names if not os.path.isdir(folder / name)]
        below = list(self._folders(folder / name for name in names if os.path.isdir(folder / name)))
        covered = self._take_files(folder, files, in_store=in_store)
        in_maildir = in_maildir or maildir
        if not in_maildir and any(_is_persons_folder(one) for one in below):
            self._add("maildir", folder)  # it reads every Maildir below it, however deep
            in_maildir = True
        for one in below:
            self.look(one, in_store=covered, in_maildir=in_maildir)

    def _folders(self, found: Iterator[Path]) -> Iterator[Path]:
        for folder in found:
            if folder.is_symlink():
                self.ignored.append((folder, "It is a link to a folder; name the folder itself to read it."))
            else:
                yield folder

    def _take_files(self, folder: Path, files: list[Path], *, in_store: bool) -> bool:
        """Makes accounts of the mail files of one folder; whether an account covers the mbox files below it too."""
        own = is_maildir(folder)  # what servers keep beside the messages is nobody's mail
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
            if one.kind in {Kind.OTHER, Kind.EMPTY} and not own:
                self.ignored.append((file, f"{one.why} {one.hint}".strip()))
            elif one.kind in UNREAD and not (store and one.kind in BOXES):
                self.unread.append((file, one))
        return store

    def _covered(self, folder: Path, scheme: str) -> bool:
        above = {account.path for account in self.accounts if account.scheme == scheme}
        return any(parent in above for parent in folder.parents)

    def _add(self, scheme: str, path: Path) -> None:
        taken = any(account.name == str(path) for account in self.accounts)
        self.accounts.append(Account(f"{path} ({scheme})" if taken else str(path), scheme, path))
