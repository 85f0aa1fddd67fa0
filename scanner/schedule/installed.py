"""What was installed for a case: remembered in the case folder, so that nothing but this is ever removed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Any, Final

from scanner.schedule.job import System
from scanner.unattended import Cadence, Every, Weekday

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Installed:
    """The scheduler, the name, how often, and each file with the digest of what was written into it.

    `run_as` is the user of a system-wide service, "" for the others. `block` is the digest of the lines of a crontab,
    and `case` the folder that is scanned; "" where an earlier version wrote neither down.
    """

    system: System
    name: str
    cadence: Cadence
    files: Mapping[Path, str] = field(default_factory=dict)
    run_as: str = ""
    block: str = ""
    case: str = ""

    def is_of(self, case: Path) -> bool:
        """Whether this folder is the one that is scanned, and not one that was moved or copied with what it holds."""
        try:
            return not self.case or case.samefile(self.case)
        except OSError:
            return False

    def changed(self) -> list[Path]:
        """The files that are gone, or that somebody has changed since."""
        return [path for path, digest in self.files.items() if _digest_in(path) != digest]


def sha256_of(content: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _digest_in(path: Path) -> str:
    try:
        return sha256_of(path.read_bytes())
    except OSError:
        return ""


def read_installed(file: Path) -> Installed | None:
    """What the file tells; None where there is none, or where it is not ours."""
    try:
        told: dict[str, Any] = json.loads(file.read_text("utf-8"))
        if told["format"] != FORMAT:
            return None
        cadence = Cadence(
            Every(told["every"]), Weekday(told["weekday"]), int(told["day"]), time.fromisoformat(told["time"])
        )
        files = {Path(str(path)): str(digest) for path, digest in told["files"].items()}
        run_as, block, case = (str(told.get(key, "")) for key in ("run_as", "block", "case"))
        return Installed(System(told["system"]), str(told["name"]), cadence, files, run_as, block, case)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_installed(file: Path, installed: Installed) -> None:
    """Remember it, for the owner alone."""
    cadence = installed.cadence
    told = {
        "format": FORMAT,
        "system": str(installed.system),
        "name": installed.name,
        "every": str(cadence.every),
        "weekday": int(cadence.weekday),
        "day": cadence.day,
        "time": f"{cadence.at:%H:%M}",
        "run_as": installed.run_as,
        "block": installed.block,
        "case": installed.case,
        "files": {str(path): digest for path, digest in installed.files.items()},
    }
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(told, stream, indent=1)
        stream.write("\n")
