"""R5: the line to a real Dovecot is cut, stalled, dribbled or spoilt at any octet, through a proxy of our own."""

from __future__ import annotations

import random
from collections.abc import Iterator

from scanner.store import open_store
from tests.dovecot import Dovecot
from tests.faults.figure import Figure
from tests.faults.mail import Box, case, counted, filled, found, hurried, run, until_complete
from tests.faults.proxy import Fault, Kind, Proxy, proxy

_LETTERS = 40
_CUTS = (Kind.RESET, Kind.CLOSE, Kind.HALF)
_FIRST = 4_096  # octets: the handshake, the login and the first answers
_UP = 0.2  # share of the cuts on what the client sends


def measure(server: Dovecot, cuts: int, others: int) -> list[Figure]:
    """`cuts` places at which the line is cut, and `others` at which each of the other faults happens."""
    box = filled(server, "faults-line", _LETTERS)
    before = server.state(box.name)
    figures = []
    with hurried(), proxy(server.port) as line:
        length = _length(box, line)
        kinds = [("R5 line cut", list(_cuts(cuts, length)))]
        for kind in (Kind.STALL, Kind.SPOIL):
            places = random.Random(kind.value).sample(range(length), others)  # noqa: S311 - the same places each time
            kinds.append((f"R5 line {kind.value}", [Fault(kind, at) for at in sorted(places)]))
        places = [length * place // max(2, others // 4) for place in range(max(2, others // 4))]
        kinds.append(("R5 line in single octets", [Fault(Kind.DRIBBLE, at) for at in places]))
        for name, faults in kinds:
            figure = Figure(name)
            for fault in faults:
                _one(box, line, fault, figure)
            figure.changed = int(server.state(box.name) != before)
            figures.append(figure)
    return figures


def _length(box: Box, line: Proxy) -> int:
    """How many octets the server sends in a whole scan."""
    begun = line.passed
    with case() as path, open_store(path) as store:
        run(box.account(line.port), store, Figure("whole"), "whole")
    return line.passed - begun


def _cuts(count: int, length: int) -> Iterator[Fault]:
    """Evenly over the first octets, and as many again anywhere; now and then on the way up, or twice in a row."""
    draw = random.Random(5)  # noqa: S311 - the same places each time
    early = count * 2 // 3
    for place in range(count):
        at = place * _FIRST // early if place < early else draw.randrange(_FIRST, length)
        up = draw.random() < _UP
        yield Fault(_CUTS[place % 3], at // 4 if up else at, up=up, connections=draw.choice((1, 1, 2)))


def _one(box: Box, line: Proxy, fault: Fault, figure: Figure) -> None:
    line.use(fault)
    figure.cases += 1
    with case() as path, open_store(path) as store:
        until_complete(box.account(line.port), store, figure, fault)
        figure.compare(box.truth, found(store), fault)
        counted(store, figure, box.count, fault)
