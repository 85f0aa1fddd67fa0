"""A whole scan over IMAP beside plain imapclient, which fetches the same fields and does nothing with them.

    python -m tests.benchmarks.bench_imap [MESSAGES] [ROUNDS] [MILLISECONDS]

Starts a private Dovecot, fills one folder, and lets both run by turns, each in a process of its own (start-up counts).
Prints the medians of wall and processor seconds and the ratio scan : plain. Plain is the faster of two batch sizes.
The same then with a round trip of 50 MILLISECONDS; 0 leaves that out.
"""

from __future__ import annotations

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from scanner.connectors.imap_fetch import FIELDS
from tests.benchmarks.slow_line import slow_line
from tests.dovecot import PASSWORD, Dovecot, running

BATCHES = (500, 1000)
_TRACE = b"".join(
    b"Received: from relay%d.acme.test (relay%d.acme.test [192.0.2.%d])\r\n by mx.acme.test with ESMTPS id %030d;\r\n"
    b" Mon, 02 Mar 2026 10:00:0%d +0000\r\n" % (hop, hop, hop, hop, hop)
    for hop in range(4)
)
_SIGNATURE = b"DKIM-Signature: v=1; a=rsa-sha256; d=acme.test; s=sel;\r\n bh=%s;\r\n b=%s\r\n" % (b"A" * 44, b"B" * 344)


def people(chance: random.Random) -> int:
    """How many a sent message goes to: four of five to one to three, one in 300 to hundreds."""
    share = chance.random()
    if share < 0.8:
        return chance.choice((1, 1, 1, 2, 2, 3))
    if share < 0.93:
        return chance.randint(4, 9)
    if share < 0.985:
        return int(10 * 5 ** chance.random())
    if share < 0.997:
        return int(50 * 4 ** chance.random())
    return int(200 * 5 ** chance.random())


def messages(count: int) -> Iterator[bytes]:
    """Sent mail as it is: some correspondents often, most seldom, a fifth of them colleagues."""
    chance = random.Random(20)  # noqa: S311 - the same mail in every run
    for number in range(count):
        chosen = [int(40_000 * chance.random() ** 3) for _ in range(people(chance))]
        to = b",\r\n ".join(
            b'"Person Number %d" <person%d@%s>' % (k, k, b"company%d.example" % (k % 2_997) if k % 5 else b"acme.test")
            for k in chosen
        )
        yield (
            _TRACE + _SIGNATURE + b"Date: Mon, 2 Mar 2026 10:%02d:%02d +0100\r\nFrom: Us <us@acme.test>\r\n"
            b"Message-ID: <m%d@acme.test>\r\nSubject: =?utf-8?q?N=C2=BA_%d?= of the report\r\nTo: %s\r\n"
            b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nBody %d\r\n"
            % (number // 60 % 60, number % 60, number, number, to, number)
        )


def measured(dovecot: Dovecot, port: int, count: int, *way: str) -> tuple[float, float]:
    """Wall and processor seconds of one child process, which must read all messages."""
    who = (str(port), dovecot.address("bench"), PASSWORD, str(dovecot.authority.file))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    command = [sys.executable, "-m", "tests.benchmarks.imap_ways", *who, *way]
    read = subprocess.run(command, check=True, capture_output=True, timeout=600, env=_compiled(dovecot)).stdout
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if read != b"%d" % count:
        raise RuntimeError(f"{way[0]} read {read.decode()} messages of {count}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _compiled(dovecot: Dovecot) -> dict[str, str]:
    """An environment in which our modules are compiled once, as those of anything that is installed."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(dovecot.root / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def compared(dovecot: Dovecot, port: int, count: int, rounds: int) -> dict[str, object]:
    """Warm the server's cache, and measure by turns."""
    ways = {
        "scan": ("scan",),
        **{f"plain imapclient, {size} a command": ("plain", str(size), FIELDS.decode()) for size in BATCHES},
    }
    for way in ways.values():
        measured(dovecot, port, count, *way)
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            taken[name].append(measured(dovecot, port, count, *way))
    medians = {
        name: tuple(round(statistics.median(values), 2) for values in zip(*pairs, strict=True))
        for name, pairs in taken.items()
    }
    best = [min(medians[name][kind] for name in ways if name != "scan") for kind in (0, 1)]
    ratios = [round(medians["scan"][kind] / best[kind], 2) for kind in (0, 1)]
    return {"seconds (wall, processor)": medians, "scan : plain (wall, processor)": ratios}


def main(count: int, rounds: int, milliseconds: int) -> None:
    """Fill, measure, print."""
    dovecot = running()
    dovecot.fill("bench", messages(count))
    report: dict[str, object] = {"messages": count, "rounds": rounds, "load": os.getloadavg()[0]}
    report["loopback"] = compared(dovecot, dovecot.port, count, rounds)
    if milliseconds:
        with slow_line(dovecot.port, milliseconds / 1000) as port:
            report[f"round trip of {milliseconds} ms"] = compared(dovecot, port, count, rounds)
    report["load at the end"] = os.getloadavg()[0]
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main(*(int(word) for word in (sys.argv[1:] + ["20000", "3", "50"][len(sys.argv) - 1 :])))
