"""A mailbox on an IMAP server (RFC 9051 and its elder RFC 3501), read and never changed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import takewhile

from scanner.account import Account, ImapServer
from scanner.connectors.imap_answer import Fetched
from scanner.connectors.imap_count import Count, anew
from scanner.connectors.imap_cursor import Trail, position
from scanner.connectors.imap_fetch import (
    GONE,
    HEADER_ITEMS,
    MESSAGE_ITEMS,
    Batch,
    Listing,
    complete,
    fetch_batch,
    list_new,
    prepare,
)
from scanner.connectors.imap_input import ConnectionLost
from scanner.connectors.imap_line import CommandRefused
from scanner.connectors.imap_names import NamedFolder, name_folders, no_sent_folder, not_there
from scanner.connectors.imap_session import Selected, Session
from scanner.connectors.imap_standing import Standing
from scanner.connectors.interface import Cursor, Folder, no_such_folder
from scanner.connectors.retry import Patience
from scanner.coverage import ChosenBy
from scanner.defect import Defect
from scanner.envelope import Envelope, Locator, Mark, Reading, Skipped, Unreadable, oldest_first
from scanner.errors import AccessDenied, ServerUnreachable, SettingsError, SourceError, SourceInterrupted
from scanner.headers import parse_envelope

POISONED_IN_A_ROW = 3
THREAD_IDS = 10
RAW_OCTETS = 512 * 1024 * 1024
_SEARCHABLE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,900}")  # ASCII without space, quote and backslash
_NOTHING_YET = "Nothing of this folder was read yet."
_BREAKS = "Asking for this message breaks the connection"
_NOTICE = b"Retrieval using the IMAP4 protocol failed"
_DESTINATION = re.compile(rb"^(?:To|Cc|Bcc|Resent-(?:To|Cc|Bcc)|Apparently-To):", re.IGNORECASE | re.MULTILINE)


@contextmanager
def open(account: Account) -> Iterator[ImapMailbox]:  # noqa: A001 - the name that every connector has
    """Connect and log in; the line is closed at the end. Raises the `SourceError` that says why it cannot be."""
    if account.server is None:
        raise SettingsError(f"The account {account} names no server.", "Set host and user.")
    mailbox = ImapMailbox(account, account.server)
    try:
        yield mailbox
    finally:
        mailbox.close()


class ImapMailbox:
    """One account. Locator keys are `UIDVALIDITY/UID`, and cursors begin so (`imap_cursor`). Not thread-safe."""

    batch = 375  # to be saved at a time: with what was asked for ahead, a kill costs less than 500 messages

    def __init__(self, account: Account, server: ImapServer, patience: Patience | None = None) -> None:
        self.account = account.name
        self._configured = account.sent_folders
        self._history = account.history
        self._folders: dict[str, NamedFolder] = {}
        self._found: tuple[bytes, Cursor, Listing] | None = None  # by `behind`, for `read`
        self._counts: dict[str, Count] = {}  # by path, of what was read
        self._line = Standing(account.name, server, patience or Patience())

    def close(self) -> None:
        """Log out; never an error."""
        self._line.close()

    def folders(self) -> Iterator[Folder]:
        """All folders that can be selected, the unwanted ones too.

        `NoSentFolder` after them when none is wanted, or when one that the settings name is not there.
        """
        named = self._list()
        for folder in named:
            wanted = folder.chosen_by is not ChosenBy.NOT_SENT
            yield Folder(self.account, folder.path, self._count(folder) if wanted else None, folder.chosen_by)
        paths = [folder.path for folder in named]
        missing = not_there(paths, self._configured)
        if missing is not None:
            raise missing
        if not any(folder.holds_sent for folder in named):
            raise no_sent_folder(self.account, paths)

    def read(self, folder: Folder, after: Cursor | None = None) -> Iterator[tuple[Cursor, Reading]]:
        """Each message in ascending order of UID. A lost connection is opened again and the reading goes on."""
        named = self._as_wanted(folder)
        listing = self._listed(named, after)
        self._counts[folder.path] = count = Count(listing)
        yield from count.counting(self._readings(named, listing.selected, listing.uids, after))

    def counted(self, folder: Folder) -> int | None:
        """As many as EXAMINE and STATUS count; where more than are listed, what they count when asked again."""
        count = self._counts.get(folder.path)
        if count is None or count.promised(folder.messages) <= count.listed:
            return None if count is None else count.listed
        named = self._named(folder.path)
        try:
            says = None if folder.messages is None else self._count(named)
            before = count.listing.selected
            now = self._line.insist(lambda session: anew(session, _examine(session, named), before), "")
        except SourceError:
            return count.promised(folder.messages)
        return count.asked_again(folder.messages, now, says)

    def again(self, folder: Folder, keys: Sequence[str]) -> Iterator[Reading]:
        """Messages that could not be read, each by itself; the rest is left when several in a row cost the line."""
        named = self._as_wanted(folder)
        selected = self._line.insist(lambda session: _examine(session, named), "")
        broken = 0  # in a row: each takes as long as two connections may hang
        for key in keys:
            validity, _, uid = key.partition("/")
            if validity == str(selected.uidvalidity) and uid.isdecimal() and broken < POISONED_IN_A_ROW:
                for _, reading in self._readings(named, selected, [int(uid)]):
                    broken = broken + 1 if isinstance(reading, Unreadable) and _BREAKS in reading.reason else 0
                    yield reading

    def behind(self, folder: Folder, cursor: Cursor, held: int | None = None) -> int:
        """Messages whose UID is not above that of the cursor."""
        named = self._named(folder.path)
        found = self._line.insist(lambda session: _list_new(session, named, cursor, held), "")
        self._found = (named.name, cursor, found)
        return found.behind

    def rights(self, folder: Folder) -> str | None:
        """The letters of RFC 4314 for what the login may do with the folder; None where the server does not say."""
        named = self._named(folder.path)
        return self._line.insist(lambda session: session.rights(named.name), "")

    def thread(self, envelope: Envelope) -> Iterator[Reading]:
        """The messages it answers, oldest first, by Message-ID from the sent folders, the inbox and that of all mail.

        Of a long thread only the ten nearest, and each once, because servers search headers slowly.
        """
        names = oldest_first(envelope.in_reply_to, envelope.references)
        nearest = [name for name in names if _SEARCHABLE.fullmatch(name)][-THREAD_IDS:]
        found: dict[str, Envelope] = {}
        for named in self._searched():
            for name in nearest:
                if name not in found:
                    found.update((name, earlier) for earlier in self._by_message_id(named, name))
        yield from (found[name] for name in nearest if name in found)

    def raw(self, locator: Locator) -> bytes:
        """The whole message by BODY.PEEK[]. Raises `SourceError` when it is not there any more."""
        named = self._named(locator.folder)
        validity, _, uid = locator.key.partition("/")

        def ask(session: Session) -> Fetched | None:
            selected = _examine(session, named)
            if str(selected.uidvalidity) != validity:
                raise SourceError(f"The message {locator} cannot be found again: its folder was rebuilt.")
            into: dict[int, Fetched] = {}
            fetch_batch(session, [int(uid)], into, MESSAGE_ITEMS, RAW_OCTETS)
            return into.get(int(uid))

        fetched = self._line.insist(ask, "")
        if fetched is None or fetched.body is None:
            raise SourceError(f"The message {locator} is not there any more.", "It was moved or deleted since.")
        return fetched.body

    # How it is done: every question to the server goes through `insist` or `_fetch`, which outlive a lost connection.

    def _list(self) -> tuple[NamedFolder, ...]:
        def ask(session: Session) -> tuple[NamedFolder, ...]:
            return name_folders(
                session.list_folders(), session.foreign_prefixes(), self._configured, history=self._history
            )

        named = self._line.insist(ask, "The folders were not listed yet.")
        self._line.progress()
        self._folders = {folder.path: folder for folder in named}
        return named

    def _as_wanted(self, folder: Folder) -> NamedFolder:
        """The folder, as who reads it says it was chosen: one is read on that settings name no more."""
        return replace(self._named(folder.path), chosen_by=folder.chosen_by)

    def _named(self, path: str) -> NamedFolder:
        if path not in self._folders:
            self._list()
        if path not in self._folders:
            raise no_such_folder(self.account, path)
        return self._folders[path]

    def _listed(self, named: NamedFolder, after: Cursor | None) -> Listing:
        """What `behind` found just now, while the folder is still selected; else all that is there is listed."""
        before, self._found = self._found, None
        known = before is not None and before[:2] == (named.name, after)
        session = self._line.session
        if before is not None and known and session is not None and session.selected == named.name:
            return before[2]
        so_far = "" if after else _NOTHING_YET
        return self._line.insist(lambda session: _list_new(session, named, after, None), so_far)

    def _readings(
        self, named: NamedFolder, selected: Selected, uids: Sequence[int], after: Cursor | None = None
    ) -> Iterator[tuple[Cursor, Reading]]:
        batch, trail = Batch(), Trail(selected.uidvalidity, after)
        start = 0
        while chunk := uids[start : start + batch.limit]:
            start += len(chunk)
            held: dict[int, Fetched] = {}
            ended: SourceError | None = None
            try:
                self._fetch(named, selected, chunk, batch, held)
            except SourceError as error:
                ended, chunk = error, _come(chunk, held)
            bare = [uid for uid in chunk if _is_bare(held[uid])]
            whole = self._whole_headers(named, selected, bare) if bare else {}
            if ended is None:
                self._prepare(uids[start : start + batch.limit], batch)
            readings = [whole.get(uid) or self._reading(named, selected, held[uid]) for uid in chunk]
            for uid, reading in zip(chunk, readings, strict=True):
                yield trail.behind(uid, held[uid].body if isinstance(reading, Envelope) else None), reading
            if ended is not None:
                raise ended

    def _count(self, folder: NamedFolder) -> int | None:
        try:
            return self._line.insist(lambda session: session.count(folder.name), "")
        except CommandRefused:
            return None  # reading it will say why

    def _fetch(
        self, named: NamedFolder, selected: Selected, uids: Sequence[int], batch: Batch, held: dict[int, Fetched]
    ) -> None:
        """Fill in what the server says about each of these UIDs, one by one and over new connections if need be."""
        suspects: Counter[int] = Counter()
        while True:
            before = len(held)
            try:
                session = self._line.ready()
                _examine_again(session, named, selected, self._progress_sentence(named, uids[0]))
                complete(session, uids, held, batch)
            except ConnectionLost as trouble:
                missing = next((uid for uid in uids if uid not in held), None)
                if missing is None:
                    self._line.drop()  # it broke behind the last of them: whoever asks next opens a new one
                    self._line.progress()
                    return
                if batch.size == 1:
                    suspects[missing] += 1
                if suspects[missing] >= 2 and len(suspects) <= POISONED_IN_A_ROW:
                    held[missing] = Fetched(missing, None, trouble=f"{_BREAKS}: {trouble}")
                if len(held) > before:
                    self._line.progress()
                self._line.lost(trouble, self._progress_sentence(named, missing))
            except ServerUnreachable as trouble:
                again = SourceInterrupted(str(trouble), trouble.hint)
                self._line.lost(again, self._progress_sentence(named, next(uid for uid in uids if uid not in held)))
            else:
                self._line.progress()
                return

    def _prepare(self, uids: Sequence[int], batch: Batch) -> None:
        session = self._line.session
        if uids and session is not None:
            try:
                prepare(session, uids, batch)
            except ConnectionLost:
                self._line.drop()  # the next chunk opens a new connection, and counts the attempt

    def _progress_sentence(self, named: NamedFolder, uid: int) -> str:
        return f"The folder {named.path} was read up to the message before UID {uid}."

    def _whole_headers(self, named: NamedFolder, selected: Selected, uids: Sequence[int]) -> dict[int, Reading]:
        """Messages whose fields name no destination, by their whole header: some servers miss a field like `To :`."""
        held: dict[int, Fetched] = {}
        self._fetch(named, selected, uids, Batch(items=HEADER_ITEMS), held)
        return {uid: self._reading(named, selected, held[uid]) for uid in uids if held[uid].body}

    def _reading(self, named: NamedFolder, selected: Selected, fetched: Fetched) -> Reading:
        uid, body, size, _, trouble = fetched
        locator = Locator(self.account, named.path, f"{selected.uidvalidity}/{uid}")
        if trouble or not body or body.isspace():
            if trouble == GONE:
                return Skipped(locator, GONE)
            return Unreadable(locator, trouble or "The server handed out an empty header for this message.")
        envelope = parse_envelope(body, locator, size=size, received=fetched.received, marks=_marks(named))
        if _NOTICE in body and Defect.SYNTHETIC_MESSAGE in envelope.defects:
            return Unreadable(locator, "The server could not convert the message and put a notice in its place.")
        return envelope

    def _searched(self) -> list[NamedFolder]:
        """Own sent folders, the inbox, and the folder of all mail where there is one."""
        named = self._folders.values() or self._list()
        return [
            folder
            for folder in named
            if folder.holds_sent or folder.path.upper() == "INBOX" or "\\all" in folder.attributes
        ]

    def _by_message_id(self, named: NamedFolder, name: str) -> Iterator[Envelope]:
        def ask(session: Session) -> tuple[Selected, list[Fetched]]:
            selected = _examine(session, named)
            uids = session.search(b'HEADER Message-ID "%s"' % name.encode("ascii"))[:3]
            into: dict[int, Fetched] = {}
            complete(session, uids, into, Batch())
            return selected, [into[uid] for uid in uids]

        selected, found = self._line.insist(ask, "")
        for fetched in found:
            reading = self._reading(named, selected, fetched)
            # SEARCH HEADER finds parts of ids, too.
            if isinstance(reading, Envelope) and reading.message_id == name:
                yield reading


def _examine(session: Session, named: NamedFolder) -> Selected:
    try:
        return session.examine(named.name)
    except CommandRefused as refusal:
        text = refusal.text
        if "authenticated but not connected" in text:
            raise AccessDenied(
                f"The login is good, but the mailbox is closed to it: {text}",
                "Grant FullAccess on it (Add-MailboxPermission), and check its licence and that IMAP is on for it.",
            ) from refusal
        raise AccessDenied(
            f"The server does not let us open the folder {named.path}: {text}", "Check the rights on this folder."
        ) from refusal


def _list_new(session: Session, named: NamedFolder, after: Cursor | None, held: int | None) -> Listing:
    selected = _examine(session, named)
    return list_new(session, selected, position(session, selected, after), held)


def _come(uids: Sequence[int], held: Mapping[int, Fetched]) -> list[int]:
    """Those of an interrupted chunk that were fetched before the first that was not, or not for certain."""

    def certain(uid: int) -> bool:
        found = held.get(uid)
        return found is not None and bool(found.trouble or (found.body and not _is_bare(found)))

    return list(takewhile(certain, uids))


def _examine_again(session: Session, named: NamedFolder, before: Selected, so_far: str) -> None:
    """Select the folder where this is a new connection, which has none."""
    if session.selected == named.name:
        return
    now = _examine(session, named)
    if now.uidvalidity != before.uidvalidity or not before.uidvalidity:
        raise SourceInterrupted(
            f"The folder was rebuilt on the server while we read it (UIDVALIDITY changed). {so_far}",
            "Run the same command again: it reads the folder from its beginning.",
        )


def _is_bare(fetched: Fetched) -> bool:
    """Whether a message was handed out, and shows none of the destination fields."""
    # Asked of the bytes: an envelope that nobody needs in full is not read in full. Nearly every message has a field
    # written like this, and a plain search is ten times faster than the pattern.
    body = fetched.body
    return body is not None and b"\nTo: " not in body and not fetched.trouble and _DESTINATION.search(body) is None


def _marks(named: NamedFolder) -> frozenset[Mark]:
    if named.holds_sent:
        return _SENT
    return _DRAFT if "\\drafts" in named.attributes else _NONE


_SENT = frozenset((Mark.SENT,))
_DRAFT = frozenset((Mark.DRAFT,))
_NONE: frozenset[Mark] = frozenset()
