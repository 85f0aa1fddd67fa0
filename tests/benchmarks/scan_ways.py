"""The measured sides of the comparison on archives, each run as a process of its own that loads only what it needs.

python -m tests.benchmarks.scan_ways mbox FILE
python -m tests.benchmarks.scan_ways maildir FOLDER
python -m tests.benchmarks.scan_ways separators FILE
python -m tests.benchmarks.scan_ways standard-library FILE MESSAGES
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

_WINDOW = 256 * 1024  # octets, as the reader takes them


def scan_once(scheme: str, path: Path) -> None:
    """Envelopes, candidates and the store: a scan into a case of its own."""
    from scanner.account import Account  # noqa: PLC0415 - measured: each side loads what it needs
    from scanner.policy import InternalDomain, Policy  # noqa: PLC0415
    from scanner.scan import Silent, scan  # noqa: PLC0415
    from scanner.store import open_store  # noqa: PLC0415

    policy = Policy(internal=(InternalDomain("corp.example"),))
    with tempfile.TemporaryDirectory() as case, open_store(Path(case) / "case.db") as store:
        scan([Account("bench", scheme, path)], policy, store, Silent())


def find_separators(path: Path) -> None:
    """What no scan of an mbox can go without: it starts, makes an empty case, and finds where each message begins."""
    from scanner.connectors.mbox_reader import before_from  # noqa: PLC0415
    from scanner.connectors.octet_stream import open_stream  # noqa: PLC0415
    from scanner.store import open_store  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as case, open_store(Path(case) / "case.db"), open_stream(path) as stream:
        place = found = 0
        while window := stream.at(place, _WINDOW):
            place += len(window)
            index = before_from(window, 0)
            while index < len(window):
                found += 1
                index = before_from(window, index + 1)
    assert found


def read_with_the_standard_library(path: Path, count: int) -> None:
    """What people write: mailbox for the offsets, the header parser, getaddresses."""
    import mailbox  # noqa: PLC0415
    from email.parser import BytesHeaderParser  # noqa: PLC0415
    from email.utils import getaddresses  # noqa: PLC0415

    box = mailbox.mbox(path, create=False)
    found = 0
    for key in list(box.iterkeys())[:count]:
        message = BytesHeaderParser().parsebytes(box.get_bytes(key))
        found += len(getaddresses([str(value) for name in ("to", "cc") for value in message.get_all(name, [])]))
    assert found


if __name__ == "__main__":
    way, place, *rest = sys.argv[1:]
    if way == "standard-library":
        read_with_the_standard_library(Path(place), int(rest[0]))
    elif way == "separators":
        find_separators(Path(place))
    else:
        scan_once(way, Path(place))
