"""Which copies are of one message, and which of them have to be kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from scanner.envelope import Envelope, Mark
from scanner.identity import Keys
from scanner.store.facts import to_bytes, to_envelope


@dataclass
class Copy:
    """An envelope with what it is compared by, each worked out when it is first asked for."""

    envelope: Envelope

    @classmethod
    def stored(cls, facts: bytes) -> Copy:
        """The copy that the database holds as these bytes."""
        copy = cls(to_envelope(facts))
        copy.facts = facts
        return copy

    @cached_property
    def facts(self) -> bytes:
        """The envelope as the database keeps it."""
        return to_bytes(self.envelope)

    @cached_property
    def keys(self) -> Keys:
        """By what the copy is recognised."""
        return self.envelope.keys

    @cached_property
    def beside(self) -> frozenset[str]:
        """Whom it names beside those shown."""
        return self.envelope.beside

    @cached_property
    def entries(self) -> frozenset[tuple[object, ...]]:
        """Everything that it says of people."""
        people = ((one.address, one.text, one.name, one.field) for one in self.envelope.recipients)
        rest = ((None, left.text, "", left.field) for left in self.envelope.unparsed)
        return frozenset((*people, *rest))

    def is_of_the_message_of(self, other: Copy) -> bool:
        """Whether two copies are of one message. Chunks of one mailing differ in whom they hide, so they are several.

        With one Message-ID, the content may agree or all but the time zone and the subject. With different ones, which
        conversions make, the content must agree, and one copy may lack hidden readers, but not name others.
        """
        mine, theirs = self.keys, other.keys
        if mine.content != theirs.content:
            return mine.agree_by_name(theirs)
        if mine.message is not None and mine.message == theirs.message:
            return True
        return self.beside <= other.beside or self.beside >= other.beside

    def stands_for(self, other: Copy) -> bool:
        """Whether any third copy is of the message of this one exactly when it is of the message of the other."""
        return self.keys == other.keys and self.beside == other.beside

    def says_all_of(self, other: Copy) -> bool:
        """Whether nothing is lost when the other copy of the same message is not kept."""
        return self.stands_for(other) and self.entries >= other.entries


def telling(copies: Iterable[Copy]) -> list[Copy]:
    """The copies that are needed to know everybody whom the message showed or went to, the most telling one first.

    The copy that lies among sent mail comes before others, any copy before a draft, and one that names more recipients
    (the sender's own copy holds the Bcc) before one that names fewer; what remains is decided by digest and place.
    The answer is the same in whatever order different copies come; of two readings of one copy in one place the first
    given is taken.
    """
    needed: list[Copy] = []
    for copy in sorted(copies, key=_rank):
        if not any(better.says_all_of(copy) for better in needed):
            needed.append(copy)
    return needed


def _rank(copy: Copy) -> tuple[bool, bool, int, int, str, str, str, str]:
    envelope = copy.envelope
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
