"""Over several messages each person who could see an address is counted once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.address import Field
from scanner.detector import group, sightings
from scanner.exposure import Affected
from tests.detector.envelopes import NOON, US, bcc, cc, entry, envelope, exposure, to

PEOPLE = [f"p{number}@firm{number // 2}.example" for number in range(14)]  # two of each company
COLLEAGUES = [f"c{number}@company.example" for number in range(4)]
_LISTS = st.lists(
    st.tuples(
        st.sets(st.sampled_from(PEOPLE), min_size=6),
        st.sets(st.sampled_from((*PEOPLE, *COLLEAGUES)), max_size=4),
        st.sets(st.sampled_from(COLLEAGUES), max_size=3),
    ),
    min_size=1,
    max_size=5,
)


def seen(lists: list[tuple[set[str], set[str], set[str]]]) -> dict[str, Affected]:
    """Who was affected by messages to these people, with these hidden and these colleagues in Cc."""
    exposures = [
        exposure(
            envelope(
                to(*sorted(shown)) + bcc(*sorted(hidden - shown - inside)) + cc(*sorted(inside)),
                date=NOON + timedelta(minutes=number),
                digest=f"d{number}",
            )
        )
        for number, (shown, hidden, inside) in enumerate(lists)
    ]
    (found,) = group(exposures, US)
    return {row.key: row for row in found.affected}


@given(_LISTS)
def test_each_reader_is_counted_once(lists: list[tuple[set[str], set[str], set[str]]]) -> None:
    for key, row in seen(lists).items():
        mine = [one for one in lists if key in one[0]]
        visible = set().union(*(shown | inside for shown, _, inside in mine))
        hidden = set().union(*(hidden for _, hidden, _ in mine)) - visible
        party = f"@{key.partition('@')[2]}"
        strangers = {one for one in visible if not one.endswith((party, "@company.example"))}
        assert row.seen_by_outsiders == len(strangers)
        assert row.seen_by_insiders == len([one for one in visible if one.endswith("@company.example")])
        assert row.seen_by_hidden == len([one for one in hidden if not one.endswith(party)])
        assert row.times == len(mine)


def test_what_would_cost_too_much_is_never_too_high(monkeypatch: pytest.MonkeyPatch) -> None:
    lists: list[tuple[set[str], set[str], set[str]]] = [
        (set(PEOPLE[:10]), set(), set()),
        (set(PEOPLE[4:]), set(), set()),
    ]
    assert seen(lists)[PEOPLE[5]].seen_by_outsiders == 12
    monkeypatch.setattr(sightings, "_LOOKED_AT", 19)
    assert seen(lists)[PEOPLE[5]].seen_by_outsiders == 8
    assert seen(lists)[PEOPLE[0]].seen_by_outsiders == 8  # of one message alone it costs nothing
    monkeypatch.setattr(sightings, "_LOOKED_AT", 20)
    assert seen(lists)[PEOPLE[5]].seen_by_outsiders == 12


def test_somebody_shown_by_name_only_is_seen_by_all() -> None:
    messages = [
        envelope((*to(*PEOPLE[:10]), entry("Anna Berg")), digest="d1"),
        envelope((*to(*PEOPLE[4:]), entry("Anna Berg")), date=NOON + timedelta(hours=1), digest="d2"),
    ]
    (found,) = group(map(exposure, messages), US)
    (anna,) = (row for row in found.affected if row.address is None)
    assert (anna.seen_by_outsiders, anna.times, anna.fields) == (14, 2, (Field.TO,))
