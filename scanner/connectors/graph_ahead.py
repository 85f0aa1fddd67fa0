"""Answers that are asked for before they are needed, each in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class Asked(Generic[T]):
    """A question under way. One that nobody waits for any more ends by itself and keeps no program alive."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._answers: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()
        Thread(target=self._run, daemon=True).start()

    def answer(self) -> T:
        """The answer, once it is there; what went wrong is raised here. To be asked for once."""
        found, error = self._answers.get()
        if error is not None:
            raise error
        return found  # type: ignore[return-value]  # there is an error or an answer

    def _run(self) -> None:
        try:
            self._answers.put((self._ask(), None))
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits
            self._answers.put((None, error))
