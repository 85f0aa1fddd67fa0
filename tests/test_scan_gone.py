"""Folders that a scan read and that are no longer there: one run says so with its exit code, the later ones go on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.extent import Reading, extent
from reports.language import words
from reports.phrases import TRANSLATED
from scanner.case import Alarm, Outcome, read_whole
from scanner.coverage import DEPARTED, DEPARTED_STALE, STALE, ChosenBy
from scanner.detector import UNKNOWN_OWNER
from scanner.review import review
from scanner.store.records import Found
from tests.mailboxes import Faulty, Shelf
from tests.store.mail import OURS, raw
from tests.test_scan import Runner, run

__all__ = ["run"]


def test_a_folder_of_sent_mail_that_vanished_leaves_one_run_incomplete_and_is_told_from_then_on(run: Runner) -> None:
    box = Faulty("ann", {"Sent": [raw(1)], "Old": [raw(3), raw(4)]})
    run(Shelf(box))
    old = box.messages.pop("Old")
    done = run(Shelf(box))
    assert (done.outcome, done.alarms) == (Outcome.INCOMPLETE, (Alarm.GONE,))
    assert done.troubles == ("ann: The folder Old, read in an earlier run, is no longer there.",)
    left = run.coverage(folder="Old")
    assert (left.complete, left.trouble, left.read, left.gone, left.expected) == (True, DEPARTED, 2, 2, 0)
    done = run(Shelf(box))
    assert (done.outcome, done.alarms, done.troubles) == (Outcome.COMPLETE, (), ())
    assert run.coverage(folder="Old").trouble == DEPARTED
    box.messages["Old"] = [raw(5), *old]  # it is there again, and holds other mail than before
    done = run(Shelf(box))
    assert done.notices == ("ann: Old is read again from its start, since it was gone, and is there again.",)
    assert (done.outcome, done.alarms, run.coverage(folder="Old").read) == (Outcome.COMPLETE, (Alarm.READ_AGAIN,), 3)
    assert run.kept() == [f"{number} price lists" for number in (1, 3, 4, 5)]


def test_messages_that_are_gone_from_a_folder_that_is_read_whole_each_time_are_told_once(run: Runner) -> None:
    box = Faulty("ann", {"Sent": [raw(1), raw(2), raw(3)]})
    run(Shelf(box), scheme="maildir")
    first = box.messages["Sent"].pop(0)
    assert run(Shelf(box), scheme="maildir").alarms == (Alarm.FOUND_GONE, Alarm.SHRUNK)
    assert run(Shelf(box), scheme="maildir").alarms == ()
    box.messages["Sent"].pop(0)
    assert run(Shelf(box), scheme="maildir").alarms == (Alarm.FOUND_GONE, Alarm.SHRUNK)
    box.messages["Sent"].append(first)  # it comes back, and goes once more
    assert run(Shelf(box), scheme="maildir").alarms == ()
    box.messages["Sent"].pop()
    assert run(Shelf(box), scheme="maildir").alarms == (Alarm.FOUND_GONE, Alarm.SHRUNK)
    assert run.kept() == [f"{number} price lists" for number in (1, 2, 3)]
    assert all(kept.places for kept in run.store.candidates())


def test_a_vanished_folder_is_told_by_the_next_run_where_one_was_stopped_before_it_could_tell(run: Runner) -> None:
    box = Faulty("ann", {"Sent": [raw(1)], "Old": [raw(3)]})
    run(Shelf(box))
    del box.messages["Old"]
    other = Faulty("bob", {"Sent": [raw(2)]}, breaks={("Sent", 1): KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        run(Shelf(box, other))
    assert run(Shelf(box)).outcome is Outcome.INCOMPLETE
    assert run(Shelf(box)).outcome is Outcome.COMPLETE


def test_a_folder_that_was_only_evidence_may_go(run: Runner) -> None:
    box = Faulty("ann", {"Sent": [raw(1)], "Inbox": [raw(9)]}, received=frozenset({"Inbox"}))
    run(Shelf(box))
    del box.messages["Inbox"]
    done = run(Shelf(box))
    assert (done.outcome, done.alarms) == (Outcome.COMPLETE, (Alarm.GONE,))
    assert done.notices == ("ann: the folder Inbox, read in an earlier run, is no longer there.",)
    assert run(Shelf(box)).alarms == ()


def test_a_vanished_folder_is_no_less_complete_for_settings_that_keep_more_since_no_scan_can_read_it(
    run: Runner,
) -> None:
    box = Faulty("ann", {"Sent": [raw(1)], "Old": [raw(3), raw(4)]})
    run(Shelf(box))
    del box.messages["Old"]
    run(Shelf(box))
    wide = replace(OURS, gate=replace(OURS.gate, candidate=2, exposure=4, sensitive=2))
    assert run(Shelf(box), wide).outcome is Outcome.COMPLETE
    case = review(run.store)
    (old,) = [one for one in case.coverage() if one.folder == "Old"]
    assert (old.trouble, old.complete, old.stale, old.departed) == (DEPARTED_STALE, True, False, True)
    known = extent(case)
    assert (read_whole(case), known.reading, known.only_stale) == (True, Reading.COMPLETE, False)
    assert run.coverage(folder="Old").trouble == DEPARTED  # under the former settings nothing of it lacks


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"trouble": UNKNOWN_OWNER[0]}, f"{UNKNOWN_OWNER[0]} {DEPARTED}"),
        ({"finished": False}, DEPARTED),
        ({"expected": 3}, DEPARTED),
    ],
)
def test_a_folder_that_was_not_read_whole_before_it_vanished_never_is(
    run: Runner, change: dict[str, object], told: str
) -> None:
    box = Faulty("ann", {"Sent": [raw(1)], "Old": [raw(3), raw(4)]})
    run(Shelf(box))
    known = run.store.progress("ann")["Old"]
    lacking = replace(known.coverage, **change)  # type: ignore[arg-type]
    assert not lacking.complete
    run.store.record(Found(lacking, known.cursor, known.policy))
    del box.messages["Old"]
    assert run(Shelf(box)).alarms == (Alarm.GONE,)
    done = run(Shelf(box))
    assert (done.outcome, done.alarms) == (Outcome.INCOMPLETE, ())
    left = run.coverage(folder="Old")
    assert (left.complete, left.departed, left.trouble) == (False, True, told)
    assert not read_whole(review(run.store))
    assert extent(review(run.store)).incomplete_folders == 1


@pytest.mark.parametrize("code", TRANSLATED)
def test_what_is_told_of_a_vanished_folder_has_its_words_in_every_language(code: str) -> None:
    say = words(code)
    lost, gone, stale = map(say, (UNKNOWN_OWNER[0], DEPARTED, STALE))
    assert say(f"{UNKNOWN_OWNER[0]} {DEPARTED}") == f"{lost} {gone}"
    told = say(DEPARTED_STALE)
    assert told.startswith(f"{gone} ")
    assert stale.startswith(told.removeprefix(f"{gone} "))
    assert not {DEPARTED, STALE, UNKNOWN_OWNER[0]} & {lost, gone, stale}


def test_a_vanished_folder_that_is_there_again_and_not_wanted_any_more_is_not_told_as_gone(run: Runner) -> None:
    box = Faulty("ann", {"Sent": [raw(1)], "Inbox": [raw(9), raw(8)]}, received=frozenset({"Inbox"}))
    run(Shelf(box))
    inbox = box.messages.pop("Inbox")
    run(Shelf(box))
    assert run.coverage(folder="Inbox").departed
    box.messages["Inbox"], box.received, box.unwanted = inbox, frozenset(), frozenset({"Inbox"})
    assert run(Shelf(box)).alarms == ()
    left = run.coverage(folder="Inbox")
    assert (left.chosen_by, left.trouble, left.read) == (ChosenBy.NOT_SENT, "", 2)
    assert (left.expected, left.gone) == (2, 0)


def test_a_folder_of_which_an_earlier_version_told_that_it_is_gone_is_gone_still(run: Runner) -> None:
    box = Faulty("ann", {"Sent": [raw(1)], "Old": [raw(3), raw(4)]})
    run(Shelf(box))
    del box.messages["Old"]
    run(Shelf(box))
    left = run.store.progress("ann")["Old"]
    rest = DEPARTED.partition(". ")[2]
    before = f"It is no longer among the folders of the account: deleted, renamed, or shown to us no more. {rest}"
    run.store.record(Found(replace(left.coverage, trouble=before), left.cursor, left.policy))
    assert run.coverage(folder="Old").trouble == DEPARTED
    done = run(Shelf(box))
    assert (done.outcome, done.alarms, done.troubles) == (Outcome.COMPLETE, (), ())
