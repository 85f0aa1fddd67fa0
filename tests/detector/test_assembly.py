"""The record that reports are made from: its sentences, its severity, and where everything lies."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from scanner.address import Field
from scanner.detector import group
from scanner.detector.assembly import Judged
from scanner.detector.copies import of_one_message, united_viewers
from scanner.envelope import Envelope, Locator, Mark
from scanner.exposure import Exposure, Identifiable, Standing, Viewer
from scanner.incident import Class, Incident, Role
from tests.detector.envelopes import NOON, US, bcc, cc, consumers, entry, envelope, exposure, strangers, to

HOUR = timedelta(hours=1)
FIRST = envelope(strangers(12) + cc("list@lists.firm-0.example"), subject="Newsletter for patients", digest="d1")
AGAIN = envelope(strangers(12), subject="Recall: Newsletter for patients", date=NOON + HOUR, digest="d2", place="Other")


def incident(*messages: Envelope) -> Incident:
    (found,) = group(map(exposure, messages), US)
    return found


def test_one_message_tells_all_that_is_to_be_said_of_it() -> None:
    found = incident(FIRST)
    told = exposure(FIRST).reasons[:-1]
    assert told
    assert found.reasons[-len(told) :] == told
    assert not any("messages" in reason for reason in found.reasons)


def test_a_probable_exposure_does_not_say_that_it_is_below_a_gate() -> None:
    few = envelope(consumers(5), subject="Your HIV test results")
    assert "below the gate" in exposure(few).reasons[-1]
    found = incident(few)
    assert found.klass is Class.PROBABLE
    assert not any("gate" in reason for reason in found.reasons)


def test_several_messages_tell_their_course_and_what_the_first_of_them_showed() -> None:
    found = incident(AGAIN, FIRST)
    assert found.roles == (Role.ORIGINAL, Role.RECALL)
    assert "The incident has 2 messages: original (1), recall (1)." in found.reasons
    begin = "The first message that showed people: "
    told = [reason.removeprefix(begin) for reason in found.reasons if reason.startswith(begin)]
    assert told == list(exposure(FIRST).reasons[:-1])
    assert found.score == sum(point.value for point in found.points) > 0


def test_severity_is_told_with_contexts_and_unknown_viewers() -> None:
    found = incident(FIRST)
    assert found.contexts == ("health",)
    assert found.severity is not None
    plain = incident(envelope(strangers(12)))
    assert plain.severity is not None
    assert plain.severity.dpc < found.severity.dpc
    assert set(plain.severity.assumed) != set(found.severity.assumed)


def test_every_place_is_told_with_the_digest_and_the_message_of_its_copy() -> None:
    copy = replace(FIRST, locator=Locator("account", "Archive", "7"), digest="d3", marks=frozenset())
    found = incident(AGAIN, copy, FIRST)
    assert [(place.folder, place.key) for place in found.locations] == [("Archive", "7"), ("Other", "1"), ("Sent", "1")]
    assert found.digests == ("d3", "d2", "d1")
    assert found.holds == (FIRST.identity, AGAIN.identity, FIRST.identity)
    assert found.reasons[-1] == "Copies of the messages lie in 3 places."


def test_places_that_are_known_without_a_copy_are_told_too() -> None:
    one = exposure(FIRST)
    judged = Judged.of([one], [(Locator("account", "All", "9"), "d9"), (FIRST.locator, "d1")])
    assert judged.places == ((Locator("account", "All", "9"), "d9"), (FIRST.locator, "d1"))


def united(*copies: Envelope) -> Exposure:
    found = of_one_message([exposure(copy) for copy in copies])
    assert found == of_one_message([exposure(copy) for copy in copies[::-1]])
    return found


def test_the_sent_copy_that_names_most_readers_stands_for_the_message() -> None:
    sent = envelope(strangers(12) + bcc("hidden@other.example"))
    inbox = envelope(strangers(12), place="Inbox", marks=())
    quoted = envelope(strangers(12) + bcc("one@other.example", "two@other.example"), place="A", marks={Mark.QUOTED})
    found = united(inbox, sent, quoted)
    assert found.envelope == sent
    assert [one.address for one in found.viewers if not one.field.visible] == [
        "hidden@other.example",
        "one@other.example",
        "two@other.example",
    ]


def test_what_copies_tell_of_one_person_is_united() -> None:
    bare = envelope((entry("info@firm-x.example"), *strangers(11)))
    named = envelope((entry("info@firm-x.example", Field.CC, "Anna Berg"), *strangers(11)), place="Archive")
    (row,) = (row for row in united(bare, named).affected if row.address == "info@firm-x.example")
    assert (row.names, row.fields, row.role) == (("Anna Berg",), (Field.TO, Field.CC), False)
    assert row.identifiable is Identifiable.CLEAR


def test_whom_the_gate_counts_is_counted_over_all_copies() -> None:
    names = (entry("Anna Berg"), entry("Ben Cole"))
    first = envelope((*strangers(11), *names))
    second = envelope((*strangers(10), entry("other@firm-y.example"), entry("anna@firm-z.example", name="Anna Berg")))
    found = united(first, replace(second, locator=Locator("account", "Archive", "1")))
    assert [row.key for row in found.affected if row.address is None] == ["name:ben cole"]
    assert (found.counted, found.parties) == (14, 14)  # 13 with an address, and Ben Cole
    roles = envelope(to(*(f"info@firm-{number}.example" for number in range(5))) + consumers(7))
    assert (united(roles, replace(roles, digest="e")).counted, united(roles).counted) == (7, 7)


def test_names_that_the_gate_does_not_count_are_not_counted_in_copies_either() -> None:
    names = tuple(entry(f"Colleague Number{chr(97 + number)}") for number in range(9))
    message = envelope((*strangers(3), *names))
    assert united(message, replace(message, digest="e")).counted == exposure(message).counted == 3


def test_a_viewer_is_told_once_where_most_visible_and_by_the_fullest_name() -> None:
    hidden = Viewer("a@b.example", "Anna Berg", Field.BCC, Standing.OUTSIDER)
    shown = Viewer("a@b.example", "Anna", Field.CC, Standing.OUTSIDER)
    other = Viewer("0@b.example", "", Field.TO, Standing.INTERNAL)
    for copies in (((hidden, other), (shown,)), ((shown,), (hidden, other))):
        assert united_viewers(copies) == (other, replace(shown, name="Anna Berg"))
