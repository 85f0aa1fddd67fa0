"""Who is affected, who could see, and what the gate counts."""

from __future__ import annotations

import pytest

from scanner.address import Address, Field, Form, Origin, Recipient
from scanner.detector import RULES, detect
from scanner.envelope import Locator, Mark, Reading, Skipped, Unreadable
from scanner.exposure import Affected, Identifiable, Standing
from scanner.policy import Gate, Policy
from tests.detector.envelopes import (
    US,
    affected,
    bcc,
    cc,
    consumers,
    entry,
    envelope,
    exposure,
    resent_to,
    strangers,
    to,
)

SENSITIVE = Policy(US.internal, US.own_addresses, US.affiliates, US.free_mail_add, gate=Gate(2, 2, 2))


def person(key: str, *rows: Affected) -> Affected:
    (found,) = (row for row in rows if row.key == key)
    return found


def test_strangers_are_affected_each_by_the_others() -> None:
    found = exposure(envelope(strangers(5)))
    assert [row.address for row in found.affected] == [f"person@firm-{n}.example" for n in range(5)]
    assert {(row.seen_by_outsiders, row.seen_by_insiders, row.seen_by_hidden) for row in found.affected} == {(4, 0, 0)}
    assert (found.rule, found.parties, found.counted) == (RULES[0], 5, 5)


def test_consumers_at_one_provider_are_strangers_and_colleagues_at_one_company_are_not() -> None:
    assert len(affected(envelope(consumers(12)))) == 12
    assert affected(envelope(to(*(f"p{n}@mail{n}.firm.example" for n in range(12))))) == []


def test_colleagues_are_affected_towards_the_others_only() -> None:
    found = exposure(envelope(to(*(f"p{n}@firm.example" for n in range(24)), "jo@freemail.example")))
    assert len(found.affected) == 25
    assert person("p3@firm.example", *found.affected).seen_by_outsiders == 1
    assert person("jo@freemail.example", *found.affected).seen_by_outsiders == 24
    assert (found.counted, found.parties, found.reaches_gate) == (25, 2, True)


def test_one_outsider_among_ours_affects_nobody() -> None:
    message = envelope(to("jo@firm.example", *(f"c{n}@company.example" for n in range(30))))
    assert list(detect([message], SENSITIVE)) == []


def test_a_hidden_stranger_sees_and_is_not_seen() -> None:
    message = envelope(to("jo@firm.example", "kim@firm.example") + bcc("hidden@other.example", "c@company.example"))
    found = exposure(message, SENSITIVE)
    assert [row.address for row in found.affected] == ["jo@firm.example", "kim@firm.example"]
    assert {(row.seen_by_outsiders, row.seen_by_hidden) for row in found.affected} == {(0, 2)}
    assert {viewer.address: viewer.field for viewer in found.viewers} == {
        "c@company.example": Field.BCC,
        "hidden@other.example": Field.BCC,
        "jo@firm.example": Field.TO,
        "kim@firm.example": Field.TO,
    }
    assert not found.reaches_gate


def test_a_hidden_colleague_of_theirs_is_no_stranger() -> None:
    message = envelope(to("jo@firm.example", "kim@firm.example") + bcc("boss@firm.example"))
    assert affected(message, SENSITIVE) == []


def test_who_stands_in_to_and_bcc_is_a_visible_reader_once() -> None:
    found = exposure(envelope((*strangers(5), entry("person@firm-0.example", Field.BCC))))
    assert person("person@firm-1.example", *found.affected).seen_by_outsiders == 4
    assert {row.seen_by_hidden for row in found.affected} == {0}
    assert len(found.viewers) == 5


def test_ours_and_affiliates_see_and_are_not_affected() -> None:
    message = envelope(strangers(5) + to("c@company.example", "own@partner.example", "owner@freemail.example"))
    found = exposure(message)
    assert len(found.affected) == 5
    assert {row.seen_by_insiders for row in found.affected} == {3}
    standings = {viewer.address: viewer.standing for viewer in found.viewers}
    assert standings["own@partner.example"] is Standing.AFFILIATE
    assert standings["owner@freemail.example"] is standings["c@company.example"] is Standing.INTERNAL


def test_the_sender_is_neither_affected_nor_a_viewer() -> None:
    message = envelope(strangers(5) + to("alias@elsewhere.example"), author="Alias@elsewhere.example")
    found = exposure(message)
    assert "alias@elsewhere.example" not in [row.address for row in found.affected]
    assert "alias@elsewhere.example" not in [viewer.address for viewer in found.viewers]
    assert {row.seen_by_outsiders for row in found.affected} == {4}


def test_two_spellings_are_one_person_with_all_names_and_fields() -> None:
    message = envelope(
        (
            *strangers(4),
            entry("Anna.Berg@firm.example", Field.TO, "Anna Berg"),
            entry("anna.berg@firm.example", Field.CC, "Berg, Anna"),
            entry("anna.berg@firm.example", Field.CC, "'anna.berg@firm.example'"),
        )
    )
    row = person("anna.berg@firm.example", *exposure(message).affected)
    assert row.names == ("Anna Berg", "Berg, Anna")
    assert row.fields == (Field.TO, Field.CC)
    assert row.identifiable is Identifiable.CLEAR
    assert exposure(message).counted == 5


def test_plus_tags_and_dots_are_not_merged() -> None:
    found = affected(envelope(strangers(3) + to("jo+a@freemail.example", "j.o@freemail.example")))
    assert "jo+a@freemail.example" in found
    assert "j.o@freemail.example" in found


def test_an_address_inside_a_name_is_shown_and_sees_nothing() -> None:
    shown = entry("shown@other.example", Field.TO, origin=Origin.NAME)
    found = exposure(envelope((*strangers(5), shown)))
    row = person("shown@other.example", *found.affected)
    assert (row.seen_by_outsiders, row.fields) == (5, (Field.TO,))
    assert "shown@other.example" not in [viewer.address for viewer in found.viewers]
    assert person("person@firm-0.example", *found.affected).seen_by_outsiders == 4


def test_a_list_inside_one_name_affects_whom_it_stands_beside() -> None:
    listed = tuple(entry(f"p{n}@firm-{n}.example", origin=Origin.NAME) for n in range(12))
    found = exposure(envelope((entry("only@reader.example"), *listed)))
    assert person("only@reader.example", *found.affected).seen_by_outsiders == 0
    assert (found.counted, [viewer.address for viewer in found.viewers]) == (13, ["only@reader.example"])
    own = tuple(entry(f"p{n}@reader.example", origin=Origin.NAME) for n in range(12))
    assert affected(envelope((entry("only@reader.example"), *own))) == []


def test_an_address_inside_a_hidden_name_is_not_shown() -> None:
    found = affected(envelope((*strangers(5), entry("shown@other.example", Field.BCC, origin=Origin.NAME))))
    assert "shown@other.example" not in found


def test_role_accounts_and_lists_are_listed_flagged_and_not_counted() -> None:
    message = envelope(
        (
            *strangers(9),
            entry("info@shop.example", name="Shop"),
            entry("crew@lists.club.example"),
            entry("info@garden.example", name="Anna Berg"),
        )
    )
    found = exposure(message)
    assert person("info@shop.example", *found.affected).role
    assert person("crew@lists.club.example", *found.affected).role
    assert not person("info@garden.example", *found.affected).role
    assert (len(found.affected), found.counted, found.reaches_gate) == (12, 10, True)


def test_a_list_of_role_accounts_alone_stays_below_the_gate() -> None:
    found = exposure(envelope(to(*(f"info@firm-{n}.example" for n in range(40)))))
    assert (len(found.affected), found.counted, found.reaches_gate) == (40, 0, False)


@pytest.mark.parametrize(("count", "reached"), [(9, False), (10, True)])
def test_the_gate_counts_people(count: int, reached: bool) -> None:
    assert exposure(envelope(strangers(count))).reaches_gate is reached
    assert exposure(envelope(consumers(count))).reaches_gate is reached


def test_the_gate_counts_parties() -> None:
    three = Policy(US.internal, gate=Gate(parties=3))
    message = envelope(to(*(f"p{n}@firm-{n % 2}.example" for n in range(30))))
    assert exposure(message).reaches_gate
    assert not exposure(message, three).reaches_gate


def test_directory_names_and_local_aliases_count_as_internal_viewers() -> None:
    names = (
        Recipient(None, "Jo", Field.TO, Form.DIRECTORY, text="/O=CORP/CN=RECIPIENTS/CN=JO"),
        Recipient(None, "", Field.CC, Form.LOCAL, text="kim"),
    )
    found = exposure(envelope((*strangers(5), *names)))
    assert len(found.affected) == 5
    assert {row.seen_by_insiders for row in found.affected} == {2}
    assert [viewer.address for viewer in found.viewers if viewer.standing is Standing.INTERNAL] == [
        "/O=CORP/CN=RECIPIENTS/CN=JO",
        "kim",
    ]


def test_names_without_address_count_where_the_list_is_mostly_outsiders() -> None:
    few = exposure(envelope(strangers(8) + to("Anna Berg", "Jo Meier")))
    assert [row.key for row in few.affected if row.address is None] == ["name:anna berg", "name:jo meier"]
    assert {row.seen_by_outsiders for row in few.affected if row.address is None} == {8}
    assert (few.counted, few.parties, few.reaches_gate) == (10, 10, True)


def test_names_without_address_do_not_count_where_they_may_be_colleagues() -> None:
    names = to(*(f"Anna Berg-{letter}" for letter in "abcdefghijklmnop"))
    many = exposure(envelope(strangers(3) + names))
    assert len([row for row in many.affected if row.address is None]) == 16
    assert (many.counted, many.reaches_gate) == (3, False)
    assert exposure(envelope(names)).affected == ()


def test_a_name_that_stands_beside_an_address_is_that_person() -> None:
    message = envelope(
        (*strangers(4), entry("a@firm.example", name="Anna Berg"), *to("berg, anna", "Sam Sender", "Kim Roth")),
        author_name="Sender, Sam",
    )
    assert [row.names for row in exposure(message).affected if row.address is None] == [("Kim Roth",)]


def test_a_message_that_we_redirected_showed_both_lists_to_its_new_readers() -> None:
    message = envelope(
        to("first@old.example") + resent_to(*(f"p{n}@firm-{n}.example" for n in range(5))),
        author="else@writer.example",
        resent_by=("sender@company.example",),
        marks=(Mark.RESENT,),
    )
    found = exposure(message)
    assert len(found.affected) == 6
    assert person("first@old.example", *found.affected).seen_by_outsiders == 5
    assert person("p0@firm-0.example", *found.affected).seen_by_outsiders == 4
    assert "first@old.example" not in [viewer.address for viewer in found.viewers]


def test_a_list_that_somebody_else_resent_ours_to_is_theirs() -> None:
    message = envelope(
        strangers(5) + resent_to("new@other.example"),
        resent_by=("else@writer.example",),
        marks=(Mark.RESENT,),
    )
    found = exposure(message)
    assert "new@other.example" not in [row.address for row in found.affected]
    assert {row.seen_by_outsiders for row in found.affected} == {5}


def test_a_list_of_our_sent_mail_is_ours_where_its_author_redirected_it_too() -> None:
    message = envelope(
        strangers(12) + resent_to("ann@company.example"),
        author="owner@elsewhere.example",
        resent_by=("owner@elsewhere.example",),
        marks=(Mark.SENT, Mark.RESENT),
    )
    found = exposure(message)
    assert found.reaches_gate
    assert {row.seen_by_outsiders for row in found.affected} == {11}


def test_what_is_below_the_gate_is_yielded_and_what_is_no_message_is_not() -> None:
    where = Locator("account", "Sent", "9")
    readings: list[Reading] = [
        Unreadable(where, "broken"),
        envelope(strangers(6)),
        Skipped(where, "gone"),
        envelope(strangers(2)),
    ]
    assert [found.reaches_gate for found in detect(readings, US)] == [False]


def test_the_message_key_is_shared_by_copies() -> None:
    one = exposure(envelope(strangers(12) + bcc("hidden@other.example")))
    other = exposure(envelope(tuple(reversed(strangers(12))), place="Archive", digest="d2", marks=()))
    assert one.message == other.message
    assert exposure(envelope(strangers(12), date=None, digest="d3")).message == "d3"


def test_an_international_domain_in_two_labels_is_one_person() -> None:
    # The address reader gives every domain in A-label form; the detector relies on it.
    once = Recipient(Address("jo", "xn--mnchen-3ya.example"), "", Field.TO)
    assert len(affected(envelope((*strangers(4), once, once)))) == 5


def test_cc_and_to_are_one_list() -> None:
    found = exposure(
        envelope(to("a@one.example", "b@two.example") + cc("c@three.example", "d@four.example", "e@x.example"))
    )
    assert len(found.affected) == 5
