"""A whole scan of an mbox and of a Maildir beside grep, mblaze and the standard library, in processor seconds.

    python -m tests.benchmarks.bench_scan [--messages N] [--rounds N] [--place FOLDER] [--maildir]

Writes a mailbox of its own (the same one in every run: some 48 KB a message, base64 attachments, 1.8 KB of header),
then lets every command run by turns, each in a process of its own, so that start-up and imports count. A scan is the
envelopes, the candidate test and the store; beside it stands what no scan can go without: to start with the store's
library, to make an empty case, and to find where each message begins. Prints medians and the ratio to the first
command, and fails above a goal.
"""

from __future__ import annotations

import argparse
import base64
import os
import random
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

GOALS = {"mbox": 3.5, "maildir": 3.0}
PEAK_GOAL = 200.0  # MiB, whatever the size
SAMPLE = 2_000  # messages that the slow peers get

_WORDS = b"account agenda budget contract customer delivery draft feedback invoice meeting number payment week".split()
_TRACE = b"".join(
    b"Received: from relay%d.corp.example (192.0.2.%d)\n by mx%d.corp.example with ESMTPS id %030d;\n"
    b" Fri, 15 Mar 2024 09:30:0%d +0100\n" % (hop, hop, hop, hop, hop)
    for hop in range(3)
)
_OUTLOOK = b"".join(b"X-MS-Exchange-Organization-%s: %d\n" % (word.title(), len(word)) for word in _WORDS[:8])


@dataclass(frozen=True)
class Cost:
    """What one run of a command took: seconds of user and system time, and MiB at its peak."""

    cpu: float
    peak: float


def letters(count: int) -> Iterator[bytes]:
    """Sent mail: four of five to one to three people, seven in a hundred to ten or more, some to hundreds."""
    chance = random.Random(7)  # noqa: S311 - the same mail in every run
    noise = base64.encodebytes(chance.randbytes(400_000))
    for number in range(count):
        people = b",\n ".join(_person(chance) for _ in range(_people(chance)))
        text = b"\n".join(b" ".join(chance.choices(_WORDS, k=9)) for _ in range(chance.randint(20, 120)))
        size = int(chance.expovariate(1 / 60_000)) if chance.random() < 0.7 else 0
        begin = chance.randrange(77, 20_000) // 77 * 77
        signature = b"\n ".join(noise[begin + 77 * line :][:70] for line in range(7))
        head = (
            _TRACE + b'From: "Marsh, Ann" <ann@corp.example>\nTo: ' + people,
            b"Subject: " + _subject(chance, number),
            b"Date: Fri, %d Mar 2024 %02d:%02d:00 +0100" % (number % 28 + 1, number % 24, number % 60),
            b"Message-ID: <%d.%d@corp.example>\nIn-Reply-To: <%d@shop.example>"
            % (number, size, chance.randrange(10**9)),
            b'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="part%d"' % number,
            b"DKIM-Signature: v=1; a=rsa-sha256; d=corp.example; b=\n " + signature,
            _OUTLOOK,
        )
        parts = (
            b"Content-Type: text/plain\n\n" + text,
            b"Content-Transfer-Encoding: base64\n\n" + noise[begin : begin + size],
        )
        yield (
            b"\n".join(head) + b"".join(b"\n--part%d\n" % number + part for part in parts) + b"\n--part%d--\n" % number
        )


def _people(chance: random.Random) -> int:
    share = chance.random()
    if share < 0.8:
        return chance.choice((1, 1, 1, 2, 2, 3))
    if share < 0.93:
        return chance.randint(4, 9)
    return int(10 * 60 ** (chance.random() ** 3))


def _person(chance: random.Random) -> bytes:
    number = int(40_000 * chance.random() ** 3)
    address = b"person%d@company%d.example" % (number, number % 2_997)
    form = number % 10
    if form < 5:
        return b"Person %d <%s>" % (number, address)
    return b'"Number, Person %d" <%s>' % (number, address) if form < 8 else address


def _subject(chance: random.Random, number: int) -> bytes:
    words = b" ".join(chance.choices(_WORDS, k=5))
    return b"=?utf-8?B?%s?=" % base64.b64encode(b"N\xc2\xba %d " % number + words[:30]) if number % 6 == 0 else words


def write_mbox(path: Path, count: int) -> None:
    """An mbox of `count` messages."""
    with path.open("wb") as file:
        for letter in letters(count):
            file.write(b"From ann@corp.example Fri Mar 15 09:30:00 2024\n" + letter + b"\n")


def write_maildir(path: Path, count: int) -> None:
    """A Maildir of the same messages."""
    for part in ("cur", "new", "tmp"):
        (path / part).mkdir(parents=True)
    for number, letter in enumerate(letters(count)):
        (path / "cur" / f"{1_710_000_000 + number}.M{number}P1.host:2,S").write_bytes(letter)


def cost(command: str) -> Cost:
    """Runs a command to its end, its output read as a pipe: grep stops early when it writes to /dev/null.

    The round that warms up compiles our modules, as installing the package does, even where the environment forbids it.
    """
    compiled = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with subprocess.Popen(["/bin/sh", "-c", command], stdout=subprocess.PIPE, env=compiled) as process:
        assert process.stdout is not None
        while process.stdout.read(1 << 20):
            pass
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def compare(commands: dict[str, str], rounds: int) -> dict[str, Cost]:
    """The median cost of each command, all run by turns after one round to warm up."""
    runs: dict[str, list[Cost]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            one = cost(command)
            if number:
                runs[name].append(one)
    return {
        name: Cost(statistics.median(run.cpu for run in taken), max(run.peak for run in taken))
        for name, taken in runs.items()
    }


def report(title: str, costs: dict[str, Cost], count: int) -> float:
    """Prints a table; the ratio of the scan to the first command."""
    first = next(iter(costs.values())).cpu
    lines = [f"{title}: {count} messages", f"  {'':28} {'cpu s':>8} {'x first':>8} {'peak MiB':>9}"]
    lines += [f"  {name:28} {one.cpu:8.2f} {one.cpu / first:8.2f} {one.peak:9.0f}" for name, one in costs.items()]
    sys.stdout.write("\n".join(lines) + "\n")
    return costs["scan"].cpu / first


def _this(*arguments: str | Path) -> str:
    return shlex.join([sys.executable, "-m", "tests.benchmarks.scan_ways", *map(str, arguments)])


def main(arguments: Sequence[str]) -> int:
    """0 when every goal is met."""
    options = _options(arguments)
    missed = []
    with tempfile.TemporaryDirectory(dir=options.place) as scratch:
        place = Path(scratch)
        missed += _mbox(place, options.messages, options.rounds)
        if options.maildir:
            missed += _maildir(place, options.messages, options.rounds)
    sys.stdout.write("".join(f"MISSED: {one}\n" for one in missed) or "Every goal is met.\n")
    return 1 if missed else 0


def _mbox(place: Path, count: int, rounds: int) -> list[str]:
    box, sample = place / "Sent.mbox", place / "sample.mbox"
    write_mbox(box, count)
    write_mbox(sample, SAMPLE)
    commands = {
        "grep": f"grep -c '^From ' {box}",
        "start, empty case, separators": _this("separators", box),
        "scan": _this("mbox", box),
    }
    costs = compare(commands, rounds)
    ratio = report("mbox", costs, count)
    few = {
        "grep": f"grep -c '^From ' {sample}",
        "scan": _this("mbox", sample),
        "mailbox and getaddresses": _this("standard-library", sample, str(SAMPLE)),
    }
    report("mbox, a sample", compare(few, 1), SAMPLE)
    missed = [f"mbox {ratio:.2f} x grep, goal {GOALS['mbox']}"] if ratio > GOALS["mbox"] else []
    return missed + ([f"peak {costs['scan'].peak:.0f} MiB"] if costs["scan"].peak > PEAK_GOAL else [])


def _maildir(place: Path, count: int, rounds: int) -> list[str]:
    folder = place / "Maildir"
    write_maildir(folder, count)
    peer = f"find {folder}/cur -type f | maddr -h to:cc | wc -l"
    known = shutil.which("maddr") is not None
    commands = {"mblaze": peer} if known else {"cat": f"find {folder}/cur -type f -exec cat {{}} +"}
    costs = compare(commands | {"scan": _this("maildir", folder)}, rounds)
    ratio = report("Maildir", costs, count)
    if not known:
        sys.stdout.write("mblaze is not installed: no goal is measured.\n")
    return [f"Maildir {ratio:.2f} x mblaze, goal {GOALS['maildir']}"] if known and ratio > GOALS["maildir"] else []


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Benchmark of a whole scan.")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--place", type=Path, default=None, help="a folder with room for the mail")
    parser.add_argument("--maildir", action="store_true", help="measure a Maildir, too")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
