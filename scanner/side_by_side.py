"""Several mailboxes read at the same time, while everything that they share is used by one of them at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from threading import Event, RLock, Thread
from typing import Any, Final, NamedTuple, TypeVar, cast

T = TypeVar("T")

_LOOK: Final = 0.1  # seconds between two looks for Ctrl-C


class Stopped(Exception):
    """The run is over for everybody."""


class Turns:
    """Who may use the store and the watch. After `end` nobody may."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._over = Event()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn, and hold it. Raises `Stopped` when the run is over."""
        with self._lock:
            if self._over.is_set():
                raise Stopped
            yield

    def end(self) -> None:
        """Wait for whoever has the turn, and let nobody have it again."""
        with self._lock:
            self._over.set()


def in_turns(thing: T, turns: Turns) -> T:
    """The same thing, each of whose methods waits for its turn; what one gives bit by bit, it gives each in a turn."""
    return cast(T, _InTurns(thing, turns))


class _InTurns:
    def __init__(self, thing: object, turns: Turns) -> None:
        self._thing = thing
        self._turns = turns

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._thing, name)

        def called(*arguments: Any, **named: Any) -> Any:
            with self._turns.turn():
                given = method(*arguments, **named)
            return _each_in_turn(given, self._turns) if isinstance(given, Iterator) else given

        return called


def _each_in_turn(given: Iterator[T], turns: Turns) -> Iterator[T]:
    """A generator does its work while it is asked for the next: outside of the turn it would be done beside others."""
    while True:
        with turns.turn():
            try:
                one = next(given)
            except StopIteration:
                return
        yield one


class Group(NamedTuple):
    """Tasks that share a limit: at most `width` of them are done at a time."""

    tasks: Sequence[Callable[[], object]]
    width: int


def side_by_side(groups: Sequence[Group], turns: Turns) -> None:
    """Do the tasks of all groups, and come back when all are done. No group waits for another.

    What one of them raises, and Ctrl-C, ends the turns of all and is raised here at once: a task that waits for a slow
    server is left to itself, in a thread that does not keep the program alive.
    """
    ended: SimpleQueue[BaseException | None] = SimpleQueue()
    workers: list[Thread] = []
    for group in groups:
        waiting: SimpleQueue[Callable[[], object]] = SimpleQueue()
        for task in group.tasks:
            waiting.put(task)
        width = min(group.width, len(group.tasks))
        workers += [Thread(target=_work, args=(waiting, ended), daemon=True) for _ in range(width)]
    try:
        for worker in workers:
            worker.start()
        running = len(workers)
        while running:
            try:
                error = ended.get(timeout=_LOOK)
            except Empty:
                continue
            running -= 1
            if error is not None:
                raise error
    except BaseException:
        turns.end()
        raise


def _work(waiting: SimpleQueue[Callable[[], object]], ended: SimpleQueue[BaseException | None]) -> None:
    try:
        while True:
            try:
                task = waiting.get_nowait()
            except Empty:
                break
            task()
    except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that waits
        ended.put(error)
    else:
        ended.put(None)
