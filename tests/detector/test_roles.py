"""Which addresses are a function's or a list's, and which are people's."""

from __future__ import annotations

import pytest

from scanner.address import Address
from scanner.detector.roles import is_list, is_role
from tests.detector.envelopes import address

ROLES = """
    info Info sales no-reply noreply do_not_reply customer.service info+web info2 support-de uk-sales info.berlin
    kontakt buchhaltung accueil recursos-humanos ventas segreteria administratie biuro kundservice
    asiakaspalvelu ugyfelszolgalat press_anna
"""
PEOPLE = """
    anna.berg salesman infante a.sales jo.post steve.jobs kunde17 supporter anna x m.press officer.k ... 77
"""


@pytest.mark.parametrize("local_part", ROLES.split())
def test_a_function_is_recognised(local_part: str) -> None:
    assert is_role(local_part)


@pytest.mark.parametrize("local_part", PEOPLE.split())
def test_a_person_is_spared(local_part: str) -> None:
    assert not is_role(local_part)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dev@lists.project.example", True),
        ("partners-list@groups.firm.example", True),
        ("partners-list@firm.example", True),
        ("verteiler@firm.example", True),
        ("anna@firm.example", False),
        ("anna@listings.example", False),
        ("anna@lists", False),
        ("liszt@firm.example", False),
        ("holist@firm.example", False),
    ],
)
def test_a_list_is_told_from_a_person(text: str, expected: bool) -> None:
    assert is_list(address(text)) is expected


def test_a_host_of_lists_is_known_with_its_sub_domains_only() -> None:
    assert is_list(Address("crew", "groups.io"))
    assert is_list(Address("crew", "ours.groups.io"))
    assert not is_list(Address("anna", "notgroups.io"))
