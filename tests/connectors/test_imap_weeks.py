"""Scans of one IMAP mailbox, a week between them: what a server withholds stays missing until it is shown or gone."""

from __future__ import annotations

from pathlib import Path

from scanner.case import Outcome
from scanner.scan import Silent, scan
from scanner.store import open_store
from tests.connectors.hostile_imap import Talk
from tests.connectors.imap_reading import Serve
from tests.connectors.test_imap_increments import Later
from tests.store.mail import OURS


class Counts(Later):
    """Counts in STATUS what it counts in EXISTS."""

    def on_status(self, talk: Talk, tag: bytes, command: bytes) -> None:
        talk.send(b"* STATUS Sent (MESSAGES %d)\r\n" % self.exists + tag + b" OK done\r\n")


def test_a_withheld_message_stays_missing_when_another_one_is_deleted(serve: Serve, tmp_path: Path) -> None:
    running = serve(Counts([1, 2, 3], exists=4))
    with open_store(tmp_path / "case.db") as store:
        weeks = []
        for script in (
            running.script,
            Counts([1, 3], exists=3, uidnext=4),
            Counts([1, 3], exists=3, uidnext=4),
            Counts([1, 3], uidnext=4),
        ):
            running.script = script
            done = scan([running.account()], OURS, store, Silent())
            (found,) = store.coverage()
            weeks.append((done.outcome, found.read, found.gone, found.missing))
    assert weeks == [
        (Outcome.INCOMPLETE, 3, 0, 1),
        (Outcome.INCOMPLETE, 3, 1, 1),
        (Outcome.INCOMPLETE, 3, 1, 1),
        (Outcome.COMPLETE, 3, 1, 0),
    ]
