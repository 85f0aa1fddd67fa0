"""Mailboxes in Maildirs: Maildir++ with its `.Sent.2024` folders, and folders nested in the file system.

What a delivery has not finished (`tmp`) and what servers keep beside the mail is left alone. Nothing is moved from
`new` to `cur`, and no flag changes.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from scanner.account import Account
from scanner.connectors.folder_marks import all_there, choose, marks_of
from scanner.connectors.interface import Cursor, Folder
from scanner.connectors.message_file import (
    Entry,
    LastFolder,
    count_files,
    entry_of,
    list_files,
    read_entries,
    whole_message,
)
from scanner.connectors.octet_stream import source_error
from scanner.connectors.stored_message import storable
from scanner.connectors.thread_index import ThreadIndex
from scanner.connectors.tree import is_maildir
from scanner.envelope import Envelope, Locator, Mark, Reading
from scanner.errors import NotAMailbox, SettingsError

_ENCODED = re.compile(r"&([A-Za-z0-9+,]*)-")
_FLAGS = re.compile(r"[:;!]2,")
_DRAFT = frozenset((Mark.DRAFT,))
_NO_MARK: frozenset[Mark] = frozenset()


@contextmanager
def open(account: Account) -> Iterator[MaildirMailbox]:  # noqa: A001 - the name that every connector has
    """The mailbox of an account with a path. Raises the `SourceError` that says why it cannot be read."""
    if account.path is None:
        raise SettingsError(f"The account {account} names no path.", "Set path to the Maildir.")
    yield MaildirMailbox(account, account.path, _folders(account.path))


def decode_name(name: str) -> str:
    """A folder's name as people see it: modified UTF-7 decoded (RFC 3501 §5.1.3); left as it is where it is none."""
    try:
        return _ENCODED.sub(_shifted, name)
    except (binascii.Error, UnicodeDecodeError):
        return name


def _shifted(found: re.Match[str]) -> str:
    if not found[1]:
        return "&"
    padding = "=" * (-len(found[1]) % 4)
    return base64.b64decode(found[1].replace(",", "/") + padding, validate=True).decode("utf-16-be")


def _folders(root: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    problems: list[OSError] = []
    if is_maildir(root):
        found["INBOX"] = root
    for folder, below, _ in os.walk(root, onerror=problems.append):
        here = Path(folder)
        if is_maildir(here):
            below[:] = [name for name in below if name not in {"cur", "new", "tmp"}]
            if here != root:
                relative = here.relative_to(root)
                path = _path_of(relative)  # `.Sent` and `Sent` may lie side by side
                found[path if path not in found else f"./{storable(relative.as_posix())}"] = here
        below[:] = sorted(name for name in below if not (here / name).is_symlink())
    for problem in problems:  # a folder that cannot be listed is there all the same: reading it will say so
        closed = Path(str(problem.filename))
        if closed == root:
            raise source_error(problem, root)
        if not is_maildir(closed.parent) or closed.name not in {"cur", "new", "tmp"}:
            found[_path_of(closed.relative_to(root))] = closed
    if not found:
        raise NotAMailbox(f"{root} is no Maildir: it has no folders cur and new.", "Name the folder that holds cur.")
    return dict(sorted(found.items(), key=lambda item: (item[0] != "INBOX", item[0])))


def _parts(folder: Path) -> list[Path]:
    """Where its messages lie. `new` may be missing: tools that drop empty folders drop it."""
    new, cur = folder / "new", folder / "cur"
    return [new, cur] if new.is_dir() else [cur]


def _path_of(relative: Path) -> str:
    return "/".join(decode_name(storable(part).removeprefix(".")) for part in relative.parts)


class MaildirMailbox:
    """One account. A locator's key is the part of a file's name that stays when flags change.

    Messages come in the order of that part, which begins with the time of delivery. A cursor holds the last key and a
    checksum of all keys up to it.
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
        """INBOX first, then the others by name; behind them NoSentFolder, where a configured one is not there."""
        titles = {path: path for path in self._folders}
        chosen = choose(self._account, titles)
        for path in self._folders:
            try:
                held: int | None = sum(map(count_files, _parts(self._folders[path])))
            except OSError:
                held = None
            yield Folder(self.account, path, held, chosen[path])
        all_there(self._account, titles)

    def read(self, folder: Folder, after: Cursor | None = None) -> Iterator[tuple[Cursor, Reading]]:
        """Each message of `new` and `cur`. Raises AccessDenied when the folder cannot be listed."""
        entries = self._entries(folder.path)
        self._last.note(folder.path, entries)
        marks = marks_of(self._account, folder.path, folder.path)
        yield from read_entries(entries, (self.account, folder.path), after, marks, self._again)

    def thread(self, envelope: Envelope) -> Iterator[Reading]:
        """The messages of this account whose Message-ID this one names. The first call reads the whole account."""
        for locator in self._threads.find(envelope):
            marks = marks_of(self._account, locator.folder, locator.folder)
            place = (self.account, locator.folder)
            yield from (reading for _, reading in read_entries([self._entry(locator)], place, None, marks, self._again))

    def gives_whole(self, folder: Folder) -> bool:
        """Always: each message is a file of its own."""
        return folder.path in self._folders

    def raw(self, locator: Locator) -> bytes:
        """The file's octets, decompressed where the server compressed them."""
        return whole_message(self._entry(locator), locator)

    def _entry(self, locator: Locator) -> Entry:
        return self._last.find(locator) or entry_of(locator, self._entries(locator.folder))

    def _entries(self, path: str) -> list[Entry]:
        folder = self._folders[path]
        try:
            found = list(chain.from_iterable(map(self._listed, _parts(folder))))
        except OSError as error:
            raise source_error(error, folder) from None
        found.sort(key=lambda entry: (entry.key, entry.name))
        taken: set[str] = set()
        for number, entry in enumerate(found):
            if entry.key in taken:  # two files with the same unique part: their whole names keep them apart
                found[number] = entry._replace(key=storable(f"{Path(entry.folder).name}/{entry.name}"))
            taken.add(entry.key)
        return found

    def _listed(self, part: Path) -> Iterator[Entry]:
        folder = str(part)
        for name, odd in list_files(part, self._root):
            flags = _FLAGS.search(name)
            unique = storable(name[: flags.start()] if flags else name)
            drafted = flags is not None and "D" in name[flags.end() :]
            yield Entry(unique, folder, name, _DRAFT if drafted else _NO_MARK, odd)

    def _again(self, entry: Entry) -> Entry | None:
        """The same message under the name that a change of flags has given it since."""
        for part in _parts(Path(entry.folder).parent):
            for found in self._listed(part):
                if found.key == entry.key and found.name != entry.name:
                    return found
        return None
