"""Which copies are one message, and which copy of a message is the one to show."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from scanner.envelope import Envelope, Mark
from scanner.identity import message_key


def keys_of(envelope: Envelope) -> tuple[str, ...]:
    """The keys of a copy. Copies that share one are one message, and so are copies linked by a third.

    One key is the content's. The other agrees for copies that differ in date or subject only (conversions damage time
    zones and subjects): the Message-ID together with the author and those shown. The Message-ID alone is not enough:
    some programs give one to many messages.
    """
    content = envelope.identity
    named = message_key(envelope.message_id)
    if named is None:
        return (content,)
    author = envelope.author.canonical if envelope.author else ""
    shown = {entry.address.canonical for entry in envelope.recipients if entry.visible and entry.address}
    text = "\x1f".join((named, author, *sorted(shown))).encode("utf-8", "surrogatepass")
    return content, "id:" + hashlib.sha256(text).hexdigest()[:32]


def most_telling(copies: Iterable[Envelope]) -> Envelope:
    """The copy that says most, the same one in whatever order different copies come.

    The copy that lies among sent mail comes before others, any copy before a draft, and one that names more recipients
    (the sender's own copy holds the Bcc) before one that names fewer; what remains is decided by digest and place.
    Of two readings of one copy in one place the first given is taken.
    """
    return min(copies, key=_rank)


def _rank(envelope: Envelope) -> tuple[bool, bool, int, int, str, str, str, str]:
    place = envelope.locator
    return (
        Mark.SENT not in envelope.marks,
        Mark.DRAFT in envelope.marks,
        -len(envelope.recipients),
        len(envelope.defects),
        envelope.digest,
        place.account,
        place.folder,
        place.key,
    )
