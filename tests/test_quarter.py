"""A quarter of weekly scans finds what was sent, once, and keeps what people decided."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dovecot import Dovecot
from tests.quarter import WEEKS, Quarter, play

pytestmark = pytest.mark.dovecot


def test_what_a_quarter_reports_is_what_was_sent(dovecot: Dovecot, tmp_path: Path) -> None:
    quarter = play(Quarter(dovecot, tmp_path, every_week=12))
    assert quarter.differs == []
    assert [week.number for week in quarter.weeks] == list(range(1, WEEKS + 1))
    assert len(quarter.truth) == 10
