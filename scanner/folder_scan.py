"""One folder of a scan: read on from where the last run stopped, a stretch at a time, and saved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from scanner.account import Account
from scanner.case import Alarm
from scanner.connectors.interface import (
    CatchesUp,
    ComesInBatches,
    Counting,
    CountsNow,
    Cursor,
    CursorLost,
    Folder,
    LearnsKeys,
    Mailbox,
    Recounts,
    TellsBeside,
    TriesAgain,
)
from scanner.coverage import ChosenBy, Coverage
from scanner.departed import LEFT_OUT
from scanner.detector import UNKNOWN_OWNER
from scanner.detector.evidence import Wanted
from scanner.envelope import Locator, Reading, Unreadable
from scanner.errors import SourceDamaged, SourceError
from scanner.gleaner import Gleaner
from scanner.policy import Policy, may_have_missed
from scanner.store.records import NOTHING_HELD, Found, Progress
from scanner.stretch import Stretch, begun, covered, mended, stretches
from scanner.watch import Told, Watch

if TYPE_CHECKING:
    from scanner.store.store import Store

_READ_WHOLE: Final = frozenset({"maildir", "eml"})  # new messages stand anywhere in them, not behind the last one
_BACK: Final = "it was gone, and is there again"
_TO_ITS_END: Final = ("", UNKNOWN_OWNER[0])  # troubles of a folder whose reading did not break off
_TRIED_AGAIN: Final = 97  # messages of a folder in one run: a prime, for the turns


class FolderScan:
    """The folders of one run, one at a time. `gave` is whether any was read, be it in part."""

    def __init__(self, store: Store, watch: Watch, told: Told, policy: Policy, wanted: Wanted) -> None:
        self.gave = False
        self.with_others: set[str] = set()  # accounts in which anything lay that others wrote
        self._store = store
        self._watch = watch
        self._told = told
        self._policy = policy
        self._wanted = wanted

    def read(self, account: Account, mailbox: Mailbox, folder: Folder, known: Progress | None) -> None:
        """Read what is new, or all where source or settings ask for it; `known` is how far earlier runs came."""
        again = account.scheme in _READ_WHOLE and known is not None and known.coverage.finished
        where = f"{folder.account}: {folder.path}"
        before = known.coverage.held if known else 0
        if _shrank(folder, known):
            fewer = f"{where} holds fewer messages ({folder.messages}) than were read from it before ({before})."
            self._told.alarm(Alarm.SHRUNK, folder, fewer)
        more = "" if known is None or again else _why_again(known, folder, self._policy)
        if more:
            again = True
            since = f"{where} is read again from its start, since {more}."
            if more == _BACK:
                self._told.alarm(Alarm.READ_AGAIN, folder, since)
            else:
                self._told.note(since)
        cursor = Cursor(known.cursor) if known and known.cursor is not None and not again else None
        held: int | None = None
        try:
            # Beside a message that is withheld, one that is deleted would not show: all are listed then.
            held = _held(mailbox, folder, cursor, None if known and known.coverage.missing else before)
            if known and held is not None and held > known.coverage.accounted:
                raise CursorLost("It shows messages that it did not show before, so it is read again from its start.")
            readings = begun(mailbox.read(folder, cursor))
        except CursorLost as lost:
            again = True
            self._tell_lost(account, folder, lost)
            readings = begun(mailbox.read(folder, None))
        if known and not again and held is not None:
            known = replace(known, coverage=replace(known.coverage, gone=known.coverage.accounted - held))
        left = [] if again or known is None else self._unreadable(mailbox, folder, known)
        coverage = self._read_on(readings, mailbox, folder, known, again=again)
        counted = again or cursor is None or held is not None or isinstance(mailbox, CatchesUp)
        if not counted and coverage.trouble in _TO_ITS_END and _holds_fewer(folder, coverage):
            since = f"{where} is read again from its start, since it lost messages that were read from it before."
            self._told.alarm(Alarm.READ_AGAIN, folder, since)
            coverage, left = self._read_on(begun(mailbox.read(folder, None)), mailbox, folder, known, again=True), []
        if left and coverage.finished and isinstance(mailbox, TriesAgain):
            coverage = self._try_again(mailbox, folder, coverage, left)
        if coverage.finished and coverage.missing and not coverage.trouble:
            self._told.fail(folder.account, _not_listed(folder, coverage))
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
        kept, unsent, goes_on = 0, 0, cursor is not None
        of_nobody = not self._policy.knows_us and coverage.trouble == UNKNOWN_OWNER[0]
        gleaner = Gleaner(mailbox, folder, self._policy, self._wanted)

        def tell(read: int, candidates: int) -> None:
            self._watch.progress(folder, coverage.held + read, kept + candidates)

        read_before = known is not None and (again or not known.coverage.finished)
        held = self._store.held(folder.account, folder.path) if read_before else NOTHING_HELD
        batch = mailbox.batch if isinstance(mailbox, ComesInBatches) else None
        for stretch in stretches(readings, self._policy, tell, gleaner, batch, held):
            cursor = stretch.cursor or cursor
            end = mailbox.caught_up(folder) if isinstance(mailbox, CatchesUp) and stretch.finished else None
            cursor = end.cursor if end else cursor
            kept += len(stretch.candidates)
            coverage = covered(coverage, stretch)
            self.gave = self.gave or _gave(stretch, coverage)
            if end:
                coverage = replace(coverage, gone=max(0, coverage.accounted - end.held))
            if stretch.finished:
                coverage = _at_end(mailbox, folder, coverage, goes_on=goes_on)
            unsent += stretch.unsent
            of_nobody = of_nobody or (stretch.of_nobody and folder.holds_sent)
            if of_nobody and not stretch.error:
                coverage = replace(coverage, trouble=UNKNOWN_OWNER[0])
            gleaned = gleaner.take()
            candidates, unreadable = (*stretch.candidates, *gleaned.quoted), tuple(stretch.unreadable)
            self._told.record(
                Found(
                    coverage,
                    cursor,
                    self._policy,
                    again,
                    candidates,
                    unreadable,
                    received=tuple(gleaned.received),
                    read=datetime.now(UTC),
                    still_there=tuple(stretch.still_there),
                    passed=tuple(stretch.passed),
                )
            )
            again = False
            self._watch.progress(folder, coverage.held, kept)
            if stretch.error:
                self._told.fail(folder.account, stretch.error)
        if of_nobody and f"{folder.account}: {UNKNOWN_OWNER[0]}" not in self._told.troubles:
            self._told.fail(folder.account, SourceError(*UNKNOWN_OWNER))
        if gleaner.met_others:
            self.with_others.add(folder.account)
        self._tell(mailbox, folder, unsent, gleaner.left)
        return coverage

    def _unreadable(self, mailbox: Mailbox, folder: Folder, known: Progress) -> list[str]:
        """Messages that earlier runs could not read, and that this one tries again."""
        if not known.coverage.unreadable or not isinstance(mailbox, TriesAgain):
            return []
        return _turn(self._store, folder.account, folder.path)

    def _try_again(self, mailbox: TriesAgain, folder: Folder, coverage: Coverage, keys: Sequence[str]) -> Coverage:
        """Try again what could not be read. What can be read now is kept as if it had been from the first."""
        cursor = self._store.progress(folder.account)[folder.path].cursor
        gleaner = Gleaner(mailbox, folder, self._policy, self._wanted)
        known: list[str] = []  # of which it is known now what they are

        def readings() -> Iterator[tuple[Cursor, Reading]]:
            for reading in mailbox.again(folder, keys):
                if not isinstance(reading, Unreadable):
                    known.append(_key_before(mailbox, reading.locator))
                yield Cursor(""), reading

        read, of_nobody = coverage.read, False
        for stretch in stretches(readings(), self._policy, lambda _read, _candidates: None, gleaner):
            coverage = mended(coverage, stretch)
            of_nobody = of_nobody or (stretch.of_nobody and folder.holds_sent)
            if of_nobody:
                coverage = replace(coverage, trouble=UNKNOWN_OWNER[0])
            gleaned = gleaner.take()
            self._store.record(
                Found(
                    coverage,
                    cursor,
                    self._policy,
                    candidates=(*stretch.candidates, *gleaned.quoted),
                    unreadable=tuple(stretch.unreadable),
                    received=tuple(gleaned.received),
                    read=datetime.now(UTC),
                    mended=tuple(known),
                )
            )
            known.clear()
            if stretch.error:
                self._told.fail(folder.account, stretch.error)
        if of_nobody:
            self._told.fail(folder.account, SourceError(*UNKNOWN_OWNER))
        if coverage.read > read:
            now = f"{coverage.read - read:,} of the messages that could not be read before can be read now."
            self._told.note(f"{folder.account}: {folder.path}: {now}")
        return coverage

    def _tell_lost(self, account: Account, folder: Folder, lost: CursorLost) -> None:
        sentence = f"{folder.account}: {folder.path}: {lost}"
        if isinstance(lost, CountsNow) or account.scheme in _READ_WHOLE:  # nobody need worry: it is the same folder
            self._told.note(sentence)
        else:
            self._told.alarm(Alarm.READ_AGAIN, folder, sentence)

    def _tell(self, mailbox: Mailbox, folder: Folder, unsent: int, left: int) -> None:
        """What a reader should know of messages that were put aside, and of what may be messages."""
        where = f"{folder.account}: {folder.path}"
        for sentence in mailbox.beside(folder) if isinstance(mailbox, TellsBeside) else ():
            self._told.note(f"{where}: {sentence}")
        if left:
            why = "answers were not looked through for lists of ours that they quote: too large, or not to be had"
            self._told.note(f"{where}: {why} ({left:,}).")
        if unsent:
            aside = "messages that show several outsiders, but are marked as drafts or reports, were not judged"
            self._told.note(f"{where}: {aside} ({unsent:,}).")


def _gave(stretch: Stretch, coverage: Coverage) -> bool:
    """Whether a stretch came of mail that could be read: with nothing in it, it may end where a damaged file does."""
    whole_before = isinstance(stretch.error, SourceDamaged) and coverage.accounted > 0
    return stretch.error is None or stretch.count > 0 or whole_before


def _key_before(mailbox: TriesAgain, locator: Locator) -> str:
    """The key under which a message could not be read."""
    return mailbox.key_before(locator) if isinstance(mailbox, LearnsKeys) else locator.key


def _holds_fewer(folder: Folder, coverage: Coverage) -> bool:
    """Whether the source counts fewer messages in a folder than were read of it."""
    return folder.messages is not None and folder.messages < coverage.held


def _at_end(mailbox: Mailbox, folder: Folder, coverage: Coverage, *, goes_on: bool) -> Coverage:
    """The coverage behind the last message, with what the folder is expected to hold.

    One that was read on, from which messages went, and whose source cannot tell how many of those that were read, is
    not finished by that: it is to be read again from its start.
    """
    if goes_on and not isinstance(mailbox, (Counting, CatchesUp)) and _holds_fewer(folder, coverage):
        return replace(coverage, finished=False)
    return replace(coverage, expected=_expected(mailbox, folder, coverage))


def _shrank(folder: Folder, known: Progress | None) -> bool:
    """Whether a folder holds fewer messages than were read of it.

    Where an earlier run told so and came to no end of it, what it expected stands in the case, and is not told again.
    """
    if known is None or not _holds_fewer(folder, known.coverage):
        return False
    told = None if known.coverage.finished else known.coverage.expected
    return told is None or folder.messages is None or folder.messages < told


def _expected(mailbox: Mailbox, folder: Folder, coverage: Coverage) -> int | None:
    """How many messages a folder holds that was read to its end: never fewer than it was seen to hold.

    What came after the folders were listed was read, too.
    """
    said = mailbox.counted(folder) if isinstance(mailbox, Recounts) else None
    expected = folder.messages if said is None else said
    return None if expected is None else max(expected, coverage.held)


def as_before(folder: Folder, known: Progress | None) -> Folder:
    """The folder, chosen as in an earlier run where that read it as sent mail and today's settings do not."""
    if known is None or not known.coverage.accounted or folder.holds_sent:
        return folder
    before = known.coverage.chosen_by
    if before in LEFT_OUT or (folder.wanted and not before.all_ours):
        return folder
    return replace(folder, chosen_by=before)


def _turn(store: Store, account: str, path: str) -> list[str]:
    """The keys of what could not be read, as many as a run tries again: with every run others, and others first.

    A source stops where one after the other costs it the line, which takes minutes each: so no few may stay in front.
    """
    keys = store.unreadable_keys(account, path)
    step = _TRIED_AGAIN if len(keys) % _TRIED_AGAIN else 1  # without a common divisor, each comes first some day
    start = sum(1 for _ in store.runs()) * step % max(1, len(keys))
    return [*keys[start:], *keys[:start]][:_TRIED_AGAIN]


def _not_listed(folder: Folder, coverage: Coverage) -> SourceError:
    """For a folder that was read to its end, of which the source counts more than it lists."""
    return SourceError(
        f"{folder.path} was read to its end, but {coverage.missing:,} of the {coverage.expected:,} messages that were "
        "counted in it before were not listed: deleted or moved meanwhile, or withheld.",
        "Run the same command again: it counts anew.",
    )


def _why_again(known: Progress, folder: Folder, policy: Policy) -> str:
    """Why a folder that was read must be read from its start; "" where it need not be."""
    if known.coverage.departed or not known.coverage.accounted:
        return _BACK if known.coverage.accounted else ""
    if known.cursor is None:
        return "this version of missedbcc keeps more of its messages"
    if folder.chosen_by.all_ours and not known.coverage.chosen_by.all_ours:
        return "it counts as a folder of sent mail now"
    if folder.chosen_by is ChosenBy.HISTORY and known.coverage.chosen_by is ChosenBy.PROFILE:
        return "what others wrote is read in it, too, now"
    if may_have_missed(known.policy, policy, all_ours=folder.chosen_by.all_ours):
        return "the settings may keep more of its messages now"
    return ""


def _held(mailbox: Mailbox, folder: Folder, cursor: Cursor | None, before: int | None) -> int | None:
    """How many of the messages up to the cursor the source still holds, of `before`; None where it cannot say."""
    if cursor is None or not isinstance(mailbox, Counting):
        return None
    with suppress(SourceError):  # reading the folder will say why
        return mailbox.behind(folder, cursor, before)
    return None
