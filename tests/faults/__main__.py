"""The table of what the project survives: each fault many times, with what was lost, doubled, unclear or changed.

    python -m tests.faults [--share 0.1] [NAME ...]

Names are those of `_measures` below; without one, all are brought about. A share of 1, which is usual, takes some
hours. Dovecot and a C compiler are needed, and root for Cyrus and Courier, which get an overlay of the system.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.dovecot import running
from tests.faults import again, canaries, changing, hosts, kills, line, sameness, sources, stops, writes
from tests.faults.figure import HEAD, Figure
from tests.vendors import started


def _measures(share: float, folder: Path) -> dict[str, Callable[[], list[Figure]]]:
    def times(count: int, least: int = 3) -> int:
        return max(least, round(count * share))

    step = max(1, round(1 / share))
    return {
        "line": lambda: line.measure(sources.of_dovecot(running()), times(500), times(60)),
        "cyrus": lambda: line.measure(sources.of_vendor(started("Cyrus")), times(100), times(20)),
        "courier": lambda: line.measure(sources.of_vendor(started("Courier")), times(100), times(20)),
        "graph": lambda: _graph(folder / "graph", times(200), times(40)),
        "changing": lambda: changing.measure(running(), times(50), 600),
        "hosts": lambda: [hosts.measure(folder / "hosts")],
        "lines": lambda: [hosts.measure_lines(folder / "lines")],
        "kills": lambda: [kills.at_any_time(running(), times(100), 20_000)],
        "statements": lambda: [kills.at_statements(step), kills.alarms_at_statements(step)],
        **{fault: partial(_write, fault, share) for fault in writes.ACTIONS},
        "again": lambda: [again.measure(times(20, 4), running())],
        "canaries": lambda: [canaries.measure(folder / "canaries")],
        "stops": lambda: [stops.measure(times(100, 5))],
        "same": lambda: [sameness.measure(times(20))],
    }


def _write(fault: str, share: float) -> list[Figure]:
    return [writes.measure(fault, *writes.sampled(fault, share))]


def _graph(folder: Path, cuts: int, others: int) -> list[Figure]:
    with sources.of_graph(folder) as box:
        return line.measure(box, cuts, others)


def main(arguments: list[str]) -> int:
    """1 where anything was lost, doubled, unclear or changed. Each row is printed as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="what to bring about: " + ", ".join(_measures(1, Path()))
    )
    parser.add_argument("--share", type=float, default=1.0)
    chosen = parser.parse_args(arguments)
    logging.getLogger("scanner").setLevel(logging.ERROR)
    good = True
    with tempfile.TemporaryDirectory(prefix="mbfaults") as folder:
        measures = _measures(chosen.share, Path(folder))
        if unknown := set(chosen.names) - measures.keys():
            parser.error(f"no such name: {', '.join(sorted(unknown))}")
        sys.stdout.write(HEAD)
        for name in chosen.names or measures:
            begun = time.monotonic()
            for figure in measures[name]():
                good = good and figure.good
                sys.stdout.write(figure.row)
                sys.stdout.flush()
                for wrong in figure.wrong:
                    sys.stderr.write(f"{figure.fault}: {wrong}\n")
            sys.stderr.write(f"{name}: {time.monotonic() - begun:.0f} s\n")
    return int(not good)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
