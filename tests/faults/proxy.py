"""A TCP proxy on loopback that cuts, stalls, dribbles or spoils the line to a server, at any octet."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import partial

_RESET = struct.pack("ii", 1, 0)  # close sends RST, not FIN (SO_LINGER)
_PIECE = 16_384
_LOOK = 20  # milliseconds between two looks whether the socket was closed


class Kind(Enum):
    """What happens at the place."""

    RESET = "reset"
    CLOSE = "close"
    HALF = "half-closed"  # no more comes, what is sent is still taken
    STALL = "stalled"
    SPOIL = "one octet spoilt"
    DRIBBLE = "single octets"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Fault:
    """After `at` octets from the server (or, with `up`, from the client), on so many `connections` after the first few.

    `spared` is how many connections are left alone before.
    """

    kind: Kind
    at: int = 0
    up: bool = False
    connections: int = 1
    pace: float = 0.0  # seconds between two pieces of what is dribbled
    spared: int = 0

    def strikes(self, connection: int) -> bool:
        """Whether it is brought about on this connection; they are counted from 1."""
        return self.spared < connection <= self.spared + self.connections


class Proxy:
    """Leads to `port` of loopback. `fault` may be changed at any time; it holds for connections made from then on."""

    def __init__(self, port: int) -> None:
        self.fault = Fault(Kind.NONE)
        self.connections = 0
        self.passed = 0  # octets from the server
        self.struck = 0  # connections on which the fault came about
        self.each: list[int] = []  # octets from the server, connection by connection since `use`
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def use(self, fault: Fault) -> None:
        """From the next connection on; connections are counted anew."""
        with self._lock:
            self.fault, self.connections, self.struck = fault, 0, 0
            self.each = []

    def cut(self) -> None:
        """Cut all connections that stand."""
        with self._lock:
            standing, self._open = self._open, []
        for sock in standing:
            _end(sock, reset=True)

    def stop(self) -> None:
        """Close everything."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
        self._thread.join(5.0)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                for one in (near, far):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    self.connections += 1
                    self.each.append(0)
                    number = len(self.each) - 1
                    fault = self.fault if self.fault.strikes(self.connections) else Fault(Kind.NONE)
                    self._open += [near, far]
                down, up = (Fault(Kind.NONE), fault) if fault.up else (fault, Fault(Kind.NONE))
                for source, goal, what in ((far, near, down), (near, far, up)):
                    tell = partial(self._count, self.each, number) if source is far else _nobody
                    threading.Thread(
                        target=_hand_on, args=(source, goal, what, (tell, self._strike)), daemon=True
                    ).start()

    def _count(self, each: list[int], number: int, octets: int) -> None:
        with self._lock:
            self.passed += octets
            each[number] += octets

    def _strike(self) -> None:
        with self._lock:
            self.struck += 1


Told = tuple[Callable[[int], None], Callable[[], None]]
"""Who hears how many octets passed, and who that the fault came about."""


def _nobody(octets: int) -> None:
    """Hears it and does nothing."""


def _hand_on(source: socket.socket, goal: socket.socket, fault: Fault, told: Told) -> None:
    passed = 0
    count, strike = told
    with contextlib.suppress(OSError):
        while octets := _received(source):
            at = fault.at - passed
            passed += len(octets)
            count(len(octets))
            if fault.kind is Kind.NONE or at >= len(octets):
                goal.sendall(octets)
                continue
            if at >= 0:
                strike()
            if not _spoilt(source, goal, fault, (octets, at)):
                break
    for sock in (source, goal):
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        sock.close()


def _received(source: socket.socket) -> bytes:
    """What comes next, b"" at the end. Raises OSError when the other thread has closed the socket.

    A thread that waited in `recv` would hold the socket open, and closing it would send nothing at all.
    """
    waiting, number = select.poll(), source.fileno()
    if number >= 0:
        waiting.register(number, select.POLLIN)
    while source.fileno() >= 0:
        if waiting.poll(_LOOK):
            return source.recv(_PIECE)
    raise OSError("closed")


def _spoilt(source: socket.socket, goal: socket.socket, fault: Fault, what: tuple[bytes, int]) -> bool:
    """Hand on what came, with the fault at its place; whether anything may follow."""
    octets, at = what
    goal.sendall(octets[: max(0, at)])
    behind = octets[max(0, at) :]
    if fault.kind is Kind.SPOIL:
        goal.sendall(bytes([behind[0] ^ 0xFF]) + behind[1:] if at >= 0 else behind)
        return True
    if fault.kind is Kind.DRIBBLE:
        _dribble(goal, behind, fault.pace)
        return True
    if fault.kind in (Kind.STALL, Kind.HALF):
        if fault.kind is Kind.HALF:
            goal.shutdown(socket.SHUT_WR)
        while _received(source):
            pass
    else:
        _end(goal, reset=fault.kind is Kind.RESET)
    return False


def _dribble(goal: socket.socket, octets: bytes, pace: float) -> None:
    for place in range(len(octets)):
        goal.sendall(octets[place : place + 1])
        if pace:
            time.sleep(pace)  # the slowness under test


def _end(sock: socket.socket, *, reset: bool) -> None:
    with contextlib.suppress(OSError):
        if reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        else:
            sock.shutdown(socket.SHUT_RDWR)
    sock.close()


@contextlib.contextmanager
def proxy(port: int) -> Iterator[Proxy]:
    """A proxy before `port`, for the time of a block."""
    running = Proxy(port)
    try:
        yield running
    finally:
        running.stop()
