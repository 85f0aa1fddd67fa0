"""Which change of the settings may have left out a message that counts now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detector import is_candidate
from scanner.policy import Gate, InternalDomain, Policy, may_have_missed
from tests.store.mail import OURS, address, envelope

_2020, _2021, _2022 = date(2020, 1, 1), date(2021, 1, 1), date(2022, 1, 1)
_DATED = Policy(internal=(InternalDomain("corp.example", since=_2020, until=_2022),))

_NONE_SENSITIVE = replace(OURS, gate=Gate(sensitive=5))


@pytest.mark.parametrize(
    ("old", "new", "missed"),
    [
        (OURS, OURS, False),
        (OURS, replace(OURS, gate=Gate(candidate=4)), True),
        (OURS, replace(OURS, gate=Gate(exposure=3)), True),  # a gate below that of candidates keeps as many
        (OURS, replace(OURS, gate=Gate(candidate=6, exposure=50, parties=9)), False),
        (OURS, Policy(internal=(InternalDomain("other.example"),)), True),
        (OURS, Policy(affiliates=("corp.example",)), False),
        (replace(OURS, affiliates=("partner.example",)), OURS, True),
        (Policy(internal=(InternalDomain("shop.corp.example"),)), OURS, False),  # a sub-domain of what is ours now
        (OURS, Policy(internal=(InternalDomain("shop.corp.example"),)), True),
        (Policy(internal=(InternalDomain("notcorp.example"),)), OURS, True),
        (_DATED, OURS, False),
        (OURS, _DATED, True),
        (_DATED, Policy(internal=(InternalDomain("corp.example", since=_2020),)), False),
        (_DATED, Policy(internal=(InternalDomain("corp.example", since=_2021),)), True),
        (_DATED, Policy(internal=(InternalDomain("corp.example", until=_2021),)), True),
        (Policy(own_addresses=("Ann@freemail.example",)), Policy(own_addresses=("ann@freemail.example",)), False),
        (Policy(own_addresses=("ann@freemail.example",)), OURS, True),
        (Policy(own_addresses=("ann@corp.example",)), OURS, False),
        (OURS, replace(OURS, free_mail_add=("freemail.example",)), False),
        (OURS, replace(OURS, gate=Gate(sensitive=2)), True),
        (OURS, replace(OURS, gate=Gate(sensitive=4)), False),
        (OURS, replace(OURS, sensitive_words=(("shelter", "kestrel"),)), True),
        (replace(OURS, sensitive_words=(("shelter", "kestrel"),)), OURS, False),
        (_NONE_SENSITIVE, replace(_NONE_SENSITIVE, sensitive_words=(("shelter", "kestrel"),)), False),
    ],
)
def test_in_folders_of_sent_mail(old: Policy, new: Policy, missed: bool) -> None:
    assert may_have_missed(old, new, all_ours=True) is missed


@pytest.mark.parametrize(
    ("old", "new", "missed"),
    [
        (OURS, OURS, False),
        (OURS, replace(OURS, internal=(*OURS.internal, InternalDomain("shop.corp.example"))), False),
        (OURS, replace(OURS, internal=(*OURS.internal, InternalDomain("brand.example"))), True),
        (OURS, replace(OURS, own_addresses=("ann@freemail.example",)), True),
        (OURS, replace(OURS, affiliates=("partner.example",)), False),
        (replace(OURS, affiliates=("shop.corp.example",)), OURS, True),  # its authors are ours now
        (_DATED, OURS, True),
    ],
)
def test_in_mixed_mail_where_the_author_decides_what_is_ours(old: Policy, new: Policy, missed: bool) -> None:
    assert may_have_missed(old, new) is missed


_DOMAINS = st.sampled_from(("corp.example", "shop.corp.example", "brand.example", "c1n1.example", "c2n1.example"))
_DAYS = st.none() | st.sampled_from((_2020, _2021, _2022))
_POLICIES = st.builds(
    Policy,
    internal=st.lists(st.builds(InternalDomain, _DOMAINS, _DAYS, _DAYS), max_size=3).map(tuple),
    own_addresses=st.lists(st.sampled_from(("p3@c3n1.example", "ann@shop.corp.example")), max_size=2).map(tuple),
    affiliates=st.lists(_DOMAINS, max_size=2).map(tuple),
    gate=st.builds(Gate, st.integers(1, 5), st.integers(1, 5), sensitive=st.integers(1, 6)),
    sensitive_words=st.sampled_from(((), (("shelter", "kestrel"),), (("shelter", "heron"),))),
)
_DATES = st.none() | st.datetimes(datetime(2019, 1, 1), datetime(2023, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(
    _POLICIES,
    _POLICIES,
    _DATES,
    st.sampled_from(("corp.example", "shop.corp.example", "brand.example")),
    st.sampled_from(("Kestrel", "Heron")),
)
def test_a_message_that_was_left_out_and_counts_now_is_never_overlooked(
    old: Policy, new: Policy, sent: datetime | None, domain: str, subject: str
) -> None:
    message = replace(
        envelope(1, outsiders=5), subject=subject, date=sent, author=address(f"ann@{domain}"), marks=frozenset()
    )
    if is_candidate(message, new) and not is_candidate(message, old):
        assert may_have_missed(old, new)
