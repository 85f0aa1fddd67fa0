"""How judging, grouping and classing grow with the number of candidate messages.

    python -m tests.benchmarks.bench_grouping [--sizes 1000,10000,100000] [--people 20]

Each size runs in a process of its own: it makes that many candidates (mailings in batches, threads, series, and lists
that share some popular people), judges them one by one, groups and classes them, with one received message for every
second candidate, and prints the processor seconds, the microseconds a message and the peak of memory. It fails when a
hundred times the messages take more than four hundred times as long, or more than 300 MiB.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scanner.address import Address, Field, Recipient
from scanner.detector import Grouping, judge
from scanner.detector.subjects import subject_key
from scanner.envelope import Envelope, Locator, Mark
from scanner.policy import InternalDomain, Policy
from scanner.received import Received

PEAK_GOAL = 300.0  # MiB
WORST_GROWTH = 4.0  # of the time a message over a hundred times the messages; a busy machine alone makes 2

US = Policy(internal=(InternalDomain("company.example"),), free_mail_add=("freemail.example",))
_START = datetime(2020, 1, 1, tzinfo=UTC)
_WORDS = ("account", "budget", "contract", "customer", "delivery", "draft", "invoice", "meeting", "notice", "offer")


def candidates(count: int, people: int) -> Iterator[Envelope]:
    """Messages of sent mail, over several years; every tenth belongs to a mailing of batches."""
    chance = random.Random(count)  # noqa: S311 - the same mail in every run
    batch: tuple[str, str] | None = None
    for number in range(count):
        if number % 10 == 0:
            batch = (f"Mailing {number} to all customers", f"writer{chance.randrange(40)}@company.example")
        subject, author = batch if batch and number % 10 < 3 else _thread(chance, number)
        size = max(5, int(chance.expovariate(1 / people)))
        listed = {int(count * 3 * chance.random() ** 3) for _ in range(size)}
        yield Envelope(
            Locator("bench", "Sent", str(number)),
            f"{number}@company.example",
            (),
            (),
            _START + timedelta(minutes=20 * number),
            Address(*author.split("@")),
            "",
            None,
            subject,
            tuple(_recipient(one) for one in sorted(listed)),
            f"{number:064x}",
            marks=frozenset((Mark.SENT, Mark.REPLY) if subject.startswith("Re: ") else (Mark.SENT,)),
        )


def _thread(chance: random.Random, number: int) -> tuple[str, str]:
    words = " ".join(chance.choices(_WORDS, k=3))
    prefix = "Re: " if chance.random() < 0.4 else ""
    return f"{prefix}{words} {number // 4}", f"writer{chance.randrange(40)}@company.example"


def _recipient(number: int) -> Recipient:
    domain = "freemail.example" if number % 4 == 0 else f"firm{number % 5_003}.example"
    return Recipient(Address(f"person{number}", domain), f"Person {number}", Field.TO)


def received(envelope: Envelope) -> Received:
    """Somebody's mail to half of the list, a day before."""
    people = sorted(entry.address.canonical for entry in envelope.recipients if entry.address)[::2]
    when = envelope.date - timedelta(days=1) if envelope.date else None
    name = f"r{envelope.locator.key}"
    place = replace(envelope.locator, folder="Inbox")
    return Received(name, place, when, people[0], tuple(people), name, (), subject_key(envelope.subject))


def measure(count: int, people: int) -> str:
    """One line for one size: messages, seconds, microseconds a message, MiB, incidents."""
    begin = time.process_time()
    evidence = (received(one) for number, one in enumerate(candidates(count, people)) if number % 2)
    grouping = Grouping(US, evidence)
    for envelope in candidates(count, people):
        grouping.add([judge(envelope, US)])
    plans = grouping.plans()
    spent = time.process_time() - begin
    return f"{count} {spent:.2f} {spent / count * 1e6:.0f} {_peak():.0f} {len(plans)}"


def _peak() -> float:
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))


def main() -> int:
    """0 when time and memory stay within bounds."""
    parser = argparse.ArgumentParser(description="Growth of grouping.")
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        sys.stdout.write(measure(options.one, options.people) + "\n")
        return 0
    sys.stdout.write(f"{'messages':>10} {'cpu s':>8} {'us each':>8} {'peak MiB':>9} {'incidents':>10}\n")
    each: list[float] = []
    peak = 0.0
    for size in map(int, options.sizes.split(",")):
        command = [sys.executable, "-m", "tests.benchmarks.bench_grouping", "--one", str(size)]
        command += ["--people", str(options.people)]
        line = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ).stdout.split()
        sys.stdout.write("{:>10} {:>8} {:>8} {:>9} {:>10}\n".format(*line))
        each.append(float(line[2]))
        peak = max(peak, float(line[3]))
    missed = []
    if each[-1] > WORST_GROWTH * each[0]:
        missed.append(f"a message costs {each[-1] / each[0]:.1f} times as much at the largest size")
    if peak > PEAK_GOAL:
        missed.append(f"{peak:.0f} MiB, goal {PEAK_GOAL:.0f}")
    sys.stdout.write("".join(f"MISSED: {one}\n" for one in missed) or "Every goal is met.\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
