"""Messages in files of their own: a folder of .eml files (or Apple Mail's .emlx), or one such file.

A file that holds one message is one, whatever its name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scanner.account import Account
from scanner.connectors.folder_marks import all_there, choose, is_folder_name, marks_of, title_in
from scanner.connectors.interface import Cursor, Folder
from scanner.connectors.message_file import Entry, LastFolder, entry_of, list_files, read_entries, whole_message
from scanner.connectors.octet_stream import no_such_path, source_error
from scanner.connectors.sent_folders import is_sent_name
from scanner.connectors.stored_message import storable
from scanner.connectors.thread_index import ThreadIndex
from scanner.connectors.tree import is_message, walk_files
from scanner.envelope import Envelope, Locator, Reading
from scanner.errors import NotAMailbox, SettingsError, SourceError

ROOT = "."
"""The path of the folder that the account itself names."""


@contextmanager
def open(account: Account) -> Iterator[EmlMailbox]:  # noqa: A001 - the name that every connector has
    """The mailbox of an account with a path. Raises the `SourceError` that says why it cannot be read."""
    if account.path is None:
        raise SettingsError(f"The account {account} names no path.", "Set path to a folder of .eml files.")
    yield EmlMailbox(account, account.path, _folders(account.path, account.sent_folders))


def _folders(root: Path, configured: tuple[str, ...]) -> dict[str, Path]:
    if not root.is_dir():
        if not os.path.lexists(root):
            raise no_such_path(root)
        if not is_message(root):
            raise NotAMailbox(f"{root} is no mail message.", "Name a folder of .eml files.")
        return {ROOT: root}
    found: dict[str, Path] = {}
    for file in walk_files(root):
        closed = os.path.isdir(file)
        folder = file if closed else file.parent
        path = storable(folder.relative_to(root).as_posix())
        if path not in found and (closed or is_message(file)):
            found[path] = folder
    if not found:
        raise NotAMailbox(f"There is no .eml file in {root}.", "Name the folder that holds the .eml files.")
    for path in configured:  # without a message it is there all the same
        folder = root / path
        if path not in found and folder.is_dir() and folder.resolve().is_relative_to(root.resolve()):
            found[path] = folder
    return dict(sorted(found.items()))


class EmlMailbox:
    """One account: each folder with messages in it is a folder of mail. A locator's key is the file's name.

    Messages come in the order of their names. A cursor holds the last name and a checksum of all names up to it.
    """

    def __init__(self, account: Account, root: Path, folders: dict[str, Path]) -> None:
        self._account = account
        self._root = root
        self._folders = folders
        self._threads = ThreadIndex(self)
        self._last = LastFolder()

    @property
    def account(self) -> str:
        """The name of the account."""
        return self._account.name

    def folders(self) -> Iterator[Folder]:
        """The folders that hold messages, by path; `.` is the account's own.

        Behind them NoSentFolder, where one that the config names is not among them.
        """
        titles = {path: self._title(path) for path in self._folders}
        chosen = choose(self._account, titles)
        for path in self._folders:
            try:
                held: int | None = len(self._entries(path))
            except SourceError:
                held = None
            yield Folder(self.account, path, held, chosen[path])
        all_there(self._account, titles)

    def read(self, folder: Folder, after: Cursor | None = None) -> Iterator[tuple[Cursor, Reading]]:
        """Each message of a folder. Raises AccessDenied when the folder cannot be listed."""
        entries = self._entries(folder.path)
        self._last.note(folder.path, entries)
        marks = marks_of(self._account, folder.path, self._title(folder.path))
        yield from read_entries(entries, (self.account, folder.path), after, marks)

    def thread(self, envelope: Envelope) -> Iterator[Reading]:
        """The messages of this account whose Message-ID this one names. The first call reads the whole account."""
        for locator in self._threads.find(envelope):
            marks = marks_of(self._account, locator.folder, self._title(locator.folder))
            place = (self.account, locator.folder)
            yield from (reading for _, reading in read_entries([self._entry(locator)], place, None, marks))

    def gives_whole(self, folder: Folder) -> bool:
        """Always: each message is a file of its own."""
        return folder.path in self._folders

    def raw(self, locator: Locator) -> bytes:
        """The file's octets; of an .emlx file, the message in it."""
        return whole_message(self._entry(locator), locator)

    def _title(self, path: str) -> str:
        """The name that tells what a folder is for: that of the root is the name of the folder on the disk.

        It says the same of the folders below, but where somebody gave the path of an outbox to have it judged.
        """
        name = storable(Path(os.path.abspath(self._root)).name)
        if path == ROOT:
            return title_in(self._account, name)
        own = self._account.searched or is_sent_name(name)
        return title_in(self._account, f"{name}/{path}") if own and not is_folder_name(path) else path

    def _entry(self, locator: Locator) -> Entry:
        return self._last.find(locator) or entry_of(locator, self._listed(locator.folder))

    def _entries(self, path: str) -> list[Entry]:
        return [entry for entry in self._listed(path) if is_message(Path(entry.path))]

    def _listed(self, path: str) -> list[Entry]:
        """Every file of a folder, messages or not, by key."""
        folder = self._folders[path]
        if folder == self._root and not folder.is_dir():
            return [Entry(storable(folder.name), str(folder.parent), folder.name)]
        try:
            found = [
                Entry(storable(name), str(folder), name, odd=odd)
                for name, odd in list_files(folder, self._root, hidden=True)
            ]
        except OSError as error:
            raise source_error(error, folder) from None
        return sorted(found, key=lambda entry: entry.key)
