"""What each class takes, and beside it what it must leave to the next."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detector.classes import classify
from scanner.detector.traits import Tone, Traits
from scanner.incident import Class
from scanner.policy import Gate

GATE = Gate()
MAILING = Traits(people=30, outsiders=30, roles=0, parties=30, largest=0.05, consumers=3, insiders=2, added=30)
BULK, WORK, PERSONAL = (frozenset((tone,)) for tone in (Tone.BULK, Tone.WORK, Tone.PERSONAL))


def of(people: int, **others: Any) -> Traits:
    given = {"outsiders": people, "parties": people, "added": people, "consumers": 0, **others}
    return replace(MAILING, people=people, **given)


def reply(people: int, **others: Any) -> Traits:
    return of(people, **{"replies": 1, "added": 0, **others})


def klass(traits: Traits, gate: Gate = GATE) -> Class:
    return classify(traits, gate)[0]


CASES: dict[Class, tuple[tuple[Traits, ...], tuple[Traits, ...]]] = {
    Class.NOT_OURS: ((of(30, ours=False),), (of(30),)),
    Class.HIDDEN: (
        (of(0, hidden=300), of(0, hidden=1)),
        (of(30, hidden=300), of(30)),
    ),
    Class.ROLES: (
        (of(2, outsiders=40, roles=38), of(0, outsiders=40, roles=40, parties=0), of(8, outsiders=40, roles=32)),
        (
            of(0, outsiders=9, roles=9),
            of(10, outsiders=50, roles=40),
            of(9, outsiders=40, roles=31),
            of(30, outsiders=42, roles=12),
        ),
    ),
    Class.ONE_ORGANISATION: (
        (of(0, outsiders=25, parties=0, largest=1.0), of(24, parties=2, largest=0.96), of(45, parties=5, largest=0.8)),
        (of(30, parties=8, largest=0.7, tones=BULK), of(100, parties=20, largest=0.81)),
    ),
    Class.BELOW_GATE: (
        (of(9), of(0), of(2, contexts=("health",)), of(9, outsiders=12, roles=3)),
        (of(10, tones=BULK), of(3, consumers=3, contexts=("health",))),
    ),
    Class.INHERITED: (
        (
            reply(45),
            reply(44, added=9),
            reply(45, untraced=1),
            reply(60, untraced=1, tones=WORK),
            reply(39, untraced=1, tones=BULK),
            reply(60, tones=BULK),
            reply(20, messages=3, replies=3),
        ),
        (
            reply(44, added=38),
            reply(44, added=10),
            reply(40, untraced=1, tones=BULK),
            reply(60, messages=2, added=60),
        ),
    ),
    Class.STANDING_GROUP: (
        (
            of(22, cover=1.0, known_pairs=1.0),
            of(60, cover=0.97, known_pairs=0.94),
            of(60, cover=0.4, known_pairs=0.8),
            of(14, parties=12, cover=0.5, known_pairs=0.25),
        ),
        (
            of(60, cover=0.33, known_pairs=0.1),
            of(60, cover=0.83, known_pairs=0.7),
            of(100, cover=0.85, known_pairs=0.73),
            of(14, parties=12, cover=0.5, known_pairs=0.25, tones=BULK),
            of(14, parties=12, cover=0.5, known_pairs=0.25, contexts=("health",)),
        ),
    ),
    Class.PERSONAL: (
        (
            of(14, consumers=4, tones=PERSONAL),
            of(14, consumers=14, tones=PERSONAL),
            of(39, consumers=20, tones=PERSONAL),
            of(24, consumers=8, forwards=1),
            of(14, consumers=14, forwards=1),
        ),
        (
            of(14, tones=PERSONAL),
            of(30, consumers=28, tones=PERSONAL),
            of(14, consumers=6, tones=PERSONAL | frozenset((Tone.RECALL,))),
            of(15, consumers=6),
            of(40, consumers=20, tones=PERSONAL),
            of(14, tones=PERSONAL | BULK),
            of(14, tones=PERSONAL | BULK | WORK),
            of(14, tones=PERSONAL, contexts=("children",)),
            of(24, consumers=4, forwards=1),
            of(24, consumers=8, forwards=1, tones=BULK),
            of(14, tones=PERSONAL, hidden_twin=True),
            of(15, consumers=6, tones=frozenset((Tone.APOLOGY,))),
            of(12, consumers=12),
            of(12, consumers=12, tones=BULK),
            of(15, consumers=6, tones=BULK),
            of(15, consumers=6, insiders=40),
            of(20, consumers=8),
        ),
    ),
    Class.FEW_PARTIES: (
        (
            of(18, parties=5),
            of(24, parties=8, tones=WORK),
            of(12, parties=8, tones=WORK | BULK),
            of(12, parties=4, tones=BULK),
            of(15, parties=13, tones=WORK),
        ),
        (
            of(18, parties=9),
            of(25, parties=8),
            of(12, parties=8, tones=BULK),
            of(12, parties=5, contexts=("health",)),
            of(20, parties=13, tones=WORK),
            of(15, parties=13, tones=WORK | BULK),
            of(15, parties=13, consumers=15, tones=WORK),
        ),
    ),
    Class.SERIES: (
        (of(24, messages=4, same_list=4), of(12, messages=30, same_list=9)),
        (
            of(24, messages=4, same_list=4, tones=BULK),
            of(12, consumers=12, messages=30, same_list=9),
            of(24, messages=3, same_list=3),
            of(25, messages=6, same_list=6),
            of(24, messages=8, same_list=2),
        ),
    ),
}


@pytest.mark.parametrize("expected", CASES)
def test_each_class_takes_its_own(expected: Class) -> None:
    assert [traits for traits in CASES[expected][0] if klass(traits) is not expected] == []


@pytest.mark.parametrize("spared", [one for one in CASES if one is not Class.BELOW_GATE])
def test_each_class_leaves_what_is_no_longer_its_own(spared: Class) -> None:
    assert [traits for traits in CASES[spared][1] if klass(traits) is spared] == []


@pytest.mark.parametrize(
    "spared",
    [Class.INHERITED, Class.STANDING_GROUP, Class.PERSONAL, Class.FEW_PARTIES, Class.SERIES, Class.BELOW_GATE],
)
def test_what_none_of_the_excuses_explains_is_reported(spared: Class) -> None:
    assert [traits for traits in CASES[spared][1] if klass(traits) is not Class.PROBABLE] == []


def test_everybody_of_one_company_is_one_organisation_and_not_too_few() -> None:
    assert klass(of(0, outsiders=60, parties=0, largest=1.0)) is Class.ONE_ORGANISATION
    assert klass(of(60, parties=60, consumers=60, largest=0.0)) is Class.PROBABLE
    assert klass(of(4, outsiders=9, parties=0, largest=1.0)) is Class.BELOW_GATE


def test_the_gate_is_the_policys() -> None:
    assert klass(of(9), Gate(exposure=5)) is Class.PROBABLE
    assert klass(of(30, tones=BULK), Gate(exposure=31)) is Class.BELOW_GATE
    assert klass(of(30, parties=9, tones=BULK), Gate(parties=10)) is Class.BELOW_GATE
    assert klass(of(4, consumers=4, contexts=("health",)), Gate(sensitive=5)) is Class.BELOW_GATE
    assert klass(of(4, consumers=4, contexts=("health",)), Gate(exposure=4, sensitive=20)) is Class.PROBABLE


@pytest.mark.parametrize(
    ("traits", "sentence"),
    [
        (
            of(22, cover=1.0),
            "22 of the 22 outsiders stood together in one earlier message that an outsider wrote.",
        ),
        (of(9), "9 people could be seen by others; the gate is 10."),
        (of(1), "1 person could be seen by others; the gate is 10."),
        (
            reply(15, untraced=1),
            "The beginning of the conversation was not found for 1 of 1 reply.",
        ),
        (
            reply(45, added=1),
            "The message is a reply to a list that somebody else began; at most 1 outsider was added to it at once.",
        ),
        (of(0, hidden=300), "300 outsiders in Bcc, none of them visible to another."),
        (of(45, tones=PERSONAL), "The subject speaks of private life, but there are 45 people."),
        (
            of(15, consumers=9, tones=PERSONAL | WORK),
            "The subject speaks of private life, but there are words of work too.",
        ),
        (of(30, tones=PERSONAL | BULK), "The subject speaks of private life, but there are words of bulk mail."),
        (of(12, parties=7, tones=BULK), "There are few parties, but there are words of bulk mail."),
        (of(60, parties=7), "There are few parties, but there are 60 people."),
        (
            of(12, parties=7, contexts=("health",)),
            "There are few parties, but it tells something sensitive of those on the list.",
        ),
        (
            of(12, parties=7, hidden_twin=True),
            "There are few parties, but the same people stood in Bcc in another message.",
        ),
        (
            of(30, messages=6, same_list=6),
            "6 messages in a row went to nearly the same list, but there are 30 people.",
        ),
        (
            of(60, cover=1 / 3),
            "20 of the 60 outsiders stood together in one earlier message by an outsider: too few to call the others a "
            "part of that group.",
        ),
    ],
)
def test_the_reasons_carry_the_figures(traits: Traits, sentence: str) -> None:
    assert sentence in classify(traits, GATE)[1]


@st.composite
def traits(draw: st.DrawFn) -> Traits:
    """Figures that may belong together."""
    outsiders = draw(st.integers(0, 150))
    roles = draw(st.integers(0, outsiders))
    people = draw(st.sampled_from((outsiders - roles, draw(st.integers(0, outsiders - roles)))))
    consumers = draw(st.integers(0, people))
    messages = draw(st.integers(1, 12))
    replies = draw(st.sampled_from((0, messages, draw(st.integers(0, messages)))))
    share = st.sampled_from((0.0, 0.25, 0.5, 0.8, 0.95, 1.0))
    return Traits(
        people=people,
        outsiders=outsiders,
        roles=roles,
        parties=draw(st.integers(min(people, 1), people)),
        largest=draw(share),
        consumers=consumers,
        insiders=draw(st.integers(0, 60)),
        messages=messages,
        same_list=draw(st.integers(1, messages)),
        replies=replies,
        forwards=draw(st.integers(0, messages)),
        added=draw(st.integers(0, outsiders)),
        untraced=draw(st.integers(0, replies)),
        cover=draw(share),
        known_pairs=draw(share),
        hidden=draw(st.integers(0, 3)),
        tones=draw(st.frozensets(st.sampled_from(Tone))),
        contexts=draw(st.sampled_from(((), ("health",)))),
        ours=draw(st.booleans()),
    )


@given(traits(), st.integers(1, 60), st.integers(1, 60), st.integers(1, 4))
def test_there_is_always_one_class_and_a_sentence(figures: Traits, exposure: int, sensitive: int, parties: int) -> None:
    found, reasons = classify(figures, Gate(exposure=exposure, sensitive=sensitive, parties=parties))
    assert found in Class
    assert reasons
    for sentence in reasons:
        assert re.fullmatch(r"[A-Z0-9].*\.", sentence)
        assert "@" not in sentence


@given(traits(), st.integers(1, 200))
def test_more_people_never_turn_what_is_reported_into_too_few(figures: Traits, more: int) -> None:
    if klass(figures) is not Class.PROBABLE:
        return
    larger = replace(
        figures, people=figures.people + more, outsiders=figures.outsiders + more, parties=figures.parties + more
    )
    assert klass(larger) not in (Class.BELOW_GATE, Class.FEW_PARTIES)


@given(traits())
def test_a_lower_gate_never_makes_too_few_of_enough(figures: Traits) -> None:
    if figures.people:
        assert klass(figures, Gate(exposure=1, sensitive=1, parties=1)) is not Class.BELOW_GATE


@given(traits())
def test_a_sensitive_subject_is_never_excused_by_privacy_few_parties_or_habit(figures: Traits) -> None:
    sensitive = replace(figures, contexts=("health",))
    assert klass(sensitive) not in (Class.PERSONAL, Class.FEW_PARTIES, Class.SERIES)
