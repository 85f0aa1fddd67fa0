"""What a scan keeps of the messages that are no candidates, while it reads them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from scanner.connectors.interface import Folder, GivesWhole, Mailbox
from scanner.detector import Weight, weigh
from scanner.detector.audience import sending_of
from scanner.detector.evidence import Wanted, received_of
from scanner.detector.internal import Border, deciding_day
from scanner.envelope import Envelope, Mark
from scanner.errors import SourceError
from scanner.policy import Policy
from scanner.received import Received

_LARGEST: Final = 16 * 1024 * 1024  # octets of a message that is read as a whole
_MOST: Final = 512 * 1024 * 1024  # octets of those of one stretch together


@dataclass(slots=True)
class Gleaned:
    """Of a stretch: what is kept as evidence, and candidates that stood in quotations only."""

    received: list[Received] = field(default_factory=list)
    quoted: list[Envelope] = field(default_factory=list)


class Gleaner:
    """Of one folder: is shown each message, and gives what is worth keeping, a stretch at a time.

    Of a folder of sent mail nothing is kept but candidates: others wrote nothing there. Answers and bounces that came
    to us are read as a whole where the source gives that for nothing (archives; over IMAP and Graph it would cost a
    download each, and rights that a scan does not ask for): they may quote a list of ours of which no copy was kept.
    """

    def __init__(self, mailbox: Mailbox, folder: Folder, policy: Policy, wanted: Wanted) -> None:
        self._mailbox = mailbox
        self._policy = policy
        self._wanted = wanted
        self._border = Border(policy)
        self._mixed = not folder.chosen_by.all_ours
        self._whole = self._mixed and isinstance(mailbox, GivesWhole) and mailbox.gives_whole(folder)
        self._gleaned = Gleaned()
        self._answers: list[tuple[Envelope, int]] = []  # each with the place of what is kept of it, or -1
        self.left = 0
        """Answers that were not read as a whole, since they are too large, or the source did not give them."""
        self.met_others = False
        """Whether anything lay there that others wrote."""

    def candidate(self, envelope: Envelope) -> None:
        """A candidate: what belongs to it is wanted."""
        self._wanted.add(envelope)

    def other(self, envelope: Envelope) -> int:
        """Any other message; gives how many people will be kept of it."""
        inside = self._border.inside
        if not self._mixed or (inside is not None and envelope.is_plainly_by(inside)):
            return 0  # ours: what a reply answers among it is looked up later
        if not self.met_others:
            sending = sending_of(envelope, self._border, deciding_day(envelope, self._border))
            self.met_others = not (sending.original or sending.resent)
        kept = received_of(envelope, self._border, self._wanted)
        place = -1
        if kept is not None:
            self._wanted.keep(kept)
            place = len(self._gleaned.received)
            self._gleaned.received.append(kept)
        if self._whole:
            from scanner.detector.quoted import may_quote  # noqa: PLC0415 - sent mail alone needs nothing of it

            if may_quote(envelope, self._border):
                self._answers.append((envelope, place))
        return len(kept.people) if kept is not None else 0

    def take(self) -> Gleaned:
        """What was kept since the last time, with what the answers among it quote."""
        gleaned, answers = self._gleaned, self._answers
        self._gleaned, self._answers = Gleaned(), []
        octets = 0
        for envelope, place in answers:
            raw = self._raw(envelope) if octets < _MOST else None
            if raw is None:
                self.left += 1
                continue
            octets += len(raw)
            gleaned.quoted += self._quoted(raw, envelope)
            if place >= 0 and Mark.REPORT in envelope.marks:
                from scanner.detector.quoted import undelivered_of  # noqa: PLC0415 - as above

                kept = gleaned.received[place]
                gleaned.received[place] = replace(kept, undelivered=undelivered_of(raw))
        return gleaned

    def _raw(self, envelope: Envelope) -> bytes | None:
        if envelope.size is not None and envelope.size > _LARGEST:
            return None
        try:
            return self._mailbox.raw(envelope.locator)
        except SourceError:
            return None

    def _quoted(self, raw: bytes, envelope: Envelope) -> list[Envelope]:
        from scanner.detector.quoted import quoted_lists  # noqa: PLC0415 - as above

        found = quoted_lists(raw, envelope, self._border)
        candidates = [one for one in found if weigh(one, self._policy) is Weight.CANDIDATE]
        for one in candidates:
            self._wanted.add(one)
        return candidates
