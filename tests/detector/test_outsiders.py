"""Who is an outsider, on whole messages as they are written: every form an address comes in, on the day it was sent."""

from __future__ import annotations

from datetime import date

import pytest

from scanner.detector.visible import judge
from scanner.envelope import Locator, Mark
from scanner.exposure import Exposure, Standing
from scanner.headers import parse_envelope
from scanner.policy import InternalDomain, Policy

POLICY = Policy(
    internal=(
        InternalDomain("company.example"),
        InternalDomain("bought.example", since=date(2023, 5, 1), until=date(2024, 12, 31)),
    ),
    own_addresses=("owner@freemail.example",),
    affiliates=("haulier.example",),
    free_mail_add=("freemail.example",),
)
OTHER = "stranger@other.example"


def judged(entry: str, sent: str = "15 Mar 2024") -> Exposure:
    """A message of ours to one stranger and one other entry."""
    head = f"From: anna@company.example\r\nTo: {OTHER}, {entry}\r\nDate: {sent} 10:00:00 +0000\r\nSubject: x\r\n\r\n"
    return judge(parse_envelope(head.encode(), Locator("a", "Sent", "1"), marks=frozenset((Mark.SENT,))), POLICY)


@pytest.mark.parametrize(
    ("entry", "key", "party"),
    [
        ("jo@firm.example", "jo@firm.example", "firm.example"),
        ("JO@Emea.Firm.example", "jo@emea.firm.example", "firm.example"),
        ("jo@notcompany.example", "jo@notcompany.example", "notcompany.example"),
        ("jo@company.example.firm.example", "jo@company.example.firm.example", "firm.example"),
        ("jo@company-example.test", "jo@company-example.test", "company-example.test"),
        ("jo@c\u043empany.example", "jo@xn--cmpany-wqf.example", "xn--cmpany-wqf.example"),  # a Cyrillic o
        ("other@freemail.example", "other@freemail.example", "other@freemail.example"),
        ("jo_firm.example#EXT#@company.example", "jo@firm.example", "firm.example"),
        ("jo_doe_firm.example#EXT#@company.example", "jo_doe@firm.example", "firm.example"),
        ("IMCEASMTP-jo+40firm+2Eexample@company.example", "jo@firm.example", "firm.example"),
        ("jo@uk.bought.example", "jo@uk.bought.example", "bought.example"),
    ],
)
def test_an_outsider_is_affected_and_affects(entry: str, key: str, party: str) -> None:
    rows = {row.key: row for row in judged(entry, "15 Mar 2025").affected}
    assert set(rows) == {OTHER, key}
    assert rows[key].party == party


@pytest.mark.parametrize(
    ("entry", "reader", "standing"),
    [
        ("ben@company.example", "ben@company.example", Standing.INTERNAL),
        ("ben@mail.eu.company.example", "ben@mail.eu.company.example", Standing.INTERNAL),
        ("Owner@freemail.example", "owner@freemail.example", Standing.INTERNAL),
        ("ben@uk.bought.example", "ben@uk.bought.example", Standing.INTERNAL),
        ("ben_company.example#EXT#@partner.example", "ben@company.example", Standing.INTERNAL),
        ("jo@night.haulier.example", "jo@night.haulier.example", Standing.AFFILIATE),
    ],
)
def test_a_colleague_or_affiliate_reads_and_is_not_affected(entry: str, reader: str, standing: Standing) -> None:
    exposure = judged(entry)
    assert {viewer.address: viewer.standing for viewer in exposure.viewers} == {
        OTHER: Standing.OUTSIDER,
        reader: standing,
    }
    assert reader not in {row.key for row in exposure.affected}


def test_a_name_of_our_directory_is_a_colleague() -> None:
    exposure = judged("IMCEAEX-_O=CORP_OU=FIRST_CN=RECIPIENTS_CN=JDOE@company.example, jo@firm.example")
    assert [viewer.standing for viewer in exposure.viewers if viewer.address.startswith("/O=")] == [Standing.INTERNAL]
    assert {row.key for row in exposure.affected} == {OTHER, "jo@firm.example"}


def test_role_addresses_are_listed_and_flagged_and_not_counted() -> None:
    exposure = judged("info@firm.example, Anna Berg <sales@shop.example>, members@lists.club.example")
    assert {row.key: row.role for row in exposure.affected} == {
        OTHER: False,
        "info@firm.example": True,
        "sales@shop.example": False,  # the name is a person's
        "members@lists.club.example": True,
    }
    assert exposure.counted == 2
