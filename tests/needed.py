"""What a test needs of the machine. Without it the test is skipped, or fails where everything must be there."""

from __future__ import annotations

import os
import shutil
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest

gives_folders_away = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")


def absent(reason: str) -> NoReturn:
    """Skip the test with a reason that is shown; fail it where MISSEDBCC_REQUIRE_SERVERS is set."""
    if os.environ.get("MISSEDBCC_REQUIRE_SERVERS"):
        pytest.fail(f"{reason}, and MISSEDBCC_REQUIRE_SERVERS is set")
    pytest.skip(reason)


def program(name: str, package: str) -> str:
    """Where the program is; `package` is Debian's name of what brings it."""
    found = shutil.which(name)
    if found is None:
        absent(f"{name} is not installed (Debian: apt-get install {package})")
    return found


def full_disk() -> Path:
    """A device that refuses every octet, as a full disk does."""
    device = Path("/dev/full")
    if not os.access(device, os.W_OK):
        absent(f"this system has no {device}")
    return device


def optional(module: str, extra: str) -> Any:
    """A module that one of the extras brings."""
    try:
        found: ModuleType = import_module(module)
    except ImportError:
        absent(f"{module} is not installed (the extra {extra})")
    return found
