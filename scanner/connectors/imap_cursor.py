"""How far an IMAP folder was read, and whether it is still the folder that was read."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Mapping
from typing import Final, NamedTuple
from zlib import crc32

from scanner.connectors.imap_answer import Fetched
from scanner.connectors.imap_fetch import fetch_batch, heed_pause, is_there
from scanner.connectors.imap_line import CommandRefused
from scanner.connectors.imap_session import Selected, Session
from scanner.connectors.interface import Cursor, CursorLost

_ITEMS = b"(UID BODY.PEEK[HEADER.FIELDS (Date Message-ID)])"
_NAMING = re.compile(rb"\n[mMdD](?i:essage-id|ate)[ \t]*:((?>[^\n]*(?:\n[ \t][^\n]*)*))")  # each message passes here
_NOTED: Final = re.compile(r"(\d+):([0-9a-f]*)")
_KEPT: Final = 7  # messages before the last one: so many must be gone before nothing is left to recognise a folder by


class Place(NamedTuple):
    """The last message that was read, written `UIDVALIDITY/UID/PRINT/UID:PRINT,UID:PRINT`.

    `print` is what that message is recognised by, "" where it was not handed out. `earlier` are those that were read
    just before it, last first, with the same. Earlier versions wrote none, and at most places no print either.
    """

    validity: str
    uid: int
    print: str = ""
    earlier: tuple[tuple[int, str], ...] = ()

    @classmethod
    def of(cls, cursor: Cursor) -> Place | None:
        """The place that a cursor names; None when it names none."""
        validity, _, rest = cursor.partition("/")
        uid, _, rest = rest.partition("/")
        print_, _, earlier = rest.partition("/")
        if not uid.isdecimal():
            return None
        return cls(validity, int(uid), print_, tuple((int(one), known) for one, known in _NOTED.findall(earlier)))

    @property
    def cursor(self) -> Cursor:
        """The cursor behind this message."""
        return _written(self.validity, self.uid, self.print, [f"{uid}:{known}" for uid, known in self.earlier])


class Trail:
    """What the messages that were read last are recognised by, each in turn: any of them may be the last that is saved.

    It goes on from the cursor that the reading began behind, so that no message between two of them is left out.
    """

    def __init__(self, validity: int, after: Cursor | None) -> None:
        self._validity = str(validity)
        place = Place.of(after) if after else None
        known = [(place.uid, place.print), *place.earlier] if place and place.validity == self._validity else []
        self._last = deque((f"{uid}:{noted}" for uid, noted in known[:_KEPT]), _KEPT)

    def behind(self, uid: int, body: bytes | None) -> Cursor:
        """The cursor behind the message that was read now; without a `body` it was not handed out."""
        noted = print_of(body) if body else ""
        cursor = _written(self._validity, uid, noted, self._last)
        self._last.appendleft(f"{uid}:{noted}")
        return cursor


def _written(validity: str, uid: int, noted: str, earlier: Collection[str]) -> Cursor:
    if earlier:
        return Cursor(f"{validity}/{uid}/{noted}/{','.join(earlier)}")
    return Cursor(f"{validity}/{uid}/{noted}" if noted else f"{validity}/{uid}")


def print_of(body: bytes) -> str:
    """What a message is recognised by: a checksum of its Message-ID and Date.

    Not of more: Exchange writes headers anew for each reader, with the names of today's address book, and not of
    INTERNALDATE, which some servers write in their own zone of today. "" where the message has neither field.
    """
    found = _NAMING.findall(b"\n" + body)
    return f"{crc32(b' '.join([b''.join(field.split()) for field in found])):08x}" if found else ""


def position(session: Session, selected: Selected, after: Cursor | None) -> int:
    """The last UID already read. Raises `CursorLost` when the cursor was made in another life of the folder.

    A new UIDVALIDITY says so, but a Maildir that comes back from a backup brings its old one with it, and gives UIDs
    out again that stood for other messages (RFC 9051 §2.3.1.1 forbids it). What gives it away:

    UIDNEXT is at or below the last UID that was read, and that message is not there. Where it is there, UIDNEXT is
    wrong, as some servers have it, and bounds nothing. A server that has it wrong, and whose last message was deleted,
    is read again though nothing was lost: once, since what is read last then is there again in the next run.

    Or another message stands under that UID now, or under that of one of the few that were read before it. These are
    asked for where the last one cannot tell: it was deleted since, which is usual and proves nothing, or it was never
    handed out, or has neither a Message-ID nor a Date. Or, beside them, one stands under a UID where none was.

    What cannot be told: that a folder was put back where UIDNEXT is above the last UID again, all of those few are gone
    or cannot be recognised, and nothing else stands among their UIDs; and messages that bear the UID, the Message-ID
    and the Date of others. A folder that was put back to a state behind the last UID that was read has lost nothing.
    """
    if after is None:
        return 0
    place = Place.of(after)
    if not selected.uidvalidity:
        raise CursorLost("The server does not say whether the folder was rebuilt (no UIDVALIDITY); it is read anew.")
    if place is None or place.validity != str(selected.uidvalidity):
        raise CursorLost("The folder was rebuilt on the server since it was last read (UIDVALIDITY changed).")
    fell = 0 < (selected.uidnext or 0) <= place.uid
    if not fell and not place.print and not place.earlier:
        return place.uid
    last = _last(session, selected, place.uid)
    if fell and last is None and not _stands(session, selected, place.uid):
        raise CursorLost(
            f"It was put back to an earlier state, as from a backup: the server gives out UIDs from {selected.uidnext} "
            f"on, and UID {place.uid} was read before. So it is read again from its start."
        )
    other = place.uid if place.print and _is_another(session, selected, place, last) else None
    if other is None and selected.exists and not (place.print and print_of(last or b"") == place.print):
        other = _other_before(session, place)
    if other is None:
        return place.uid
    if other == place.uid or other in dict(place.earlier):
        raise CursorLost(
            f"It was put back to an earlier state, as from a backup: UID {other} is another message than the one "
            "that was read before. So it is read again from its start."
        )
    raise CursorLost(
        f"It was put back to an earlier state, as from a backup: a message stands under UID {other}, where none was. "
        "So it is read again from its start."
    )


def _other_before(session: Session, place: Place) -> int | None:
    """A UID of those that were read before the last one, or between them, under which another message stands now.

    Messages that come have UIDs above all that were given, so where none was, none can have come.
    """
    known = {uid: noted for uid, noted in place.earlier if uid < place.uid}
    if not known:
        return None
    try:
        there = session.search_range(min(known), place.uid)
        new = [uid for uid in there if min(known) <= uid < place.uid and uid not in known]
        if new:
            return new[0]
        asked = [uid for uid in there if known.get(uid)]
        others = _others(session, asked, known)
        again = _others(session, sorted(others), known)  # asked twice: see `_is_another`
    except CommandRefused as refusal:
        heed_pause(refusal)
        return None
    return max((uid for uid in others if again.get(uid) == others[uid]), default=None)


def _others(session: Session, uids: list[int], known: Mapping[int, str]) -> dict[int, str]:
    """Those of the messages that are not the known ones, with what they are recognised by."""
    into: dict[int, Fetched] = {}
    if uids:
        fetch_batch(session, uids, into, _ITEMS)
    prints = {uid: print_of(fetched.body) for uid, fetched in into.items() if fetched.body}
    return {uid: now for uid, now in prints.items() if now not in ("", known[uid])}


def _last(session: Session, selected: Selected, uid: int) -> bytes | None:
    """Date and Message-ID of the message that was read last, as it is now; None where the server hands out none."""
    into: dict[int, Fetched] = {}
    if selected.exists:
        try:
            fetch_batch(session, [uid], into, _ITEMS)
        except CommandRefused as refusal:
            heed_pause(refusal)
    return into[uid].body if uid in into else None


def _stands(session: Session, selected: Selected, uid: int) -> bool:
    """Whether it is there although it is not handed out, as some messages are not."""
    return selected.exists > 0 and is_there(session, uid)


def _is_another(session: Session, selected: Selected, place: Place, last: bytes | None) -> bool:
    """Whether another message stands there now. Asked twice, since of what a server makes up anew nothing follows."""
    now = print_of(last or b"")
    return now not in ("", place.print) and print_of(_last(session, selected, place.uid) or b"") == now
