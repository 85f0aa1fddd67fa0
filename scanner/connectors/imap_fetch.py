"""Headers from an examined folder: which UIDs there are, batches that adapt, and every UID accounted for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from scanner.connectors.imap_line import MAX_ANSWER, CommandRefused, ConnectionLost, Response
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
LARGEST_BATCH = 1000  # halves the round trips of 500, and its headers are some 2 MB
LONGEST_SET = 3_500  # octets of UIDs in a command; Exchange refuses commands above 4,096
MANY_OCTETS = 8 * 1024 * 1024  # headers of one batch above which the next is smaller
REFUSED_IN_A_ROW = 20  # messages refused before the first was handed out: it is not the messages

# What nearly every server answers, in the order of our question.
_USUAL = re.compile(
    rb'\* \d+ FETCH \(UID (\d{1,10}) RFC822\.SIZE (\d{1,19}) INTERNALDATE "([^"]{20,32})" '
    rb"BODY\[HEADER[^\]]*\] \{\d+\}\)\Z"
)
_UID = re.compile(rb"[( ]UID (\d{1,10})(?=[ )])", re.IGNORECASE)
_SIZE = re.compile(rb"[( ]RFC822\.SIZE (\d{1,19})(?=[ )])", re.IGNORECASE)
_INTERNALDATE = re.compile(rb'[( ]INTERNALDATE "([^"]{20,32})"', re.IGNORECASE)
# Courier quotes the names of the fields, pymap sorts them: the part before them is what a server cannot change.
_BODY = re.compile(
    rb'[( ]BODY\[(?:HEADER[^\]]*)?\](?:<\d+>)? (?:NIL|"((?:[^"\\]|\\.)*)"|~?\{\d+\+?\})', re.IGNORECASE | re.DOTALL
)
_EARLIER_LITERAL = re.compile(rb"\{\d+\+?\}")
_ZONE = re.compile(rb"[+-]\d{4}")
_MONTHS = {
    name: number
    for number, name in enumerate(
        (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"), start=1
    )
}


class Fetched(NamedTuple):
    """What a server said about one message. `body` is None when it had nothing, or two different things, to say."""

    uid: int
    body: bytes | None
    size: int | None = None
    received: datetime | None = None
    trouble: str = ""


@dataclass(slots=True)
class Batch:
    """How many UIDs to ask for at once: shrinks when the server chokes, and grows again slowly."""

    size: int = LARGEST_BATCH
    items: bytes = FIELD_ITEMS
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
            self.size = min(LARGEST_BATCH, self.size * 2)

    def choked(self, asked: int) -> None:
        """After an answer that broke off or was refused; `asked` is how many UIDs it was for."""
        self.size = max(1, min(self.size, asked) // 8)


def list_uids(session: Session, selected: Selected) -> list[int]:
    """Every UID of the folder, ascending.

    Windows keep the answers short. Where they add up to fewer messages than EXAMINE promised (Yahoo cuts answers,
    Yandex forgets some), the windows are asked again by FETCH, which does not go through the server's search index.
    """
    if selected.exists == 0:
        return []
    highest = selected.uidnext - 1 if selected.uidnext else _highest(session)
    try:
        found = _by_search(session, highest, selected.exists)
    except CommandRefused as refusal:
        _heed_pause(refusal)
        found = set()
    if len(found) < selected.exists and highest <= 1000 * LARGEST_BATCH:
        found |= _by_fetch(session, highest)
    return sorted(found)


def _highest(session: Session) -> int:
    """The last UID, where the server keeps UIDNEXT to itself."""
    uids = [fetched.uid for response in session.fetch(b"*", b"(UID)") if (fetched := read_fetch(response)) is not None]
    return max(uids, default=0)


def _by_search(session: Session, highest: int, exists: int) -> set[int]:
    found: set[int] = set()
    low, width = 1, max(WINDOW, 1)
    if exists <= WINDOW:
        width = highest
    while low <= highest:
        high = min(highest, low + width - 1)
        window = [uid for uid in session.search(b"UID %d:%d" % (low, high)) if low <= uid <= high]
        found.update(window)
        low = high + 1
        # A folder of few messages with high UIDs is crossed in large steps.
        width = max(WINDOW, width * 8) if len(window) < WINDOW // 8 else WINDOW
    return found


def _by_fetch(session: Session, highest: int) -> set[int]:
    found: set[int] = set()
    for low in range(1, highest + 1, LARGEST_BATCH):
        high = min(highest, low + LARGEST_BATCH - 1)
        for response in session.fetch(b"%d:%d" % (low, high), b"(UID)"):
            fetched = read_fetch(response)
            if fetched is not None and low <= fetched.uid <= high:
                found.add(fetched.uid)
    return found


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
    for response in session.fetch(sequence_set(uids, LONGEST_SET * 2)[0], items, allowance):
        fetched = read_fetch(response)
        if fetched is None or fetched.uid not in wanted or (fetched.body is None and b"BODY[" not in response.text):
            continue
        octets += len(fetched.body or b"")
        earlier = into.get(fetched.uid)
        if earlier is not None and earlier.body != fetched.body:
            fetched = Fetched(fetched.uid, None, trouble="The server gave two different answers for this message.")
        into[fetched.uid] = fetched
    return octets


def complete(session: Session, uids: Sequence[int], into: dict[int, Fetched], batch: Batch) -> None:
    """Fetch all of `uids`, ask again for what the server left out, and name a reason for what still is missing.

    Raises `ConnectionLost` with what came so far in `into`, and `SourceInterrupted` when the server wants a pause or
    refuses message after message.
    """
    missing = [uid for uid in uids if uid not in into]
    while missing:
        asked = batch.first(missing)
        before = len(into)
        try:
            octets = fetch_batch(session, asked, into, batch.items)
        except CommandRefused as refusal:
            _after_refusal(session, refusal, asked, into, batch)
        except ConnectionLost:
            batch.choked(len(asked))
            raise
        else:
            batch.went_well(octets)
            if len(into) == before:
                # The server says OK and hands out nothing of it: each is asked for by itself.
                for uid in asked:
                    _singly(session, uid, into, batch.items)
        missing = [uid for uid in missing if uid not in into]


def prepare(session: Session, uids: Sequence[int], batch: Batch) -> None:
    """Let the server begin with the first answer that `complete` will want for these UIDs."""
    session.fetch_ahead(sequence_set(batch.first(uids), LONGEST_SET * 2)[0], batch.items)


def _singly(session: Session, uid: int, into: dict[int, Fetched], items: bytes) -> None:
    trouble = "The server says the message is there, but does not hand it out."
    try:
        fetch_batch(session, [uid], into, items)
    except CommandRefused as refusal:
        _heed_pause(refusal)
        trouble = f"{refusal}"
    if uid not in into:
        into[uid] = Fetched(uid, None, trouble=trouble if _is_there(session, uid) else GONE)


GONE = "It was deleted from the folder while we read."


def _after_refusal(
    session: Session, refusal: CommandRefused, asked: Sequence[int], into: dict[int, Fetched], batch: Batch
) -> None:
    _heed_pause(refusal)
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
        into[uid] = Fetched(uid, None, trouble=str(refusal) if _is_there(session, uid) else GONE)


def _heed_pause(refusal: CommandRefused) -> None:
    seconds = suggested_wait(refusal.text)
    if seconds is not None:
        raise ConnectionLost(f"The server asks for a pause: {refusal.text}", retry_after=seconds)


def _is_there(session: Session, uid: int) -> bool:
    try:
        return uid in session.search(b"UID %d" % uid)
    except CommandRefused:
        return True  # not proven gone: it stays on the list of what could not be read


def read_fetch(response: Response) -> Fetched | None:
    """One FETCH answer, its items in any order; None when it is another answer or names no UID."""
    text = response.text
    usual = _USUAL.match(text)
    if usual is not None and len(response.literals) == 1:
        uid, size, date = usual.groups()
        return Fetched(int(uid), response.literals[0], int(size), internal_date(date))
    number = _UID.search(text)
    if number is None:
        return None
    octets = _SIZE.search(text)
    stored = _INTERNALDATE.search(text)
    return Fetched(
        int(number[1]),
        _body(response),
        int(octets[1]) if octets is not None else None,
        internal_date(stored[1]) if stored is not None else None,
    )


def _body(response: Response) -> bytes | None:
    found = _BODY.search(response.text)
    if found is None:
        return None
    if found[1] is not None:
        return re.sub(rb"\\(.)", rb"\1", found[1], flags=re.DOTALL)
    if not response.literals or found[0].endswith(b"NIL"):
        return None
    if len(response.literals) == 1:
        return response.literals[0]
    index = len(_EARLIER_LITERAL.findall(response.text, 0, found.end())) - 1
    return response.literals[index] if 0 <= index < len(response.literals) else None


def internal_date(value: bytes) -> datetime | None:
    """`17-Jul-1996 02:44:25 -0700` (RFC 9051 §9, date-time) as an aware time; None when it is none."""
    # Fixed columns: a day of one digit is led by a space. `datetime` cannot hold a leap second: it is the one before.
    try:
        return datetime(
            int(value[7:11]),
            _MONTHS[value[3:6].lower()],
            int(value[:2]),
            int(value[12:14]),
            int(value[15:17]),
            min(int(value[18:20]), 59),
            tzinfo=_zone(value[21:]),
        )
    except (ValueError, KeyError):
        return None


@lru_cache(maxsize=256)
def _zone(written: bytes) -> timezone:
    if _ZONE.fullmatch(written) is None:
        raise ValueError("no time zone")
    offset = timedelta(hours=int(written[1:3]), minutes=int(written[3:5]))
    return timezone(-offset if written[:1] == b"-" else offset)
