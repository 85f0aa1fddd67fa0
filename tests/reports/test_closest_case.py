"""The closest published example is found by facts alone, and says that it decides nothing."""

from __future__ import annotations

import pytest

from reports.closest_case import closest, difference, examples


@pytest.mark.parametrize(
    ("people", "identifiable", "sensitive", "name"),
    [
        (271, 240, False, "EDPB Guidelines 9/2022, annex B, a mailing"),
        (15, 15, False, "EDPB Guidelines 01/2021, case No. 15"),
        (15, 15, True, "EDPB Guidelines 01/2021, case No. 14"),
        (781, 0, True, "EDPB Guidelines 9/2022, annex B, a mailing"),
        (2, 2, False, "EDPB Guidelines 01/2021, case No. 13"),
        (2, 2, True, "EDPB Guidelines 01/2021, case No. 16"),
    ],
)
def test_an_example_is_chosen_by_its_facts(people: int, identifiable: int, sensitive: bool, name: str) -> None:
    assert closest(people, identifiable, sensitive=sensitive).name == name


def test_there_is_always_one() -> None:
    last = examples()[-1]
    assert (last.most_people, last.sensitive, last.identifiable) == (None, None, False)


def test_the_difference_states_facts_and_decides_nothing() -> None:
    said = difference(closest(271, 240, sensitive=False), 271, 240, 273, ()).split("\n")
    assert said[0].startswith("There: a mailing to customers")
    assert said[1] == "Here: 271 people were shown in address fields, 240 of them with a name; 273 could read them."
    assert said[2] == "No word of a sensitive subject was found."
    assert said[3] == "See the guidelines for the outcome. It informs; it decides nothing."
    assert "The subject tells of health, debt." in difference(examples()[-1], 1, 1, 1, ("health", "debt"))
    for example in examples():
        for claim in ("must", "notif", "no need", "low risk"):
            assert claim not in example.about
