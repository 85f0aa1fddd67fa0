"""What is kept of a message that is no candidate: the little that proves something about those that are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import repeat
from operator import itemgetter
from threading import RLock
from typing import Final

from scanner.detector.audience import sending_of
from scanner.detector.internal import Border, deciding_day
from scanner.detector.subjects import subject_key
from scanner.envelope import Envelope, Mark
from scanner.exposure import Standing
from scanner.received import Received

_FEWEST: Final = 3  # outsiders, the author included, from which a message tells who stood together
_MOST_LINKS: Final = 500_000  # subjects with one of their people, of this run or earlier ones: some 40 MB each
_ADDRESS: Final = itemgetter(0)  # of a recipient
_DRAFT, _REPLY, _REPORT, _SENT = Mark.DRAFT, Mark.REPLY, Mark.REPORT, Mark.SENT


class Wanted:
    """By what a message is recognised that belongs to a candidate. It grows while the mail is read.

    ids      Message-IDs of candidates: what names one answers it
    named    the message ids that candidates name: what bears one is what they answer
    known    Message-IDs of the messages that were kept as evidence

    Beside them each candidate's subject with each of its people, as numbers, since conversions lose the ids. Beyond
    half a million of these pairs no more are taken, and messages are linked by their ids alone.

    `earlier` gives the candidates of earlier runs, and `kept` the Message-IDs of what they kept as evidence. Both are
    asked once, and only when something has to be compared with them: most runs read our own mail, and never ask.
    `earlier` may give what this run found and saved, too, and has its own half a million pairs: who asks when changes
    nothing, though several mailboxes are read side by side.
    """

    def __init__(
        self, earlier: Callable[[], Iterable[Envelope]] = tuple, kept: Callable[[], Iterable[str]] = tuple
    ) -> None:
        self._earlier = earlier
        self._kept = kept
        self._whole = False
        self._lock = RLock()
        self.ids: set[str] = set()
        self.named: set[str] = set()
        self.known: set[str] = set()
        self._links: set[int] = set()
        self._earlier_links: set[int] = set()
        self._found: set[int] = set()  # hashes of the places of this run's candidates
        self._subjects: set[str] = set()

    def add(self, candidate: Envelope) -> None:
        """A candidate: what it answers and what answers it is wanted from now on."""
        self._found.add(hash(candidate.locator))
        self._take(candidate, self._links)

    def _take(self, candidate: Envelope, links: set[int]) -> None:
        outline = candidate.outline
        if outline.message_id:
            self.ids.add(outline.message_id)
        self.named.update(outline.answers)
        subject = subject_key(outline.subject)
        if subject and len(links) < _MOST_LINKS:
            self._subjects.add(subject)
            # What `canonical` says, and `hash((subject, address))`: tens of thousands of people pass here.
            addresses = filter(None, map(_ADDRESS, candidate.recipients))
            people = {f"{local_part.casefold()}@{domain}" for local_part, domain in addresses}
            links.update(map(hash, zip(repeat(subject), people)))
            if _REPLY in outline.marks and not outline.answers:
                links.update(map(hash, zip(repeat(subject), people, repeat(_REPLY))))

    def keep(self, received: Received) -> None:
        """A message that was kept: nobody needs to look for it any more."""
        if received.message_id:
            self.known.add(received.message_id)

    def recall(self) -> None:
        """Add what earlier runs found, at the first time that somebody asks for it."""
        if not self._whole:
            with self._lock:  # several mailboxes are read side by side
                if not self._whole:
                    for candidate in self._earlier():
                        if hash(candidate.locator) not in self._found:
                            self._take(candidate, self._earlier_links)
                    self.known.update(self._kept())
                    self._whole = True

    def bears(self, message_id: str | None) -> bool:
        """Whether a candidate bears this id."""
        if message_id in self.ids:
            return True
        self.recall()
        return message_id in self.ids

    def has_subject(self, subject: str) -> bool:
        """Whether some candidate bears this subject, without prefixes."""
        return subject in self._subjects

    def is_from_the_list_of(self, subject: str, address: str, *, names_others: bool) -> bool:
        """Whether a candidate with this subject went to the address.

        A message that names others answers these: by its subject it can only be what a reply without names answers.
        """
        link = hash((subject, address, _REPLY) if names_others else (subject, address))
        return link in self._links or link in self._earlier_links

    def nearest(self, candidate: Envelope) -> str | None:
        """The message id of what the candidate answers, when neither a candidate nor anything kept bears it."""
        parents = candidate.in_reply_to[:1] or candidate.references[-1:]
        found = next((name for name in parents if name not in self.ids and name not in self.known), None)
        if found is not None and not self._whole:
            self.recall()
            return self.nearest(candidate)
        return found


def received_of(envelope: Envelope, border: Border, wanted: Wanted) -> Received | None:
    """What is kept of a message that is no candidate; None for nearly all of them, of which nothing is kept.

    Others' mail is read only to judge our own, so as little as possible of it stays in the case: no text, no names, no
    subject as it was written, and nothing at all of a message unless it

    - shows three outsiders or more, its author counted, in fields that all see: they knew of one another,
    - answers a candidate: it names its Message-ID, or names none and bears its subject and is by somebody it went to,
    - is what a candidate answers: the candidate names it, or names none and the same holds of subject and author,
    - or is a bounce.

    Of our own mail only what a candidate names is kept, so that a reply can be traced to where its list began. Drafts
    prove nothing. Nothing is read of the address fields of a message that cannot be any of this.
    """
    message_id, answers, written, marks = envelope.outline
    sent = _SENT in marks
    if not sent and _REPORT in marks:  # by our own server, maybe
        return _record(envelope)
    wanted.recall()
    named = message_id in wanted.named
    linked = named or not wanted.ids.isdisjoint(answers)
    if (_DRAFT in marks and not sent) or (sent and not linked and not envelope.resent):
        return None
    subject = "" if linked else subject_key(written)
    if not (linked or wanted.has_subject(subject) or envelope.has_room_for(_FEWEST - 1, border.inside)):
        return None
    sending = sending_of(envelope, border, deciding_day(envelope, border))
    if sending.original or sending.resent:
        proves = named
    else:
        proves = linked or _is_by_the_list(envelope, subject, wanted) or _shows_several(envelope, border)
    return _record(envelope) if proves else None


def parent_of(envelope: Envelope) -> Received:
    """What is kept of a message that a source gave as what a candidate answers."""
    return _record(envelope)


def _is_by_the_list(envelope: Envelope, subject: str, wanted: Wanted) -> bool:
    author = envelope.author
    names_others = bool(envelope.outline.answers)
    return author is not None and wanted.is_from_the_list_of(subject, author.canonical, names_others=names_others)


def _shows_several(envelope: Envelope, border: Border) -> bool:
    """Whether author and visible recipients are three outsiders or more; where nobody is ours, nobody is a stranger."""
    if not border.knows_us:
        return False
    day = deciding_day(envelope, border)
    seen: set[str] = set()
    shown = (entry.address for entry in envelope.recipients if entry.visible)
    for address in (envelope.author, *shown):
        if address is not None and border.standing(address, day) is Standing.OUTSIDER:
            seen.add(address.canonical)
            if len(seen) >= _FEWEST:
                return True
    return False


def _record(envelope: Envelope) -> Received:
    message_id, answers, written, marks = envelope.outline
    author = envelope.author.canonical if envelope.author else None
    people = {entry.address.canonical for entry in envelope.recipients if entry.visible and entry.address}
    return Received(
        identity=envelope.identity,
        locator=envelope.locator,
        date=envelope.date,
        author=author,
        people=tuple(sorted(people | {author} if author else people)),
        message_id=message_id,
        answers=answers,
        subject=subject_key(written),
        marks=marks,
    )
