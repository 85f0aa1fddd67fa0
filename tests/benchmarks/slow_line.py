"""A line with a round-trip time: a port of loopback that hands on every byte after half of it, in both directions."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Iterator


@contextlib.contextmanager
def slow_line(port: int, round_trip: float) -> Iterator[int]:
    """The port that leads to `port`, `round_trip` seconds away, with room for any number of bytes on the way."""
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_accept, args=(listener, port, round_trip / 2), daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
        listener.close()


def _accept(listener: socket.socket, port: int, delay: float) -> None:
    with contextlib.suppress(OSError):
        while True:
            near, _ = listener.accept()
            far = socket.create_connection(("127.0.0.1", port))
            for one, other in ((near, far), (far, near)):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                underway: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
                threading.Thread(target=_take, args=(one, underway, delay), daemon=True).start()
                threading.Thread(target=_hand_on, args=(other, underway), daemon=True).start()


def _take(sock: socket.socket, underway: queue.SimpleQueue[tuple[float, bytes]], delay: float) -> None:
    octets = b"-"
    while octets:
        try:
            octets = sock.recv(1 << 18)
        except OSError:
            octets = b""
        underway.put((time.monotonic() + delay, octets))


def _hand_on(sock: socket.socket, underway: queue.SimpleQueue[tuple[float, bytes]]) -> None:
    with contextlib.suppress(OSError):
        while True:
            due, octets = underway.get()
            time.sleep(max(0.0, due - time.monotonic()))  # the distance under measurement
            if not octets:
                sock.shutdown(socket.SHUT_WR)
                return
            sock.sendall(octets)
