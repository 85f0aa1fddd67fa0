"""Answers of tasks that are done side by side, in the order of the tasks; one that hangs holds up no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from scanner.account import Account

T = TypeVar("T")

_LOOK: Final = 0.1  # seconds between two looks for Ctrl-C
_AT_ONCE: Final = 32  # tasks of all groups together
_OF_A_GROUP: Final = 4  # connections to a host: Courier allows as many an address


@dataclass(frozen=True, slots=True)
class Task(Generic[T]):
    """Something to do. Of one `group` few are done at a time; `seconds` is how long it may take.

    One that was given up keeps its connection for as long as it hangs, and is not counted among the few.
    """

    do: Callable[[], T]
    group: str = ""
    seconds: float = inf


def group_of(account: Account) -> str:
    """What accounts have in common that must not be asked too much at a time: their host, or the disk."""
    if account.server is not None:
        return f"{account.server.host.lower()}:{account.server.port}"
    return account.graph.sign_in.root_url if account.graph is not None else ""


def in_order(tasks: Sequence[Task[T]], until: float = inf) -> Iterator[T | None]:
    """The answer of each task, as soon as it and those before it are there; None for one that took too long.

    At `until` (`time.monotonic`) all that have not answered are given up, those that were not begun too.

    A task that took too long is left to itself, in a thread that does not keep the program alive. What a task raises
    is raised here at its turn.
    """
    running = _Running(tasks, until)
    for number in range(len(tasks)):
        while number not in running.answers:
            running.look()
        found, error = running.answers.pop(number)
        if error is not None:
            raise error
        yield found


class _Running(Generic[T]):
    def __init__(self, tasks: Sequence[Task[T]], until: float) -> None:
        self.answers: dict[int, tuple[T | None, BaseException | None]] = {}
        self._tasks = tasks
        self._end = until
        self._waiting = list(range(len(tasks)))
        self._until: dict[int, float] = {}
        self._ended: SimpleQueue[tuple[int, T | None, BaseException | None]] = SimpleQueue()

    def look(self) -> None:
        """Begin with what has room, wait a little for an answer, and give up what took too long."""
        over = monotonic() >= self._end
        if not over:
            self._begin()
        try:
            number, found, error = self._ended.get(timeout=0 if over else _LOOK)
        except Empty:
            if over:  # what came in time was taken before
                self._give_up([*self._until, *self._waiting])
                self._waiting.clear()
        else:
            if self._until.pop(number, None) is not None:  # else it was given up
                self.answers[number] = found, error
        self._give_up([number for number, until in self._until.items() if monotonic() > until])

    def _give_up(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self._until.pop(number, None)
            self.answers[number] = None, None

    def _begin(self) -> None:
        busy = Counter(self._tasks[number].group for number in self._until)
        for number in list(self._waiting):
            group = self._tasks[number].group
            most = _OF_A_GROUP if group else 1  # a disk is read best by one
            if len(self._until) < _AT_ONCE and busy[group] < most:
                busy[group] += 1
                self._waiting.remove(number)
                self._until[number] = monotonic() + self._tasks[number].seconds
                Thread(target=self._do, args=(number,), daemon=True).start()

    def _do(self, number: int) -> None:
        try:
            self._ended.put((number, self._tasks[number].do(), None))
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits
            self._ended.put((number, None, error))
