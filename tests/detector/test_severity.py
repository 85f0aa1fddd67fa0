"""The severity of known cases, each factor of it, and that no sentence concludes anything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.address import Field
from scanner.detector.contexts import context_names
from scanner.detector.rule_packs import rule_pack_of, rule_packs
from scanner.detector.severity import CAVEAT, severity_of
from scanner.exposure import Affected, Identifiable
from scanner.incident import Band, Severity

RULES = rule_pack_of("gdpr-2018", date(2026, 1, 1))
CLEAR, PART, NO = Identifiable.CLEAR, Identifiable.PART, Identifiable.NO
CONCLUSIONS = re.compile(
    r"\b(?:must|shall|should|obliged|obligation|duty|requir\w*|have to|has to|need\w*|notif\w*|breach\w*|unlawful|"
    r"illegal|infring\w*|violat\w*|liable|fine[ds]?)\b",
    re.IGNORECASE,
)


def people(count: int, how: Identifiable = CLEAR, *, consumer: bool = True, role: bool = False) -> list[Affected]:
    return [
        Affected(
            address=f"{how}{number}.{consumer}.{role}@mail.example",
            names=(),
            fields=(Field.TO,),
            party="mail.example",
            free_mail=consumer,
            role=role,
            identifiable=how,
            seen_by_outsiders=count - 1,
            seen_by_insiders=0,
            seen_by_hidden=0,
        )
        for number in range(count)
    ]


def severity(affected: Sequence[Affected], *contexts: str, viewers: int = 20, unknown: bool = False) -> Severity:
    return severity_of(affected, contexts, viewers, unknown, RULES)


@pytest.mark.parametrize(
    ("affected", "contexts", "score", "band"),
    [
        pytest.param(people(271), (), 1.0, Band.LOW, id="customers of a survey"),
        pytest.param(people(7) + people(12, NO), ("health",), 3.25, Band.HIGH, id="patients of a trial, a third named"),
        pytest.param(people(730) + people(51, NO), ("health",), 3.25, Band.HIGH, id="a clinic's newsletter"),
        pytest.param(people(245, consumer=False), ("shelter",), 4.25, Band.VERY_HIGH, id="protected people, employed"),
        pytest.param(people(15), ("sexual life",), 3.25, Band.HIGH, id="fifteen are enough"),
        pytest.param(people(40, NO), (), 0.5, Band.LOW, id="numbered addresses"),
        pytest.param(people(42), ("children",), 2.5, Band.MEDIUM, id="parents"),
        pytest.param(people(42), ("debt",), 2.5, Band.MEDIUM, id="debtors"),
        pytest.param(people(42), ("applications",), 1.75, Band.LOW, id="applicants"),
    ],
)
def test_the_computation(affected: list[Affected], contexts: tuple[str, ...], score: float, band: Band) -> None:
    found = severity(affected, *contexts)
    assert (found.score, found.band) == (score, band)
    assert found.score == found.dpc * found.ei + found.cb


def test_the_heaviest_context_counts_and_all_are_named() -> None:
    found = severity(people(20), "applications", "union")
    assert found.dpc == 4
    assert found.inputs[0] == (
        "Data 4: what was read for words of a sensitive subject has those of applications (2), union (4)."
    )
    assert not any("applied" in said for said in found.assumed)  # what was assumed of a lighter one has no part in it


def test_a_context_of_the_settings_alone_weighs_most_and_says_so() -> None:
    found = severity(people(20), "secret agents")
    assert found.dpc == 4
    assert "A subject that only the settings call sensitive weighs as much as the most sensitive data." in found.assumed


@pytest.mark.parametrize(
    ("affected", "ei"),
    [
        (people(20), 0.75),
        (people(20, consumer=False), 1),
        (people(20, PART), 0.5),
        (people(20, PART, consumer=False), 0.5),
        (people(20, NO), 0.25),
        (people(5) + people(15, NO), 0.75),  # a quarter
        (people(4) + people(16, NO), 0.25),
        (people(3) + people(2, PART) + people(15, NO), 0.5),  # those above a level reach it too
        (people(1, consumer=False) + people(20, role=True), 1),
        ([], 0.25),
    ],
)
def test_the_ease_of_identification(affected: list[Affected], ei: float) -> None:
    assert severity(affected).ei == ei


def test_a_few_who_are_known_more_easily_are_told_apart() -> None:
    found = severity(people(2, consumer=False) + people(50, NO), "health")
    assert found.score == 1.25
    assert "For 2 people identification is easier: 4.25, very high, for them alone." in found.inputs


def test_role_accounts_identify_nobody() -> None:
    found = severity(people(10) + people(30, role=True, how=NO))
    assert found.ei == 0.75
    assert "of 10 people, 10 are named in full" in found.inputs[1]
    assert "Role accounts left out: 30." in found.inputs[1]


@pytest.mark.parametrize(
    ("viewers", "unknown", "cb"), [(0, False, 0), (1, False, 0.25), (9, True, 0.5), (0, True, 0.5)]
)
def test_the_circumstances(viewers: int, unknown: bool, cb: float) -> None:
    assert severity(people(10), viewers=viewers, unknown=unknown).cb == cb


@pytest.mark.parametrize(
    ("affected", "contexts", "score", "near"),
    [
        (people(20), (), 1.0, None),
        (people(20), ("applications",), 1.75, Band.MEDIUM),
        (people(20, PART), ("health",), 2.25, Band.LOW),
        (people(20), ("children",), 2.5, None),
        (people(20), ("health",), 3.25, Band.MEDIUM),
        (people(20, consumer=False), ("health",), 4.25, Band.HIGH),
        (people(20, consumer=False), ("debt",), 3.25, Band.MEDIUM),
    ],
)
def test_a_band_edge_is_told(
    affected: list[Affected], contexts: tuple[str, ...], score: float, near: Band | None
) -> None:
    found = severity(affected, *contexts)
    assert (found.score, found.near_edge) == (score, near)


def test_just_below_very_high() -> None:
    found = severity(people(20), "health", unknown=True)
    assert (found.score, found.band, found.near_edge) == (3.5, Band.HIGH, None)
    found = severity(people(20, consumer=False), "health", viewers=0)
    assert (found.score, found.band, found.near_edge) == (4, Band.VERY_HIGH, Band.HIGH)


def test_many_people_are_a_flag_and_no_score() -> None:
    few, many = severity(people(100)), severity(people(101))
    assert few.score == many.score
    flags = [said for said in many.inputs if "More than 100 people" in said]
    assert len(flags) == 1
    assert not any("More than 100" in said for said in few.inputs)


PERSON = st.builds(
    lambda how, consumer, role: people(1, how, consumer=consumer, role=role)[0],
    st.sampled_from(Identifiable),
    st.booleans(),
    st.booleans(),
)


@given(
    st.lists(PERSON, max_size=30),
    st.lists(st.sampled_from((*context_names(), "of the settings"))),
    st.integers(0, 500),
    st.booleans(),
    st.sampled_from(sorted(rule_packs())),
)
def test_no_sentence_concludes_anything(
    affected: list[Affected], contexts: list[str], viewers: int, unknown: bool, pack: str
) -> None:
    found = severity_of(affected, contexts, viewers, unknown, rule_packs()[pack])
    assert not CONCLUSIONS.search(" ".join((*found.inputs, *found.assumed, CAVEAT)))
    assert all(said.endswith(".") and "@" not in said for said in (*found.inputs, *found.assumed))
    assert 0.25 <= found.score <= 4.5
    assert severity_of(affected[::-1], contexts[::-1], viewers, unknown, rule_packs()[pack]) == found
