"""The address reader beside email.utils.getaddresses, and its time on hostile fields.

    python -m tests.benchmarks.bench_addresses [FIELDS] [ROUNDS]

Part one makes FIELDS fields (default 5,000) of invented people, as a mailbox of sent mail holds them: a few frequent
correspondents and many rare ones. All ways run by turns, ROUNDS times (default 5); the least processor time counts.
"first" reads the mailbox for the first time, "known" again, when its short fields have been seen; "bare" are addresses
alone, each of them new, and "long" a hundred new people a field. Each is compared with getaddresses on the same mail.
Part two reads one field of 10,000 people in six forms; part three fields of 1 MB in hostile
shapes, with the exponent of growth from a quarter of the length (1 is linear), and Python looking for cycles as seldom
as while a scan runs.
"""

from __future__ import annotations

import gc
import math
import random
import sys
import time
from collections.abc import Callable
from email.utils import getaddresses
from functools import partial

from scanner.address import Field
from scanner.address_field import forget_people, read_address_field
from tests.test_address_field_properties import shapes

_ALLOCATIONS = 50_000  # between two looks for cycles while a scan runs (`scanner.scan`)
_GIVEN = ("Anna", "Bob", "Carla", "David", "Eve", "Frank", "Grace", "Hugo", "Ines", "Karin", "Liam", "Mona", "Nils")
_FAMILY = ("Abel", "Brook", "Carter", "Dunn", "Evans", "Foster", "Gale", "Hardy", "Irwin", "Jones", "Kemp", "Lange")


def person(number: int, chance: random.Random) -> str:
    """One entry as mail programs write it: mostly `Name <address>`."""
    given, family = chance.choice(_GIVEN), chance.choice(_FAMILY)
    address = f"{given}.{family}{number}@{family}{number % 997}.example".lower()
    form = chance.random()
    if form < 0.5:
        return f"{given} {family} <{address}>"
    if form < 0.7:
        return f'"{family}, {given}" <{address}>'
    if form < 0.8:
        return address
    if form < 0.9:
        return f"\"'{address}'\" <{address}>"
    if form < 0.95:
        return f'"{given} {family} (Acme)" <{address}>'
    return f"=?utf-8?q?{given}_M=C3=BCller?= <{address}>"


def mailbox(fields: int) -> list[bytes]:
    """Field bodies with one to forty people; half of the places go to a hundred frequent correspondents."""
    chance = random.Random(20)  # noqa: S311 - the same mail in every run, nothing secret
    people = [person(number, chance) for number in range(max(fields, 200))]
    made = []
    for _ in range(fields):
        size = chance.choice((1, 1, 1, 1, 2, 2, 3, 5, 12, 40))
        names = [chance.choice(people[:100]) if chance.random() < 0.5 else chance.choice(people) for _ in range(size)]
        made.append((" " + ",\r\n ".join(names)).encode("ascii"))
    return made


def least(ways: dict[str, Callable[[], int]], rounds: int) -> dict[str, tuple[float, int]]:
    """The least processor seconds of each way, and how many addresses it gave; all ways by turns."""
    best: dict[str, tuple[float, int]] = {}
    for _ in range(rounds):
        for name, way in ways.items():
            begin = time.process_time()
            count = way()
            spent = time.process_time() - begin
            best[name] = min(best.get(name, (math.inf, 0)), (spent, count))
    return best


def ordinary(fields: int, rounds: int) -> list[str]:
    """Part one."""
    values = mailbox(fields)
    bare = [
        b",\r\n ".join(b"user%d@host%d.example" % (number, number % 97) for number in range(start, start + 6))
        for start in range(0, fields, 6)
    ]
    chance = random.Random(21)  # noqa: S311
    people = [person(number, chance).encode("ascii") for number in range(fields)]
    long = [b",\r\n ".join(people[start : start + 100]) for start in range(0, fields, 100)]
    ways: dict[str, Callable[[], int]] = {}
    for name, mail in (("first", values), ("known", values), ("bare", bare), ("long", long)):
        ways[name] = partial(_all, mail, forgetful=name != "known")
        ways[f"{name} by getaddresses"] = partial(_by_standard, [value.decode("ascii") for value in mail])
    best = least(ways, rounds)
    lines = [f"{len(values)} fields, {best['known'][1]} addresses, {sum(map(len, values))} bytes"]
    for name in ("first", "known", "bare", "long"):
        each, base = (best[way][0] / best[way][1] for way in (name, f"{name} by getaddresses"))
        lines.append(
            f"{name:<8} {each * 1e6:6.2f} us an address, getaddresses {base * 1e6:6.2f}: {base / each:5.1f} times"
        )
    return lines


def _all(values: list[bytes], *, forgetful: bool) -> int:
    if forgetful:
        forget_people()
    return sum(len(read_address_field(value, Field.TO).recipients) for value in values)


def _by_standard(values: list[str]) -> int:
    return sum(len(getaddresses([value])) for value in values)


def long_lists() -> list[str]:
    """Part two."""
    forms = {
        "commas": (", ", "Per Son{0} <u{0}@h.example>"),
        "semicolons": ("; ", "Per Son{0} <u{0}@h.example>"),
        "commas in names": (", ", "Son{0}, Per <u{0}@h.example>"),
        "white space": (" ", "u{0}@h.example"),
        "encoded names": (", ", "=?utf-8?q?S=C3=B6n{0}?= <u{0}@h.example>"),
        "comments": (", ", "u{0}@h.example (Per Son{0})"),
    }
    lines = []
    for name, (separator, entry) in forms.items():
        value = separator.join(entry.format(number) for number in range(10_000)).encode("ascii")
        spent, count = least({"": partial(_cold, value)}, 3)[""]
        lines.append(f"10,000 people, {name:<16} {spent:.3f} s   {count} read")
    return lines


def _cold(value: bytes) -> int:
    forget_people()
    return len(read_address_field(value, Field.TO).recipients)


def hostile(size: int = 1 << 20) -> list[str]:
    """Part three."""
    lines = []
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS)
    for name in shapes(10):
        spent = []
        for length in (size // 4, size):
            value = shapes(length)[name].encode("utf-8")[:length]
            spent.append(least({"": partial(_cold, value)}, 2)[""][0])
        exponent = math.log(max(spent[1], 1e-4) / max(spent[0], 1e-4), 4)
        lines.append(f"1 MB of {name:<28} {spent[1]:.3f} s   exponent {exponent:5.2f}")
    return lines


def main(arguments: list[str]) -> None:
    """Print all three parts."""
    fields = int(arguments[0]) if arguments else 5_000
    rounds = int(arguments[1]) if len(arguments) > 1 else 5
    for line in [*ordinary(fields, rounds), *long_lists(), *hostile()]:
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
