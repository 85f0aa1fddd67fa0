"""R5: the line to a server is cut, stalled, dribbled or spoilt at any octet, through a proxy of our own."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from scanner.account import Account
from scanner.store import open_store
from tests.faults.figure import Figure
from tests.faults.mail import case, counted, found, hurried, run, until_complete
from tests.faults.proxy import Fault, Kind, Proxy, proxy

_CUTS = (Kind.RESET, Kind.CLOSE, Kind.HALF)
_FIRST = 4_096  # octets: the handshake, the login and the first answers
_UP = 0.2  # share of the cuts on what the client sends


class Source(Protocol):
    """Sent mail on a server, whose line may lead over another port; `folder` is the name of the folder."""

    @property
    def kind(self) -> str:
        """What the server is called."""

    @property
    def port(self) -> int: ...

    @property
    def folder(self) -> str: ...

    @property
    def truth(self) -> Sequence[str]:
        """The ids of the mail in it."""

    def account(self, port: int, *, stalls: bool = False) -> Account:
        """The account by way of a proxy; its times are short where the line stalls."""

    def state(self) -> str:
        """All that a scan must leave as it is."""


def measure(box: Source, cuts: int, others: int) -> list[Figure]:
    """`cuts` places at which the line is cut, and `others` at which each of the other faults happens."""
    before = box.state()
    figures = []
    with hurried(), proxy(box.port) as line:
        lengths = _lengths(box, line)
        length, few = sum(lengths), max(2, others // 4)
        kinds = [("cut", list(_cuts(cuts, lengths)))]
        for kind in (Kind.STALL, Kind.SPOIL):
            places = random.Random(kind.value).sample(range(length), others)  # noqa: S311 - the same places each time
            kinds.append((kind.value, [_at(lengths, place, kind) for place in sorted(places)]))
        kinds.append(("in single octets", [_at(lengths, length * one // few, Kind.DRIBBLE) for one in range(few)]))
        for name, faults in kinds:
            figure = Figure(f"R5 line to {box.kind} {name}")
            ends = [_one(box, line, fault, figure) for fault in faults]
            figure.changed = int(box.state() != before)
            struck, healed = (sum(marks) for marks in zip(*ends, strict=True))
            figure.also = f"{struck} took effect, over {length:,} octets; {healed} runs were complete all the same"
            figures.append(figure)
    return figures


def _lengths(box: Source, line: Proxy) -> list[int]:
    """How many octets the server sends in a whole scan, connection by connection."""
    line.use(Fault(Kind.NONE))
    with case() as path, open_store(path) as store:
        run(box.account(line.port), store, Figure("whole"), "whole")
    return line.each


def _cuts(count: int, lengths: Sequence[int]) -> Iterator[Fault]:
    """Evenly over the first octets, and as many again anywhere; now and then on the way up, or twice in a row."""
    draw = random.Random(5)  # noqa: S311 - the same places each time
    early = count * 2 // 3
    for place in range(count):
        at = place * _FIRST // early if place < early else draw.randrange(_FIRST, sum(lengths))
        fault = _at(lengths, at, _CUTS[place % 3])
        up = draw.random() < _UP
        yield replace(fault, at=fault.at // 4 if up else fault.at, up=up, connections=draw.choice((1, 1, 2)))


def _at(lengths: Sequence[int], place: int, kind: Kind) -> Fault:
    """The fault at an octet of the whole conversation, which is one connection after the other."""
    spared = 0
    while place >= lengths[spared] and spared < len(lengths) - 1:
        place -= lengths[spared]
        spared += 1
    return Fault(kind, place, spared=spared)


def _one(box: Source, line: Proxy, fault: Fault, figure: Figure) -> tuple[bool, bool]:
    """A scan over such a line, again until complete; whether the fault came about, and the first run was complete."""
    line.use(fault)
    figure.cases += 1
    with case() as path, open_store(path) as store:
        account = box.account(line.port, stalls=fault.kind is Kind.STALL)
        runs = until_complete(account, store, figure, fault)
        figure.compare(box.truth, found(store), fault)
        counted(store, figure, len(box.truth), fault, box.folder)
    return line.struck > 0, runs == 1
