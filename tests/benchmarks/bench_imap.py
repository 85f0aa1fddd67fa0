"""A whole scan over IMAP beside plain imapclient, which fetches the same fields and does nothing with them.

    python -m tests.benchmarks.bench_imap [MESSAGES] [ROUNDS]

Starts a private Dovecot, fills one folder, and lets both run by turns, each in a process of its own (start-up counts).
Prints the medians of wall and processor seconds and the ratio scan : plain. Plain is the faster of two batch sizes.
"""

from __future__ import annotations

import json
import random
import resource
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

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


def plain(host: str, port: int, user: str, ca_file: str, batch: int) -> int:
    """The header fields that the connector asks for, by imapclient alone."""
    from imapclient import IMAPClient  # noqa: PLC0415 - measured: each side loads what it needs

    from scanner.connectors.imap_fetch import FIELDS  # noqa: PLC0415

    item = f"BODY.PEEK[HEADER.FIELDS ({FIELDS.decode()})]"
    fetched = 0
    with IMAPClient(host, port, ssl_context=ssl.create_default_context(cafile=ca_file)) as client:
        client.login(user, PASSWORD)
        client.select_folder("Sent", readonly=True)
        uids = client.search("ALL")
        for start in range(0, len(uids), batch):
            fetched += len(client.fetch(uids[start : start + batch], [item]))
    return fetched


def whole_scan(port: int, user: str, ca_file: str) -> int:
    """Envelopes, candidates and the store; gives the number of messages read."""
    from scanner.account import Account, ImapServer, SecretKind, SecretReference  # noqa: PLC0415
    from scanner.policy import InternalDomain, Policy  # noqa: PLC0415
    from scanner.scan import Silent, scan  # noqa: PLC0415
    from scanner.store import open_store  # noqa: PLC0415

    secret = SecretReference(SecretKind.COMMAND, f"printf {PASSWORD}")
    server = ImapServer("localhost", user, port=port, secret=secret, ca_file=Path(ca_file))
    policy = Policy(internal=(InternalDomain("acme.test"),))
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "case.db") as store:
        scan([Account("bench", "imap", server=server)], policy, store, Silent())
        return sum(coverage.read for coverage in store.coverage())


def measured(dovecot: Dovecot, *way: str) -> tuple[float, float]:
    """Wall and processor seconds of one child process."""
    user, ca_file = dovecot.address("bench"), str(dovecot.authority.file)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    command = [sys.executable, "-m", "tests.benchmarks.bench_imap", "--child", str(dovecot.port), user, ca_file, *way]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(count: int, rounds: int) -> None:
    """Fill, warm the server's cache, measure by turns, print."""
    dovecot = running()
    dovecot.fill("bench", messages(count))
    ways = {"scan": ("scan",), **{f"plain imapclient, {size} a command": ("plain", str(size)) for size in BATCHES}}
    for way in ways.values():
        measured(dovecot, *way)
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            taken[name].append(measured(dovecot, *way))
    medians = {
        name: tuple(round(statistics.median(values), 2) for values in zip(*pairs, strict=True))
        for name, pairs in taken.items()
    }
    best = [min(medians[name][kind] for name in ways if name != "scan") for kind in (0, 1)]
    ratios = [round(medians["scan"][kind] / best[kind], 2) for kind in (0, 1)]
    report = {"messages": count, "seconds (wall, processor)": medians, "scan : plain (wall, processor)": ratios}
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


def _child(port: str, user: str, ca_file: str, way: str, batch: str = "0") -> None:
    if way == "scan":
        sys.stdout.write(str(whole_scan(int(port), user, ca_file)))
    else:
        sys.stdout.write(str(plain("localhost", int(port), user, ca_file, int(batch))))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        _child(*sys.argv[2:])
    else:
        main(*(int(word) for word in (sys.argv[1:] + ["20000", "3"][len(sys.argv) - 1 :])))
