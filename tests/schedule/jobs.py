"""Jobs for the tests of the schedulers."""

from __future__ import annotations

from pathlib import Path

from scanner.schedule import Job
from scanner.unattended import Cadence

PLAIN = Job(
    "missedbcc-1a2b3c4d",
    ("/opt/missedbcc/bin/missedbcc", "scan", "--quiet", "--case", "/srv/case"),
    Path("/srv"),
    Path("/srv/case"),
    Cadence(),
    (Path("/srv/case"),),
    run_as="scan",
)


def odd(name: str, program: str = "/bin/echo") -> Job:
    """A job in folders with this name."""
    place = Path("/srv") / name
    return Job(
        "missedbcc-odd",
        (program, "scan", "--config", str(place / "m.toml"), "--", name),
        place,
        place / "case",
        Cadence(),
        (place / "case", place / "log"),
        (("mail", place / "pw"),),
        "root",
    )


ODD_NAMES = [
    "two words",
    "50%",
    "%h %i",
    "it's",
    'say "hi"',
    "$HOME and ${x}",
    "a;b",
    "#x",
    "ümlaut",
    "{a,b} *?",
    "-x",
    "a=b",
]
