"""A scan: every wanted folder of every account, a stretch at a time, from where the last run stopped."""

from __future__ import annotations

import gc
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from scanner import __version__
from scanner.account import Account
from scanner.case import Outcome, Run
from scanner.connectors import expand, open_mailbox
from scanner.connectors.interface import CatchesUp, Counting, Cursor, CursorLost, Folder, Mailbox
from scanner.coverage import ChosenBy, Coverage
from scanner.detector import RULES, UNKNOWN_OWNER, propose_internal
from scanner.envelope import Reading
from scanner.errors import AccessDenied, NoSentFolder, SettingsError, SourceError
from scanner.peek import peek
from scanner.policy import Ground, InternalDomain, Policy, may_have_missed
from scanner.side_by_side import Turns, in_turns, side_by_side
from scanner.store.records import WHOLE_ACCOUNT, Found, Progress
from scanner.stretch import begun, covered, stretches
from scanner.watch import Silent, Watch

if TYPE_CHECKING:
    from scanner.store.store import Store

__all__ = ["Silent", "Watch", "scan"]

_LEFT: Final = "no folder of sent mail by today's settings"
_WAITING: Final = 2  # mailboxes a slot: some wait as they were told, and others use the slots meanwhile
_ALLOCATIONS: Final = 50_000  # of objects that can hold others, between two looks for cycles among them
_READ_WHOLE: Final = frozenset({"maildir", "eml"})  # new messages stand anywhere in them, not behind the last one


def scan(accounts: Sequence[Account], policy: Policy, store: Store, watch: Watch) -> Run:
    """Read what is new in the accounts and keep the candidates. Gives the finished run, its policy filled in.

    An account or folder that fails is told to the watch and in the coverage, and the others are read. Raises StoreError
    when the case cannot be written or another scan holds it; what was saved before stands. Ctrl-C ends the run as
    stopped, drops the stretch in hand, and is raised further: the next run reads that stretch again.
    """
    with store.scanning(), _few_collections():
        names = tuple(account.name for account in accounts)
        known = store.with_known_us(policy)
        run = store.begin(Run(0, datetime.now(UTC), None, __version__, known, RULES, names))
        turns = Turns()
        scanning = _Scan(in_turns(store, turns), in_turns(watch, turns), known)
        if known.internal != policy.internal or known.own_addresses != policy.own_addresses:
            scanning.note("As in the last run, these are internal: " + _named(known) + ".")
        outcome = Outcome.STOPPED
        try:
            mailboxes = scanning.expand(accounts)
            scanning.know_us(mailboxes)
            store.save(replace(run, policy=scanning.policy))
            scanning.read_accounts(mailboxes, turns)
            outcome = scanning.outcome()
        except KeyboardInterrupt:
            store.save(_ended(run, scanning, Outcome.STOPPED))
            raise
        run = _ended(run, scanning, outcome)
        store.save(run)
    return run


class _Scan:
    """One run while it goes on."""

    def __init__(self, store: Store, watch: Watch, policy: Policy) -> None:
        self.policy = policy
        self.troubles: list[str] = []
        self.notices: list[str] = []
        self._gave = False  # whether any folder was read, be it in part
        self._store = store
        self._watch = watch
        self._domains: list[str] = []  # that the sources themselves call ours
        self._accounts: set[str] = set()  # those of this run, the mailboxes of tenants instead of these

    def note(self, sentence: str) -> None:
        """Tell the watch, and keep it for the run."""
        self.notices.append(sentence)
        self._watch.notice(sentence)

    def know_us(self, accounts: Sequence[Account]) -> None:
        """Where the policy does not say what is internal, propose it from the first envelopes of the accounts."""
        if self.policy.knows_us:
            return
        theirs = tuple(InternalDomain(name, ground=Ground.PROPOSED) for name in dict.fromkeys(self._domains))
        if theirs:
            named = ", ".join(domain.domain for domain in theirs)
            self.note(f"These are internal, with their sub-domains, since the tenant says so: {named}.")
        others = [account for account in accounts if not theirs or account.mailbox is None]
        internal, own = theirs, self.policy.own_addresses
        if others:
            names = [account.name for account in others if account.server]
            proposal = propose_internal(peek(others, open_mailbox), names, self.policy)
            internal += tuple(domain for domain in proposal.domains if domain not in theirs)
            own = proposal.own_addresses
            for sentence in proposal.sentences:
                self.note(sentence)
        self.policy = replace(self.policy, internal=internal, own_addresses=own)

    def expand(self, accounts: Sequence[Account]) -> list[Account]:
        """The mailboxes that the accounts stand for; what cannot be reached is told, and in the coverage."""
        mailboxes: list[Account] = []
        for account in accounts:
            try:
                expansion = expand(account)
            except SourceError as error:
                self._conclude(account.name, error)
                continue
            except SettingsError as wrong:
                self._conclude(account.name, AccessDenied(str(wrong), wrong.hint))
                continue
            if WHOLE_ACCOUNT in self._store.progress(account.name) and account not in expansion.accounts:
                self._whole(account.name, None)
            for sentence in expansion.notices:
                self.note(sentence)
            for unreached in expansion.unreached:
                self._conclude(unreached.account, unreached.error)
            self._domains += expansion.domains
            mailboxes += expansion.accounts
        return mailboxes

    def read_accounts(self, accounts: Sequence[Account], turns: Turns) -> None:
        """Read them one after the other; the mailboxes of a tenant side by side, as many as its limits allow."""
        for account in accounts:
            if account.mailbox is None:
                self.read_account(account)
        several = [account for account in accounts if account.mailbox is not None]
        told, noted = len(self.troubles), len(self.notices)
        width = max((_WAITING * account.graph.in_flight for account in several if account.graph), default=1)
        side_by_side([partial(self.read_account, account) for account in several], width, turns)
        self.troubles[told:] = sorted(self.troubles[told:])  # whoever was first
        self.notices[noted:] = sorted(self.notices[noted:])

    def read_account(self, account: Account) -> None:
        """Read its wanted folders, as far as it can be opened and listed."""
        before = self._store.progress(account.name)
        error: SourceError | None
        try:
            with open_mailbox(account) as mailbox:
                error = self._read_folders(account, mailbox, before)
        except SourceError as failed:
            error = failed
        except SettingsError as wrong:  # a secret that is not there: the other accounts are read all the same
            error = AccessDenied(str(wrong), wrong.hint)
        self._conclude(account.name, error, before)

    def outcome(self) -> Outcome:
        """What the run came to: incomplete as long as anything of its accounts was not read, now or earlier."""
        if not self._gave:
            return Outcome.FAILED
        own = [folder for folder in self._store.coverage() if folder.account in self._accounts]
        return Outcome.COMPLETE if all(folder.complete for folder in own) and not self.troubles else Outcome.INCOMPLETE

    def _conclude(self, account: str, error: SourceError | None, before: Container[str] = ()) -> None:
        self._accounts.add(account)
        if error:
            self._fail(account, error)
        if error or WHOLE_ACCOUNT in before:
            self._whole(account, error)

    def _whole(self, account: str, error: SourceError | None) -> None:
        whole = Coverage(account, WHOLE_ACCOUNT, ChosenBy.CONFIGURED, None, trouble=str(error or ""))
        self._store.record(Found(replace(whole, finished=error is None), None, self.policy))

    def _fail(self, account: str, error: SourceError) -> None:
        self.troubles.append(f"{account}: {error}")
        self._watch.trouble(account, error)

    def _read_folders(self, account: Account, mailbox: Mailbox, before: dict[str, Progress]) -> SourceError | None:
        folders, error = _listed(mailbox)
        folders = [self._still_wanted(folder, before.get(folder.path)) for folder in folders]
        self._watch.account_opened(account.name, folders)
        for folder in folders:
            known = before.get(folder.path)
            if folder.wanted:
                again = account.scheme in _READ_WHOLE and known is not None and known.coverage.finished
                self._read_folder(mailbox, folder, known, again=again)
            elif known is None or known.coverage.chosen_by is ChosenBy.NOT_SENT:
                left = Coverage(folder.account, folder.path, folder.chosen_by, folder.messages)
                if known is None or known.coverage != left:
                    self._store.record(Found(left, None, self.policy))
        if error is None:
            listed = {folder.path for folder in folders}
            for path, known in before.items():
                if path not in listed and known.coverage.accounted:
                    self.note(f"{account.name}: the folder {path}, read in an earlier run, is no longer there.")
        return error

    def _still_wanted(self, folder: Folder, known: Progress | None) -> Folder:
        """The folder; one that was read before stays wanted, since what the case holds of it would grow old unseen."""
        if folder.wanted or known is None or not known.coverage.accounted:
            return folder
        if known.coverage.chosen_by is ChosenBy.NOT_SENT:
            return folder
        self.note(f"{folder.account}: {folder.path} is read on, since an earlier run read it, although it is {_LEFT}.")
        return replace(folder, chosen_by=known.coverage.chosen_by)

    def _read_folder(self, mailbox: Mailbox, folder: Folder, known: Progress | None, *, again: bool) -> None:
        where = f"{folder.account}: {folder.path}"
        before = known.coverage.held if known else 0
        if folder.messages is not None and folder.messages < before:
            self.note(f"{where} holds fewer messages ({folder.messages}) than were read from it before ({before}).")
        all_ours = folder.chosen_by.all_ours
        if known and not again and may_have_missed(known.policy, self.policy, all_ours=all_ours):
            again = True
            self.note(f"{where} is read again from its start, since the settings may keep more of its messages now.")
        cursor = Cursor(known.cursor) if known and known.cursor is not None and not again else None
        held: int | None = None
        try:
            held = _held(mailbox, folder, cursor)
            if known and held is not None and held > known.coverage.accounted:
                raise CursorLost("It shows messages that it did not show before, so it is read again from its start.")
            readings = begun(mailbox.read(folder, cursor))
        except CursorLost as lost:
            again = True
            self.note(f"{where}: {lost}")
            readings = begun(mailbox.read(folder, None))
        if known and not again and held is not None:
            known = replace(known, coverage=replace(known.coverage, gone=known.coverage.accounted - held))
        coverage = self._read_on(readings, mailbox, folder, known, again=again)
        counted = again or cursor is None or held is not None or isinstance(mailbox, CatchesUp)
        if not counted and coverage.finished and coverage.expected is not None and coverage.held > coverage.expected:
            self.note(f"{where} is read again from its start, since it lost messages that were read from it before.")
            coverage = self._read_on(begun(mailbox.read(folder, None)), mailbox, folder, known, again=True)
        self._watch.folder_done(coverage)

    def _read_on(
        self,
        readings: Iterator[tuple[Cursor, Reading]],
        mailbox: Mailbox,
        folder: Folder,
        known: Progress | None,
        *,
        again: bool,
    ) -> Coverage:
        """Read to the end of the folder, saving a stretch at a time; `again` is whether this starts anew."""
        coverage, cursor = Coverage(folder.account, folder.path, folder.chosen_by, folder.messages), None
        if known and not again:
            coverage = replace(known.coverage, chosen_by=folder.chosen_by, expected=folder.messages)
            cursor = known.cursor
        self._watch.folder_started(folder, coverage.held)
        kept = unsent = 0
        of_nobody = not self.policy.knows_us and coverage.trouble == UNKNOWN_OWNER[0]

        def tell(read: int, candidates: int) -> None:
            self._watch.progress(folder, coverage.held + read, kept + candidates)

        for stretch in stretches(readings, self.policy, tell):
            cursor = stretch.cursor or cursor
            end = mailbox.caught_up(folder) if isinstance(mailbox, CatchesUp) and stretch.finished else None
            cursor = end.cursor if end else cursor
            kept += len(stretch.candidates)
            self._gave = self._gave or stretch.count > 0 or stretch.error is None
            coverage = covered(coverage, stretch)
            if end:
                coverage = replace(coverage, gone=max(0, coverage.accounted - end.held))
            unsent += stretch.unsent
            of_nobody = of_nobody or stretch.of_nobody
            if of_nobody and not stretch.error:
                coverage = replace(coverage, trouble=UNKNOWN_OWNER[0])
            found = Found(coverage, cursor, self.policy, again, tuple(stretch.candidates), tuple(stretch.unreadable))
            lost = self._store.record(found)
            again = False
            self._watch.progress(folder, coverage.held, kept)
            if lost:
                gone = f"no longer holds {lost} of the messages that were found in it before; they stay in the case."
                self.note(f"{folder.account}: {folder.path} {gone}")
            if stretch.error:
                self._fail(folder.account, stretch.error)
        if of_nobody and f"{folder.account}: {UNKNOWN_OWNER[0]}" not in self.troubles:
            self._fail(folder.account, SourceError(*UNKNOWN_OWNER))
        if unsent:
            aside = "messages that show several outsiders, but are marked as drafts or reports, were not judged"
            self.note(f"{folder.account}: {folder.path}: {aside} ({unsent:,}).")
        return coverage


@contextmanager
def _few_collections() -> Iterator[None]:
    """Look for reference cycles seldom, and not in what was loaded before: that took a sixth of a scan's time.

    Readings hold no cycles and are freed without it; the few that errors and libraries make are found all the same.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _held(mailbox: Mailbox, folder: Folder, cursor: Cursor | None) -> int | None:
    """How many of the messages up to the cursor the source still lists; None where it cannot say."""
    if cursor is None or not isinstance(mailbox, Counting):
        return None
    with suppress(SourceError):  # reading the folder will say why
        return mailbox.behind(folder, cursor)
    return None


def _listed(mailbox: Mailbox) -> tuple[list[Folder], SourceError | None]:
    """All folders, as far as the source lists them, and what went wrong; to have none of sent mail is wrong too."""
    folders: list[Folder] = []
    try:
        folders.extend(mailbox.folders())
    except SourceError as error:
        return folders, error
    if any(folder.wanted for folder in folders):
        return folders, None
    return folders, NoSentFolder("No folder of sent mail was found.", 'Name it in the config: sent_folders = ["..."].')


def _ended(run: Run, scanning: _Scan, outcome: Outcome) -> Run:
    return replace(
        run,
        finished=datetime.now(UTC),
        policy=scanning.policy,
        outcome=outcome,
        troubles=tuple(scanning.troubles),
        notices=tuple(scanning.notices),
    )


def _named(policy: Policy) -> str:
    return ", ".join([*(entry.domain for entry in policy.internal), *policy.own_addresses])
