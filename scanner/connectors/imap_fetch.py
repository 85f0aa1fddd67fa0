"""Headers from an examined folder: which UIDs there are, batches that adapt, and every UID accounted for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from time import monotonic
from typing import NamedTuple

from scanner.connectors.imap_answer import Fetched, Response, read_fetch
from scanner.connectors.imap_input import MAX_ANSWER, ConnectionLost
from scanner.connectors.imap_line import CommandRefused
from scanner.connectors.imap_session import Selected, Session
from scanner.connectors.retry import suggested_wait
from scanner.errors import SourceInterrupted

# Every field that `parse_envelope` reads, but those that only mbox files carry. A message that shows none of the
# destination fields is asked for its whole header.
FIELDS = (
    b"Date From Sender To Cc Bcc Message-ID In-Reply-To References Subject Resent-Date Resent-From Resent-Sender "
    b"Resent-To Resent-Cc Resent-Bcc Resent-Message-ID Apparently-To List-Id List-Post Precedence Auto-Submitted "
    b"Content-Type Content-Class X-Unsent"
)
FIELD_ITEMS = b"(UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (" + FIELDS + b")])"
HEADER_ITEMS = b"(UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER])"
MESSAGE_ITEMS = b"(UID BODY.PEEK[])"

WINDOW = 20_000  # UIDs a SEARCH may answer with: 160 KB
FIRST_BATCH = 125  # what was asked for and not saved is asked for again by the run after one that was killed
LARGEST_BATCH = 1000  # on a long line: an eighth of the round trips; its headers are some 2 MB
_LONG_WAIT = 0.25  # of the time from one answer to the next
_LONG_WAITS = 2  # in a row, after which more is asked for at a time
LONGEST_SET = 3_500  # octets of UIDs in a command; Exchange refuses commands above 4,096
MANY_OCTETS = 8 * 1024 * 1024  # headers of one batch above which the next is smaller
REFUSED_IN_A_ROW = 20  # messages refused before the first was handed out: it is not the messages


@dataclass(slots=True)
class Batch:
    """How many UIDs to ask for at once: shrinks when the server chokes, and grows again slowly.

    `limit` is how far it grows. It is small at first and grows too, where we wait for the line more than we judge.
    """

    size: int = FIRST_BATCH
    items: bytes = FIELD_ITEMS
    limit: int = field(default=FIRST_BATCH, init=False)
    _slow: int = field(default=0, init=False)
    _last: float = field(default=0.0, init=False)
    refused: int = field(default=0, init=False)
    ever_went_well: bool = field(default=False, init=False)

    def first(self, uids: Sequence[int]) -> Sequence[int]:
        """The UIDs to ask for first: as many as the batch and the length of a command allow."""
        asked = uids[: self.size]
        return asked[: sequence_set(asked)[1]]

    def went_well(self, octets: int) -> None:
        """After a full answer of so many octets."""
        self.refused = 0
        self.ever_went_well = self.ever_went_well or octets > 0
        if octets > MANY_OCTETS:
            self.size = max(1, self.size // 2)
        else:
            self.size = min(self.limit, self.size * 2)

    def waited(self, seconds: float, of: float) -> None:
        """An answer took so many of the seconds since the one before it came."""
        self._slow = self._slow + 1 if seconds > of * _LONG_WAIT else 0
        if self._slow >= _LONG_WAITS and self.limit < LARGEST_BATCH and self.size == self.limit:
            self.limit, self._slow = self.limit * 2, 0
            self.size = self.limit

    def answered(self, begun: float, now: float) -> None:
        """An answer that was asked for at `begun` is here (seconds of one clock)."""
        if self._last:
            self.waited(now - begun, now - self._last)
        self._last = now

    def choked(self, asked: int) -> None:
        """After an answer that broke off or was refused; `asked` is how many UIDs it was for."""
        self.size = max(1, min(self.size, asked) // 8)


class Listing(NamedTuple):
    """What an examined folder holds: the UIDs above the last one that was read, ascending, and how many lie behind."""

    selected: Selected
    uids: list[int]
    behind: int


def list_new(session: Session, selected: Selected, done: int, held: int | None) -> Listing:
    """The UIDs above `done`, for a reader who saw `held` messages up to there; None asks for all UIDs of the folder.

    A message that comes has a UID above all that were given before (RFC 9051 §2.3.1.1). Where each UID from there on is
    a message that the server shows, what EXISTS counts beside them lies up to `done`: it is counted without a list, at
    a cost that does not grow with the folder. Where one of them is missing (deleted, or withheld), or that makes more
    messages than were seen, all UIDs are asked for; and so where UIDNEXT is wrong, since what was read is not below it.
    """
    if selected.uidnext and selected.uidnext <= done:
        selected = replace(selected, uidnext=None)
    if held is not None and selected.uidnext:
        new = _by_search(session, done + 1, selected.uidnext - 1, WINDOW)
        behind = selected.exists - len(new)
        if 0 <= behind <= held and len(new) == max(0, selected.uidnext - 1 - done):
            return Listing(selected, sorted(new), behind)
    every = list_uids(session, selected)
    return Listing(selected, [uid for uid in every if uid > done], sum(uid <= done for uid in every))


def list_uids(session: Session, selected: Selected) -> list[int]:
    """Every UID of the folder, ascending.

    Windows keep the answers short. Where they add up to fewer messages than EXAMINE promised (Yahoo cuts answers,
    Yandex forgets some), UIDNEXT may be wrong, so the last UID is asked for; then the windows are asked again by FETCH,
    which does not go through the server's search index.
    """
    if selected.exists == 0:
        return []
    highest = selected.uidnext - 1 if selected.uidnext else _highest(session)
    found = _by_search(session, 1, highest, highest if selected.exists <= WINDOW else WINDOW)
    if len(found) < selected.exists and selected.uidnext:
        above, highest = highest, max(highest, _highest(session))
        found |= _by_search(session, above + 1, highest, WINDOW)
    if len(found) < selected.exists and highest <= 1000 * LARGEST_BATCH:
        found |= _by_fetch(session, highest)
    return sorted(found)


def _highest(session: Session) -> int:
    """The last UID, where the server keeps UIDNEXT to itself or has it wrong; 0 where it does not say."""
    try:
        return max((fetched.uid for fetched in _each(session.fetch(b"*", b"(UID)"))), default=0)
    except CommandRefused as refusal:
        heed_pause(refusal)
        return 0


def _by_search(session: Session, low: int, highest: int, width: int) -> set[int]:
    """The UIDs in a range; none where the server refuses. It never ends in `*`: that names a message below it, too."""
    found: set[int] = set()
    try:
        while low <= highest:
            high = min(highest, low + max(width, 1) - 1)
            window = [uid for uid in session.search_range(low, high) if low <= uid <= high]
            found.update(window)
            low = high + 1
            # A folder of few messages with high UIDs is crossed in large steps.
            width = max(WINDOW, width * 8) if len(window) < WINDOW // 8 else WINDOW
    except CommandRefused as refusal:
        heed_pause(refusal)
        return set()
    return found


def _by_fetch(session: Session, highest: int) -> set[int]:
    found: set[int] = set()
    for low in range(1, highest + 1, LARGEST_BATCH):
        high = min(highest, low + LARGEST_BATCH - 1)
        for fetched in _each(session.fetch(b"%d:%d" % (low, high), b"(UID)")):
            if low <= fetched.uid <= high:
                found.add(fetched.uid)
    return found


def _each(answers: Iterable[list[Fetched] | Response]) -> Iterable[Fetched]:
    for answer in answers:
        if isinstance(answer, list):
            yield from answer
        elif (fetched := read_fetch(answer)) is not None:
            yield fetched


def sequence_set(uids: Sequence[int], longest: int = LONGEST_SET) -> tuple[bytes, int]:
    """The UIDs (ascending) as runs, `1:5,9`, cut before it grows too long; and how many of them it holds."""
    parts: list[bytes] = []
    length = taken = start = 0
    breaks = [index for index, (one, other) in enumerate(pairwise(uids), 1) if other != one + 1]
    for end in (*breaks, len(uids)):
        first, last = uids[start], uids[end - 1]
        part = b"%d:%d" % (first, last) if last > first else b"%d" % first
        if parts and length + len(part) + 1 > longest:
            break
        parts.append(part)
        length += len(part) + 1
        taken = start = end
    return b",".join(parts), taken


def fetch_batch(
    session: Session, uids: Sequence[int], into: dict[int, Fetched], items: bytes, allowance: int = MAX_ANSWER
) -> int:
    """Ask for these UIDs and put what comes into `into`, also when it breaks off midway; gives the octets received.

    Answers for UIDs that nobody asked for, and answers without a header (flags that changed), are passed over.
    """
    wanted = frozenset(uids)
    octets = 0
    for answer in session.fetch(sequence_set(uids, LONGEST_SET * 2)[0], items, allowance):
        for fetched in answer if isinstance(answer, list) else _with_header(answer):
            uid = fetched.uid
            if uid not in wanted:
                continue
            octets += len(fetched.body or b"")
            if uid in into and into[uid].body != fetched.body:
                into[uid] = Fetched(uid, None, trouble="The server gave two different answers for this message.")
            else:
                into[uid] = fetched
    return octets


def _with_header(response: Response) -> tuple[Fetched, ...]:
    fetched = read_fetch(response)
    if fetched is None or (fetched.body is None and b"BODY[" not in response.text):
        return ()
    return (fetched,)


def complete(session: Session, uids: Sequence[int], into: dict[int, Fetched], batch: Batch) -> None:
    """Fetch all of `uids`, ask again for what the server left out, and name a reason for what still is missing.

    Raises `ConnectionLost` with what came so far in `into`, and `SourceInterrupted` when the server wants a pause or
    refuses message after message.
    """
    missing = [uid for uid in uids if uid not in into]
    while missing:
        asked = batch.first(missing)
        before, begun = len(into), monotonic()
        try:
            octets = fetch_batch(session, asked, into, batch.items)
        except CommandRefused as refusal:
            _after_refusal(session, refusal, asked, into, batch)
        except ConnectionLost:
            batch.choked(len(asked))
            raise
        else:
            batch.went_well(octets)
            batch.answered(begun, monotonic())
            if len(into) == before:
                # The server says OK and hands out nothing of it: each is asked for by itself.
                for uid in asked:
                    _singly(session, uid, into, batch.items)
        missing = [uid for uid in missing if uid not in into]
    _tell_gone(session, [uid for uid in uids if not into[uid].body and not into[uid].trouble], into)


def _tell_gone(session: Session, hollow: Sequence[int], into: dict[int, Fetched]) -> None:
    """Of messages without a header, those that are deleted: Dovecot hands out NIL as long as it has not told us."""
    while hollow:
        asked, taken = sequence_set(hollow)
        try:
            there = frozenset(session.search(b"UID " + asked))
        except CommandRefused:
            return  # not proven gone
        for uid in hollow[:taken]:
            if uid not in there:
                into[uid] = Fetched(uid, None, trouble=GONE)
        hollow = hollow[taken:]


def prepare(session: Session, uids: Sequence[int], batch: Batch) -> None:
    """Let the server begin with the first answer that `complete` will want for these UIDs."""
    session.fetch_ahead(sequence_set(batch.first(uids), LONGEST_SET * 2)[0], batch.items)


def _singly(session: Session, uid: int, into: dict[int, Fetched], items: bytes) -> None:
    trouble = "The server says the message is there, but does not hand it out."
    try:
        fetch_batch(session, [uid], into, items)
    except CommandRefused as refusal:
        heed_pause(refusal)
        trouble = f"{refusal}"
    if uid not in into:
        into[uid] = Fetched(uid, None, trouble=trouble if is_there(session, uid) else GONE)


GONE = "It was deleted from the folder while we read."


def _after_refusal(
    session: Session, refusal: CommandRefused, asked: Sequence[int], into: dict[int, Fetched], batch: Batch
) -> None:
    heed_pause(refusal)
    if len(asked) > 1:
        batch.choked(len(asked))
        return
    batch.refused += 1
    if batch.refused >= REFUSED_IN_A_ROW and not batch.ever_went_well:
        raise SourceInterrupted(
            f"The server refuses one message after another: {refusal.text}",
            "Check the rights on this folder, or try again later.",
        )
    uid = asked[0]
    if uid not in into:
        into[uid] = Fetched(uid, None, trouble=str(refusal) if is_there(session, uid) else GONE)


def heed_pause(refusal: CommandRefused) -> None:
    """Raise `ConnectionLost` with the time to wait where a refusal asks for a pause."""
    seconds = suggested_wait(refusal.text)
    if seconds is not None:
        raise ConnectionLost(f"The server asks for a pause: {refusal.text}", retry_after=seconds)


def is_there(session: Session, uid: int) -> bool:
    """Whether a message is in the folder; True where the server does not say."""
    try:
        return uid in session.search(b"UID %d" % uid)
    except CommandRefused:
        return True  # not proven gone: it stays on the list of what could not be read
