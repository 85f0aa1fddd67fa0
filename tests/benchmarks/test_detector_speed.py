"""How fast the detector is; run with --benchmark-only. Times are per call."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.address import Address, Field, Recipient
from scanner.detector import detect, is_candidate
from tests.detector.envelopes import US, consumers, envelope, strangers

COLLEAGUES = tuple(Recipient(Address(f"c{number}", "company.example"), "", Field.TO) for number in range(10_000))
CROWDS = {"consumers": consumers(10_000), "strangers": strangers(10_000)}


@pytest.mark.benchmark(group="candidate test")
def test_a_message_to_three(benchmark: Any) -> None:
    """The 80 % of all mail: under one microsecond."""
    assert not benchmark(is_candidate, envelope(strangers(3)), US)


@pytest.mark.benchmark(group="candidate test")
def test_a_message_to_ten_thousand_colleagues(benchmark: Any) -> None:
    """The worst case, since nobody ends the search: under a tenth of a second."""
    assert not benchmark(is_candidate, envelope(COLLEAGUES), US)


@pytest.mark.benchmark(group="judgement")
@pytest.mark.parametrize("crowd", CROWDS)
def test_a_message_to_ten_thousand_outsiders(benchmark: Any, crowd: str) -> None:
    message = envelope(CROWDS[crowd])
    (found,) = benchmark(lambda: list(detect([message], US)))
    assert found.counted == 10_000
