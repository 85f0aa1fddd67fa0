"""Fixtures that tests of several folders share."""

from __future__ import annotations

import pytest

from tests.authority import Authority
from tests.dovecot import dovecot
from tests.vendors import courier, cyrus

__all__ = ["courier", "cyrus", "dovecot"]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority whose certificates the tests' clients trust."""
    return Authority(tmp_path_factory.mktemp("authority"))
