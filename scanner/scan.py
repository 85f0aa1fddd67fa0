"""A scan: every wanted folder of every account, a stretch at a time, from where the last run stopped."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Final

from scanner import __version__
from scanner.account import Account
from scanner.case import Outcome, Run
from scanner.connectors import expand, open_mailbox
from scanner.connectors.expansion import Expansion
from scanner.connectors.interface import Folder, Mailbox, PassesOver
from scanner.coverage import ChosenBy, Coverage
from scanner.cycles import few_looks
from scanner.departed import ARCHIVES, LEFT_OUT, NO_PATHS, Departures, Paths, earlier_at, gone_since, there_again
from scanner.detector import RULES
from scanner.detector.evidence import Wanted
from scanner.diary import Diary
from scanner.errors import AccessDenied, NoSentFolder, SettingsError, SourceError, StoreError
from scanner.folder_scan import FolderScan, as_before
from scanner.policy import Ground, InternalDomain, Policy
from scanner.side_by_side import Group, Turns, in_turns, side_by_side
from scanner.store.records import WHOLE_ACCOUNT, Found, Progress
from scanner.tracing import Tracer
from scanner.watch import Silent, Watch

if TYPE_CHECKING:
    from scanner.store.store import Store

__all__ = ["Silent", "Watch", "scan"]

_LEFT: Final = "no folder of sent mail by today's settings"
_DEPARTED: Final = (
    "It is no longer among the mailboxes that the tenant, the group or the settings name. "
    "What was read of it stays in the case; what was sent from it later was not read."
)
_WAITING: Final = 2  # mailboxes a slot: some wait as they were told, and others use the slots meanwhile
_CONNECTIONS_A_HOST: Final = 4  # Courier allows as many an address; others at least ten
_CONNECTIONS: Final = 32


def scan(
    accounts: Sequence[Account],
    policy: Policy,
    store: Store,
    watch: Watch,
    paths: Paths = NO_PATHS,
) -> Run:
    """Read what is new in the accounts and keep the candidates. Gives the finished run, its policy filled in.

    `paths` are those that were named. What an earlier run read there and is gone leaves the run that finds it out
    incomplete, and is told in the coverage from then on.

    An account or folder that fails is told to the watch and in the coverage, and the others are read. Raises StoreError
    when the case cannot be written or another scan holds it; what was saved before stands. Ctrl-C ends the run as
    stopped, drops the stretch in hand, and is raised further: the next run reads that stretch again. Any other error
    ends it as failed, where that can still be saved.
    """
    with store.scanning(), few_looks():
        names = tuple(account.name for account in accounts)
        lost: dict[str, list[str]] = {}  # archives by the path that was named; each once, though a path lies in another
        for path in paths.gone:
            lost[path] = earlier_at(path, store.coverage(), (*names, *paths.configured))
            names += tuple(lost[path])
        known = store.with_known_us(policy)
        run = store.begin(Run(0, datetime.now(UTC), None, __version__, known, RULES, names))
        turns = Turns()
        scanning = _Scan(in_turns(store, turns), in_turns(watch, turns), run, turns)
        if known.internal != policy.internal or known.own_addresses != policy.own_addresses:
            scanning.note("As in the last run, these are internal: " + _named(known) + ".")
        try:
            mailboxes = scanning.expand(accounts)
            scanning.miss(paths.searched, lost, (*names, *paths.configured))
            scanning.know_us(mailboxes)
            scanning.keep()
            scanning.read_accounts(mailboxes, turns)
            scanning.settle()
            outcome = scanning.outcome()
        except KeyboardInterrupt:
            store.save(scanning.cut_short(Outcome.STOPPED, _saved(store, run)))
            raise
        except BaseException:
            with suppress(StoreError):  # that of a full disk is on its way already
                store.save(scanning.cut_short(Outcome.FAILED, _saved(store, run)))
            raise
        run = scanning.ended(outcome)
        store.save(run)
    return run


def _saved(store: Store, run: Run) -> Run:
    """The run as the case has it now."""
    return next((one for one in store.runs() if one.id == run.id), run)


class _Scan(Diary):
    """One run while it goes on."""

    def __init__(self, store: Store, watch: Watch, run: Run, turns: Turns) -> None:
        super().__init__(store, watch, run, turns)
        self._domains: list[str] = []  # that the sources themselves call ours
        self._accounts: set[str] = set()  # those of this run, the mailboxes of tenants instead of these
        self._mixed: set[str] = set()  # those with folders that are read as evidence
        self._departures = Departures(store, watch, self)
        self._login_failed: dict[str, SourceError] = {}  # by account: a second login might lock it
        self._evidence_before = store.keeps_received()
        self._use(Wanted())

    def _use(self, wanted: Wanted) -> None:
        self._tracer = Tracer(self._store, self.policy, wanted)
        self._folders = FolderScan(self._store, self._watch, self, self.policy, wanted)

    def know_us(self, accounts: Sequence[Account]) -> None:
        """Where the policy does not say what is internal, propose it from the first envelopes of the accounts."""
        if self.policy.knows_us:
            return
        from scanner.detector.proposal import propose_internal  # noqa: PLC0415 - most runs know who is internal
        from scanner.peek import peek  # noqa: PLC0415

        theirs = tuple(InternalDomain(name, ground=Ground.PROPOSED) for name in dict.fromkeys(self._domains))
        if theirs:
            named = ", ".join(domain.domain for domain in theirs)
            self.note(f"These are internal, with their sub-domains, since the tenant says so: {named}.")
        others = [account for account in accounts if not theirs or account.mailbox is None]
        internal, own = theirs, self.policy.own_addresses
        if others:
            names = [account.name for account in others if account.server]
            proposal = propose_internal(peek(others, self._open), names, self.policy)
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
            if expansion.accounts != (account,):
                self._tell_departed(account, expansion, accounts)
            self._domains += expansion.domains
            mailboxes += expansion.accounts
        return mailboxes

    def _tell_departed(self, account: Account, expansion: Expansion, accounts: Iterable[Account]) -> None:
        """Tell which mailboxes of earlier runs an account stands for no more, though they may have other names now."""
        for name in expansion.other_names:
            if WHOLE_ACCOUNT in self._store.progress(name):
                self._whole(name, None)
        known = {one.name for one in (*accounts, *expansion.accounts)} | {*expansion.other_names}
        known |= {unreached.account for unreached in expansion.unreached}
        for left in self._departed(self._earlier(f"{account.name}/"), known, _DEPARTED):
            self.keep_gone(left, sentence=f"{left.coverage.account}: {_DEPARTED}")

    def miss(self, searched: Iterable[str], lost: Mapping[str, Sequence[str]], named: Container[str]) -> None:
        """Tell which archives are gone: a disk may be missing, so that this run is incomplete.

        `lost` are the archives at or below each path that was named and holds no mail any more.
        """
        self._departures.searched = tuple(searched)
        gone = [name for path in searched for name in self._departures.below(path, named)]
        for path, names in lost.items():
            self._departures.lost(path, map(self._store.progress, names))
        for name in (*gone, *chain.from_iterable(lost.values())):
            self._conclude(name, None, self._store.progress(name))

    def _earlier(self, prefix: str) -> set[str]:
        """The mailboxes of this run and earlier ones whose names begin so."""
        return {folder.account for folder in self._store.coverage() if folder.account.startswith(prefix)}

    def _departed(self, earlier: set[str], known: Container[str], why: str) -> Iterator[Found]:
        """Those mailboxes that an earlier run knew and this one does not, each once; the coverage goes on to say it."""
        for name in sorted(name for name in earlier if name not in known):
            self._accounts.add(name)
            left = Coverage(name, WHOLE_ACCOUNT, ChosenBy.NOT_SENT, None, trouble=why)
            before = self._store.progress(name).get(WHOLE_ACCOUNT)
            if before is None or before.coverage != left:
                yield Found(left, None, self.policy)

    def read_accounts(self, accounts: Sequence[Account], turns: Turns) -> None:
        """Read their sent mail, and then, since it must be known what answers it, what is read as evidence."""
        self._departures.accounts = tuple(accounts)
        self._use(Wanted(self._store.envelopes, self._store.received_ids))
        self._each(accounts, self.read_account, turns)
        self._each([account for account in accounts if account.name in self._mixed], self.read_evidence, turns)

    def _each(self, accounts: Sequence[Account], read: Callable[[Account], None], turns: Turns) -> None:
        """Archives one after the other; what lies on servers side by side, as many as each server allows."""
        for account in accounts:
            if account.mailbox is None and account.server is None:
                read(account)
        troubles, noted = len(self.troubles), self.noted
        side_by_side(_groups(accounts, read), turns)
        self.in_order(troubles, noted)

    def read_account(self, account: Account) -> None:
        """Read its folders of sent mail, as far as it can be opened and listed."""
        before = self._store.progress(account.name)
        gone = self._departures.account(account, before)
        error = None if gone else self._opened(account, partial(self._read_folders, account, before))
        self._conclude(account.name, error, before)

    def read_evidence(self, account: Account) -> None:
        """Read its other folders that are wanted."""
        before = self._store.progress(account.name)
        error = self._opened(account, partial(self._read_others, account, before))
        if error and f"{account.name}: {error}" not in self.troubles:
            self._conclude(account.name, error)

    def _opened(self, account: Account, read: Callable[[Mailbox], SourceError | None]) -> SourceError | None:
        """What is wrong with the account as a whole."""
        try:
            with self._open(account) as mailbox:
                return read(mailbox)
        except SourceError as failed:
            return failed
        except SettingsError as wrong:  # a secret that is not there: the other accounts are read all the same
            return AccessDenied(str(wrong), wrong.hint)

    @contextmanager
    def _open(self, account: Account) -> Iterator[Mailbox]:
        """Its mailbox. Where its login failed before in this run, that error again, and no second login."""
        if account.name in self._login_failed:
            raise copy(self._login_failed[account.name])
        try:
            with open_mailbox(account) as mailbox:
                yield mailbox
        except SourceError as error:
            if error.login_failed:
                self._login_failed[account.name] = copy(error)
            raise

    def outcome(self) -> Outcome:
        """What the run came to: incomplete as long as anything of its accounts was not read, now or earlier."""
        if not self._folders.gave:
            return Outcome.FAILED
        own = [folder for folder in self._store.coverage() if folder.account in self._accounts]
        return Outcome.COMPLETE if all(folder.complete for folder in own) and not self.troubles else Outcome.INCOMPLETE

    def _conclude(self, account: str, error: SourceError | None, before: Container[str] = ()) -> None:
        self._accounts.add(account)
        if error:
            self.fail(account, error)
        if error or WHOLE_ACCOUNT in before:
            self._whole(account, error)

    def _whole(self, account: str, error: SourceError | None) -> None:
        whole = Coverage(account, WHOLE_ACCOUNT, ChosenBy.CONFIGURED, None, trouble=str(error or ""))
        self._store.record(Found(replace(whole, finished=error is None), None, self.policy))

    def fail(self, account: str, error: SourceError) -> None:
        """Tell the watch what could not be read, and keep it for the run; a login that failed once an account."""
        if error.login_failed:
            self._login_failed[account] = copy(error)
            if f"{account}: {error}" in self.troubles:
                return
        super().fail(account, error)

    def _read_folders(self, account: Account, before: dict[str, Progress], mailbox: Mailbox) -> SourceError | None:
        folders, error = _listed(mailbox, before)
        folders = [self._still_wanted(folder, before.get(folder.path)) for folder in folders]
        self._watch.account_opened(account.name, folders)
        for folder in folders:
            known = before.get(folder.path)
            if folder.holds_sent:
                self._read_folder(account, mailbox, folder, known)
            elif not folder.wanted and (
                known is None or known.coverage.chosen_by in LEFT_OUT or not known.coverage.accounted
            ):
                self._leave_out(folder, known)
        if error is None:
            self._departures.folders(account, before, {folder.path for folder in folders})
        if any(folder.chosen_by is ChosenBy.HISTORY for folder in folders):
            self._mixed.add(account.name)
        else:
            self._trace(account, mailbox, folders)
        return error

    def _read_others(self, account: Account, before: dict[str, Progress], mailbox: Mailbox) -> SourceError | None:
        folders, error = _listed(mailbox, {})
        folders = [as_before(folder, before.get(folder.path)) for folder in folders]
        for folder in folders:
            if folder.chosen_by is ChosenBy.HISTORY:
                self._read_folder(account, mailbox, folder, before.get(folder.path))
        self._trace(account, mailbox, folders)
        return error

    def _read_folder(self, account: Account, mailbox: Mailbox, folder: Folder, known: Progress | None) -> None:
        if self._departures.emptied(account, mailbox, folder, known):
            self._folders.gave = True
        else:
            self._folders.read(account, mailbox, folder, known)

    def _trace(self, account: Account, mailbox: Mailbox, folders: Sequence[Folder]) -> None:
        """Look up what replies answer; not in an archive of our own mail alone, where it can hardly lie.

        To look something up in an archive takes as long as to read it.
        """
        own = all(folder.chosen_by.all_ours for folder in folders if folder.wanted)
        alone = own or not (self._evidence_before or account.name in self._folders.with_others)
        if account.scheme in ARCHIVES and alone:
            return
        left = self._tracer.trace(account, mailbox)
        if left:
            self.note(left)

    def _leave_out(self, folder: Folder, known: Progress | None) -> None:
        left = Coverage(folder.account, folder.path, folder.chosen_by, folder.messages)
        if known is None:
            self._store.record(Found(left, None, self.policy))
        elif known.coverage.accounted:  # it was read as evidence once, and what was kept of it stays
            kept = replace(there_again(known.coverage, folder), chosen_by=folder.chosen_by)
            if known.coverage != kept:
                self._store.record(Found(kept, known.cursor, known.policy))
        elif known.coverage != left:
            self._store.record(Found(left, None, self.policy))

    def _still_wanted(self, folder: Folder, known: Progress | None) -> Folder:
        """The folder; one that was read before stays wanted, since what the case holds of it would grow old unseen."""
        stays = as_before(folder, known)
        if stays is not folder:
            self.note(
                f"{folder.account}: {folder.path} is read on, since an earlier run read it, although it is {_LEFT}."
            )
        return stays


def _groups(accounts: Sequence[Account], read: Callable[[Account], None]) -> list[Group]:
    """The mailboxes of all tenants, and those of each IMAP host: a host that hangs holds up its own mailboxes only."""
    several = [account for account in accounts if account.mailbox is not None]
    width = max((_WAITING * account.graph.in_flight for account in several if account.graph), default=1)
    hosts: dict[tuple[str, int], list[Account]] = {}
    for account in accounts:
        if account.mailbox is None and account.server is not None:
            hosts.setdefault((account.server.host.lower(), account.server.port), []).append(account)
    a_host = max(1, min(_CONNECTIONS_A_HOST, _CONNECTIONS // max(1, len(hosts))))
    groups = [(several, width), *((mailboxes, a_host) for mailboxes in hosts.values())]
    return [Group([partial(read, account) for account in mailboxes], most) for mailboxes, most in groups]


def _listed(mailbox: Mailbox, before: Mapping[str, Progress]) -> tuple[list[Folder], SourceError | None]:
    """All folders, as far as the source lists them, and what went wrong; to have none of sent mail is wrong too.

    One that an earlier run read, and that is passed over by today's settings, is not gone: it is listed as well.
    """
    folders: list[Folder] = []
    try:
        folders.extend(mailbox.folders())
        unseen = {one.coverage.folder for one in gone_since(before, {folder.path for folder in folders})}
        if unseen and isinstance(mailbox, PassesOver):
            folders.extend(mailbox.passed_over(unseen))
    except SourceError as error:
        return folders, error
    if any(folder.holds_sent for folder in folders):
        return folders, None
    return folders, NoSentFolder("No folder of sent mail was found.", 'Name it in the config: sent_folders = ["..."].')


def _named(policy: Policy) -> str:
    return ", ".join([*(entry.domain for entry in policy.internal), *policy.own_addresses])
