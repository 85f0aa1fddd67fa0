"""The figures and sentences of one incident or one folder, worked out from its record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Final

from reports.cells import shown
from scanner.address import Field
from scanner.coverage import ChosenBy, Coverage
from scanner.defect import Defect
from scanner.envelope import Envelope, Locator
from scanner.exposure import Affected, Exposure, Identifiable, Standing, Viewer
from scanner.incident import Incident

_CUT: Final = frozenset((Defect.HEADER_CUT, Defect.LENGTH_OF_A_LIMIT))


@dataclass(frozen=True, slots=True)
class Copy:
    """One place where a message lies, the digest of the copy there, and whether the envelope is of this very copy.

    `envelope` is None where the incident does not say which of its messages lies there, and where what lies there only
    quotes the list: then `quotes` is set. `digest` is "" where it is not known.
    """

    locator: Locator
    envelope: Envelope | None
    digest: str
    was_read: bool
    quotes: bool = False


def disclosed_entries(incident: Incident) -> int:
    """How many entries of visible address fields show somebody whom their message affects, repetitions counted."""
    return sum(_entries(exposure) for exposure in incident.exposures)


def _entries(exposure: Exposure) -> int:
    addresses = {person.address for person in exposure.affected if person.address is not None}
    names = {name for person in exposure.affected if person.address is None for name in person.names}
    return sum(
        (recipient.address.canonical in addresses)
        if recipient.address is not None
        else (recipient.name in names or recipient.text in names)
        for recipient in exposure.envelope.recipients
        if recipient.visible
    )


def with_address(people: Iterable[Affected]) -> tuple[Affected, ...]:
    """Those whose address was shown: outsiders for certain."""
    return tuple(person for person in people if person.address is not None)


def by_name_only(people: Iterable[Affected]) -> tuple[Affected, ...]:
    """Those shown by a name alone: on which side of the border they stand is not known."""
    return tuple(person for person in people if person.address is None)


def named(people: Iterable[Affected], degree: Identifiable) -> tuple[Affected, ...]:
    """Those whom a name tells to this degree, as the reasons count them: with an address, and no role account."""
    return tuple(person for person in with_address(people) if not person.role and person.identifiable is degree)


def reached(incident: Incident) -> tuple[Affected, ...]:
    """The affected with an address whom no bounce names; whether the message reached them, no header tells."""
    failed = set(incident.undelivered)
    return tuple(person for person in with_address(incident.affected) if person.address not in failed)


def counted_people(incident: Incident) -> int:
    """How many people the gate counts: of the one message, or each once whom one of several messages counts."""
    if len(incident.exposures) == 1:
        return incident.exposures[0].counted
    return len(_counted_keys(incident) & {person.key for person in incident.affected})


def parties(incident: Incident) -> int:
    """How many parties the affected belong to; whoever is shown by name only is one where the gate counts them."""
    if len(incident.exposures) == 1:
        return incident.exposures[0].parties
    counted = _counted_keys(incident)
    names = sum(person.key in counted for person in by_name_only(incident.affected))
    return len({person.party for person in with_address(incident.affected)}) + names


def _counted_keys(incident: Incident) -> set[str]:
    """No roles; people shown by name only where a message with them counts these."""
    keys: set[str] = set()
    for exposure in incident.exposures:
        known = [person.key for person in with_address(exposure.affected) if not person.role]
        keys.update(known)
        if exposure.counted > len(known):
            keys.update(person.key for person in by_name_only(exposure.affected))
    return keys


def viewers_by_standing(viewers: Iterable[Viewer]) -> dict[Standing, int]:
    """How many viewers there are on each side of the border."""
    count = dict.fromkeys(Standing, 0)
    for viewer in viewers:
        count[viewer.standing] += 1
    return count


def hidden_viewers(viewers: Iterable[Viewer]) -> int:
    """How many viewers stood in a Bcc field."""
    return sum(not viewer.field.visible for viewer in viewers)


def fields_of(people: Iterable[Affected]) -> str:
    """The fields in which people were shown, in the order of the standard; a Bcc field shows nobody."""
    used = {field for person in people for field in person.fields}
    return ", ".join(str(field) for field in Field if field.visible and field in used)


def may_lack_people(envelope: Envelope) -> bool:
    """Whether the message may name more people than were read from it."""
    return bool(envelope.unparsed) or not _CUT.isdisjoint(envelope.defects)


def first_shown(incident: Incident) -> Envelope | None:
    """The earliest message that showed somebody, else the earliest: the one by which a reader knows the incident."""
    showing = (exposure.envelope for exposure in incident.exposures if exposure.affected)
    return next(showing, incident.exposures[0].envelope if incident.exposures else None)


def author_of(envelope: Envelope) -> str:
    """The author as a person would write them; "" when the message does not say."""
    if envelope.author is None:
        return shown(envelope.author_name)
    address = shown(envelope.author.addr_spec)
    return f"{shown(envelope.author_name)} <{address}>" if envelope.author_name else address


def copies_of(incident: Incident) -> tuple[Copy, ...]:
    """Where the messages of the incident lie: each message as it was read, then its further copies, then quotations."""
    read = [Copy(e.envelope.locator, e.envelope, e.envelope.digest, was_read=True) for e in incident.exposures]
    known = {copy.locator for copy in read}
    number_of = _messages_by_copy(incident)
    further: list[list[Copy]] = [[] for _ in range(len(read) + 1)]  # the last: of none of the messages
    digests, held = chain(incident.digests, repeat("")), chain(incident.holds, repeat(""))
    for at, digest, holds in zip(incident.locations, digests, held, strict=False):
        if at not in known:
            number = number_of(holds, digest)
            envelope = None if number is None else read[number].envelope
            quotes = bool(holds) and number is None
            copy = Copy(at, envelope, digest, was_read=False, quotes=quotes)
            further[len(read) if number is None else number].append(copy)
    of_messages = (copy for first, others in zip(read, further, strict=False) for copy in (first, *others))
    return (*of_messages, *further[-1])


def _messages_by_copy(incident: Incident) -> Callable[[str, str], int | None]:
    """Which message a copy is of, by the identity of what lies there, or by its digest where that is not known.

    None where neither is that of a message of the incident.
    """
    messages = {exposure.message: number for number, exposure in enumerate(incident.exposures)}
    digests = {exposure.envelope.digest: number for number, exposure in enumerate(incident.exposures)}

    def number_of(message: str, digest: str) -> int | None:
        if message:
            return messages.get(message)
        return 0 if len(messages) == 1 else digests.get(digest)

    return number_of


def lines(parts: Iterable[str]) -> str:
    """Texts of strangers below one another in one cell, each on its own line."""
    return "\n".join(shown(part) for part in parts)


def state_of(folder: Coverage) -> str:
    """One word or two for what became of the folder."""
    if folder.chosen_by is ChosenBy.NOT_SENT:
        return "left out"
    if folder.complete:
        return "complete"
    return "incomplete" if folder.accounted else "not read"


def trouble_of(folder: Coverage) -> str:
    """Why the folder is not complete, in a sentence; "" when it is."""
    if folder.trouble or folder.complete:
        return shown(folder.trouble)
    if not folder.finished:
        return "The reading stopped before the end of this folder; the next run goes on from there."
    return " ".join(_gaps(folder)) or "Not all of this folder was read."


def _gaps(folder: Coverage) -> Iterator[str]:
    if folder.unreadable:
        yield f"{many(folder.unreadable, 'message')} could not be read; see the list of them below."
    if folder.missing:
        verb, which = ("is", "which one it is") if folder.missing == 1 else ("are", "which ones they are")
        yield (
            f"{many(folder.missing, 'message')} {verb} missing: counted by the source and not handed out by it; "
            f"{which} is not known."
        )


def many(number: int, noun: str) -> str:
    """A number with its noun: 1 folder, 2,000 folders."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
