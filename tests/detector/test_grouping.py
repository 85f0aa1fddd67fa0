"""Copies of one message are one incident, with an id that stays."""

from __future__ import annotations

from datetime import timedelta

from scanner.address import Field
from scanner.detector import detect, group
from scanner.detector.grouping import incident_id
from scanner.envelope import Envelope
from scanner.incident import Incident
from tests.detector.envelopes import NOON, US, bcc, consumers, entry, envelope, strangers, to


def incidents(*messages: Envelope) -> list[Incident]:
    return list(group(detect(messages, US)))


SENT_COPY = envelope(strangers(12) + bcc("hidden@other.example"), digest="d1")
INBOX_COPY = envelope(strangers(12), place="Inbox", marks=(), digest="d2")


def test_copies_are_one_incident_with_all_their_places_and_readers() -> None:
    for order in ((SENT_COPY, INBOX_COPY), (INBOX_COPY, SENT_COPY)):
        (found,) = incidents(*order)
        assert [exposure.envelope for exposure in found.exposures] == [SENT_COPY]
        assert [where.folder for where in found.locations] == ["Inbox", "Sent"]
        assert len(found.affected) == 12
        assert {row.seen_by_hidden for row in found.affected} == {1}
        assert [viewer.address for viewer in found.viewers if viewer.field is Field.BCC] == ["hidden@other.example"]
        assert found.reasons[-1] == "Copies of the message lie in 2 places."


def test_names_that_only_one_copy_shows_are_kept() -> None:
    named = envelope((*strangers(11), entry("person@firm-11.example", Field.TO, "Anna Berg")), place="Archive")
    (found,) = incidents(SENT_COPY, named)
    assert [row.names for row in found.affected if row.names] == [("Anna Berg",)]


def test_messages_of_another_minute_subject_author_or_list_stay_apart() -> None:
    found = incidents(
        envelope(strangers(12)),
        envelope(strangers(12), date=NOON + timedelta(minutes=1)),
        envelope(strangers(12), subject="Correction"),
        envelope(strangers(12), author="other@company.example"),
        envelope(strangers(13)),
    )
    assert len({incident.id for incident in found}) == len(found) == 5


def test_the_same_message_twice_is_one_place() -> None:
    (found,) = incidents(SENT_COPY, SENT_COPY)
    assert len(found.locations) == 1
    assert not any(reason.startswith("Copies") for reason in found.reasons)


def test_below_the_gate_makes_no_incident() -> None:
    assert incidents(envelope(strangers(9)), envelope(to(*(f"info@firm-{n}.example" for n in range(40))))) == []


def test_the_order_is_most_people_then_oldest_then_id() -> None:
    roles = to(*(f"info@firm-{n}.example" for n in range(50)))
    small = envelope(strangers(10) + roles)
    large = envelope(consumers(20))
    early = envelope(strangers(15), date=NOON - timedelta(days=1))
    late = envelope(strangers(15), date=NOON)
    undated = envelope(strangers(15), date=None)
    expected = incidents(small, undated, late, early, large)
    assert [incident.exposures[0].envelope for incident in expected] == [large, early, late, undated, small]
    assert incidents(large, early, small, late, undated) == expected


def test_the_id_is_made_from_rule_and_message_alone() -> None:
    assert incident_id("visible-recipients", "0123") == incident_id("visible-recipients", "0123") == "I-BXHDQ3F43G"
    (here,) = incidents(SENT_COPY)
    (there,) = incidents(INBOX_COPY)
    assert here.id == there.id
    assert len(here.id) == 12
