"""What stands where an address should: directory names, encapsulated addresses, guests, inventions of servers."""

from __future__ import annotations

import pytest

from scanner.address import Address, Form
from scanner.special_address import clean_domain, is_directory_name, is_undisclosed, meaning_of, unquoted


@pytest.mark.parametrize(
    ("local_part", "domain", "address"),
    [
        ("anna", "X.Example", "anna@x.example"),
        ("Anna.Maria", "x.example", "Anna.Maria@x.example"),
        ("a+tag", "x.example", "a+tag@x.example"),
        ("a.", "x.example", "a.@x.example"),
        ("a", "x.example.", "a@x.example"),
        ("a", "x..example", "a@x.example"),
        ("a", "[192.0.2.1]", "a@[192.0.2.1]"),
        ("a", "[IPv6:2001:DB8::1]", "a@[ipv6:2001:db8::1]"),
        ("ü", "münchen.example", "ü@xn--mnchen-3ya.example"),
        ("ü", "MÜNCHEN.example", "ü@xn--mnchen-3ya.example"),
        ("a", "xn--MNCHEN-3ya.example", "a@xn--mnchen-3ya.example"),
        ("a", "例え。example", "a@xn--r8jz45g.example"),  # the ideographic full stop (UTS 46)
        ("a_x.example#EXT#", "tenant.onmicrosoft.example", "a@x.example"),
        ("a_b_x.example#ext#", "tenant.onmicrosoft.example", "a_b@x.example"),
        ("IMCEAMAILTO-a+40x+2Eexample", "corp.example", "a@x.example"),
        ("IMCEASMTP-a_b+40x+2Eexample", "corp.example", "a_b@x.example"),
        ("/G=Jo/S=Doe/", "gateway.example", "/G=Jo/S=Doe/@gateway.example"),  # RFC 2156
        ("recipients.club", "x.example", "recipients.club@x.example"),
        ("a", "something.invalid", "a@something.invalid"),
        ('"a b"', "x.example", '"a b"@x.example'),
        ('"a.b"', "x.example", "a.b@x.example"),
    ],
)
def test_internet_addresses(local_part: str, domain: str, address: str) -> None:
    meaning = meaning_of(local_part, domain)
    assert meaning is not None
    assert meaning.address is not None
    assert meaning.address.addr_spec == address


@pytest.mark.parametrize(
    ("local_part", "domain", "form", "text"),
    [
        (
            "IMCEAEX-_O=CORP_OU=FIRST+20ADMIN_CN=RECIPIENTS_CN=JDOE",
            "corp.example",
            Form.DIRECTORY,
            "/O=CORP/OU=FIRST ADMIN/CN=RECIPIENTS/CN=JDOE",
        ),
        ("IMCEAFAX-Jo+40+2B4930", "corp.example", Form.DIRECTORY, "FAX:Jo@+4930"),
        ("CN=Jo/OU=Sales/O=Corp", "Corp", Form.DIRECTORY, "CN=Jo/OU=Sales/O=Corp@Corp"),
        ("Jo/Sales/Corp", "CORP", Form.DIRECTORY, "Jo/Sales/Corp@CORP"),
        ("jdoe", "MISSING_DOMAIN", Form.LOCAL, "jdoe@MISSING_DOMAIN"),
        ("jdoe", "unspecified-domain", Form.LOCAL, "jdoe@unspecified-domain"),
        ("jdoe", ".MISSING-HOST-NAME.", Form.LOCAL, "jdoe@.MISSING-HOST-NAME."),
    ],
)
def test_people_without_an_internet_address(local_part: str, domain: str, form: Form, text: str) -> None:
    meaning = meaning_of(local_part, domain)
    assert meaning is not None
    assert (meaning.address, meaning.form, meaning.text, meaning.invented) == (None, form, text, False)


@pytest.mark.parametrize(
    ("local_part", "domain"),
    [
        ("MISSING_MAILBOX", "MISSING_DOMAIN"),
        ("INVALID_ADDRESS", ".SYNTAX-ERROR."),
        ("UNEXPECTED_DATA_AFTER_ADDRESS", ".SYNTAX-ERROR."),
        ("undisclosed-recipients", "host.example"),
        ("Undisclosed_Recipients", "invalid-host"),
        ("unlisted-recipients", "x.example"),
    ],
)
def test_inventions_of_servers_are_nobody(local_part: str, domain: str) -> None:
    meaning = meaning_of(local_part, domain)
    assert meaning is not None
    assert meaning.invented
    assert meaning.address is None


@pytest.mark.parametrize(
    ("local_part", "domain"), [("", "x.example"), ("a", ""), ("a", "."), ("a", "x!y"), ("a", "b c")]
)
def test_what_is_no_address(local_part: str, domain: str) -> None:
    assert meaning_of(local_part, domain) is None


def test_a_domain_that_idna_refuses_is_kept_in_lower_case() -> None:
    assert clean_domain("-Ü.example") == "-ü.example"
    assert clean_domain("ü" * 300 + ".example") == "ü" * 300 + ".example"


@pytest.mark.parametrize(
    "phrase",
    [
        "undisclosed-recipients",
        "Undisclosed recipients",
        "Verborgene_Empfänger",
        "destinataires inconnus",
        "DESTINATARIOS OCULTOS",
        "destinatários ocultos",
        "destinatari nascosti",
        "verborgen ontvangers",
        "dolda mottagare",
        "skjulte modtagere",
        "piilotetut vastaanottajat",
        "ukryci odbiorcy",
        "skrytí příjemci",
        "rejtett címzettek",
        "destinatari ascunși",
        "скрытые получатели",
        "κρυφοί παραλήπτες",
        "gizli alıcılar",
        "非公開の受信者",
        "隐藏的收件人",
        "숨은 수신자",
        "(recipient list not shown)",
    ],
)
def test_hidden_recipients_in_many_languages(phrase: str) -> None:
    assert is_undisclosed(phrase)


@pytest.mark.parametrize(
    "phrase", ["", "customers", "recipients", "undisclosed-recipients@x", "Anna Undisclosed", "x" * 500]
)
def test_other_phrases_are_people(phrase: str) -> None:
    assert not is_undisclosed(phrase)


@pytest.mark.parametrize(
    "text", ["/O=CORP/OU=X/CN=Y", "CN=Jo/O=Corp", "EX:/o=corp", "c=us;a= ;p=corp;s=doe", "NOTES:Jo"]
)
def test_directory_names(text: str) -> None:
    assert is_directory_name(text)


@pytest.mark.parametrize("text", ["Anna", "cn", "o=corp", "C=D", "Example: a"])
def test_names_that_are_no_directory_names(text: str) -> None:
    assert not is_directory_name(text)


@pytest.mark.parametrize(
    ("written", "kept"), [('"a.b"', "a.b"), ('"a b"', '"a b"'), ('"a@b"', '"a@b"'), ('"a\\.b"', "a.b"), ('""', '""')]
)
def test_quotes_that_change_nothing_are_dropped(written: str, kept: str) -> None:
    assert unquoted(written) == kept


def test_records_are_those_of_the_address_module() -> None:
    meaning = meaning_of("a", "x.example")
    assert meaning is not None
    assert meaning.address == Address("a", "x.example")
