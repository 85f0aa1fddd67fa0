"""A scan reads each message once, goes on where it stopped, and says what it could not read."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from scanner.case import Alarm, Outcome, Run
from scanner.connectors.interface import Cursor, CursorLost, Folder
from scanner.coverage import ChosenBy, Coverage
from scanner.detector import proposal
from scanner.envelope import Envelope, Locator, Reading
from scanner.errors import LoginRefused, SourceInterrupted, StoreError
from scanner.headers import parse_envelope
from scanner.policy import Gate, Ground, InternalDomain, Policy
from scanner.scan import Silent, scan
from scanner.store import open_store
from scanner.store.store import Store
from tests.mailboxes import Faulty, Log, Shelf
from tests.store.mail import OURS, START, raw

BROKEN = SourceInterrupted("The server closed the connection.", "Run the same command again.")


@pytest.fixture(autouse=True)
def _small_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.stretch._STRETCH_MESSAGES", 3)


@pytest.fixture
def run(store: Store, monkeypatch: pytest.MonkeyPatch) -> Runner:
    return Runner(store, monkeypatch)


class Runner:
    """Scans shelves of mailboxes into one case."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store = store
        self.log = Log()
        self._patch = monkeypatch

    def __call__(self, shelf: Shelf, policy: Policy = OURS, scheme: str = "memory") -> Run:
        self.log = Log()
        self._patch.setattr("scanner.scan.open_mailbox", shelf.open)
        return scan([replace(account, scheme=scheme) for account in shelf.accounts], policy, self.store, self.log)

    def kept(self) -> list[str]:
        return [one.envelope.subject for one in self.store.candidates()]

    def coverage(self, account: str = "ann", folder: str = "Sent") -> Coverage:
        (found,) = [one for one in self.store.coverage() if (one.account, one.folder) == (account, folder)]
        return found


def mailbox(*numbers: int, account: str = "ann", **others: object) -> Faulty:
    return Faulty(account, {"Sent": [raw(number) for number in numbers]}, **others)  # type: ignore[arg-type]


def test_candidates_are_kept_and_the_rest_is_counted(run: Runner) -> None:
    few, bad = raw(2, outsiders=3), "The header is cut off."
    box = Faulty("ann", {"Sent": [raw(1), few, bad, raw(4), few], "Inbox": [raw(9)]}, unwanted=frozenset({"Inbox"}))
    done = run(Shelf(box))
    assert run.kept() == ["1 price lists", "4 price lists"]
    assert run.coverage() == Coverage(
        account="ann",
        folder="Sent",
        chosen_by=ChosenBy.ARCHIVE,
        expected=5,
        read=4,
        unreadable=1,
        oldest=START + timedelta(hours=1),
        newest=START + timedelta(hours=4),
        finished=True,
    )
    assert run.coverage(folder="Inbox") == Coverage("ann", "Inbox", ChosenBy.NOT_SENT, 1)
    assert [entry.reason for entry in run.store.unreadable()] == [bad]
    assert done.outcome is Outcome.INCOMPLETE  # one message could not be read
    assert (done.sources, done.policy, done.troubles) == (("ann",), OURS, ())
    assert list(run.store.runs()) == [done]
    assert run.log.said("started") == [("Sent", 0)]
    assert run.log.said("progress")[-1] == ("Sent", 5, 2)
    assert run.log.said("done") == [run.coverage()]


def test_everything_read_is_complete(run: Runner) -> None:
    done = run(Shelf(mailbox(1, 2, 3, 4)))
    assert done.outcome is Outcome.COMPLETE
    assert done.finished is not None
    assert done.finished >= done.started


def test_a_second_run_reads_what_is_new_alone(run: Runner) -> None:
    box = mailbox(1, 2, 3, 4)
    run(Shelf(box))
    box.messages["Sent"] += [raw(5)]
    done = run(Shelf(box))
    assert box.reads == [("Sent", None), ("Sent", "4")]
    assert run.kept() == [f"{number} price lists" for number in range(1, 6)]
    assert (run.coverage().read, run.coverage().expected, run.coverage().newest) == (5, 5, START + timedelta(hours=5))
    assert done.outcome is Outcome.COMPLETE
    assert run.log.said("started") == [("Sent", 4)]


def test_archives_whose_new_mail_stands_anywhere_are_read_as_a_whole(run: Runner) -> None:
    box = mailbox(1, 3, 4)
    run(Shelf(box), scheme="maildir")
    box.messages["Sent"].insert(1, raw(2))
    run(Shelf(box), scheme="maildir")
    assert box.reads == [("Sent", None), ("Sent", None)]
    assert run.kept() == [f"{number} price lists" for number in (1, 2, 3, 4)]
    assert run.coverage().read == 4
    assert run.log.said("notice") == []


def test_a_maildir_that_was_interrupted_goes_on(run: Runner) -> None:
    box = mailbox(1, 2, 3, 4, 5, breaks={("Sent", 5): BROKEN})
    run(Shelf(box), scheme="maildir")
    box.breaks.clear()
    run(Shelf(box), scheme="maildir")
    assert box.reads == [("Sent", None), ("Sent", "4")]
    assert run.coverage().read == 5


def test_an_interruption_keeps_what_was_read_and_reads_the_other_accounts(run: Runner) -> None:
    box = mailbox(1, 2, 3, 4, 5, breaks={("Sent", 5): BROKEN})
    done = run(Shelf(box, mailbox(9, account="bob")))
    assert run.kept() == [f"{number} price lists" for number in (1, 2, 3, 4, 9)]
    assert (run.coverage().read, run.coverage().trouble, run.coverage().finished) == (4, str(BROKEN), False)
    assert done.outcome is Outcome.INCOMPLETE
    assert done.troubles == (f"ann: {BROKEN}",)
    assert run.log.said("trouble") == [("ann", str(BROKEN))]
    box.breaks.clear()
    done = run(Shelf(box, mailbox(9, account="bob")))
    assert (run.coverage().read, run.coverage().trouble, run.coverage().finished) == (5, "", True)
    assert done.outcome is Outcome.COMPLETE


def test_an_account_that_refuses_us_is_in_the_coverage_until_it_opens(run: Runner) -> None:
    no = LoginRefused("The server does not accept the password.", "Check it.")
    done = run(Shelf(mailbox(1, account="bob"), ann=no))
    assert done.outcome is Outcome.INCOMPLETE
    whole = run.coverage("ann", "")
    assert (whole.trouble, whole.complete) == (str(no), False)
    done = run(Shelf(mailbox(1, account="bob"), mailbox(2)))
    assert [one.folder for one in run.store.coverage()] == ["Sent", "Sent"]
    assert done.outcome is Outcome.COMPLETE


def test_a_run_in_which_no_account_opens_has_failed(run: Runner) -> None:
    no = LoginRefused("No.", "Check it.")
    assert run(Shelf(ann=no, bob=no)).outcome is Outcome.FAILED
    assert run(Shelf()).outcome is Outcome.FAILED


def test_no_folder_of_sent_mail_is_never_nothing_found(run: Runner) -> None:
    box = Faulty("ann", {"Inbox": [raw(1)]}, unwanted=frozenset({"Inbox"}))
    done = run(Shelf(box, mailbox(2, account="bob")))
    assert done.outcome is Outcome.INCOMPLETE
    assert "No folder of sent mail" in done.troubles[0]
    assert "No folder of sent mail" in run.coverage("ann", "").trouble


def test_folders_that_were_listed_before_the_listing_broke_are_read(run: Runner) -> None:
    done = run(Shelf(mailbox(1, listing_breaks=BROKEN)))
    assert run.kept() == ["1 price lists"]
    assert run.coverage("ann", "").trouble == str(BROKEN)
    assert done.outcome is Outcome.INCOMPLETE  # the account is not known as a whole, but something was read


def test_a_rebuilt_folder_is_read_again_and_doubles_nothing(run: Runner) -> None:
    box = mailbox(1, 2, 3, 4)
    run(Shelf(box))
    box.forgotten.add("Sent")
    box.messages["Sent"] = [raw(2), raw(3), raw(4), raw(5)]
    done = run(Shelf(box))
    assert box.reads[1:] == [("Sent", "4"), ("Sent", None)]
    assert run.kept() == [f"{number} price lists" for number in (1, 2, 3, 4, 5)]
    assert (run.coverage().read, run.coverage().oldest) == (4, START + timedelta(hours=2))
    assert run.log.said("started") == [("Sent", 0)]
    assert "rebuilt" in done.notices[0]
    assert "no longer holds 1 of the messages" in done.notices[1]
    assert done.outcome is Outcome.COMPLETE


def test_a_folder_that_shrank_or_vanished_is_told(run: Runner) -> None:
    box = Faulty("ann", {"Sent": [raw(1), raw(2)], "Old": [raw(3)]})
    run(Shelf(box))
    del box.messages["Old"]
    box.messages["Sent"].pop()
    done = run(Shelf(box))
    assert done.notices == (
        "ann: Sent holds fewer messages (1) than were read from it before (2).",
        "ann: Sent is read again from its start, since it lost messages that were read from it before.",
        "ann: Sent no longer holds 1 of the messages that the case keeps of it to judge; they stay in the case. "
        "Other messages that are gone from it are not in this number.",
    )
    assert done.alarms == (Alarm.FOUND_GONE, Alarm.GONE, Alarm.READ_AGAIN, Alarm.SHRUNK)
    assert run.kept() == ["1 price lists", "2 price lists", "3 price lists"]


def test_a_folder_that_was_read_once_is_read_on_when_it_is_wanted_no_more(run: Runner) -> None:
    box = Faulty("ann", {"Sent": [raw(1)], "Projects": [raw(2)], "Inbox": [raw(9)]}, unwanted=frozenset({"Inbox"}))
    run(Shelf(box))
    box.unwanted = frozenset({"Projects", "Inbox"})
    box.messages["Projects"].append(raw(3, outsiders=30))
    done = run(Shelf(box))
    assert run.kept() == ["1 price lists", "2 price lists", "3 price lists"]
    assert (run.coverage(folder="Projects").read, run.coverage(folder="Projects").complete) == (2, True)
    (notice,) = done.notices
    assert "Projects is read on, since an earlier run read it" in notice


@dataclass
class Expiring:
    """A mailbox that deletes and withholds: messages by number, and how many it says it holds."""

    held: list[int]
    says: int
    account: str = "ann"
    reads: list[Cursor | None] = field(default_factory=list)

    def folders(self) -> Iterator[Folder]:
        yield Folder(self.account, "Sent", self.says, ChosenBy.NAME)

    def read(self, folder: Folder, after: Cursor | None = None) -> Iterator[tuple[Cursor, Reading]]:
        self.reads.append(after)
        for number in self.held:
            if number > int(after or 0):
                yield Cursor(str(number)), parse_envelope(raw(number), Locator("ann", folder.path, str(number)))

    def thread(self, envelope: Envelope) -> Iterator[Reading]:
        raise NotImplementedError

    def raw(self, locator: Locator) -> bytes:
        raise NotImplementedError


class Counted(Expiring):
    """The same, telling how many of those that were read it still lists."""

    def behind(self, folder: Folder, cursor: Cursor, held: int | None = None) -> int:
        assert folder.path == "Sent"
        return sum(number <= int(cursor) for number in self.held)


def test_what_is_withheld_is_missing_although_as_much_was_deleted(run: Runner) -> None:
    """Ten of twenty are deleted, ten come, and three of these the source does not hand out."""
    box = Counted(list(range(1, 21)), 20)
    assert run(Shelf(box)).outcome is Outcome.COMPLETE
    box.held = [*range(11, 21), *range(21, 28)]
    assert run(Shelf(box)).outcome is Outcome.INCOMPLETE
    found = run.coverage()
    assert (found.expected, found.read, found.gone, found.held, found.missing) == (20, 27, 10, 17, 3)
    assert "3 of the 20 messages that were counted in it before were not listed" in str(run.log.said("trouble"))
    assert run.log.said("started") == [("Sent", 10)]
    box.held, box.says = [*range(15, 28), 31], 17  # four more are deleted, one comes, and three are withheld still
    assert run(Shelf(box)).outcome is Outcome.INCOMPLETE
    found = run.coverage()
    assert (found.expected, found.read, found.gone, found.missing) == (17, 28, 14, 3)
    assert box.reads == [None, "20", "27"]


def test_messages_that_appear_behind_the_cursor_are_read(run: Runner) -> None:
    box = Counted([1, 2, 5], 5)
    run(Shelf(box))
    box.held = [1, 2, 3, 4, 5]
    done = run(Shelf(box))
    assert "messages that it did not show before" in done.notices[0]
    assert (run.coverage().read, run.coverage().missing, done.outcome) == (5, 0, Outcome.COMPLETE)


class Rebuilt(Counted):
    """The same, and it was rebuilt since: counting is where that shows first."""

    def behind(self, folder: Folder, cursor: Cursor, held: int | None = None) -> int:
        raise CursorLost(f"The folder {folder.path} was rebuilt, so {cursor} means nothing.")


def test_a_folder_whose_rebuilding_shows_when_it_is_counted_is_read_again(run: Runner) -> None:
    box = Rebuilt([1, 2, 3], 3)
    run(Shelf(box))
    done = run(Shelf(box))
    assert "was rebuilt" in done.notices[0]
    assert (run.coverage().read, done.outcome, box.reads) == (3, Outcome.COMPLETE, [None, None])


def test_a_source_that_cannot_count_is_read_again_when_mail_was_deleted(run: Runner) -> None:
    box = Expiring(list(range(1, 11)), 10)
    run(Shelf(box))
    box.held = [*range(6, 11), *range(11, 14)]
    assert run(Shelf(box)).outcome is Outcome.INCOMPLETE
    assert (run.coverage().read, run.coverage().missing) == (8, 2)
    assert box.reads == [None, "10", None]


def test_mail_is_read_again_when_the_settings_may_keep_more_of_it(run: Runner) -> None:
    box = Faulty("ann", {"Sent": [raw(1, outsiders=4), raw(2)]})
    run(Shelf(box))
    assert run.kept() == ["2 price lists"]
    done = run(Shelf(box), replace(OURS, gate=Gate(candidate=4)))
    assert run.kept() == ["1 price lists", "2 price lists"]
    assert "read again" in done.notices[0]
    done = run(Shelf(box), replace(OURS, gate=Gate(candidate=6)))
    assert done.notices == ()
    assert [after for _, after in box.reads] == [None, None, "2"]
    run(Shelf(box), replace(OURS, gate=Gate(candidate=5)))
    assert box.reads[-1] == ("Sent", None)  # what was read last was read by the stricter gate


def test_ctrl_c_keeps_what_was_saved(run: Runner) -> None:
    box = mailbox(1, 2, 3, 4, 5, breaks={("Sent", 5): KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        run(Shelf(box))
    (stopped,) = run.store.runs()
    assert (stopped.outcome, stopped.policy) == (Outcome.STOPPED, OURS)
    assert stopped.finished is not None
    assert (run.kept(), run.coverage().read) == (["1 price lists", "2 price lists", "3 price lists"], 3)
    box.breaks.clear()
    assert run(Shelf(box)).outcome is Outcome.COMPLETE
    assert box.reads[-1] == ("Sent", Cursor("3"))
    assert (len(run.kept()), run.coverage().read) == (5, 5)


def test_a_second_scan_of_the_same_case_is_refused(run: Runner) -> None:
    other = open_store(run.store.path)
    with other as store, store.scanning(), pytest.raises(StoreError, match="Another command"):
        run(Shelf(mailbox(1)))
    assert list(run.store.runs()) == []


def test_what_is_internal_is_proposed_once_and_used_again(run: Runner) -> None:
    box = mailbox(*range(1, 9))
    done = run(Shelf(box), Policy())
    assert done.policy == Policy(internal=(InternalDomain("corp.example", ground=Ground.PROPOSED),))
    assert any("corp.example" in notice for notice in done.notices)
    assert len(run.kept()) == 8
    again = run(Shelf(box), Policy(gate=Gate(candidate=6)))
    assert again.policy == replace(done.policy, gate=Gate(candidate=6))
    assert again.notices == ("As in the last run, these are internal: corp.example.",)
    assert [after for _, after in box.reads] == [None, None, "8"]  # peeked, read, and read on: not peeked again


def test_peeking_is_bounded_and_leaves_trouble_to_the_scan(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.peek._PEEK", 6)
    monkeypatch.setattr("scanner.peek._PEEK_LEAST", 2)
    seen: list[int] = []
    propose: Callable[..., object] = proposal.propose_internal

    def proposing(envelopes: list[object], *others: object) -> object:
        seen.append(len(envelopes))
        return propose(envelopes, *others)

    monkeypatch.setattr("scanner.detector.proposal.propose_internal", proposing)
    boxes = [mailbox(*range(9), account=f"a{number}") for number in range(5)]
    boxes[0].breaks["Sent", 1] = BROKEN
    done = run(Shelf(*boxes, bob=BROKEN), Policy())
    assert seen == [6]
    assert sorted(done.troubles) == [f"a0: {BROKEN}", f"bob: {BROKEN}"]


def test_a_stretch_ends_with_the_time_too(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.stretch._STRETCH_MESSAGES", 1000)
    ticks = iter(range(1000))
    monkeypatch.setattr("scanner.stretch.monotonic", lambda: next(ticks) * 0.3)
    run(Shelf(mailbox(*range(20))))
    reads = [read for _, read, _ in run.log.said("progress")]
    assert len(reads) > 10
    assert reads == sorted(reads)
    assert run.coverage().read == 20


def test_a_watch_may_look_away(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(mailbox(1, 2, breaks={("Sent", 2): BROKEN}))
    monkeypatch.setattr("scanner.scan.open_mailbox", shelf.open)
    assert scan(shelf.accounts, Policy(), store, Silent()).outcome is Outcome.INCOMPLETE


def test_a_scan_killed_at_any_point_loses_and_doubles_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.killed_scan", str(tmp_path)],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["wrong"] == []
    assert report["killed"] >= 20
    assert report["evidence"] == ["m102@corp.example", "m109@corp.example", "m141@corp.example", "m50@corp.example"]
