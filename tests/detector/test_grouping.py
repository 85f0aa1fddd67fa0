"""Judged messages become incidents: each message and each person once, whatever the order in which they are found."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detector import Grouping, detect, group, judge
from scanner.detector.assembly import Judged
from scanner.envelope import Envelope, Locator, Mark
from scanner.exposure import Affected
from scanner.incident import Class, Incident, Registry, Role
from scanner.policy import Allowed, Gate, Policy
from scanner.received import Received
from tests.detector.envelopes import NOON, US, bcc, cc, consumers, entry, envelope, strangers, to

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SENT_COPY = envelope(strangers(12) + bcc("hidden@other.example"), digest="d1")
INBOX_COPY = envelope(strangers(12), place="Inbox", marks=(), digest="d2")


def incidents(*messages: Envelope, policy: Policy = US, received: tuple[Received, ...] = ()) -> list[Incident]:
    return list(group(detect(messages, policy), policy, received))


def others(first: int, last: int) -> tuple[str, ...]:
    return tuple(f"person@firm-{number}.example" for number in range(first, last))


def row(incident: Incident, number: int) -> Affected:
    """What an incident tells of one of `strangers`."""
    (found,) = (one for one in incident.affected if one.address == f"person@firm-{number}.example")
    return found


def by_others(name: str, when: datetime, *people: str, **facts: object) -> Received:
    """A message that the first of these people wrote."""
    author = people[0] if people else None
    one = Received(name, Locator("account", "Inbox", name), when, author, tuple(sorted(people)), name, (), "survey")
    return replace(one, **facts)  # type: ignore[arg-type]


def test_copies_are_one_incident_with_all_their_places_and_readers() -> None:
    for order in ((SENT_COPY, INBOX_COPY), (INBOX_COPY, SENT_COPY)):
        (found,) = incidents(*order)
        assert [exposure.envelope for exposure in found.exposures] == [SENT_COPY]
        assert [(where.folder, digest) for where, digest in zip(found.locations, found.digests, strict=True)] == [
            ("Inbox", "d2"),
            ("Sent", "d1"),
        ]
        assert set(found.holds) == {SENT_COPY.identity}
        assert [(row.seen_by_hidden, row.times) for row in found.affected] == [(1, 1)] * 12
        assert [viewer.address for viewer in found.viewers if not viewer.field.visible] == ["hidden@other.example"]
        assert found.reasons[-1] == "Copies of the message lie in 2 places."


def test_the_same_copy_twice_is_one_place() -> None:
    (found,) = incidents(SENT_COPY, SENT_COPY)
    assert len(found.locations) == 1
    assert not any(reason.startswith("Copies") for reason in found.reasons)


def test_names_that_only_one_copy_shows_are_kept() -> None:
    named = envelope((*strangers(11), entry("person@firm-11.example", name="Anna Berg")), place="Archive")
    (found,) = incidents(SENT_COPY, named)
    assert [row.names for row in found.affected if row.names] == [("Anna Berg",)]


def test_batches_are_one_incident_that_counts_each_person_once() -> None:
    batches = [
        envelope(to(*others(30 * number, 30 * number + 31)), date=NOON + number * HOUR, digest=f"d{number}")
        for number in range(3)
    ]
    (found,) = incidents(*batches)
    assert [exposure.envelope for exposure in found.exposures] == batches
    assert found.roles == (Role.ORIGINAL, Role.BATCH, Role.BATCH)
    assert [(event.role, event.when, event.shown) for event in found.timeline] == [
        (role, NOON + number * HOUR, 31) for number, role in enumerate(found.roles)
    ]
    assert len(found.affected) == 91
    twice = row(found, 30)
    assert (twice.times, twice.first, twice.last, twice.seen_by_outsiders) == (2, NOON, NOON + HOUR, 60)
    once = row(found, 5)
    assert (once.times, once.first, once.last, once.seen_by_outsiders) == (1, NOON, NOON, 30)
    assert "The incident has 3 messages: original (1), batch (2)." in found.reasons


def test_a_message_that_shows_more_counts_its_own_readers() -> None:
    (found,) = incidents(
        envelope(strangers(12) + cc("colleague@company.example")),
        envelope(strangers(20) + bcc("one@hidden.example"), date=NOON + HOUR, subject="Correction: Survey"),
    )
    assert found.roles == (Role.ORIGINAL, Role.CORRECTION)
    assert (row(found, 3).seen_by_outsiders, row(found, 3).seen_by_insiders, row(found, 3).seen_by_hidden) == (19, 1, 1)
    late = row(found, 15)
    assert (late.times, late.seen_by_outsiders, late.seen_by_insiders, late.seen_by_hidden) == (1, 19, 0, 1)


def test_what_others_showed_before_is_told_of_each_person() -> None:
    earlier = by_others("r1", NOON - DAY, *others(0, 4))
    (found,) = incidents(envelope(strangers(12)), received=(earlier,))
    assert [row(found, number).known_to for number in (0, 3, 4, 11)] == [3, 3, 0, 0]
    (later,) = incidents(envelope(strangers(12)), received=(replace(earlier, date=NOON + DAY),))
    assert {one.known_to for one in later.affected} == {0}


def test_a_bounce_says_who_was_not_reached_and_is_part_of_the_timeline() -> None:
    bounce = by_others(
        "b1",
        NOON + HOUR,
        author="mailer-daemon@firm-4.example",
        marks=frozenset({Mark.REPORT}),
        undelivered=others(4, 5),
    )
    receipt = by_others(
        "b2", NOON + 2 * HOUR, *others(5, 6), marks=frozenset({Mark.REPORT}), answers=("m1@company.example",)
    )
    message = replace(envelope(strangers(12)), message_id="m1@company.example")
    (found,) = incidents(message, received=(bounce, receipt))
    assert found.undelivered == others(4, 5)
    assert [event.role for event in found.timeline] == [Role.ORIGINAL, Role.BOUNCE, Role.REPLY]
    assert len(found.affected) == 12


def quoted(people: tuple[str, ...], *, after: timedelta = HOUR, folder: str = "Inbox", **facts: object) -> Envelope:
    """The survey as a recipient in the next time zone quotes it."""
    read = envelope(to(*people), date=NOON + after, marks={Mark.QUOTED}, place=folder, digest=f"q-{folder}")
    return replace(read, **facts)  # type: ignore[arg-type]


def test_a_quotation_of_a_message_that_we_have_is_no_second_message() -> None:
    (found,) = incidents(envelope(strangers(12)), quoted(others(0, 12)))
    assert [exposure.envelope.locator.folder for exposure in found.exposures] == ["Sent"]
    assert found.roles == (Role.ORIGINAL,)
    assert [where.folder for where in found.locations] == ["Inbox", "Sent"]
    assert found.holds == (quoted(others(0, 12)).identity, envelope(strangers(12)).identity)
    assert {one.times for one in found.affected} == {1}
    assert "Mail that came in quotes the list." in found.reasons
    assert not any(reason.startswith("Copies") for reason in found.reasons)


def test_nobody_is_lost_whom_only_a_quotation_shows() -> None:
    (found,) = incidents(envelope(strangers(12)), quoted(others(0, 13)))
    assert len(found.exposures) == 1
    assert [one.address for one in found.affected] == sorted(others(0, 13))
    assert row(found, 12).times == 1
    assert found.severity is not None


def test_what_stands_in_quotations_only_is_one_message_too() -> None:
    (found,) = incidents(quoted(others(0, 11)), quoted(others(1, 13), after=2 * HOUR, folder="Other"))
    assert [exposure.envelope.locator.folder for exposure in found.exposures] == ["Other"]
    assert len(found.affected) == 13
    assert any(reason.startswith("No sent copy was found") for reason in found.reasons)
    assert found.klass is Class.PROBABLE


def test_a_quotation_of_another_day_is_another_message() -> None:
    (found,) = incidents(envelope(strangers(12)), quoted(others(0, 12), after=3 * DAY))
    assert len(found.exposures) == 2


def test_somebody_shown_by_name_here_and_with_an_address_there_is_one_person() -> None:
    named = (*strangers(11), entry("anna@firm-x.example", name="Anna Berg"))
    by_name = (*strangers(11), entry("Berg, Anna"))
    (found,) = incidents(envelope(named), envelope(by_name, date=NOON + HOUR, subject="Correction: Survey"))
    assert len(found.affected) == 12
    (anna,) = (one for one in found.affected if one.address == "anna@firm-x.example")
    assert (anna.times, anna.names, anna.last) == (2, ("Anna Berg", "Berg, Anna"), NOON + HOUR)


def test_a_name_that_two_people_bear_stays_a_person_of_its_own() -> None:
    two = tuple(entry(f"anna{number}@firm-x{number}.example", name="Anna Berg") for number in (1, 2))
    by_name = (*strangers(11), entry("Anna Berg"))
    (found,) = incidents(
        envelope((*strangers(11), *two)), envelope(by_name, date=NOON + HOUR, subject="Correction: Survey")
    )
    assert [one.address for one in found.affected if one.address is None or "anna" in one.address] == [
        "anna1@firm-x1.example",
        "anna2@firm-x2.example",
        None,
    ]


def test_the_order_is_class_points_people_age_and_id() -> None:
    large = envelope(consumers(20), subject="Consumers", author="a@company.example")
    early = envelope(to(*others(100, 115)), date=NOON - DAY, subject="Early", author="b@company.example")
    late = envelope(to(*others(200, 215)), subject="Late", author="c@company.example")
    undated = envelope(to(*others(300, 315)), date=None, subject="Undated", author="d@company.example")
    friends = (*to(*others(400, 409)), *consumers(3))
    circle = envelope(friends, subject="Party pictures, so funny", author="e@company.example")
    small = envelope(to(*others(500, 506)), subject="Small", author="f@company.example")
    messages = [small, circle, undated, late, early, large]
    expected = incidents(*messages)
    assert [one.exposures[0].envelope for one in expected] == [large, early, late, undated, circle, small]
    assert [one.klass for one in expected[-3:]] == [Class.PROBABLE, Class.PERSONAL, Class.BELOW_GATE]
    assert (
        expected[0].score > expected[1].score == expected[2].score == sum(point.value for point in expected[1].points)
    )


def test_below_the_gate_is_a_class_that_a_lower_gate_changes() -> None:
    message = envelope(strangers(9))
    (found,) = incidents(message)
    assert (found.klass, len(found.affected)) == (Class.BELOW_GATE, 9)
    (lower,) = incidents(message, policy=replace(US, gate=Gate(exposure=9)))
    assert (lower.klass, lower.id) == (Class.PROBABLE, found.id)
    (roles,) = incidents(envelope(to(*(f"info@firm-{number}.example" for number in range(40)))))
    assert roles.klass is Class.ROLES


def plans_of(message: Envelope, *allowed: Allowed, today: date, registry: Registry | None = None) -> Incident:
    policy = replace(US, allowed=allowed)
    grouping = Grouping(policy, today=today)
    exposure = judge(message, policy)
    grouping.add([exposure])
    (plan,) = grouping.plans(registry)
    assert plan.messages == (exposure.message,)
    return grouping.incident(plan, [Judged.of([exposure])])


ALLOWED = Allowed("The partners asked for it", "Data protection", date(2024, 6, 30), subject="survey")


@pytest.mark.parametrize(
    ("allowed", "today", "klass"),
    [
        (ALLOWED, date(2024, 6, 30), Class.ALLOWED),
        (ALLOWED, date(2024, 7, 1), Class.PROBABLE),
        (replace(ALLOWED, subject="", audience=("example",)), date(2024, 6, 1), Class.ALLOWED),
        (replace(ALLOWED, subject="", audience=("firm-1.example",)), date(2024, 6, 1), Class.PROBABLE),
        (replace(ALLOWED, subject="", incident="I-ALIAS"), date(2024, 6, 1), Class.ALLOWED),
    ],
)
def test_the_allowlist_decides_while_it_is_in_force(allowed: Allowed, today: date, klass: Class) -> None:
    message = envelope(strangers(12))
    registry = Registry({message.identity: "I-NOW"}, {"I-ALIAS": "I-NOW"})
    found = plans_of(message, allowed, today=today, registry=registry)
    assert (found.klass, found.id, found.aliases) == (klass, "I-NOW", ("I-ALIAS",))
    if klass is Class.ALLOWED:
        assert found.reasons[0] == "Allowed until 2024-06-30 by Data protection: The partners asked for it"
    assert any("expired" in reason for reason in found.reasons) is (today > allowed.expires)


def test_an_audience_allows_nobody_of_whom_only_the_name_is_known() -> None:
    audience = replace(ALLOWED, subject="", audience=("example",))
    named = envelope((*strangers(12), entry("Anna Berg")))
    assert plans_of(named, audience, today=date(2024, 6, 1)).klass is Class.PROBABLE


def test_what_others_wrote_is_no_part_of_an_incident_of_ours() -> None:
    grouping = Grouping(US)
    for number, ours in enumerate((True, False)):
        message = envelope(strangers(12), date=NOON + number * HOUR, digest=f"d{number}")
        grouping.add([judge(message, US)], ours=ours)
    assert [(plan.klass, len(plan.members)) for plan in grouping.plans()] == [(Class.PROBABLE, 1), (Class.NOT_OURS, 1)]


def test_an_id_is_kept_when_the_message_of_a_quotation_is_found() -> None:
    first = quoted(others(0, 12))
    sent = envelope(strangers(12))
    grouping = Grouping(US)
    for one in (first, sent):
        grouping.add([judge(one, US)])
    (plan,) = grouping.plans(Registry({first.identity: "I-QUOTED"}))
    assert (plan.name.id, plan.messages) == ("I-QUOTED", (sent.identity, first.identity))


_SOME = st.sets(st.integers(0, 25), min_size=5, max_size=20)
_MAIL = st.lists(
    st.tuples(
        _SOME,
        st.integers(0, 80),
        st.sampled_from(("Survey", "Survey (2/3)", "Sorry for our survey", "Re: Survey", "Something else")),
        st.sampled_from(("sender@company.example", "other@company.example")),
        st.sampled_from((Mark.SENT, Mark.SENT, Mark.QUOTED)),
        st.sampled_from((None, "one@company.example", "two@company.example")),
    ),
    max_size=7,
)


@given(_MAIL, st.randoms(use_true_random=False))
def test_the_order_of_the_mail_does_not_matter(
    facts: list[tuple[set[int], int, str, str, Mark, str | None]], chance: random.Random
) -> None:
    mail = [
        replace(
            envelope(
                to(*(f"person@firm-{one}.example" for one in sorted(people))),
                date=NOON + hours * HOUR,
                subject=subject,
                author=author,
                marks={mark} | ({Mark.REPLY} if subject.startswith("Re:") else set()),
                digest=f"d{number}",
            ),
            locator=Locator("account", "Sent", str(number)),
            message_id=name,
            references=("one@company.example",) if subject.startswith("Re:") else (),
        )
        for number, (people, hours, subject, author, mark, name) in enumerate(facts)
    ]
    shuffled = list(mail)
    chance.shuffle(shuffled)
    found = incidents(*mail)
    assert incidents(*shuffled) == found
    assert len({one.id for one in found}) == len(found)
    held = sorted(locator.key for one in found for locator in one.locations)
    assert held == sorted({one.locator.key for one in mail})
    for one in found:  # nobody whom a message of the incident shows is missing
        shown = {row.key for exposure in one.exposures for row in exposure.affected}
        assert {row.key for row in one.affected} == shown


def test_the_default_day_is_after_every_expiry() -> None:
    assert datetime(9999, 12, 31, tzinfo=UTC).date() == date.max
    message = envelope(strangers(12))
    (found,) = incidents(message, policy=replace(US, allowed=(ALLOWED,)))
    assert found.klass is Class.PROBABLE
