"""Several tasks at the same time: all done, one at a time where they share, and none left behind when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from threading import Barrier, Event, Lock, current_thread, main_thread

import pytest

from scanner.errors import StoreError
from scanner.side_by_side import Group, Stopped, Turns, in_turns, side_by_side

_LONG = 20.0  # seconds after which a test that hangs fails


class Shared:
    """Something that may be used by one at a time, and notices when it is not."""

    def __init__(self) -> None:
        self.used: list[int] = []
        self.crowded = False
        self._lock = Lock()

    def use(self, number: int) -> int:
        if not self._lock.acquire(blocking=False):
            self.crowded = True
            return number
        self.used.append(number)
        self._lock.release()
        return number

    def each(self, count: int) -> Iterator[int]:
        for number in range(count):
            yield self.use(number)


def test_every_task_is_done_once() -> None:
    turns, shared = Turns(), Shared()
    guarded = in_turns(shared, turns)
    side_by_side([Group([partial(guarded.use, number) for number in range(500)], 8)], turns)
    assert sorted(shared.used) == list(range(500))
    assert not shared.crowded


def test_what_is_given_bit_by_bit_is_made_in_turn() -> None:
    turns = Turns()

    def has_turn() -> bool:
        return turns._lock._is_owned()  # type: ignore[attr-defined, no-any-return]

    class Made:
        def each(self, count: int) -> Iterator[bool]:
            for _ in range(count):
                yield has_turn()

    between: list[bool] = []
    for made in in_turns(Made(), turns).each(3):
        assert made
        between.append(has_turn())
    assert between == [False] * 3  # others may have theirs


def test_nothing_more_is_given_when_the_run_is_over() -> None:
    turns = Turns()
    given = in_turns(Shared(), turns).each(3)
    assert next(given) == 0
    turns.end()
    with pytest.raises(Stopped):
        next(given)


def test_as_many_as_said_run_at_the_same_time() -> None:
    together = Barrier(3, timeout=_LONG)
    side_by_side([Group([together.wait] * 6, 3)], Turns())
    assert not together.broken


def test_a_group_that_hangs_keeps_no_other_from_its_tasks() -> None:
    hanging, done = Event(), Event()
    groups = [Group([lambda: hanging.wait(_LONG)] * 5, 2), Group([lambda: None] * 20 + [done.set, hanging.set], 1)]
    side_by_side(groups, Turns())
    assert done.is_set()


def test_no_task_and_no_width_are_no_trouble() -> None:
    side_by_side([], Turns())
    side_by_side([Group([], 4)], Turns())


def test_an_error_comes_out_and_ends_the_turns_of_all() -> None:
    turns, held = Turns(), Event()
    shared = in_turns(Shared(), turns)
    stopped = Event()

    def slow() -> None:
        held.wait(_LONG)
        with pytest.raises(Stopped):
            shared.use(1)
        stopped.set()

    def broken() -> None:
        raise StoreError("The disk is full.")

    with pytest.raises(StoreError):
        side_by_side([Group([slow, broken], 2)], turns)
    held.set()
    assert stopped.wait(_LONG)


def test_ctrl_c_does_not_wait_for_a_task_that_hangs() -> None:
    hanging = Event()

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        side_by_side([Group([lambda: hanging.wait(_LONG), interrupt], 2)], Turns())
    hanging.set()


def test_tasks_run_in_threads_that_do_not_keep_the_program_alive() -> None:
    kinds: list[tuple[bool, bool]] = []
    task = lambda: kinds.append((current_thread().daemon, current_thread() is main_thread()))  # noqa: E731
    side_by_side([Group([task], 1)], Turns())
    assert kinds == [(True, False)]


def test_what_a_method_gives_and_raises_passes_through() -> None:
    turns = Turns()
    assert in_turns(Shared(), turns).use(7) == 7
    turns.end()
    with pytest.raises(Stopped):
        in_turns(Shared(), turns).use(7)
