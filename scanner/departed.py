"""What earlier runs read and that is gone now, or holds no mail any more: told by the run that finds it out.

What was found in a place that is searched makes that run incomplete, which says it in one sentence with the next step.
The coverage goes on to say it, with the counts of what was read, and the later runs miss nothing by it. What somebody
names, as a word or in the config, is missed by each run as long as nothing is there: its disk may be missing. What is
there again is read again. Of archives, to be emptied counts as to be gone; a server tells of each message deleted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scanner.account import Account
from scanner.connectors import open_mailbox
from scanner.connectors.interface import Folder, Mailbox
from scanner.connectors.tree import holds_mail, is_maildir
from scanner.coverage import DEPARTED, ChosenBy, Coverage
from scanner.envelope import Skipped
from scanner.errors import SourceError, SourceGone
from scanner.store.records import Found, Progress
from scanner.watch import Told, Watch

if TYPE_CHECKING:
    from scanner.store.store import Store

ARCHIVES: Final = frozenset({"mbox", "maildir", "eml"})
LEFT_OUT: Final = frozenset({ChosenBy.NOT_SENT, ChosenBy.HISTORY})
_LET_BE: Final = "Put it back, or let it be: from the next run on only Coverage says so."
_LOST: Final = (
    "Nothing is left of what was named: it was deleted, moved or emptied, or the disk that held it is not there. "
    "What was read of it stays in the case; what was added to it later was not read."
)
_NAMED: Final = "Put it back, or name it no longer: until then each run misses it."
_KIND: Final = re.compile(r" \((?:mbox|maildir|eml)\)\Z")  # behind a path that two accounts share


@dataclass(frozen=True, slots=True)
class Paths:
    """The paths that a run was given.

    `searched` are those at or below which all archives are among its accounts, and `gone` those that hold no mail any
    more. `configured` are names of accounts that are no paths, though they may look so (see `earlier_at`).
    """

    searched: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    configured: tuple[str, ...] = ()


NO_PATHS: Final = Paths()


class Departures:
    """What one run finds gone, and lets its diary keep. `searched` is as in `Paths`, `accounts` are those it reads."""

    def __init__(self, store: Store, watch: Watch, told: Told) -> None:
        self.searched: tuple[str, ...] = ()
        self.accounts: tuple[Account, ...] = ()
        self._missed: set[str] = set()  # paths of which it was told that nothing is left
        self._store = store
        self._watch = watch
        self._told = told

    def folders(self, account: Account, before: Mapping[str, Progress], listed: Container[str]) -> None:
        """Tell which folders of an account are gone that was listed whole."""
        gone = tuple(gone_since(before, listed))
        beside = self._beside(account) if gone else frozenset()
        for one in gone:
            if one.coverage.folder not in beside:
                self._tell_folder(account, one)

    def _beside(self, account: Account) -> frozenset[str]:
        """The folders that lie at the path of an archive and are read as another kind of archive.

        Which of the kinds at one path is called by the path alone changes with what lies there.
        """
        listed: set[str] = set()
        for other in self.accounts:
            if other.path is not None and other.path == account.path and other.scheme != account.scheme:
                with suppress(SourceError), open_mailbox(other) as mailbox:
                    listed.update(folder.path for folder in mailbox.folders())
        return frozenset(listed)

    def emptied(self, account: Account, mailbox: Mailbox, folder: Folder, known: Progress | None) -> bool:
        """Whether a folder of an archive, from which an earlier run read mail, holds none any more; then it is told."""
        if account.scheme not in ARCHIVES or known is None or not known.coverage.read or _holds_any(mailbox, folder):
            return False
        if known.coverage.departed:
            self._show((known,))
        else:
            self._tell_folder(account, departing(known))
        return True

    def account(self, account: Account, before: Mapping[str, Progress]) -> bool:
        """Whether an archive that an earlier run read holds no mail any more; then it is told."""
        path = account.path
        if account.scheme not in ARCHIVES or path is None or not _was_read(before) or holds_mail(path):
            return False
        if os.path.normpath(account.name) in self._missed:
            self._keep(before)
        elif not self._was_found(account.name):
            self.lost(account.name, [before])
        elif gone := tuple(gone_since(before, ())):
            self._tell_found(account.name, gone)
        return True

    def lost(self, named: str, before: Iterable[Mapping[str, Progress]]) -> None:
        """Tell that nothing is there of an account or a path that somebody named; `before` is of each account in it."""
        for known in before:
            self._keep(known)
        self._missed.add(os.path.normpath(named))
        self._told.fail(named, SourceGone(_LOST, _NAMED))

    def _keep(self, before: Mapping[str, Progress]) -> None:
        gone = tuple(gone_since(before, ()))
        if gone:  # else an earlier run has kept it
            self._told.keep_gone(*map(_as_found, gone))

    def below(self, path: str, named: Container[str]) -> Iterator[str]:
        """Tell which archives at or below a path are gone, and give their names, without those that are `named`."""
        for name in earlier_at(path, self._store.coverage(), named):
            before = self._store.progress(name)
            place = Path(name if holds_mail(Path(name)) else _KIND.sub("", name))
            linked = _is_behind_link(place, path)
            gone = tuple(gone_since(before, {folder for folder in before if not linked and _stands(place, folder)}))
            if gone:
                self._tell_found(name, gone)
                yield name

    def _was_found(self, name: str) -> bool:
        """Whether an account lies below a path that is searched, and was not named itself."""
        return any(_lies_at(name, path) and os.path.normpath(name) != os.path.normpath(path) for path in self.searched)

    def _tell_found(self, name: str, gone: Iterable[Progress]) -> None:
        self._told.keep_gone(*map(_as_found, gone))
        self._told.fail(name, SourceGone(DEPARTED, _LET_BE))

    def _tell_folder(self, account: Account, gone: Progress) -> None:
        told = f"the folder {gone.coverage.folder}, read in an earlier run, is no longer there."
        if account.scheme in ARCHIVES:
            told = f"the folder {gone.coverage.folder}, read in an earlier run, is gone or holds no mail any more."
        if gone.coverage.chosen_by in LEFT_OUT:
            self._told.keep_gone(_as_found(gone), sentence=f"{account.name}: {told}")
        else:
            self._told.keep_gone(_as_found(gone))
            self._told.fail(account.name, SourceGone(f"{told[0].upper()}{told[1:]}", _LET_BE))

    def _show(self, departed: Iterable[Progress]) -> None:
        """Let the watch know what an earlier run has told: nothing else is to be said of what the run was to read."""
        for known in departed:
            coverage = known.coverage
            folder = Folder(coverage.account, coverage.folder, 0, coverage.chosen_by)
            self._watch.folder_started(folder, coverage.accounted)
            self._watch.folder_done(coverage)


def gone_since(before: Mapping[str, Progress], listed: Container[str]) -> Iterator[Progress]:
    """The folders that an earlier run read and that are listed no more, each once, as they are to be kept."""
    for path, known in before.items():
        coverage = known.coverage
        read = coverage.accounted or (path and coverage.chosen_by not in LEFT_OUT)
        if read and path not in listed and not coverage.departed:
            yield departing(known)


def departing(known: Progress) -> Progress:
    """A folder that is gone, as it is to be kept.

    One of which something was not read before stays so for good: its trouble stands, and what was missing is not done.
    """
    coverage = known.coverage
    trouble = f"{coverage.trouble} {DEPARTED}".lstrip()
    whole = coverage.finished and not coverage.missing
    left = replace(coverage, expected=0, gone=coverage.accounted, trouble=trouble, finished=whole)
    return replace(known, coverage=left)


def there_again(known: Coverage, folder: Folder) -> Coverage:
    """What is known of a folder that is listed: where it was gone in the meantime, it is no more."""
    if not known.departed:
        return known
    return replace(known, expected=folder.messages, gone=0, trouble=known.trouble.removesuffix(DEPARTED).rstrip())


def earlier_at(path: str, coverage: Iterable[Coverage], named: Container[str] = ()) -> list[str]:
    """The accounts at or below a path from which earlier runs read mail, sorted, without those that are `named`.

    Those are read by the run, or are accounts of the config: what these are called may look like a path. A name there
    that ends with a slash stands for the mailboxes of a tenant.
    """
    read = {folder.account for folder in coverage if folder.read}
    others = (name for name in read if name not in named and f"{name.partition('/')[0]}/" not in named)
    return sorted(name for name in others if _lies_at(name, path) or _lies_at(_KIND.sub("", name), path))


def _lies_at(name: str, path: str) -> bool:
    """Whether an account that is called by its path as it was given lies at or below another path."""
    place, top = Path(os.path.normpath(name)), Path(os.path.normpath(path))
    return place.is_relative_to(top) and place.parts[len(top.parts) :][:1] != ("..",)


def _as_found(gone: Progress) -> Found:
    return Found(gone.coverage, gone.cursor, gone.policy)


def _was_read(before: Mapping[str, Progress]) -> bool:
    return any(known.coverage.read for known in before.values())


def _holds_any(mailbox: Mailbox, folder: Folder) -> bool:
    """Whether anything is in a folder beside what is skipped, as a mail program's own note is; so is what is closed."""
    if folder.messages:
        return True
    with suppress(SourceError):  # reading the folder will say why
        return any(not isinstance(reading, Skipped) for _, reading in mailbox.read(folder))
    return True


def _stands(path: Path, folder: str) -> bool:
    """Whether mail is left of a folder of the archive at a path, which this run reads under other names, if at all."""
    place = path / folder
    if holds_mail(place):
        return True
    if os.path.lexists(place) or (os.path.isdir(path) and not _has_maildir(path)):
        return False
    return holds_mail(path)  # a file by itself, or a Maildir, whose folders are called otherwise on the disk


def _is_behind_link(place: Path, top: str) -> bool:
    """Whether a link to a folder leads from a path that is searched to an archive below it: no search follows one."""
    above = (place, *place.parents)[: len(place.parts) - len(Path(os.path.normpath(top)).parts)]
    return any(folder.is_symlink() and os.path.isdir(folder) for folder in above)


def _has_maildir(path: Path) -> bool:
    with suppress(OSError):
        return is_maildir(path) or any(map(is_maildir, path.iterdir()))
    return True
