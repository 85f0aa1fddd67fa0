"""In which country somebody probably is, told from the domain of their address alone and never from a name."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple


class Confidence(StrEnum):
    """How much a domain says of a country."""

    LIKELY = "likely"  # a country-code domain that is used mainly at home
    WEAK = "weak"  # a country-code domain that is sold all over the world
    UNKNOWN = "unknown"  # any other domain, or no address


class Country(NamedTuple):
    """A country by its ISO 3166-1 code and English name, both "" where the domain names none."""

    code: str
    name: str
    confidence: Confidence

    def __str__(self) -> str:
        return f"{self.name} ({self.code})" if self.code else "not known"


UNKNOWN = Country("", "", Confidence.UNKNOWN)


def country_of(address: str | None) -> Country:
    """The country of the address's top-level domain; where that is no country's, or no address is known, UNKNOWN."""
    if address is None:
        return UNKNOWN
    return _by_ending().get(address.rpartition(".")[2].lower(), UNKNOWN)


def in_order(counted: Mapping[Country, int]) -> list[tuple[Country, int]]:
    """Countries and their numbers: the most people first, what is not known last."""
    return sorted(counted.items(), key=lambda each: (not each[0].code, -each[1], each[0]))


def in_words(counted: Counter[Country]) -> str:
    """One line a country: `Germany (DE): 12, likely`."""
    return "\n".join(
        f"{country}: {number:,}, {country.confidence}" if country.code else f"{country}: {number:,}"
        for country, number in in_order(counted)
    )


@cache
def _by_ending() -> Mapping[str, Country]:
    table: dict[str, Any] = tomllib.loads((files("reports") / "countries.toml").read_text("utf-8"))
    weak = frozenset(table["sold_worldwide"])
    known = {
        ending: Country(
            table["code"].get(ending, ending.upper()), name, Confidence.WEAK if ending in weak else Confidence.LIKELY
        )
        for ending, name in table["name"].items()
    }
    return known | {ending: known[twin] for ending, twin in table["other_script"].items()}
