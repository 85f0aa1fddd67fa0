"""Countries are told from the domain alone, with how much that says."""

from __future__ import annotations

import tomllib
from collections import Counter
from importlib.resources import files

import pytest

from reports.countries import UNKNOWN, Confidence, country_of, in_order, in_words


@pytest.mark.parametrize(
    ("ending", "code", "confidence"),
    [
        ("de", "DE", Confidence.LIKELY),
        ("fr", "FR", Confidence.LIKELY),
        ("co.uk", "GB", Confidence.LIKELY),
        ("io", "IO", Confidence.WEAK),
        ("co", "CO", Confidence.WEAK),
        ("xn--p1ai", "RU", Confidence.LIKELY),
        ("xn--j1amh", "UA", Confidence.LIKELY),
        ("com", "", Confidence.UNKNOWN),
        ("eu", "", Confidence.UNKNOWN),
        ("example", "", Confidence.UNKNOWN),
        ("192.0.2.1]", "", Confidence.UNKNOWN),
    ],
)
def test_a_domain_names_a_country_or_none(ending: str, code: str, confidence: Confidence) -> None:
    found = country_of(f"a@example.{ending}")
    assert (found.code, found.confidence) == (code, confidence)


def test_nobody_is_placed_by_a_name() -> None:
    assert country_of(None) == country_of("a@localhost") == UNKNOWN
    assert country_of("müller.fr@example.com") == UNKNOWN


def test_counts_stand_most_first_and_the_unknown_last() -> None:
    counted = Counter(
        map(
            country_of,
            [f"{i}@example.{ending}" for i, ending in enumerate(("com", "com", "com", "fr", "de", "de", "io"))],
        )
    )
    assert [country.code for country, _ in in_order(counted)] == ["DE", "FR", "IO", ""]
    assert in_words(counted).split("\n") == [
        "Germany (DE): 2, likely",
        "France (FR): 1, likely",
        "British Indian Ocean Territory (IO): 1, weak",
        "not known: 3",
    ]


def test_the_table_names_each_ending_once_and_nothing_else() -> None:
    table = tomllib.loads((files("reports") / "countries.toml").read_text("utf-8"))
    assert set(table["sold_worldwide"]) <= set(table["name"])
    assert set(table["other_script"].values()) <= set(table["name"])
    assert set(table["code"]) <= set(table["name"])
    assert all(len(ending) == 2 and ending.isalpha() for ending in table["name"])
    assert all(ending.startswith("xn--") for ending in table["other_script"])
    assert len(set(table["name"].values())) == len(table["name"]) > 240
