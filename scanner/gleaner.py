"""What a scan keeps of the messages that are no candidates, while it reads them."""

from __future__ import annotations

from scanner.connectors.interface import Folder
from scanner.detector.evidence import Wanted, received_of
from scanner.detector.internal import Border
from scanner.envelope import Envelope
from scanner.policy import Policy
from scanner.received import Received


class Gleaner:
    """Of one folder: is shown each message, and gives what is worth keeping, a stretch at a time.

    Of a folder of sent mail nothing is kept but candidates: others wrote nothing there.
    """

    def __init__(self, folder: Folder, policy: Policy, wanted: Wanted) -> None:
        self._wanted = wanted
        self._border = Border(policy)
        self._mixed = not folder.chosen_by.all_ours
        self._received: list[Received] = []

    def candidate(self, envelope: Envelope) -> None:
        """A candidate: what belongs to it is wanted."""
        self._wanted.add(envelope)

    def other(self, envelope: Envelope) -> int:
        """Any other message; gives how many people will be kept of it."""
        if not self._mixed:
            return 0
        kept = received_of(envelope, self._border, self._wanted)
        if kept is None:
            return 0
        self._wanted.keep(kept)
        self._received.append(kept)
        return len(kept.people)

    def take(self) -> tuple[Received, ...]:
        """What was kept since the last time."""
        taken, self._received = tuple(self._received), []
        return taken
