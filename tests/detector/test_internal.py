"""Whom the border takes for internal, for an affiliate, for an outsider."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from scanner.detector.internal import Border, sending_day
from scanner.exposure import Standing
from scanner.policy import InternalDomain, Policy
from tests.detector.envelopes import address, envelope, to

DAY = date(2024, 3, 15)


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        ("anna@company.example", Standing.INTERNAL),
        ("anna@mail.eu.company.example", Standing.INTERNAL),
        ("anna@notcompany.example", Standing.OUTSIDER),
        ("anna@company.example.other.example", Standing.OUTSIDER),
        ("anna@company-partners.example", Standing.OUTSIDER),
        ("anna@company.other.example", Standing.OUTSIDER),
        ("anna@example", Standing.OUTSIDER),
        ("anna@[192.0.2.1]", Standing.OUTSIDER),
        ("Owner@freemail.example", Standing.INTERNAL),
        ("other@freemail.example", Standing.OUTSIDER),
        ("owner@company.example.other.example", Standing.OUTSIDER),
        ("jo@haulier.example", Standing.AFFILIATE),
        ("jo@night.haulier.example", Standing.AFFILIATE),
        ("jo@nothaulier.example", Standing.OUTSIDER),
    ],
)
def test_a_domain_covers_itself_and_its_sub_domains_only(text: str, standing: Standing) -> None:
    policy = Policy((InternalDomain("company.example"),), ("owner@freemail.example",), ("haulier.example",))
    assert Border(policy).standing(address(text), DAY) is standing


@pytest.mark.parametrize(
    ("day", "standing"),
    [
        (date(2023, 4, 30), Standing.OUTSIDER),
        (date(2023, 5, 1), Standing.INTERNAL),
        (date(2024, 12, 31), Standing.INTERNAL),
        (date(2025, 1, 1), Standing.OUTSIDER),
        (None, Standing.INTERNAL),
    ],
)
def test_a_bought_company_is_ours_from_its_first_to_its_last_day(day: date | None, standing: Standing) -> None:
    border = Border(Policy((InternalDomain("bought.example", date(2023, 5, 1), date(2024, 12, 31)),)))
    assert border.standing(address("anna@bought.example"), day) is standing
    assert border.standing(address("anna@uk.bought.example"), day) is standing


def test_outside_its_dates_a_domain_is_what_else_is_said_of_it() -> None:
    bought = InternalDomain("bought.company.example", since=date(2023, 5, 1))
    before = date(2020, 1, 1)
    assert (
        Border(Policy((bought,), affiliates=("bought.company.example",))).standing(
            address("a@bought.company.example"), before
        )
        is Standing.AFFILIATE
    )
    assert (
        Border(Policy((bought, InternalDomain("company.example")))).standing(
            address("a@bought.company.example"), before
        )
        is Standing.INTERNAL
    )


def test_two_windows_of_one_domain_are_both_ours() -> None:
    border = Border(
        Policy(
            (
                InternalDomain("again.example", until=date(2020, 12, 31)),
                InternalDomain("again.example", since=date(2022, 1, 1)),
            )
        )
    )
    days = (date(2020, 6, 1), date(2021, 6, 1), date(2022, 6, 1))
    assert [border.standing(address("a@again.example"), day) for day in days] == [
        Standing.INTERNAL,
        Standing.OUTSIDER,
        Standing.INTERNAL,
    ]


def test_the_longer_of_an_internal_and_an_affiliate_domain_decides() -> None:
    inside = Border(Policy((InternalDomain("company.example"),), affiliates=("depot.company.example",)))
    outside = Border(Policy((InternalDomain("lab.haulier.example"),), affiliates=("haulier.example",)))
    assert inside.standing(address("a@depot.company.example"), DAY) is Standing.AFFILIATE
    assert inside.standing(address("a@office.company.example"), DAY) is Standing.INTERNAL
    assert outside.standing(address("a@lab.haulier.example"), DAY) is Standing.INTERNAL
    assert outside.standing(address("a@haulier.example"), DAY) is Standing.AFFILIATE


def test_the_day_of_sending_is_the_utc_day() -> None:
    late = datetime(2024, 3, 15, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert sending_day(envelope(to("a@firm.example"), date=late)) == date(2024, 3, 16)
    assert sending_day(envelope(to("a@firm.example"), date=datetime(2024, 3, 15, tzinfo=UTC))) == DAY
    assert sending_day(envelope(to("a@firm.example"), date=None)) is None
