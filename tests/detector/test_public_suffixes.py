"""The list is asked one top-level domain at a time, and answers as the whole list does."""

from __future__ import annotations

from pathlib import Path

import publicsuffixlist
import pytest

from scanner.detector.public_suffixes import registries, suffixes

_WHOLE = publicsuffixlist.PublicSuffixList()
_REGISTRIES = publicsuffixlist.PublicSuffixList(only_icann=True)


def _asked() -> list[str]:
    """Every rule of the list as a domain, written both ways, and names below and above it."""
    lines = Path(publicsuffixlist.PSLFILE).read_text("utf-8").splitlines()
    rules = {line.split(" ")[0].lstrip("!*.") for line in lines if line and not line.startswith("//")}
    rules |= {rule.encode("idna").decode("ascii") for rule in rules}
    names = {name for rule in rules for name in (rule, f"a.{rule}", f"b.a.{rule}", f"c.b.a.{rule}")}
    return sorted(names | {"corp.example", "example", "a.unknown-top", "a..com", ".com", "x.com.", "", "."})


def _top(domain: str) -> str:
    return domain.rstrip(".").rpartition(".")[2]


def test_the_rules_of_one_top_level_domain_answer_as_the_whole_list() -> None:
    asked = _asked()
    assert len(asked) > 20_000
    other = [
        name
        for name in asked
        if suffixes(_top(name)).privatesuffix(name) != _WHOLE.privatesuffix(name)
        or suffixes(_top(name)).is_public(name) != _WHOLE.is_public(name)
        or registries(_top(name)).is_public(name) != _REGISTRIES.is_public(name)
    ]
    assert other == []


@pytest.mark.parametrize(("top", "domain"), [("uk", "shop.co.uk"), ("com", "shop.blogspot.com"), ("ck", "www.ck")])
def test_only_the_rules_that_can_fit_are_made_ready(top: str, domain: str) -> None:
    assert suffixes(top).privatesuffix(domain) == domain
    assert len(suffixes(top)._publicsuffix) < len(_WHOLE._publicsuffix) / 2
