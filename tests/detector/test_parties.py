"""Who belongs to one party and who is a party alone."""

from __future__ import annotations

import pytest
from publicsuffixlist import PublicSuffixList

from scanner.address import Address
from scanner.detector.parties import Parties, _free_mail_domains, registrable_domain
from scanner.policy import Policy
from tests.detector.envelopes import address


@pytest.mark.parametrize(
    ("domain", "party"),
    [
        ("firm.example", "firm.example"),
        ("mail.emea.firm.example", "firm.example"),
        ("mail.firm.co.uk", "firm.co.uk"),
        ("one.github.io", "one.github.io"),
        ("mail.one.github.io", "one.github.io"),
        ("tenant.onmicrosoft.com", "tenant.onmicrosoft.com"),
        ("mail.tenant.onmicrosoft.com", "tenant.onmicrosoft.com"),
        ("tenant.mail.onmicrosoft.com", "tenant.onmicrosoft.com"),
        ("onmicrosoft.com", "onmicrosoft.com"),
        ("[192.0.2.1]", "[192.0.2.1]"),
        ("[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"),
        ("192.0.2.1", "192.0.2.1"),
        ("localhost", "localhost"),
        ("a..b", "a..b"),
        ("", ""),
        ("www.xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_the_registered_part_of_a_domain(domain: str, party: str) -> None:
    assert registrable_domain(domain) == party


def test_colleagues_are_one_party_and_customers_of_a_host_are_not() -> None:
    parties = Parties(Policy())
    assert (
        parties.of(address("a@firm.example")) == parties.of(address("b@emea.firm.example")) == ("firm.example", False)
    )
    assert parties.of(Address("a", "one.onmicrosoft.com")) != parties.of(Address("a", "two.onmicrosoft.com"))


def test_each_consumer_is_a_party_alone() -> None:
    parties = Parties(Policy(free_mail_add=("freemail.example",)))
    assert parties.of(address("Jo@freemail.example")) == ("jo@freemail.example", True)
    assert parties.of(address("jo@mx.freemail.example")) == ("jo@mx.freemail.example", True)
    assert parties.of(address("jo@notfreemail.example")) == ("notfreemail.example", False)


def test_the_policy_corrects_the_built_in_list() -> None:
    assert Parties(Policy()).is_free_mail("gmail.com")
    assert not Parties(Policy(free_mail_remove=("gmail.com",))).is_free_mail("gmail.com")
    assert not Parties(Policy()).is_free_mail("freemail.example")
    assert Parties(Policy(free_mail_add=("freemail.example",))).is_free_mail("freemail.example")


def test_a_part_taken_out_of_a_free_mail_domain_is_a_company() -> None:
    parties = Parties(Policy(free_mail_add=("freemail.example",), free_mail_remove=("staff.freemail.example",)))
    assert not parties.is_free_mail("staff.freemail.example")
    assert not parties.is_free_mail("mx.staff.freemail.example")
    assert parties.is_free_mail("mx.freemail.example")
    assert not parties.is_free_mail("")


def test_a_public_suffix_makes_nobody_below_it_a_consumer() -> None:
    assert not Parties(Policy()).is_free_mail("firm.za.com")
    suffixes = PublicSuffixList()
    assert [domain for domain in _free_mail_domains() if suffixes.privatesuffix(domain) is None] == []
