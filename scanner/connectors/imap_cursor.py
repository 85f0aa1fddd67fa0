"""How far an IMAP folder was read, and whether it is still the folder that was read."""

from __future__ import annotations

import re
from typing import NamedTuple
from zlib import crc32

from scanner.connectors.imap_answer import Fetched
from scanner.connectors.imap_fetch import fetch_batch, heed_pause, is_there
from scanner.connectors.imap_line import CommandRefused
from scanner.connectors.imap_session import Selected, Session
from scanner.connectors.interface import Cursor, CursorLost

_ITEMS = b"(UID BODY.PEEK[HEADER.FIELDS (Date Message-ID)])"
_NAMING = re.compile(rb"\n(?:message-id|date)[ \t]*:((?>[^\n]*(?:\n[ \t][^\n]*)*))", re.IGNORECASE)


class Place(NamedTuple):
    """The last message that was read, written `UIDVALIDITY/UID` or `UIDVALIDITY/UID/PRINT`.

    `print` is what that message is recognised by, "" where nobody noted it: earlier versions did not.
    """

    validity: str
    uid: int
    print: str = ""

    @classmethod
    def of(cls, cursor: Cursor) -> Place | None:
        """The place that a cursor names; None when it names none."""
        validity, _, rest = cursor.partition("/")
        uid, _, print_ = rest.partition("/")
        return cls(validity, int(uid), print_) if uid.isdecimal() else None

    @property
    def cursor(self) -> Cursor:
        """The cursor behind this message."""
        return Cursor("/".join(filter(None, (self.validity, str(self.uid), self.print))))


def print_of(body: bytes) -> str:
    """What a message is recognised by: a checksum of its Message-ID and Date.

    Not of more: Exchange writes headers anew for each reader, with the names of today's address book, and not of
    INTERNALDATE, which some servers write in their own zone of today. "" where the message has neither field.
    """
    found = _NAMING.findall(b"\n" + body)
    return f"{crc32(b' '.join(b''.join(field.split()) for field in found)):08x}" if found else ""


def position(session: Session, selected: Selected, after: Cursor | None) -> int:
    """The last UID already read. Raises `CursorLost` when the cursor was made in another life of the folder.

    A new UIDVALIDITY says so, but a Maildir that comes back from a backup brings its old one with it, and gives UIDs
    out again that stood for other messages (RFC 9051 §2.3.1.1 forbids it). What gives it away:

    UIDNEXT is at or below the last UID that was read, and that message is not there. Where it is there, UIDNEXT is
    wrong, as some servers have it, and bounds nothing. A server that has it wrong, and whose last message was deleted,
    is read again though nothing was lost: once, since what is read last then is there again in the next run.

    Or another message stands under that UID now. Where none does, it was deleted, which is usual, and proves nothing.
    """
    if after is None:
        return 0
    place = Place.of(after)
    if not selected.uidvalidity:
        raise CursorLost("The server does not say whether the folder was rebuilt (no UIDVALIDITY); it is read anew.")
    if place is None or place.validity != str(selected.uidvalidity):
        raise CursorLost("The folder was rebuilt on the server since it was last read (UIDVALIDITY changed).")
    fell = 0 < (selected.uidnext or 0) <= place.uid
    if not fell and not place.print:
        return place.uid
    last = _last(session, selected, place.uid)
    if fell and last is None and not _stands(session, selected, place.uid):
        raise CursorLost(
            f"It was put back to an earlier state, as from a backup: the server gives out UIDs from {selected.uidnext} "
            f"on, and UID {place.uid} was read before. So it is read again from its start."
        )
    if place.print and _is_another(session, selected, place, last):
        raise CursorLost(
            f"It was put back to an earlier state, as from a backup: UID {place.uid} is another message than the one "
            "that was read before. So it is read again from its start."
        )
    return place.uid


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
