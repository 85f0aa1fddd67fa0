"""Tasks side by side: answers in the order of the tasks, and none that hangs, fails or is late holds up another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from math import inf
from threading import Barrier, Event, Lock, Thread, current_thread

import pytest

from scanner.account import Account
from scanner.connectors.interface import Folder, Mailbox
from scanner.errors import LoginRefused
from scanner.in_order import Task, group_of, in_order
from scanner.peek import peek
from tests.mailboxes import Faulty, Shelf
from tests.store.mail import raw

_LONG = 60.0  # seconds after which a test that hangs fails


def tasks(*do: Callable[[], object], group: str = "host", seconds: float = inf) -> list[Task[object]]:
    return [Task(one, group, seconds) for one in do]


def test_answers_come_in_the_order_of_the_tasks() -> None:
    last = Event()

    def first() -> str:
        assert last.wait(_LONG)
        return "first"

    def second() -> str:
        last.set()
        return "second"

    assert list(in_order(tasks(first, second))) == ["first", "second"]
    assert list(in_order(tasks())) == []


def test_one_that_hangs_is_given_up_and_the_others_are_answered() -> None:
    hanging = Event()
    few = [*tasks(lambda: hanging.wait(_LONG), group="slow", seconds=0.2), *tasks(lambda: 2, lambda: 3)]
    assert list(in_order(few)) == [None, 2, 3]
    hanging.set()


def test_a_group_of_nothing_but_hanging_ones_comes_to_an_end() -> None:
    hanging = Event()
    assert list(in_order([Task(lambda: hanging.wait(_LONG), "slow", 0.1)] * 9)) == [None] * 9
    hanging.set()


def test_at_the_end_of_all_time_what_hangs_and_what_was_not_begun_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging, begun, taken = Event(), list[int](), list[object]()
    monkeypatch.setattr("scanner.in_order.monotonic", lambda: 1_000.0 if taken and len(begun) == 4 else 0.0)

    def hang() -> None:
        begun.append(1)
        hanging.wait(_LONG)

    answers = in_order([*tasks(lambda: 1, group="well"), *tasks(*[hang] * 9)], 500.0)
    taken.append(next(answers))
    assert (taken, list(answers)) == ([1], [None] * 9)
    assert len(begun) == 4
    hanging.set()


def test_what_answered_in_time_counts_however_late_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    now, threads = [0.0], list[Thread]()
    monkeypatch.setattr("scanner.in_order.monotonic", lambda: now[0])
    begun = Event()

    def second() -> int:
        threads.append(current_thread())
        begun.set()
        return 2

    answers = in_order(tasks(lambda: 1, second), 500.0)
    assert next(answers) == 1
    assert begun.wait(_LONG)
    threads[0].join(_LONG)
    now[0] = 1_000.0
    assert list(answers) == [2]


def test_as_many_of_a_group_as_a_host_allows_run_at_the_same_time() -> None:
    together = Barrier(4, timeout=_LONG)
    assert sorted(map(str, in_order(tasks(*[together.wait] * 8)))) == sorted("01230123")


def test_of_a_disk_one_is_read_at_a_time() -> None:
    counting, inside, seen = Lock(), 0, []

    def read() -> None:
        nonlocal inside
        with counting:
            inside += 1
            seen.append(inside)
        Event().wait(0.05)  # long enough for others to begin, if they may
        with counting:
            inside -= 1

    list(in_order(tasks(*[read] * 8, group="")))
    assert seen == [1] * 8


def test_what_a_task_raises_is_raised_at_its_turn() -> None:
    def refuse() -> object:
        raise LoginRefused("no")

    answers = in_order(tasks(lambda: 1, refuse))
    assert next(answers) == 1
    with pytest.raises(LoginRefused):
        next(answers)


def test_threads_keep_no_program_alive() -> None:
    assert list(in_order(tasks(lambda: current_thread().daemon))) == [True]


def test_accounts_without_a_server_share_the_disk() -> None:
    assert group_of(Account("ann", "memory")) == ""


def test_a_first_look_keeps_the_order_of_the_accounts_and_leaves_out_who_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.peek._seconds", lambda account: 0.2 if account.name == "a" else inf)
    hanging = Event()

    class Hanging(Faulty):
        def folders(self) -> Iterator[Folder]:
            hanging.wait(_LONG)
            return super().folders()

    boxes: list[Mailbox] = [Hanging("a", {"Sent": [raw(1)]})]
    boxes += [Faulty(name, {"Sent": [raw(number)]}) for number, name in enumerate("bcd", 2)]
    shelf = Shelf(*boxes)
    found = peek(shelf.accounts, partial(shelf.open))
    assert [envelope.locator.account for envelope in found] == ["b", "c", "d"]
    hanging.set()
